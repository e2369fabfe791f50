"""Money that arrives at a gateway by itself: it funds its order, or it goes back."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from market.ledger import Transfer, cash_at, refund_payable, transfers
from market.orders import OrderStatus
from market.payments import Funding, Payment, PaymentStatus, settle
from market.pots import Payable


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a gateway says was paid: `paid_fen` before any coupon of the gateway's own."""

    transaction_id: str
    paid_fen: int


class RefundState(StrEnum):
    """How far a gateway is with a refund."""

    DONE = "done"
    RUNNING = "running"
    ABNORMAL = "abnormal"  # the payer's card takes it no more: staff choose another way there
    CLOSED = "closed"  # it will never be done


@dataclass(frozen=True, slots=True)
class Surplus:
    """Paid though nothing is due any more: all of it is owed to whoever paid."""

    payment: Payment
    transfers: tuple[Transfer, ...]


@dataclass(frozen=True, slots=True)
class Mispaid:
    """Not what was asked for: nothing is booked, people have to look."""

    payment: Payment
    paid_fen: int


# What these payments are was decided when the money came: hearing of it again changes nothing.
DECIDED = (PaymentStatus.SETTLED, PaymentStatus.SURPLUS, PaymentStatus.MISPAID)


def arrive(
    order: Payable, payment: Payment, arrival: Arrival, now: datetime
) -> Funding | Surplus | Mispaid | None:
    """What the money is for; None if it was decided before.

    A code that was given up (VOID) still funds an order that still waits: the client paid.
    """
    if payment.status in DECIDED:
        return None
    payment = replace(payment, transaction_id=arrival.transaction_id)
    if arrival.paid_fen != payment.amount_fen:
        payment = replace(payment, status=PaymentStatus.MISPAID)
        return Mispaid(payment, arrival.paid_fen)
    if order.status is OrderStatus.AWAITING_PAYMENT and payment.amount_fen == order.due_fen:
        return settle(order, replace(payment, status=PaymentStatus.WAITING), now)
    return Surplus(
        payment=replace(payment, status=PaymentStatus.SURPLUS),
        transfers=transfers(
            (
                f"{payment.no}:surplus",
                cash_at(payment.gateway),
                refund_payable(payment.no),
                payment.amount_fen,
            )
        ),
    )


def returned(no: str, gateway: str, amount_fen: int) -> Transfer:
    """The gateway has given back what was owed under this number: an order's or a payment's."""
    return Transfer(
        key=f"{no}:refund-returned",
        code="refund-returned",
        debit=refund_payable(no),
        credit=cash_at(gateway),
        amount=amount_fen,
    )
