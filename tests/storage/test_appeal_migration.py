"""Disputes from before there were appeals: decided ones are over, open ones go on by the rules."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

import storage.migrations
from bot import schema
from market.disputes import DisputeStatus, Track
from storage.audit import audit
from storage.bids import bids
from storage.parties import people
from storage.providers import providers
from storage.unit_of_work import UnitOfWork
from tests.storage.test_migrations import add
from tests.support.databases import Database, empty

BEFORE = "0016"
AT = 1_700_000_000_000_000  # microseconds
DEMAND = (
    "INSERT INTO demands (id, buyer_id, title, text, budget_note, region, urgent, details,"
    " status, version, reason, created_at)"
    " VALUES (:id, 1, '', '', '', '', false, '[]', 'awarded', 1, '', 0)"
)
ORDER = (
    "INSERT INTO orders (id, demand_id, bid_id, buyer_id, provider_id, provider_person_id, title,"
    " price_fen, status, created_at, pay_by, returns_used)"
    " VALUES (:id, :demand, :bid, 1, 1, 2, '高新认定', :price, :status, 0, 0, 0)"
)
DISPUTE = (
    "INSERT INTO disputes (id, order_id, opened_by, reason, opened_at, decision, refund_bp,"
    " proposed_by, decided_at) VALUES (:id, :order, 1, '不对', 0, '各半', :bp, :by, :at)"
)
# id, price, status of the order, refund, proposed by, decided at
OLD = (
    (88, 3_000_000, "refunded", 6_000, 3, AT),
    (89, 100_000, "refunded", 5_000, 3, AT),
    (90, 3_000_000, "disputed", None, None, None),
    (91, 3_000_000, "disputed", 5_000, 3, None),
    (92, 500_000, "disputed", None, None, None),
)


@pytest.fixture
def old(database: Database, tmp_path: Path) -> Iterator[Database]:
    if database.kind == "postgresql":
        empty(database)
    else:
        database = Database("sqlite", f"sqlite:///{tmp_path / 'old.db'}")
    with database.engine.begin() as conn:
        command.upgrade(storage.migrations.alembic_config(conn), BEFORE)
        _disputes(conn)
    yield database
    database.close()


def _disputes(conn: Connection) -> None:
    for _ in range(4):  # the buyer, the provider's, two colleagues
        add(conn, people)
    add(conn, providers)
    for at, (number, price, status, refund_bp, by, decided_at) in enumerate(OLD):
        demand, order = 1024 + at, 2048 + at
        conn.execute(text(DEMAND), {"id": demand})
        bid = add(conn, bids, demand_id=demand, provider_id=1, person_id=2)
        values = {"id": order, "demand": demand, "bid": bid, "price": price, "status": status}
        conn.execute(text(ORDER), values)
        values = {"id": number, "order": order, "bp": refund_bp, "by": by, "at": decided_at}
        conn.execute(text(DISPUTE), values)
    conn.execute(
        text(
            "INSERT INTO history (subject, step, status, person_id, note, at)"
            f" VALUES ('J88', 'propose', '', 3, '', {AT}), ('J88', 'agree', '', 4, '', {AT})"
        )
    )


def test_what_was_decided_is_over_and_what_was_open_goes_on(old: Database) -> None:
    schema.upgrade(old.engine)

    with old.engine.begin() as conn:
        disputes = UnitOfWork(conn).disputes
        found = {no: disputes.lock(no) for no, *_ in OLD}
        assert {no: (one.track, one.status) for no, one in found.items()} == {
            88: (Track.BEFORE, DisputeStatus.EXECUTED),
            89: (Track.BEFORE, DisputeStatus.EXECUTED),
            90: (Track.DOUBLE, DisputeStatus.OPEN),
            91: (Track.DOUBLE, DisputeStatus.PROPOSED),
            92: (Track.SINGLE, DisputeStatus.OPEN),
        }
        decided_at = datetime.fromtimestamp(AT // 1_000_000, UTC)
        assert found[88].executed_at == found[88].decided_at == decided_at
        assert found[90].executed_at is None
        (ruling,) = disputes.rulings_of(88)
        assert (ruling.instance, ruling.refund_bp, ruling.reason) == (1, 6_000, "各半")
        assert (ruling.decided_by, ruling.agreed_by) == (3, 4)
        assert disputes.rulings_of(89)[0].agreed_by is None
        assert disputes.rulings_of(91) == ()
        whats = [finding.what for finding in audit(conn) if finding.subject.startswith("J")]
        assert whats == ["refunded", "refunded"], "the old money was not written here"


@pytest.mark.parametrize(
    "wrong",
    [
        "INSERT INTO rulings VALUES (90, 1, 5000, '', 3, 3, 0)",
        "INSERT INTO rulings VALUES (90, 3, 5000, '', 3, 4, 0)",
        "INSERT INTO rulings VALUES (90, 1, 10001, '', 3, 4, 0)",
        "INSERT INTO rulings VALUES (88, 1, 5000, '', 3, 4, 0)",
        "INSERT INTO panel_seats VALUES (90, 1, 3, 4, 0, 5000, '', NULL, NULL)",
        "INSERT INTO panel_seats VALUES (90, 1, 3, 4, 0, 5000, '', 1, 1)",
        "INSERT INTO panel_seats VALUES (99, 1, 3, 4, 0, NULL, '', NULL, NULL)",
    ],
    ids=["one key", "third", "rate", "twice", "vote without a time", "vote of who left", "nothing"],
)
def test_the_database_itself_refuses_what_cannot_be(old: Database, wrong: str) -> None:
    schema.upgrade(old.engine)

    with pytest.raises(IntegrityError), old.engine.begin() as conn:
        conn.execute(text(wrong))
