"""The tables of steps: everything can be reached, what is over stays over."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest

from market import demands, modes, orders, pots
from market.demands import Demand, Terms
from market.errors import StepNotAllowed
from market.modes import DemandStatus, DemandStep
from market.orders import Order, OrderStatus, Step
from market.policy import Policy
from market.processes import Party, Process

NOW = datetime(2026, 5, 6, 1, 30, tzinfo=UTC)
DEMAND = Demand(
    id=1024,
    buyer_id=3,
    terms=Terms(title="高新认定", text="想做高新认定"),
    status=DemandStatus.IN_REVIEW,
    version=1,
    published_at=None,
    closes_at=None,
    choose_by=None,
    created_at=NOW,
)
ORDER = Order(
    id=2048,
    demand_id=1024,
    bid_id=1,
    buyer_id=3,
    provider_id=7,
    provider_person_id=4,
    title="高新认定",
    price_fen=3_200_000,
    status=OrderStatus.AWAITING_PAYMENT,
    created_at=NOW,
    pay_by=NOW + timedelta(hours=48),
)


DEMAND_STEPS = {key: to for one in modes.PROCESSES.values() for key, to in one.steps.items()}


def _reachable(steps: Mapping[tuple[Any, Any], Any], first: StrEnum) -> set[StrEnum]:
    seen: set[StrEnum] = set()
    waiting = [first]
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            waiting += [to for (before, _), to in steps.items() if before == at]
    return seen


@pytest.mark.parametrize(
    ("steps", "first"),
    [
        (orders.STEPS, OrderStatus.AWAITING_PAYMENT),
        (DEMAND_STEPS, DemandStatus.IN_REVIEW),
    ],
    ids=["orders", "demands"],
)
def test_every_status_can_be_reached(steps: Mapping[tuple[Any, Any], Any], first: StrEnum) -> None:
    assert _reachable(steps, first) == set(type(first))


@pytest.mark.parametrize(
    ("steps", "ends"),
    [
        (
            orders.STEPS,
            {
                OrderStatus.COMPLETED,
                OrderStatus.CANCELLED,
                OrderStatus.REFUNDED,
                OrderStatus.EXPIRED,
            },
        ),
        (
            DEMAND_STEPS,
            {
                DemandStatus.AWARDED,
                DemandStatus.REJECTED,
                DemandStatus.WITHDRAWN,
                DemandStatus.EXPIRED,
                DemandStatus.DECLINED,
            },
        ),
    ],
    ids=["orders", "demands"],
)
def test_what_is_over_stays_over_and_the_rest_can_end(
    steps: Mapping[tuple[Any, Any], Any], ends: set[StrEnum]
) -> None:
    every = set(type(next(iter(ends))))

    assert every - {at for at, _ in steps} == ends
    for status in every:
        assert _reachable(steps, status) & ends, f"{status} leads nowhere"


@pytest.mark.parametrize(
    ("kind", "steps"),
    [(Step, {**orders.STEPS, **pots.POT.steps}), (DemandStep, DEMAND_STEPS)],
    ids=["orders", "demands"],
)
def test_every_step_can_be_taken_somewhere(
    kind: type[StrEnum], steps: Mapping[tuple[Any, Any], Any]
) -> None:
    assert {step for _, step in steps} == set(kind)


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_goes_only_where_the_table_says(status: OrderStatus, step: Step) -> None:
    order = replace(ORDER, status=status)

    if (to := orders.STEPS.get((status, step))) is not None:
        assert orders.advance(order, step) is to
        return
    with pytest.raises(StepNotAllowed) as refusal:
        orders.advance(order, step)
    assert (refusal.value.no, refusal.value.status, refusal.value.step) == ("O2048", status, step)


@pytest.mark.parametrize("named_id", [None, 7], ids=["tender", "direct"])
@pytest.mark.parametrize("step", DemandStep)
@pytest.mark.parametrize("status", DemandStatus)
def test_a_demand_goes_only_where_the_table_of_its_mode_says(
    status: DemandStatus, step: DemandStep, named_id: int | None
) -> None:
    demand = replace(DEMAND, status=status, terms=replace(DEMAND.terms, named_id=named_id))
    process = modes.TENDER if named_id is None else modes.DIRECT

    if (to := process.steps.get((status, step))) is not None:
        assert demands.advance(demand, step) is to
        return
    with pytest.raises(StepNotAllowed) as refusal:
        demands.advance(demand, step)
    assert (refusal.value.no, refusal.value.status, refusal.value.step) == ("D1024", status, step)


def test_money_in_escrow_is_never_left_behind_by_a_step() -> None:
    funded = {
        OrderStatus.FUNDED,
        OrderStatus.IN_PROGRESS,
        OrderStatus.DELIVERED,
        OrderStatus.DISPUTED,
    }
    pays_out = {OrderStatus.COMPLETED, OrderStatus.REFUNDED}

    for (at, _), to in orders.STEPS.items():
        assert (to in funded | pays_out) == (at in funded or to is OrderStatus.FUNDED)


@pytest.mark.parametrize(("urgent", "hours"), [(False, 48), (True, 24)])
def test_publishing_opens_the_bidding_window_to_the_full_hour(urgent: bool, hours: int) -> None:
    demand = replace(DEMAND, terms=replace(DEMAND.terms, urgent=urgent))

    opened = demands.publish(demand, Policy(), NOW)

    assert (opened.status, opened.published_at) == (DemandStatus.OPEN, NOW)
    assert opened.closes_at == (NOW + timedelta(hours=hours)).replace(minute=0)


def test_staff_may_set_when_bidding_closes_unless_that_has_passed() -> None:
    friday = NOW + timedelta(hours=61)

    assert demands.publish(DEMAND, Policy(), NOW, closes_at=friday).closes_at == friday
    late = demands.publish(DEMAND, Policy(), NOW, closes_at=NOW - timedelta(hours=1))
    assert late == demands.publish(DEMAND, Policy(), NOW)


def test_more_time_moves_only_the_clock_that_runs() -> None:
    until = NOW + timedelta(days=9)
    bidding = demands.publish(DEMAND, Policy(), NOW)
    choosing = demands.open_bids(bidding, bids=2, policy=Policy(), now=NOW)

    assert demands.runs_until(demands.extend(bidding, until=until)) == until
    assert demands.extend(choosing, until=until) == replace(choosing, choose_by=until)
    assert demands.runs_until(DEMAND) is None
    with pytest.raises(StepNotAllowed):
        demands.extend(DEMAND, until=until)


def test_a_bid_at_the_closing_instant_still_counts() -> None:
    demand = demands.publish(DEMAND, Policy(), NOW)
    closes_at = demand.closes_at
    assert closes_at is not None

    assert demands.takes_bids(demand, closes_at)
    assert not demands.takes_bids(demand, closes_at + timedelta(microseconds=1))
    assert not demands.takes_bids(DEMAND, NOW)


def test_opening_starts_the_time_to_choose_unless_nobody_bid() -> None:
    demand = demands.publish(DEMAND, Policy(), NOW)

    opened = demands.open_bids(demand, bids=2, policy=Policy(), now=NOW)
    expired = demands.open_bids(demand, bids=0, policy=Policy(), now=NOW)

    assert (opened.status, opened.choose_by) == (DemandStatus.OPENED, NOW + timedelta(hours=72))
    assert (expired.status, expired.choose_by) == (DemandStatus.EXPIRED, None)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(None, None, True), (None, 99, False), (None, 100, True), (50, None, False), (50, 100, True)],
)
def test_staff_review_what_is_not_known_to_be_small(
    low: int | None, high: int | None, expected: bool
) -> None:
    terms = replace(DEMAND.terms, budget_min_fen=low, budget_max_fen=high)

    assert demands.needs_review(terms, Policy(auto_review_below_fen=100)) is expected


def test_a_process_with_two_ways_for_one_step_is_refused() -> None:
    way = orders.ORDER.ways[0]

    with pytest.raises(ValueError, match="two ways"):
        Process("order", way.at, (way, replace(way, to=OrderStatus.EXPIRED)))


@pytest.mark.parametrize("process", [orders.ORDER, modes.TENDER], ids=lambda one: one.name)
def test_every_way_says_how_it_is_taken(process: Process[Any, Any]) -> None:
    for way in process.ways:
        if Party.CLOCK in way.by:
            assert isinstance(getattr(Policy(), way.after), timedelta), way
        if {Party.BUYER, Party.PROVIDER} & set(way.by):
            assert way.says, way
        if Party.STAFF in way.by:
            assert way.staff, way


TERMS = Terms(
    title="高新认定",
    text="想做高新认定，柳州，预算3万",
    service_code="04.01.01",
    budget_min_fen=3_000_000,
    budget_max_fen=3_000_000,
    region="广西壮族自治区|柳州市|",
    needed_by=date(2026, 12, 25),
    details=("专利 5 件",),
)


@pytest.mark.parametrize(
    ("changes", "substantial"),
    [
        ({}, False),
        ({"text": "想做高新认定呀，柳州，预算3万"}, False),
        ({"text": "想做高新认定，另外要补做三年的研发台账"}, True),
        ({"budget_max_fen": 4_000_000}, False),
        ({"budget_max_fen": 2_000_000}, True),
        ({"budget_min_fen": 2_000_000, "budget_max_fen": 3_000_000}, False),
        ({"needed_by": date(2026, 12, 20)}, True),
        ({"needed_by": None}, True),
        ({"region": ""}, True),
        ({"urgent": True}, True),
        ({"service_code": "04.01.02"}, True),
        ({"details": ("专利 5 件", "软著 8 件")}, True),
        ({"details": ()}, True),
    ],
)
def test_what_changes_a_demand_in_substance(changes: dict[str, Any], substantial: bool) -> None:
    assert demands.is_substantial(TERMS, replace(TERMS, **changes)) is substantial


@pytest.mark.parametrize(
    ("now", "closes", "confirm_by", "closes_at"),
    [
        ("2026-11-18T10:00", "2026-11-20T09:00", "2026-11-19T12:00", "2026-11-20T12:00"),
        ("2026-11-18T23:59", "2026-11-20T09:00", "2026-11-19T12:00", "2026-11-20T12:00"),
        ("2026-11-18T10:00", "2026-11-25T09:00", "2026-11-19T12:00", "2026-11-25T09:00"),
    ],
)
def test_a_change_gives_time_until_noon_and_the_bidding_a_day_more(
    now: str, closes: str, confirm_by: str, closes_at: str
) -> None:
    demand = replace(DEMAND, closes_at=_local(closes))

    assert demands.times_after_a_change(demand, _local(now)) == (
        _local(confirm_by),
        _local(closes_at),
    )


def _local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=timezone(timedelta(hours=8)))
