"""The service centre's words: the queue, review, invitations, money by hand, disputes."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.demands import approve_demand, reject_demand
from handlers.actions.disputes import agree_decision, propose_decision
from handlers.actions.payments import confirm_payment, enter_payment
from handlers.actions.staff import (
    extend_bidding,
    hand_back,
    invite_providers,
    reveal_phone,
    suggestions,
    take_over,
    task_detail,
)
from handlers.chat.parsing import demand_id, dispute_id, named_demand_id, order_id
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import payments as zh_payments
from handlers.wording import staff as zh
from market.errors import NotFound, NotYourRole
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("staff")
TODO_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Todo:
    pass


@dataclass(frozen=True, slots=True)
class ReviewDemand:
    demand_id: int | None
    approve: bool | None  # None: just show it
    reason: str


@dataclass(frozen=True, slots=True)
class Invite:
    demand_id: int | None
    picks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Collect:
    order_id: int
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class ConfirmCollect:
    order_id: int


@dataclass(frozen=True, slots=True)
class Judge:
    dispute_id: int
    refund_percent: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Agree:
    dispute_id: int


@dataclass(frozen=True, slots=True)
class TakeOver:
    who: str


@dataclass(frozen=True, slots=True)
class HandBack:
    note: str


@dataclass(frozen=True, slots=True)
class OpenTask:
    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class Broadcast:
    pass


def parse_todo(heard: Heard) -> Todo | None:
    return (
        Todo()
        if re.match(r"^(待办|我的待办|今天的事|早会|待办事项)[吧了]?$", heard.command)
        else None
    )


def parse_review(heard: Heard) -> ReviewDemand | None:
    """ "审 D1024 通过", "审 D1024 驳回 理由", "审 D1024", "通过 D1024"."""
    found = re.match(
        r"^(?:审核?|审一下)\s*D?[- ]?(\d+)\s*[:：,，]?\s*"
        r"(通过|同意|可以|发布?|驳回|退回|不通过)?\s*(.*)$",
        heard.command,
        re.S,
    )
    if found is None:
        return _review_of_shown(heard)
    approve = None if found[2] is None else found[2] in {"通过", "同意", "可以", "发", "发布"}
    return ReviewDemand(int(found[1]), approve, _tail(heard, found[3]))


def _review_of_shown(heard: Heard) -> ReviewDemand | None:
    """ "通过" or "驳回 …" while one demand is being looked at."""
    question = heard.conversation.question
    if question is None or question.kind != "review" or not heard.sender.is_staff:
        return None
    found = re.match(r"^(通过|同意|发|发布|驳回|不通过)\s*(.*)$", heard.command, re.S)
    if found is None:
        return None
    approve = found[1] in {"通过", "同意", "发", "发布"}
    return ReviewDemand(question.args["demand_id"], approve, _tail(heard, found[2]))


def parse_invite(heard: Heard) -> Invite | None:
    """ "邀 D1024 1 3 5", "邀 1 2" while one demand is being looked at."""
    found = re.match(r"^(?:邀|邀请)\s*(?:D[- ]?(\d+))?\s*([\d\s、,，]*)$", heard.command)
    if found is None:
        return None
    picks = tuple(int(number) for number in re.findall(r"\d+", found[2]))
    wanted = int(found[1]) if found[1] else None
    if wanted is None and picks and picks[0] >= 1000:
        wanted, picks = picks[0], picks[1:]
    return Invite(wanted, picks)


def parse_collect(heard: Heard) -> Collect | None:
    if not re.match(r"^收款", heard.command):
        return None
    wanted = order_id(heard.command)
    if wanted is None:
        return None
    slots = heard.reading.slots
    rest = re.sub(r"^收款\s*[O0]?[- ]?\d+\s*", "", heard.command)
    plain = re.fullmatch(r"¥?\s*([\d,]+)(?:\.(\d{1,2}))?\s*元?", rest.strip())
    if plain:
        fen = int(plain[1].replace(",", "")) * 100 + int((plain[2] or "0").ljust(2, "0"))
        return Collect(wanted, fen)
    return Collect(
        wanted, slots.budget_min_fen if slots.budget_min_fen == slots.budget_max_fen else None
    )


def parse_confirm_collect(heard: Heard) -> ConfirmCollect | None:
    found = re.match(r"^(确认收款|收款确认|确认\s*收款)\s*", heard.command)
    wanted = order_id(heard.command)
    return ConfirmCollect(wanted) if found and wanted is not None else None


def parse_judge(heard: Heard) -> Judge | None:
    found = re.match(
        r"^(?:判|裁决)\s*J?[- ]?(\d+)\s*"
        r"(?:退款?\s*(\d{1,3})\s*%|(全退)|(不退))?\s*[,，:：]?\s*(.*)$",
        heard.command,
        re.S,
    )
    if found is None:
        return None
    percent = 100 if found[3] else 0 if found[4] else int(found[2]) if found[2] else None
    return Judge(int(found[1]), percent, _tail(heard, found[5]))


def parse_agree(heard: Heard) -> Agree | None:
    wanted = dispute_id(heard.command)
    return Agree(wanted) if heard.command.startswith("同意") and wanted is not None else None


def parse_take_over(heard: Heard) -> TakeOver | None:
    found = re.match(r"^接管\s*(\S+)$", heard.command)
    return TakeOver(found[1]) if found else None


def parse_hand_back(heard: Heard) -> HandBack | None:
    found = re.match(r"^归还\s*(.*)$", heard.command, re.S)
    return HandBack(found[1]) if found else None


def parse_broadcast(heard: Heard) -> Broadcast | None:
    return Broadcast() if re.match(r"^(广播|群发)", heard.command) else None


def parse_task(heard: Heard) -> OpenTask | None:
    """What a numbered line of the queue stands for: "办 review D1024"."""
    found = re.match(r"^办 ([A-Z_]+) (\S+)$", heard.command)
    return OpenTask(found[1].lower(), found[2]) if found and heard.sender.is_staff else None


def _tail(heard: Heard, upper: str) -> str:
    normal = heard.reading.normal
    return normal[len(normal) - len(upper) :].strip() if upper else ""


def _only_staff(sender: Sender) -> None:
    if not sender.is_staff:
        raise NotYourRole("staff")


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
        say(_own_todo(uow, sender, desk, now))
        return
    tasks = uow.tasks.waiting(50)
    shown = tasks[:TODO_SHOWN]
    choices = tuple(
        Choice(zh.task_line(task), f"办 {task.kind.upper()} {task.subject}") for task in shown
    )
    if shown:
        conversation.ask("todo", *choices)
    say(zh.todo(shown, len(tasks), now))


def _own_todo(uow: UnitOfWork, sender: Sender, desk: Desk, now: datetime) -> str:
    orders = uow.orders.of_buyer(sender.id, 20)
    if sender.provider_id is not None:
        orders += uow.orders.of_provider(sender.provider_id, 20)
    mine = [line for order in orders if (line := zh.own_turn(order, sender))]
    mine += [
        line for demand in uow.demands.of_buyer(sender.id, 20) if (line := zh.own_choice(demand))
    ]
    return zh.own_todo(mine)


@router.on(parse_task)
def open_task(
    said: OpenTask,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    if said.kind == "review":
        _show_demand(int(said.subject.removeprefix("D")), conversation, uow, desk, say)
        return
    say(task_detail(uow, said.kind, said.subject, desk, now))


@router.on(parse_confirm_collect)
def ask_confirm_collect(
    said: ConfirmCollect, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    """The second key: naming the order is the confirmation."""
    _only_staff(sender)
    say(
        zh_payments.booked(
            confirm_payment(uow, said.order_id, staff_id=sender.id, desk=desk, now=now)
        )
    )


@router.on(parse_collect)
def collect(
    said: Collect,
    sender: Sender,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    _only_staff(sender)
    if said.amount_fen is None:
        say(zh.collect_amount(said.order_id))
        return
    order = enter_payment(
        uow, said.order_id, staff_id=sender.id, amount_fen=said.amount_fen, desk=desk, now=now
    )
    say(zh_payments.entered(order))


@router.on(parse_review)
def review(
    said: ReviewDemand,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    _only_staff(sender)
    assert said.demand_id is not None
    if said.approve is None:
        _show_demand(said.demand_id, conversation, uow, desk, say)
        return
    conversation.question = None
    if said.approve:
        demand = approve_demand(uow, said.demand_id, person_id=sender.id, desk=desk, now=now)
        conversation.demand_id = demand.id
        say(zh.approved(demand, desk.zone))
        return
    if not said.reason:
        conversation.ask("review", demand_id=said.demand_id)
        say(zh.reason_wanted(said.demand_id))
        return
    demand = reject_demand(
        uow, said.demand_id, person_id=sender.id, reason=said.reason[:200], now=now
    )
    say(zh.rejected(demand))


def _show_demand(
    wanted: int, conversation: Conversation, uow: UnitOfWork, desk: Desk, say: Say
) -> None:
    demand = uow.demands.find(wanted)
    found = suggestions(demand, desk)
    choices = conversation.ask(
        "review",
        Choice("通过", f"审 {demand.no} 通过"),
        Choice("驳回", f"审 {demand.no} 驳回"),
        demand_id=demand.id,
    )
    conversation.demand_id = demand.id
    say(zh.demand_for_review(demand, found), *choices)


@router.on(parse_invite)
def invite(
    said: Invite,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Point the lead out to chosen providers; approves a demand that still waits."""
    _only_staff(sender)
    wanted = said.demand_id or conversation.demand_id
    if wanted is None:
        raise NotFound("要邀请的需求")
    demand = uow.demands.lock(wanted)
    if not said.picks:
        say(zh.demand_for_review(demand, suggestions(demand, desk)))
        return
    demand, told, silent = invite_providers(
        uow, demand, picks=said.picks, staff_id=sender.id, desk=desk, now=now
    )
    say(zh.invited(demand, told, silent, desk.zone))


