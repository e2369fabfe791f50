"""What people and the clock can do to a demand."""

from dataclasses import replace
from datetime import datetime

from handlers.actions import suspensions
from handlers.actions.bids import introductions
from handlers.actions.suspensions import lapse_bids, suspend_bids
from handlers.desk import Desk, announce, tell, tell_staff
from handlers.wording import bids as zh_bids
from handlers.wording import demands as zh
from market.bids import LIVE, BidStatus, fingerprint
from market.comparison import compare
from market.demands import (
    Demand,
    DemandStatus,
    DemandStep,
    Terms,
    advance,
    is_substantial,
    needs_review,
    open_bids,
    publish,
)
from market.doors import Priority
from storage.unit_of_work import UnitOfWork

REMINDERS_MOST = 5


def submit_demand(
    uow: UnitOfWork, buyer_id: int, terms: Terms, desk: Desk, now: datetime
) -> Demand:
    """Hand in a demand: to the staff, or straight to the providers if it is small."""
    demand = uow.demands.add(buyer_id, terms, now)
    uow.history.add(demand.no, "submit", demand.status, now, person_id=buyer_id)
    if not needs_review(terms, desk.policy):
        return approve_demand(uow, demand.id, person_id=None, desk=desk, now=now)
    uow.tasks.open("review", demand.no, now, note=terms.title, urgency=2)
    tell_staff(
        uow,
        desk,
        zh.waits_for_review(demand),
        key=f"{demand.no}:review",
        priority=Priority.STATUS,
        now=now,
    )
    return demand


def approve_demand(
    uow: UnitOfWork,
    demand_id: int,
    *,
    person_id: int | None,
    desk: Desk,
    now: datetime,
    closes_at: datetime | None = None,
    tell_buyer: bool = True,
) -> Demand:
    """Publish: one line in each provider group, without the buyer's name or contact."""
    demand = publish(uow.demands.lock(demand_id), desk.policy, now, closes_at=closes_at)
    uow.demands.save(demand)
    uow.history.add(demand.no, DemandStep.APPROVE, demand.status, now, person_id=person_id)
    uow.tasks.close("review", demand.no, now)
    assert demand.closes_at is not None
    uow.deadlines.set("demand_closes", demand.id, demand.closes_at)
    announce(
        uow,
        desk.rooms.provider,
        zh.lead(demand, desk.zone),
        key=f"{demand.no}:lead",
        priority=Priority.BID,
        now=now,
    )
    if person_id is not None and tell_buyer:
        tell(
            uow,
            demand.buyer_id,
            zh.published(demand, desk.zone),
            key=f"{demand.no}:published",
            priority=Priority.STATUS,
            now=now,
        )
    return demand


def reject_demand(
    uow: UnitOfWork, demand_id: int, *, person_id: int, reason: str, now: datetime
) -> Demand:
    demand = uow.demands.lock(demand_id)
    demand = replace(demand, status=advance(demand, DemandStep.REJECT), reason=reason)
    uow.demands.save(demand)
    uow.history.add(
        demand.no, DemandStep.REJECT, demand.status, now, person_id=person_id, note=reason
    )
    uow.tasks.close("review", demand.no, now)
    tell(
        uow,
        demand.buyer_id,
        zh.rejected(demand),
        key=f"{demand.no}:rejected",
        priority=Priority.STATUS,
        now=now,
    )
    return demand


def edit_demand(
    uow: UnitOfWork, demand_id: int, buyer_id: int, terms: Terms, desk: Desk, now: datetime
) -> Demand:
    """Change what is asked for; a change of substance suspends the bids on the old terms."""
    demand = uow.demands.lock_for_buyer(demand_id, buyer_id)
    before, old = demand, demand.terms
    demand = replace(
        demand, terms=terms, status=advance(demand, DemandStep.EDIT), version=demand.version + 1
    )
    uow.demands.save(demand)
    uow.history.add(demand.no, DemandStep.EDIT, demand.status, now, person_id=buyer_id)
    if demand.status is not DemandStatus.OPEN:
        return demand
    if is_substantial(old, terms):
        demand = suspend_bids(uow, demand, old, desk, now) or demand
    if zh.lead(demand, desk.zone) != zh.lead(before, desk.zone):
        announce(
            uow,
            desk.rooms.provider,
            zh.lead_changed(demand, desk.zone),
            key=f"{demand.no}:lead:{demand.version}",
            priority=Priority.BID,
            now=now,
        )
    return demand


