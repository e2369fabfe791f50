"""Providers' words: bids in a group or in private, echoed before they bind."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.actions.bids import place_bid
from handlers.chat.bid_cards import CARD_KINDS, Card, drop, kept, put, show, written
from handlers.chat.bid_withdrawals import parse_withdraw_bid
from handlers.chat.contracts import took_number as took_contract
from handlers.chat.counter_answers import took_answer
from handlers.chat.leads import answer_late, say_closed
from handlers.chat.parsing import is_one_of
from handlers.chat.suspensions import took_number
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.doubts import weigh_kind
from handlers.message import Inbound
from handlers.routing import Heard, Router
from handlers.wording import bids as zh
from handlers.wording import naming as zh_naming
from market.bids import LIVE
from market.errors import NotUnderstood, NotYourRole
from market.parties import Sender
from matching import BidReading, read_bids
from storage.unit_of_work import UnitOfWork

answers = Router("answers to bid cards")
router = Router("bids")
group = Router("bids in groups")


@dataclass(frozen=True, slots=True)
class BidTalk:
    """Words that may hold a bid; which demands are open decides what they mean."""

    text: str


@dataclass(frozen=True, slots=True)
class Amend:
    """Answering the echo with new numbers: "2 改 31500"."""

    words: str


@dataclass(frozen=True, slots=True)
class Change:
    """Wanting to change the bid without saying what: "2", "改"."""

    demand_id: int


_HEAD = r"(?:报个?价|接|改价|投标|抢)"
_LOOKS_LIKE_BID = re.compile(rf"^(?:{_HEAD})|\bD?\d{{3,9}}\b|\d")
_DEMAND_NAMED = re.compile(r"(?<![\d.])[D#]?\s?(\d{3,9})(?![\d.])")
_LEADING = re.compile(rf"^(?P<head>{_HEAD})?\s*(?P<mark>[D#]?)\s?(?P<no>\d{{3,9}})(?![\d.])")
_RELATIVE = re.compile(r"(?:上面|楼上|前面|上家|那家).{0,6}一样|便宜[\d一二两三四五六七八九]")
_SECRET = re.compile(r"(?:别|不要|不能|不许).{0,6}(?:告诉|公开|泄露|外传|跟.{1,3}说|给)")
_CHANGE = frozenset(
    ["改", "改一下", "改改", "修改", "要改", "我要改", "改价", "改报价", "重新报", "2改", "2", "改"]
)
_TERMS = re.compile(
    r"\d|[一二两三四五六七八九十半]\s?[万千百十个天周月年块元]|[不包含]含?(?:税|票|官费|审计|差旅|运费)|开票"
)


def parse_group_talk(heard: Heard) -> BidTalk | None:
    """Any group talk with a number, or a quotation of one of our lines."""
    inbound = heard.inbound
    said = heard.reading.normal
    if re.search(r"\d", said) or inbound.quoted_text or inbound.addressed:
        return BidTalk(inbound.text)
    return BidTalk(inbound.text) if _RELATIVE.search(said) and heard.sender.is_provider else None


def parse_bid(heard: Heard) -> BidTalk | None:
    if not heard.sender.is_provider or heard.conversation.draft is not None:
        return None
    if not _LOOKS_LIKE_BID.search(heard.command):
        return None
    # Providers buy too: a sentence about a service that names no demand is a need of theirs.
    needs = not _LEADING.match(heard.command) and heard.reading.search.decision == "match"
    return None if needs and "D" not in heard.command else BidTalk(heard.inbound.text)


def parse_sure_bid(heard: Heard) -> BidTalk | None:
    """ "报价 1024 …", or a number and figures with "别告诉别人": a bid whatever else is said."""
    found = _LEADING.match(heard.command)
    if found is None or not heard.sender.is_provider:
        return None
    if heard.conversation.draft is not None and not found["head"]:
        return None
    said = heard.command[found.end() :]
    sure = found["head"] or (_SECRET.search(said) and re.search(r"\d", said))
    return BidTalk(heard.inbound.text) if sure else None


_BIDS = re.compile(r"^(报价|改价|接)\s*D?\d{3,}")


def parse_bid_of_stranger(heard: Heard) -> BidTalk | None:
    """ "报价 1024 …" from somebody who is bound to no provider."""
    if heard.sender.is_provider or not _BIDS.match(heard.command):
        return None
    return BidTalk(heard.inbound.text)


def parse_amend(heard: Heard) -> Amend | None:
    """While a bid or its withdrawal is being confirmed: new numbers, with or without 改."""
    question = heard.conversation.question
    if question is None or question.kind not in CARD_KINDS | {"withdraw_bid"}:
        return None
    words = re.sub(r"^\s*2?\s*(改价?|改成|改为)", "", heard.reading.normal).strip()
    if question.kind == "bid_terms" or _TERMS.search(words):
        return Amend(words)
    return None


_TERMS_FIRST = re.compile(r"(?:2?\s*改[成为价]?\s*)?[\d¥一二两三四五六七八九十半不含包]")


def parse_plain_amend(heard: Heard) -> Amend | None:
    """The same where the message is nothing but terms: "28000 开票"."""
    if not _TERMS_FIRST.match(heard.reading.normal):
        return None
    question = heard.conversation.question
    if question is not None and question.kind == "bid_terms" and not _TERMS.search(heard.command):
        return None
    return None if parse_withdraw_bid(heard) else parse_amend(heard)


def parse_change(heard: Heard) -> Change | None:
    """ "2" or "改" at a card: what can be changed is said, not guessed."""
    question = heard.conversation.question
    if question is None or question.kind not in CARD_KINDS | {"withdraw_bid"}:
        return None
    return Change(question.args["demand_id"]) if is_one_of(heard, *_CHANGE) else None


@answers.on(parse_change)
def tell_how_to_change(
    said: Change, sender: Sender, conversation: Conversation, uow: UnitOfWork, say: Say
) -> None:
    card = _before(said.demand_id, sender, conversation, uow)
    question = conversation.question
    if question is not None and question.kind == "withdraw_bid":
        conversation.ask("bid_terms", demand_id=said.demand_id)
    say.whisper(zh.how_to_change(f"D{said.demand_id}", card.offer if card else None))


@answers.on(parse_sure_bid)
def bid_surely(
    said: BidTalk,
    heard: Heard,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    question = conversation.question
    amending = question is not None and question.kind in CARD_KINDS | {"withdraw_bid"}
    if amending and question is not None and not _is_of_another(heard, question, uow, desk, now):
        # "报价 8000 10天" while a card lies open: no demand has that number.
        words = re.sub(rf"^{_HEAD}", "", heard.reading.normal).strip()
        _amend(words, question.args["demand_id"], sender, conversation, uow, desk, say, now)
        return
    bid_privately(said, heard, sender, conversation, uow, desk, say, now)


@answers.on(parse_plain_amend)
@router.on(parse_amend)
def amend(
    said: Amend,
    heard: Heard,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """New terms for the open card; the number of another demand is a bid of its own."""
    question = conversation.question
    assert question is not None
    if _is_of_another(heard, question, uow, desk, now):
        talk = BidTalk(heard.inbound.text)
        bid_privately(talk, heard, sender, conversation, uow, desk, say, now)
        return
    _amend(said.words, question.args["demand_id"], sender, conversation, uow, desk, say, now)


def _amend(
    words: str,
    demand_id: int,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    number = f"D{demand_id}"
    reading = _read_terms(words, number, desk, now)
    if reading.kind != "bid":
        # "含税" alone is no offer, but here it can only be a term of one.
        reading = _read_terms(f"我来做，{words}", number, desk, now)
    if reading.relative:
        conversation.ask("bid_terms", demand_id=demand_id)
        say.whisper(zh.relative(str(demand_id)))
        return
    before = _before(demand_id, sender, conversation, uow)
    card = written(demand_id, reading, before)
    if card == before:
        say.whisper(zh.how_to_change(number, card.offer))
        return
    put(conversation, [card])
    if not show(sender, conversation, uow, desk, say, now):
        say_closed(number, sender, uow, desk, say, now)


def _read_terms(words: str, number: str, desk: Desk, now: datetime) -> BidReading:
    own = re.match(rf"^D?{number[1:]}(?!\d)", words)
    text = words if own else f"{number} {words}"
    return read_bids(text, now=now.astimezone(desk.zone), open_nos=[number], quoted_no=number)[0]


@router.confirmed("bid")
def seal_bid(
    question: Question,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The provider's 1: from here on the bid binds."""
    card = kept(conversation, question.args["demand_id"])
    offer = card.offer if card is not None else None
    if card is None or offer is None:
        raise NotUnderstood
    placed = place_bid(uow, card.demand_id, sender, offer, desk, now)
    drop(conversation, card.demand_id)
    if not placed.demand.is_public:
        say(zh_naming.placed(placed.demand, desk.zone))
    elif placed.revised:
        say(zh.revised(placed.demand, offer, placed.fingerprint))
    else:
        say(zh.placed(placed.demand, placed.fingerprint, desk.zone))
    show(sender, conversation, uow, desk, say, now)


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
    open_nos = uow.demands.open_nos(sender.provider_id)
    readings = _read(said.text, heard.inbound, open_nos, desk, now)
    named = _named(heard, readings, uow)
    if named is not None and named not in open_nos:
        conversation.ask("bid_unclear")
        say_closed(named, sender, uow, desk, say, now)
        return
    if named is None and not any(reading.kind == "bid" for reading in readings):
        if (
            took_answer(heard, sender, uow, desk, say, now)
            or took_number(heard, sender, conversation, uow, desk, say, now)
            or took_contract(heard, sender, conversation, uow, say, now)
        ):
            return
        raise NotUnderstood
    _take(readings, named, sender, conversation, uow, desk, say, now)


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
    named = _named(heard, readings, uow)
    if named in open_nos and sender.is_provider:
        readings = weigh_kind(heard, readings, named, desk)
    serious = [reading for reading in readings if reading.kind in {"bid", "amend"}]
    if named is not None and named not in open_nos:
        if named in uow.demands.open_nos(sender.provider_id):
            say.whisper(zh_naming.in_private(named))  # the group must not learn of it
        elif serious or re.search(r"(还要|能做|可以做|接|报)", heard.command):
            answer_late(named, sender, uow, desk, say, now)
        return
    if named is None and len(open_nos) == 1 and _RELATIVE.search(said.text) and sender.is_provider:
        # "跟上面那家一样" can only mean the one demand that is open.
        serious, named = [BidReading("bid", open_nos[0], relative=True)], open_nos[0]
    if not serious or (named is None and not heard.inbound.addressed):
        return
    if not sender.is_provider:
        say.whisper(zh.STRANGER)
        return
    if named is not None and any(reading.unsure for reading in serious):
        say.whisper(zh.is_it_a_bid(named))
    elif named is not None:
        say(zh.group_ack("、".join(_numbers(serious) or [named])))
    _take(tuple(serious), named, sender, conversation, uow, desk, say, now)


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
    found = _LEADING.match(heard.command)
    if found is None:
        return None
    # "报价 9999 500元": behind the word, the first of two numbers is a demand's.
    sure = found["mark"] or (found["head"] and re.search(r"\d{3,}", heard.command[found.end() :]))
    if not sure and not uow.demands.exists(int(found["no"])):
        return None
    return f"D{found['no']}"


