"""Purchases by an authority: asked for by the buyer, agreed to by a colleague and the provider."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.purchases import (
    agree,
    answer_objections,
    ask_purchase,
    decline,
    object_to,
    purchase_for,
)
from handlers.chat.parsing import only_staff, order_id, tail
from handlers.chat.picking import pick_order
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import purchases as zh
from market.errors import NotYourRole
from market.orders import OrderStatus
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("purchases by authorities")
WAITS = OrderStatus.AWAITING_PAYMENT
_NO = r"O[- ]?\d{3,12}"


@dataclass(frozen=True, slots=True)
class AskFor:
    order_id: int | None
    code: str


@dataclass(frozen=True, slots=True)
class Agree:
    order_id: int


@dataclass(frozen=True, slots=True)
class Decline:
    order_id: int
    reason: str


_ASK = re.compile(
    rf"^(?:申请|走)?政府购买\s*(?:{_NO})?\s*(?P<code>[A-NP-Z][A-Z0-9-]{{2,30}}|O[A-Z-][A-Z0-9-]+)?$"
)
_AGREE = re.compile(rf"^同意(?:出资|三方|政府购买)\s*{_NO}$")
_DECLINE = re.compile(
    rf"^(?:不出资|不同意(?:出资|三方|政府购买))\s*{_NO}\s*[:：,，]?\s*(?P<why>.*)$", re.S
)


def parse_ask(heard: Heard) -> AskFor | None:
    """ "政府购买 O2048", with the code of a programme or without."""
    found = None if heard.sender.is_staff else _ASK.match(heard.command)
    return AskFor(order_id(heard.command), found["code"] or "") if found else None


def parse_agree(heard: Heard) -> Agree | None:
    no = order_id(heard.command) if _AGREE.match(heard.command) else None
    return None if no is None else Agree(no)


def parse_decline(heard: Heard) -> Decline | None:
    found = _DECLINE.match(heard.command)
    no = order_id(heard.command) if found else None
    if found is None or no is None:
        return None
    return Decline(no, tail(heard, found["why"]).strip(" 。")[:60])


@router.on(parse_ask)
def ask(
    said: AskFor,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """What it means is read before the beneficiary says yes."""
    order = pick_order(uow, sender, conversation, said.order_id, WAITS, buyer=True)
    programme = purchase_for(uow, order, said.code, desk, now)
    choices = conversation.ask(
        "purchase", Choice("确认", "确认"), Choice("自己付", f"付款 {order.no}"),
        confirms=True, order_id=order.id, code=programme.code,
    )  # fmt: skip
    say(zh.purchase_question(order, programme), *choices)


@router.confirmed("purchase")
def really_ask(
    question: Question, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    args = question.args
    order, programme = ask_purchase(uow, args["order_id"], sender.id, args["code"], desk, now)
    say(zh.purchase_begun(order, programme, desk.zone))


def _only_sides(sender: Sender) -> None:
    if not (sender.is_staff or sender.is_provider):
        raise NotYourRole("staff")


@router.on(parse_agree)
def say_yes(
    said: Agree, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    """Naming it is the confirmation, a bare 确认 never is."""
    _only_sides(sender)
    order, part = agree(uow, said.order_id, sender, desk, now)
    words = zh.purchase_agreed(order, part)
    say.discreetly(words, words)


@router.on(parse_decline)
def say_no(
    said: Decline, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    _only_sides(sender)
    order = decline(uow, said.order_id, sender, said.reason, desk, now)
    say.discreetly(zh.declined_told(order), zh.declined_told(order))


# --- objections ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Object:
    order_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerObjections:
    order_id: int
    upheld: bool
    answer: str


_OBJECT = re.compile(rf"^质疑\s*{_NO}\s*[:：,，]?\s*(?P<why>.*)$", re.S)
_ANSWER = re.compile(
    rf"^(?:(?P<no>驳回质疑|质疑不成立)|质疑成立)\s*{_NO}\s*[:：,，]?\s*(?P<why>.*)$", re.S
)


def parse_object(heard: Heard) -> Object | None:
    found = None if heard.sender.is_staff else _OBJECT.match(heard.command)
    no = order_id(heard.command) if found else None
    if found is None or no is None:
        return None
    return Object(no, tail(heard, found["why"]).strip(" 。")[:200])


def parse_answer(heard: Heard) -> AnswerObjections | None:
    found = _ANSWER.match(heard.command)
    no = order_id(heard.command) if found else None
    if found is None or no is None:
        return None
    return AnswerObjections(no, found["no"] is None, tail(heard, found["why"]).strip(" 。")[:200])


@router.on(parse_object)
def object_(said: Object, sender: Sender, uow: UnitOfWork, say: Say, now: datetime) -> None:
    if len(said.reason) < 2:
        say(zh.OBJECT_HOW.format(no=f"O{said.order_id}"))
        return
    order, fresh = object_to(uow, said.order_id, sender, said.reason, now)
    say(zh.objected(order, fresh=fresh))


@router.on(parse_answer)
def answer(
    said: AnswerObjections, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    only_staff(sender)
    if len(said.answer) < 2:
        say.discreetly("", zh.ANSWER_HOW.format(no=f"O{said.order_id}"))
        return
    order, count = answer_objections(
        uow, said.order_id, sender, said.answer, desk, now, upheld=said.upheld
    )
    words = zh.answered(order, count, upheld=said.upheld)
    say.discreetly(words, words)
