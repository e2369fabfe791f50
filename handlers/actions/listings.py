"""What providers, staff and buyers can do with listings."""

from dataclasses import replace
from datetime import datetime

from handlers.actions.awards import create_order
from handlers.desk import Desk, tell, tell_staff
from handlers.wording import listings as zh
from handlers.wording import orders as zh_orders
from market import demands, listings
from market.bids import Bid, BidStatus, fingerprint, letter_of
from market.demands import Terms
from market.doors import Priority
from market.errors import NotFound, NotYourRole, OwnDemand, PriceChanged, StepNotAllowed
from market.listings import EXPRESS, ON_SITE, Listing, ListingStatus, ListingStep, priced
from market.modes import DemandStep
from market.orders import Order
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

MOST = 50  # listings of one provider that are looked through


def submit_listing(uow: UnitOfWork, listing: Listing, desk: Desk, now: datetime) -> Listing:
    """Hand in what a provider wants to sell; staff look at it first."""
    listing = uow.listings.add(listing)
    uow.history.add(listing.no, "submit", listing.status, now, person_id=listing.person_id)
    name = uow.providers.name(listing.provider_id)
    uow.tasks.open("listing", listing.no, now, note=zh.line(listing, name), urgency=2)
    tell_staff(
        uow,
        desk,
        zh.waits_for_review(listing, name),
        key=f"{listing.no}:review",
        priority=Priority.STATUS,
        now=now,
    )
    return listing


def approve_listing(uow: UnitOfWork, listing_id: int, staff_id: int, now: datetime) -> Listing:
    """On sale from now on; an older one of the provider for the same service makes way."""
    listing = uow.listings.lock(listing_id)
    listing = _moved(uow, listing, ListingStep.APPROVE, staff_id, now)
    for older in uow.listings.of_provider(listing.provider_id, MOST):
        same = older.service_code == listing.service_code and older.id != listing.id
        if same and older.status is ListingStatus.LISTED:
            _moved(uow, older, ListingStep.WITHDRAW, None, now)
    uow.tasks.close("listing", listing.no, now)
    _tell_provider(uow, listing, zh.approved(listing), "approved", now)
    return listing


def reject_listing(
    uow: UnitOfWork, listing_id: int, staff_id: int, reason: str, now: datetime
) -> Listing:
    listing = replace(uow.listings.lock(listing_id), reason=reason)
    listing = _moved(uow, listing, ListingStep.REJECT, staff_id, now)
    uow.tasks.close("listing", listing.no, now)
    _tell_provider(uow, listing, zh.rejected(listing), "rejected", now)
    return listing


def withdraw_listing(uow: UnitOfWork, listing_id: int, sender: Sender, now: datetime) -> Listing:
    """Off the shelf; orders that were made stay. "Absent" and "not yours" read the same."""
    listing = uow.listings.lock(listing_id)
    if sender.provider_id is None:
        raise NotYourRole("provider")
    if listing.provider_id != sender.provider_id:
        raise NotFound(listing.no)
    listing = _moved(uow, listing, ListingStep.WITHDRAW, sender.id, now)
    uow.tasks.close("listing", listing.no, now)
    return listing


def buy_listing(
    uow: UnitOfWork,
    listing_id: int,
    buyer_id: int,
    desk: Desk,
    now: datetime,
    *,
    express: bool,
    on_site: bool,
    seen_fen: int,
) -> Order:
    """The order at once: there is nothing to bid on and nobody to choose.

    Raises:
        NotFound, StepNotAllowed: no such listing, or it is not on sale.
        OwnDemand: of the buyer's own firm.
        OptionNotOffered: it has no such option.
        PriceChanged: it costs another sum than the buyer was shown.
    """
    listing = uow.listings.lock(listing_id)
    if listing.status is not ListingStatus.LISTED:
        raise StepNotAllowed(listing.no, status=listing.status, step="buy")
    if buyer_id in uow.parties.member_ids(listing.provider_id):
        raise OwnDemand(listing.no)
    offer = priced(listing, express=express, on_site=on_site)
    if offer.price_fen != seen_fen:
        raise PriceChanged(listing.no, offer.price_fen)
    options = tuple(name for name, on in ((EXPRESS, express), (ON_SITE, on_site)) if on)
    terms = Terms(
        title=listing.title,
        text=f"直接购买 {listing.no}",
        service_code=listing.service_code,
        budget_min_fen=offer.price_fen,
        budget_max_fen=offer.price_fen,
        urgent=express,
        details=options,
        named_id=listing.provider_id,
        named=uow.providers.name(listing.provider_id),
        listing_id=listing.id,
    )
    demand = uow.demands.add(buyer_id, terms, now)
    uow.history.add(demand.no, "submit", demand.status, now, person_id=buyer_id)
    status = demands.advance(demand, DemandStep.AWARD)
    demand = replace(demand, status=status, published_at=now)
    uow.demands.save(demand)
    uow.history.add(demand.no, DemandStep.AWARD, demand.status, now, person_id=buyer_id)
    salt = desk.randomness.token()
    bid = uow.bids.add(
        Bid(
            id=0,
            demand_id=demand.id,
            provider_id=listing.provider_id,
            person_id=listing.person_id,
            letter=letter_of(0),
            version=1,
            offer=offer,
            salt=salt,
            status=BidStatus.CHOSEN,
            placed_at=now,
        ),
        fingerprint(demand.no, listing.provider_id, offer, salt),
    )
    order = create_order(uow, demand, bid, desk, now)
    tell(
        uow,
        listing.person_id,
        zh_orders.won(order, demand, desk.zone),
        key=f"{order.no}:won",
        priority=Priority.DEADLINE,
        now=now,
    )
    return order


def _moved(
    uow: UnitOfWork, listing: Listing, step: ListingStep, person_id: int | None, now: datetime
) -> Listing:
    listing = replace(listing, status=listings.advance(listing, step))
    uow.listings.save(listing)
    uow.history.add(listing.no, step, listing.status, now, person_id=person_id, note=listing.reason)
    return listing


def _tell_provider(uow: UnitOfWork, listing: Listing, text: str, what: str, now: datetime) -> None:
    tell(
        uow,
        listing.person_id,
        text,
        key=f"{listing.no}:{what}",
        priority=Priority.STATUS,
        now=now,
    )
