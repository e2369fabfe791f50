"""Public money in a price: what it may pay, that parts add up, and that two circles stay even."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.disputes import decide
from market.errors import StepNotAllowed
from market.ledger import totals
from market.orders import Order, OrderStatus
from market.payments import cancel
from market.policy import Policy
from market.programmes import Programme, ProgrammeKind, PublicDeal, change_budget, fitting
from market.public_parts import (
    OWN_LEAST_FEN,
    PartStatus,
    PublicPart,
    back,
    usable_fen,
    with_public,
)

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
TODAY = date(2026, 11, 18)
PROGRAMME = Programme(
    "LZ-CXQ", ProgrammeKind.VOUCHER, "创新券", 10_000_000, 1_500_000, 5_000, date(2026, 12, 20)
)
DEAL = PublicDeal(4_200_000, "06.04.02", "柳州市")
ORDER = Order(2048, 1024, 1, 1, 1, 1, "高企", 4_200_000, OrderStatus.AWAITING_PAYMENT, NOW, NOW)


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"services": ("06.04",)}, True),
        ({"services": ("05", "06.04.02")}, True),
        ({"services": ("06.05",)}, False),
        ({"regions": ("柳州", "桂林")}, True),
        ({"regions": ("南宁",)}, False),
        ({"least_fen": 4_200_000}, True),
        ({"least_fen": 4_200_001}, False),
        ({"ends_on": TODAY}, True),
        ({"ends_on": date(2026, 11, 17)}, False),
    ],
)
def test_conditions_hold_all_or_it_does_not_fit(changes: dict[str, object], fits: bool) -> None:
    programme = replace(PROGRAMME, **changes)  # type: ignore[arg-type]

    assert (fitting([programme], DEAL, TODAY) == (programme,)) is fits


def test_the_one_that_pays_most_comes_first() -> None:
    poor, rich = replace(PROGRAMME, share_bp=100), replace(PROGRAMME, code="RICH")

    assert fitting([poor, rich], DEAL, TODAY) == (rich, poor)


@given(
    price=st.integers(1, 10**9),
    prepaid=st.integers(0, 10**9),
    left=st.integers(0, 10**9),
    paid_in=st.integers(0, 10**9),
    share=st.integers(1, 10_000),
)
def test_a_voucher_never_pays_more_than_it_may(
    price: int, prepaid: int, left: int, paid_in: int, share: int
) -> None:
    order = replace(ORDER, price_fen=price, prepaid_fen=min(prepaid, price))
    programme = replace(PROGRAMME, share_bp=share)

    fen = usable_fen(order, programme, left_fen=left, paid_in_fen=paid_in)

    assert 0 <= fen <= min(left, paid_in, programme.per_firm_fen, price * share // 10_000)
    if fen:
        used = with_public(order, fen)
        assert used.due_fen >= OWN_LEAST_FEN
        assert used.due_fen + used.public_fen + used.prepaid_fen == price
        with pytest.raises(StepNotAllowed):
            with_public(used, 1)


paid = st.integers(1, 10**8).flatmap(
    lambda price: st.tuples(st.just(price), st.integers(0, price), st.integers(0, 10_000))
)


@given(paid)
def test_a_refund_goes_back_in_proportion_and_nobody_gets_more_than_they_paid(
    drawn: tuple[int, int, int],
) -> None:
    price, public, refund_bp = drawn
    part = PublicPart(1, 2048, "LZ-CXQ", 7731, public or 1, PartStatus.SPENT)
    order = replace(
        ORDER, price_fen=price, public_fen=public, status=OrderStatus.DISPUTED, funded_at=NOW
    )

    done = decide(order, refund_bp=refund_bp, policy=Policy(), now=NOW, public=part)

    assert done.refund_fen + done.payout_fen + done.commission_fen == price
    assert 0 <= done.public_fen <= public
    assert 0 <= done.money_back_fen <= price - public
    assert done.public_fen == done.refund_fen * public // price
    sums = {account.name: fen for account, fen in totals(done.transfers).items()}
    assert sum(sums.values()) == 0
    assert sums.get("escrow:O2048", 0) == -price
    assert sums.get("funds:LZ-CXQ", 0) == sums.get("voucher:Q7731", 0) == done.public_fen
    assert sums.get("promise:LZ-CXQ", 0) == -done.public_fen


@given(st.integers(1, 10**8).flatmap(lambda p: st.tuples(st.just(p), st.integers(0, p))))
def test_cancelling_gives_each_exactly_what_they_paid(drawn: tuple[int, int]) -> None:
    price, public = drawn
    part = PublicPart(1, 2048, "LZ-CXQ", None, public or 1, PartStatus.SPENT)
    order = replace(
        ORDER, price_fen=price, public_fen=public, status=OrderStatus.FUNDED, funded_at=NOW
    )

    done = cancel(order, NOW, public=part)

    assert (done.refund_fen, done.public_fen) == (price - public, public)


@pytest.mark.parametrize("voucher_id", [7731, None])
def test_spending_and_giving_back_leave_both_circles_as_they_were(voucher_id: int | None) -> None:
    part = PublicPart(1, 2048, "LZ-CXQ", voucher_id, 900, PartStatus.SPENT)

    moves = [*part.spending, *back(part, 900)]

    assert set(totals(moves).values()) == {0}
    assert {move.debit for move in part.spending} & {part.source} == {part.source}


def test_what_was_not_spent_does_not_come_back() -> None:
    part = PublicPart(1, 2048, "LZ-CXQ", 7731, 900, PartStatus.SPENT)

    assert back(None, 0) == ()
    for wrong in (None, replace(part, status=PartStatus.HELD), replace(part, amount_fen=99)):
        with pytest.raises(ValueError, match="public money has not paid 100 fen"):
            back(wrong, 100)


def test_a_purchase_needs_the_authority_and_the_provider() -> None:
    part = PublicPart(1, 2048, "ZF", None, 900, PartStatus.HELD)

    assert not part.is_agreed
    assert not replace(part, payer_id=3).is_agreed
    assert replace(part, payer_id=3, provider_id=4).is_agreed
    assert replace(part, voucher_id=7731).is_agreed


def test_a_budget_moves_by_what_it_changes() -> None:
    (more,), (less,) = change_budget("X", 5, 9, number=1), change_budget("X", 9, 2, number=2)

    assert (more.debit.name, more.amount) == ("promise:X", 4)
    assert (less.debit.name, less.amount) == ("budget:X", 7)
    assert change_budget("X", 5, 5, number=3) == ()
