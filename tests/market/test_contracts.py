"""Contracts: drafted from a bid, divided without losing a fen, agreed by two keys to one hash."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.bids import Offer
from market.completion import Completion, complete
from market.contracts import (
    INSTALMENTS_MOST,
    PROPOSALS_MOST,
    Answer,
    Answered,
    ContractStatus,
    Version,
    answer,
    canonical,
    draft,
    in_instalments,
    key_by_bidding,
    key_by_paying,
    pending,
    percentages,
    split_price,
    status_of,
)
from market.disputes import decide
from market.errors import (
    ContractChanged,
    InstalmentsRefused,
    MarketError,
    NothingToConfirm,
    ProposalLimitReached,
    StepNotAllowed,
)
from market.fees import Fee
from market.ledger import escrow, points, totals
from market.orders import Order, OrderStatus
from market.policy import Policy
from market.processes import Party
from tests.market.test_completion import ORDER as DELIVERED

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
BUYER, PROVIDER = Party.BUYER, Party.PROVIDER
ORDER = replace(
    DELIVERED,
    id=2048,
    title="高企认定",
    price_fen=3_200_000,
    status=OrderStatus.AWAITING_PAYMENT,
    contract_version=1,
)
OFFER = Offer(3_200_000, workdays=15, included=("官费",), note="两次\n修改", tax="incl")
STEPS = ("诊断", "梳理", "写材料", "填报")
FIRST = draft(ORDER, OFFER, STEPS, NOW)

prices = st.integers(1, 10**13)
weights = st.lists(st.integers(1, 10_000), min_size=1, max_size=INSTALMENTS_MOST)


def proposal(*parts: int, by: Party = BUYER) -> Version:
    contract = in_instalments(ORDER, FIRST, parts, by=by, now=NOW)
    return Version(contract, (Answer(by, True, 1, contract.hash, NOW),))


def said(newest: Version, side: Party, *, agrees: bool, version: int = 2) -> Answered:
    return answer(ORDER, newest, version=version, side=side, agrees=agrees, person_id=9, now=NOW)


# -- the text ------------------------------------------------------------------------------


def test_the_text_can_be_recomputed_by_hand() -> None:
    contract = in_instalments(ORDER, FIRST, (3, 7), by=BUYER, now=NOW)

    assert canonical(contract) == (
        "kebao contract 1\n"
        "order O2048\n"
        "version 2\n"
        f"buyer P{ORDER.buyer_id}\n"
        f"provider V{ORDER.provider_id}\n"
        "title 高企认定\n"
        "price_fen 3200000\n"
        "duration 15 workdays\n"
        "tax incl\n"
        "note 两次 修改\n"
        "included 官费\n"
        "step 诊断\n"
        "step 梳理\n"
        "step 写材料\n"
        "step 填报\n"
        "instalment 1 960000 fen 8 workdays 诊断、梳理\n"
        "instalment 2 2240000 fen 7 workdays 写材料、填报\n"
    )
    assert contract.hash == hashlib.sha256(canonical(contract).encode()).hexdigest()
    assert contract.fingerprint == f"{contract.hash[:4]}·{contract.hash[4:8]}"


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 3},
        {"price_fen": 3_200_001},
        {"included": ()},
        {"excluded": ("官费",), "included": ()},
        {"steps": STEPS[:3]},
        {"in_workdays": False},
        {"buyer_id": 77},
        {"title": "高企培育"},
    ],
)
def test_whatever_is_changed_shows_in_the_hash(changed: dict[str, object]) -> None:
    assert replace(FIRST, **changed).hash != FIRST.hash  # type: ignore[arg-type]


def test_the_first_draft_is_the_bid_in_one_instalment() -> None:
    assert (FIRST.version, FIRST.price_fen, FIRST.steps) == (1, ORDER.price_fen, STEPS)
    assert FIRST.shares_fen == (ORDER.price_fen,)
    assert FIRST.milestones[0].days == 15


@pytest.mark.parametrize(
    ("steps", "count", "titles"),
    [
        (STEPS, 2, ["诊断、梳理", "写材料、填报"]),
        (STEPS, 3, ["诊断", "梳理", "写材料、填报"]),
        (STEPS, 4, ["诊断", "梳理", "写材料", "填报"]),
        (STEPS, 5, [""] * 5),
        ((), 2, ["", ""]),
    ],
)
def test_the_steps_are_spread_over_the_instalments(
    steps: tuple[str, ...], count: int, titles: list[str]
) -> None:
    first = draft(ORDER, OFFER, steps, NOW)
    contract = in_instalments(ORDER, first, (1,) * count, by=BUYER, now=NOW)

    assert [milestone.title for milestone in contract.milestones] == titles


@pytest.mark.parametrize(
    ("duration", "count", "lengths"),
    [(15, 3, [5, 5, 5]), (7, 2, [4, 3]), (10, 6, [2, 2, 1, 2, 2, 1]), (1, 3, [1, 1, 1])],
)
def test_the_time_is_divided_and_nobody_has_less_than_a_day(
    duration: int, count: int, lengths: list[int]
) -> None:
    first = draft(ORDER, replace(OFFER, workdays=None, days=duration), (), NOW)
    contract = in_instalments(ORDER, first, (1,) * count, by=BUYER, now=NOW)

    assert [milestone.days for milestone in contract.milestones] == lengths


def test_without_an_agreed_time_no_instalment_has_one() -> None:
    first = draft(ORDER, Offer(3_200_000), (), NOW)
    contract = in_instalments(ORDER, first, (1, 1), by=BUYER, now=NOW)

    assert [milestone.days for milestone in contract.milestones] == [None, None]


# -- dividing ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price_fen", "parts", "shares_fen"),
    [
        (100, (1, 1, 1), (33, 33, 34)),
        (3, (1, 1, 1), (1, 1, 1)),
        (1_000_000, (3_000, 7_000), (300_000, 700_000)),
        (1_000_001, (1, 1), (500_000, 500_001)),
        (1, (5,), (1,)),
        (10_000, (3_333, 3_333, 3_334), (3_333, 3_333, 3_334)),
    ],
)
def test_the_last_instalment_takes_the_remainder(
    price_fen: int, parts: tuple[int, ...], shares_fen: tuple[int, ...]
) -> None:
    assert split_price("O2048", price_fen, parts) == shares_fen


@given(prices, weights)
def test_shares_always_add_up_and_each_is_something(price_fen: int, parts: list[int]) -> None:
    try:
        shares_fen = split_price("O2048", price_fen, parts)
    except InstalmentsRefused:
        assert any(price_fen * part < sum(parts) for part in parts[:-1])
        return

    assert sum(shares_fen) == price_fen
    assert min(shares_fen) > 0
    for share_fen, part in zip(shares_fen[:-1], parts, strict=False):
        assert share_fen == price_fen * part // sum(parts)


@pytest.mark.parametrize("parts", [(), (1,) * 7, (1, 0), (1, -1), (1, 10_000)])
def test_some_ways_to_divide_are_refused(parts: tuple[int, ...]) -> None:
    with pytest.raises(InstalmentsRefused):
        split_price("O2048", 100, parts)


def test_rates_must_make_the_whole() -> None:
    assert percentages("O2048", (3_000, 7_000)) == (3_000, 7_000)
    with pytest.raises(InstalmentsRefused) as refused:
        percentages("O2048", (3_000, 6_000))

    assert refused.value.sum_bp == 9_000


# -- two keys ------------------------------------------------------------------------------


def test_a_proposal_is_in_force_with_the_second_key() -> None:
    done = said(proposal(1, 1, 1), PROVIDER, agrees=True)

    assert done.agreed
    assert done.version.is_agreed
    assert (done.order.contract_version, done.order.shares_fen) == (
        2,
        (1_066_666, 1_066_666, 1_066_668),
    )
    assert done.order.milestone == 1


def test_a_refusal_leaves_the_order_as_it_was() -> None:
    done = said(proposal(1, 1), PROVIDER, agrees=False)

    assert not done.agreed
    assert done.order == ORDER
    assert status_of(ORDER, done.version) is ContractStatus.REFUSED
    with pytest.raises(NothingToConfirm):
        said(done.version, PROVIDER, agrees=True)


def test_a_change_has_neither_key_of_the_version_before() -> None:
    agreed = said(proposal(1, 1), PROVIDER, agrees=True)
    newer = Version(
        in_instalments(agreed.order, agreed.version.contract, (1, 2), by=BUYER, now=NOW)
    )

    assert not newer.has_key_of(BUYER)
    assert not newer.has_key_of(PROVIDER)
    assert newer.contract.hash != agreed.version.contract.hash


@pytest.mark.parametrize(
    ("newest", "version", "side", "refusal"),
    [
        (None, 2, PROVIDER, NothingToConfirm),
        (proposal(1, 1), 2, BUYER, NothingToConfirm),  # their own
        (proposal(1, 1), 1, PROVIDER, ContractChanged),  # read an older one
        (proposal(1, 1), 3, PROVIDER, NothingToConfirm),  # there is no such version
        (Version(FIRST), 1, BUYER, NothingToConfirm),  # paying agrees to it
    ],
)
def test_only_what_waits_for_a_side_is_answered(
    newest: Version | None, version: int, side: Party, refusal: type[MarketError]
) -> None:
    for agrees in (True, False):
        with pytest.raises(refusal):
            answer(ORDER, newest, version=version, side=side, agrees=agrees, person_id=9, now=NOW)


def test_a_key_to_another_text_is_no_key() -> None:
    contract = proposal(1, 1).contract
    forged = Version(contract, (Answer(BUYER, True, 1, FIRST.hash, NOW),))

    assert not forged.has_key_of(BUYER)


@pytest.mark.parametrize(
    "status", [at for at in OrderStatus if at is not OrderStatus.AWAITING_PAYMENT]
)
def test_once_paid_or_over_nothing_is_proposed_or_answered(status: OrderStatus) -> None:
    order = replace(ORDER, status=status)

    with pytest.raises(StepNotAllowed):
        in_instalments(order, FIRST, (1, 1), by=BUYER, now=NOW)
    for agrees in (True, False):
        with pytest.raises(StepNotAllowed):
            answer(
                order,
                proposal(1, 1),
                version=2,
                side=PROVIDER,
                agrees=agrees,
                person_id=9,
                now=NOW,
            )


def test_nobody_is_pestered_with_proposals() -> None:
    contract = FIRST
    for _ in range(PROPOSALS_MOST):
        contract = in_instalments(ORDER, contract, (1, 1), by=BUYER, now=NOW)

    with pytest.raises(ProposalLimitReached):
        in_instalments(ORDER, contract, (1, 1), by=BUYER, now=NOW)


def test_paying_is_the_key_of_the_buyer_and_bidding_that_of_the_provider() -> None:
    bid = Version(FIRST, (key_by_bidding(FIRST, 5),))
    key = key_by_paying(ORDER, bid, NOW)

    assert key is not None
    paid = bid.with_answer(key)
    assert paid.is_agreed
    assert key_by_paying(ORDER, paid, NOW) is None
    assert status_of(replace(ORDER, status=OrderStatus.FUNDED), paid) is ContractStatus.AGREED


def test_what_is_proposed_is_pending_until_the_order_is_paid() -> None:
    waiting = proposal(1, 1)
    paid = replace(ORDER, status=OrderStatus.FUNDED)

    assert pending(ORDER, waiting) is waiting
    assert pending(ORDER, Version(FIRST)) is None
    assert pending(ORDER, said(waiting, PROVIDER, agrees=False).version) is None
    assert pending(paid, waiting) is None
    assert status_of(paid, waiting) is ContractStatus.SUPERSEDED


def test_a_contract_that_misses_the_price_is_never_stood_under() -> None:
    for shares_fen in ((1, 2), (ORDER.price_fen, 0), (ORDER.price_fen + 1, -1)):
        with pytest.raises(ValueError, match="are not"):
            ORDER.under(2, shares_fen)


# -- paying by instalments -----------------------------------------------------------------

fees = st.builds(
    Fee,
    st.integers(0, 10_000),
    least_fen=st.integers(0, 50_000),
    most_fen=st.integers(50_000, 10**9),
)


def order_in(price_fen: int, parts: list[int], fee: Fee) -> Order:
    """A delivered order in these instalments, or in one where they cannot be."""
    order = replace(DELIVERED, price_fen=price_fen, contract_version=1)
    try:
        shares_fen = split_price(order.no, price_fen, parts)
    except InstalmentsRefused:
        shares_fen = (price_fen,)
    return order.under(1, shares_fen).with_fee(fee)


def accepted(order: Order, count: int) -> list[Completion]:
    """So many acceptances, one delivered after the other."""
    done: list[Completion] = []
    for _ in range(count):
        done.append(complete(order, Policy(), NOW))
        order = replace(done[-1].order, status=OrderStatus.DELIVERED)
    return done


@given(prices, weights, fees)
def test_all_instalments_together_move_what_one_payment_would(
    price_fen: int, parts: list[int], fee: Fee
) -> None:
    order = order_in(price_fen, parts, fee)
    done = accepted(order, order.milestones)
    (whole,) = accepted(replace(order, shares_fen=()), 1)

    moves = totals(move for each in done for move in each.transfers)
    assert moves == totals(whole.transfers)
    assert [each.is_whole for each in done] == [*[False] * (order.milestones - 1), True]
    assert all(each.payout_fen >= 0 and each.commission_fen >= 0 for each in done)
    for each, share_fen in zip(done, order.shares_fen or (price_fen,), strict=True):
        assert each.payout_fen + each.commission_fen == each.share_fen == share_fen
    keys = [move.key for each in done for move in each.transfers]
    assert len(keys) == len(set(keys))


@given(prices, weights, fees, st.data())
def test_a_ruling_divides_what_is_still_in_escrow_and_no_more(
    price_fen: int, parts: list[int], fee: Fee, data: st.DataObject
) -> None:
    order = order_in(price_fen, parts, fee)
    before = accepted(order, data.draw(st.integers(0, order.milestones - 1)))
    refund_bp = data.draw(st.integers(0, 10_000))
    disputed = replace(before[-1].order if before else order, status=OrderStatus.DISPUTED)

    ruled = decide(disputed, refund_bp=refund_bp, policy=Policy(), now=NOW)

    left_fen = price_fen - sum(each.share_fen for each in before)
    assert ruled.refund_fen + ruled.payout_fen + ruled.commission_fen == left_fen
    assert min(ruled.refund_fen, ruled.payout_fen, ruled.commission_fen) >= 0
    moves = totals([*(m for each in before for m in each.transfers), *ruled.transfers])
    assert moves.get(escrow(order.no), 0) == -price_fen
    assert points(order.buyer_id) not in moves


@given(prices, weights, st.integers(0, 10_000), st.data())
def test_after_a_ruling_the_provider_has_paid_the_fee_of_what_they_earned(
    price_fen: int, parts: list[int], rate_bp: int, data: st.DataObject
) -> None:
    order = order_in(price_fen, parts, Fee(rate_bp))
    before = accepted(order, data.draw(st.integers(0, order.milestones - 1)))
    disputed = replace(before[-1].order if before else order, status=OrderStatus.DISPUTED)

    ruled = decide(disputed, refund_bp=data.draw(st.integers(0, 10_000)), policy=Policy(), now=NOW)

    taken_before = sum(each.commission_fen for each in before)
    earned_now = ruled.commission_fen + ruled.payout_fen
    earned = sum(each.share_fen for each in before) + earned_now
    # Nobody pays more now than they get now.
    owed = min(Fee(rate_bp).of(earned).part, taken_before + earned_now)
    assert taken_before + ruled.commission_fen == owed


def test_the_next_instalment_begins_clean() -> None:
    order = replace(
        order_in(10_000, [1, 1], Fee(600)),
        accept_by=NOW + timedelta(days=7),
        delivered_at=NOW,
        returns_used=2,
    )

    after = complete(order, Policy(), NOW).order

    assert after.status is OrderStatus.IN_PROGRESS
    assert (after.milestone, after.share_fen, after.unreleased_fen) == (2, 5_000, 5_000)
    assert (after.accept_by, after.delivered_at, after.completed_at) == (None, None, None)
    assert after.returns_used == 0
