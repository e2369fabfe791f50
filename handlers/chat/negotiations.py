"""Haggling over opened bids, and what the comparison's sums are made of."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.bids import bid_by_letter, opened_bids
from handlers.actions.negotiations import (
    QUESTION,
    accept_counter,
    agree_to_price,
    answer_choices,
    ask_price,
    check_counter,
    counter_price,
    drop_counter,
    refuse_price,
)
from handlers.chat.choosing import ask_award, show_comparison
from handlers.chat.parsing import named_demand_id
from handlers.chat.picking import pick_demand
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import bids as zh_bids
from handlers.wording import negotiations as zh
from market.bids import Bid
from market.comparison import compare
from market.demands import Demand, advance
from market.modes import DemandStep
from market.parties import Sender
from matching import mask_contacts
from storage.unit_of_work import UnitOfWork

router = Router("negotiations")
group = Router("negotiations in groups")

NOTE_MOST = 80
PRICE = "counter_price"  # the question "想说多少？"


@dataclass(frozen=True, slots=True)
class Haggle:
    """The buyer wants a lower price: `amount` as said, "" if none; `less` if it is the cut."""

    letter: str | None
    demand_id: int | None
    amount: str
    less: bool


@dataclass(frozen=True, slots=True)
class Take:
    """The buyer takes the provider's price."""

    letter: str | None
    demand_id: int | None


@dataclass(frozen=True, slots=True)
class Drop:
    letter: str | None
    demand_id: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The provider's answer: "agree", "refuse", or another price with what comes with it."""

    kind: str
    demand_id: int | None
    amount: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    letter: str | None
    demand_id: int | None


_DIGITS = "0-9一二两三四五六七八九十"
AMOUNT = (
    rf"[¥￥]?\s?(?P<amount>[{_DIGITS}][{_DIGITS}.,百千零]*\s?(?:[万千WKwk][{_DIGITS}百千零]*)?)"
    r"\s?(?:元|块钱?)?"
)
_LETTER = r"(?!D[- ]?\d{3})(?P<letter>[A-Z])(?![A-Z])\s*(?:家|那家)?(?:的|报价|标)?"
_NUMBER = r"(?:\s*D[- ]?\d{3,12})?"
_TAIL = r"\s*(?:行不行|行不|行吗|可以吗|可以不|成不成|成不|成吗|怎么样|干不干|好不好|吧|呢|左右)*"
_CUT = re.compile(r"(?:便宜|优惠|减|抹|让|[少降低]了?|[少降]掉)\s*(?:个|了)?\s*$")

_HAGGLE = re.compile(
    rf"^(?:跟|和|找|让|问问?)?(?:{_LETTER}\s*)?"
    r"(?:议价|议议价|还个?价|砍个?价|砍砍价|讲价|谈谈?价|压压?价)"
    rf"\s*(?:{_LETTER.replace('letter', 'behind')})?(?P<rest>.*)$"
)
_WISH = rf"便宜|优惠|打.{{1,3}}折|砍价|[少降低让](?:点|些|一点|到|[{_DIGITS}])"
_WILL_IT_DO = r"(?:行不行?|行吗|可以[吗不]|成不成?|成吗|怎么样|干不干)"
_CHEAPER = re.compile(
    rf"^(?:能不能|可不可以)?(?:让|叫|跟|和|问问?|找)?\s*{_LETTER}\s*"
    rf"(?P<rest>.{{0,10}}(?:{_WISH}).*|(?:说|出|给)?\s*[{_DIGITS}].*{_WILL_IT_DO})$"
)
_CHEAPER_UNNAMED = re.compile(
    r"^(?:还|再)?(?:能不能|能|可以|可不可以)?(?:再|还)?(?P<rest>便宜|优惠|少)(?:点|些|一点|一些)"
    r"(?:儿|吗|不|么|吧|嘛|呗)*$"
)
_NAMED_PRICE = re.compile(
    rf"^(?:就|那就?|最多|顶多|我?出|我?给|说)*(?P<cut>少|便宜|降|减)?\s*{AMOUNT}{_TAIL}$"
)
_TAKE = re.compile(rf"^(?:接受|同意)(?:还价|议价)\s*(?:{_LETTER})?{_NUMBER}$")
_DROP = re.compile(rf"^(?:不议价?|不谈|不讲价|不还价?)了?\s*(?:{_LETTER})?{_NUMBER}$")
_AGREE = re.compile(rf"^(?:同意|接受)(?:还价|议价|这个价){_NUMBER}$")
_REFUSE = re.compile(rf"^不(?:还价?|议价?|让价?|降价?|同意还价)了?{_NUMBER}$")
_COUNTER = re.compile(
    rf"^还价?\s*(?:D[- ]?(?P<no>\d{{3,12}})(?!\d))?\s*[:：,，]?\s*(?:{AMOUNT})?"
    r"\s*[,，、。]?\s*(?P<note>.*)$",
    re.I | re.S,
)
_WHY = re.compile(
    rf"^(?:为什么|为啥|为何|怎么算的?|怎么折算的?|折算)\s*(?:是)?\s*(?:{_LETTER})?{_NUMBER}\s*(?:贵|折算|的总价)?"
    r"(?:这么多|这么贵|呢|啊|吗)?$"
)


