"""A market that was run by its rules, without conversations: for audits of what it left."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import insert

from market.bids import Bid, BidStatus, Offer, fingerprint
from market.completion import complete
from market.demands import Terms, open_bids, publish
from market.ledger import Transfer
from market.modes import DemandStatus, DemandStep
from market.orders import Order, OrderStatus, Step, advance
from market.payments import Payment, PaymentStatus, settle
from market.policy import Policy
from market.receipts import Parties, Receipt, movements
from storage.providers import providers
from storage.unit_of_work import UnitOfWork

NOW = datetime(2026, 5, 6, 1, 30, tzinfo=UTC)
POLICY = Policy()
OFFERS = (Offer(3_200_000, workdays=15, included=("官费",)), Offer(2_999_900, days=30))


def awarded(uow: UnitOfWork) -> Order:
    """From a published demand with two bids, one of them revised, to an order to be paid."""
    buyer = uow.parties.add_person("小林", NOW)
    demand = uow.demands.add(buyer, Terms(title="高新认定", text="想做高新认定"), NOW)
    uow.history.add(demand.no, "submit", demand.status, NOW)
    demand = publish(demand, POLICY, NOW)
    uow.history.add(demand.no, DemandStep.APPROVE, demand.status, NOW)
    for index, offer in enumerate(OFFERS):
        provider_id = uow.conn.execute(
            insert(providers)
            .values(
                dict.fromkeys((column.name for column in providers.columns), "")
                | {"id": index + 1, "credit_code": f"{index}", "non_profit": False}
                | {"rating": None, "ratings": 0, "active": True}
            )
            .returning(providers.c.id)
        ).scalar_one()
        bid = Bid(
            id=0,
            demand_id=demand.id,
            provider_id=provider_id,
            person_id=uow.parties.add_person("王师傅", NOW),
            letter="AB"[index],
            version=1,
            offer=replace(offer, price_fen=offer.price_fen + 100),
            salt="salt",
            status=BidStatus.PLACED,
            placed_at=NOW,
        )
        bid = uow.bids.add(bid, fingerprint(demand.no, provider_id, bid.offer, "salt"))
        bid = replace(bid, offer=offer, version=2)
        uow.bids.revise(bid, fingerprint(demand.no, provider_id, offer, "salt"))
    demand = open_bids(demand, bids=2, policy=POLICY, now=NOW)
    uow.history.add(demand.no, DemandStep.OPEN_BIDS, demand.status, NOW)
    demand = replace(demand, status=DemandStatus.AWARDED)
    uow.demands.save(demand)
    uow.history.add(demand.no, DemandStep.AWARD, demand.status, NOW)
    chosen = uow.bids.of_demand(demand.id)[1]
    uow.bids.settle(demand.id, chosen.id)
    order = Order(
        id=0,
        demand_id=demand.id,
        bid_id=chosen.id,
        buyer_id=buyer,
        provider_id=chosen.provider_id,
        provider_person_id=chosen.person_id,
        title="高新认定",
        price_fen=chosen.offer.price_fen,
        status=OrderStatus.AWAITING_PAYMENT,
        created_at=NOW,
        pay_by=NOW + POLICY.pay_within,
        bid_version=chosen.version,
    )
    order = uow.orders.add(order)
    uow.history.add(order.no, "create", order.status, NOW)
    return order


def funded(uow: UnitOfWork, order: Order) -> Order:
    payment = uow.payments.add(
        Payment(0, order.id, "sandbox", "token", order.price_fen, PaymentStatus.WAITING, NOW)
    )
    funding = settle(order, payment, NOW)
    uow.payments.save(funding.payment)
    uow.ledger.post(funding.transfers, NOW)
    receipted(uow, funding.transfers, order, gateway="sandbox")
    assert isinstance(funding.order, Order)
    return saved(uow, funding.order, Step.FUND)


def delivered(uow: UnitOfWork, order: Order) -> Order:
    order = replace(order, status=advance(order, Step.START), started_at=NOW)
    order = saved(uow, order, Step.START)
    order = replace(
        order,
        status=advance(order, Step.DELIVER),
        delivered_at=NOW,
        accept_by=NOW + POLICY.acceptance_window,
    )
    return saved(uow, order, Step.DELIVER)


def saved(uow: UnitOfWork, order: Order, step: Step) -> Order:
    uow.orders.save(order)
    uow.history.add(order.no, step, order.status, NOW)
    return order


def completed(uow: UnitOfWork, order: Order) -> Order:
    """Accepted, with all that moved and its receipts."""
    done = complete(order, POLICY, NOW)
    uow.ledger.post(done.transfers, NOW)
    receipted(uow, done.transfers, order)
    return saved(uow, done.order, Step.ACCEPT)


def receipted(
    uow: UnitOfWork, transfers: Iterable[Transfer], order: Order, *, gateway: str = ""
) -> tuple[Receipt, ...]:
    parties = Parties(order.id, order.buyer_id, order.provider_id)
    uow.deadlines.set_if_absent("receipt_root", 0, NOW)
    return uow.receipts.issue(movements(transfers, parties, gateway=gateway, at=NOW))
