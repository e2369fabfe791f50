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
from handlers.actions.payments import ask_offline, begin_payment, lock_payable, press_for_payment
from handlers.actions.public_money import best_voucher_fen
from handlers.actions.receipts import funding_of
from handlers.chat.parsing import is_one_of, named_demand_id, order_id
from handlers.chat.picking import pick_payable
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
from market.errors import NotFound, StepNotAllowed
from market.money import yuan
from market.orders import Order, OrderStatus
from market.parties import Sender
from market.payments import expect_payment
from market.pots import Payable, Pot
from storage.unit_of_work import UnitOfWork

router = Router("payments")


@dataclass(frozen=True, slots=True)
class Pay:
    order_id: int | None
    demand_id: int | None = None


@dataclass(frozen=True, slots=True)
class PayBy:
    way: str
    order_id: int | None


@dataclass(frozen=True, slots=True)
class Sent:
    order_id: int | None
    words: str


_PAY = re.compile(
    r"^(付款|付钱|支付|去付款|我要付款|怎么付款?|怎么付钱|付赏金|付定金|付)\s*([OD]?\d*)$"
)


def parse_pay(heard: Heard) -> Pay | None:
    if heard.sender.is_staff and heard.command.startswith("付款"):
        return None
    asks = _PAY.match(heard.command)
    named = Pay(order_id(heard.command), named_demand_id(heard.command))
    return named if asks or is_one_of(heard, "我来付") else None


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


def offer_payment(
    uow: UnitOfWork,
    order: Payable,
    conversation: Conversation,
    desk: Desk,
    say: Say,
    now: datetime,
) -> str:
    """The words that offer the ways to pay; the conversation remembers that it asked."""
    online = desk.gateway != "offline"
    choices = [Choice("对公转账", f"对公转账 {order.no}")]
    if online:
        choices.insert(0, Choice("在线支付", f"在线支付 {order.no}"))
    voucher_fen = 0
    if isinstance(order, Order) and not order.public_fen:
        voucher_fen = best_voucher_fen(uow, order, desk, now)
    if voucher_fen:
        choices.append(Choice(f"用创新券抵 {yuan(voucher_fen)}", f"用券 {order.no}"))
    say.choices = conversation.ask("pay", *choices, order_id=order.id)
    return zh.ways(order, desk.zone, [choice.label for choice in choices])


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
    order = pick_payable(uow, sender, conversation, said.order_id or _pot_of(said, uow))
    expect_payment(order)
    if not order.due_fen:
        raise StepNotAllowed(order.no, status="purchase_waits", step="pay")
    if desk.gateway == BY_CODE and was_begun(uow, order):
        # They have chosen before: what they miss is the code, or a fresh one.
        order = lock_payable(uow, order.id)
        hand_out_code(uow, order, desk, say, now)
        return
    if isinstance(order, Order) and pending(order, uow.contracts.newest(order)) is not None:
        say(zh_contracts.before_paying(order))
    say(offer_payment(uow, order, conversation, desk, say, now))


def _pot_of(said: Pay, uow: UnitOfWork) -> int | None:
    """付款 D1024: its reward or deposit, else the order that came of it."""
    if said.demand_id is None:
        return None
    pot = uow.orders.find_pot(said.demand_id)
    if pot is not None and pot.status is OrderStatus.AWAITING_PAYMENT:
        return pot.id
    order = next(iter(uow.orders.of_demand(said.demand_id)), None)
    if order is None:
        raise NotFound(f"D{said.demand_id}")
    return order.id


def hand_out_code(uow: UnitOfWork, order: Payable, desk: Desk, say: Say, now: datetime) -> None:
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
    picked = pick_payable(uow, sender, conversation, said.order_id)
    order = lock_payable(uow, picked.id)
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
    order = pick_payable(uow, sender, conversation, said.order_id)
    looked = look_for_payment(uow, order, now)
    if press_for_payment(uow, order, said.words, now):
        say(zh.pressed(order))
    elif looked:
        say(zh_codes.looking(order))
    elif order.status is OrderStatus.AWAITING_PAYMENT:
        say(zh.not_seen(order))
    else:
        if isinstance(order, Pot):
            raise StepNotAllowed(order.no, status=order.status, step="pay")
        funding = funding_of(uow, order)
        say(zh_orders.progress(order, desk.zone, desk.policy, as_provider=False, funding=funding))
