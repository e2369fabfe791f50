"""What people and the clock can do to an order, from start to acceptance."""

from dataclasses import replace
from datetime import datetime, timedelta

from handlers.actions.gateways import close_code, give_back, release
from handlers.actions.receipts import issue
from handlers.desk import Desk, tell
from handlers.wording import orders as zh
from market.bids import Offer
from market.completion import Completion, complete
from market.doors import Priority
from market.ledger import POINTS_ISSUED, points, transfers
from market.orders import Order, OrderStatus, Step, advance
from market.payments import Cancellation, cancel
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
    local = start.astimezone(desk.zone)
    if offer.workdays:
        last = add_workdays(local.date(), offer.workdays)
    elif offer.days:
        last = local.date() + timedelta(days=offer.days)
    else:
        return None
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
    bid = next(bid for bid in uow.bids.of_demand(order.demand_id) if bid.id == order.bid_id)
    order = replace(
        order,
        status=status,
        started_at=now,
        deliver_by=due_after(bid.offer, now, desk),
        provider_person_id=person_id,
    )
    uow.orders.save(order)
    uow.history.add(order.no, Step.START, status, now, person_id=person_id)
    uow.deadlines.clear(order.id, "start_reminder")
    if order.deliver_by is not None:
        day_before = order.deliver_by - timedelta(days=1)
        if day_before > now:
            uow.deadlines.set("delivery_reminder", order.id, day_before)
        uow.deadlines.set("delivery_late", order.id, order.deliver_by)
    tell(
        uow,
        order.buyer_id,
        zh.started(order, desk.zone),
        key=f"{order.no}:started",
        priority=Priority.STATUS,
        now=now,
    )
    return order


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
    delivery = uow.deliveries.add(order.id, text, files, now)
    uow.history.add(
        order.no, Step.DELIVER, status, now, person_id=person_id, note=f"v{delivery.version}"
    )
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
    uow: UnitOfWork, order_id: int, *, buyer_id: int | None, desk: Desk, now: datetime
) -> Completion:
    """Complete the order and pay out; by the clock when `buyer_id` is None."""
    order = (
        uow.orders.lock(order_id)
        if buyer_id is None
        else uow.orders.lock_for_buyer(order_id, buyer_id)
    )
    done = complete(order, desk.policy, now)
    uow.orders.save(done.order)
    uow.ledger.post(done.transfers, at=now)
    uow.history.add(order.no, Step.ACCEPT, done.order.status, now, person_id=buyer_id)
    uow.deadlines.clear(order.id, *CLOCKS)
    uow.tasks.close("call", order.no, now)
    release(uow, order, now)
    receipts = issue(uow, done.transfers, order=order, desk=desk, now=now)
    tell(
        uow,
        order.provider_person_id,
        zh.payout_received(done, desk.policy, receipts.values()),
        key=f"{order.no}:payout",
        priority=Priority.MONEY,
        now=now,
    )
    if buyer_id is None:
        tell(
            uow,
            order.buyer_id,
            zh.accepted_by_clock(done),
            key=f"{order.no}:accepted",
            priority=Priority.MONEY,
            now=now,
        )
    return done


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
        key=f"{order.no}:returned:{order.returns_used}",
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
    done = cancel(order, now)
    uow.orders.save(done.order)
    uow.ledger.post(done.transfers, at=now)
    uow.history.add(order.no, Step.CANCEL, done.order.status, now, person_id=buyer_id)
    uow.deadlines.clear(order.id, *CLOCKS)
    uow.tasks.close("payment", order.no, now)
    if done.refund_fen:
        give_back(uow, done.order, done.refund_fen, note=zh.refund_note(done), now=now)
    else:
        close_code(uow, order, now)
    issue(uow, done.transfers, order=order, desk=desk, now=now)
    tell(
        uow,
        order.provider_person_id,
        zh.cancelled_for_provider(done),
        key=f"{order.no}:cancelled",
        priority=Priority.STATUS,
        now=now,
    )
    return done


def expire_payment(uow: UnitOfWork, order_id: int, desk: Desk, now: datetime) -> None:
    """Nobody paid in time: the order is closed, nothing is owed."""
    order = uow.orders.lock(order_id)
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        return
    order = replace(order, status=advance(order, Step.EXPIRE), completed_at=now)
    uow.orders.save(order)
    uow.history.add(order.no, Step.EXPIRE, order.status, now)
    uow.tasks.close("payment", order.no, now)
    close_code(uow, order, now)
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
