"""Rewards and deposits: nothing is lost and nothing made, whoever gets it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import StepNotAllowed
from market.ledger import escrow, totals
from market.orders import Order, OrderStatus
from market.policy import Policy
from market.pots import Pot, allot, deposit_fen, kept_fen, settle_pot
from market.rewards import Reward, RewardKind, prizes

NOW = datetime(2026, 11, 18, 2, 10, tzinfo=UTC)
POT = Pot(2048, 1024, 1, "口号·赏金", 100_000, OrderStatus.FUNDED, NOW, NOW, 7_000, NOW)
ORDER = Order(
    2049, 1024, 1, 1, 3, 4, "口号", 60_000, OrderStatus.AWAITING_PAYMENT, NOW, NOW,
    pot_id=2048, prepaid_fen=60_000,
)  # fmt: skip
FEN = st.integers(1, 10**13)


@given(left=FEN, consoled=st.integers(0, 60), back_bp=st.integers(0, 10_000))
def test_what_is_left_is_divided_and_nothing_of_it_gets_lost(
    left: int, consoled: int, back_bp: int
) -> None:
    pot = replace(POT, price_fen=left, back_bp=back_bp)

    ending = settle_pot(pot, left_fen=left, consoled=range(consoled), now=NOW)

    shared = sum(share.fen for share in ending.consolations)
    assert ending.refund_fen + shared == left
    assert consoled or ending.refund_fen == left
    parts = [share.fen for share in ending.consolations]
    assert not parts or max(parts) - min(parts) <= 1
    moved = totals([*ending.refund, *(share.transfer for share in ending.consolations)])
    assert moved.get(escrow(pot.no), 0) == -left
    assert sum(moved.values()) == 0
    assert ending.pot.status is OrderStatus.REFUNDED


@pytest.mark.parametrize(
    ("left", "consoled", "refund", "parts"),
    [
        (100_000, 0, 100_000, []),
        (100_000, 1, 70_000, [30_000]),
        (33_333, 1, 23_334, [9_999]),  # the fen of the rate is the buyer's
        (100_000, 7, 70_000, [4_286, 4_286, 4_286, 4_286, 4_286, 4_285, 4_285]),
        (1, 3, 1, []),
    ],
)
def test_the_roundings_go_to_who_was_told(
    left: int, consoled: int, refund: int, parts: list[int]
) -> None:
    ending = settle_pot(POT, left_fen=left, consoled=range(consoled), now=NOW)

    assert (ending.refund_fen, [share.fen for share in ending.consolations]) == (refund, parts)


def test_a_prize_leaves_the_pot_and_the_last_one_ends_it() -> None:
    some = allot(POT, ORDER, left_fen=100_000, now=NOW)
    last = allot(POT, replace(ORDER, prepaid_fen=40_000), left_fen=40_000, now=NOW)

    assert (some.pot.status, last.pot.status) == (OrderStatus.FUNDED, OrderStatus.COMPLETED)
    assert totals(some.transfers) == {escrow("O2048"): -60_000, escrow("O2049"): 60_000}
    with pytest.raises(ValueError, match="holds 50000 fen"):
        allot(POT, ORDER, left_fen=50_000, now=NOW)


@pytest.mark.parametrize("status", [at for at in OrderStatus if at is not OrderStatus.FUNDED])
def test_only_a_paid_pot_can_be_divided(status: OrderStatus) -> None:
    with pytest.raises(StepNotAllowed):
        settle_pot(replace(POT, status=status), left_fen=1, consoled=(), now=NOW)
    with pytest.raises(StepNotAllowed):
        allot(replace(POT, status=status), ORDER, left_fen=60_000, now=NOW)


@pytest.mark.parametrize(
    ("funded", "hours", "kept"),
    [(True, 1, 18_000), (True, 24, 18_000), (True, 25, 0), (False, 1, 0)],
)
def test_who_cancels_what_was_chosen_leaves_the_same_part(
    funded: bool, hours: int, kept: int
) -> None:
    order = replace(ORDER, funded_at=NOW if funded else None)

    assert kept_fen(order, POT, Policy(), NOW + timedelta(hours=hours)) == kept


@pytest.mark.parametrize(
    ("budget", "deposit"),
    [(3_000_000, 900_000), (100_000, 30_000), (20_000, 10_000), (None, 10_000), (33_334, 10_000)],
)
def test_the_deposit_is_a_rate_with_a_floor(budget: int | None, deposit: int) -> None:
    assert deposit_fen(budget, Policy()) == deposit


@given(total=FEN, weights=st.lists(st.integers(1, 100), min_size=1, max_size=50))
def test_prizes_are_the_reward_larger_ones_first(total: int, weights: list[int]) -> None:
    try:
        parts = prizes(total, tuple(weights))
    except ValueError:
        assert total < sum(weights)
        return
    assert sum(parts) == total
    assert list(parts) == sorted(parts, reverse=True)


@pytest.mark.parametrize("bad", [(), (0,), (5, -1)])
def test_a_prize_is_more_than_nothing(bad: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        Reward(RewardKind.BOUNTY, bad)


def test_a_question_has_one_reward() -> None:
    with pytest.raises(ValueError, match="one reward"):
        Reward(RewardKind.QUESTION, (1, 1))
