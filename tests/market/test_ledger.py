"""What a transfer is, and what it cannot be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.ledger import (
    COMMISSION_INCOME,
    POINTS_ISSUED,
    Account,
    Currency,
    Transfer,
    cash_at,
    escrow,
    points,
    provider_payable,
    refund_payable,
    totals,
    transfers,
)

BANK, HELD = cash_at("sandbox"), escrow("O2048")


@pytest.mark.parametrize(
    ("account", "name", "currency", "may_owe"),
    [
        (BANK, "cash:sandbox", Currency.FEN, True),
        (HELD, "escrow:O2048", Currency.FEN, False),
        (provider_payable(7), "payable:7", Currency.FEN, False),
        (refund_payable("O2048"), "refund:O2048", Currency.FEN, False),
        (COMMISSION_INCOME, "income:commission", Currency.FEN, False),
        (points(3), "points:3", Currency.POINTS, False),
        (POINTS_ISSUED, "points:issued", Currency.POINTS, True),
    ],
)
def test_accounts_say_what_they_are_for(
    account: Account, name: str, currency: Currency, may_owe: bool
) -> None:
    assert account == Account(name, currency, may_owe)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_transfer_moves_something(amount: int) -> None:
    with pytest.raises(ValueError, match="moves something"):
        Transfer("x", "x", BANK, HELD, amount)


def test_fen_and_points_do_not_mix() -> None:
    with pytest.raises(ValueError, match="do not mix"):
        Transfer("x", "x", BANK, points(3), 1)


def test_a_transfer_joins_two_accounts() -> None:
    with pytest.raises(ValueError, match="joins two"):
        Transfer("x", "x", HELD, HELD, 1)


def test_moves_of_nothing_are_left_out_and_the_code_is_the_end_of_the_key() -> None:
    built = transfers(
        ("O2048:funding", BANK, HELD, 5),
        ("O2048:commission", HELD, COMMISSION_INCOME, 0),
        ("plain", HELD, BANK, 2),
    )

    assert built == (
        Transfer("O2048:funding", "funding", BANK, HELD, 5),
        Transfer("plain", "plain", HELD, BANK, 2),
    )


def test_a_negative_move_is_a_bug_and_not_left_out() -> None:
    with pytest.raises(ValueError, match="moves something"):
        transfers(("x", BANK, HELD, -1))


ACCOUNTS = [BANK, HELD, provider_payable(7), COMMISSION_INCOME]


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=2, unique=True),
            st.integers(1, 10**9),
        )
    )
)
def test_totals_always_cancel_out(moves: list[tuple[list[Account], int]]) -> None:
    built = [
        Transfer(f"k{index}", "test", debit, credit, amount)
        for index, ((debit, credit), amount) in enumerate(moves)
    ]

    assert sum(totals(built).values()) == 0
