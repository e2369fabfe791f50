"""一口价: providers put work on the shelf, staff look at it, buyers buy it as it is."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.actions.listings import (
    MOST,
    approve_listing,
    buy_listing,
    reject_listing,
    submit_listing,
    withdraw_listing,
)
from handlers.chat.parsing import is_one_of, only_staff, plain_fen
from handlers.chat.payments import offer_payment
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import listings as zh
from handlers.wording import orders as zh_orders
from handlers.wording.dates import lasting
from handlers.wording.demands import standing
from market.bids import Offer
from market.demands import Terms
from market.errors import NotYourRole
from market.listings import EXPRESS, ON_SITE, Listing, ListingStatus, priced
from market.parties import Sender
from matching import read_bids
from storage.unit_of_work import UnitOfWork

router = Router("listings")
staff = Router("reviewing listings")

SHOWN = 4
_SERVICES_LOOKED_AT = 3
_NO = "D1"  # the grammar of bids wants a demand to be named
_LISTS = re.compile(r"^上架(?:一口价)?\s*[:：,，]?\s*(?P<words>.*)$", re.S)
_OPTION = re.compile(
    r"(?P<name>加急|上门)(?:费|服务|采样|取样)?\s*(?:另?加收?|[+:：])?\s*(?P<sum>\d[\d,.]*)\s*元?"
)
_BUYS = re.compile(
    r"^(?:我?要|想)?(?:直接)?(?:购?买|下单)\s*L[- ]?(?P<no>\d{1,9})(?!\d)\s*(?P<rest>.*)$"
)
_OPTIONS = re.compile(r"(?:我?[要加]|再加|还要)?(?:加急|上门|[和、,，\s])+[吧的]?")
_SHELF = re.compile(
    r"^(?:看看?)?(?:一口价|直接购?买|可以直接买的?|有(?:什么|哪些)(?:可以|能)?直接买的?)\s*(?P<what>[^\dL].*)?$"
)
_OFF = re.compile(r"^下架\s*L?[- ]?(\d{1,9})$")
_REVIEWS = re.compile(
    r"^审\s*L[- ]?(?P<no>\d{1,9})\s*(?P<verdict>通过|驳回|不通过)\s*(?P<why>.*)$", re.S | re.I
)


@dataclass(frozen=True, slots=True)
class Lists:
    words: str


@dataclass(frozen=True, slots=True)
class Buys:
    listing_id: int
    express: bool
    on_site: bool

    @property
    def taken(self) -> tuple[str, ...]:
        both = ((EXPRESS, self.express), (ON_SITE, self.on_site))
        return tuple(name for name, on in both if on)


@dataclass(frozen=True, slots=True)
class Shelf:
    what: str


@dataclass(frozen=True, slots=True)
class Mine:
    pass


@dataclass(frozen=True, slots=True)
class TakeOff:
    listing_id: int


@dataclass(frozen=True, slots=True)
class Review:
    listing_id: int
    approved: bool
    reason: str


def parse_lists(heard: Heard) -> Lists | None:
    found = _LISTS.match(heard.reading.normal)
    return Lists(found["words"].strip()) if found else None


def parse_buys(heard: Heard) -> Buys | None:
    """ "买 L501 加急 上门", or an option alone while the purchase is being confirmed."""
    found = _BUYS.match(heard.command)
    if found is not None:
        return Buys(int(found["no"]), EXPRESS in found["rest"], ON_SITE in found["rest"])
    question = heard.conversation.question
    if question is None or question.kind != "buy" or not _OPTIONS.fullmatch(heard.command):
        return None
    express = question.args["express"] or EXPRESS in heard.command
    on_site = question.args["on_site"] or ON_SITE in heard.command
    return Buys(question.args["listing_id"], express, on_site)


def parse_shelf(heard: Heard) -> Shelf | None:
    found = _SHELF.match(heard.command)
    return Shelf((found["what"] or "").strip("吗呢?？ 的")) if found else None


def parse_mine(heard: Heard) -> Mine | None:
    return Mine() if is_one_of(heard, "我的上架", "我的一口价", "我的价目") else None


def parse_off(heard: Heard) -> TakeOff | None:
    found = _OFF.match(heard.command)
    return TakeOff(int(found[1])) if found else None


def parse_review(heard: Heard) -> Review | None:
    found = _REVIEWS.match(heard.reading.normal)
    if found is None:
        return None
    return Review(int(found["no"]), found["verdict"] == "通过", found["why"].strip(" ，,：:"))


# --- providers -----------------------------------------------------------------------------


@router.on(parse_lists)
def list_work(
    said: Lists,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Read back what would be sold; nothing is on the shelf before 1 and a colleague's look."""
    if sender.provider_id is None:
        raise NotYourRole("provider")
    if not said.words:
        say(zh.HOW_TO_LIST)
        return
    options = {found["name"]: plain_fen(found["sum"]) for found in _OPTION.finditer(said.words)}
    words = _OPTION.sub(" ", said.words).strip()
    offer = _offer(words, desk, now)
    if offer is None or None in options.values():
        say(zh.NO_PRICE)
        return
    code = _named_first(words, desk)
    if code is None:
        search = desk.matcher.read(words, now.astimezone(desk.zone)).search
        if search.decision == "none":
            say(zh.NOT_A_SERVICE)
            return
        if search.decision == "choose":
            likely = search.services[:_SERVICES_LOOKED_AT]
            choices = tuple(Choice(one.name, f"上架 {one.name} {said.words}") for one in likely)
            conversation.ask("which_listing", *choices)
            say(zh.which_service([one.name for one in likely]), *choices)
            return
        code = search.services[0].code
    _echo(code, offer, options, sender, conversation, desk, say, now)


