"""The buyer's own demands: list, progress, change, withdraw, open, compare, choose."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.bids import award_bid, bid_by_letter, introductions, opened_bids
from handlers.actions.demands import open_demand_bids, withdraw_demand
from handlers.actions.negotiations import accept_counter, is_agreed, is_answered
from handlers.actions.suspensions import unconfirmed
from handlers.chat.parsing import demand_id, is_one_of, named_demand_id, order_id
from handlers.chat.payments import offer_payment
from handlers.chat.picking import pick_demand
from handlers.chat.slots import merge, terms_of
from handlers.conversation import Conversation, Draft, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import bids as zh_bids
from handlers.wording import demands as zh
from handlers.wording import drafts as zh_drafts
from handlers.wording import negotiations as zh_negotiations
from handlers.wording import orders as zh_orders
from handlers.wording.dates import lasting
from market.bids import Bid, fingerprint
from market.comparison import compare
from market.demands import Demand, DemandStatus, DemandStep, advance
from market.errors import NotFound
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


@dataclass(frozen=True, slots=True)
class OpenNow:
    demand_id: int | None


@dataclass(frozen=True, slots=True)
class Compare:
    demand_id: int | None


@dataclass(frozen=True, slots=True)
class LookAt:
    letter: str
    demand_id: int | None


@dataclass(frozen=True, slots=True)
class Choose:
    letter: str
    demand_id: int | None


_LETTER = re.compile(
    r"^(?:算了|那|行)?[,，\s]*(?:我?(?:就|要)?选|就要?|我要|定|选定|中标)\s*(?:第)?\s*"
    r"([A-Z]{1,2}|[一二三四五六1-6]\s*家|最便宜)(?:家|吧|了|的|那家|那个)*\s*(?:D[- ]?\d+)?$"
)
_LOOK = re.compile(
    r"^(?:看看?|详情)?\s*([A-Z])(?:家|的)?\s*(?:详情|怎么样)?\s*(?:D[- ]?\d+)?$|^([A-Z])$"
)
_ORDINALS = (
    {mark: index for index, mark in enumerate("一二三四五六")}
    | {
        "最便宜": 0,
    }
    | {str(number): number - 1 for number in range(1, 7)}
)


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


_OPEN = re.compile(r"^(现在|马上|提前|立即)?(开标|截标)[吧了]?\s*(D?\d*)$")


def parse_open(heard: Heard) -> OpenNow | None:
    if _OPEN.match(heard.command):
        return OpenNow(demand_id(heard.command))
    return None


_COMPARE = re.compile(
    r"^(比一比|比一下|对比|比较|看报价|看看报价|有哪些报价|报价怎么样|更多报价|比比)[了吧]?\s*(D?\d*)$"
)


def parse_compare(heard: Heard) -> Compare | None:
    compares = _COMPARE.match(heard.command)
    return Compare(demand_id(heard.command)) if compares else None


def parse_look(heard: Heard) -> LookAt | None:
    found = _LOOK.match(heard.command)
    if found is None or (found[2] and heard.conversation.demand_id is None):
        return None
    return LookAt(found[1] or found[2], named_demand_id(heard.command))


def parse_choose(heard: Heard) -> Choose | None:
    """ "选A D1024", "就A吧", "选第一家"."""
    found = _LETTER.match(heard.command)
    if found is None:
        return None
    return Choose(found[1].removesuffix("家").strip(), named_demand_id(heard.command))


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
        order = uow.orders.of_demand(demand.id)
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
    terms = demand.terms
    draft = Draft(
        text=terms.text,
        service_code=terms.service_code,
        service_name=terms.title,
        budget_min_fen=terms.budget_min_fen,
        budget_max_fen=terms.budget_max_fen,
        budget_note=terms.budget_note or "面议",
        region=terms.region or "不限",
        needed_by=terms.needed_by,
        urgent=terms.urgent,
        details=terms.details,
        editing=demand.id,
    )
    if said.words:
        draft = merge(draft, desk.matcher.read(said.words, now.astimezone(desk.zone)))
    conversation.park()
    conversation.draft = draft
    choices = conversation.ask(
        "draft", Choice("就这样改", "确认"), Choice("再改", "改一下"), confirms=True
    )
    bids = uow.bids.count_live(demand.id)
    say(zh.change_question(demand, terms_of(draft), bids), *choices)


@router.on(parse_withdraw)
def withdraw(
    said: Withdraw, sender: Sender, conversation: Conversation, uow: UnitOfWork, say: Say
) -> None:
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.WITHDRAW)
    advance(demand, DemandStep.WITHDRAW)
    say(
        zh.withdraw_question(demand, uow.bids.count_placed(demand.id)),
        *conversation.ask(
            "withdraw_demand", Choice("确认撤回", "确认"), confirms=True, demand_id=demand.id
        ),
    )


@router.confirmed("withdraw_demand")
def really_withdraw(
    question: Question, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    say(zh.withdrawn(withdraw_demand(uow, question.args["demand_id"], sender.id, desk, now)))


@router.on(parse_open)
def open_now(
    said: OpenNow,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
) -> None:
    """Open early: say what it means before it happens."""
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.OPEN_BIDS)
    advance(demand, DemandStep.OPEN_BIDS)
    count = uow.bids.count_placed(demand.id)
    if count == 0:
        say(zh_bids.no_bids_yet(demand, desk.zone))
        return
    conversation.demand_id = demand.id
    say(
        zh_bids.open_question(demand, count, unconfirmed(uow, demand)),
        *conversation.ask(
            "open_bids", Choice("确认开标", "确认"), confirms=True, demand_id=demand.id
        ),
    )


@router.confirmed("open_bids")
def really_open(
    question: Question,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    demand = open_demand_bids(
        uow, question.args["demand_id"], buyer_id=sender.id, desk=desk, now=now
    )
    show_comparison(demand, conversation, uow, desk, say)


@router.on(parse_compare)
def compare_bids(
    said: Compare,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
) -> None:
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.AWARD)
    show_comparison(demand, conversation, uow, desk, say)


def show_comparison(
    demand: Demand, conversation: Conversation, uow: UnitOfWork, desk: Desk, say: Say
) -> None:
    """The opened bids side by side, with the choices that fit; raises BidsSealed before."""
    compared = compare(opened_bids(uow, demand))
    conversation.demand_id = demand.id
    if not compared or demand.choose_by is None:
        say(zh.nobody_bid(demand))
        return
    choices: tuple[Choice, ...] = ()
    if demand.status is DemandStatus.OPENED:
        choices = tuple(
            Choice(f"选{one.bid.letter}", f"选{one.bid.letter} {demand.no}") for one in compared[:3]
        )
        conversation.ask("award", *choices, demand_id=demand.id)
    say(zh_bids.comparison(demand, compared, introductions(uow, compared), desk.zone), *choices)


@router.on(parse_look)
def look_at(
    said: LookAt,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> None:
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.AWARD)
    bid = bid_by_letter(uow, demand, said.letter)
    rating, reviews = uow.providers.standing(bid.provider_id)
    standing = zh.standing(rating, reviews)
    mark = fingerprint(demand.no, bid.provider_id, bid.offer, bid.salt)
    say(
        zh_bids.detail(
            bid, uow.providers.name(bid.provider_id), standing, mark, agreed=is_agreed(uow, bid)
        )
    )


@router.on(parse_choose)
def choose(
    said: Choose,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Choose a bid: the consequence first, then 确认. A counter-offer is taken with it."""
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.AWARD)
    compared = compare(opened_bids(uow, demand))
    advance(demand, DemandStep.AWARD)
    index = _ORDINALS.get(said.letter)
    letter = said.letter
    if index is not None and index < len(compared):
        letter = compared[index].bid.letter
    bid = bid_by_letter(uow, demand, letter)
    if is_answered(uow, bid):
        settled = accept_counter(uow, demand.id, sender.id, letter, desk, now)
        bid = settled.bid
        say(zh_negotiations.settled(bid, settled.fingerprint))
    ask_award(demand, bid, conversation, uow, desk, say)


