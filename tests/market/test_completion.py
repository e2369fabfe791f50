"""Completing an order divides its price and loses nothing."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from market.completion import complete
from market.disputes import decide
from market.errors import StepNotAllowed
from market.ledger import (
    COMMISSION_INCOME,
    POINTS_ISSUED,
    escrow,
    points,
    provider_payable,
    refund_payable,
    totals,
)
from market.money import BP
from market.orders import STEPS, Order, OrderStatus, Step
from market.policy import Policy

NOW = datetime(2026, 5, 6, 1, 30, tzinfo=UTC)
TEN_MILLION_YUAN = 1_000_000_000
ORDER = Order(
    id=2048,
    demand_id=1024,
    bid_id=1,
    buyer_id=3,
    provider_id=7,
    provider_person_id=4,
    title="发明专利申请",
    price_fen=12_000,
    status=OrderStatus.DELIVERED,
    created_at=NOW,
    pay_by=NOW,
)
HELD = escrow("O2048")

prices = st.integers(1, TEN_MILLION_YUAN)
rates = st.integers(0, BP)


@given(prices, rates)
@example(1, 800)
@example(1, 0)
@example(1, BP)
@example(TEN_MILLION_YUAN, 1)
def test_what_leaves_the_escrow_is_the_price(price_fen: int, commission_bp: int) -> None:
    done = complete(replace(ORDER, price_fen=price_fen), Policy(commission_bp=commission_bp), NOW)

    sums = totals(done.transfers)
    assert sums[HELD] == -price_fen
    assert sums.get(provider_payable(7), 0) == done.payout_fen
    assert sums.get(COMMISSION_INCOME, 0) == done.commission_fen
    assert done.payout_fen + done.commission_fen == price_fen


@given(prices, rates, rates)
def test_a_dispute_divides_exactly_the_price(
    price_fen: int, refund_bp: int, commission_bp: int
) -> None:
    order = replace(ORDER, price_fen=price_fen, status=OrderStatus.DISPUTED)

    decision = decide(
        order, refund_bp=refund_bp, policy=Policy(commission_bp=commission_bp), now=NOW
    )

    sums = totals(decision.transfers)
    assert sums[HELD] == -price_fen
    assert sums.get(refund_payable("O2048"), 0) == decision.refund_fen
    assert decision.refund_fen + decision.commission_fen + decision.payout_fen == price_fen


def test_the_worked_example() -> None:
    done = complete(ORDER, Policy(commission_bp=800, points_per_yuan=1), NOW)

    assert (done.payout_fen, done.commission_fen, done.points_earned) == (11_040, 960, 120)
    assert done.order == replace(ORDER, status=OrderStatus.COMPLETED, completed_at=NOW)
    assert totals(done.transfers) == {
        HELD: -12_000,
        provider_payable(7): 11_040,
        COMMISSION_INCOME: 960,
        POINTS_ISSUED: -120,
        points(3): 120,
    }


@pytest.mark.parametrize(("price_fen", "earned"), [(99, 0), (100, 2), (199, 2), (12_000, 240)])
def test_points_are_for_whole_yuan(price_fen: int, earned: int) -> None:
    done = complete(replace(ORDER, price_fen=price_fen), Policy(points_per_yuan=2), NOW)

    assert done.points_earned == earned
    assert totals(done.transfers).get(points(3), 0) == earned


@pytest.mark.parametrize(
    "status", [status for status in OrderStatus if (status, Step.ACCEPT) not in STEPS]
)
def test_only_delivered_work_is_accepted(status: OrderStatus) -> None:
    with pytest.raises(StepNotAllowed) as refusal:
        complete(replace(ORDER, status=status), Policy(), NOW)

    assert (refusal.value.no, refusal.value.status) == ("O2048", status)
