"""What providers and buyers can do with bids."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from handlers.actions.consortiums import ask_again, end_joint
from handlers.actions.openings import show_offer
from handlers.actions.orders import due_after
from handlers.desk import Desk, tell
from handlers.wording import bids as zh
from market.bids import GONE, LIVE, Bid, BidStatus, Offer, fingerprint, letter_of
from market.comparison import all_promise
from market.consortiums import PartnerStatus
from market.demands import Demand, takes_bids
from market.doors import Priority
from market.errors import (
    BidCapReached,
    BiddingClosed,
    BidsSealed,
    NotFound,
    NotYourRole,
    OwnDemand,
    StepNotAllowed,
    WantsWork,
)
from market.modes import DemandStatus
from market.parties import Sender
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PlacedBid:
    demand: Demand
    bid: Bid
    fingerprint: str
    revised: bool


def place_bid(
    uow: UnitOfWork,
    demand_id: int,
    sender: Sender,
    offer: Offer,
    desk: Desk,
    now: datetime,
    *,
    is_work: bool = False,
) -> PlacedBid:
    """Seal a bid, or a new version of the provider's bid; who was asked alone shows it at once.

    Raises:
        NotYourRole, BiddingClosed, OwnDemand, BidCapReached: the bid is not taken.
        NotFound: no such demand, one that is not published, or that asks somebody else alone.
        WantsWork: it takes works or answers (`is_work`), no prices.
    """
    if sender.provider_id is None:
        raise NotYourRole("provider")
    demand = uow.demands.lock(demand_id)
    if not demand.is_for(sender.provider_id) or demand.published_at is None:
        raise NotFound(demand.no)
    if demand.terms.reward is not None and not is_work:
        raise WantsWork(demand.no)
    if not takes_bids(demand, now):
        raise BiddingClosed(demand.no)
    if demand.buyer_id in uow.parties.member_ids(sender.provider_id):
        raise OwnDemand(demand.no)
    if _has_joined(uow, demand, sender.provider_id):
        raise StepNotAllowed(demand.no, status="in_consortium", step="bid")
    salt = desk.randomness.token()
    mark = fingerprint(demand.no, sender.provider_id, offer, salt)
    old = uow.bids.of_provider(demand.id, sender.provider_id)
    is_live = old is not None and old.status in LIVE
    most = desk.policy.submission_cap if is_work else desk.policy.bid_cap
    if not is_live and uow.bids.count_live(demand.id) >= most:
        raise BidCapReached(demand.no, most)
    if old is not None:
        bid = replace(
            old,
            offer=offer,
            salt=salt,
            version=old.version + 1,
            status=BidStatus.PLACED,
            person_id=sender.id,
            placed_at=now,
        )
        uow.bids.revise(bid, mark)
        if old.offer.price_fen != offer.price_fen:
            ask_again(uow, demand, bid, desk, now)
    else:
        bid = Bid(
            id=0,
            demand_id=demand.id,
            provider_id=sender.provider_id,
            person_id=sender.id,
            letter=letter_of(uow.bids.count_ever(demand.id)),
            version=1,
            offer=offer,
            salt=salt,
            status=BidStatus.PLACED,
            placed_at=now,
        )
        bid = uow.bids.add(bid, mark)
    uow.history.add(f"{demand.no}/{bid.letter}", "bid", bid.status, now, person_id=sender.id)
    if demand.is_sealed:
        _tell_of_new_bid(uow, demand, desk, now, revised=old is not None)
    elif not demand.is_public:
        demand = show_offer(uow, demand, sender.id, desk, now)
    return PlacedBid(demand, bid, mark, revised=old is not None)


def _has_joined(uow: UnitOfWork, demand: Demand, provider_id: int) -> bool:
    """Whether this provider has agreed to somebody else's joint bid."""
    asking = uow.consortiums.asking(demand.id, provider_id)
    return any(partner.status is PartnerStatus.AGREED for _, partner in asking)


