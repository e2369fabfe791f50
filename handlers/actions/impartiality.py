"""Who may decide about a dispute: nobody with an interest in it, nobody who decided it before."""

from datetime import datetime

from market.disputes import Dispute
from market.errors import NotImpartial
from market.orders import Order
from market.panels import DEALINGS_WITHIN, Conflict, Judge, Sides, conflict_of
from storage.unit_of_work import UnitOfWork


def conflict_with(
    uow: UnitOfWork, dispute: Dispute, order: Order, judge: Judge, now: datetime
) -> Conflict | None:
    """Why this person must not decide, as far as is stored; None if nothing is known."""
    buyer = uow.panels.judge(order.buyer_id)
    sides = Sides(buyer.person_id, buyer.firm, buyer.provider_id, order.provider_id)
    firms = {order.provider_id, buyer.provider_id} - {None}
    people = {buyer.person_id}.union(*(uow.parties.member_ids(firm) for firm in firms if firm))
    deals = uow.panels.has_dealings(
        judge,
        buyer_ids=people,
        provider_ids=[firm for firm in firms if firm],
        since=now - DEALINGS_WITHIN,
    )
    seats = uow.panels.seats(dispute.id, dispute.instance)
    left = {seat.person_id for seat in seats if seat.left_at is not None}
    ruled = judges_before(uow, dispute)
    return conflict_of(judge, sides, ruled=ruled, left=left, deals=deals)


def judges_before(uow: UnitOfWork, dispute: Dispute) -> frozenset[int]:
    """Who had a part in the rulings of earlier instances."""
    found: set[int | None] = set()
    for ruling in uow.disputes.rulings_of(dispute.id):
        if ruling.instance < dispute.instance:
            seats = uow.panels.seats(dispute.id, ruling.instance)
            found |= {ruling.decided_by, ruling.agreed_by}
            found |= {seat.person_id for seat in seats if seat.has_voted}
    return frozenset(person_id for person_id in found if person_id is not None)


def check_impartial(
    uow: UnitOfWork, dispute: Dispute, order: Order, person_id: int, now: datetime
) -> None:
    """Raises NotImpartial."""
    judge = uow.panels.judge(person_id)
    found = conflict_with(uow, dispute, order, judge, now)
    if found is not None:
        raise NotImpartial(dispute.no, name=judge.name, why=found)
