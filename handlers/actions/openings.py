"""When bids become visible: to the buyer, whose choice begins, and as fingerprints to everybody."""

from collections.abc import Sequence
from datetime import datetime

from handlers.actions import suspensions
from handlers.actions.consortiums import close_joint
from handlers.actions.leads import tell_providers
from handlers.actions.pots import break_up
from handlers.actions.providers import suggestions
from handlers.actions.suspensions import lapse_bids
from handlers.desk import Desk, tell
from handlers.wording import bids as zh
from handlers.wording import demands as zh_demands
from handlers.wording import naming as zh_naming
from handlers.wording import pots as zh_pots
from handlers.wording import rewards as zh_rewards
from market.bids import Bid, BidStatus, fingerprint
from market.comparison import Comparable, compare
from market.demands import Demand, open_bids, publish
from market.doors import Priority
from market.errors import StepNotAllowed
from market.modes import DemandStep
from market.pots import Pot
from market.receipts import Receipt
from market.rewards import RewardKind
from storage.unit_of_work import UnitOfWork

REMINDERS_MOST = 5


def open_demand_bids(
    uow: UnitOfWork, demand_id: int, *, buyer_id: int | None, desk: Desk, now: datetime
) -> Demand:
    """Unseal the bids: by the buyer, or by the clock when `buyer_id` is None.

    Without a bid the demand expires. The fingerprints are published, so that nobody can claim
    a price was altered afterwards.

    Raises:
        StepNotAllowed: nothing is sealed, or the buyer would open what one provider is asked.
    """
    demand = (
        uow.demands.lock(demand_id)
        if buyer_id is None
        else uow.demands.lock_for_buyer(demand_id, buyer_id)
    )
    if buyer_id is not None and not demand.is_public:
        raise StepNotAllowed(demand.no, status=demand.status, step=DemandStep.OPEN_BIDS)
    return _open(uow, demand, buyer_id, desk, now, tells_buyer=buyer_id is None)


def show_offer(
    uow: UnitOfWork, demand: Demand, person_id: int, desk: Desk, now: datetime
) -> Demand:
    """The one provider who was asked has offered: the buyer sees it at once."""
    return _open(uow, demand, person_id, desk, now, tells_buyer=True)


def _open(
    uow: UnitOfWork,
    demand: Demand,
    person_id: int | None,
    desk: Desk,
    now: datetime,
    *,
    tells_buyer: bool,
) -> Demand:
    lapse_bids(uow, demand.id, desk, now)
    bids = [bid for bid in uow.bids.of_demand(demand.id) if bid.status is BidStatus.PLACED]
    demand = open_bids(demand, bids=len(bids), policy=desk.policy, now=now)
    uow.demands.save(demand)
    uow.history.add(demand.no, DemandStep.OPEN_BIDS, demand.status, now, person_id=person_id)
    stop_clocks(uow, demand.id)
    close_joint(uow, demand, bids, now)
    if not bids:
        if demand.needs_pot:
            break_up(uow, demand, desk, now)
        elif tells_buyer:
            _tell(uow, demand, zh_demands.nobody_bid(demand), "expired", now)
        uow.tasks.open("no_bids", demand.no, now, note=demand.terms.title, urgency=3)
        return demand
    assert demand.choose_by is not None
    for index, before in enumerate(desk.policy.remind_before_choice):
        uow.deadlines.set(f"choice_reminder_{index}", demand.id, demand.choose_by - before)
    uow.deadlines.set("choice_expires", demand.id, demand.choose_by)
    if demand.is_sealed:
        prints = [
            (bid.letter, fingerprint(demand.no, bid.provider_id, bid.offer, bid.salt))
            for bid in bids
        ]
        tell_providers(
            uow,
            desk,
            demand,
            zh.opened_line(demand, prints),
            key=f"{demand.no}:opened",
            priority=Priority.STATUS,
            now=now,
        )
    if tells_buyer:
        _tell(uow, demand, _opened(uow, demand, bids, desk), "comparison", now)
    return demand