@router.on(parse_judge)
def judge(
    said: Judge,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
) -> None:
    """A decision: who gets what first, then 确认."""
    _only_staff(sender)
    dispute = uow.disputes.lock(said.dispute_id)
    order = uow.orders.find(dispute.order_id)
    if said.refund_percent is None or said.refund_percent > 100 or not said.reason:
        say(zh.judge_how(dispute.no))
        return
    choices = conversation.ask(
        "judge",
        Choice("确认", "确认"),
        Choice("算了", "取消"),
        confirms=True,
        dispute_id=dispute.id,
        refund_bp=said.refund_percent * 100,
        reason=said.reason[:300],
    )
    say(zh.judge_question(order, dispute, said.refund_percent * 100, desk.policy), *choices)


@router.confirmed("judge")
def really_judge(
    question: Question, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    _only_staff(sender)
    args = question.args
    done = propose_decision(
        uow,
        args["dispute_id"],
        staff_id=sender.id,
        refund_bp=args["refund_bp"],
        reason=args["reason"],
        desk=desk,
        now=now,
    )
    say(zh.judged(f"J{args['dispute_id']}", done))


@router.on(parse_agree)
def agree(
    said: Agree, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    _only_staff(sender)
    done = agree_decision(uow, said.dispute_id, staff_id=sender.id, desk=desk, now=now)
    say(zh.judged(f"J{said.dispute_id}", done))


@router.on(parse_take_over)
def start_talking(
    said: TakeOver, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    _only_staff(sender)
    say(take_over(uow, said.who, sender, desk, now))


@router.on(parse_hand_back)
def stop_talking(
    said: HandBack, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    _only_staff(sender)
    say(hand_back(uow, said.note, sender, desk, now))


@router.on(parse_broadcast)
def broadcast(said: Broadcast, sender: Sender, say: Say) -> None:
    _only_staff(sender)
    say(zh.NO_BROADCAST)


def parse_reveal(heard: Heard) -> Todo | None:
    return Todo() if re.match(r"^显示\s*[DOP]\d+$", heard.command) else None


@router.on(parse_reveal)
def reveal(
    said: Todo, heard: Heard, sender: Sender, uow: UnitOfWork, say: Say, now: datetime
) -> None:
    """A phone number is shown to staff only, and it is written down who looked."""
    _only_staff(sender)
    say(reveal_phone(uow, heard.command.removeprefix("显示").strip(), sender, now))


def parse_extend(heard: Heard) -> ReviewDemand | None:
    """ "延期 D1024 1天"."""
    found = re.match(r"^(?:延期|延长)\s*D?[- ]?\d+", heard.command)
    wanted = named_demand_id(heard.command) or demand_id(heard.command)
    return ReviewDemand(wanted, None, "") if found and wanted else None


@router.on(parse_extend)
def extend(
    said: ReviewDemand, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    _only_staff(sender)
    assert said.demand_id is not None
    say(extend_bidding(uow, said.demand_id, sender, desk, now))
