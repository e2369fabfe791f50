"""What people and the clock can do to an order, from start to acceptance."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from handlers.actions.consortiums import own_part, pay_partners
from handlers.actions.gateways import close_code, give_back, release
from handlers.actions.payments import lock_payable
from handlers.actions.pots import expire_unpaid, kept_on_cancel, lose_deposit
from handlers.actions.public_money import release_public, settle_return, spent_on
from handlers.actions.receipts import issue
from handlers.desk import Desk, tell
from handlers.wording import orders as zh
from market.bids import Offer
from market.completion import Completion, complete
from market.doors import Priority
from market.errors import StepNotAllowed
from market.ledger import POINTS_ISSUED, points, transfers
from market.orders import Order, OrderStatus, Step, advance
from market.payments import Cancellation, cancel
from market.pots import Pot
from market.receipts import Kind, Receipt
from matching import add_workdays
from storage.deliveries import DeliveredFile, Delivery
from storage.unit_of_work import UnitOfWork

CLOCKS = (
    "payment_expires",
    "payment_reminder",
    "start_reminder",
    "delivery_reminder",
    "delivery_late",
    "acceptance_due",
    *(f"acceptance_reminder_{index}" for index in range(5)),
)


def due_after(offer: Offer, start: datetime, desk: Desk) -> datetime | None:
    """The end of the day by which an offer's work is done; None if no time was agreed."""
    length = offer.workdays or offer.days
    return _end_after(length, start, desk, in_workdays=bool(offer.workdays)) if length else None


def _due_from(uow: UnitOfWork, order: Order, start: datetime, desk: Desk) -> datetime | None:
    """When the order's current instalment is due, if it is begun now."""
    if order.milestones == 1:
        bid = next(bid for bid in uow.bids.of_demand(order.demand_id) if bid.id == order.bid_id)
        return due_after(bid.offer, start, desk)
    standing = uow.contracts.standing(order)
    assert standing is not None, "instalments come from a contract"
    contract = standing.contract
    length = contract.milestones[order.milestone - 1].days
    return _end_after(length, start, desk, in_workdays=contract.in_workdays) if length else None


def _end_after(length: int, start: datetime, desk: Desk, *, in_workdays: bool) -> datetime:
    local = start.astimezone(desk.zone)
    last = (
        add_workdays(local.date(), length) if in_workdays else local.date() + timedelta(days=length)
    )
    end = datetime(last.year, last.month, last.day, 18, tzinfo=desk.zone)
    return end.astimezone(start.tzinfo)


def start_order(
    uow: UnitOfWork,
    order_id: int,
    provider_id: int | None,
    person_id: int,
    desk: Desk,
    now: datetime,
) -> Order:
    """The provider begins; the agreed time runs from here."""
    order = uow.orders.lock_for_provider(order_id, provider_id)
    status = advance(order, Step.START)
    order = replace(
        order,
        status=status,
        started_at=now,
        deliver_by=_due_from(uow, order, now, desk),
        provider_person_id=person_id,
    )
    uow.orders.save(order)
    uow.history.add(order.no, Step.START, status, now, person_id=person_id)
    uow.deadlines.clear(order.id, "start_reminder")
    _remind_of_delivery(uow, order, now)
    tell(
        uow,
        order.buyer_id,
        zh.started(order, desk.zone),
        key=f"{order.no}:started",
        priority=Priority.STATUS,
        now=now,
    )
    return order


def _part(order: Order) -> str:
    return f"{order.milestone}/{order.milestones}"


def _remind_of_delivery(uow: UnitOfWork, order: Order, now: datetime) -> None:
    if order.deliver_by is None:
        return
    day_before = order.deliver_by - timedelta(days=1)
    if day_before > now:
        uow.deadlines.set("delivery_reminder", order.id, day_before)
    uow.deadlines.set("delivery_late", order.id, order.deliver_by)


