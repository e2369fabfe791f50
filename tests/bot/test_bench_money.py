"""`kebao bench money`: the same postings by hand and by us, and books of many transfers."""

import pytest
from sqlalchemy import func, select

from bot.benchmarks import books, money, stopwatch
from bot.benchmarks.stopwatch import Row
from bot.cli import main
from storage.audit import audit_ledger
from storage.ledger_tables import ledger_transfers
from tests.support.databases import Database


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopwatch, "SECONDS", 0.1)
    monkeypatch.setattr(stopwatch, "SLICE_S", 0.02)
    monkeypatch.setattr(money, "_SPREAD", 50)


def rows_of(database: Database) -> list[Row]:
    engine = database.engine
    return [
        *money.postings(engine, lambda done, total: None),
        *books.books(engine, 400, lambda done, total: None),
    ]


def test_both_sides_book_the_same_and_the_books_agree(database: Database) -> None:
    rows = rows_of(database)

    assert [bool(row.ratios) for row in rows] == [True, False, True, False, False, False, False]
    assert [row.name.split(", ")[-1] for row in rows] == [
        "one hot account", "by hand", "spread accounts", "by hand", "balance", "cash", "audit",
    ]  # fmt: skip
    with database.engine.begin() as conn:
        assert list(audit_ledger(conn)) == []
        assert conn.execute(select(func.count()).select_from(ledger_transfers)).scalar_one() > 400


def test_large_books_are_for_money_and_sizes_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "money", "--sizes"]) == 2
    assert "--large for `money`" in capsys.readouterr().err