def _tell_of_new_bid(
    uow: UnitOfWork, demand: Demand, desk: Desk, now: datetime, *, revised: bool
) -> None:
    """The first bid is told at once, further ones together after a while."""
    if revised:
        return
    count = uow.bids.count_placed(demand.id)
    if count == 1:
        tell_of_bids(uow, demand, desk, key=f"{demand.no}:first-bid", now=now)
    else:
        uow.deadlines.set_if_absent("bids_digest", demand.id, now + desk.policy.bid_merge)


def tell_of_bids(uow: UnitOfWork, demand: Demand, desk: Desk, *, key: str, now: datetime) -> None:
    """Tell the buyer what is seen of sealed bids: how many, and what all of them promise."""
    placed = [bid for bid in uow.bids.of_demand(demand.id) if bid.status is BidStatus.PLACED]
    if not placed:
        return  # all withdrawn meanwhile
    dues = (_promised_day(bid, desk) for bid in placed)
    in_time = all_promise(dues, demand.terms.needed_by)
    tell(
        uow,
        demand.buyer_id,
        zh.received(demand, len(placed), desk.zone, in_time=in_time),
        key=key,
        priority=Priority.BID,
        now=now,
    )


def _promised_day(bid: Bid, desk: Desk) -> date | None:
    """The day the provider was shown when the bid was placed."""
    due = due_after(bid.offer, bid.placed_at, desk)
    return None if due is None else due.astimezone(desk.zone).date()


def withdraw_bid(uow: UnitOfWork, demand_id: int, sender: Sender, now: datetime) -> Demand:
    """Take a bid back, before the opening only.

    Raises:
        NotFound: no such demand, or no bid of this provider on it.
        StepNotAllowed: the bids have been opened.
    """
    if sender.provider_id is None:
        raise NotYourRole("provider")
    demand = uow.demands.lock(demand_id)
    bid = uow.bids.of_provider(demand.id, sender.provider_id)
    if bid is None or bid.status in GONE:
        raise NotFound(demand.no)
    if demand.status is not DemandStatus.OPEN:
        raise StepNotAllowed(demand.no, status=demand.status, step="withdraw_bid")
    if bid.status not in LIVE:  # a prize was given for it, and more are left for others
        raise StepNotAllowed(demand.no, status="prize_won", step="withdraw_bid")
    # Whoever leaves because the buyer changed the terms has not let anybody down.
    to = BidStatus.LAPSED if bid.status is BidStatus.SUSPENDED else BidStatus.WITHDRAWN
    uow.bids.set_status(bid.id, to)
    end_joint(uow, demand, bid, now)
    uow.history.add(f"{demand.no}/{bid.letter}", "withdraw", to, now, person_id=sender.id)
    return demand


def opened_bids(uow: UnitOfWork, demand: Demand) -> list[Bid]:
    """The bids the buyer may see.

    Raises:
        BidsSealed: before the opening.
        StepNotAllowed: the one provider who is asked has not answered.
    """
    if demand.status in {DemandStatus.IN_REVIEW, DemandStatus.UNPAID} or (
        demand.status is DemandStatus.OPEN and demand.terms.reward is None
    ):
        if not demand.is_sealed:
            raise StepNotAllowed(demand.no, status=demand.status, step="compare")
        raise BidsSealed(demand.no, uow.bids.count_placed(demand.id))
    shown = {BidStatus.PLACED, BidStatus.CHOSEN, BidStatus.LOST}
    return [bid for bid in uow.bids.of_demand(demand.id) if bid.status in shown]


def bid_by_letter(uow: UnitOfWork, demand: Demand, letter: str) -> Bid:
    """Raises BidsSealed, or NotFound for a letter nobody has."""
    for bid in opened_bids(uow, demand):
        if bid.letter == letter:
            return bid
    raise NotFound(f"{demand.no} 的报价 {letter}")
