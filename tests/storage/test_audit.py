"""The audit is silent about a market that was run by its rules, and finds each thing forged."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from market.disputes import Track
from market.doors import Priority
from market.ledger import POINTS_ISSUED, Transfer, points, provider_payable
from market.orders import Order, Step, advance
from storage.audit import Finding, audit
from storage.ledger_tables import ledger_accounts
from storage.unit_of_work import UnitOfWork
from tests.support.databases import Database
from tests.support.markets import NOW, awarded, completed, delivered, funded, saved


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.engine.begin() as conn:
        yield conn


@pytest.fixture
def uow(conn: Connection) -> UnitOfWork:
    return UnitOfWork(conn)


@pytest.fixture
def finished(uow: UnitOfWork) -> Order:
    order = completed(uow, delivered(uow, funded(uow, awarded(uow))))
    uow.ledger.hold("W1", provider_payable(order.provider_id), 1_000, NOW)
    uow.outbox.push(order.buyer_id, "{}", key="O2048:payout", priority=Priority.MONEY, now=NOW)
    return order


def test_an_empty_market_is_in_order(conn: Connection) -> None:
    assert list(audit(conn)) == []


def test_every_stage_of_an_order_is_in_order(conn: Connection, uow: UnitOfWork) -> None:
    order = awarded(uow)
    uow.deadlines.set("payment_expires", order.id, order.pay_by)
    assert list(audit(conn)) == []
    order = funded(uow, order)
    assert list(audit(conn)) == []
    order = delivered(uow, order)
    assert list(audit(conn)) == []
    order = saved(uow, replace(order, status=advance(order, Step.DISPUTE)), Step.DISPUTE)
    uow.disputes.add(order.id, order.buyer_id, "未按约定", Track.DOUBLE, NOW)
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
                ("O2048", "paid out"),
                ("O2048", "points"),
                ("O2048", "settled amount"),
                ("O2048", "price"),
            },
        ),
        ("UPDATE orders SET delivered_at = NULL", {("O2048", "delivered_at when completed")}),
        ("UPDATE orders SET buyer_id = 2", {("O2048", "points given to"), ("O2048", "buyer")}),
        (
            "UPDATE payments SET status = 'void'",
            {
                ("O2048", "settled payments"),
                ("O2048", "settled amount"),
                ("O2048:funding", "settled payment"),
            },
        ),
        (
            "UPDATE demands SET status = 'opened'",
            {("D1024", "orders"), ("D1024", "chosen bids"), ("D1024", "status after its history")},
        ),
        (
            "UPDATE bids SET status = 'lost'",
            {("D1024", "chosen bids"), ("O2048", "its bid")},
        ),
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
        (
            "UPDATE payments SET gateway = 'offline'",
            {("O2048:funding", "gateway")},
        ),
        (
            "INSERT INTO ledger_accounts (name, currency, may_owe) "
            "VALUES ('payable:99', 'fen', false), ('escrow:O1', 'fen', false)",
            {("payable:99", "owner"), ("escrow:O1", "owner")},
        ),
        ("UPDATE providers SET ratings = 3 WHERE id = 2", {("provider 2", "ratings")}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.usefixtures("finished")
def test_a_forgery_is_found(conn: Connection, forgery: str, expected: set[tuple[str, str]]) -> None:
    assert list(audit(conn)) == []

    conn.execute(text(forgery))

    assert {(finding.subject, finding.what) for finding in audit(conn)} == expected


def test_a_finding_says_what_should_be_and_what_is(conn: Connection, finished: Order) -> None:
    conn.execute(ledger_accounts.update().where(ledger_accounts.c.held > 0).values(held=7))

    assert list(audit(conn)) == [Finding("payable:2", "held", 1_000, 7)]


def test_points_out_of_nowhere_are_found(
    conn: Connection, uow: UnitOfWork, finished: Order
) -> None:
    gift = Transfer("O9999:points", "points", POINTS_ISSUED, points(finished.buyer_id), 5)
    uow.ledger.post([gift], NOW + timedelta(days=1))

    assert [finding.subject for finding in audit(conn)] == ["O9999:points"]


def test_points_for_a_review_that_nobody_wrote_are_found(
    conn: Connection, uow: UnitOfWork, finished: Order
) -> None:
    gift = Transfer("O2048:review-points", "review-points", POINTS_ISSUED, points(3), 30)
    uow.ledger.post([gift], NOW + timedelta(days=1))

    found = list(audit(conn))
    assert Finding("O2048:review-points", "review", "one", "nothing") in found


def test_a_reader_is_told_how_far_the_audit_has_come(conn: Connection, finished: Order) -> None:
    told: list[tuple[int, int]] = []

    assert list(audit(conn, lambda done, total: told.append((done, total)))) == []

    shares = [done / total for done, total in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_what_should_end_by_itself_needs_its_deadline(conn: Connection, uow: UnitOfWork) -> None:
    order = awarded(uow)
    assert list(audit(conn)) == [
        Finding(order.no, "deadline when awaiting_payment", "payment_expires", "nothing")
    ]
