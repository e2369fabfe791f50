"""What the service centre can do beside review: invite, take over, look up, extend."""

from dataclasses import replace
from datetime import datetime, timedelta

from handlers.actions.demands import approve_demand
from handlers.conversation import Conversation
from handlers.desk import Desk, tell
from handlers.wording import staff as zh
from market.demands import Demand, DemandStatus
from market.doors import Priority
from market.errors import NotFound, StepNotAllowed
from market.parties import Sender
from matching import ProviderCandidate
from storage.unit_of_work import UnitOfWork

SUGGESTED = 5
EXTENSION = timedelta(days=1)


def suggestions(demand: Demand, desk: Desk) -> tuple[ProviderCandidate, ...]:
    """The providers that fit a demand best, with reasons."""
    if demand.terms.service_code is None:
        return ()
    return desk.matcher.rank_providers(
        service_code=demand.terms.service_code,
        region=demand.terms.region,
        text=demand.terms.text,
        k=SUGGESTED,
    )


def invite_providers(
    uow: UnitOfWork,
    demand: Demand,
    *,
    picks: tuple[int, ...],
    staff_id: int,
    desk: Desk,
    now: datetime,
) -> tuple[Demand, list[str], list[str]]:
    """Tell the chosen providers of a demand; returns it, who was told, and who has no account."""
    if demand.status is DemandStatus.IN_REVIEW:
        demand = approve_demand(uow, demand.id, person_id=staff_id, desk=desk, now=now)
    if demand.status is not DemandStatus.OPEN:
        raise StepNotAllowed(demand.no, status=demand.status, step="invite")
    found = suggestions(demand, desk)
    chosen = [found[pick - 1] for pick in picks if 1 <= pick <= len(found)]
    ids = uow.providers.ids_by_credit_code(candidate.credit_code for candidate in chosen)
    told: list[str] = []
    silent: list[str] = []
    for candidate in chosen:
        people = uow.parties.member_ids(ids.get(candidate.credit_code, 0))
        for person_id in people:
            tell(
                uow,
                person_id,
                zh.invitation(demand, desk.zone),
                key=f"{demand.no}:invited:{person_id}",
                priority=Priority.BID,
                now=now,
            )
        (told if people else silent).append(candidate.name)
    uow.history.add(
        demand.no, "invite", demand.status, now, person_id=staff_id, note="、".join(told)
    )
    return demand, told, silent


def take_over(uow: UnitOfWork, who: str, sender: Sender, desk: Desk, now: datetime) -> str:
    """Silence the bot for one person and sum up where they stand."""
    person_id = _person_of(uow, who)
    person = uow.parties.person(person_id)
    for line in uow.conversations.lines_of(person_id):
        row = uow.conversations.lock_for_turn(line.channel, line.account)
        assert row is not None
        talk = Conversation.from_json(row.state)
        talk.with_human = True
        uow.conversations.save(row.line, state=talk.to_json(), held=row.held)
    uow.history.add(f"P{person_id}", "take_over", "human", now, person_id=sender.id)
    uow.tasks.close("human", f"P{person_id}", now)
    uow.tasks.open("taken", f"P{person_id}", now, note=f"{sender.name} 正在谈", urgency=4)
    return zh.taken_over(
        person, uow.demands.of_buyer(person_id, 2), uow.orders.of_buyer(person_id, 2)
    )


def hand_back(uow: UnitOfWork, note: str, sender: Sender, desk: Desk, now: datetime) -> str:
    """Let the bot speak again with everybody this colleague had taken over."""
    returned = []
    for task in uow.tasks.waiting(200):
        if task.kind != "taken" or not task.note.startswith(sender.name):
            continue
        person_id = int(task.subject.removeprefix("P"))
        for line in uow.conversations.lines_of(person_id):
            row = uow.conversations.lock_for_turn(line.channel, line.account)
            assert row is not None
            talk = Conversation.from_json(row.state)
            talk.with_human = False
            uow.conversations.save(row.line, state=talk.to_json(), held=row.held)
        uow.tasks.close("taken", task.subject, now)
        uow.history.add(task.subject, "hand_back", "bot", now, person_id=sender.id, note=note[:200])
        tell(
            uow,
            person_id,
            zh.back_again(note),
            key=f"{task.subject}:back:{now.isoformat()}",
            priority=Priority.STATUS,
            now=now,
        )
        returned.append(uow.parties.person(person_id).name or task.subject)
    return zh.handed_back(returned)


def task_detail(uow: UnitOfWork, kind: str, subject: str, desk: Desk, now: datetime) -> str:
    """What a line of the queue is about and what to say next."""
    for task in uow.tasks.waiting(200):
        if task.kind == kind and task.subject == subject:
            return zh.task_detail(task, now)
    raise NotFound(subject)


def reveal_phone(uow: UnitOfWork, subject: str, sender: Sender, now: datetime) -> str:
    person_id = _person_of(uow, subject)
    person = uow.parties.person(person_id)
    uow.history.add(f"P{person_id}", "reveal_phone", "", now, person_id=sender.id)
    return zh.phone(person)


def extend_bidding(
    uow: UnitOfWork, demand_id: int, sender: Sender, desk: Desk, now: datetime
) -> str:
    """A day more for bids, or for choosing."""
    demand = uow.demands.lock(demand_id)
    if demand.status is DemandStatus.OPEN and demand.closes_at is not None:
        demand = replace(demand, closes_at=demand.closes_at + EXTENSION)
        assert demand.closes_at is not None
        uow.deadlines.set("demand_closes", demand.id, demand.closes_at)
    elif demand.status is DemandStatus.OPENED and demand.choose_by is not None:
        demand = replace(demand, choose_by=demand.choose_by + EXTENSION)
        assert demand.choose_by is not None
        uow.deadlines.set("choice_expires", demand.id, demand.choose_by)
    else:
        raise StepNotAllowed(demand.no, status=demand.status, step="extend")
    uow.demands.save(demand)
    uow.history.add(demand.no, "extend", demand.status, now, person_id=sender.id)
    uow.tasks.close("call", demand.no, now)
    tell(
        uow,
        demand.buyer_id,
        zh.extended(demand, desk.zone),
        key=f"{demand.no}:extended:{now.isoformat()}",
        priority=Priority.DEADLINE,
        now=now,
    )
    return zh.extended(demand, desk.zone)


def _person_of(uow: UnitOfWork, who: str) -> int:
    """P12 is a person; D1024 and O2048 mean their buyer. Raises NotFound."""
    kind, digits = who[:1].upper(), who[1:]
    if not digits.isdigit():
        raise NotFound(who)
    if kind == "D":
        return uow.demands.find(int(digits)).buyer_id
    if kind == "O":
        return uow.orders.find(int(digits)).buyer_id
    if kind == "P" and uow.conversations.lines_of(int(digits)):
        return int(digits)
    raise NotFound(who)
