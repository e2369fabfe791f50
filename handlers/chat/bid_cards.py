"""The cards bids are checked on: kept until they are submitted, shown one at a time in private."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.wording import bids as zh
from market.bids import LIVE, Offer
from market.demands import Demand, takes_bids
from market.money import yuan
from market.parties import Sender
from matching import BidReading, add_workdays
from storage.unit_of_work import UnitOfWork

MOST = 5  # cards kept for one person
NOTE_MOST = 200
CARD_KINDS = frozenset({"bid", "bid_price", "bid_terms"})

_APPROXIMATE = re.compile(r"左右|上下|大概|大约|差不多|出头|的样子|^约|^估计")
_LENGTH = re.compile(r"[天日周月年]|礼拜|星期")


@dataclass(frozen=True, slots=True)
class Card:
    """What a provider said about one demand so far; `prices` are those it may mean."""

    demand_id: int
    price_fen: int | None = None
    prices: tuple[int, ...] = ()
    days: int | None = None
    workdays: int | None = None
    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    tax: str = ""
    note: str = ""

    @property
    def offer(self) -> Offer | None:
        if self.price_fen is None or self.price_fen <= 0:
            return None
        return Offer(
            price_fen=self.price_fen,
            days=self.days,
            workdays=self.workdays,
            included=self.included,
            excluded=self.excluded,
            tax=self.tax,
            note=self.note,
        )

    @property
    def is_blank(self) -> bool:
        return self == Card(self.demand_id)

    @classmethod
    def of(cls, demand_id: int, offer: Offer) -> "Card":
        return cls(
            demand_id=demand_id,
            price_fen=offer.price_fen,
            days=offer.days,
            workdays=offer.workdays,
            included=offer.included,
            excluded=offer.excluded,
            tax=offer.tax,
            note=offer.note,
        )


def written(demand_id: int, reading: BidReading, before: Card | None) -> Card:
    """The card as read; what an amendment leaves out stays as it was."""
    before = before or Card(demand_id)
    price, prices = before.price_fen, before.prices
    if reading.price_max_fen is not None and reading.price_fen is not None:
        price, prices = None, (reading.price_fen, reading.price_max_fen)
    elif reading.price_ambiguous:
        price, prices = None, reading.price_ambiguous[:3]
    elif reading.price_fen:
        price, prices = reading.price_fen, ()
    timed = reading.duration_days is not None or reading.duration_workdays is not None
    return Card(
        demand_id=demand_id,
        price_fen=price,
        prices=prices,
        days=reading.duration_days if timed else before.days,
        workdays=reading.duration_workdays if timed else before.workdays,
        included=_items(reading.included, before.included, reading.excluded),
        excluded=_items(reading.excluded, before.excluded, reading.included),
        tax=reading.tax or before.tax,
        note=_note(reading, before.note, timed=timed),
    )


def _items(
    said: tuple[str, ...], before: tuple[str, ...], other: tuple[str, ...]
) -> tuple[str, ...]:
    """The items said, else those of before that are not on the other side now."""
    return tuple(said) or tuple(item for item in before if item not in other)


def _note(reading: BidReading, before: str, *, timed: bool) -> str:
    """What is said beside the numbers; an old "左右" goes when its number is said anew."""
    priced = bool(reading.price_fen or reading.price_ambiguous)
    kept = [
        clause
        for clause in before.split("；")
        if not (_APPROXIMATE.search(clause) and (timed if _LENGTH.search(clause) else priced))
    ]
    new = [part for part in (reading.note, *reading.item_costs, *reading.approx) if part]
    if reading.note or reading.item_costs:
        kept = [clause for clause in kept if _APPROXIMATE.search(clause)]
    return "；".join(dict.fromkeys(part for part in (*new, *kept) if part))[:NOTE_MOST]


def kept(conversation: Conversation, demand_id: int) -> Card | None:
    """The card of this demand that is not submitted yet."""
    return next((c for c in _cards(conversation) if c.demand_id == demand_id), None)


def put(conversation: Conversation, cards: Iterable[Card]) -> None:
    """Lay these cards on top; what was not submitted before stays below them."""
    new = tuple(cards)
    ids = {card.demand_id for card in new}
    old = (c for c in _cards(conversation) if c.demand_id not in ids and not c.is_blank)
    _keep(conversation, (*new, *old))


def drop(conversation: Conversation, demand_id: int) -> None:
    """Put a card away: it was submitted, or given up."""
    _keep(conversation, (c for c in _cards(conversation) if c.demand_id != demand_id))


def show(
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> bool:
    """Echo the topmost card in private and ask what it needs; False if there is none."""
    cards = _cards(conversation)
    # A demand may have closed while its card lay here.
    alive = [c for c in cards if takes_bids(uow.demands.find(c.demand_id), now)]
    _keep(conversation, alive)
    if not alive:
        return False
    card, waiting = alive[0], [f"D{c.demand_id}" for c in alive[1:]]
    demand = uow.demands.find(card.demand_id)
    text, choices = _asked(card, demand, sender, conversation, uow, desk, now)
    say.whisper(f"{text}\n{zh.one_at_a_time(waiting)}" if waiting else text, *choices)
    return True


def _asked(
    card: Card,
    demand: Demand,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    now: datetime,
) -> tuple[str, tuple[Choice, ...]]:
    offer = card.offer
    if len(card.prices) > 1:
        choices = tuple(Choice(yuan(price), f"{_plain(price)}元") for price in card.prices)
        conversation.ask("bid_price", *choices, demand_id=demand.id)
        return zh.which_price(demand.no, card.prices), choices
    if offer is None:
        conversation.ask("bid_terms", demand_id=demand.id)
        return zh.price_missing(demand.no), ()
    choices = conversation.ask(
        "bid",
        Choice("提交", "确认"),
        Choice("改", "改一下"),
        confirms=True,
        demand_id=demand.id,
    )
    old = uow.bids.of_provider(demand.id, sender.provider_id or 0)
    old_price = old.offer.price_fen if old and old.status in LIVE else None
    fee = desk.fee_for(demand.terms, offer.price_fen)
    text = zh.echo(demand, offer, _due(offer, desk, now), old_price, fee)
    return f"{text}1 提交　2 改", choices


def _plain(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}" if fen % 100 else f"{fen // 100}"


def _due(offer: Offer, desk: Desk, now: datetime) -> date | None:
    today = now.astimezone(desk.zone).date()
    if offer.workdays:
        return add_workdays(today, offer.workdays)
    return today + timedelta(days=offer.days) if offer.days else None


def _cards(conversation: Conversation) -> tuple[Card, ...]:
    return tuple(_card(raw) for raw in conversation.cards)


def _card(raw: dict[str, Any]) -> Card:
    lists = {name: tuple(raw[name]) for name in ("prices", "included", "excluded")}
    return Card(**{**raw, **lists})


def _keep(conversation: Conversation, cards: Iterable[Card]) -> None:
    conversation.cards = tuple(asdict(card) for card in cards)[:MOST]