def _is_of_another(
    heard: Heard, question: Question, uow: UnitOfWork, desk: Desk, now: datetime
) -> bool:
    """Whether words said while a card is open are about another demand than the card's."""
    if heard.command != heard.reading.command or heard.inbound.text.strip() == "":
        return False
    own = f"D{question.args['demand_id']}"
    open_nos = uow.demands.open_nos(heard.sender.provider_id)
    readings = _read(heard.inbound.text, heard.inbound, open_nos, desk, now)
    named = _named(heard, readings, uow)
    if named is None or {named, *_numbers(readings)} == {own}:
        return False
    found = _LEADING.match(heard.command)
    if found is None or found["head"] or found["mark"] or len(readings) > 1:
        return True
    # "1100 8天" is a price, though some demand may have that number; "1100 500元" is not.
    behind = heard.command[found.end() :]
    priced = any(r.price_fen or r.price_ambiguous for r in readings)
    return priced or bool(re.search(r"\d{3,}|[万千百]", behind)) or not behind.strip()


def _numbers(readings: Sequence[BidReading]) -> list[str]:
    """Every demand that is named, once."""
    named = (no for r in readings for no in (r.demand_nos or (r.demand_no,)) if no)
    return list(dict.fromkeys(named))


def _take(
    readings: tuple[BidReading, ...],
    named: str | None,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Lay what was understood on cards, and show the first; it binds nobody until the 1."""
    # Whatever is answered now, a later 1 must not submit the card that lay open before.
    conversation.ask("bid_unclear")
    offers = [r for r in readings if r.kind in {"bid", "amend"}]
    bundled = next((r.demand_nos for r in offers if len(r.demand_nos) > 1), ())
    if bundled:
        say.whisper(zh.bundle(bundled))
        return
    if any(r.relative for r in offers):
        if named is not None:
            conversation.ask("bid_terms", demand_id=_id(named))
        say.whisper(zh.relative(named.removeprefix("D") if named else "1024"))
        return
    if named is None:
        say.whisper(zh.which_demand())
        return
    open_nos = uow.demands.open_nos(sender.provider_id)
    numbered = [replace(offer, demand_no=offer.demand_no or named) for offer in offers]
    cards = [
        _card(offer, sender, conversation, uow) for offer in numbered if offer.demand_no in open_nos
    ]
    if not offers and kept(conversation, _id(named)) is None:
        sealed = _sealed(_id(named), sender, uow)
        if sealed is not None:
            conversation.ask("bid_terms", demand_id=sealed.demand_id)
            say.whisper(zh.how_to_change(named, sealed.offer))
            return
    if not cards:
        cards = [kept(conversation, _id(named)) or Card(_id(named))]
    closed = [no for no in _numbers(offers) if no not in open_nos]
    if closed:
        say.whisper(zh.left_out(closed))
    put(conversation, cards)
    if not show(sender, conversation, uow, desk, say, now):
        say_closed(named, sender, uow, desk, say, now)


def _card(reading: BidReading, sender: Sender, conversation: Conversation, uow: UnitOfWork) -> Card:
    """A bid said anew keeps the sealed one's terms; an amendment those of the open card."""
    demand_id = _id(reading.demand_no or "")
    open_card = kept(conversation, demand_id)
    if reading.amends or (open_card is not None and open_card.offer is None):
        return written(demand_id, reading, _before(demand_id, sender, conversation, uow))
    return written(demand_id, reading, _sealed(demand_id, sender, uow))


def _before(
    demand_id: int, sender: Sender, conversation: Conversation, uow: UnitOfWork
) -> Card | None:
    card = kept(conversation, demand_id)
    sealed = _sealed(demand_id, sender, uow)
    return sealed if card is None or (card.is_blank and sealed is not None) else card


def _sealed(demand_id: int, sender: Sender, uow: UnitOfWork) -> Card | None:
    """The provider's bid as it is sealed now."""
    old = uow.bids.of_provider(demand_id, sender.provider_id or 0)
    return Card.of(demand_id, old.offer) if old and old.status in LIVE else None


def _id(number: str) -> int:
    return int(number.removeprefix("D"))
