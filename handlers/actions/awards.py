"""A bid is chosen: the order comes to be, and everybody who has to know hears of it."""

from dataclasses import replace
from datetime import datetime, timedelta

from handlers.actions.bids import bid_by_letter, opened_bids
from handlers.actions.consortiums import agree_splits, begin_together
from handlers.actions.contracts import draft_contract
from handlers.actions.leads import tell_providers
from handlers.actions.openings import REMINDERS_MOST
from handlers.actions.payments import fund_without_payment
from handlers.actions.pots import break_up
from handlers.desk import Desk, tell
from handlers.wording import bids as zh
from handlers.wording import demands as zh_demands
from handlers.wording import orders as zh_orders
from market.bids import Bid
from market.comparison import compare, loss_reasons
from market.demands import Demand, advance
from market.doors import Priority
from market.errors import OfferChanged
from market.modes import DemandStep
from market.orders import Order, OrderStatus
from storage.unit_of_work import UnitOfWork

REMIND_BEFORE_PAYMENT = timedelta(hours=24)


def award_bid(
    uow: UnitOfWork,
    demand_id: int,
    buyer_id: int,
    letter: str,
    desk: Desk,
    now: datetime,
    *,
    seen_version: int | None = None,
) -> Order:
    """Choose a bid: the order comes to be, the others are told why they lost.

    Raises:
        OfferChanged: the bid is no longer the version that the buyer saw.
    """
    demand = uow.demands.lock_for_buyer(demand_id, buyer_id)
    bid = bid_by_letter(uow, demand, letter)
    demand = replace(demand, status=advance(demand, DemandStep.AWARD))
    if seen_version is not None and bid.version != seen_version:
        raise OfferChanged(demand.no, letter, price_fen=bid.offer.price_fen)
    others = [other for other in opened_bids(uow, demand) if other.id != bid.id]
    uow.demands.save(demand)
    uow.bids.settle(demand.id, bid.id)
    uow.negotiations.end_all(demand.id)
    order = create_order(uow, demand, bid, desk, now)
    if not order.due_fen:
        order = fund_without_payment(uow, order, desk, now)
        break_up(uow, demand, desk, now, person_id=buyer_id)  # more was deposited than it costs
    uow.history.add(demand.no, DemandStep.AWARD, demand.status, now, person_id=buyer_id)
    clocks = ["choice_expires", *(f"choice_reminder_{index}" for index in range(REMINDERS_MOST))]
    uow.deadlines.clear(demand.id, *clocks)
    tell(
        uow,
        bid.person_id,
        zh_orders.won(order, demand, desk.zone),
        key=f"{order.no}:won",
        priority=Priority.DEADLINE,
        now=now,
    )
    _tell_losers(uow, demand, bid, others, now)
    if demand.is_public:
        tell_providers(
            uow,
            desk,
            demand,
            zh_demands.award_done(demand),
            key=f"{demand.no}:awarded",
            priority=Priority.STATUS,
            now=now,
        )
    return order


def _tell_losers(
    uow: UnitOfWork, demand: Demand, chosen: Bid, others: list[Bid], now: datetime
) -> None:
    ranked = compare([chosen, *others])
    ranks = {one.bid.id: rank for rank, one in enumerate(ranked, start=1)}
    by_bid = {one.bid.id: one for one in ranked}
    for other in others:
        tell(
            uow,
            other.person_id,
            zh.lost(
                demand,
                rank=ranks[other.id],
                of=len(ranked),
                reasons=loss_reasons(by_bid[other.id], by_bid[chosen.id]),
            ),
            key=f"{demand.no}:lost:{other.letter}",
            priority=Priority.STATUS,
            now=now,
        )


def create_order(
    uow: UnitOfWork,
    demand: Demand,
    bid: Bid,
    desk: Desk,
    now: datetime,
    *,
    prize_fen: int | None = None,
) -> Order:
    """The order for a chosen bid, its contract, the fee of this day; its time to be paid runs.

    A prize comes out of the pot altogether, of another price as much as was deposited.
    """
    price_fen = bid.offer.price_fen if prize_fen is None else prize_fen
    pot = uow.orders.lock_pot(demand.id)
    prepaid_fen = min(demand.terms.deposit_fen, price_fen) if prize_fen is None else prize_fen
    order = uow.orders.add(
        Order(
            id=0,
            demand_id=demand.id,
            bid_id=bid.id,
            buyer_id=demand.buyer_id,
            provider_id=bid.provider_id,
            provider_person_id=bid.person_id,
            title=demand.terms.title,
            price_fen=price_fen,
            status=OrderStatus.AWAITING_PAYMENT,
            created_at=now,
            pay_by=now + desk.policy.pay_within,
            contract_version=1,
            bid_version=bid.version,
            pot_id=pot.id if pot is not None else None,
            prepaid_fen=prepaid_fen,
        ).with_fee(desk.fee_for(demand.terms, price_fen))
    )
    draft_contract(uow, order, bid, demand.terms.service_code, desk, now)
    begin_together(uow, order, now)
    agree_splits(uow, demand, order, desk, now)
    uow.history.add(order.no, "create", order.status, now, person_id=demand.buyer_id)
    uow.deadlines.set("payment_expires", order.id, order.pay_by)
    if order.pay_by - REMIND_BEFORE_PAYMENT > now:
        uow.deadlines.set("payment_reminder", order.id, order.pay_by - REMIND_BEFORE_PAYMENT)
    return order