def deliver_order(
    uow: UnitOfWork,
    order_id: int,
    provider_id: int | None,
    *,
    person_id: int,
    text: str,
    files: tuple[DeliveredFile, ...],
    desk: Desk,
    now: datetime,
) -> tuple[Order, Delivery]:
    """Hand work over; the acceptance clock starts anew with each version."""
    order = uow.orders.lock_for_provider(order_id, provider_id)
    status = advance(order, Step.DELIVER)
    accept_by = now + desk.policy.acceptance_window
    order = replace(order, status=status, delivered_at=now, accept_by=accept_by, reminded_at=None)
    uow.orders.save(order)
    delivery = uow.deliveries.add(order.id, text, files, now, milestone=order.milestone)
    note = (
        f"v{delivery.version}" if order.milestones == 1 else f"v{delivery.version} {_part(order)}"
    )
    uow.history.add(order.no, Step.DELIVER, status, now, person_id=person_id, note=note)
    uow.deadlines.clear(order.id, "delivery_reminder", "delivery_late")
    for index, before in enumerate(desk.policy.remind_before_acceptance):
        if before < desk.policy.acceptance_window:
            uow.deadlines.set(f"acceptance_reminder_{index}", order.id, accept_by - before)
    uow.deadlines.set("acceptance_due", order.id, accept_by)
    tell(
        uow,
        order.buyer_id,
        zh.delivered(order, delivery, desk),
        key=f"{order.no}:delivered:{delivery.version}",
        priority=Priority.DEADLINE,
        now=now,
    )
    return order, delivery


def accept_delivery(
    uow: UnitOfWork,
    order_id: int,
    *,
    buyer_id: int | None,
    seen_milestone: int | None = None,
    desk: Desk,
    now: datetime,
) -> Completion:
    """Pay out what was delivered: an instalment, or with the last one the order is complete.

    By the clock when `buyer_id` is None. `seen_milestone` is the instalment that the buyer was
    asked about.

    Raises:
        StepNotAllowed: nothing waits for acceptance, or it is another instalment.
    """
    order = (
        uow.orders.lock(order_id)
        if buyer_id is None
        else uow.orders.lock_for_buyer(order_id, buyer_id)
    )
    if seen_milestone not in (None, order.milestone):
        raise StepNotAllowed(order.no, status=order.status, step=Step.RELEASE)
    done = complete(
        order,
        desk.policy,
        now,
        uow.consortiums.of_order(order.id),
        uow.consortiums.splits_of(order.id),
    )
    uow.ledger.post(done.transfers, at=now)
    uow.deadlines.clear(order.id, *CLOCKS)
    uow.tasks.close("call", order.no, now)
    if done.is_whole:
        release(uow, order, now)
    else:
        done = replace(
            done, order=replace(done.order, deliver_by=_due_from(uow, done.order, now, desk))
        )
        _remind_of_delivery(uow, done.order, now)
    step = Step.ACCEPT if done.is_whole else Step.RELEASE
    note = "" if order.milestones == 1 else _part(order)
    uow.orders.save(done.order)
    uow.history.add(order.no, step, done.order.status, now, person_id=buyer_id, note=note)
    receipts = issue(uow, own_part(done.transfers), order=order, desk=desk, now=now)
    pay_partners(uow, order, done.division, done.transfers, desk, now)
    _tell_of_acceptance(uow, done, receipts.values(), by_clock=buyer_id is None, desk=desk, now=now)
    return done


def _tell_of_acceptance(
    uow: UnitOfWork,
    done: Completion,
    receipts: Collection[Receipt],
    *,
    by_clock: bool,
    desk: Desk,
    now: datetime,
) -> None:
    order = done.order
    key = order.no if done.is_whole else f"{order.no}:{done.milestone}"
    tell(
        uow,
        order.provider_person_id,
        zh.payout_received(done, desk.policy, receipts)
        if done.is_whole
        else zh.instalment_received(done, desk.zone, receipts),
        key=f"{key}:payout",
        priority=Priority.MONEY,
        now=now,
    )
    if by_clock:
        tell(
            uow,
            order.buyer_id,
            zh.accepted_by_clock(done) if done.is_whole else zh.released_by_clock(done, desk.zone),
            key=f"{key}:accepted",
            priority=Priority.MONEY,
            now=now,
        )


