"""Providers' words: bids in a group or in private, echoed before they bind."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from handlers.actions.bids import place_bid, withdraw_bid
from handlers.chat.parsing import demand_id, is_one_of
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice, Inbound
from handlers.routing import Heard, Router
from handlers.wording import bids as zh
from handlers.wording.demands import brief_state
from market.bids import BidStatus, Offer
from market.demands import Demand, DemandStatus, takes_bids
from market.errors import NotFound, NotUnderstood, NotYourRole
from market.parties import Sender
from matching import BidReading, add_workdays, read_bids
from storage.unit_of_work import UnitOfWork

router = Router("bids")
group = Router("bids in groups")
LEADS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class BidTalk:
    """Words that may hold a bid; which demands are open decides what they mean."""

    text: str


@dataclass(frozen=True, slots=True)
class Leads:
    pass


@dataclass(frozen=True, slots=True)
class WithdrawBid:
    demand_id: int | None


@dataclass(frozen=True, slots=True)
class Amend:
    """Answering the echo with new numbers: "2 改 31500"."""

    words: str


_LOOKS_LIKE_BID = re.compile(r"^(报价|报个?价|接|改价|投标|抢)|\bD?\d{3,9}\b|\d")
_DEMAND_NAMED = re.compile(r"(?<![\d.])[D#]?\s?(\d{3,9})(?![\d.])")


def parse_group_talk(heard: Heard) -> BidTalk | None:
    """Any group talk with a number, or a quotation of one of our lines."""
    inbound = heard.inbound
    if re.search(r"\d", heard.reading.normal) or inbound.quoted_text or inbound.addressed:
        return BidTalk(inbound.text)
    return None


def parse_bid(heard: Heard) -> BidTalk | None:
    if not heard.sender.is_provider or heard.conversation.draft is not None:
        return None
    question = heard.conversation.question
    if question is not None and question.kind == "bid_terms":
        return BidTalk(f"D{question.args['demand_id']} {heard.reading.normal}")
    return BidTalk(heard.inbound.text) if _LOOKS_LIKE_BID.search(heard.command) else None


def parse_bid_of_stranger(heard: Heard) -> BidTalk | None:
    """ "报价 1024 …" from somebody who is bound to no provider."""
    if heard.sender.is_provider or not re.match(r"^(报价|改价|接)\s*D?\d{3,}", heard.command):
        return None
    return BidTalk(heard.inbound.text)


def parse_leads(heard: Heard) -> Leads | None:
    return (
        Leads() if is_one_of(heard, "我的线索", "线索", "看线索", "有什么单", "我的报价") else None
    )


def parse_withdraw_bid(heard: Heard) -> WithdrawBid | None:
    """ "撤标 D1024", "1024 不做了"."""
    if not heard.sender.is_provider:
        return None
    if re.match(r"^(撤标|撤回?报价|弃标)", heard.command) or re.match(
        r"^(?:D?\d{3,9}|算算|算了|亏)?[^\d]{0,8}(不做|不接|不干|撤标|放弃|不投)了?$", heard.command
    ):
        return WithdrawBid(demand_id(heard.command))
    return None


def parse_amend(heard: Heard) -> Amend | None:
    """While a bid or its withdrawal is being confirmed: new numbers, with or without 改."""
    question = heard.conversation.question
    if question is None or question.kind not in {"bid", "withdraw_bid"}:
        return None
    words = re.sub(r"^\s*2?\s*(改价?|改成|改为)", "", heard.reading.normal).strip()
    return Amend(words) if re.search(r"[\d一二三四五六七八九十两]", words) else None


def parse_changed_terms(heard: Heard) -> Leads | None:
    return Leads() if heard.sender.is_provider and is_one_of(heard, "要求变了") else None


@router.on(parse_leads)
def list_leads(
    said: Leads, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    if not sender.is_provider:
        raise NotYourRole("provider")
    open_ones = [d for d in uow.demands.with_status([DemandStatus.OPEN], 50) if takes_bids(d, now)]
    lines = [_lead_line(uow, d, sender, desk) for d in open_ones[:LEADS_SHOWN]]
    say(zh.leads(lines, len(open_ones) - len(lines)))


@group.on(parse_withdraw_bid)
@router.on(parse_withdraw_bid)
def ask_withdraw(
    said: WithdrawBid,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Withdrawing: what it costs first."""
    demand = _bid_demand(uow, sender, said.demand_id)
    if demand.status is not DemandStatus.OPEN:
        conversation.demand_id = demand.id
        say.whisper(zh.too_late_to_withdraw(demand))
        return
    assert sender.provider_id is not None
    used = uow.bids.count_withdrawn(sender.provider_id, now)
    choices = conversation.ask(
        "withdraw_bid",
        Choice("撤", "确认"),
        Choice("改价", "改价"),
        Choice("手滑了", "取消"),
        confirms=True,
        demand_id=demand.id,
    )
    say.whisper(zh.withdraw_question(demand, used, desk.policy.withdrawal_limit), *choices)


