"""The audit is silent about rulings that were made by the rules, and finds each thing forged."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from handlers.actions.appeals import accept_ruling, appeal_ruling, ruling_due
from handlers.desk import Desk, Rooms
from market.policy import Policy
from market.services import ProviderProfile
from matching import Matcher
from storage.audit import audit
from storage.unit_of_work import UnitOfWork
from tests.support.chat import CountingRandomness
from tests.support.databases import Database
from tests.support.quarrels import FIRM, Quarrel, decide, everything_arrives, quarrel

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
WINDOW = timedelta(days=3)
SMALL, SINGLE, DOUBLE, PANEL = 200_000, 900_001, 3_100_000, 6_000_001  # fen


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.engine.begin() as conn:
        yield conn


def _quarrel(conn: Connection, price_fen: int) -> tuple[UnitOfWork, Quarrel]:
    uow = UnitOfWork(conn)
    policy = Policy(auto_review_below_fen=10_000_000)
    desk = Desk(policy, Matcher(()), {}, Rooms(), CountingRandomness())
    uow.providers.import_all([ProviderProfile(FIRM, "91450000MA5KE00000", "x")])
    return uow, quarrel(uow, desk, NOW, price_fen=price_fen)


def _carried_out(conn: Connection, price_fen: int, end: str) -> None:
    """A dispute about that sum, over: at once, by the clock, by both sides, or after an appeal."""
    uow, of = _quarrel(conn, price_fen)
    decide(uow, of)
    everything_arrives(uow, NOW)
    if end == "accepted":
        for side in (of.buyer, of.provider):
            accept_ruling(uow, of.dispute_id, side, of.desk, NOW + timedelta(hours=1))
    elif end == "unopposed":
        ruling_due(uow, of.dispute_id, of.desk, NOW + WINDOW)
    elif end == "appealed":
        later = of.at(NOW + timedelta(hours=1))
        appeal_ruling(uow, of.dispute_id, of.buyer, "不服", of.desk, later.now)
        decide(uow, later, first=4)
    everything_arrives(uow, NOW)


@pytest.mark.parametrize("end", ["ruled", "accepted", "unopposed", "appealed"])
@pytest.mark.parametrize("price_fen", [SINGLE, DOUBLE, PANEL])
def test_every_end_of_a_dispute_is_in_order(conn: Connection, price_fen: int, end: str) -> None:
    _carried_out(conn, price_fen, end)

    assert list(audit(conn)) == []


def test_a_small_claim_is_in_order(conn: Connection) -> None:
    _carried_out(conn, SMALL, "at once")

    assert list(audit(conn)) == []


_EARLY = "UPDATE disputes SET executed_at = appeal_by - 1"


@pytest.mark.parametrize(
    ("price_fen", "end", "forgery", "expected"),
    [
        (SINGLE, "unopposed", _EARLY, {"carried out"}),
        (SINGLE, "unopposed", "UPDATE disputes SET appeal_by = NULL", {"carried out"}),
        (SINGLE, "accepted", "UPDATE disputes SET buyer_accepted_at = NULL", {"carried out"}),
        (
            SINGLE,
            "unopposed",
            "UPDATE disputes SET track = 'finest'",
            {"track"},
        ),
        (
            DOUBLE,
            "unopposed",
            "UPDATE rulings SET agreed_by = NULL",
            {"second person in instance 1"},
        ),
        (
            DOUBLE,
            "appealed",
            "UPDATE rulings SET decided_by = (SELECT agreed_by FROM rulings WHERE instance = 1)"
            " WHERE instance = 2",
            {"who decided instance 2"},
        ),
        (
            DOUBLE,
            "unopposed",
            "UPDATE disputes SET track = 'small'",
            {"people for 3100000 fen", "step"},
        ),
        (SINGLE, "unopposed", "DELETE FROM rulings", {"ruling of instance 1"}),
        (
            SINGLE,
            "unopposed",
            "UPDATE rulings SET refund_bp = 5000",
            {"rate of its ruling"},
        ),
        (
            SINGLE,
            "unopposed",
            "UPDATE disputes SET refund_bp = 5000",
            {"rate of its ruling", "refunded"},
        ),
        (SINGLE, "unopposed", "UPDATE rulings SET decided_by = NULL", {"who decided instance 1"}),
        (
            PANEL,
            "unopposed",
            "DELETE FROM panel_seats WHERE refund_bp = 0",
            {"votes in instance 1", "median in instance 1"},
        ),
        (
            PANEL,
            "unopposed",
            "UPDATE panel_seats SET refund_bp = 2000 WHERE refund_bp = 3333",
            {"median in instance 1"},
        ),
        (
            PANEL,
            "appealed",
            "UPDATE panel_seats SET person_id = (SELECT min(person_id) FROM panel_seats)"
            " WHERE instance = 2 AND refund_bp = 0",
            {"who decided instance 2"},
        ),
        (
            SINGLE,
            "ruled",
            "UPDATE disputes SET status = 'executed'",
            {
                "executed_at when executed",
                "disputes not carried out",
                "refunded",
                "status after its history",
            },
        ),
        (
            SINGLE,
            "ruled",
            "DELETE FROM deadlines WHERE kind = 'ruling_due'",
            {"deadline when ruled"},
        ),
        (
            SINGLE,
            "unopposed",
            "DELETE FROM history WHERE subject = 'J88' AND status = 'ruled'",
            {"step"},
        ),
        (
            SINGLE,
            "unopposed",
            "UPDATE disputes SET status = 'ruled'",
            {
                "executed_at when ruled",
                "disputes not carried out",
                "status after its history",
                "deadline when ruled",
            },
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_forgery_is_found(
    conn: Connection, price_fen: int, end: str, forgery: str, expected: set[str]
) -> None:
    _carried_out(conn, price_fen, end)
    assert list(audit(conn)) == []

    conn.execute(text(forgery))

    assert {finding.what for finding in audit(conn)} == expected
