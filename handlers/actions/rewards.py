"""Works and answers that are sent for a reward, and the buyer's choice among them."""

from dataclasses import dataclass, replace
from datetime import datetime

from handlers.actions.awards import create_order
from handlers.actions.bids import bid_by_letter, place_bid
from handlers.actions.leads import tell_providers
from handlers.actions.openings import stop_clocks
from handlers.actions.orders import CLOCKS
from handlers.actions.payments import fund_without_payment
from handlers.actions.receipts import issue
from handlers.desk import Desk, tell
from handlers.wording import demands as zh_demands
from handlers.wording import rewards as zh
from market.bids import Bid, BidStatus, Offer
from market.completion import complete
from market.demands import Demand, advance
from market.doors import Priority
from market.errors import OfferChanged, StepNotAllowed
from market.modes import DemandStep
from market.orders import Order, Step
from market.orders import advance as advance_order
from market.parties import Sender
from market.rewards import Reward
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Sent:
    """A work or answer as it stands now; `mark` proves later what it said today."""

    demand: Demand
    bid: Bid
    mark: str
    revised: bool


def send_work(
    uow: UnitOfWork, demand_id: int, sender: Sender, text: str, desk: Desk, now: datetime
) -> Sent:
    """Send a work or an answer; another one of the same firm takes its place until it is chosen.

    Raises:
        NotYourRole, NotFound, BiddingClosed, OwnDemand, BidCapReached: it is not taken.
        StepNotAllowed: the demand asks for no works, or the firm has won its prize.
    """
    demand = uow.demands.lock(demand_id)
    reward = _reward_of(demand)
    if sender.provider_id is not None and not reward.many_each:
        mine = uow.bids.of_provider(demand.id, sender.provider_id)
        if mine is not None and mine.status is BidStatus.CHOSEN:
            raise StepNotAllowed(demand.no, status="prize_won", step="send")
    offer = Offer(reward.prizes_fen[0], days=desk.policy.hand_over_days, note=text)
    placed = place_bid(uow, demand_id, sender, offer, desk, now, is_work=True)
    tell(
        uow,
        demand.buyer_id,
        zh.arrived(demand, placed.bid, revised=placed.revised),
        key=f"{demand.no}:work:{placed.bid.letter}:{placed.bid.version}",
        priority=Priority.BID,
        now=now,
    )
    return Sent(placed.demand, placed.bid, placed.fingerprint, placed.revised)


def choose_work(
    uow: UnitOfWork,
    demand_id: int,
    buyer_id: int,
    letter: str,
    desk: Desk,
    now: datetime,
    *,
    seen_version: int | None = None,
) -> Order:
    """Give the next prize: an order that is paid already, and done where nothing is handed over.

    Raises:
        NotFound: nobody has this letter.
        StepNotAllowed: nothing can be chosen, or this was chosen before.
        OfferChanged: it is no longer the version that the buyer saw.
    """
    demand = uow.demands.lock_for_buyer(demand_id, buyer_id)
    reward = _reward_of(demand)
    bid = bid_by_letter(uow, demand, letter)
    given = len(uow.orders.of_demand(demand.id))
    is_last = given + 1 == len(reward.prizes_fen)
    step = DemandStep.AWARD if is_last else DemandStep.GIVE
    demand = replace(demand, status=advance(demand, step))
    if bid.status is not BidStatus.PLACED:
        raise StepNotAllowed(demand.no, status="prize_won", step=step)
    if seen_version is not None and bid.version != seen_version:
        raise OfferChanged(demand.no, letter, price_fen=reward.prize_fen(given))
    uow.demands.save(demand)
    uow.bids.set_status(bid.id, BidStatus.CHOSEN)
    order = create_order(uow, demand, bid, desk, now, prize_fen=reward.prize_fen(given))
    order = fund_without_payment(uow, order, desk, now, begins=reward.hands_over)
    uow.history.add(
        demand.no, step, demand.status, now, person_id=buyer_id, note=f"{bid.letter} {order.no}"
    )
    if not reward.hands_over:
        order = _pay_out(uow, order, bid, buyer_id, desk, now)
    if is_last:
        _close(uow, demand, desk, now)
    return order


def _reward_of(demand: Demand) -> Reward:
    if demand.terms.reward is None:
        raise StepNotAllowed(demand.no, status=demand.status, step="send")
    return demand.terms.reward


def _pay_out(
    uow: UnitOfWork, order: Order, bid: Bid, buyer_id: int, desk: Desk, now: datetime
) -> Order:
    """What was chosen was all of the work: begun, delivered and accepted in one."""
    order = replace(order, status=advance_order(order, Step.START), started_at=now)
    uow.history.add(order.no, Step.START, order.status, now, person_id=bid.person_id)
    order = replace(
        order, status=advance_order(order, Step.DELIVER), delivered_at=now, accept_by=now
    )
    uow.history.add(order.no, Step.DELIVER, order.status, now, person_id=bid.person_id)
    uow.deliveries.add(order.id, bid.offer.note, (), now, milestone=order.milestone)
    done = complete(order, desk.policy, now)
    uow.ledger.post(done.transfers, at=now)
    uow.orders.save(done.order)
    uow.deadlines.clear(order.id, *CLOCKS)
    uow.history.add(order.no, Step.ACCEPT, done.order.status, now, person_id=buyer_id)
    receipts = issue(uow, done.transfers, order=order, desk=desk, now=now)
    tell(
        uow,
        order.provider_person_id,
        zh.earned(done, receipts.values()),
        key=f"{order.no}:payout",
        priority=Priority.MONEY,
        now=now,
    )
    return done.order


def _close(uow: UnitOfWork, demand: Demand, desk: Desk, now: datetime) -> None:
    """The last prize is given: the others hear that it is over."""
    stop_clocks(uow, demand.id)
    for bid in uow.bids.of_demand(demand.id):
        if bid.status is not BidStatus.PLACED:
            continue
        uow.bids.set_status(bid.id, BidStatus.LOST)
        tell(
            uow,
            bid.person_id,
            zh.not_chosen(demand),
            key=f"{demand.no}:lost:{bid.letter}",
            priority=Priority.STATUS,
            now=now,
        )
    tell_providers(
        uow,
        desk,
        demand,
        zh_demands.award_done(demand),
        key=f"{demand.no}:awarded",
        priority=Priority.STATUS,
        now=now,
    )
