"""Payouts: money that leaves by hand – a buyer's refund, a provider's earnings – with two keys."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from market.errors import FirstKeyMissing, PayoutMismatch, SamePerson, StepNotAllowed
from market.ledger import Account, Transfer, cash_at, provider_payable, refund_payable


class PayoutKind(StrEnum):
    REFUND = "refund"  # to the buyer of an order
    EARNINGS = "payout"  # to a provider who asked for it


@dataclass(frozen=True, slots=True)
class Payout:
    """One amount that two different colleagues send; `gateway` is where the money lies."""

    id: int
    kind: PayoutKind
    subject_id: int  # the order refunded, or the provider paid
    gateway: str
    amount_fen: int
    asked_at: datetime
    asked_by: int | None = None  # the provider's member who is told
    entered_by: int | None = None  # staff member
    confirmed_by: int | None = None
    paid_at: datetime | None = None

    @property
    def subject(self) -> str:
        """``O2048`` or ``V3``: what staff call it by."""
        return f"{'O' if self.kind is PayoutKind.REFUND else 'V'}{self.subject_id}"

    @property
    def account(self) -> Account:
        """What is owed before it is paid."""
        if self.kind is PayoutKind.REFUND:
            return refund_payable(self.subject)
        return provider_payable(self.subject_id)

    @property
    def key(self) -> str:
        """Its name among keys; a provider's earnings are set aside under it."""
        return f"{self.subject}:payout:{self.id}"

    @property
    def paid_key(self) -> str:
        """The key of the transfer by which it leaves."""
        return f"{self.key}:{self.kind}-paid"


def enter(payout: Payout, *, staff_id: int, amount_fen: int) -> Payout:
    """The first key: a colleague says the money was sent.

    Raises:
        PayoutMismatch: not exactly what is owed.
    """
    if amount_fen != payout.amount_fen:
        raise PayoutMismatch(payout.subject, due_fen=payout.amount_fen, got_fen=amount_fen)
    return replace(payout, entered_by=payout.entered_by or staff_id)


@dataclass(frozen=True, slots=True)
class Paid:
    payout: Payout
    transfer: Transfer


def confirm(payout: Payout, *, staff_id: int, now: datetime) -> Paid:
    """The second key, somebody else's: what was owed leaves the gateway's cash.

    Raises:
        StepNotAllowed: it was paid before.
        FirstKeyMissing: nobody has entered it.
        SamePerson: the one who entered it cannot confirm it.
    """
    if payout.paid_at is not None:
        raise StepNotAllowed(payout.subject, status="paid", step="confirm")
    if payout.entered_by is None:
        raise FirstKeyMissing(payout.subject, of=payout.kind)
    if payout.entered_by == staff_id:
        raise SamePerson(payout.subject)
    return Paid(
        payout=replace(payout, confirmed_by=staff_id, paid_at=now),
        transfer=Transfer(
            key=payout.paid_key,
            code=f"{payout.kind}-paid",
            debit=payout.account,
            credit=cash_at(payout.gateway),
            amount=payout.amount_fen,
        ),
    )
