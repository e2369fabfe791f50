"""What people held before receipts had numbers of their own stays valid, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, Table, column, insert, inspect, update
from sqlalchemy import table as sql_table

import storage.migrations
from bot import schema
from market.completion import complete
from market.ledger import Account, Transfer, cash_at, escrow, provider_payable, refund_payable
from market.orders import Order, OrderStatus
from market.payments import Payment, PaymentStatus, settle
from market.policy import Policy
from market.receipts import GENESIS, Kind, Receipt, holds
from storage.audit import audit_receipts
from storage.bids import bids
from storage.deadlines import DeadlineRepository
from storage.demands import demands
from storage.ledger import LedgerRepository
from storage.orders import orders
from storage.parties import people
from storage.payments import payments
from storage.providers import providers
from storage.receipts import ReceiptRepository
from tests.storage.test_migrations import add
from tests.support.databases import Database, empty

NOW = datetime(2026, 5, 6, 1, 30, tzinfo=UTC)


@pytest.fixture
def old(database: Database, tmp_path: Path) -> Iterator[Database]:
    """A database as the version before receipts left it."""
    if database.kind == "postgresql":
        empty(database)
    else:
        database = Database("sqlite", f"sqlite:///{tmp_path / 'old.db'}")
    with database.engine.begin() as conn:
        command.upgrade(storage.migrations.alembic_config(conn), "0008")
    yield database
    database.close()


def an_order(conn: Connection, person: int, provider: int, price_fen: int) -> Order:
    demand = add(conn, demands, buyer_id=person)
    bid = add(conn, bids, demand_id=demand, provider_id=provider, person_id=person)
    order = Order(
        id=0,
        demand_id=demand,
        bid_id=bid,
        buyer_id=person,
        provider_id=provider,
        provider_person_id=person,
        title="高新认定",
        price_fen=price_fen,
        status=OrderStatus.AWAITING_PAYMENT,
        created_at=NOW,
        pay_by=NOW,
    )
    return replace(order, id=stored(conn, orders, order))


def stored(conn: Connection, table: Table, record: Order | Payment) -> int:
    """Insert a row, or change the one with its id; returns the id.

    With the columns of then: the tables of today have others, with defaults of their own.
    """
    then = {each["name"] for each in inspect(conn).get_columns(table.name)}
    old = sql_table(table.name, *(column(c.name, c.type) for c in table.columns if c.name in then))
    values = {c.name: getattr(record, c.name) for c in old.columns if c.name != "id"}
    if record.id:
        conn.execute(update(old).where(old.c.id == record.id).values(values))
        return record.id
    return int(conn.execute(insert(old).values(values).returning(old.c.id)).scalar_one())


def attempt(conn: Connection, order: Order, token: str) -> Payment:
    payment = Payment(0, order.id, "sandbox", token, order.price_fen, PaymentStatus.WAITING, NOW)
    return replace(payment, id=stored(conn, payments, payment))


def settled(conn: Connection, order: Order, payment: Payment, at: datetime) -> Order:
    funding = settle(order, payment, at)
    stored(conn, payments, funding.payment)
    LedgerRepository(conn).post(funding.transfers, at)
    assert isinstance(funding.order, Order)
    return funding.order


def paid_out(conn: Connection, key: str, code: str, account: Account, amount: int) -> None:
    move = Transfer(key, code, account, cash_at("offline"), amount)
    LedgerRepository(conn).post([move], NOW + timedelta(days=2))


def after_the_upgrade(old: Database) -> tuple[Receipt, ...]:
    schema.upgrade(old.engine)
    with old.engine.begin() as conn:
        assert list(audit_receipts(conn)) == []
        return ReceiptRepository(conn).between(0, 10**6)


def test_a_database_without_money_has_no_receipts_and_begins_with_r20481(old: Database) -> None:
    assert after_the_upgrade(old) == ()

    with old.engine.begin() as conn:
        assert ReceiptRepository(conn).head() == GENESIS
        assert DeadlineRepository(conn).due(NOW + timedelta(days=999), 9) == ()


def test_numbers_that_people_hold_stay_and_nothing_is_missing_between(old: Database) -> None:
    with old.engine.begin() as conn:
        person, provider = add(conn, people), add(conn, providers)
        first, second = (an_order(conn, person, provider, fen) for fen in (1_400, 2_500))
        attempt(conn, first, "given up")  # T20481
        held = attempt(conn, second, "paid first")  # T20482
        also = attempt(conn, first, "paid later")  # T20483
        attempt(conn, second, "never shown")  # T20484
        second = settled(conn, second, held, NOW)
        first = settled(conn, first, also, NOW - timedelta(hours=1))

    void, two, three = after_the_upgrade(old)

    assert [each.no for each in (void, two, three)] == ["R20481", "R20482", "R20483"]
    assert (void.movement.kind, void.movement.amount_fen) == (Kind.VOID, 0)
    assert (two.movement.cause, two.movement.amount_fen) == (f"{second.no}:funding", 2_500)
    assert (three.movement.cause, three.movement.at) == (
        f"{first.no}:funding",
        NOW - timedelta(hours=1),
    )
    assert two.movement.parties.buyer_id == person
    assert two.movement.gateway == "sandbox"


def test_what_else_moved_follows_as_it_was_booked_and_the_end_is_due_for_publication(
    old: Database,
) -> None:
    with old.engine.begin() as conn:
        person, provider = add(conn, people), add(conn, providers)
        order = an_order(conn, person, provider, 10_000)
        order = settled(conn, order, attempt(conn, order, "paid"), NOW)
        order = replace(order, status=OrderStatus.DELIVERED)
        done = complete(order, Policy(), NOW + timedelta(days=1))
        LedgerRepository(conn).post(done.transfers, NOW + timedelta(days=1))
        key = f"V{provider}:payout:1:payout-paid"
        paid_out(conn, key, "payout-paid", provider_payable(provider), 9_400)

    chain = after_the_upgrade(old)

    assert holds(chain, GENESIS)
    assert [(each.movement.kind, each.movement.amount_fen) for each in chain] == [
        (Kind.FUNDING, 10_000),
        (Kind.EARNINGS, 9_400),
        (Kind.COMMISSION, 600),
        (Kind.EARNINGS_PAID, 9_400),
    ]
    assert chain[3].movement.gateway == "offline"
    assert chain[3].movement.parties.order_id is None
    assert chain[3].movement.parties.provider_id == provider
    with old.engine.begin() as conn:
        (due,) = DeadlineRepository(conn).due(NOW + timedelta(days=3), 9)
    assert (due.kind, due.due_at) == ("receipt_root", NOW + timedelta(days=2))


def test_a_refund_that_was_paid_is_the_buyers(old: Database) -> None:
    with old.engine.begin() as conn:
        person, provider = add(conn, people), add(conn, providers)
        order = an_order(conn, person, provider, 10_000)
        order = settled(conn, order, attempt(conn, order, "paid"), NOW)
        owed = refund_payable(order.no)
        move = Transfer(f"{order.no}:refund", "refund", escrow(order.no), owed, 10_000)
        LedgerRepository(conn).post([move], NOW)
        paid_out(conn, f"{order.no}:payout:1:refund-paid", "refund-paid", owed, 10_000)

    _, refund, paid = after_the_upgrade(old)

    assert refund.movement.parties.provider_id == provider
    assert paid.movement.kind is Kind.REFUND_PAID
    assert (paid.movement.parties.buyer_id, paid.movement.parties.provider_id) == (person, None)
