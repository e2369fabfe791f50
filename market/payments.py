"""Payments: how an order gets its escrow, and how the money goes back."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from market.errors import AmountMismatch, SamePerson, StepNotAllowed
from market.ledger import Transfer, cash_at, escrow, provider_payable, refund_payable, transfers
from market.orders import Order, OrderStatus, Step, advance
from market.pots import Payable
from market.public_parts import PublicPart, back


class PaymentStatus(StrEnum):
    WAITING = "waiting"
    SETTLED = "settled"
    VOID = "void"  # its code has run out
    SURPLUS = "surplus"  # paid when nothing was due: it goes back
    MISPAID = "mispaid"  # not the amount asked for: nothing was booked


@dataclass(frozen=True, slots=True)
class Payment:
    """One attempt to pay one order. `token` is the unguessable part of its page's address."""

    id: int  # number: T{id}; what was paid has a receipt with a number of its own
    order_id: int
    gateway: str  # "sandbox", "offline", "wechat"
    token: str
    amount_fen: int
    status: PaymentStatus
    created_at: datetime
    entered_by: int | None = None  # staff member, offline only
    confirmed_by: int | None = None
    settled_at: datetime | None = None
    code: str = ""  # what a QR code of it says, once the gateway has made it
    picture: str = ""  # SHA-256 of that QR code as a picture
    expires_at: datetime | None = None  # when the code runs out
    transaction_id: str = ""  # the gateway's own number, once it is paid

    @property
    def no(self) -> str:
        return f"T{self.id}"

    @property
    def trade_key(self) -> str:
        """What makes its number unlike that of any other kebao; tells nothing of the token."""
        return sha256(self.token.encode()).hexdigest()[:10]


def funding_key(order: Payable) -> str:
    """The key of the transfer that funds an order or a pot, once."""
    return f"{order.no}:funding"


def expect_payment(order: Payable) -> OrderStatus:
    """Where paying it leads. Raises StepNotAllowed: paid before, cancelled or expired."""
    return order.process.advance(order.no, order.status, Step.FUND)


@dataclass(frozen=True, slots=True)
class Funding:
    order: Payable
    payment: Payment
    transfers: tuple[Transfer, ...]


def enter_offline(order: Payable, payment: Payment, *, staff_id: int, amount_fen: int) -> Payment:
    """The first key: a staff member says the transfer arrived.

    Raises:
        StepNotAllowed: the order does not wait for money.
        AmountMismatch: not exactly what is due.
    """
    expect_payment(order)
    if amount_fen != order.due_fen:
        raise AmountMismatch(order.no, due_fen=order.due_fen, got_fen=amount_fen)
    return replace(payment, entered_by=staff_id)


def confirm_offline(payment: Payment, *, staff_id: int) -> Payment:
    """The second key must be somebody else's. Raises SamePerson."""
    if payment.entered_by is None or payment.entered_by == staff_id:
        raise SamePerson(payment.no)
    return replace(payment, confirmed_by=staff_id)


def settle(order: Payable, payment: Payment, now: datetime) -> Funding:
    """The money is there: it goes from the gateway's cash into the order's escrow.

    Raises:
        StepNotAllowed: paid before, cancelled or expired.
        AmountMismatch: the payment is not what the order costs.
    """
    if payment.status is not PaymentStatus.WAITING:
        raise StepNotAllowed(payment.no, status=payment.status, step="settle")
    status = expect_payment(order)
    if payment.amount_fen != order.due_fen:
        raise AmountMismatch(order.no, due_fen=order.due_fen, got_fen=payment.amount_fen)
    return Funding(
        order=replace(order, status=status, funded_at=now),
        payment=replace(payment, status=PaymentStatus.SETTLED, settled_at=now),
        transfers=transfers(
            (funding_key(order), cash_at(payment.gateway), escrow(order.no), payment.amount_fen)
        ),
    )


@dataclass(frozen=True, slots=True)
class Cancellation:
    order: Order
    refund_fen: int  # in money
    public_fen: int  # back to public money
    kept_fen: int  # of a reward or deposit, by its rule: the provider's
    transfers: tuple[Transfer, ...]


def cancel(
    order: Order, now: datetime, *, kept_fen: int = 0, public: PublicPart | None = None
) -> Cancellation:
    """The buyer leaves before work starts: free before payment, a full refund after it.

    `kept_fen` is what a provider gets who was chosen for a reward or with a deposit, in vain;
    `public` the public money in its price.

    Raises:
        StepNotAllowed: work has started; from then on it takes a dispute.
    """
    status = advance(order, Step.CANCEL)
    public_fen, refund_fen = order.parts_of(
        order.unreleased_fen - kept_fen if order.funded_at else 0
    )
    return Cancellation(
        order=replace(order, status=status, completed_at=now),
        refund_fen=refund_fen,
        public_fen=public_fen,
        kept_fen=kept_fen,
        transfers=(
            *transfers(
                (f"{order.no}:refund", escrow(order.no), refund_payable(order.no), refund_fen),
                (
                    f"{order.no}:payout",
                    escrow(order.no),
                    provider_payable(order.provider_id),
                    kept_fen,
                ),
            ),
            *back(public, public_fen),
        ),
    )