@router.on(parse_changed_terms)
def check_changed_terms(
    said: Leads,
    conversation: Conversation,
    sender: Sender,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> None:
    """ "要求变了": staff compare it with the demand's history."""
    demand = _bid_demand(uow, sender, conversation.demand_id)
    note = zh.terms_changed_note(demand, uow.providers.name(sender.provider_id or 0))
    uow.tasks.open("terms", demand.no, now, note=note, urgency=3)
    say(zh.terms_being_checked(demand))


@router.confirmed("withdraw_bid")
def really_withdraw(
    question: Question, sender: Sender, uow: UnitOfWork, say: Say, now: datetime
) -> None:
    say(zh.withdrawn(withdraw_bid(uow, question.args["demand_id"], sender, now)))


@router.on(parse_amend)
def amend(
    said: Amend,
    sender: Sender,
    conversation: Conversation,
    inbound: Inbound,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    question = conversation.question
    assert question is not None
    number = f"D{question.args['demand_id']}"
    readings = read_bids(
        f"{number} {said.words}", now=now.astimezone(desk.zone), open_nos=[number], quoted_no=number
    )
    before = _offer_of(question) if question.kind == "bid" else None
    if before is None:
        old = uow.bids.of_provider(question.args["demand_id"], sender.provider_id or 0)
        before = old.offer if old is not None else None
    _echo_first(readings, number, before, sender, conversation, uow, desk, say, now)


@router.confirmed("bid")
def seal_bid(
    question: Question,
    sender: Sender,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The provider's 1: from here on the bid binds."""
    offer = _offer_of(question)
    placed = place_bid(uow, question.args["demand_id"], sender, offer, desk, now)
    if placed.revised:
        say(zh.revised(placed.demand, offer, placed.fingerprint))
    else:
        say(zh.placed(placed.demand, placed.fingerprint, desk.zone))


@router.on(parse_bid_of_stranger)
def stranger_bids(said: BidTalk) -> None:
    raise NotYourRole("provider")


@router.on(parse_bid)
def bid_privately(
    said: BidTalk,
    heard: Heard,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    open_nos = uow.demands.open_nos()
    readings = _read(said.text, heard.inbound, open_nos, desk, now)
    named = _named(heard, readings, uow)
    if named is not None and named not in open_nos:
        _say_closed(named, sender, uow, desk, say, now)
        return
    if named is None and not any(reading.kind == "bid" for reading in readings):
        raise NotUnderstood
    _echo_first(readings, named, None, sender, conversation, uow, desk, say, now)


@group.on(parse_group_talk)
def bid_in_group(
    said: BidTalk,
    heard: Heard,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """A bid in a group gets one line there without the price, and the echo in private."""
    open_nos = uow.demands.open_nos()
    readings = _read(said.text, heard.inbound, open_nos, desk, now)
    serious = [reading for reading in readings if reading.kind in {"bid", "amend"}]
    named = _named(heard, readings, uow)
    if named is not None and named not in open_nos:
        if serious or re.search(r"(还要|能做|可以做|接|报)", heard.command):
            _answer_late(named, sender, uow, desk, say, now)
        return
    if not serious or (named is None and not heard.inbound.addressed):
        return
    if not sender.is_provider:
        say.whisper(zh.STRANGER)
        return
    if named is not None:
        say(zh.group_ack(named))
    _echo_first(tuple(serious), named, None, sender, conversation, uow, desk, say, now)


def _read(
    text: str, inbound: Inbound, open_nos: tuple[str, ...], desk: Desk, now: datetime
) -> tuple[BidReading, ...]:
    quoted = _DEMAND_NAMED.search(inbound.quoted_text) if inbound.quoted_text else None
    return read_bids(
        text,
        now=now.astimezone(desk.zone),
        open_nos=open_nos,
        quoted_no=f"D{quoted[1]}" if quoted else None,
    )


def _named(heard: Heard, readings: tuple[BidReading, ...], uow: UnitOfWork) -> str | None:
    """The number of the demand that is meant; a bare number only if there is such a demand."""
    for reading in readings:
        if reading.demand_no is not None:
            return reading.demand_no
    found = re.match(r"^(?:报价|接|改价|投标)?\s*([D#]?)\s?(\d{3,9})(?![\d.])", heard.command)
    if found is None:
        return None
    if not found[1] and not uow.demands.exists(int(found[2])):
        return None
    return f"D{found[2]}"


def _echo_first(
    readings: tuple[BidReading, ...],
    number: str | None,
    before: Offer | None,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Echo what was understood in private and ask for the 1 that makes it binding."""
    reading = readings[0] if readings else None
    if reading is not None and reading.relative:
        if number is not None:
            conversation.ask("bid_terms", demand_id=int(number.removeprefix("D")))
        say.whisper(zh.relative(number.removeprefix("D") if number else "1024"))
        return
    if number is None:
        say.whisper(zh.which_demand())
        return
    demand = uow.demands.find(int(number.removeprefix("D")))
    old = uow.bids.of_provider(demand.id, sender.provider_id or 0)
    if before is None and old is not None and old.status is BidStatus.PLACED:
        before = old.offer
    offer = _offer(reading, before)
    if offer is None:
        conversation.ask("bid_terms", demand_id=demand.id)
        say.whisper(zh.price_missing(demand.no))
        return
    choices = conversation.ask(
        "bid",
        Choice("提交", "确认"),
        Choice("改", "改一下"),
        confirms=True,
        demand_id=demand.id,
        price_fen=offer.price_fen,
        days=offer.days,
        workdays=offer.workdays,
        included=list(offer.included),
        excluded=list(offer.excluded),
        tax=offer.tax,
        note=offer.note,
    )
    old_price = old.offer.price_fen if old and old.status is BidStatus.PLACED else None
    text = zh.echo(demand.no, offer, _due(offer, desk, now), old_price)
    say.whisper(f"{text}\n1 提交　2 改", *choices)


def _offer(reading: BidReading | None, before: Offer | None) -> Offer | None:
    """The offer as read; what an amendment leaves out stays as it was."""
    price = reading.price_fen if reading is not None else None
    if price is None and before is not None and reading is not None:
        price = before.price_fen
    if reading is None or price is None or price <= 0:
        return None
    days, workdays = reading.duration_days, reading.duration_workdays
    if days is None and workdays is None and before is not None:
        days, workdays = before.days, before.workdays
    return Offer(
        price_fen=price,
        days=days,
        workdays=workdays,
        included=tuple(reading.included) or (before.included if before else ()),
        excluded=tuple(reading.excluded) or (before.excluded if before else ()),
        tax=reading.tax or (before.tax if before else ""),
        note=(reading.note or (before.note if before else ""))[:200],
    )


def _offer_of(question: Question) -> Offer:
    args = question.args
    return Offer(
        price_fen=args["price_fen"],
        days=args["days"],
        workdays=args["workdays"],
        included=tuple(args["included"]),
        excluded=tuple(args["excluded"]),
        tax=args["tax"],
        note=args["note"],
    )


def _due(offer: Offer, desk: Desk, now: datetime) -> date | None:
    today = now.astimezone(desk.zone).date()
    if offer.workdays:
        return add_workdays(today, offer.workdays)
    return today + timedelta(days=offer.days) if offer.days else None


def _bid_demand(uow: UnitOfWork, sender: Sender, wanted: int | None) -> Demand:
    """The demand whose bid is meant: the one named, else the provider's latest live bid."""
    if wanted is not None:
        demand = uow.demands.find(wanted)
        bid = uow.bids.of_provider(demand.id, sender.provider_id or 0)
        if bid is None or bid.status is BidStatus.WITHDRAWN:
            raise NotFound(demand.no)
        return demand
    for bid in uow.bids.of_provider_latest(sender.provider_id or 0, 5):
        if bid.status is BidStatus.PLACED:
            return uow.demands.find(bid.demand_id)
    raise NotFound("您的报价")


def _say_closed(
    number: str, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    state, lines = _alternatives(number, sender, uow, desk, now)
    say.whisper(zh.expired_lead(number, state, lines))


def _answer_late(
    number: str, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    """A reply to a lead that is gone: one line in the group, what is open in private."""
    state, lines = _alternatives(number, sender, uow, desk, now)
    if state == zh.UNKNOWN_LEAD:
        return
    say(zh.group_closed(number, state))
    say.whisper(zh.expired_lead(number, state, lines))


def _alternatives(
    number: str, sender: Sender, uow: UnitOfWork, desk: Desk, now: datetime
) -> tuple[str, list[str]]:
    """How the demand stands, as far as providers ever heard of it, and what is open."""
    demand: Demand | None = None
    with suppress(NotFound):
        demand = uow.demands.find(int(number.removeprefix("D")))
    if demand is not None and demand.published_at is None:
        demand = None
    state = zh.UNKNOWN_LEAD if demand is None else brief_state(demand)
    open_ones = [d for d in uow.demands.with_status([DemandStatus.OPEN], 50) if takes_bids(d, now)]
    if demand is not None:
        open_ones.sort(key=lambda d: d.terms.service_code != demand.terms.service_code)
    return state, [_lead_line(uow, d, sender, desk) for d in open_ones[:2]]


def _lead_line(uow: UnitOfWork, demand: Demand, sender: Sender, desk: Desk) -> str:
    mine = uow.bids.of_provider(demand.id, sender.provider_id or 0)
    placed = mine is not None and mine.status is BidStatus.PLACED
    return zh.lead_item(demand, "（已投）" if placed else "", desk.zone)
