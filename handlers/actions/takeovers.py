"""A colleague talks to somebody through us: the bot is silent, both sides hear each other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.conversation import Conversation
from handlers.desk import Desk, tell
from handlers.wording import takeovers as zh
from market.demands import runs_until
from market.doors import Priority
from market.errors import NotFound, TakenOver
from market.parties import Sender
from storage.history import Entry
from storage.parties import Person
from storage.unit_of_work import UnitOfWork

ANSWER_WITHIN = timedelta(hours=2)
CLIENT_WAITS = "client_waits"
STILL_NOBODY = "still_nobody"
NAMESAKES_SHOWN = 4
LONGEST_NUMBER = 12  # digits; what is longer is a name


@dataclass(frozen=True, slots=True)
class HandedBack:
    """What a takeover came to: the real operations since, and claims that none of them bears."""

    client: Person
    happened: tuple[str, ...]
    unfounded: bool


def person_meant(uow: UnitOfWork, who: str) -> tuple[Person, ...]:
    """Who is meant by P12, D1024, O2048, J88 or a name: several if a name is not unique.

    Raises:
        NotFound: nobody.
    """
    kind, digits = who[:1].upper(), who[1:].lstrip("- ")
    if kind in "PDOJ" and digits.isdecimal() and len(digits) <= LONGEST_NUMBER:
        return (uow.parties.person(_person_id(uow, kind, int(digits))),)
    namesakes = uow.parties.named(who, NAMESAKES_SHOWN)
    if not namesakes:
        raise NotFound(who)
    return namesakes


def _person_id(uow: UnitOfWork, kind: str, number: int) -> int:
    if kind == "D":
        return uow.demands.find(number).buyer_id
    if kind == "J":
        return uow.disputes.lock(number).opened_by
    if kind == "O":
        return uow.orders.find(number).buyer_id
    if not uow.conversations.lines_of(number):
        raise NotFound(f"P{number}")
    return number


def take_over(
    uow: UnitOfWork, client: Person, colleague: Sender, talk: Conversation, now: datetime
) -> str:
    """Silence the bot for a client and say where they stand; `talk` is the colleague's own.

    Raises:
        TakenOver: somebody else is talking to them already.
        NotFound: staff are no clients.
    """
    if uow.parties.sender(client.id).is_staff:
        raise NotFound(f"P{client.id}")
    subject = f"P{client.id}"
    for theirs in _talks_of(uow, client.id):
        if theirs.with_human and theirs.colleague_id not in {None, colleague.id}:
            assert theirs.colleague_id is not None
            by = uow.parties.person(theirs.colleague_id).name
            raise TakenOver(client.name or subject, by=by)
        theirs.with_human, theirs.colleague_id = True, colleague.id
    talk.client_id, talk.question = client.id, None
    asked = uow.tasks.find("human", subject)
    uow.history.add(subject, "take_over", "human", now, person_id=colleague.id)
    uow.tasks.close("human", subject, now)
    uow.deadlines.clear(client.id, STILL_NOBODY)
    uow.tasks.open("taken", subject, now, note=zh.talking_note(colleague.name), urgency=4)
    uow.deadlines.set(CLIENT_WAITS, client.id, now + ANSWER_WITHIN)
    return zh.taken_over(
        client,
        uow.demands.of_buyer(client.id, 2),
        uow.orders.of_buyer(client.id, 2),
        waited=now - asked.opened_at if asked is not None else None,
    )


def relay_to_colleague(
    uow: UnitOfWork, client: Sender, colleague_id: int, text: str, *, key: str, now: datetime
) -> None:
    """What a client says goes to the colleague, and the colleague's two hours begin."""
    uow.history.add(f"P{client.id}", "said_to_staff", "", now, person_id=client.id, note=text[:500])
    uow.deadlines.set_if_absent(CLIENT_WAITS, client.id, now + ANSWER_WITHIN)
    tell(
        uow,
        colleague_id,
        zh.from_client(client, text),
        key=f"relay:{key}",
        priority=Priority.REPLY,
        now=now,
    )


def relay_to_client(
    uow: UnitOfWork, colleague: Sender, client_id: int, text: str, *, key: str, now: datetime
) -> Person:
    """What a colleague types goes to the client under the colleague's name."""
    uow.history.add(
        f"P{client_id}", "said_by_staff", "", now, person_id=colleague.id, note=text[:500]
    )
    uow.deadlines.clear(client_id, CLIENT_WAITS)
    uow.tasks.close("unanswered", f"P{client_id}", now)
    tell(
        uow,
        client_id,
        zh.from_colleague(colleague, text),
        key=f"relay:{key}",
        priority=Priority.REPLY,
        now=now,
    )
    return uow.parties.person(client_id)


