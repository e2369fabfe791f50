"""A month's money: what stood at its beginning, what moved, what stands at its end.

Everything is summed from transfers of the ledger. An account that is somebody's or an order's is
counted with all of its kind: escrow, payable, refund, and those of public programmes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from market.ledger import COMMISSION_INCOME
from market.reconciliation import begin_of

_WRITTEN = re.compile(r"(20\d{2})-(\d{1,2})")
CASH, ESCROW, PAYABLE, REFUND = "cash", "escrow", "payable", "refund"
PROMISE, BUDGET, VOUCHER, FUNDS = "promise", "budget", "voucher", "funds"
GROUPED = (ESCROW, PAYABLE, REFUND, PROMISE, BUDGET, VOUCHER, FUNDS)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month of the business zone."""

    year: int
    number: int

    @property
    def begins(self) -> datetime:
        """Its first moment, in UTC."""
        return begin_of(date(self.year, self.number, 1))

    @property
    def ends(self) -> datetime:
        """The first moment after it, in UTC."""
        return self.after.begins

    @property
    def after(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def before(self) -> "Month":
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)

    @property
    def last_day(self) -> date:
        return date.fromordinal(date(self.after.year, self.after.number, 1).toordinal() - 1)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"


def month_of(day: date) -> Month:
    return Month(day.year, day.month)


def month_written(text: str) -> Month | None:
    """``2026-10``; None for what is no month."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or not 1 <= int(found[2]) <= 12:
        return None
    return Month(int(found[1]), int(found[2]))


def kind_of(account: str) -> str:
    """What an account is counted as: ``escrow`` for escrow:O2048, else its whole name."""
    head = account.partition(":")[0]
    return head if head in GROUPED else account


@dataclass(frozen=True, slots=True)
class Flow:
    """Transfers of one code between two kinds of accounts, summed; `before` the month or in it."""

    debit: str
    credit: str
    code: str
    amount_fen: int
    count: int = 1
    before: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What transfers of one code did to an account in the month: credits less debits."""

    code: str
    change_fen: int
    count: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One kind of account over the month; balances are credits less debits."""

    account: str
    opening_fen: int
    entries: tuple[Entry, ...]

    @property
    def closing_fen(self) -> int:
        return self.opening_fen + sum(entry.change_fen for entry in self.entries)

    def moved_by(self, *codes: str) -> int:
        return sum(entry.change_fen for entry in self.entries if entry.code in codes)


@dataclass(frozen=True, slots=True)
class Statement:
    """All accounts of money over a month, by name."""

    month: Month
    sheets: tuple[Sheet, ...]

    def of(self, account: str) -> Sheet:
        """One kind of account; an empty sheet if it never moved."""
        found = (sheet for sheet in self.sheets if sheet.account == account)
        return next(found, Sheet(account, 0, ()))

    @property
    def cash(self) -> tuple[Sheet, ...]:
        """What lies at each gateway: assets, so their balances are negative."""
        return tuple(each for each in self.sheets if each.account.startswith(f"{CASH}:"))

    @property
    def received_fen(self) -> int:
        return -sum(sheet.moved_by("funding", "surplus", "appropriated") for sheet in self.cash)

    @property
    def refunded_fen(self) -> int:
        return sum(sheet.moved_by("refund-returned", "refund-paid") for sheet in self.cash)

    @property
    def paid_out_fen(self) -> int:
        return sum(sheet.moved_by("payout-paid") for sheet in self.cash)

    @property
    def commission_fen(self) -> int:
        return self.of(COMMISSION_INCOME.name).moved_by("commission")

    @property
    def held_fen(self) -> int:
        """In escrow at the end of the month."""
        return self.of(ESCROW).closing_fen


def state(month: Month, flows: Iterable[Flow]) -> Statement:
    """Sum the flows up to the end of a month into its statement."""
    openings: dict[str, int] = {}
    entries: dict[str, dict[str, Entry]] = {}
    for flow in flows:
        for account, change_fen in ((flow.debit, -flow.amount_fen), (flow.credit, flow.amount_fen)):
            openings.setdefault(account, 0)
            of_account = entries.setdefault(account, {})
            if flow.before:
                openings[account] += change_fen
                continue
            known = of_account.get(flow.code, Entry(flow.code, 0, 0))
            of_account[flow.code] = Entry(
                flow.code, known.change_fen + change_fen, known.count + flow.count
            )
    return Statement(
        month,
        tuple(
            Sheet(account, openings[account], tuple(sorted(entries[account].values(), key=_code)))
            for account in sorted(openings)
        ),
    )


def _code(entry: Entry) -> str:
    return entry.code


@dataclass(frozen=True, slots=True)
class Earning:
    """What one order brought a provider in the month."""

    order_no: str
    title: str
    payout_fen: int
    commission_fen: int

    @property
    def share_fen(self) -> int:
        """What was accepted: of it the provider has the payout, and we the commission."""
        return self.payout_fen + self.commission_fen


@dataclass(frozen=True, slots=True)
class ProviderMonth:
    """A provider's own month. `opening_fen` is what was owed to them when it began."""

    month: Month
    opening_fen: int
    earnings: tuple[Earning, ...]
    paid_out_fen: int

    @property
    def earned_fen(self) -> int:
        return sum(earning.payout_fen for earning in self.earnings)

    @property
    def commission_fen(self) -> int:
        return sum(earning.commission_fen for earning in self.earnings)

    @property
    def closing_fen(self) -> int:
        """What is owed to them when the month ends."""
        return self.opening_fen + self.earned_fen - self.paid_out_fen
