"""Pots: paid before there is a provider, and what becomes of the money when the demand ends."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from handlers.actions.gateways import close_code, give_back
from handlers.actions.receipts import issue
from handlers.desk import Desk, tell
from handlers.wording import pots as zh
from market.bids import Bid, BidStatus
from market.demands import Demand, advance
from market.doors import Priority
from market.ledger import escrow
from market.modes import DemandStep
from market.money import Split
from market.orders import Order, OrderStatus, Step
from market.pots import Pot, allot, kept_fen, settle_pot, shared_fen
from market.receipts import Kind, Receipt
from storage.unit_of_work import UnitOfWork

REMIND_BEFORE = timedelta(hours=24)
CLOCKS = ("payment_expires", "payment_reminder")


def open_pot(uow: UnitOfWork, demand: Demand, desk: Desk, now: datetime) -> Pot:
    """What is to be paid before the demand is published; its time to be paid runs."""
    terms, policy = demand.terms, desk.policy
    pot = uow.orders.add(
        Pot(
            id=0,
            demand_id=demand.id,
            buyer_id=demand.buyer_id,
            title=zh.title(terms),
            price_fen=terms.reward.total_fen if terms.reward else terms.deposit_fen,
            status=OrderStatus.AWAITING_PAYMENT,
            created_at=now,
            pay_by=now + desk.policy.pay_within,
            back_bp=policy.unchosen_back_bp if terms.reward else policy.deposit_back_bp,
        )
    )
    uow.history.add(pot.no, "create", pot.status, now, person_id=demand.buyer_id)
    uow.deadlines.set("payment_expires", pot.id, pot.pay_by)
    if pot.pay_by - REMIND_BEFORE > now:
        uow.deadlines.set("payment_reminder", pot.id, pot.pay_by - REMIND_BEFORE)
    return pot


def left_in(uow: UnitOfWork, pot: Pot) -> int:
    """Fen that are still in it."""
    return uow.ledger.balance(escrow(pot.no))


def draw(uow: UnitOfWork, pot: Pot, order: Order, desk: Desk, now: datetime) -> Receipt:
    """What the order has prepaid leaves the pot for the order's escrow."""
    allotted = allot(pot, order, left_fen=left_in(uow, pot), now=now)
    step = Step.SPEND if allotted.pot.completed_at else Step.ALLOT
    uow.orders.save(allotted.pot)
    uow.ledger.post(allotted.transfers, at=now)
    uow.history.add(pot.no, step, allotted.pot.status, now, note=order.no)
    return issue(uow, allotted.transfers, order=order, desk=desk, now=now)[Kind.ALLOTTED]


def leave_unpaid(
    uow: UnitOfWork, pot: Pot, step: Step, now: datetime, *, person_id: int | None = None
) -> None:
    """Nobody paid, and nobody has to any more: the demand was withdrawn, or time is over."""
    pot = replace(pot, status=pot.process.advance(pot.no, pot.status, step), completed_at=now)
    uow.orders.save(pot)
    uow.history.add(pot.no, step, pot.status, now, person_id=person_id)
    uow.deadlines.clear(pot.id, *CLOCKS)
    uow.tasks.close("payment", pot.no, now)
    close_code(uow, pot, now)