def ask_award(
    demand: Demand, bid: Bid, conversation: Conversation, uow: UnitOfWork, desk: Desk, say: Say
) -> None:
    """What choosing this bid means; 确认 counts for the version that is shown here."""
    conversation.demand_id = demand.id
    say(
        zh_bids.award_question(
            demand,
            bid,
            uow.providers.name(bid.provider_id),
            len(opened_bids(uow, demand)) - 1,
            lasting(desk.policy.pay_within),
        ),
        *conversation.ask(
            "really_award",
            Choice("确认", "确认"),
            Choice("再看看", f"比一比 {demand.no}"),
            confirms=True,
            demand_id=demand.id,
            letter=bid.letter,
            version=bid.version,
        ),
    )


@router.confirmed("really_award")
def really_choose(
    question: Question,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    order = award_bid(
        uow,
        question.args["demand_id"],
        sender.id,
        question.args["letter"],
        desk,
        now,
        seen_version=question.args.get("version"),
    )
    conversation.order_id = order.id
    name = uow.providers.name(order.provider_id)
    say(zh_orders.created(order, name, offer_payment(order, conversation, desk, say)))


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
    order = uow.orders.of_demand(demand.id)
    mine = demand.buyer_id == sender.id or sender.is_staff
    theirs = sender.provider_id is not None and (
        uow.bids.of_provider(demand.id, sender.provider_id) is not None
    )
    if sender.is_provider and demand.status is DemandStatus.OPEN and not mine:
        say(zh.lead(demand, desk.zone))
        return
    if not mine and not theirs:
        raise NotFound(demand.no)
    conversation.demand_id = demand.id
    if order is not None and (mine or order.provider_id == sender.provider_id):
        conversation.order_id = order.id
        say(zh_orders.progress(order, desk.zone, desk.policy, as_provider=not mine))
        return
    say(zh.progress(demand, uow.bids.count_placed(demand.id), desk.zone, now))
