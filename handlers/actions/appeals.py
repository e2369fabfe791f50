"""Between a ruling and its money: both sides may accept it, either may appeal, once."""

from dataclasses import replace
from datetime import datetime, timedelta

from handlers.actions.disputes import side_of
from handlers.actions.rulings import RULING_DUE, Outcome, announce, carry_out, was_warned, would
from handlers.desk import Desk, tell, tell_staff
from handlers.wording import disputes as zh
from market.disputes import SIDES, Dispute, DisputeStatus, DisputeStep, accept, appeal
from market.doors import Priority
from market.errors import NotFound
from market.orders import Order
from market.parties import Sender
from market.processes import Party
from storage.unit_of_work import UnitOfWork

_CALL_GRACE = timedelta(days=1)  # how long staff have to reach somebody by telephone


def accept_ruling(
    uow: UnitOfWork, dispute_id: int, sender: Sender, desk: Desk, now: datetime
) -> Outcome:
    """One side will not appeal; when both have said so, the money moves. Twice is once.

    Raises:
        NotFound: it is not theirs.
        StepNotAllowed: nothing is decided, or all is over.
    """
    dispute, order, side = _lock_of_side(uow, dispute_id, sender)
    accepted = accept(dispute, side, now)
    if accepted.is_accepted:
        return carry_out(uow, accepted, order, by=sender.id, desk=desk, now=now)
    if accepted != dispute:
        uow.disputes.save(accepted)
        uow.history.add(dispute.no, DisputeStep.ACCEPT, accepted.status, now, person_id=sender.id)
    return Outcome(accepted, would(uow, accepted, order, desk, now))


def appeal_ruling(
    uow: UnitOfWork, dispute_id: int, sender: Sender, reason: str, desk: Desk, now: datetime
) -> Dispute:
    """The ruling falls, and somebody else decides, once and for all.

    Raises:
        NotFound: it is not theirs.
        AppealRefused: there was an appeal, or they have accepted, or are too late.
        StepNotAllowed: nothing is decided yet.
    """
    dispute, order, side = _lock_of_side(uow, dispute_id, sender)
    late = dispute.appeal_by is not None and now >= dispute.appeal_by
    lapsed = late and was_warned(uow, dispute, side, desk, now)
    first_bp = dispute.refund_bp
    dispute = appeal(dispute, side, by=sender.id, reason=reason, lapsed=lapsed, now=now)
    uow.disputes.save(dispute)
    uow.history.add(
        dispute.no, DisputeStep.APPEAL, dispute.status, now, person_id=sender.id, note=reason
    )
    uow.deadlines.clear(dispute.id, RULING_DUE)
    uow.tasks.close("call", dispute.no, now)
    assert first_bp is not None, "what was appealed against was decided"
    note = zh.note(order, dispute, ruled_bp=first_bp)
    uow.tasks.open("dispute", dispute.no, now, note=note, urgency=1)
    tell(
        uow,
        order.provider_person_id if side is Party.BUYER else order.buyer_id,
        zh.appealed_for_other(dispute, desk.policy, desk.zone),
        key=f"{dispute.no}:appealed",
        priority=Priority.MONEY,
        now=now,
    )
    tell_staff(
        uow,
        desk,
        zh.appealed_for_staff(dispute, order),
        key=f"{dispute.no}:appealed:staff",
        priority=Priority.DEADLINE,
        now=now,
    )
    return dispute


def _lock_of_side(uow: UnitOfWork, dispute_id: int, sender: Sender) -> tuple[Dispute, Order, Party]:
    dispute = uow.disputes.lock(dispute_id)
    order = uow.orders.lock(dispute.order_id)
    side = side_of(order, sender)
    if side is None:
        raise NotFound(dispute.no)
    return dispute, order, side


def waits_for(dispute: Dispute, order: Order, sender: Sender) -> bool:
    """Whether a ruling waits for what this side says to it."""
    side = side_of(order, sender)
    unsaid = side is not None and dispute.accepted_at(side) is None
    return dispute.status is DisputeStatus.RULED and unsaid


def ruling_due(uow: UnitOfWork, dispute_id: int, desk: Desk, now: datetime) -> None:
    """The time for an appeal is over: carry the ruling out, if both knew what silence means.

    Otherwise a colleague calls, the date moves for both, and both are told the new one.
    """
    dispute = uow.disputes.lock(dispute_id)
    if dispute.status is not DisputeStatus.RULED:
        return
    assert dispute.appeal_by is not None, "it can be appealed against"
    if now < dispute.appeal_by:
        return
    order = uow.orders.lock(dispute.order_id)
    unwarned = [side for side in SIDES if not was_warned(uow, dispute, side, desk, now)]
    if not unwarned:
        carry_out(uow, dispute, order, by=None, desk=desk, now=now)
        return
    uow.tasks.open("call", dispute.no, now, note=zh.call_about(dispute, unwarned), urgency=0)
    dispute = replace(dispute, appeal_by=now + _CALL_GRACE)
    uow.disputes.save(dispute)
    announce(uow, dispute, order, desk, now)