def _offer(words: str, desk: Desk, now: datetime) -> Offer | None:
    read = read_bids(
        f"{_NO} 报价 {words}", now=now.astimezone(desk.zone), open_nos=[_NO], quoted_no=_NO
    )[0]
    if not read.price_fen or read.price_max_fen or read.price_ambiguous:
        return None
    return Offer(
        price_fen=read.price_fen,
        days=read.duration_days,
        workdays=read.duration_workdays,
        included=read.included,
        excluded=read.excluded,
        tax=read.tax,
    )


def _named_first(words: str, desk: Desk) -> str | None:
    """The service whose whole name the words begin with."""
    named = [s for s in desk.services.values() if words.startswith(s.name)]
    return max(named, key=lambda service: len(service.name)).code if named else None


def _echo(
    code: str,
    offer: Offer,
    options: dict[str, int | None],
    sender: Sender,
    conversation: Conversation,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    held: dict[str, Any] = {
        "code": code,
        "price_fen": offer.price_fen,
        "days": offer.days,
        "workdays": offer.workdays,
        "included": list(offer.included),
        "excluded": list(offer.excluded),
        "tax": offer.tax,
        "express_fen": options.get(EXPRESS),
        "on_site_fen": options.get(ON_SITE),
    }
    listing = _listing(held, sender, desk, now)
    fee = desk.fee_for(
        Terms(listing.title, "", service_code=code, listing_id=0), listing.offer.price_fen
    )
    say(
        zh.echo(listing.title, listing, fee),
        *conversation.ask(
            "list", Choice("上架", "确认"), Choice("改", "上架"), confirms=True, **held
        ),
    )


def _listing(held: dict[str, Any], sender: Sender, desk: Desk, now: datetime) -> Listing:
    return Listing(
        id=0,
        provider_id=sender.provider_id or 0,
        person_id=sender.id,
        service_code=held["code"],
        title=desk.service_name(held["code"]),
        offer=Offer(
            price_fen=held["price_fen"],
            days=held["days"],
            workdays=held["workdays"],
            included=tuple(held["included"]),
            excluded=tuple(held["excluded"]),
            tax=held["tax"],
        ),
        express_fen=held["express_fen"],
        on_site_fen=held["on_site_fen"],
        status=ListingStatus.IN_REVIEW,
        created_at=now,
    )


@router.confirmed("list")
def really_list(
    question: Question, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    if sender.provider_id is None:
        raise NotYourRole("provider")
    listing = _listing(question.args, sender, desk, now)
    say(zh.submitted(submit_listing(uow, listing, desk, now)))


@router.on(parse_mine)
def list_mine(said: Mine, sender: Sender, uow: UnitOfWork, say: Say) -> None:
    if sender.provider_id is None:
        raise NotYourRole("provider")
    own = uow.listings.of_provider(sender.provider_id, MOST)
    say(zh.mine(own[:SHOWN]) if own else zh.NONE_OF_MINE)


@router.on(parse_off)
def take_off(said: TakeOff, sender: Sender, uow: UnitOfWork, say: Say, now: datetime) -> None:
    say(zh.withdrawn(withdraw_listing(uow, said.listing_id, sender, now)))


# --- staff ---------------------------------------------------------------------------------


@staff.on(parse_review)
def review(said: Review, sender: Sender, uow: UnitOfWork, say: Say, now: datetime) -> None:
    only_staff(sender)
    if said.approved:
        say(zh.reviewed(approve_listing(uow, said.listing_id, sender.id, now)))
    else:
        say(zh.reviewed(reject_listing(uow, said.listing_id, sender.id, said.reason, now)))


# --- buyers --------------------------------------------------------------------------------


@router.on(parse_shelf)
def show_shelf(said: Shelf, uow: UnitOfWork, desk: Desk, say: Say, now: datetime) -> None:
    """What can be bought of a service, or of everything, the cheapest first."""
    codes: tuple[str, ...] = ()
    if said.what:
        found = desk.matcher.read(said.what, now.astimezone(desk.zone)).search
        most = {"match": 1, "choose": _SERVICES_LOOKED_AT}.get(found.decision, 0)
        codes = tuple(one.code for one in found.services[:most]) or ("",)
    lines = shelf_lines(uow, codes)
    say(zh.shelf(said.what, lines[:SHOWN], len(lines[SHOWN:])))


def shelf_lines(uow: UnitOfWork, codes: tuple[str, ...]) -> list[str]:
    found = uow.listings.listed(codes, MOST)
    names = uow.providers.names(one.provider_id for one in found)
    return [f"· {zh.line(one, names[one.provider_id])}" for one in found]


@router.on(parse_buys)
def buy(
    said: Buys,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
) -> None:
    """What it costs and what happens; 确认 counts for the sum that is shown here."""
    listing = uow.listings.find(said.listing_id)
    offer = priced(listing, express=said.express, on_site=said.on_site)
    say(
        zh.buy_question(
            listing,
            uow.providers.name(listing.provider_id),
            standing(*uow.providers.standing(listing.provider_id)),
            offer,
            said.taken,
            lasting(desk.policy.pay_within),
        ),
        *conversation.ask(
            "buy",
            Choice("确认购买", "确认"),
            confirms=True,
            listing_id=listing.id,
            express=said.express,
            on_site=said.on_site,
            seen_fen=offer.price_fen,
        ),
    )


@router.confirmed("buy")
def really_buy(
    question: Question,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    args = question.args
    order = buy_listing(
        uow,
        args["listing_id"],
        sender.id,
        desk,
        now,
        express=args["express"],
        on_site=args["on_site"],
        seen_fen=args["seen_fen"],
    )
    conversation.order_id, conversation.demand_id = order.id, order.demand_id
    name = uow.providers.name(order.provider_id)
    say(zh_orders.created(order, name, offer_payment(uow, order, conversation, desk, say, now)))
