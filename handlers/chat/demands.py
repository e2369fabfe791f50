"""The buyer's own demands: list, change, withdraw, and how they stand."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.actions.demands import withdraw_demand
from handlers.actions.pots import consolable, left_in
from handlers.chat.parsing import demand_id, is_one_of, order_id
from handlers.chat.picking import pick_demand
from handlers.chat.slots import add_fact, draft_of, merge, terms_of
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import demands as zh
from handlers.wording import drafts as zh_drafts
from handlers.wording import orders as zh_orders
from handlers.wording import pots as zh_pots
from market.demands import Demand, advance
from market.errors import NotFound
from market.modes import DemandStatus, DemandStep
from market.orders import OrderStatus
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("demands")
LISTED = 4


@dataclass(frozen=True, slots=True)
class ListMine:
    pass


@dataclass(frozen=True, slots=True)
class Change:
    demand_id: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    demand_id: int | None


# 上次那个单子怎么样了: whoever asks so knows no number.
_HOW_IT_GOES = re.compile(
    r"^(?:请问|那个|我想问下?|问下|你好)?[,，\s]*(?:我们?|上次|之前|前几天|昨天|刚才|上回)?(?:发|提|办|做|弄|报)?的?"
    r"(?:那|这)?(?:个|张|件)?(?:单子?|需求|订单|事情?|申请|项目)(?:现在|目前)?"
    r"(?:怎么?样|咋样|咋搞|到哪(?:一步|里|儿)?|有?进展|进度|办得|搞得|弄得|有没有(?:消息|动静|下文|结果)|有(?:消息|结果))"
    r"(?:如何|怎么样|咋样)?[了啊呢吗嘛么]*[?？]*$"
)


def parse_mine(heard: Heard) -> ListMine | None:
    words = ("我的需求", "我的订单", "我的单子", "我的单", "需求列表", "更多需求")
    asked = is_one_of(heard, *words) or _HOW_IT_GOES.match(heard.command)
    return ListMine() if asked else None


_CHANGE = re.compile(r"^(改|修改)\s*D?\d")


def parse_change(heard: Heard) -> Change | None:
    """ "改 D1024 预算5万", or "改" alone while a draft is open."""
    if heard.conversation.question is not None and is_one_of(heard, "改", "改一下", "修改", "我改"):
        return Change(None, "")
    if not _CHANGE.match(heard.command):
        return None
    words = re.sub(r"^\D*\d+\s*", "", heard.reading.normal)
    return Change(demand_id(heard.command), words)


_WITHDRAW = re.compile(r"^(撤|撤回|撤销)\s*(需求)?\s*D?\d*$")


def parse_withdraw(heard: Heard) -> Withdraw | None:
    if _WITHDRAW.match(heard.command):
        return Withdraw(demand_id(heard.command))
    return None


@router.on(parse_mine)
def list_mine(said: ListMine, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say) -> None:
    mine = uow.demands.of_buyer(sender.id, LISTED + 1)
    if not mine and sender.provider_id is not None:
        say(zh_orders.listing(uow.orders.of_provider(sender.provider_id, LISTED)))
        return
    if not mine:
        say(zh.NONE_YET)
        return
    lines = []
    for demand in mine[:LISTED]:
        order = next(iter(uow.orders.of_demand(demand.id)), None) if _is_over(demand) else None
        state = zh.brief_state(order or demand)
        lines.append((demand, f"{order.no} {state}" if order else state))
    say(zh.listing(lines, more=len(mine) > LISTED))


@router.on(parse_change)
def change(
    said: Change,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Change a published demand through the same draft it was made with."""
    if said.demand_id is None:
        say(zh_drafts.HOW_TO_CHANGE)
        return
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.EDIT)
    advance(demand, DemandStep.EDIT)
    draft = replace(draft_of(demand.terms), editing=demand.id)
    if said.words:
        reading = desk.matcher.read(said.words, now.astimezone(desk.zone))
        draft = add_fact(draft, reading) if draft.reward else merge(draft, reading)
    conversation.park()
    conversation.draft = draft
    choices = conversation.ask(
        "draft", Choice("就这样改", "确认"), Choice("再改", "改一下"), confirms=True
    )
    bids = uow.bids.count_live(demand.id)
    say(zh.change_question(demand, terms_of(draft), bids), *choices)


@router.on(parse_withdraw)
def withdraw(
    said: Withdraw,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    say: Say,
) -> None:
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.WITHDRAW)
    advance(demand, DemandStep.WITHDRAW)
    told = zh.withdraw_question(demand, uow.bids.count_placed(demand.id))
    pot = uow.orders.find_pot(demand.id) if demand.needs_pot else None
    if pot is not None and pot.status is OrderStatus.FUNDED:
        shared = bool(consolable(uow, demand))
        told = zh_pots.withdraw_question(demand, pot, left_in(uow, pot), shared=shared)
    say(
        told,
        *conversation.ask(
            "withdraw_demand", Choice("确认撤回", "确认"), confirms=True, demand_id=demand.id
        ),
    )


@router.confirmed("withdraw_demand")
def really_withdraw(
    question: Question, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    demand = withdraw_demand(uow, question.args["demand_id"], sender.id, desk, now)
    say(zh_pots.withdrawn(demand) if demand.needs_pot else zh.withdrawn(demand))


_HOW_MANY = re.compile(
    r"(几|多少)(个|家|份)?(人|家)?(报价|报了|投标|投了)|有(没有)?人(报价|投标|接)"
)


@dataclass(frozen=True, slots=True)
class Progress:
    demand_id: int  # 0: the newest that takes bids


_PROGRESS = re.compile(r"^(进度|进展|查询?|状态|看)\s*D?\d+$|^D\d+$")


def parse_progress(heard: Heard) -> Progress | None:
    """ "进度 D1024"; orders have their own."""
    if _HOW_MANY.search(heard.command):
        return Progress(demand_id(heard.command) or 0)
    asks = _PROGRESS.match(heard.command)
    if not asks or order_id(heard.command):
        return None
    wanted = demand_id(heard.command)
    return Progress(wanted) if wanted is not None else None


def _is_over(demand: Demand) -> bool:
    """Whether what came of it says more than the demand itself: prizes may be left."""
    return demand.status is DemandStatus.AWARDED


@router.on(parse_progress)
def show_progress(
    said: Progress,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    demand = (
        uow.demands.find(said.demand_id)
        if said.demand_id
        else pick_demand(uow, sender, conversation, None, DemandStep.OPEN_BIDS)
    )
    mine = demand.buyer_id == sender.id or sender.is_staff
    theirs = sender.provider_id is not None and (
        uow.bids.of_provider(demand.id, sender.provider_id) is not None
    )
    may_bid = sender.is_provider and demand.is_for(sender.provider_id)
    if may_bid and demand.status is DemandStatus.OPEN and not mine:
        say(zh.lead(demand, desk.zone))
        return
    if not mine and not theirs:
        raise NotFound(demand.no)
    conversation.demand_id = demand.id
    order = next(
        (
            one
            for one in (uow.orders.of_demand(demand.id) if _is_over(demand) or not mine else ())
            if mine or one.provider_id == sender.provider_id
        ),
        None,
    )
    if order is not None:
        conversation.order_id = order.id
        say(zh_orders.progress(order, desk.zone, desk.policy, as_provider=not mine))
        return
    say(zh.progress(demand, uow.bids.count_placed(demand.id), desk.zone, now))
