"""Programmes of public authorities: whose money helps to pay for what, up to when, by which paper.

A voucher programme (创新券) pays a part of a price at checkout, a purchase (政府购买) all of it. A
subsidy (后补助) is applied for after the work is done and paid: the market computes what may be
claimed, and books nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from market.ledger import Account, Currency, Transfer, cash_at, transfers
from market.money import split_bp

OFFLINE = "offline"  # authorities pay by bank transfer


class ProgrammeKind(StrEnum):
    VOUCHER = "voucher"
    PURCHASE = "purchase"
    SUBSIDY = "subsidy"


@dataclass(frozen=True, slots=True)
class Programme:
    """One line of an operator's table. Shares are basis points of the price."""

    code: str  # how colleagues call it: LZ-CXQ-2026
    kind: ProgrammeKind
    name: str
    budget_fen: int
    per_firm_fen: int
    share_bp: int
    ends_on: date  # the last day to use a voucher, or to apply for a subsidy
    services: tuple[str, ...] = ()  # codes, or their beginnings; none is all
    regions: tuple[str, ...] = ()  # none is all
    least_fen: int = 0  # what a deal must cost at least
    basis: str = ""  # the document it rests on
    link: str = ""

    def fits(self, deal: "PublicDeal", today: date) -> bool:
        """Whether its conditions hold for this deal; what is left of it is another question."""
        return (
            today <= self.ends_on
            and deal.price_fen >= self.least_fen
            and (not self.services or deal.service_code.startswith(self.services))
            and (not self.regions or any(region in deal.region for region in self.regions))
        )

    def share_of(self, price_fen: int) -> int:
        """What it pays of a price at most, rounded down; the buyer has the remainder."""
        return min(split_bp(price_fen, self.share_bp).part, self.per_firm_fen)


@dataclass(frozen=True, slots=True)
class PublicDeal:
    """What a programme's conditions look at."""

    price_fen: int
    service_code: str
    region: str


def fitting(
    programmes: Iterable[Programme], deal: PublicDeal, today: date
) -> tuple[Programme, ...]:
    """The programmes whose conditions hold, that which pays most first."""
    found = [one for one in programmes if one.fits(deal, today)]
    return tuple(sorted(found, key=lambda one: (-one.share_of(deal.price_fen), one.code)))


# Two circles that never mix: what an authority has promised, and the money it has paid in. A
# voucher is spent only as far as both reach, so nobody else's money ever pays for one.


def promise(code: str) -> Account:
    """What the authority still has to make good: a receivable, so debits exceed credits."""
    return Account(f"promise:{code}", Currency.FEN, may_owe=True)


def budget(code: str) -> Account:
    """Promised, and not granted to anybody yet."""
    return Account(f"budget:{code}", Currency.FEN)


def voucher_account(voucher_id: int) -> Account:
    """What can be spent of a voucher: owed to its holder, never below zero."""
    return Account(f"voucher:Q{voucher_id}", Currency.FEN)


def funds(code: str) -> Account:
    """Paid in by the authority, and not spent yet."""
    return Account(f"funds:{code}", Currency.FEN)


def change_budget(
    code: str, before_fen: int, after_fen: int, *, number: int
) -> tuple[Transfer, ...]:
    """A programme is promised more, or less, than before; `number` counts these changes.

    The ledger refuses less than is granted already.
    """
    key = f"{code}/{number}:budget"
    if after_fen < before_fen:
        return transfers((key, budget(code), promise(code), before_fen - after_fen))
    return transfers((key, promise(code), budget(code), after_fen - before_fen))


@dataclass(frozen=True, slots=True)
class Appropriation:
    """Money an authority has paid in for a programme; it takes two colleagues to book it."""

    id: int
    programme: str
    amount_fen: int
    entered_by: int
    confirmed_by: int | None = None

    @property
    def transfer(self) -> Transfer:
        key = f"{self.programme}/{self.id}:appropriated"
        (move,) = transfers((key, cash_at(OFFLINE), funds(self.programme), self.amount_fen))
        return move
