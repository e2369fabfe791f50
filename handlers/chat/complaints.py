"""Not content: sending work back, complaining, opening a dispute."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.disputes import open_dispute
from handlers.actions.orders import return_delivery
from handlers.chat.parsing import ORDER_HEAD, one_line, order_id, tail
from handlers.chat.picking import pick_order
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import disputes as zh_disputes
from handlers.wording import orders as zh
from market.orders import Order, OrderStatus, Step, advance
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("complaints")
answers = Router("complaint answers")

_RETURN = re.compile(
    rf"^(?:退回|打回|返工|退回去?修改|不合格|要求修改|重做){ORDER_HEAD}(.*)$", re.S
)
_DISPUTE = re.compile(rf"^(?:申诉|直接申诉|我要申诉|仲裁|投诉){ORDER_HEAD}(.*)$", re.S)
_ANGRY = re.compile(
    r"(不给钱|不付钱|写的啥|什么玩意|跟说好的不一样|和说好的不一样|骗人|太差了|垃圾|货不对板|糊弄)"
)


@dataclass(frozen=True, slots=True)
class Return:
    order_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Complain:
    order_id: int | None
    reason: str
    formal: bool  # 申诉, not just anger


def parse_return(heard: Heard) -> Return | None:
    found = _RETURN.match(heard.command)
    if found is None:
        return None
    return Return(order_id(heard.command), tail(heard, found[1]))


def parse_complain(heard: Heard) -> Complain | None:
    found = _DISPUTE.match(heard.command)
    if found is not None:
        return Complain(order_id(heard.command), tail(heard, found[1]), formal=True)
    if _ANGRY.search(heard.command) and len(heard.command) <= 60:
        return Complain(order_id(heard.command), heard.reading.normal, formal=False)
    return None


@router.on(parse_return)
def send_back(
    said: Return,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    order = pick_order(uow, sender, conversation, said.order_id, OrderStatus.DELIVERED, buyer=True)
    advance(order, Step.RETURN)
    if order.returns_used >= desk.policy.revisions_included:
        choices = conversation.ask(
            "complaint",
            Choice("直接申诉", f"申诉 {order.no}"),
            Choice("人工", "人工"),
            order_id=order.id,
            items=[],
        )
        say(zh.no_returns_left(order), *choices)
        return
    if not said.reason:
        conversation.ask("return_reason", order_id=order.id)
        say(zh.what_to_change(order))
        return
    order = return_delivery(uow, order.id, sender.id, said.reason[:500], desk, now)
    conversation.question = None
    say(zh.returned(order, desk.policy.revisions_included - order.returns_used))


@answers.answered("return_reason")
def take_reason(
    question: Question,
    heard: Heard,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    conversation.question = None
    order = return_delivery(
        uow, question.args["order_id"], sender.id, heard.reading.normal[:500], desk, now
    )
    say(zh.returned(order, desk.policy.revisions_included - order.returns_used))


@router.on(parse_complain)
def complain(
    said: Complain,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Anger is no command: first the money's whereabouts, then what is wrong, then the ways."""
    order = pick_order(
        uow,
        sender,
        conversation,
        said.order_id,
        OrderStatus.DELIVERED,
        OrderStatus.IN_PROGRESS,
        buyer=True,
    )
    question = conversation.question
    items = list(question.args["items"]) if question and question.kind == "complaint" else []
    if said.formal and (said.reason or items):
        reason = "；".join([*items, said.reason] if said.reason else items)
        order, dispute = open_dispute(uow, order.id, sender.id, one_line(reason)[:800], desk, now)
        conversation.question = None
        say(zh_disputes.opened(order, dispute, desk.policy, desk.zone))
        return
    advance(order, Step.DISPUTE)
    left = max(0, desk.policy.revisions_included - order.returns_used)
    say(zh.unhappy(order, left), *_ask_complaint(conversation, order, items))


def _ask_complaint(
    conversation: Conversation, order: Order, items: list[str]
) -> tuple[Choice, ...]:
    reason = "；".join(items)
    # A dispute takes its points from the question itself; changes are asked for if none is named.
    dispute = f"申诉 {order.no}" if items else f"申诉 {order.no} 与约定不符"
    return conversation.ask(
        "complaint",
        Choice("让服务商免费改", f"退回 {order.no} {reason}".strip()[:400]),
        Choice("直接申诉", dispute),
        Choice("人工", "人工"),
        order_id=order.id,
        items=items,
    )


@answers.answered("complaint")
def note_complaint(
    question: Question,
    heard: Heard,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
) -> None:
    """Each further sentence is one more point of the complaint."""
    order = uow.orders.find(question.args["order_id"])
    pieces = re.split(r"[\n；;。]|\s+(?=\d{1,2}\s*\D)", heard.reading.normal)
    items = [*question.args["items"], *(piece.strip() for piece in pieces if piece.strip())][:12]
    left = max(0, desk.policy.revisions_included - order.returns_used)
    say(zh.complaint_noted(order, items, left), *_ask_complaint(conversation, order, items))
