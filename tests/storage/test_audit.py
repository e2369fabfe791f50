"""The audit is silent about a market that was run by its rules, and finds each thing forged."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, text

from market.bids import Bid, BidStatus, Offer, fingerprint
from market.completion import complete
from market.demands import DemandStatus, DemandStep, Terms, open_bids, publish
from market.doors import Priority
from market.ledger import POINTS_ISSUED, Transfer, points
from market.orders import Order, OrderStatus, Step, advance
from market.payments import Payment, PaymentStatus, settle
from market.policy import Policy
from storage.audit import Finding, audit
from storage.ledger_tables import ledger_accounts
from storage.providers import providers
from storage.unit_of_work import UnitOfWork
from tests.support.databases import Database

NOW = datetime(2026, 5, 6, 1, 30, tzinfo=UTC)
POLICY = Policy()
OFFERS = (Offer(3_200_000, workdays=15, included=("官费",)), Offer(2_999_900, days=30))


def _awarded(uow: UnitOfWork) -> Order:
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
    )
    order = uow.orders.add(order)
    uow.history.add(order.no, "create", order.status, NOW)
    return order


def _funded(uow: UnitOfWork, order: Order) -> Order:
    payment = uow.payments.add(
        Payment(0, order.id, "sandbox", "token", order.price_fen, PaymentStatus.WAITING, NOW)
    )
    funding = settle(order, payment, NOW)
    uow.payments.save(funding.payment)
    uow.ledger.post(funding.transfers, NOW)
    return _saved(uow, funding.order, Step.FUND)


def _delivered(uow: UnitOfWork, order: Order) -> Order:
    order = replace(order, status=advance(order, Step.START), started_at=NOW)
    order = _saved(uow, order, Step.START)
    order = replace(
        order,
        status=advance(order, Step.DELIVER),
        delivered_at=NOW,
        accept_by=NOW + POLICY.acceptance_window,
    )
    return _saved(uow, order, Step.DELIVER)


def _saved(uow: UnitOfWork, order: Order, step: Step) -> Order:
    uow.orders.save(order)
    uow.history.add(order.no, step, order.status, NOW)
    return order


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.engine.begin() as conn:
        yield conn


@pytest.fixture
def uow(conn: Connection) -> UnitOfWork:
    return UnitOfWork(conn)


@pytest.fixture
def completed(uow: UnitOfWork) -> Order:
    order = _delivered(uow, _funded(uow, _awarded(uow)))
    done = complete(order, POLICY, NOW)
    uow.ledger.post(done.transfers, NOW)
    uow.ledger.hold("W1", done.transfers[0].credit, 1_000, NOW)
    uow.outbox.push(order.buyer_id, "{}", key="O2048:payout", priority=Priority.MONEY, now=NOW)
    return _saved(uow, done.order, Step.ACCEPT)


def test_an_empty_market_is_in_order(conn: Connection) -> None:
    assert list(audit(conn)) == []


def test_every_stage_of_an_order_is_in_order(conn: Connection, uow: UnitOfWork) -> None:
    order = _awarded(uow)
    uow.deadlines.set("payment_expires", order.id, order.pay_by)
    assert list(audit(conn)) == []
    order = _funded(uow, order)
    assert list(audit(conn)) == []
    order = _delivered(uow, order)
    assert list(audit(conn)) == []
    order = _saved(uow, replace(order, status=advance(order, Step.DISPUTE)), Step.DISPUTE)
    uow.disputes.add(order.id, order.buyer_id, "未按约定", NOW)
    assert list(audit(conn)) == []


@pytest.mark.parametrize(
    ("forgery", "expected"),
    [
        (
            "UPDATE ledger_accounts SET credits = credits + 1 WHERE name = 'payable:2'",
            {("payable:2", "credits"), ("fen", "sum of all balances")},
        ),
        (
            "UPDATE ledger_accounts SET held = 0 WHERE name = 'payable:2'",
            {("payable:2", "held")},
        ),
        (
            "UPDATE orders SET status = 'in_progress'",
            {
                ("O2048", "completed_at when in_progress"),
                ("O2048", "left in escrow"),
                ("O2048", "points when in_progress"),
                ("O2048", "status after its history"),
            },
        ),
        (
            "UPDATE orders SET status = 'finished'",
            {
                ("O2048", "status"),
                ("O2048", "points when finished"),
                ("O2048", "status after its history"),
            },
        ),
        (
            "UPDATE orders SET price_fen = price_fen - 100",
            {
                ("O2048", "paid into escrow"),
                ("O2048", "points"),
                ("O2048", "settled amount"),
                ("O2048", "price"),
            },
        ),
        ("UPDATE orders SET delivered_at = NULL", {("O2048", "delivered_at when completed")}),
        ("UPDATE orders SET buyer_id = 2", {("O2048", "points given to"), ("O2048", "buyer")}),
        (
            "UPDATE payments SET status = 'void'",
            {("O2048", "settled payments"), ("O2048", "settled amount")},
        ),
        (
            "UPDATE demands SET status = 'opened'",
            {("D1024", "orders"), ("D1024", "chosen bids"), ("D1024", "status after its history")},
        ),
        ("UPDATE bids SET status = 'lost'", {("D1024", "chosen bids")}),
        ("UPDATE bids SET status = 'chosen'", {("D1024", "chosen bids")}),
        ("UPDATE bids SET letter = 'C' WHERE letter = 'B'", {("D1024/C", "letter")}),
        (
            "UPDATE bid_versions SET price_fen = 1 WHERE bid_id = 1 AND version = 1",
            {("D1024/A v1", "fingerprint")},
        ),
        (
            "DELETE FROM bid_versions WHERE bid_id = 1 AND version = 1",
            {("D1024/A", "versions")},
        ),
        (
            "DELETE FROM history WHERE status = 'delivered'",
            {("O2048", "step")},
        ),
        ("DELETE FROM history WHERE subject = 'D1024'", {("D1024", "history")}),
        ("UPDATE outbox SET status = 'sent'", {("O2048:payout", "settled_at when sent")}),
        ("UPDATE outbox SET status = 'sending'", {("O2048:payout", "lease when sending")}),
        ("UPDATE outbox SET status = 'lost'", {("O2048:payout", "status")}),
        ("UPDATE providers SET ratings = 3 WHERE id = 2", {("provider 2", "ratings")}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.usefixtures("completed")
def test_a_forgery_is_found(conn: Connection, forgery: str, expected: set[tuple[str, str]]) -> None:
    assert list(audit(conn)) == []

    conn.execute(text(forgery))

    assert {(finding.subject, finding.what) for finding in audit(conn)} == expected


def test_a_finding_says_what_should_be_and_what_is(conn: Connection, completed: Order) -> None:
    conn.execute(ledger_accounts.update().where(ledger_accounts.c.held > 0).values(held=7))

    assert list(audit(conn)) == [Finding("payable:2", "held", 1_000, 7)]


def test_points_out_of_nowhere_are_found(
    conn: Connection, uow: UnitOfWork, completed: Order
) -> None:
    gift = Transfer("O9999:points", "points", POINTS_ISSUED, points(completed.buyer_id), 5)
    uow.ledger.post([gift], NOW + timedelta(days=1))

    assert [finding.subject for finding in audit(conn)] == ["O9999:points"]


def test_what_should_end_by_itself_needs_its_deadline(conn: Connection, uow: UnitOfWork) -> None:
    order = _awarded(uow)
    assert list(audit(conn)) == [
        Finding(order.no, "deadline when awaiting_payment", "payment_expires", "nothing")
    ]
