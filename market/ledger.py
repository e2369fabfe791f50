"""The double-entry ledger: each transfer debits one account and credits one, in whole units.

Accounts are named by what they are for, ``escrow:O2048``. Fen and points are two currencies
that never mix. Corrections are further transfers; nothing is ever changed or deleted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Currency(StrEnum):
    FEN = "fen"
    POINTS = "points"


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """A ledger account. `may_owe`: its debits may exceed its credits (cash, points issued)."""

    name: str
    currency: Currency
    may_owe: bool = False


COMMISSION_INCOME = Account("income:commission", Currency.FEN)
POINTS_ISSUED = Account("points:issued", Currency.POINTS, may_owe=True)


def cash_at(gateway: str) -> Account:
    """Money that lies at a payment gateway: an asset, so debits exceed credits."""
    return Account(f"cash:{gateway}", Currency.FEN, may_owe=True)


def escrow(order_no: str) -> Account:
    """The client's money for one order, owed to whoever turns out to deserve it."""
    return Account(f"escrow:{order_no}", Currency.FEN)


def provider_payable(provider_id: int) -> Account:
    return Account(f"payable:{provider_id}", Currency.FEN)


def refund_payable(order_no: str) -> Account:
    return Account(f"refund:{order_no}", Currency.FEN)


def points(person_id: int) -> Account:
    return Account(f"points:{person_id}", Currency.POINTS)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One movement. `key` makes it happen once; `code` says why; `amount` > 0, fen or points."""

    key: str
    code: str
    debit: Account
    credit: Account
    amount: int

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError(f"a transfer moves something: {self.key} has {self.amount}")
        if self.debit.currency is not self.credit.currency:
            raise ValueError(f"fen and points do not mix: {self.key}")
        if self.debit == self.credit:
            raise ValueError(f"a transfer joins two accounts: {self.key}")


def transfers(*moves: tuple[str, Account, Account, int]) -> tuple[Transfer, ...]:
    """Build transfers from (key, debit, credit, amount), leaving out moves of nothing.

    The code is the last part of the key: ``O2048:payout`` has the code ``payout``.
    """
    return tuple(
        Transfer(key, key.rsplit(":", 1)[-1], debit, credit, amount)
        for key, debit, credit, amount in moves
        if amount != 0
    )


def totals(moves: Iterable[Transfer]) -> dict[Account, int]:
    """Credits less debits per account, for checking and for explaining."""
    sums: dict[Account, int] = {}
    for move in moves:
        sums[move.debit] = sums.get(move.debit, 0) - move.amount
        sums[move.credit] = sums.get(move.credit, 0) + move.amount
    return sums
