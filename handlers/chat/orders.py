"""Talking about orders: start, accept, cancel, review, where things stand."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.claims import hint_for
from handlers.actions.orders import (
    accept_delivery,
    cancel_order,
    review_order,
    start_order,
)
from handlers.actions.payouts import split_of
from handlers.actions.pots import deposit_split, kept_on_cancel
from handlers.actions.receipts import funding_of, receipts_of
from handlers.chat.evidence import standing
from handlers.chat.parsing import ORDER_HEAD, order_id, tail
from handlers.chat.picking import pick_order
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import claims as zh_claims
from handlers.wording import demands as zh_demands
from handlers.wording import orders as zh
from handlers.wording import pots as zh_pots
from market.errors import NotFound
from market.orders import Order, OrderStatus, Step, advance
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("orders")


@dataclass(frozen=True, slots=True)
class Start:
    order_id: int | None


@dataclass(frozen=True, slots=True)
class Accept:
    order_id: int | None


@dataclass(frozen=True, slots=True)
class CancelOrder:
    order_id: int | None


@dataclass(frozen=True, slots=True)
class Review:
    order_id: int | None
    stars: int
    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    order_id: int | None


_START = re.compile(rf"^(?:开工|开始做|动工|开干|我们?开始做?了|可以开工)了?{ORDER_HEAD}$")
_ACCEPT = re.compile(
    rf"^(?:验收|确认验收|验收通过|通过|收货|确认收货|没问题|满意|可以付款给他|同意付款)[了吧]?{ORDER_HEAD}(?:通过|吧|了)*$"
)
_CANCEL = re.compile(
    rf"^(?:取消订单|不要这单了|取消|撤销?|撤回|退单|退款|我要退款|不想要了|我不要了){ORDER_HEAD}$"
)
_REVIEW = re.compile(
    rf"^(?:评价|打分|好评|评分){ORDER_HEAD}([1-5一二三四五])?\s*(?:星|分|颗星)?\s*[:：,，]?\s*(.*)$",
    re.S,
)
_PROGRESS = re.compile(
    rf"^(?:进度|进展|到哪了?|怎么样了|做得?怎么样了?|查订单|状态|我的进度|交付了吗){ORDER_HEAD}$"
)
_WHERE_MONEY = re.compile(
    r"(钱|款).{0,4}(啥时候|什么时候|几时|何时|多久|在哪|到账|到没|给我)|(啥时候|什么时候|几时)(打款|到账|给钱|付钱)"
)
_INSTALMENT = re.compile(r"(先付|先给|预付|分期|分两期|付一半|首付)")
_STARS = {mark: number for number, mark in enumerate("一二三四五", start=1)} | {
    str(number): number for number in range(1, 6)
}


def parse_start(heard: Heard) -> Start | None:
    if not heard.sender.is_provider or not _START.match(heard.command):
        return None
    return Start(order_id(heard.command))


def parse_accept(heard: Heard) -> Accept | None:
    return Accept(order_id(heard.command)) if _ACCEPT.match(heard.command) else None


def parse_cancel(heard: Heard) -> CancelOrder | None:
    if not _CANCEL.match(heard.command) or heard.command == "取消":
        return None
    return CancelOrder(order_id(heard.command))


def parse_review(heard: Heard) -> Review | None:
    found = _REVIEW.match(heard.command)
    if found is None:
        return None
    stars = _STARS.get(found[1] or "", 5 if heard.command.startswith("好评") else 0)
    return Review(order_id(heard.command), stars, tail(heard, found[2]))


_ONLY_STARS = re.compile(r"^([1-5一二三四五])\s*(颗?星|分)?\s*[,，]?\s*(.*)$", re.S)


def parse_stars(heard: Heard) -> Review | None:
    """ "5星 很好", or a bare 5 right after the stars were asked for."""
    question = heard.conversation.question
    asked = question is not None and question.kind == "stars"
    found = _ONLY_STARS.match(heard.command)
    if found is None or not (found[2] or asked):
        return None
    wanted = question.args["order_id"] if asked and question is not None else None
    return Review(wanted, _STARS[found[1]], tail(heard, found[3]))


_NUMBER = re.compile(r"^O\d{4,}$")


def parse_progress(heard: Heard) -> Progress | None:
    if (
        _NUMBER.match(heard.command)
        or _PROGRESS.match(heard.command)
        or _WHERE_MONEY.search(heard.command)
    ):
        return Progress(order_id(heard.command))
    return None


def parse_instalment(heard: Heard) -> Progress | None:
    """ "能先付一半吗": from a provider with an order."""
    if heard.sender.is_provider and _INSTALMENT.search(heard.command) and len(heard.command) < 20:
        return Progress(order_id(heard.command))
    return None


def _is_buyer_side(uow: UnitOfWork, sender: Sender, wanted: int | None) -> bool:
    """Whether somebody who may be both speaks as the buyer of this order."""
    if not sender.is_provider:
        return True
    return wanted is not None and uow.orders.find(wanted).buyer_id == sender.id


@router.on(parse_start)
def start(
    said: Start,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    order = pick_order(uow, sender, conversation, said.order_id, OrderStatus.FUNDED, buyer=False)
    order = start_order(uow, order.id, sender.provider_id, sender.id, desk, now)
    say(zh.started_provider(order, desk.zone))


@router.on(parse_accept)
def ask_accept(
    said: Accept, sender: Sender, conversation: Conversation, uow: UnitOfWork, say: Say
) -> None:
    """Accepting pays: the consequence first."""
    order = pick_order(uow, sender, conversation, said.order_id, OrderStatus.DELIVERED, buyer=True)
    advance(order, Step.ACCEPT)
    say(
        zh.accept_question(order),
        *conversation.ask(
            "accept",
            Choice("确认验收", "确认"),
            confirms=True,
            order_id=order.id,
            milestone=order.milestone,
        ),
    )


@router.confirmed("accept")
def really_accept(
    question: Question, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    done = accept_delivery(
        uow,
        question.args["order_id"],
        buyer_id=sender.id,
        seen_milestone=question.args.get("milestone"),
        desk=desk,
        now=now,
    )
    if not done.is_whole:
        say(zh.released(done, desk.zone))
        return
    no = done.order.no
    if (claim := hint_for(uow, done.order, desk, now)) is not None:
        say(zh_claims.hint(done.order, *claim))
    say(zh.completed(done), Choice("给五星", f"评价 {no} 5"), Choice("给三星", f"评价 {no} 3"))


@router.on(parse_cancel)
def ask_cancel(
    said: CancelOrder,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    order = pick_order(
        uow,
        sender,
        conversation,
        said.order_id,
        OrderStatus.AWAITING_PAYMENT,
        OrderStatus.FUNDED,
        buyer=True,
    )
    advance(order, Step.CANCEL)
    say(
        zh.cancel_question(order, kept_on_cancel(uow, order, desk, now), deposit_split(uow, order)),
        *conversation.ask(
            "cancel_order", Choice("确认取消", "确认"), confirms=True, order_id=order.id
        ),
    )


@router.confirmed("cancel_order")
def really_cancel(
    question: Question, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    done = cancel_order(uow, question.args["order_id"], sender.id, desk, now)
    by_gateway = split_of(uow, done.order).by_gateway
    say(zh.cancelled(done, receipts_of(uow, done.transfers), by_gateway=by_gateway))


@router.on(parse_stars)
@router.on(parse_review)
def review(
    said: Review,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    order = pick_order(uow, sender, conversation, said.order_id, OrderStatus.COMPLETED, buyer=True)
    if said.stars == 0:
        conversation.ask("stars", order_id=order.id)
        say(zh.how_many_stars(order))
        return
    conversation.question = None
    order, earned = review_order(
        uow, order.id, sender.id, stars=said.stars, text=said.text[:500], desk=desk, now=now
    )
    say(zh.review_thanks(order, said.stars, earned))


@router.on(parse_instalment)
def instalment(
    said: Progress, sender: Sender, conversation: Conversation, uow: UnitOfWork, say: Say
) -> None:
    order = pick_order(uow, sender, conversation, said.order_id, *_LIVE, buyer=False)
    say(zh.how_it_is_paid(order))


_LIVE = (
    OrderStatus.DELIVERED,
    OrderStatus.IN_PROGRESS,
    OrderStatus.FUNDED,
    OrderStatus.AWAITING_PAYMENT,
    OrderStatus.DISPUTED,
)


def _said_of_pot(
    order_id: int, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> bool:
    """A number of a reward or deposit means the demand that it was paid for."""
    pot = uow.orders.find_payable(order_id)
    if isinstance(pot, Order) or not (sender.is_staff or pot.buyer_id == sender.id):
        return False
    demand = uow.demands.find(pot.demand_id)
    state = zh_pots.stands(pot, split_of(uow, pot))
    say(f"{state}\n{zh_demands.progress(demand, uow.bids.count_placed(demand.id), desk.zone, now)}")
    return True


@router.on(parse_progress)
def progress(
    said: Progress,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Whose move it is, until when, how much, and what happens then."""
    if said.order_id is not None and _said_of_pot(said.order_id, sender, uow, desk, say, now):
        return
    if sender.is_staff and said.order_id is not None:
        order = uow.orders.find(said.order_id)
        _say_progress(order, uow, sender, desk, say, as_provider=False)
        return
    buyer = _is_buyer_side(uow, sender, said.order_id)
    try:
        order = pick_order(uow, sender, conversation, said.order_id, *_LIVE, buyer=buyer)
    except NotFound:
        mine = uow.demands.of_buyer(sender.id, 1)
        if said.order_id is not None or not mine:
            raise
        say(zh.demand_progress(mine[0], uow.bids.count_placed(mine[0].id), desk.zone, now))
        return
    _say_progress(order, uow, sender, desk, say, as_provider=not buyer)


def _say_progress(
    order: Order, uow: UnitOfWork, sender: Sender, desk: Desk, say: Say, *, as_provider: bool
) -> None:
    dispute = uow.disputes.of_order(order.id) if order.status is OrderStatus.DISPUTED else None
    if dispute is not None:
        say(standing(uow, dispute, order, sender, desk))
        return
    split = split_of(uow, order) if order.status is OrderStatus.REFUNDED else None
    funding = funding_of(uow, order)
    say(
        zh.progress(
            order,
            desk.zone,
            desk.policy,
            as_provider=as_provider,
            split=split,
            funding=funding,
        )
    )
