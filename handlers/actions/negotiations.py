"""What buyer, provider and the clock can do while they haggle over an opened bid.

The demand's lock makes them take turns: whoever comes second meets what the first one left.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from handlers.actions.bids import bid_by_letter
from handlers.conversation import Conversation
from handlers.desk import Desk, tell
from handlers.message import Choice
from handlers.wording import negotiations as zh
from market.bids import GONE, Bid, fingerprint
from market.demands import Demand
from market.doors import Priority
from market.errors import MoveNotAllowed, NotFound, NotYourRole, StepNotAllowed, WantsWork
from market.modes import DemandStatus
from market.negotiations import (
    LIVE,
    Move,
    Negotiation,
    NegotiationStatus,
    Side,
    advance,
    agreed_offer,
    ask,
    check_may_ask,
    counter,
    rounds_left,
)
from market.parties import Sender
from matching import add_workdays
from storage.unit_of_work import UnitOfWork

ANSWER_HOUR = 18  # of the next working day
QUESTION = "counter"  # the buyer's open question while an answer is awaited


@dataclass(frozen=True, slots=True)
class Round:
    """Where the haggling over a bid stands now."""

    demand: Demand
    bid: Bid
    negotiation: Negotiation
    rounds_left: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A bid with its newest fingerprint, at the price both agreed to."""

    demand: Demand
    bid: Bid
    fingerprint: str


def check_counter(uow: UnitOfWork, demand: Demand, letter: str, desk: Desk) -> int:
    """How many rounds are left for a bid that a price may be named for now.

    Raises:
        BidsSealed, NotFound, StepNotAllowed, MoveNotAllowed, CounterLimitReached.
    """
    bid = bid_by_letter(uow, demand, letter)
    _check_opened(demand)
    latest = uow.negotiations.latest(bid.id)
    check_may_ask(bid, latest, desk.policy)
    return rounds_left(latest, desk.policy)


def ask_price(
    uow: UnitOfWork,
    demand_id: int,
    buyer_id: int,
    letter: str,
    price_fen: int,
    desk: Desk,
    now: datetime,
) -> Round:
    """The buyer names a price: a new round, which the provider is told of.

    Raises:
        NotFound, BidsSealed, StepNotAllowed: there is no such opened bid.
        MoveNotAllowed, CounterLimitReached, CounterPriceRefused: not this price, or not now.
    """
    demand, bid = _opened_bid(uow, demand_id, buyer_id, letter)
    latest = uow.negotiations.latest(bid.id)
    begun = ask(
        bid,
        latest,
        price_fen=price_fen,
        answer_by=_answer_by(demand, desk, now),
        policy=desk.policy,
        now=now,
    )
    if latest is not None and latest.status is NegotiationStatus.ANSWERED:
        _save(uow, demand, bid, advance(latest, bid, Side.BUYER, Move.ASK), buyer_id, now)
    begun = uow.negotiations.add(begun)
    _record(uow, demand, bid, begun, buyer_id, now)
    uow.deadlines.set("counter_expires", begun.id, begun.answer_by)
    tell(
        uow,
        bid.person_id,
        zh.asked(demand, bid, begun, desk.policy.counter_rounds, desk.zone),
        key=_key(demand, bid, begun, "asked"),
        priority=Priority.DEADLINE,
        now=now,
    )
    return Round(demand, bid, begun, rounds_left(begun, desk.policy))


def agree_to_price(
    uow: UnitOfWork, demand_id: int, sender: Sender, desk: Desk, now: datetime
) -> Settled:
    """The provider agrees to the buyer's price; the bid is revised at once."""
    demand, bid, asked = _asked(uow, demand_id, sender)
    agreed = advance(asked, bid, Side.PROVIDER, Move.ACCEPT)
    agreed = replace(agreed, answered_by=sender.id)
    _save(uow, demand, bid, agreed, sender.id, now)
    settled = _settle(uow, demand, bid, agreed, sender.id, desk, now)
    _tell_buyer(uow, demand, settled.bid, agreed, zh.agreed(settled.bid), 0, now)
    return settled


def counter_price(
    uow: UnitOfWork,
    demand_id: int,
    sender: Sender,
    *,
    price_fen: int,
    note: str,
    desk: Desk,
    now: datetime,
) -> Round:
    """The provider names another price; the buyer takes it, asks again, or lets it be."""
    demand, bid, asked = _asked(uow, demand_id, sender)
    answered = counter(asked, bid, price_fen=price_fen, note=note, person_id=sender.id)
    _save(uow, demand, bid, answered, sender.id, now)
    left = rounds_left(answered, desk.policy)
    text = zh.answered(demand, bid, answered, desk.zone)
    _tell_buyer(uow, demand, bid, answered, text, left, now)
    return Round(demand, bid, answered, left)


