"""Paying: the ways there are, the link, the transfer."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.codes import (
    begin_code,
    look_for_payment,
    page_of,
    picture_of,
    was_begun,
)
from handlers.actions.payments import ask_offline, begin_payment, press_for_payment
from handlers.actions.receipts import funding_of
from handlers.chat.parsing import is_one_of, order_id
from handlers.chat.picking import pick_order
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import codes as zh_codes
from handlers.wording import contracts as zh_contracts
from handlers.wording import orders as zh_orders
from handlers.wording import payments as zh
from market.contracts import pending
from market.errands import BY_CODE
from market.orders import Order, OrderStatus, Step, advance
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("payments")


@dataclass(frozen=True, slots=True)
class Pay:
    order_id: int | None


@dataclass(frozen=True, slots=True)
class PayBy:
    way: str
    order_id: int | None


@dataclass(frozen=True, slots=True)
class Sent:
    order_id: int | None
    words: str


_PAY = re.compile(r"^(付款|付钱|支付|去付款|我要付款|怎么付款?|怎么付钱|付)\s*(O?\d*)$")


def parse_pay(heard: Heard) -> Pay | None:
    if heard.sender.is_staff and heard.command.startswith("付款"):
        return None
    asks = _PAY.match(heard.command)
    return Pay(order_id(heard.command)) if asks or is_one_of(heard, "我来付") else None


_PAY_BY = re.compile(r"^(在线支付|微信支付|对公转账|转账|银行转账)\s*(O?\d*)$")


def parse_pay_by(heard: Heard) -> PayBy | None:
    found = _PAY_BY.match(heard.command)
    if found is None:
        return None
    way = "online" if found[1] in {"在线支付", "微信支付"} else "offline"
    return PayBy(way, order_id(heard.command))


_SENT = re.compile(
    r"^(?:我|我们|款|钱)?(?:已经?|都|刚刚?)?(?:付|转|汇|打)(?:款|账|帐|钱)?(?:过去|好|完)?了[吧啊呀]?(?!多少)"
    r"(?!.*(?:人工|客服))"
)


def parse_sent(heard: Heard) -> Sent | None:
    """ "付了 到账没", "我已经转了450": the buyer says that the money is on its way."""
    if heard.sender.is_staff or not heard.private or len(heard.command) > 30:
        return None
    found = _SENT.match(heard.command)
    return Sent(order_id(heard.command), heard.reading.normal) if found else None


def offer_payment(order: Order, conversation: Conversation, desk: Desk, say: Say) -> str:
    """The words that offer the ways to pay; the conversation remembers that it asked."""
    online = desk.gateway != "offline"
    choices = [Choice("对公转账", f"对公转账 {order.no}")]
    if online:
        choices.insert(0, Choice("在线支付", f"在线支付 {order.no}"))
    say.choices = conversation.ask("pay", *choices, order_id=order.id)
    return zh.ways(order, desk.zone, online=online)


@router.on(parse_pay)
def pay(
    said: Pay,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    order = pick_order(
        uow, sender, conversation, said.order_id, OrderStatus.AWAITING_PAYMENT, buyer=True
    )
    advance(order, Step.FUND)
    if desk.gateway == BY_CODE and was_begun(uow, order):
        # They have chosen before: what they miss is the code, or a fresh one.
        order = uow.orders.lock_for_buyer(order.id, sender.id)
        hand_out_code(uow, order, desk, say, now)
        return
    if pending(order, uow.contracts.newest(order)) is not None:
        say(zh_contracts.before_paying(order))
    say(offer_payment(order, conversation, desk, say))


def hand_out_code(uow: UnitOfWork, order: Order, desk: Desk, say: Say, now: datetime) -> None:
    """The code to pay by: at once if there is one, else as soon as the gateway has made it."""
    payment = begin_code(uow, order, desk, now)
    if payment.code:
        words = zh_codes.code(order, payment, page_of(payment, desk), desk.zone)
        say(words, media=picture_of(payment, order))
    else:
        say(zh_codes.coming(order))


@router.on(parse_pay_by)
def pay_by(
    said: PayBy,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    picked = pick_order(
        uow, sender, conversation, said.order_id, OrderStatus.AWAITING_PAYMENT, buyer=True
    )
    order = uow.orders.lock_for_buyer(picked.id, sender.id)
    conversation.question = None
    if said.way == "online" and desk.gateway == BY_CODE:
        hand_out_code(uow, order, desk, say, now)
    elif said.way == "online" and desk.gateway != "offline":
        payment = begin_payment(uow, order, desk.gateway, desk, now)
        say(zh.link(order, page_of(payment, desk)))
    else:
        ask_offline(uow, order, desk, now)
        say(zh.transfer(order, desk.operator))


@router.on(parse_sent)
def sent(
    said: Sent,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    order = pick_order(
        uow, sender, conversation, said.order_id, OrderStatus.AWAITING_PAYMENT, buyer=True
    )
    looked = look_for_payment(uow, order, now)
    if press_for_payment(uow, order, said.words, now):
        say(zh.pressed(order))
    elif looked:
        say(zh_codes.looking(order))
    elif order.status is OrderStatus.AWAITING_PAYMENT:
        say(zh.not_seen(order))
    else:
        funding = funding_of(uow, order)
        say(zh_orders.progress(order, desk.zone, desk.policy, as_provider=False, funding=funding))