def _opened(uow: UnitOfWork, demand: Demand, bids: Sequence[Bid], desk: Desk) -> str:
    if demand.terms.reward is not None:
        return zh_rewards.closed(demand, bids, desk.zone)
    compared = compare(bids)
    known = introductions(uow, compared)
    if demand.is_public:
        return zh.comparison(demand, compared, known, desk.zone)
    return zh_naming.offered(demand, compared[0], known, desk.zone)


def introductions(uow: UnitOfWork, compared: Sequence[Comparable]) -> dict[int, str]:
    """Provider → name and standing, for a comparison."""
    names = uow.providers.names(one.bid.provider_id for one in compared)
    joint = uow.consortiums.of_bids(one.bid.id for one in compared)
    sizes = {one.bid.provider_id: len(joint.get(one.bid.id, ())) for one in compared}
    return {
        provider_id: zh.introduction(
            name, zh_demands.standing(*uow.providers.standing(provider_id)), sizes[provider_id]
        )
        for provider_id, name in names.items()
    }


def stop_clocks(uow: UnitOfWork, demand_id: int) -> None:
    """Whatever was to happen to an open demand by itself happens no more."""
    uow.negotiations.end_all(demand_id)
    uow.deadlines.clear(
        demand_id,
        "demand_closes",
        "bids_digest",
        suspensions.DEADLINE,
        "choice_expires",
        *(f"choice_reminder_{index}" for index in range(REMINDERS_MOST)),
    )


def announce_demand(uow: UnitOfWork, demand: Demand, desk: Desk, now: datetime) -> None:
    """It is published: its time for bids runs, and providers hear of it."""
    assert demand.closes_at is not None
    uow.deadlines.set("demand_closes", demand.id, demand.closes_at)
    tell_providers(
        uow,
        desk,
        demand,
        zh_demands.lead(demand, desk.zone),
        key=f"{demand.no}:lead",
        priority=Priority.BID,
        now=now,
    )


def ask_the_best(uow: UnitOfWork, demand: Demand, desk: Desk, now: datetime) -> None:
    """A question goes to those who would know, in private, beside the groups."""
    best = suggestions(demand, uow, desk, now)
    for provider_id in uow.providers.ids_by_credit_code(one.credit_code for one in best).values():
        for person_id in uow.parties.member_ids(provider_id):
            if person_id == demand.buyer_id:
                continue
            tell(
                uow,
                person_id,
                zh_rewards.asked(demand, desk.zone),
                key=f"{demand.no}:asked:{person_id}",
                priority=Priority.BID,
                now=now,
                useless_after=demand.closes_at,
            )


def publish_paid(uow: UnitOfWork, pot: Pot, receipt: Receipt, desk: Desk, now: datetime) -> Demand:
    """The reward or deposit has arrived: now the demand goes out.

    Raises:
        StepNotAllowed: it does not wait for money.
    """
    demand = publish(uow.demands.lock(pot.demand_id), desk.policy, now)
    uow.demands.save(demand)
    uow.history.add(demand.no, DemandStep.PUBLISH, demand.status, now)
    announce_demand(uow, demand, desk, now)
    if demand.terms.reward is not None and demand.terms.reward.kind is RewardKind.QUESTION:
        ask_the_best(uow, demand, desk, now)
    tell(
        uow,
        demand.buyer_id,
        zh_pots.published(demand, receipt, desk.zone),
        key=f"{pot.no}:receipt",
        priority=Priority.MONEY,
        now=now,
    )
    return demand


def _tell(uow: UnitOfWork, demand: Demand, text: str, what: str, now: datetime) -> None:
    tell(
        uow,
        demand.buyer_id,
        text,
        key=f"{demand.no}:{what}",
        priority=Priority.DEADLINE,
        now=now,
    )
