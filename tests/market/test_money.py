"""Fen in, fen out, nothing lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.money import BP, Split, split_bp, yuan


@given(st.integers(0, 10**12), st.integers(0, BP))
def test_the_parts_add_up_and_the_part_is_rounded_down(amount_fen: int, rate_bp: int) -> None:
    part, rest = split_bp(amount_fen, rate_bp)

    assert part + rest == amount_fen
    assert part * BP <= amount_fen * rate_bp < (part + 1) * BP


@pytest.mark.parametrize(
    ("amount_fen", "rate_bp", "expected"),
    [
        (12_000, 800, Split(960, 11_040)),
        (1, 9_999, Split(0, 1)),
        (1, BP, Split(1, 0)),
        (0, 800, Split(0, 0)),
        (99, 0, Split(0, 99)),
        (333, 3_333, Split(110, 223)),
    ],
)
def test_splitting(amount_fen: int, rate_bp: int, expected: Split) -> None:
    assert split_bp(amount_fen, rate_bp) == expected


@pytest.mark.parametrize(("amount_fen", "rate_bp"), [(-1, 0), (1, -1), (1, BP + 1)])
def test_no_part_of_a_debt_and_no_more_than_the_whole(amount_fen: int, rate_bp: int) -> None:
    with pytest.raises(ValueError, match="cannot split"):
        split_bp(amount_fen, rate_bp)


@pytest.mark.parametrize(
    ("amount_fen", "expected"),
    [
        (0, "¥0"),
        (1, "¥0.01"),
        (10, "¥0.10"),
        (11_040, "¥110.40"),
        (3_200_000, "¥32,000"),
        (-123_456_789, "-¥1,234,567.89"),
    ],
)
def test_money_as_people_read_it(amount_fen: int, expected: str) -> None:
    assert yuan(amount_fen) == expected


@given(st.integers(-(10**12), 10**12))
def test_what_is_written_is_the_amount(amount_fen: int) -> None:
    text = yuan(amount_fen).replace("¥", "").replace(",", "")

    whole, _, cents = text.partition(".")
    sign = -1 if text.startswith("-") else 1
    assert sign * (abs(int(whole)) * 100 + int(cents or 0)) == amount_fen
