"""How an order's escrow is funded: through a gateway's page, or by hand with two keys."""

from dataclasses import dataclass, replace
from datetime import datetime

from handlers.actions.contracts import agree_by_paying
from handlers.actions.gateways import close_code
from handlers.actions.openings import publish_paid
from handlers.actions.pots import draw
from handlers.actions.public_money import spend
from handlers.actions.receipts import issue
from handlers.desk import Desk, ask_second_key, tell
from handlers.wording import payments as zh
from market.doors import Priority
from market.errors import FirstKeyMissing, SamePerson, StepNotAllowed
from market.orders import Order, OrderStatus, Step
from market.payments import (
    Funding,
    Payment,
    PaymentStatus,
    confirm_offline,
    enter_offline,
    expect_payment,
    settle,
)
from market.pots import Payable, Pot
from market.receipts import Kind, Receipt
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Entry:
    """A payment by hand with its first key, turned by the staff member `by`."""

    order: Payable
    by: int


def lock_payable(uow: UnitOfWork, order_id: int) -> Payable:
    """An order or a pot, locked; the demand of a pot before it, for paying publishes it.

    Raises:
        NotFound: neither.
    """
    seen = uow.orders.find_payable(order_id)
    if isinstance(seen, Pot):
        uow.demands.lock(seen.demand_id)
    return uow.orders.lock_payable(order_id)


def begin_payment(
    uow: UnitOfWork, order: Payable, gateway: str, desk: Desk, now: datetime
) -> Payment:
    """The payment of this order through this gateway; asking again gives the same one.

    Raises:
        StepNotAllowed: there is nothing to pay.
    """
    expect_payment(order)
    if not order.due_fen:
        raise StepNotAllowed(order.no, status="purchase_waits", step="pay")
    waiting = uow.payments.waiting(order.id, gateway)
    if waiting is not None:
        return waiting
    payment = Payment(
        id=0,
        order_id=order.id,
        gateway=gateway,
        token=desk.randomness.token(),
        amount_fen=order.due_fen,
        status=PaymentStatus.WAITING,
        created_at=now,
    )
    return uow.payments.add(payment)


def ask_offline(uow: UnitOfWork, order: Payable, desk: Desk, now: datetime) -> Payment:
    """The buyer says they will transfer: staff look out for the money."""
    payment = begin_payment(uow, order, "offline", desk, now)
    uow.tasks.open("payment", order.no, now, note=zh.expected(order), urgency=1)
    return payment


def press_for_payment(uow: UnitOfWork, order: Payable, words: str, now: datetime) -> bool:
    """The buyer says the transfer is on its way; False if no transfer is expected."""
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        return False
    if uow.payments.waiting(order.id, "offline") is None:
        return False
    note = zh.said_to_be_sent(order, words)
    uow.tasks.open("payment", order.no, now, note=note, urgency=0)
    return True


def enter_payment(
    uow: UnitOfWork, order_id: int, *, staff_id: int, amount_fen: int, desk: Desk, now: datetime
) -> Entry:
    """The first key: a staff member saw the money arrive. Nothing is booked yet.

    Who entered it first stays the first: the same words from a second person are no second key.

    Raises:
        AmountMismatch: not exactly what is due.
    """
    order = lock_payable(uow, order_id)
    payment = begin_payment(uow, order, "offline", desk, now)
    first_id = payment.entered_by or staff_id
    payment = enter_offline(order, payment, staff_id=first_id, amount_fen=amount_fen)
    uow.payments.save(payment)
    if first_id != staff_id:
        return Entry(order, by=first_id)
    uow.history.add(
        f"{order.no}/payment", "enter", "", now, person_id=staff_id, note=f"{amount_fen} fen"
    )
    uow.tasks.open("confirm_payment", order.no, now, note=zh.to_confirm(order), urgency=0)
    ask_second_key(
        uow,
        desk,
        zh.second_key_wanted(order),
        first=staff_id,
        key=f"{order.no}:second-key:{staff_id}",
        now=now,
    )
    return Entry(order, by=staff_id)


