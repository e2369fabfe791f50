"""What comes of errands at a payment gateway, and of its notices: each is a transaction of its own.

Everything here may be told twice, late, and in any order. The order is locked before the payment,
the payment before the errand.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handlers.actions.codes import begin_code, page_of, picture_of
from handlers.actions.payments import fund_order, lock_payable
from handlers.actions.receipts import issue
from handlers.desk import Desk, tell
from handlers.message import Message
from handlers.wording import codes as zh
from market.arrivals import DECIDED, Arrival, Mispaid, RefundState, Surplus, arrive, returned
from market.doors import Priority
from market.errands import (
    ASK_STAFF_AFTER,
    FROZEN_FOR,
    LEAST_LIFE,
    WARN_BEFORE,
    Errand,
    ErrandKind,
    errand_no,
    pause_before_asking,
    payment_id_of,
    trade_no,
)
from market.errors import NotFound
from market.orders import OrderStatus
from market.payments import Funding, Payment, PaymentStatus
from market.pots import Payable
from market.receipts import Kind
from storage.unit_of_work import UnitOfWork

IN_ESCROW = {
    OrderStatus.FUNDED,
    OrderStatus.IN_PROGRESS,
    OrderStatus.DELIVERED,
    OrderStatus.DISPUTED,
}
ABNORMAL_PAUSE = timedelta(hours=1)  # staff mend it at the gateway; then it is done there


@dataclass(frozen=True, slots=True)
class Job:
    """An errand that is still to be run, with what it is about."""

    errand: Errand
    payment: Payment
    order: Payable


def prepare(uow: UnitOfWork, errand_id: int, desk: Desk, now: datetime) -> Job | None:
    """What is to be done now; None if nothing is left of it."""
    job = _lock(uow, errand_id)
    if job is None:
        return None
    if _is_wanted(job, now):
        if not _ran_out(job, now):
            return job
        # The gateway was away for long. A number keeps its first time limit: take another.
        begin_code(uow, job.order, desk, now)
    uow.errands.save(job.errand.done(now))
    return None


def _is_wanted(job: Job, now: datetime) -> bool:
    """Whether there is still a reason for the errand."""
    payment = job.payment
    match job.errand.kind:
        case ErrandKind.OPEN:
            waits = job.order.status is OrderStatus.AWAITING_PAYMENT
            return waits and payment.status is PaymentStatus.WAITING
        case ErrandKind.QUERY | ErrandKind.CLOSE:
            return payment.status not in DECIDED
        case ErrandKind.RELEASE:
            # What was frozen for so long is free already, and asking would be refused.
            return payment.settled_at is not None and now - payment.settled_at < FROZEN_FOR
        case ErrandKind.REFUND:
            return True


def _ran_out(job: Job, now: datetime) -> bool:
    """Whether a code that is still to be made would hardly last."""
    expires_at = job.payment.expires_at
    opens = job.errand.kind is ErrandKind.OPEN
    return opens and expires_at is not None and expires_at - now <= LEAST_LIFE


def code_made(
    uow: UnitOfWork, errand_id: int, *, code: str, picture: str, desk: Desk, now: datetime
) -> None:
    """The gateway made a code: the buyer gets it, if they still want it."""
    job = _lock(uow, errand_id)
    if job is None:
        return
    _finish(uow, job, now)
    if job.payment.status is not PaymentStatus.WAITING:
        return  # cancelled meanwhile: it is closed there by another errand
    payment, order = replace(job.payment, code=code, picture=picture), job.order
    uow.payments.save(payment)
    uow.errands.add(ErrandKind.QUERY, payment.id, now + pause_before_asking(0))
    words = zh.code(order, payment, page_of(payment, desk), desk.zone)
    uow.outbox.push(
        order.buyer_id,
        Message(words, media=picture_of(payment, order)).to_json(),
        key=f"{payment.no}:code",
        priority=Priority.MONEY,
        now=now,
        useless_after=payment.expires_at,
    )


def still_unpaid(uow: UnitOfWork, errand_id: int, now: datetime) -> None:
    """Asked, and not paid yet: ask again later, and close the code once it has run out."""
    job = _lock(uow, errand_id)
    if job is None:
        return
    payment = job.payment
    if payment.expires_at is not None and now < payment.expires_at:
        asked = replace(job.errand, tries=0, error="")
        age = now - payment.created_at
        pause = pause_before_asking(age // timedelta(minutes=4))
        uow.errands.save(asked.after(pause, now))
        return
    _finish(uow, job, now)
    uow.errands.add(ErrandKind.CLOSE, payment.id, now)


def code_gone(uow: UnitOfWork, errand_id: int, now: datetime) -> None:
    """Nobody can pay by this code any more."""
    job = _lock(uow, errand_id)
    if job is None:
        return
    if job.payment.status is PaymentStatus.WAITING:
        uow.payments.save(replace(job.payment, status=PaymentStatus.VOID))
    _finish(uow, job, now)


def found_paid(
    uow: UnitOfWork, errand_id: int, arrival: Arrival, desk: Desk, now: datetime
) -> None:
    """Asked, and it was paid: no notice has reached us, or not yet."""
    job = _lock(uow, errand_id)
    if job is None:
        return
    _take_in(uow, job.order, job.payment, arrival, desk, now)
    _finish(uow, job, now)


def told_paid(uow: UnitOfWork, number: str, arrival: Arrival, desk: Desk, now: datetime) -> None:
    """A notice says that the payment with this trade number was paid.

    Raises:
        NotFound: no such payment, or not yet: its turn may be about to commit.
    """
    order, payment = _lock_payment(uow, payment_id_of(number) or 0)
    if trade_no(payment) != number:
        raise NotFound(number)
    _take_in(uow, order, payment, arrival, desk, now)


def told_refund(
    uow: UnitOfWork,
    number: str,
    *,
    state: RefundState,
    amount_fen: int,
    desk: Desk,
    now: datetime,
) -> None:
    """A notice says what became of the refund with this number. Raises NotFound."""
    order, payment = _lock_payment(uow, payment_id_of(number) or 0)
    errand = uow.errands.find(ErrandKind.REFUND, payment.id)
    if errand is None or errand_no(payment, ErrandKind.REFUND) != number:
        raise NotFound(number)
    errand = uow.errands.lock(errand.id)
    if errand.done_at is None:
        _refund_is(uow, Job(errand, payment, order), state, amount_fen, desk, now)


def refund_is(
    uow: UnitOfWork,
    errand_id: int,
    *,
    state: RefundState,
    amount_fen: int,
    desk: Desk,
    now: datetime,
) -> None:
    """Asked for a refund, and this is how far it is."""
    job = _lock(uow, errand_id)
    if job is not None:
        _refund_is(uow, job, state, amount_fen, desk, now)


def released(uow: UnitOfWork, errand_id: int, *, finished: bool, now: datetime) -> None:
    job = _lock(uow, errand_id)
    if job is None:
        return
    if finished:
        _finish(uow, job, now)
    else:
        uow.errands.save(job.errand.after(pause_before_asking(0), now))


def failed(
    uow: UnitOfWork, errand_id: int, error: str, *, pause: timedelta | None, now: datetime
) -> None:
    """It came to nothing: again later. The buyer who waits for a code hears it, then the staff.

    `pause`: how long it is of no use to try again; None for what doubles with each try.
    """
    job = _lock(uow, errand_id)
    if job is None:
        return
    errand = job.errand.failed(error, now, pause=pause)
    uow.errands.save(errand)
    if errand.kind is ErrandKind.OPEN:
        # Once for the order, however many codes it takes.
        tell(
            uow,
            job.order.buyer_id,
            zh.delayed(job.order),
            key=f"{job.order.no}:code-delayed",
            priority=Priority.MONEY,
            now=now,
            useless_after=job.payment.expires_at,
        )
    if errand.tries == ASK_STAFF_AFTER or (pause is not None and errand.tries == 1):
        note = zh.stuck_note(job.payment, errand.kind, errand.error)
        uow.tasks.open("gateway", job.order.no, now, note=note, urgency=1)


def frozen_ends(uow: UnitOfWork, order_id: int, desk: Desk, now: datetime) -> None:
    """The gateway will soon freeze the money no longer: staff keep it apart from then on."""
    order = lock_payable(uow, order_id)
    if order.status in IN_ESCROW:
        note = zh.frozen_note(order, now + WARN_BEFORE, desk.zone)
        uow.tasks.open("gateway", order.no, now, note=note, urgency=1)


def _lock(uow: UnitOfWork, errand_id: int) -> Job | None:
    """The errand with what it is about, locked in their order; None if it is done."""
    seen = uow.errands.get(errand_id)
    order, payment = _lock_payment(uow, seen.payment_id)
    errand = uow.errands.lock(errand_id)
    return Job(errand, payment, order) if errand.done_at is None else None


def _lock_payment(uow: UnitOfWork, payment_id: int) -> tuple[Payable, Payment]:
    seen = uow.payments.find(payment_id)
    if seen is None:
        raise NotFound(f"T{payment_id}")
    order = lock_payable(uow, seen.order_id)
    return order, uow.payments.lock(payment_id)


def _finish(uow: UnitOfWork, job: Job, now: datetime) -> None:
    uow.errands.save(job.errand.done(now))
    _no_longer_stuck(uow, job, now)


def _no_longer_stuck(uow: UnitOfWork, job: Job, now: datetime) -> None:
    """Close the task that this payment made by not getting on; what was mispaid stays open."""
    task = uow.tasks.find("gateway", job.order.no)
    about_it = task is not None and job.payment.no in task.note
    if about_it and job.payment.status is not PaymentStatus.MISPAID:
        uow.tasks.close("gateway", job.order.no, now)


def _take_in(
    uow: UnitOfWork, order: Payable, payment: Payment, arrival: Arrival, desk: Desk, now: datetime
) -> None:
    match arrive(order, payment, arrival, now):
        case Funding() as funding:
            fund_order(uow, order, funding, desk, now)
            uow.deadlines.set("frozen_ends", order.id, now + FROZEN_FOR - WARN_BEFORE)
        case Surplus() as surplus:
            _send_back(uow, order, surplus, desk, now)
        case Mispaid() as mispaid:
            uow.payments.save(mispaid.payment)
            note = zh.mispaid_note(payment, mispaid.paid_fen)
            uow.tasks.open("gateway", order.no, now, note=note, urgency=0)
            uow.history.add(f"{order.no}/payment", "mispaid", "", now, note=payment.no)
            tell(
                uow,
                order.buyer_id,
                zh.mispaid(order),
                key=f"{payment.no}:mispaid",
                priority=Priority.MONEY,
                now=now,
            )


def _send_back(
    uow: UnitOfWork, order: Payable, surplus: Surplus, desk: Desk, now: datetime
) -> None:
    payment = surplus.payment
    uow.payments.save(payment)
    uow.ledger.post(surplus.transfers, at=now)
    receipt = issue(
        uow, surplus.transfers, order=order, gateway=payment.gateway, desk=desk, now=now
    )[Kind.SURPLUS]
    uow.history.add(f"{order.no}/payment", "surplus", "", now, note=payment.no)
    uow.errands.add(ErrandKind.REFUND, payment.id, now, amount_fen=payment.amount_fen)
    tell(
        uow,
        order.buyer_id,
        zh.surplus(order, payment, receipt),
        key=f"{payment.no}:surplus",
        priority=Priority.MONEY,
        now=now,
    )


def _refund_is(
    uow: UnitOfWork, job: Job, state: RefundState, amount_fen: int, desk: Desk, now: datetime
) -> None:
    errand, payment, order = job.errand, job.payment, job.order
    if state is RefundState.RUNNING:
        uow.errands.save(errand.after(pause_before_asking(0), now))
    elif amount_fen != errand.amount_fen:
        note = zh.mismatch_note(payment, amount_fen, errand.amount_fen)
        uow.tasks.open("gateway", order.no, now, note=note, urgency=0)
        uow.errands.save(errand.after(ABNORMAL_PAUSE, now))
    elif state is RefundState.ABNORMAL:
        note = zh.abnormal_note(payment, amount_fen)
        uow.tasks.open("gateway", order.no, now, note=note, urgency=0)
        uow.errands.save(errand.after(ABNORMAL_PAUSE, now))
    elif state is RefundState.CLOSED:
        _refund_by_hand(uow, job, now)
    else:
        _given_back(uow, job, desk, now)


def _refund_by_hand(uow: UnitOfWork, job: Job, now: datetime) -> None:
    """It will never be done there: of an order two colleagues do it, as for other gateways."""
    errand, payment, order = job.errand, job.payment, job.order
    uow.errands.save(errand.done(now, given_up=True, error="closed"))
    if payment.status is PaymentStatus.SETTLED:
        note = zh.refund_by_hand_note(errand.amount_fen)
        uow.tasks.open("refund", order.no, now, note=note, urgency=0)
    else:
        note = zh.closed_note(payment, errand.amount_fen)
        uow.tasks.open("gateway", order.no, now, note=note, urgency=0)


def _given_back(uow: UnitOfWork, job: Job, desk: Desk, now: datetime) -> None:
    errand, payment, order = job.errand, job.payment, job.order
    funded = payment.status is PaymentStatus.SETTLED
    owed_as = order.no if funded else payment.no
    back = returned(owed_as, payment.gateway, errand.amount_fen)
    uow.ledger.post([back], at=now)
    receipt = issue(uow, [back], order=order, gateway=payment.gateway, desk=desk, now=now)[
        Kind.REFUND_RETURNED
    ]
    _finish(uow, job, now)
    uow.history.add(f"{order.no}/refund", "returned", "", now, note=payment.no)
    if funded and errand.amount_fen < payment.amount_fen:
        # A ruling gave the provider the rest: only now is what is left theirs and ours.
        uow.errands.add(ErrandKind.RELEASE, payment.id, now)
    tell(
        uow,
        order.buyer_id,
        zh.given_back(order, errand.amount_fen, receipt),
        key=f"{payment.no}:given-back",
        priority=Priority.MONEY,
        now=now,
    )