def refuse_price(
    uow: UnitOfWork, demand_id: int, sender: Sender, desk: Desk, now: datetime
) -> Round:
    """The provider keeps to the bid."""
    demand, bid, asked = _asked(uow, demand_id, sender)
    refused = replace(
        advance(asked, bid, Side.PROVIDER, Move.REFUSE),
        answered_by=sender.id,
    )
    _save(uow, demand, bid, refused, sender.id, now)
    left = rounds_left(refused, desk.policy)
    tell(
        uow,
        demand.buyer_id,
        zh.refused(demand, bid, left),
        key=_key(demand, bid, refused, "answer"),
        priority=Priority.DEADLINE,
        now=now,
    )
    return Round(demand, bid, refused, left)


def is_answered(uow: UnitOfWork, bid: Bid) -> bool:
    """Whether the provider's other price lies before the buyer."""
    latest = uow.negotiations.latest(bid.id)
    return latest is not None and latest.status is NegotiationStatus.ANSWERED


def is_agreed(uow: UnitOfWork, bid: Bid) -> bool:
    """Whether the bid's price was settled after the opening."""
    latest = uow.negotiations.latest(bid.id)
    return latest is not None and latest.status is NegotiationStatus.AGREED


def accept_counter(
    uow: UnitOfWork, demand_id: int, buyer_id: int, letter: str, desk: Desk, now: datetime
) -> Settled:
    """The buyer takes the provider's price: a new version of the bid.

    What was agreed before is simply told again.
    """
    demand, bid = _opened_bid(uow, demand_id, buyer_id, letter)
    latest = uow.negotiations.latest(bid.id)
    if latest is not None and latest.status is NegotiationStatus.AGREED:
        return Settled(demand, bid, _mark(demand, bid))
    if latest is None:
        raise MoveNotAllowed(demand.no, letter, status="", side=Side.BUYER, move=Move.ACCEPT)
    agreed = advance(latest, bid, Side.BUYER, Move.ACCEPT)
    _save(uow, demand, bid, agreed, buyer_id, now)
    assert agreed.answered_by is not None, "the price that is accepted was named by somebody"
    settled = _settle(uow, demand, bid, agreed, agreed.answered_by, desk, now)
    tell(
        uow,
        settled.bid.person_id,
        zh.accepted(demand, settled.bid, settled.fingerprint),
        key=_key(demand, bid, agreed, "accepted"),
        priority=Priority.DEADLINE,
        now=now,
    )
    return settled


def drop_counter(
    uow: UnitOfWork, demand_id: int, buyer_id: int, letter: str, now: datetime
) -> Demand:
    """The buyer leaves it; the bid stays. Where nothing is pending, nothing happens."""
    demand, bid = _opened_bid(uow, demand_id, buyer_id, letter)
    latest = uow.negotiations.latest(bid.id)
    if latest is None or latest.status not in LIVE:
        return demand
    dropped = advance(latest, bid, Side.BUYER, Move.DROP)
    _save(uow, demand, bid, dropped, buyer_id, now)
    tell(
        uow,
        bid.person_id,
        zh.dropped(demand, bid),
        key=_key(demand, bid, dropped, "dropped"),
        priority=Priority.STATUS,
        now=now,
    )
    return demand


def lapse_counter(uow: UnitOfWork, negotiation_id: int, desk: Desk, now: datetime) -> None:
    """No answer in time: the round is over, the bid stays, both are told."""
    bid = uow.bids.find(uow.negotiations.find(negotiation_id).bid_id)
    demand = uow.demands.lock(bid.demand_id)
    negotiation = uow.negotiations.find(negotiation_id)
    if negotiation.status is not NegotiationStatus.ASKED:
        return
    lapsed = advance(negotiation, bid, Side.MARKET, Move.LAPSE)
    _save(uow, demand, bid, lapsed, None, now)
    left = rounds_left(lapsed, desk.policy)
    for person_id, text in (
        (bid.person_id, zh.lapsed_provider(demand, bid)),
        (demand.buyer_id, zh.lapsed_buyer(demand, bid, left)),
    ):
        tell(
            uow,
            person_id,
            text,
            key=f"{_key(demand, bid, lapsed, 'lapsed')}:p{person_id}",
            priority=Priority.DEADLINE,
            now=now,
        )


def answer_choices(demand: Demand, bid: Bid, rounds_left: int) -> tuple[Choice, ...]:
    """What the buyer can say to an answer: the numbers of the question that awaits it."""
    again = Choice(zh.AGAIN, f"议价 {bid.letter} {demand.no}")
    return (
        Choice(zh.ACCEPT, f"接受还价 {bid.letter} {demand.no}"),
        *((again,) if rounds_left > 0 else ()),
        Choice(zh.DROP, f"不议了 {bid.letter} {demand.no}"),
    )