def hand_back(
    uow: UnitOfWork,
    colleague: Sender,
    talk: Conversation,
    note: str,
    desk: Desk,
    now: datetime,
) -> HandedBack | None:
    """Let the bot speak again, and sum up what was really done; None if nobody was taken over."""
    if talk.client_id is None:
        return None
    client, talk.client_id = uow.parties.person(talk.client_id), None
    subject = f"P{client.id}"
    for theirs in _talks_of(uow, client.id):
        theirs.with_human, theirs.colleague_id = False, None
    started = uow.history.latest(subject, "take_over")
    assert started is not None, "who is being talked to was taken over"
    steps = _operations(uow, client.id, started.id)
    happened = tuple(dict.fromkeys(_in_words(uow, step, desk) for step in steps))
    unfounded = zh.is_unfounded(note, [step.step for step in steps]) or _names_another_day(
        uow, steps, note, desk, now
    )
    for kind in ("taken", "unanswered"):
        uow.tasks.close(kind, subject, now)
    uow.deadlines.clear(client.id, CLIENT_WAITS)
    uow.history.add(subject, "hand_back", "bot", now, person_id=colleague.id, note=note[:200])
    tell(
        uow,
        client.id,
        zh.back_again(happened),
        key=f"{subject}:back:{now.isoformat()}",
        priority=Priority.REPLY,
        now=now,
    )
    return HandedBack(client, happened, unfounded)


def client_waits(uow: UnitOfWork, client_id: int, now: datetime) -> None:
    """Two hours without a word to a client who was taken over: remind the colleague."""
    colleague_id = next(
        (talk.colleague_id for talk in _talks_of(uow, client_id) if talk.with_human), None
    )
    if colleague_id is None:
        return
    client = uow.parties.person(client_id)
    uow.tasks.open("unanswered", f"P{client_id}", now, note=zh.unanswered_note(client), urgency=1)
    uow.deadlines.set(CLIENT_WAITS, client_id, now + ANSWER_WITHIN)
    tell(
        uow,
        colleague_id,
        zh.client_waits(client),
        key=f"P{client_id}:waits:{now.isoformat()}",
        priority=Priority.DEADLINE,
        now=now,
    )


def still_nobody(uow: UnitOfWork, client_id: int, now: datetime) -> None:
    """Ten minutes after 人工 nobody has come: say so, and offer other ways."""
    if uow.tasks.find("human", f"P{client_id}") is None:
        return
    tell(
        uow,
        client_id,
        zh.STILL_NOBODY,
        key=f"P{client_id}:nobody:{now.isoformat()}",
        priority=Priority.REPLY,
        now=now,
    )


def _operations(uow: UnitOfWork, client_id: int, after_id: int) -> list[Entry]:
    """What staff did to a client's demands and orders since."""
    subjects = [demand.no for demand in uow.demands.of_buyer(client_id, 50)]
    subjects += [order.no for order in uow.orders.of_buyer(client_id, 50)]
    staff = set(uow.parties.staff_ids())
    return [
        step
        for step in uow.history.after(subjects, after_id)
        if step.step in zh.OPERATIONS and step.person_id in staff
    ]


def _names_another_day(
    uow: UnitOfWork, steps: list[Entry], note: str, desk: Desk, now: datetime
) -> bool:
    """Whether a note names a day that no time was moved to."""
    said = desk.matcher.read(note, now.astimezone(desk.zone)).slots.deadline
    if said is None:
        return False
    day = said.date() if isinstance(said, datetime) else said
    moved = [
        runs_until(uow.demands.find(int(step.subject[1:])))
        for step in steps
        if step.step == "extend"
    ]
    return day not in {until.astimezone(desk.zone).date() for until in moved if until is not None}


def _in_words(uow: UnitOfWork, entry: Entry, desk: Desk) -> str:
    if entry.step != "extend":
        return zh.operation(entry)
    return zh.time_moved(uow.demands.find(int(entry.subject[1:])), desk.zone)


def _talks_of(uow: UnitOfWork, person_id: int) -> Iterator[Conversation]:
    """Every conversation of a person, locked; what the loop changes is saved."""
    for line in uow.conversations.lines_of(person_id):
        with _changed(uow, line.channel, line.account) as talk:
            yield talk


@contextmanager
def _changed(uow: UnitOfWork, channel: str, account: str) -> Iterator[Conversation]:
    row = uow.conversations.lock_for_turn(channel, account)
    assert row is not None, "a line that was read has its row"
    talk = Conversation.from_json(row.state)
    yield talk
    state = talk.to_json()
    if state != row.state:
        uow.conversations.save(row.line, state=state, held=row.held)