def withdraw_demand(
    uow: UnitOfWork, demand_id: int, buyer_id: int, desk: Desk, now: datetime
) -> Demand:
    demand = uow.demands.lock_for_buyer(demand_id, buyer_id)
    demand = replace(demand, status=advance(demand, DemandStep.WITHDRAW))
    uow.demands.save(demand)
    uow.history.add(demand.no, DemandStep.WITHDRAW, demand.status, now, person_id=buyer_id)
    uow.tasks.close("review", demand.no, now)
    _stop_clocks(uow, demand.id)
    _tell_bidders(uow, demand, zh_bids.demand_withdrawn(demand), "withdrawn", now)
    if demand.published_at is not None:
        announce(
            uow,
            desk.rooms.provider,
            zh.closed_line(demand, "客户已撤回"),
            key=f"{demand.no}:withdrawn",
            priority=Priority.STATUS,
            now=now,
        )
    return demand


def open_demand_bids(
    uow: UnitOfWork, demand_id: int, *, buyer_id: int | None, desk: Desk, now: datetime
) -> Demand:
    """Unseal the bids: by the buyer, or by the clock when `buyer_id` is None.

    Without a bid the demand expires. The fingerprints are published, so that nobody can claim
    a price was altered afterwards.
    """
    demand = (
        uow.demands.lock(demand_id)
        if buyer_id is None
        else uow.demands.lock_for_buyer(demand_id, buyer_id)
    )
    bids = [bid for bid in uow.bids.of_demand(demand.id) if bid.status is BidStatus.PLACED]
    lapse_bids(uow, demand.id, desk, now)
    demand = open_bids(demand, bids=len(bids), policy=desk.policy, now=now)
    uow.demands.save(demand)
    uow.history.add(demand.no, DemandStep.OPEN_BIDS, demand.status, now, person_id=buyer_id)
    _stop_clocks(uow, demand.id)
    if not bids:
        _tell_nobody_bid(uow, demand, buyer_id, desk, now)
        return demand
    assert demand.choose_by is not None
    for index, before in enumerate(desk.policy.remind_before_choice):
        uow.deadlines.set(f"choice_reminder_{index}", demand.id, demand.choose_by - before)
    uow.deadlines.set("choice_expires", demand.id, demand.choose_by)
    prints = [
        (bid.letter, fingerprint(demand.no, bid.provider_id, bid.offer, bid.salt)) for bid in bids
    ]
    announce(
        uow,
        desk.rooms.provider,
        zh_bids.opened_line(demand, prints),
        key=f"{demand.no}:opened",
        priority=Priority.STATUS,
        now=now,
    )
    if buyer_id is None:
        compared = compare(bids)
        tell(
            uow,
            demand.buyer_id,
            zh_bids.comparison(demand, compared, introductions(uow, compared), desk.zone),
            key=f"{demand.no}:comparison",
            priority=Priority.DEADLINE,
            now=now,
        )
    return demand


def expire_choice(uow: UnitOfWork, demand_id: int, desk: Desk, now: datetime) -> Demand:
    """Nobody was chosen in time; the caller has made sure that the buyer was reminded."""
    demand = uow.demands.lock(demand_id)
    demand = replace(demand, status=advance(demand, DemandStep.EXPIRE))
    uow.demands.save(demand)
    uow.history.add(demand.no, DemandStep.EXPIRE, demand.status, now)
    _stop_clocks(uow, demand.id)
    tell(
        uow,
        demand.buyer_id,
        zh.choice_expired(demand),
        key=f"{demand.no}:expired",
        priority=Priority.DEADLINE,
        now=now,
    )
    _tell_bidders(uow, demand, zh_bids.nobody_chosen(demand), "expired", now)
    return demand


def _tell_nobody_bid(
    uow: UnitOfWork, demand: Demand, buyer_id: int | None, desk: Desk, now: datetime
) -> None:
    if buyer_id is None:
        tell(
            uow,
            demand.buyer_id,
            zh.nobody_bid(demand),
            key=f"{demand.no}:expired",
            priority=Priority.DEADLINE,
            now=now,
        )
    uow.tasks.open("no_bids", demand.no, now, note=demand.terms.title, urgency=3)


def _tell_bidders(uow: UnitOfWork, demand: Demand, text: str, what: str, now: datetime) -> None:
    for bid in uow.bids.of_demand(demand.id):
        if bid.status in LIVE:
            tell(
                uow,
                bid.person_id,
                text,
                key=f"{demand.no}:{what}:{bid.letter}",
                priority=Priority.STATUS,
                now=now,
            )


def _stop_clocks(uow: UnitOfWork, demand_id: int) -> None:
    uow.negotiations.end_all(demand_id)
    uow.deadlines.clear(
        demand_id,
        "demand_closes",
        "bids_digest",
        suspensions.DEADLINE,
        "choice_expires",
        *(f"choice_reminder_{index}" for index in range(REMINDERS_MOST)),
    )
