"""Disputes: opened by the buyer; both sides are heard until it is decided."""

from dataclasses import replace
from datetime import datetime

from handlers.actions.orders import CLOCKS
from handlers.actions.parties import LIVE, LIVE_DEMANDS
from handlers.desk import Desk, tell, tell_staff
from handlers.wording import disputes as zh
from market.disputes import Dispute, DisputeStatus, DisputeStep, Track, track_for
from market.doors import Priority
from market.errors import NotFound, StepNotAllowed
from market.orders import Order, OrderStatus, Step, advance
from market.parties import Sender
from market.processes import Party
from storage.history import Entry
from storage.unit_of_work import UnitOfWork


def open_dispute(
    uow: UnitOfWork, order_id: int, buyer_id: int, reason: str, desk: Desk, now: datetime
) -> tuple[Order, Dispute]:
    """Freeze the order: no clock runs, the money stays where it is."""
    order = uow.orders.lock_for_buyer(order_id, buyer_id)
    order = replace(order, status=advance(order, Step.DISPUTE))
    uow.orders.save(order)
    track = track_for(order.unreleased_fen, desk.policy)
    dispute = uow.disputes.add(order.id, buyer_id, reason, track, now)
    uow.history.add(dispute.no, "open", dispute.status, now, person_id=buyer_id)
    uow.history.add(order.no, Step.DISPUTE, order.status, now, person_id=buyer_id, note=reason)
    uow.deadlines.clear(order.id, *CLOCKS)
    uow.tasks.open("dispute", dispute.no, now, note=zh.note(order, dispute), urgency=1)
    tell(
        uow,
        order.provider_person_id,
        zh.opened_for_provider(order, dispute, desk.policy, desk.zone),
        key=f"{dispute.no}:opened",
        priority=Priority.DEADLINE,
        now=now,
    )
    tell_staff(
        uow,
        desk,
        zh.opened_for_staff(order, dispute),
        key=f"{dispute.no}:staff",
        priority=Priority.DEADLINE,
        now=now,
    )
    return order, dispute


EVIDENCE = "evidence"
_LOOKED_AT = 50


def side_of(order: Order, sender: Sender) -> Party | None:
    """Which side of an order somebody is on; None for everybody else."""
    if sender.id == order.buyer_id:
        return Party.BUYER
    return Party.PROVIDER if sender.provider_id == order.provider_id else None


def side_by_id(uow: UnitOfWork, order: Order, person_id: int | None) -> Party | None:
    """The same by number; None for everybody else."""
    return None if person_id is None else side_of(order, uow.parties.sender(person_id))


def dispute_of(uow: UnitOfWork, dispute_id: int, sender: Sender) -> tuple[Dispute, Order]:
    """The dispute for one of its sides or who judges it. Raises NotFound for everybody else."""
    dispute = uow.disputes.lock(dispute_id)
    order = uow.orders.find(dispute.order_id)
    if side_of(order, sender) is None and not judges(uow, dispute, sender):
        raise NotFound(dispute.no)
    return dispute, order


def judges(uow: UnitOfWork, dispute: Dispute, sender: Sender) -> bool:
    """Whether it is theirs to look at: staff, or an expert who has a seat or may decide alone."""
    if sender.is_staff or not sender.is_expert:
        return sender.is_staff
    seats = uow.panels.seats(dispute.id, dispute.instance)
    seated = any(seat.person_id == sender.id and seat.left_at is None for seat in seats)
    return seated or dispute.track is Track.SMALL


def open_dispute_of(
    uow: UnitOfWork, sender: Sender, *, only: bool = False, ruled: bool = False
) -> Dispute | None:
    """The newest undecided dispute of this person; with `only` if nothing else is live.

    With `ruled` the newest whose ruling is not carried out yet.
    """
    orders = uow.orders.of_buyer(sender.id, _LOOKED_AT)
    if sender.provider_id is not None:
        orders += uow.orders.of_provider(sender.provider_id, _LOOKED_AT)
    disputed = [order for order in orders if order.status is OrderStatus.DISPUTED]
    if not disputed:
        return None
    if only:
        live = sum(order.status in LIVE for order in orders) + sum(
            demand.status in LIVE_DEMANDS for demand in uow.demands.of_buyer(sender.id, _LOOKED_AT)
        )
        if live != 1:
            return None
    for order in sorted(disputed, key=lambda order: order.id, reverse=True):
        dispute = uow.disputes.of_order(order.id)
        if dispute is not None and (dispute.status is DisputeStatus.RULED) == ruled:
            return dispute
    return None


def add_evidence(uow: UnitOfWork, dispute_id: int, person_id: int, text: str, now: datetime) -> int:
    """Keep what one side says or sends; returns which piece of the dispute's evidence it is.

    Raises:
        StepNotAllowed: it is decided.
    """
    dispute = lock_undecided(uow, dispute_id)
    uow.history.add(dispute.no, EVIDENCE, "", now, person_id=person_id, note=text)
    return len(evidence_of(uow, dispute))


def evidence_of(uow: UnitOfWork, dispute: Dispute) -> tuple[Entry, ...]:
    return tuple(entry for entry in uow.history.after([dispute.no], 0) if entry.step == EVIDENCE)


def waits_for_answer(uow: UnitOfWork, dispute: Dispute, now: datetime) -> bool:
    """Whether the other side still has time to answer and has not used it."""
    since, asked = dispute.appealed_at or dispute.opened_at, dispute.appealed_by
    answered = any(
        entry.person_id != (asked or dispute.opened_by) and entry.at >= since
        for entry in evidence_of(uow, dispute)
    )
    return now < dispute.answer_by and not answered


def lock_undecided(uow: UnitOfWork, dispute_id: int) -> Dispute:
    """Raises StepNotAllowed: there is a ruling, carried out or not."""
    dispute = uow.disputes.lock(dispute_id)
    if dispute.decided_at is not None:
        raise StepNotAllowed(dispute.no, status=dispute.status, step=DisputeStep.RULE)
    return dispute
