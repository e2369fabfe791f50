"""How fast the books are kept, against rows written by bare SQLite."""

import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from bot.benchmarks.stopwatch import Meter, Options, Row, Work, against, measure
from market.ledger import POINTS_ISSUED, points, transfers
from storage.engine import open_engine
from storage.tables import metadata
from storage.unit_of_work import UnitOfWork

_BATCH = 64  # what the writer commits at once
_NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)


def post(meter: Meter, _: Options) -> Iterable[Row]:
    """Transfers in batches of one commit, on disk when it returns.

    The floor inserts the same rows with two sums kept by hand: no check, no trigger, no key
    that is compared with an earlier one.
    """
    with tempfile.TemporaryDirectory(prefix="kebao-bench-") as folder:
        engine = open_engine(f"sqlite:///{folder}/ours.db")
        with engine.begin() as conn:
            metadata.create_all(conn)
        numbers = count()

        def ours() -> int:
            with engine.begin() as conn:
                ledger = UnitOfWork(conn).ledger
                for _ in range(_BATCH):
                    number = next(numbers)
                    buyer = points(number % 50)
                    ledger.post(transfers((f"B{number}:points", POINTS_ISSUED, buyer, 7)), _NOW)
            return _BATCH

        try:
            with closing(_floor(Path(folder) / "raw.db")) as raw:
                rows = measure({"ledger": ours, "ledger: raw sqlite3": _floor_work(raw)}, meter)
        finally:
            engine.dispose()
    return [against(rows[0], of_raw=rows[1]), rows[1]]


def _floor(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None)
    conn.executescript(
        """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        CREATE TABLE accounts (name TEXT PRIMARY KEY, credits INTEGER, debits INTEGER);
        CREATE TABLE transfers (
            id INTEGER PRIMARY KEY, key TEXT UNIQUE, debit TEXT, credit TEXT, amount INTEGER
        );
        """
    )
    return conn


def _floor_work(conn: sqlite3.Connection) -> Work:
    numbers = count()

    def work() -> int:
        conn.execute("BEGIN IMMEDIATE")
        for _ in range(_BATCH):
            number = next(numbers)
            buyer = f"points:{number % 50}"
            conn.execute(
                "INSERT INTO transfers (key, debit, credit, amount) VALUES (?, ?, ?, ?)",
                (f"B{number}:points", "points_issued", buyer, 7),
            )
            for name, credit in (("points_issued", 0), (buyer, 7)):
                conn.execute(
                    "INSERT INTO accounts VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
                    "credits = credits + excluded.credits, debits = debits + excluded.debits",
                    (name, credit, 7 - credit),
                )
        conn.execute("COMMIT")
        return _BATCH

    return work