_DEMAND = re.compile(r"D[- ]?\d{3,12}(?!\d)")


def parse_haggle(heard: Heard) -> Haggle | None:
    """ "A能便宜点不", "议价", "议价 A", "A 3万行不行", "还价 A 30000"."""
    command = _DEMAND.sub(" ", heard.command).strip()
    number = named_demand_id(heard.command)
    if found := _HAGGLE.match(command):
        letter = found["letter"] or found["behind"]
        if letter is None and heard.sender.is_provider and not _asks_price(heard):
            return None  # a provider's answer
        return _haggle(letter, number, found["rest"])
    if heard.conversation.demand_id is None or heard.conversation.draft is not None:
        return None  # "C语言培训，便宜点" is a need
    if found := _CHEAPER.match(command):
        return _haggle(found["letter"], number, found["rest"])
    if _CHEAPER_UNNAMED.match(command):
        return Haggle(None, number, "", less=False)
    return None


def parse_named_price(heard: Heard) -> Haggle | None:
    """Any way to say an amount while we ask "想说多少？"."""
    question = heard.conversation.question
    found = _NAMED_PRICE.match(heard.command)
    if question is None or found is None or not _asks_price(heard):
        return None
    args = question.args
    return Haggle(args["letter"], args["demand_id"], found["amount"], less=bool(found["cut"]))


def parse_take(heard: Heard) -> Take | None:
    found = _TAKE.match(heard.command)
    if found is None or (found["letter"] is None and heard.sender.is_provider):
        return None
    return Take(found["letter"], named_demand_id(heard.command))


def parse_drop(heard: Heard) -> Drop | None:
    found = _DROP.match(heard.command)
    if found is None or (found["letter"] is None and heard.sender.is_provider):
        return None
    return Drop(found["letter"], named_demand_id(heard.command))


def parse_answer(heard: Heard) -> Answer | None:
    """ "同意还价 D1024", "还价 D1024 31000 多送一次修改", "不还 D1024"."""
    if not heard.sender.is_provider:
        return None
    number = named_demand_id(heard.command)
    if _AGREE.match(heard.command):
        return Answer("agree", number)
    if _REFUSE.match(heard.command):
        return Answer("refuse", number)
    found = _COUNTER.match(heard.reading.normal)
    if found is None or not (found["no"] or found["amount"]):
        return None
    return Answer("counter", number, found["amount"] or "", found["note"].strip())


def parse_why(heard: Heard) -> Why | None:
    found = _WHY.match(heard.command)
    if found is None or (heard.conversation.demand_id is None and not found["letter"]):
        return None
    return Why(found["letter"], named_demand_id(heard.command))


def _asks_price(heard: Heard) -> bool:
    question = heard.conversation.question
    return question is not None and question.kind == PRICE


def _haggle(letter: str | None, number: int | None, rest: str) -> Haggle:
    found = re.search(AMOUNT, rest)
    if found is None or re.match(r"\s*(?:折|点|些|次|家|下)", rest[found.end() :]):
        return Haggle(letter, number, "", less=False)
    return Haggle(letter, number, found["amount"], less=bool(_CUT.search(rest[: found.start()])))


@router.on(parse_why)
def explain_sum(
    said: Why, sender: Sender, conversation: Conversation, uow: UnitOfWork, say: Say
) -> None:
    """ "为什么 B": the parts of a converted total, and where they come from."""
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.AWARD)
    compared = compare(opened_bids(uow, demand))
    conversation.demand_id = demand.id
    if said.letter is None:
        say(zh_bids.why_totals(demand, compared))
        return
    bid = bid_by_letter(uow, demand, said.letter)
    say(zh_bids.why_total(demand, next(one for one in compared if one.bid.id == bid.id)))


