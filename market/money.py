"""Money is integer fen, rates are integer basis points, and parts add up to the whole."""

from typing import NamedTuple

BP = 10_000  # basis points in the whole


class Split(NamedTuple):
    part: int
    rest: int


def split_bp(amount_fen: int, rate_bp: int) -> Split:
    """Split fen by a rate in basis points; the part is rounded down, the rest gets the remainder.

    Raises:
        ValueError: a negative amount, or a rate outside 0…10 000.
    """
    if amount_fen < 0 or not 0 <= rate_bp <= BP:
        raise ValueError(f"cannot split {amount_fen} fen by {rate_bp} bp")
    part = amount_fen * rate_bp // BP
    return Split(part, amount_fen - part)


def yuan(amount_fen: int) -> str:
    """Write fen as people read it: ``¥32,000`` or ``¥110.40``."""
    sign = "-" if amount_fen < 0 else ""
    whole, cents = divmod(abs(amount_fen), 100)
    return f"{sign}¥{whole:,}" + (f".{cents:02d}" if cents else "")