def _tell_buyer(
    uow: UnitOfWork,
    demand: Demand,
    bid: Bid,
    negotiation: Negotiation,
    text: str,
    left: int,
    now: datetime,
) -> None:
    """Numbers only if the buyer's open question is this one: else 1 would answer another."""
    choices = answer_choices(demand, bid, left)
    if negotiation.status is NegotiationStatus.AGREED:
        choices = choices[:1]
    question = Conversation.from_json(uow.conversations.latest_state(demand.buyer_id)).question
    awaited = (
        question is not None
        and question.kind == QUESTION
        and (question.args["demand_id"], question.args["letter"]) == (demand.id, bid.letter)
    )
    if not awaited:
        text = f"{text}\n{zh.say_one_of([choice.say for choice in choices])}"
    tell(
        uow,
        demand.buyer_id,
        text,
        *(choices if awaited else ()),
        key=_key(demand, bid, negotiation, "answer"),
        priority=Priority.DEADLINE,
        now=now,
    )


def _opened_bid(uow: UnitOfWork, demand_id: int, buyer_id: int, letter: str) -> tuple[Demand, Bid]:
    demand = uow.demands.lock_for_buyer(demand_id, buyer_id)
    bid = bid_by_letter(uow, demand, letter)
    _check_opened(demand)
    return demand, bid


def _asked(uow: UnitOfWork, demand_id: int, sender: Sender) -> tuple[Demand, Bid, Negotiation]:
    """What the buyer asked this provider, with the demand locked.

    Raises:
        NotYourRole, NotFound: no bid of this provider.
        StepNotAllowed: the demand is awarded or gone.
        MoveNotAllowed: nothing was asked.
    """
    if sender.provider_id is None:
        raise NotYourRole("provider")
    demand = uow.demands.lock(demand_id)
    bid = uow.bids.of_provider(demand.id, sender.provider_id)
    if bid is None or bid.status in GONE:
        raise NotFound(demand.no)
    _check_opened(demand)
    latest = uow.negotiations.latest(bid.id)
    if latest is None:
        raise MoveNotAllowed(
            demand.no, bid.letter, status="", side=Side.PROVIDER, move=Move.COUNTER
        )
    return demand, bid, latest


def _check_opened(demand: Demand) -> None:
    if demand.terms.reward is not None:
        raise WantsWork(demand.no)
    if demand.status is not DemandStatus.OPENED:
        raise StepNotAllowed(demand.no, status=demand.status, step="negotiate")


def _answer_by(demand: Demand, desk: Desk, now: datetime) -> datetime:
    """The end of the next working day, but not later than the choice."""
    day = add_workdays(now.astimezone(desk.zone).date(), 1)
    end = datetime(day.year, day.month, day.day, ANSWER_HOUR, tzinfo=desk.zone)
    end = end.astimezone(now.tzinfo)
    return end if demand.choose_by is None else min(end, demand.choose_by)


def _settle(
    uow: UnitOfWork,
    demand: Demand,
    bid: Bid,
    agreed: Negotiation,
    person_id: int,
    desk: Desk,
    now: datetime,
) -> Settled:
    """Revise the bid to what was agreed; the version of the opening stays as evidence."""
    bid = replace(
        bid,
        version=bid.version + 1,
        offer=agreed_offer(bid.offer, agreed),
        salt=desk.randomness.token(),
        person_id=person_id,
        placed_at=now,
    )
    mark = _mark(demand, bid)
    uow.bids.revise(bid, mark)
    return Settled(demand, bid, mark)


def _mark(demand: Demand, bid: Bid) -> str:
    return fingerprint(demand.no, bid.provider_id, bid.offer, bid.salt)


def _save(
    uow: UnitOfWork,
    demand: Demand,
    bid: Bid,
    negotiation: Negotiation,
    person_id: int | None,
    now: datetime,
) -> None:
    uow.negotiations.save(negotiation)
    _record(uow, demand, bid, negotiation, person_id, now)
    if negotiation.status is not NegotiationStatus.ASKED:
        uow.deadlines.clear(negotiation.id, "counter_expires")


def _record(
    uow: UnitOfWork,
    demand: Demand,
    bid: Bid,
    negotiation: Negotiation,
    person_id: int | None,
    now: datetime,
) -> None:
    uow.history.add(
        f"{demand.no}/{bid.letter}",
        f"negotiate:{negotiation.round}",
        negotiation.status,
        now,
        person_id=person_id,
    )


def _key(demand: Demand, bid: Bid, negotiation: Negotiation, what: str) -> str:
    return f"{demand.no}:counter:{bid.letter}:{negotiation.round}:{what}"
