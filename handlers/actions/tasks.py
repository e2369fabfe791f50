"""The queue of the service centre: what waits, whom it is about, what came of a call."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby

from handlers.desk import Desk, tell
from handlers.wording import tasks as zh
from handlers.wording.tasks import Contact, Pile
from market.demands import Demand, extend, runs_until
from market.doors import Priority
from market.errors import NotFound
from market.modes import DemandStatus
from market.parties import Sender
from market.tasks import sort_of
from storage.tasks import Task
from storage.unit_of_work import UnitOfWork

LOOKED_AT = 200
RING_AGAIN_AFTER = timedelta(hours=2)


def queue(uow: UnitOfWork, now: datetime) -> tuple[Pile, ...]:
    """What waits for the staff: money, then deadlines, then people, then the rest."""
    waiting = sorted(uow.tasks.waiting(now, LOOKED_AT), key=lambda task: task.kind)
    piles = [Pile(kind, _by_urgency(of_kind)) for kind, of_kind in groupby(waiting, _kind)]
    return tuple(
        sorted(
            piles,
            key=lambda pile: (sort_of(pile.kind), pile.first.urgency, pile.first.opened_at),
        )
    )


def _kind(task: Task) -> str:
    return task.kind


def _by_urgency(tasks: Iterable[Task]) -> tuple[Task, ...]:
    return tuple(sorted(tasks, key=lambda task: (task.urgency, task.opened_at)))


def contacts_of(uow: UnitOfWork, subject: str) -> tuple[Contact, ...]:
    """Who can be called about D1024, O2048, J88, P12 or V3; nobody for other subjects."""
    kind, digits = subject[:1].upper(), subject[1:]
    if not digits.isdecimal():
        return ()
    number = int(digits)
    if kind == "D":
        return (Contact("buyer", uow.parties.person(uow.demands.find(number).buyer_id)),)
    if kind == "J":
        number = uow.disputes.lock(number).order_id
    if kind in "OJ":
        order = uow.orders.find(number)
        return (
            Contact("buyer", uow.parties.person(order.buyer_id)),
            Contact("provider", uow.parties.person(order.provider_person_id)),
        )
    if kind == "P" and uow.conversations.lines_of(number):
        return (Contact("buyer", uow.parties.person(number)),)
    if kind == "V":
        members = uow.parties.member_ids(number)
        return tuple(Contact("provider", uow.parties.person(member)) for member in members[:2])
    return ()


def reveal_phones(
    uow: UnitOfWork, subject: str, sender: Sender, now: datetime
) -> tuple[Contact, ...]:
    """Show phone numbers to a colleague, and write down who looked at whose.

    Raises:
        NotFound: nobody can be called about that.
    """
    contacts = contacts_of(uow, subject)
    if not contacts:
        raise NotFound(subject)
    for contact in contacts:
        uow.history.add(
            f"P{contact.person.id}",
            "reveal_phone",
            "",
            now,
            person_id=sender.id,
            note=subject,
        )
    return contacts


def report_call(
    uow: UnitOfWork, task: Task, *, reached: bool, sender: Sender, now: datetime
) -> datetime | None:
    """Close the task of somebody who was reached; ring again later if not.

    Returns when it comes back, None if it is closed.
    """
    step = "reached" if reached else "not_reached"
    uow.history.add(call_of(task), step, "", now, person_id=sender.id, note=task.note[:200])
    if reached:
        uow.tasks.close(task.kind, task.subject, now)
        return None
    again = now + RING_AGAIN_AFTER
    uow.tasks.postpone(task.kind, task.subject, again)
    return again


def put_off(uow: UnitOfWork, task: Task, until: datetime, sender: Sender, now: datetime) -> None:
    uow.history.add(call_of(task), "put_off", "", now, person_id=sender.id, note=task.note[:200])
    uow.tasks.postpone(task.kind, task.subject, until)


def call_of(task: Task) -> str:
    """The subject of a task's own history, apart from the steps of what it is about."""
    return f"{task.subject}/{task.kind}"


def extend_demand(
    uow: UnitOfWork,
    demand_id: int,
    *,
    until: datetime | None,
    days: int,
    sender: Sender,
    desk: Desk,
    now: datetime,
) -> Demand:
    """Give more time for bids, or for choosing: until a moment, or days on top.

    Raises:
        StepNotAllowed: no time is running.
    """
    demand = uow.demands.lock(demand_id)
    if until is None or until <= now:
        until = (runs_until(demand) or now) + timedelta(days=days)
    demand = extend(demand, until=until)
    uow.demands.save(demand)
    if demand.status is DemandStatus.OPEN:
        uow.deadlines.set("demand_closes", demand.id, until)
    else:
        for index, before in enumerate(desk.policy.remind_before_choice):
            if until - before > now:
                uow.deadlines.set(f"choice_reminder_{index}", demand.id, until - before)
        uow.deadlines.set("choice_expires", demand.id, until)
    uow.history.add(demand.no, "extend", demand.status, now, person_id=sender.id)
    uow.tasks.close("call", demand.no, now)
    tell(
        uow,
        demand.buyer_id,
        zh.extended(demand, desk.zone),
        key=f"{demand.no}:extended:{until.isoformat()}",
        priority=Priority.DEADLINE,
        now=now,
    )
    return demand
