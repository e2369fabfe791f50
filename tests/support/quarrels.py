"""Disputes by the actions that turns call, without a chat: for races and for audits."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update

from handlers.actions.awards import award_bid
from handlers.actions.bids import place_bid
from handlers.actions.demands import submit_demand
from handlers.actions.disputes import open_dispute
from handlers.actions.judging import agree_decision, propose_decision
from handlers.actions.openings import open_demand_bids
from handlers.actions.orders import deliver_order, start_order
from handlers.actions.panels import name_members, vote
from handlers.actions.payments import begin_payment, settle_payment
from handlers.desk import Desk
from market.bids import Offer
from market.demands import Terms
from market.disputes import Dispute, Track
from market.parties import Sender, StaffRole
from storage.outbox import OutboxStatus, outbox
from storage.unit_of_work import UnitOfWork

FIRM = "桂知源知识产权代理有限公司"
BACK_BP = 3_333


@dataclass(frozen=True, slots=True)
class Quarrel:
    """One dispute and everybody in it."""

    desk: Desk
    now: datetime
    order_id: int
    dispute_id: int
    buyer: Sender
    provider: Sender
    staff: tuple[int, ...]  # eight who have nothing to do with it

    def at(self, now: datetime) -> "Quarrel":
        return replace(self, now=now)


def quarrel(uow: UnitOfWork, desk: Desk, now: datetime, *, price_fen: int) -> Quarrel:
    """Delivered work about which the buyer complains."""
    buyer, person = (uow.parties.add_person(name, now) for name in ("小林", "陈工"))
    staff = tuple(uow.parties.add_person(f"同事{at}", now) for at in range(8))
    for one in staff:
        uow.parties.join_staff(one, StaffRole.EXPERT, now)
    provider = Sender(person, "陈工", provider_id=uow.providers.find(FIRM))
    assert provider.provider_id is not None
    uow.parties.join_provider(person, provider.provider_id, now)
    terms = Terms(title="高新认定", text="想做高新认定", budget_max_fen=1_000_000)
    demand = submit_demand(uow, buyer, terms, desk, now)
    place_bid(uow, demand.id, provider, Offer(price_fen, days=10), desk, now)
    open_demand_bids(uow, demand.id, buyer_id=buyer, desk=desk, now=now)
    order = award_bid(uow, demand.id, buyer, "A", desk, now)
    settle_payment(uow, begin_payment(uow, order, "sandbox", desk, now).token, desk, now)
    start_order(uow, order.id, provider.provider_id, person, desk, now)
    deliver_order(
        uow, order.id, provider.provider_id,
        person_id=person, text="好了", files=(), desk=desk, now=now,
    )  # fmt: skip
    _, dispute = open_dispute(uow, order.id, buyer, "不对", desk, now)
    return Quarrel(desk, now, order.id, dispute.id, Sender(buyer, "小林"), provider, staff)


def decide(uow: UnitOfWork, of: Quarrel, *, first: int = 0) -> Dispute:
    """A ruling by as many people as it takes, of the staff from `first` on."""
    dispute = uow.disputes.lock(of.dispute_id)
    judges = of.staff[first:]
    if dispute.track is Track.PANEL:
        panel = judges[:3]
        name_members(uow, dispute.id, panel, staff_id=judges[3], desk=of.desk, now=of.now)
        for person_id, refund_bp in zip(panel, (10_000, BACK_BP, 0), strict=True):
            vote(
                uow, dispute.id, person_id=person_id, refund_bp=refund_bp, reason="看过材料",
                desk=of.desk, now=of.now,
            )  # fmt: skip
        return uow.disputes.lock(of.dispute_id)
    propose_decision(
        uow, dispute.id, staff_id=judges[0], refund_bp=BACK_BP, reason="各担一半",
        desk=of.desk, now=of.now,
    )  # fmt: skip
    if dispute.track is Track.DOUBLE:
        agree_decision(uow, dispute.id, staff_id=judges[1], desk=of.desk, now=of.now)
    return uow.disputes.lock(of.dispute_id)


def everything_arrives(uow: UnitOfWork, now: datetime) -> None:
    """Whatever was to be told has been told."""
    uow.outbox.flush()
    uow.conn.execute(
        update(outbox)
        .where(outbox.c.status == OutboxStatus.QUEUED)
        .values(status=OutboxStatus.SENT, settled_at=now)
    )