def confirm_payment(
    uow: UnitOfWork, order_id: int, *, staff_id: int, desk: Desk, now: datetime
) -> Payable:
    """The second key, somebody else's: now the escrow is funded.

    Raises:
        SamePerson: the one who entered it cannot confirm it.
        FirstKeyMissing: nobody has entered it.
        StepNotAllowed: paid before, cancelled or expired.
    """
    order = lock_payable(uow, order_id)
    expect_payment(order)
    payment = uow.payments.waiting(order.id, "offline")
    if payment is None or payment.entered_by is None:
        raise FirstKeyMissing(order.no)
    if payment.entered_by == staff_id:
        raise SamePerson(order.no)
    keyed = confirm_offline(payment, staff_id=staff_id)
    return fund_order(uow, order, settle(order, keyed, now), desk, now)


def settle_payment(uow: UnitOfWork, token: str, desk: Desk, now: datetime) -> Payable:
    """A gateway says this payment is paid; saying it again changes nothing.

    Raises:
        NotFound: no such payment.
        StepNotAllowed: the order cannot take the money any more.
    """
    payment = uow.payments.by_token(token)
    order = lock_payable(uow, payment.order_id if payment else 0)
    payment = uow.payments.lock_by_token(token)
    if payment.status is PaymentStatus.SETTLED:
        return order
    return fund_order(uow, order, settle(order, payment, now), desk, now)


def fund_order(
    uow: UnitOfWork, order: Payable, funded: Funding, desk: Desk, now: datetime
) -> Payable:
    """Book the money that has arrived, start the provider's clock, tell both sides.

    What a pot was paid for begins: its demand goes out to the providers.
    """
    uow.orders.save(funded.order)
    uow.payments.save(funded.payment)
    uow.ledger.post(funded.transfers, at=now)
    uow.history.add(
        order.no, Step.FUND, funded.order.status, now, person_id=funded.payment.confirmed_by
    )
    uow.deadlines.clear(order.id, "payment_expires", "payment_reminder")
    uow.tasks.close("payment", order.no, now)
    uow.tasks.close("confirm_payment", order.no, now)
    close_code(uow, order, now)
    receipt = issue(
        uow, funded.transfers, order=order, gateway=funded.payment.gateway, desk=desk, now=now
    )[Kind.FUNDING]
    if isinstance(funded.order, Pot):
        publish_paid(uow, funded.order, receipt, desk, now)
        return funded.order
    public = spend(uow, funded.order, desk, now) if funded.order.public_fen else None
    _draw_and_tell(uow, funded.order, receipt, desk, now, begins=True)
    tell(
        uow,
        order.buyer_id,
        zh.receipt(funded.order, receipt, public),
        key=f"{order.no}:receipt",
        priority=Priority.MONEY,
        now=now,
    )
    return funded.order


def fund_without_payment(
    uow: UnitOfWork, order: Order, desk: Desk, now: datetime, *, begins: bool = True
) -> Order:
    """A pot or an authority pays for all of it: there is nothing to wait for.

    `begins`: whether there is work to be begun, which its provider is told.

    Raises:
        ValueError: something is still due.
    """
    if order.due_fen:
        raise ValueError(f"{order.no} has {order.due_fen} fen to be paid")
    order = replace(order, status=expect_payment(order), funded_at=now)
    uow.orders.save(order)
    uow.history.add(order.no, Step.FUND, order.status, now)
    uow.deadlines.clear(order.id, "payment_expires", "payment_reminder")
    public = spend(uow, order, desk, now) if order.public_fen else None
    _draw_and_tell(uow, order, public, desk, now, begins=begins)
    return order


def _draw_and_tell(
    uow: UnitOfWork,
    order: Order,
    receipt: Receipt | None,
    desk: Desk,
    now: datetime,
    *,
    begins: bool,
) -> None:
    """The order is paid: what was put up for it before joins, and the provider may start."""
    agree_by_paying(uow, order, now)
    if order.prepaid_fen:
        pot = uow.orders.lock_pot(order.demand_id)
        assert pot is not None, "what was prepaid lies in a pot"
        receipt = draw(uow, pot, order, desk, now)
    if not begins:
        return
    assert receipt is not None, "it was paid, or drawn from the pot"
    uow.deadlines.set("start_reminder", order.id, now + desk.policy.start_within)
    tell(
        uow,
        order.provider_person_id,
        zh.escrowed(order, receipt),
        key=f"{order.no}:escrowed",
        priority=Priority.MONEY,
        now=now,
    )
