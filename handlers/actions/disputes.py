"""Disputes: opened by the buyer, decided by staff, two of them for large sums."""

from dataclasses import replace
from datetime import datetime

from handlers.actions.orders import CLOCKS
from handlers.desk import Desk, tell, tell_staff
from handlers.wording import orders as zh
from market.disputes import Decision, Dispute, decide
from market.doors import Priority
from market.errors import SamePerson, StepNotAllowed
from market.orders import Order, Step, advance
from storage.unit_of_work import UnitOfWork

TWO_KEYS_ABOVE_FEN = 1_000_000


def open_dispute(
    uow: UnitOfWork, order_id: int, buyer_id: int, reason: str, desk: Desk, now: datetime
) -> tuple[Order, Dispute]:
    """Freeze the order: no clock runs, the money stays where it is."""
    order = uow.orders.lock_for_buyer(order_id, buyer_id)
    order = replace(order, status=advance(order, Step.DISPUTE))
    uow.orders.save(order)
    dispute = uow.disputes.add(order.id, buyer_id, reason, now)
    uow.history.add(order.no, Step.DISPUTE, order.status, now, person_id=buyer_id, note=reason)
    uow.deadlines.clear(order.id, *CLOCKS)
    uow.tasks.open("dispute", dispute.no, now, note=zh.dispute_note(order, reason), urgency=1)
    tell(
        uow,
        order.provider_person_id,
        zh.dispute_for_provider(order, dispute, reason),
        key=f"{dispute.no}:opened",
        priority=Priority.DEADLINE,
        now=now,
    )
    tell_staff(
        uow,
        desk,
        f"🔴 新申诉 {dispute.no}（{order.no}）待处理，回“待办”看。",
        key=f"{dispute.no}:staff",
        priority=Priority.DEADLINE,
        now=now,
    )
    return order, dispute


def propose_decision(
    uow: UnitOfWork,
    dispute_id: int,
    *,
    staff_id: int,
    refund_bp: int,
    reason: str,
    desk: Desk,
    now: datetime,
) -> Decision | None:
    """Decide a dispute; None if the sum is large and a second person must agree first."""
    dispute = uow.disputes.lock(dispute_id)
    if dispute.decided_at is not None:
        raise StepNotAllowed(dispute.no, status="decided", step=Step.SETTLE)
    dispute = replace(dispute, refund_bp=refund_bp, decision=reason, proposed_by=staff_id)
    uow.disputes.save(dispute)
    order = uow.orders.find(dispute.order_id)
    if order.price_fen > TWO_KEYS_ABOVE_FEN:
        advance(order, Step.SETTLE)
        tell_staff(
            uow,
            desk,
            f"{dispute.no}（{order.no}）有裁决待第二人同意，核对后回“同意 {dispute.no}”。",
            key=f"{dispute.no}:second-key:{staff_id}:{refund_bp}",
            priority=Priority.MONEY,
            now=now,
        )
        return None
    return _carry_out(uow, dispute, desk, now)


def agree_decision(
    uow: UnitOfWork, dispute_id: int, *, staff_id: int, desk: Desk, now: datetime
) -> Decision:
    """The second key. Raises SamePerson for whoever proposed it, or before anybody did."""
    dispute = uow.disputes.lock(dispute_id)
    if dispute.decided_at is not None:
        raise StepNotAllowed(dispute.no, status="decided", step=Step.SETTLE)
    if dispute.proposed_by in {None, staff_id}:
        raise SamePerson(dispute.no)
    return _carry_out(uow, dispute, desk, now)


def _carry_out(uow: UnitOfWork, dispute: Dispute, desk: Desk, now: datetime) -> Decision:
    assert dispute.refund_bp is not None
    order = uow.orders.lock(dispute.order_id)
    done = decide(order, refund_bp=dispute.refund_bp, policy=desk.policy, now=now)
    dispute = replace(dispute, decided_at=now)
    uow.orders.save(done.order)
    uow.disputes.save(dispute)
    uow.ledger.post(done.transfers, at=now)
    uow.history.add(order.no, Step.SETTLE, done.order.status, now, person_id=dispute.proposed_by)
    uow.tasks.close("dispute", dispute.no, now)
    text = zh.decision(done.order, dispute, done.refund_fen, done.payout_fen)
    for person_id, who in ((order.buyer_id, "buyer"), (order.provider_person_id, "provider")):
        tell(
            uow,
            person_id,
            text,
            key=f"{dispute.no}:decided:{who}",
            priority=Priority.MONEY,
            now=now,
        )
    return done
