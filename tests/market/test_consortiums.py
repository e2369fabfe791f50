"""Joint bids: who can be partners, and that their parts are the whole."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.completion import complete
from market.consortiums import LEAD_LEAST_BP, Partner, check_shares, divide
from market.disputes import decide
from market.errors import PartnersRefused
from market.ledger import totals
from market.money import BP
from market.orders import Order, OrderStatus
from market.policy import Policy

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
ORDER = Order(2048, 1024, 1, 1, 1, 1, "高企", 1, OrderStatus.DELIVERED, NOW, NOW, funded_at=NOW)

partners = st.lists(st.integers(1, BP - LEAD_LEAST_BP), max_size=4).filter(
    lambda bps: sum(bps) <= BP - LEAD_LEAST_BP
).map(lambda bps: [Partner(number, bp) for number, bp in enumerate(bps, start=2)])  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ([(2, 3_000)], None),
        ([(2, 9_000)], None),
        ([(2, 100), (3, 100), (4, 100), (5, 100)], None),
        ([], "count"),
        ([(number, 100) for number in range(2, 7)], "count"),
        ([(1, 3_000)], "twice"),
        ([(2, 3_000), (2, 3_000)], "twice"),
        ([(2, 99)], "shares"),
        ([(2, 0)], "shares"),
        ([(2, 9_001)], "shares"),
        ([(2, 5_000), (3, 4_001)], "shares"),
    ],
)
def test_who_can_be_partners(wanted: list[tuple[int, int]], why: str | None) -> None:
    if why is None:
        check_shares("D1024", 1, wanted)
        return
    with pytest.raises(PartnersRefused) as refused:
        check_shares("D1024", 1, wanted)
    assert refused.value.why == why


@given(st.integers(0, 10**10), partners)
def test_the_parts_are_the_whole_and_nobody_is_short_of_a_fen(
    payout: int, members: list[Partner]
) -> None:
    division = divide(ORDER, "O2048", payout, members)

    paid = {one.partner.provider_id: one.fen for one in division.portions}
    assert division.lead_fen + sum(paid.values()) == payout
    for one in members:
        exact = payout * one.share_bp / BP
        assert abs(paid.get(one.provider_id, 0) - exact) < 1
    assert sum(move.amount for move in division.transfers) == payout


def test_a_fen_that_is_over_is_the_leads() -> None:
    division = divide(ORDER, "O2048", 1, [Partner(2, 5_000)])

    assert (division.lead_fen, division.portions) == (1, ())


@given(st.integers(100, 10**9), partners, st.integers(0, BP))
def test_acceptance_and_ruling_empty_the_escrow(
    price: int, members: list[Partner], refund_bp: int
) -> None:
    order = replace(ORDER, price_fen=price)

    done = complete(order, Policy(), NOW, members)
    ruled = decide(
        replace(order, status=OrderStatus.DISPUTED),
        refund_bp=refund_bp,
        policy=Policy(),
        now=NOW,
        partners=members,
    )

    for moves in (done.transfers, ruled.transfers):
        sums = {account.name: fen for account, fen in totals(moves).items()}
        assert sums["escrow:O2048"] == -price
        fen_only = [fen for name, fen in sums.items() if not name.startswith("points")]
        assert sum(fen_only) == 0