def break_up(
    uow: UnitOfWork,
    demand: Demand,
    desk: Desk,
    now: datetime,
    *,
    consoled: Sequence[Bid] = (),
    person_id: int | None = None,
    unpaid: Order | None = None,
) -> None:
    """The demand has ended, or its deal has: what is left in its pot goes by the rule.

    `unpaid` is the order whose rest was not paid, if that is why.
    Nothing happens where there is no pot, or nothing in it.
    """
    pot = uow.orders.lock_pot(demand.id)
    if pot is None or pot.status is not OrderStatus.FUNDED:
        if pot is not None and pot.status is OrderStatus.AWAITING_PAYMENT:
            leave_unpaid(uow, pot, Step.CANCEL, now, person_id=person_id)
        return
    by_provider = {bid.provider_id: bid for bid in consoled}
    ending = settle_pot(pot, left_fen=left_in(uow, pot), consoled=tuple(by_provider), now=now)
    uow.orders.save(ending.pot)
    uow.history.add(pot.no, Step.SETTLE, ending.pot.status, now, person_id=person_id)
    shares = [share.transfer for share in ending.consolations]
    uow.ledger.post([*ending.refund, *shares], at=now)
    if ending.refund_fen:
        note = zh.refund_note(ending)
        give_back(uow, ending.pot, ending.refund_fen, note=note, now=now)
    refund = issue(uow, ending.refund, order=pot, desk=desk, now=now).get(Kind.REFUND)
    tell(
        uow,
        pot.buyer_id,
        zh.broken_up(demand, ending, refund),
        key=f"{pot.no}:broken-up",
        priority=Priority.MONEY,
        now=now,
    )
    for share in ending.consolations:
        receipt = issue(
            uow, [share.transfer], order=pot, provider_id=share.provider_id, desk=desk, now=now
        )[Kind.EARNINGS]
        tell(
            uow,
            by_provider[share.provider_id].person_id,
            zh.consoled(demand, share, receipt, paid=unpaid is None),
            key=f"{pot.no}:consoled:{share.provider_id}",
            priority=Priority.MONEY,
            now=now,
        )


def expire_unpaid(uow: UnitOfWork, pot: Pot, desk: Desk, now: datetime) -> None:
    """Nobody paid in time: the demand is never published, and costs nothing."""
    leave_unpaid(uow, pot, Step.EXPIRE, now)
    demand = uow.demands.lock(pot.demand_id)
    demand = replace(demand, status=advance(demand, DemandStep.EXPIRE))
    uow.demands.save(demand)
    uow.history.add(demand.no, DemandStep.EXPIRE, demand.status, now)
    tell(
        uow,
        pot.buyer_id,
        zh.unpaid(demand),
        key=f"{pot.no}:unpaid",
        priority=Priority.DEADLINE,
        now=now,
    )


def kept_on_cancel(uow: UnitOfWork, order: Order, desk: Desk, now: datetime) -> int:
    """What of a paid order its provider keeps when the buyer cancels it now."""
    if not order.prepaid_fen:
        return 0
    pot = uow.orders.find_pot(order.demand_id)
    assert pot is not None, "what was prepaid came out of a pot"
    return kept_fen(order, pot, desk.policy, now)


def deposit_split(uow: UnitOfWork, order: Order) -> Split | None:
    """How the deposit of an order is divided if its rest is not paid; None if it has none."""
    if order.funded_at is not None or not order.prepaid_fen:
        return None
    pot = uow.orders.find_pot(order.demand_id)
    assert pot is not None, "what was prepaid lies in a pot"
    left = left_in(uow, pot)
    shared = shared_fen(pot, left)
    return Split(shared, left - shared)


def lose_deposit(uow: UnitOfWork, order: Order, desk: Desk, now: datetime) -> None:
    """The chosen provider waits in vain for the rest of the price: the deposit goes by its rule."""
    if order.pot_id is None:
        return
    demand = uow.demands.find(order.demand_id)
    chosen = [bid for bid in uow.bids.of_demand(demand.id) if bid.id == order.bid_id]
    break_up(uow, demand, desk, now, consoled=chosen, unpaid=order)


def consolable(uow: UnitOfWork, demand: Demand) -> list[Bid]:
    """Who has a share when the demand ends now: whoever sent something, if none was taken."""
    bids = uow.bids.of_demand(demand.id)
    if any(bid.status is BidStatus.CHOSEN for bid in bids) or uow.orders.of_demand(demand.id):
        return []
    return [bid for bid in bids if bid.status is BidStatus.PLACED]
