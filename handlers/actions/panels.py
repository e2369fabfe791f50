"""Panels: three people are named, each votes in private, and the last vote makes the ruling."""

from dataclasses import dataclass, replace
from datetime import datetime

from handlers.actions.disputes import lock_undecided
from handlers.actions.impartiality import check_impartial, conflict_with
from handlers.actions.rulings import Outcome, complete, would
from handlers.desk import Desk, tell
from handlers.wording import panels as zh
from market.disputes import SIDES, Decision, Dispute, DisputeStep, Track
from market.doors import Priority
from market.errors import StepNotAllowed
from market.orders import Order
from market.panels import (
    SEATS,
    VOTE_WITHIN,
    Conflict,
    Judge,
    Seat,
    cast,
    leave,
    median_bp,
    name_panel,
    seat_of,
)
from storage.unit_of_work import UnitOfWork

PANEL_SILENT = "panel_silent"  # a deadline of the dispute: somebody has not voted


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who might sit on a panel, and what speaks against it."""

    judge: Judge
    conflict: Conflict | None


def lock_for_panel(uow: UnitOfWork, dispute_id: int) -> Dispute:
    """An undecided dispute that takes a panel.

    Raises:
        StepNotAllowed: it is decided, or the sum takes none.
    """
    dispute = lock_undecided(uow, dispute_id)
    if dispute.track is not Track.PANEL:
        raise StepNotAllowed(dispute.no, status=dispute.status, step=DisputeStep.NAME)
    return dispute


def live_seats(uow: UnitOfWork, dispute: Dispute) -> tuple[Seat, ...]:
    seats = uow.panels.seats(dispute.id, dispute.instance)
    return tuple(seat for seat in seats if seat.left_at is None)


def candidates(uow: UnitOfWork, dispute: Dispute, now: datetime) -> tuple[Candidate, ...]:
    """All staff and experts, with whatever keeps them from deciding this dispute."""
    order = uow.orders.find(dispute.order_id)
    return tuple(
        Candidate(judge, conflict_with(uow, dispute, order, judge, now))
        for judge in uow.panels.judges()
    )


@dataclass(frozen=True, slots=True)
class Named:
    """A panel as it sits now."""

    dispute: Dispute
    seats: tuple[Seat, ...]


def name_members(
    uow: UnitOfWork,
    dispute_id: int,
    people: tuple[int, ...],
    *,
    staff_id: int,
    desk: Desk,
    now: datetime,
) -> Named:
    """Name the three, or others for those who have not voted.

    Raises:
        StepNotAllowed: it is decided, or takes no panel.
        PanelRefused: not three different people, or a vote would be lost.
        NotImpartial: one of them has an interest in it, or decided it before.
    """
    dispute = lock_for_panel(uow, dispute_id)
    order = uow.orders.find(dispute.order_id)
    naming = name_panel(dispute.no, live_seats(uow, dispute), people)
    for person_id in naming.comes:
        check_impartial(uow, dispute, order, person_id, now)
    is_first = not dispute.may(DisputeStep.VOTE)
    dispute = replace(dispute, status=dispute.after(DisputeStep.NAME))
    uow.disputes.save(dispute)
    for seat in naming.goes:
        uow.panels.save(leave(dispute.no, seat, now))
    for person_id in naming.comes:
        uow.panels.add(Seat(dispute.id, dispute.instance, person_id, staff_id, now))
        tell(
            uow,
            person_id,
            zh.named(dispute, order, desk.zone, now + VOTE_WITHIN),
            key=f"{dispute.no}:panel:{dispute.instance}:p{person_id}",
            priority=Priority.DEADLINE,
            now=now,
        )
    uow.history.add(dispute.no, DisputeStep.NAME, dispute.status, now, person_id=staff_id)
    uow.tasks.close("dispute", dispute.no, now)
    uow.tasks.close("panel", dispute.no, now)
    uow.deadlines.set(PANEL_SILENT, dispute.id, now + VOTE_WITHIN)
    if is_first:
        _tell_sides(uow, dispute, order, desk, now)
    return Named(dispute, live_seats(uow, dispute))


def _tell_sides(uow: UnitOfWork, dispute: Dispute, order: Order, desk: Desk, now: datetime) -> None:
    """Both hear that three people decide, not who."""
    for side, person_id in zip(SIDES, (order.buyer_id, order.provider_person_id), strict=True):
        tell(
            uow,
            person_id,
            zh.named_for_sides(dispute, desk.policy, desk.zone),
            key=f"{dispute.no}:panel:{dispute.instance}:{side}",
            priority=Priority.DEADLINE,
            now=now,
        )


def lock_seat(
    uow: UnitOfWork, dispute_id: int, person_id: int, now: datetime
) -> tuple[Dispute, Seat]:
    """The dispute, locked, and this person's seat, if they may still vote.

    Raises:
        StepNotAllowed: it is decided.
        NotFound: there is no such seat.
        NotImpartial: since they were named they have come to have an interest in it.
    """
    dispute = lock_undecided(uow, dispute_id)
    seat = seat_of(dispute.no, live_seats(uow, dispute), person_id)
    check_impartial(uow, dispute, uow.orders.find(dispute.order_id), person_id, now)
    return dispute, seat


def would_be(
    uow: UnitOfWork, dispute: Dispute, refund_bp: int, desk: Desk, now: datetime
) -> Decision:
    """How the money were divided if this vote were the middle one."""
    order = uow.orders.find(dispute.order_id)
    return would(uow, replace(dispute, refund_bp=refund_bp), order, desk, now)


@dataclass(frozen=True, slots=True)
class Voted:
    """A vote that was written down; `outcome` if it was the last one."""

    dispute: Dispute
    votes: int
    outcome: Outcome | None


def vote(
    uow: UnitOfWork,
    dispute_id: int,
    *,
    person_id: int,
    refund_bp: int,
    reason: str,
    desk: Desk,
    now: datetime,
) -> Voted:
    """Write a vote down; the third makes the median the ruling.

    Raises:
        VotedBefore: one person, one vote.
        StepNotAllowed, NotFound, NotImpartial: see `lock_seat`.
    """
    dispute, seat = lock_seat(uow, dispute_id, person_id, now)
    dispute = replace(dispute, status=dispute.after(DisputeStep.VOTE))
    uow.panels.save(cast(dispute.no, seat, refund_bp=refund_bp, reason=reason, now=now))
    uow.history.add(dispute.no, DisputeStep.VOTE, dispute.status, now, person_id=person_id)
    seats = live_seats(uow, dispute)
    middle_bp = median_bp(seats)
    if middle_bp is None:
        return Voted(dispute, sum(each.has_voted for each in seats), None)
    uow.deadlines.clear(dispute.id, PANEL_SILENT)
    dispute = replace(dispute, refund_bp=middle_bp, decision=zh.votes(seats), proposed_by=None)
    outcome = complete(uow, dispute, second=None, by=person_id, desk=desk, now=now)
    return Voted(outcome.dispute, SEATS, outcome)


def recuse(uow: UnitOfWork, dispute_id: int, person_id: int, now: datetime) -> Dispute:
    """Give the seat up: staff name somebody else.

    Raises:
        VotedBefore: the vote stays.
        StepNotAllowed: it is decided.
        NotFound: there is no such seat.
    """
    dispute = lock_undecided(uow, dispute_id)
    seat = seat_of(dispute.no, live_seats(uow, dispute), person_id)
    uow.panels.save(leave(dispute.no, seat, now))
    uow.history.add(dispute.no, "recuse", "", now, person_id=person_id)
    name = uow.parties.person(person_id).name
    uow.tasks.open("panel", dispute.no, now, note=zh.one_left(dispute, name), urgency=1)
    return dispute


def panel_silent(uow: UnitOfWork, dispute_id: int, desk: Desk, now: datetime) -> None:
    """Two days without all votes: staff are told who is missing, and remind or replace them."""
    dispute = uow.disputes.lock(dispute_id)
    if not dispute.may(DisputeStep.VOTE):
        return
    missing = [seat for seat in live_seats(uow, dispute) if not seat.has_voted]
    names = [uow.parties.person(seat.person_id).name for seat in missing]
    uow.tasks.open("panel", dispute.no, now, note=zh.silent(dispute, names), urgency=1)
    for seat in missing:
        tell(
            uow,
            seat.person_id,
            zh.vote_wanted(dispute),
            key=f"{dispute.no}:vote-wanted:p{seat.person_id}:{now:%Y%m%d}",
            priority=Priority.DEADLINE,
            now=now,
        )
    uow.deadlines.set(PANEL_SILENT, dispute.id, now + VOTE_WITHIN)
