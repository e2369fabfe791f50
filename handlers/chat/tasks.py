"""The queue: what waits for the staff, whom to call, what came of it; everybody's own list."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.actions.appeals import waits_for
from handlers.actions.contracts import waiting_for
from handlers.actions.tasks import (
    contacts_of,
    extend_demand,
    put_off,
    queue,
    report_call,
    reveal_phones,
)
from handlers.chat.moderation import show_demand
from handlers.chat.parsing import days_said, moment_said, only_staff
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import tasks as zh
from market.demands import runs_until
from market.errors import NotFound
from market.modes import DemandStatus
from market.orders import OrderStatus
from market.parties import Sender
from market.tasks import Sort, sort_of
from matching import Reading
from storage.tasks import Task
from storage.unit_of_work import UnitOfWork

router = Router("tasks")
PILES_SHOWN = 9


@dataclass(frozen=True, slots=True)
class Todo:
    pass


@dataclass(frozen=True, slots=True)
class OpenTask:
    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class Called:
    """What came of a call; without a subject it is about the task that was opened."""

    subject: str | None
    reached: bool


@dataclass(frozen=True, slots=True)
class Reveal:
    subject: str


@dataclass(frozen=True, slots=True)
class Extend:
    """More time, in words; without a subject for the task that was opened."""

    subject: str | None
    words: str


_TODO = re.compile(r"^(待办|我的待办|今天的事|早会|待办事项|更多待办)[吧了]?$")
_TASK = re.compile(r"^办 ([A-Z_]+) (\S+)$")
_SUBJECT = r"(?:\s*([DOJKPRV])[- ]?(\d{1,12}))?"
_CALLED = re.compile(
    rf"^(?:(已联系上?|联系上了|打通了|已处理|办好了)|(未接通?|没接通?|打不通|没人接|没打通)){_SUBJECT}[了。]?$"
)
_REVEAL = re.compile(r"^显示(?:电话|号码)?\s*([DOJPV])[- ]?(\d{1,12})$")
_EXTEND = re.compile(r"^(?:延期|延长|推迟|延到)\s*(?:(D?)[- ]?(\d{4,12}))?\s*(.*)$")


def parse_todo(heard: Heard) -> Todo | None:
    return Todo() if _TODO.match(heard.command) else None


def parse_task(heard: Heard) -> OpenTask | None:
    """What a numbered line of the queue stands for: "办 review D1024"; "J88" or "K101" alone."""
    if not heard.sender.is_staff:
        return None
    if found := re.match(r"^(?:看看?|查)?\s*([JK])[- ]?(\d{1,12})$", heard.command):
        return OpenTask("", f"{found[1]}{found[2]}")
    found = _TASK.match(heard.command)
    return OpenTask(found[1].lower(), found[2]) if found else None


def parse_called(heard: Heard) -> Called | None:
    found = _CALLED.match(heard.command)
    if found is None or not heard.sender.is_staff:
        return None
    return Called(f"{found[3]}{found[4]}" if found[3] else None, reached=bool(found[1]))


def parse_reveal(heard: Heard) -> Reveal | None:
    found = _REVEAL.match(heard.command)
    return Reveal(f"{found[1]}{found[2]}") if found else None


def parse_extend(heard: Heard) -> Extend | None:
    """ "延期 D1024 1天", "延期 D1024 到周六18点", "延期 1 天" with a task open."""
    found = _EXTEND.match(heard.command)
    if found is None or not heard.sender.is_staff:
        return None
    subject = f"D{found[2]}" if found[2] else None
    return Extend(subject, found[3])


@router.on(parse_todo)
def todo(
    said: Todo,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The queue for staff; for everybody else what waits for them."""
    if not sender.is_staff:
        say.discreetly("", _own_todo(uow, sender, desk.zone))
        return
    piles = queue(uow, now)[:PILES_SHOWN]
    if not piles:
        conversation.question = None
        say(zh.NOBODY_WAITS)
        return
    conversation.ask(
        "todo",
        *(
            Choice(zh.pile_label(pile), f"办 {pile.kind} {pile.first.subject}".upper())
            for pile in piles
        ),
    )
    say.discreetly(zh.todo_line(piles), zh.todo(piles, now))


