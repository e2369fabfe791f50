"""Orders from before there were pots: still there, still pointed at, and their numbers go on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

import storage.migrations
from bot import schema
from storage.bids import bids
from storage.demands import demands
from storage.parties import people
from storage.providers import providers
from tests.storage.test_migrations import add
from tests.support.databases import Database, empty

BEFORE = "0015"
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
ORDER = (
    "INSERT INTO orders (demand_id, bid_id, buyer_id, provider_id, provider_person_id, title,"
    " price_fen, status, created_at, pay_by, returns_used)"
    " VALUES (1024, 1, 1, 1, 1, '高新认定', 100, 'awaiting_payment', 0, 0, 0)"
)
PAYMENT = (
    "INSERT INTO payments (order_id, gateway, token, amount_fen, status, created_at)"
    " VALUES (2048, 'sandbox', 'x', 100, 'waiting', 0)"
)


@pytest.fixture
def old(database: Database, tmp_path: Path) -> Iterator[Database]:
    if database.kind == "postgresql":
        empty(database)
    else:
        database = Database("sqlite", f"sqlite:///{tmp_path / 'old.db'}")
    with database.engine.begin() as conn:
        command.upgrade(storage.migrations.alembic_config(conn), BEFORE)
        _a_deal(conn)
    yield database
    database.close()


def _a_deal(conn: Connection) -> None:
    person, provider = add(conn, people), add(conn, providers)
    conn.execute(
        text(
            "INSERT INTO demands (buyer_id, title, text, budget_note, region, urgent, details,"
            f" status, version, reason, created_at) VALUES ({person}, '', '', '', '', false,"
            " '[]', 'awarded', 1, '', 0)"
        )
    )
    add(conn, bids, demand_id=1024, provider_id=provider, person_id=person)
    conn.execute(text("UPDATE bids SET version = 3"))
    conn.execute(text(ORDER))
    conn.execute(text(PAYMENT))


def test_an_order_of_before_is_whole_after_the_upgrade(old: Database) -> None:
    schema.upgrade(old.engine)

    with old.engine.begin() as conn:
        row = conn.execute(
            text(
                "SELECT orders.id, title, bid_version, pot_id, prepaid_fen FROM orders"
                " JOIN payments ON payments.order_id = orders.id"
            )
        ).one()
        assert tuple(row) == (2048, "高新认定", 3, None, 0)
        conn.execute(text("UPDATE bids SET version = 4"))
        conn.execute(
            demands.insert().values(
                buyer_id=1, title="", text="", budget_note="", region="", urgent=False,
                details="[]", status="unpaid", version=1, reason="",
                created_at=_EPOCH,
            )
        )  # fmt: skip
        pot = conn.execute(
            text(
                "INSERT INTO orders (demand_id, buyer_id, title, price_fen, status, created_at,"
                " pay_by, returns_used, back_bp)"
                " VALUES (1025, 1, 'x', 1, 'awaiting_payment', 0, 0, 0, 7000) RETURNING id"
            )
        ).scalar_one()
    assert pot == 2049


@pytest.mark.parametrize(
    "wrong",
    [
        PAYMENT.replace("2048", "9999").replace("'x'", "'y'"),  # keys count again
        ORDER,  # a demand without a pot has one order
        ORDER.replace("(1024, 1, 1, 1, 1,", "(1024, NULL, 1, 1, 1,"),  # half an order
    ],
    ids=["foreign key", "two orders", "half"],
)
def test_the_database_itself_refuses_what_cannot_be(old: Database, wrong: str) -> None:
    schema.upgrade(old.engine)

    with pytest.raises(IntegrityError), old.engine.begin() as conn:
        conn.execute(text(wrong))
