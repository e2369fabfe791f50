"""Bids on a demand that was changed: they wait until their providers confirm them."""

from datetime import datetime

from handlers.actions.consortiums import end_joint
from handlers.conversation import Conversation
from handlers.desk import Desk, tell
from handlers.message import Choice
from handlers.wording import suspensions as zh
from handlers.wording.negotiations import say_one_of
from market.bids import LIVE, Bid, BidStatus
from market.demands import Demand, Terms, extend, times_after_a_change
from market.doors import Priority
from market.errors import NotFound, NotYourRole
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

DEADLINE = "bids_unconfirmed"
_LOOKED_AT = 20


def suspend_bids(
    uow: UnitOfWork, demand: Demand, old: Terms, desk: Desk, now: datetime
) -> Demand | None:
    """Ask every bidder of an open demand anew; the demand with its later end, None without bids.

    Bids that wait already are asked again, for what they would confirm has changed.
    """
    live = live_bids(uow, demand)
    if not live:
        return None
    confirm_by, closes_at = times_after_a_change(demand, now.astimezone(desk.zone))
    demand = extend(demand, until=closes_at.astimezone(now.tzinfo))
    uow.demands.save(demand)
    uow.deadlines.set("demand_closes", demand.id, closes_at)
    uow.deadlines.set(DEADLINE, demand.id, confirm_by)
    for bid in live:
        uow.bids.set_status(bid.id, BidStatus.SUSPENDED)
        _record(uow, demand, bid, "suspend", BidStatus.SUSPENDED, now)
        choices = answers_to(demand)
        text = zh.suspended(demand, old, confirm_by, closes_at, desk.zone)
        if Conversation.from_json(uow.conversations.latest_state(bid.person_id)).question:
            # Numbers would answer what was asked before.
            text = f"{text}\n{say_one_of([choice.say for choice in choices])}"
            choices = ()
        tell(
            uow,
            bid.person_id,
            text,
            *choices,
            key=f"{demand.no}:changed:{demand.version}:{bid.letter}",
            priority=Priority.DEADLINE,
            now=now,
            useless_after=confirm_by,
        )
    return demand


def answers_to(demand: Demand) -> tuple[Choice, ...]:
    """What the provider of a suspended bid can say, in the order of the numbers."""
    return (
        Choice("照旧", f"照旧 {demand.no}"),
        Choice("改价", f"改价 {demand.no}"),
        Choice("撤标", f"撤标 {demand.no}"),
    )


def suspended_bids(uow: UnitOfWork, provider_id: int) -> list[Bid]:
    """Of the provider's latest bids, those that wait to be confirmed, newest first."""
    latest = uow.bids.of_provider_latest(provider_id, _LOOKED_AT)
    return [bid for bid in latest if bid.status is BidStatus.SUSPENDED]


def confirm_bid(
    uow: UnitOfWork, demand_id: int, sender: Sender, now: datetime
) -> tuple[Demand, Bid]:
    """The provider's offer holds for the changed demand too; saying it again changes nothing.

    Raises:
        NotFound: no such demand, or no bid of this provider that could hold.
    """
    if sender.provider_id is None:
        raise NotYourRole("provider")
    demand = uow.demands.lock(demand_id)
    bid = uow.bids.of_provider(demand.id, sender.provider_id)
    if bid is None or bid.status not in LIVE:
        raise NotFound(demand.no)
    if bid.status is BidStatus.SUSPENDED:
        uow.bids.set_status(bid.id, BidStatus.PLACED)
        _record(uow, demand, bid, "confirm", BidStatus.PLACED, now, person_id=sender.id)
    return demand, bid


def lapse_bids(uow: UnitOfWork, demand_id: int, desk: Desk, now: datetime) -> None:
    """Who has not confirmed in time, or before the buyer opened the others, is out."""
    demand = uow.demands.lock(demand_id)
    uow.deadlines.clear(demand.id, DEADLINE)
    for bid in live_bids(uow, demand):
        if bid.status is not BidStatus.SUSPENDED:
            continue
        uow.bids.set_status(bid.id, BidStatus.LAPSED)
        end_joint(uow, demand, bid, now)
        _record(uow, demand, bid, "lapse", BidStatus.LAPSED, now)
        tell(
            uow,
            bid.person_id,
            zh.lapsed(demand, now, desk.zone),
            key=f"{demand.no}:lapsed:{demand.version}:{bid.letter}",
            priority=Priority.BID,
            now=now,
        )


def unconfirmed(uow: UnitOfWork, demand: Demand) -> int:
    """How many bids wait for their providers."""
    return uow.bids.count_live(demand.id) - uow.bids.count_placed(demand.id)


def live_bids(uow: UnitOfWork, demand: Demand) -> list[Bid]:
    """Those placed and those that wait to be confirmed."""
    return [bid for bid in uow.bids.of_demand(demand.id) if bid.status in LIVE]


def _record(
    uow: UnitOfWork,
    demand: Demand,
    bid: Bid,
    step: str,
    status: BidStatus,
    now: datetime,
    *,
    person_id: int | None = None,
) -> None:
    uow.history.add(f"{demand.no}/{bid.letter}", step, status, now, person_id=person_id)