@router.on(parse_haggle)
@router.on(parse_named_price)
def haggle(
    said: Haggle,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The buyer asks for a lower price: which bid, how much, and off it goes."""
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.AWARD)
    bids = opened_bids(uow, demand)
    advance(demand, DemandStep.AWARD)
    conversation.demand_id = demand.id
    letter = said.letter or _letter_talked_of(conversation, demand, bids)
    if letter is None:
        choices = [Choice(f"议价 {bid.letter}", f"议价 {bid.letter} {demand.no}") for bid in bids]
        say(zh.which_bid(demand), *conversation.ask("which_bid", *choices[:3]))
        return
    left = check_counter(uow, demand, letter, desk)
    bid = bid_by_letter(uow, demand, letter)
    if not said.amount:
        conversation.ask(PRICE, demand_id=demand.id, letter=letter)
        say(zh.how_much(demand, bid, left, desk.policy.counter_rounds))
        return
    amounts = _amounts(said.amount, desk, now)
    if len(amounts) != 1:
        conversation.ask(PRICE, demand_id=demand.id, letter=letter)
        say(zh.which_amount(amounts))
        return
    price_fen = bid.offer.price_fen - amounts[0] if said.less else amounts[0]
    begun = ask_price(uow, demand.id, sender.id, letter, price_fen, desk, now)
    # Not shown yet: what the numbers will mean once the provider's answer is here.
    conversation.ask(
        QUESTION,
        *answer_choices(demand, bid, begun.rounds_left),
        demand_id=demand.id,
        letter=letter,
    )
    limit = desk.policy.counter_rounds
    say(zh.relayed(demand, bid, begun.negotiation, limit, desk.zone))


@router.on(parse_take)
def take(
    said: Take,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The buyer accepts the provider's price, which leads straight to choosing it."""
    demand, letter = _negotiated(said, sender, conversation, uow)
    if letter is None:
        show_comparison(demand, conversation, uow, desk, say)
        return
    settled = accept_counter(uow, demand.id, sender.id, letter, desk, now)
    say(zh.settled(settled.bid, settled.fingerprint))
    ask_award(settled.demand, settled.bid, conversation, uow, desk, say)


@router.on(parse_drop)
def drop(
    said: Drop,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """ "算了选别家": the bid stays, the comparison comes back."""
    demand, letter = _negotiated(said, sender, conversation, uow)
    if letter is not None:
        demand = drop_counter(uow, demand.id, sender.id, letter, now)
    show_comparison(demand, conversation, uow, desk, say)


@group.on(parse_answer)
@router.on(parse_answer)
def answer(
    said: Answer, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    """The provider's move. Prices are never said in a group, so all of it is whispered."""
    asking = uow.negotiations.demands_asking(sender.provider_id or 0)
    if said.demand_id is None and len(asking) != 1:
        numbers = [f"D{demand_id}" for demand_id in asking]
        say.whisper(zh.which_asked(numbers) if numbers else zh.NOTHING_ASKED)
        return
    demand_id = said.demand_id if said.demand_id is not None else asking[0]
    match said.kind:
        case "agree":
            settled = agree_to_price(uow, demand_id, sender, desk, now)
            say.whisper(zh.agreed_provider(settled.demand, settled.bid, settled.fingerprint))
        case "refuse":
            refused = refuse_price(uow, demand_id, sender, desk, now)
            say.whisper(zh.refused_provider(refused.demand, refused.bid))
        case _:
            amounts = _amounts(said.amount, desk, now)
            if len(amounts) != 1:
                say.whisper(zh.price_missing(f"D{demand_id}"))
                return
            begun = counter_price(
                uow,
                demand_id,
                sender,
                price_fen=amounts[0],
                note=mask_contacts(said.note).text[:NOTE_MOST],
                desk=desk,
                now=now,
            )
            say.whisper(zh.countered_provider(begun.demand, begun.negotiation))


def _negotiated(
    said: Take | Drop, sender: Sender, conversation: Conversation, uow: UnitOfWork
) -> tuple[Demand, str | None]:
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.AWARD)
    bids = opened_bids(uow, demand)
    conversation.demand_id = demand.id
    return demand, said.letter or _letter_talked_of(conversation, demand, bids)


def _letter_talked_of(conversation: Conversation, demand: Demand, bids: list[Bid]) -> str | None:
    """The bid of the open question, or the only one there is."""
    question = conversation.question
    if question is not None and question.args.get("demand_id") == demand.id:
        letter = question.args.get("letter")
        if isinstance(letter, str):
            return letter
    return bids[0].letter if len(bids) == 1 else None


def _amounts(said: str, desk: Desk, now: datetime) -> tuple[int, ...]:
    """What an amount means in fen: one value, several if it is unclear, none if it is no amount."""
    if not said:
        return ()
    slots = desk.matcher.read(said, now.astimezone(desk.zone)).slots
    if slots.budget_ambiguous:
        return tuple(slots.budget_ambiguous)
    return () if slots.budget_max_fen is None else (slots.budget_max_fen,)
