"""Bids that are opened, compared and chosen by the buyer."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.awards import award_bid
from handlers.actions.bids import bid_by_letter, opened_bids
from handlers.actions.consortiums import joint_of
from handlers.actions.negotiations import accept_counter, is_agreed, is_answered
from handlers.actions.openings import introductions, open_demand_bids
from handlers.actions.suspensions import unconfirmed
from handlers.chat.parsing import demand_id, named_demand_id
from handlers.chat.payments import offer_payment
from handlers.chat.picking import pick_demand
from handlers.chat.rewards import ask_choice, show_work, show_works
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import bids as zh_bids
from handlers.wording import consortiums as zh_consortiums
from handlers.wording import demands as zh
from handlers.wording import negotiations as zh_negotiations
from handlers.wording import orders as zh_orders
from handlers.wording.dates import lasting
from market.bids import Bid, fingerprint
from market.comparison import compare
from market.demands import Demand, advance
from market.modes import DemandStatus, DemandStep
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("choosing")


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
    r"^(?:算了|那|行)?[,，\s]*(?:采纳|我?(?:就|要)?选|就要?|我要|定|选定|中标)\s*(?:第)?\s*"
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


@router.on(parse_open)
def open_now(
    said: OpenNow,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Open early: say what it means before it happens."""
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.OPEN_BIDS)
    advance(demand, DemandStep.OPEN_BIDS)
    count = uow.bids.count_placed(demand.id)
    if count == 0:
        unanswered = zh.progress(demand, 0, desk.zone, now)
        say(zh_bids.no_bids_yet(demand, desk.zone) if demand.is_public else unanswered)
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
    if demand.terms.reward is not None:
        show_works(demand, conversation, uow, say)
        return
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
    if demand.terms.reward is not None:
        show_work(demand, said.letter, uow, say)
        return
    bid = bid_by_letter(uow, demand, said.letter)
    rating, reviews = uow.providers.standing(bid.provider_id)
    standing = zh.standing(rating, reviews)
    mark = fingerprint(demand.no, bid.provider_id, bid.offer, bid.salt)
    say(zh_bids.detail(bid, who_bids(uow, demand, bid), standing, mark, agreed=is_agreed(uow, bid)))


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
    if demand.terms.reward is not None:
        ask_choice(demand, said.letter, conversation, uow, say)
        return
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


def who_bids(uow: UnitOfWork, demand: Demand, bid: Bid) -> str:
    """The provider's name, with those of its partners and their shares."""
    joint = joint_of(uow, demand, bid)
    return zh_consortiums.together(joint.names[bid.provider_id], joint.partners, joint.names)


def ask_award(
    demand: Demand, bid: Bid, conversation: Conversation, uow: UnitOfWork, desk: Desk, say: Say
) -> None:
    """What choosing this bid means; 确认 counts for the version that is shown here."""
    conversation.demand_id = demand.id
    say(
        zh_bids.award_question(
            demand,
            bid,
            who_bids(uow, demand, bid),
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
    if not order.due_fen:
        say(zh_orders.funded_by_deposit(order))
        return
    partners = uow.consortiums.of_order(order.id)
    names = uow.providers.names([order.provider_id, *(one.provider_id for one in partners)])
    name = zh_consortiums.together(names[order.provider_id], partners, names)
    say(zh_orders.created(order, name, offer_payment(uow, order, conversation, desk, say, now)))
