"""What people and the clock can do to a demand."""

from dataclasses import replace
from datetime import datetime

from handlers.actions.leads import tell_providers
from handlers.actions.openings import announce_demand, stop_clocks
from handlers.actions.pots import break_up, consolable, open_pot
from handlers.actions.suspensions import suspend_bids
from handlers.desk import Desk, tell, tell_staff
from handlers.wording import bids as zh_bids
from handlers.wording import demands as zh
from handlers.wording import naming as zh_naming
from handlers.wording import pots as zh_pots
from market.bids import LIVE
from market.demands import Demand, Terms, advance, is_substantial, needs_review, publish
from market.doors import Priority
from market.errors import NotFound, NotYourRole
from market.modes import DemandStatus, DemandStep
from market.parties import Sender
from storage.unit_of_work import UnitOfWork


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
    demand = uow.demands.lock(demand_id)
    if demand.needs_pot:
        demand = replace(demand, status=advance(demand, DemandStep.APPROVE))
    else:
        demand = publish(demand, desk.policy, now, closes_at=closes_at)
    uow.demands.save(demand)
    uow.history.add(demand.no, DemandStep.APPROVE, demand.status, now, person_id=person_id)
    uow.tasks.close("review", demand.no, now)
    if demand.needs_pot:
        words = zh_pots.pay_first(demand, open_pot(uow, demand, desk, now), desk.zone)
    else:
        announce_demand(uow, demand, desk, now)
        words = zh.published(demand, desk.zone)
    if person_id is not None and tell_buyer:
        tell(
            uow,
            demand.buyer_id,
            words,
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
        tell_providers(
            uow,
            desk,
            demand,
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
    stop_clocks(uow, demand.id)
    break_up(uow, demand, desk, now, consoled=consolable(uow, demand), person_id=buyer_id)
    _tell_bidders(uow, demand, zh_bids.demand_withdrawn(demand), "withdrawn", now)
    offered = uow.bids.count_live(demand.id) > 0  # who has offered was told just now
    if demand.published_at is not None and (demand.is_public or not offered):
        tell_providers(
            uow,
            desk,
            demand,
            zh.closed_line(demand, "客户已撤回"),
            key=f"{demand.no}:withdrawn",
            priority=Priority.STATUS,
            now=now,
        )
    return demand


def expire_choice(uow: UnitOfWork, demand_id: int, desk: Desk, now: datetime) -> Demand:
    """Nobody was chosen in time; the caller has made sure that the buyer was reminded."""
    demand = uow.demands.lock(demand_id)
    demand = replace(demand, status=advance(demand, DemandStep.EXPIRE))
    uow.demands.save(demand)
    uow.history.add(demand.no, DemandStep.EXPIRE, demand.status, now)
    stop_clocks(uow, demand.id)
    if demand.needs_pot:
        break_up(uow, demand, desk, now, consoled=consolable(uow, demand))
    else:
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


def decline_demand(
    uow: UnitOfWork, demand_id: int, sender: Sender, reason: str, now: datetime
) -> Demand:
    """The one provider who was asked does not take it.

    Raises:
        NotFound: no such demand, or one that asks somebody else alone.
        StepNotAllowed: it asks everybody, or is over.
    """
    if sender.provider_id is None:
        raise NotYourRole("provider")
    demand = uow.demands.lock(demand_id)
    if not demand.is_for(sender.provider_id):
        raise NotFound(demand.no)
    demand = replace(demand, status=advance(demand, DemandStep.DECLINE), reason=reason)
    uow.demands.save(demand)
    uow.history.add(
        demand.no, DemandStep.DECLINE, demand.status, now, person_id=sender.id, note=reason
    )
    stop_clocks(uow, demand.id)
    tell(
        uow,
        demand.buyer_id,
        zh_naming.declined_buyer(demand),
        key=f"{demand.no}:declined",
        priority=Priority.BID,
        now=now,
    )
    return demand