def _own_todo(uow: UnitOfWork, sender: Sender, zone: ZoneInfo) -> str:
    """Money first, then what has a deadline."""
    orders = uow.orders.of_buyer(sender.id, 20)
    if sender.provider_id is not None:
        orders += uow.orders.of_provider(sender.provider_id, 20)
    mine = [zh.own_contract(each.order) for each in waiting_for(uow, sender)]
    mine += [line for order in orders if (line := zh.own_order(order, sender))]
    mine += [
        zh.own_ruling(dispute, zone)
        for order in orders
        if order.status is OrderStatus.DISPUTED
        and (dispute := uow.disputes.of_order(order.id)) is not None
        and waits_for(dispute, order, sender)
    ]
    for demand in uow.demands.of_buyer(sender.id, 20):
        amended = (
            demand.status is DemandStatus.IN_REVIEW and uow.amendments.find(demand.id) is not None
        )
        if line := zh.own_demand(demand, amended=amended):
            mine.append(line)
    return zh.own_todo(mine)


@router.on(parse_task)
def open_task(
    said: OpenTask,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    task = _find(uow, said, now)
    if task.kind == "review":
        show_demand(int(task.subject.removeprefix("D")), conversation, uow, desk, say, now)
        return
    conversation.ask("task", of_kind=task.kind, subject=task.subject)
    left = sum(other.kind == task.kind for other in uow.tasks.waiting(now, 200)) - 1
    card = zh.task_card(
        task,
        contacts_of(uow, task.subject),
        due=_due(uow, task),
        left=left,
        zone=desk.zone,
        now=now,
    )
    say.discreetly(zh.task_line(task), card)


def _find(uow: UnitOfWork, said: OpenTask, now: datetime) -> Task:
    """The task of a numbered line, or the one about a number. Raises NotFound."""
    for task in uow.tasks.about(said.subject):
        if said.kind in {"", task.kind}:
            return task
    # Subjects of the machine's own are not written in capitals.
    for task in uow.tasks.waiting(now, 200):
        if task.kind == said.kind and task.subject.upper() == said.subject:
            return task
    raise NotFound(said.subject)


def _due(uow: UnitOfWork, task: Task) -> datetime | None:
    """When the time runs out that a call is about."""
    if task.kind != "call":
        return None
    number = int(task.subject[1:])
    if task.subject.startswith("D"):
        return runs_until(uow.demands.find(number))
    if task.subject.startswith("J"):
        return uow.disputes.lock(number).appeal_by
    order = uow.orders.find(number)
    return order.accept_by or order.deliver_by


@router.on(parse_called)
def called(
    said: Called,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """ "已联系" closes the task, "未接通" brings it back in two hours; both are written down."""
    task = _meant(uow, said.subject, conversation)
    if task is None:
        say(zh.WHICH_TASK)
        return
    if said.reached and sort_of(task.kind) is Sort.MONEY:
        say(zh.money_first(task))
        return
    conversation.question = None
    again = report_call(uow, task, reached=said.reached, sender=sender, now=now)
    say(zh.closed(task) if again is None else zh.ring_again(task, again, desk.zone))


def _meant(uow: UnitOfWork, subject: str | None, conversation: Conversation) -> Task | None:
    """The task about this subject, else the one that was opened. Raises NotFound."""
    if subject is not None:
        about = uow.tasks.about(subject)
        if not about:
            raise NotFound(subject)
        # A call is about a call first: what is about money is not closed by one.
        return min(about, key=lambda task: sort_of(task.kind) is Sort.MONEY)
    question = conversation.question
    if question is None or question.kind != "task":
        return None
    return uow.tasks.find(question.args["of_kind"], question.args["subject"])


@router.on(parse_extend)
def give_time(
    said: Extend,
    reading: Reading,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """More time for the demand that is meant; other tasks are merely put off."""
    task = None if said.subject else _meant(uow, None, conversation)
    subject = said.subject or (task.subject if task else None)
    if subject is None:
        say(zh.WHICH_TASK)
        return
    conversation.question = None
    days = days_said(said.words)
    until = moment_said(reading.slots.deadline, desk.zone) if days is None else None
    if task is not None and not _time_runs(uow, subject):
        until = until or now + timedelta(days=days or 1)
        put_off(uow, task, until, sender, now)
        say(zh.put_off(task, until, desk.zone))
        return
    demand = extend_demand(
        uow,
        int(subject.removeprefix("D")),
        until=until,
        days=days or 1,
        sender=sender,
        desk=desk,
        now=now,
    )
    conversation.demand_id = demand.id
    say(zh.extended(demand, desk.zone))


def _time_runs(uow: UnitOfWork, subject: str) -> bool:
    if not subject.startswith("D"):
        return False
    return runs_until(uow.demands.find(int(subject[1:]))) is not None


@router.on(parse_reveal)
def reveal(said: Reveal, sender: Sender, uow: UnitOfWork, say: Say, now: datetime) -> None:
    """A phone number is shown to staff only and in private, and it is written down who looked."""
    only_staff(sender)
    say.discreetly("", zh.phones(reveal_phones(uow, said.subject, sender, now)))
