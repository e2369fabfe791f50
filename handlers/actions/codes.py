"""Paying by a code: asked for in a turn, made by the gateway afterwards, anew when it ran out."""

from dataclasses import replace
from datetime import datetime

from handlers.actions.gateways import close_code
from handlers.actions.payments import begin_payment
from handlers.desk import Desk
from handlers.message import Media
from market.errands import BY_CODE, CODE_LASTS, LEAST_LIFE, ErrandKind
from market.orders import OrderStatus
from market.payments import Payment, expect_payment
from market.pots import Payable
from storage.unit_of_work import UnitOfWork


def begin_code(uow: UnitOfWork, order: Payable, desk: Desk, now: datetime) -> Payment:
    """The payment by code of this order, which the caller has locked.

    It has a `code` if one was made that lasts for a while yet; else the gateway is being asked.

    Raises:
        StepNotAllowed: there is nothing to pay.
    """
    expect_payment(order)
    waiting = uow.payments.waiting(order.id, BY_CODE)
    if waiting is not None:
        if waiting.expires_at is not None and waiting.expires_at - now > LEAST_LIFE:
            return waiting
        close_code(uow, order, now)
    payment = begin_payment(uow, order, BY_CODE, desk, now)
    payment = replace(payment, expires_at=now + CODE_LASTS)
    uow.payments.save(payment)
    uow.errands.add(ErrandKind.OPEN, payment.id, now)
    return payment


def was_begun(uow: UnitOfWork, order: Payable) -> bool:
    """Whether this buyer chose to pay by code before."""
    return uow.payments.latest(order.id, BY_CODE) is not None


def look_for_payment(uow: UnitOfWork, order: Payable, now: datetime) -> bool:
    """The buyer says they paid: ask the gateway at once; False if no code is out."""
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        return False
    waiting = uow.payments.waiting(order.id, BY_CODE)
    return waiting is not None and uow.errands.hasten(ErrandKind.QUERY, waiting.id, now)


def page_of(payment: Payment, desk: Desk) -> str:
    """The address of the payment's page."""
    return f"{desk.public_url}/{payment.gateway}/pay/{payment.token}"


def picture_of(payment: Payment, order: Payable) -> tuple[Media, ...]:
    """The QR code, once it is made."""
    if not payment.picture:
        return ()
    sha256 = payment.picture
    return (Media("image", f"{sha256[:2]}/{sha256}", f"{order.no}.png", sha256),)
