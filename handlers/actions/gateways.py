"""What a turn leaves to be done at a payment gateway: a code closed, a refund, a release."""

from dataclasses import replace
from datetime import datetime

from market.errands import BY_CODE, ErrandKind
from market.orders import Order
from market.payments import Payment, PaymentStatus
from market.pots import Payable
from storage.unit_of_work import UnitOfWork


def close_code(uow: UnitOfWork, order: Payable, now: datetime) -> None:
    """Nobody shall pay by the order's code any more; who does gets it back."""
    waiting = uow.payments.waiting(order.id, BY_CODE)
    if waiting is not None:
        uow.payments.save(replace(waiting, status=PaymentStatus.VOID))
        uow.errands.add(ErrandKind.CLOSE, waiting.id, now)


def give_back(
    uow: UnitOfWork, order: Payable, refund_fen: int, *, note: str, now: datetime
) -> None:
    """Let the buyer have what the order owes them: from the gateway, else by two colleagues.

    Of an order that was paid from a pot, by colleagues: a gateway gives back one payment once.
    """
    payment = uow.payments.settled_for(order.id)
    from_pot = isinstance(order, Order) and order.prepaid_fen > 0
    if payment is not None and payment.gateway == BY_CODE and not from_pot:
        uow.errands.add(ErrandKind.REFUND, payment.id, now, amount_fen=refund_fen)
    else:
        uow.tasks.open("refund", order.no, now, note=note, urgency=1)


def release(uow: UnitOfWork, order: Payable, now: datetime) -> None:
    """The work is accepted, or ruled to be paid: the gateway need keep nothing frozen."""
    payment = uow.payments.settled_for(order.id)
    if payment is not None and payment.gateway == BY_CODE:
        uow.errands.add(ErrandKind.RELEASE, payment.id, now)


def refund_runs(uow: UnitOfWork, payment: Payment) -> bool:
    """Whether the gateway gives this payment's money back, so that nobody else must."""
    errand = uow.errands.find(ErrandKind.REFUND, payment.id)
    return errand is not None and not errand.given_up