def return_delivery(
    uow: UnitOfWork, order_id: int, buyer_id: int, reason: str, desk: Desk, now: datetime
) -> Order:
    """Ask for changes; after the included rounds it takes a dispute."""
    order = uow.orders.lock_for_buyer(order_id, buyer_id)
    status = advance(order, Step.RETURN)
    order = replace(
        order, status=status, returns_used=order.returns_used + 1, accept_by=None, delivered_at=None
    )
    uow.orders.save(order)
    uow.history.add(order.no, Step.RETURN, status, now, person_id=buyer_id, note=reason)
    uow.deadlines.clear(order.id, *CLOCKS)
    due = now + timedelta(days=3)
    uow.deadlines.set("delivery_late", order.id, due)
    tell(
        uow,
        order.provider_person_id,
        zh.returned_to_provider(order, reason, due, desk.zone),
        key=f"{order.no}:returned:{order.milestone}:{order.returns_used}",
        priority=Priority.DEADLINE,
        now=now,
    )
    return order


def cancel_order(
    uow: UnitOfWork, order_id: int, buyer_id: int | None, desk: Desk, now: datetime
) -> Cancellation:
    """Leave before work starts: free before payment, a full refund after it."""
    order = (
        uow.orders.lock(order_id)
        if buyer_id is None
        else uow.orders.lock_for_buyer(order_id, buyer_id)
    )
    public = spent_on(uow, order) if order.funded_at else None
    if not order.funded_at:
        order = release_public(uow, order, now, person_id=buyer_id)
    kept_fen = kept_on_cancel(uow, order, desk, now)
    done = cancel(order, now, kept_fen=kept_fen, public=public)
    uow.orders.save(done.order)
    uow.ledger.post(done.transfers, at=now)
    settle_return(uow, order, done.transfers, now)
    uow.history.add(order.no, Step.CANCEL, done.order.status, now, person_id=buyer_id)
    uow.deadlines.clear(order.id, *CLOCKS)
    uow.tasks.close("payment", order.no, now)
    if done.refund_fen:
        give_back(uow, done.order, done.refund_fen, note=zh.refund_note(done), now=now)
    elif not order.funded_at:
        close_code(uow, order, now)
        lose_deposit(uow, order, desk, now)
    receipts = issue(uow, done.transfers, order=order, desk=desk, now=now)
    tell(
        uow,
        order.provider_person_id,
        zh.cancelled_for_provider(done, receipts.get(Kind.EARNINGS)),
        key=f"{order.no}:cancelled",
        priority=Priority.STATUS,
        now=now,
    )
    return done


def expire_payment(uow: UnitOfWork, order_id: int, desk: Desk, now: datetime) -> None:
    """Nobody paid in time: the order is closed, nothing is owed."""
    payable = lock_payable(uow, order_id)
    if payable.status is not OrderStatus.AWAITING_PAYMENT:
        return
    if isinstance(payable, Pot):
        expire_unpaid(uow, payable, desk, now)
        return
    order = release_public(uow, payable, now)
    order = replace(order, status=advance(order, Step.EXPIRE), completed_at=now)
    uow.orders.save(order)
    uow.history.add(order.no, Step.EXPIRE, order.status, now)
    uow.tasks.close("payment", order.no, now)
    close_code(uow, order, now)
    lose_deposit(uow, order, desk, now)
    for person_id, who in ((order.buyer_id, "buyer"), (order.provider_person_id, "provider")):
        tell(
            uow,
            person_id,
            zh.payment_expired(order),
            key=f"{order.no}:unpaid:{who}",
            priority=Priority.DEADLINE,
            now=now,
        )


def review_order(
    uow: UnitOfWork,
    order_id: int,
    buyer_id: int,
    *,
    stars: int,
    text: str,
    desk: Desk,
    now: datetime,
) -> tuple[Order, int]:
    """Rate a completed order; points once. Returns the order and the points earned now."""
    order = uow.orders.lock_for_buyer(order_id, buyer_id)
    if order.status not in {OrderStatus.COMPLETED, OrderStatus.REFUNDED}:
        advance(order, Step.SETTLE)
    fresh = uow.reviews.add(
        order_id=order.id,
        person_id=buyer_id,
        provider_id=order.provider_id,
        stars=stars,
        text=text,
        now=now,
    )
    if not fresh:
        return order, 0
    uow.providers.add_review(order.provider_id, stars)
    tell(
        uow,
        order.provider_person_id,
        zh.reviewed(order, stars),
        key=f"{order.no}:reviewed",
        priority=Priority.STATUS,
        now=now,
    )
    # Last, because every review in the town waits for the account the points come from.
    earned = desk.policy.review_points
    uow.ledger.post(
        transfers((f"{order.no}:review-points", POINTS_ISSUED, points(buyer_id), earned)), at=now
    )
    return order, earned
