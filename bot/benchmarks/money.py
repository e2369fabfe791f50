"""How fast money is booked, beside the same statements sent by hand through the same driver.

Both sides write the same rows into the same tables, with their triggers, keys and checks, and both
look whether the debit is covered. So the ratio is the price of our repository and nothing else.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import Engine

from bot.benchmarks import books
from bot.benchmarks.databases import scratch_database, scratch_file, server_of
from bot.benchmarks.stopwatch import Meter, Options, Row, Work, against, measure
from market.ledger import Account, Transfer, cash_at, escrow
from storage.engine import is_sqlite, open_engine
from storage.ledger import LedgerRepository
from storage.tables import metadata, to_micros

_NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
_SPREAD = 5_000  # accounts on each side; the next posting to the same ones is far away
# As they are committed in service: many turns at once by SQLite's writer, each alone by PostgreSQL.
_BATCH = {"sqlite": 64, "postgresql": 1}

_Pair = Callable[[int], tuple[Account, Account]]
PAIRS: dict[str, _Pair] = {
    "one hot account": lambda n: (cash_at("sandbox"), escrow(f"O{n % _SPREAD}")),
    "spread accounts": lambda n: (cash_at(f"g{n % _SPREAD}"), escrow(f"O{n % _SPREAD}")),
}

_ACCOUNT = "name, currency, may_owe, credits, debits, held"
_LOCK = {
    "sqlite": "INSERT INTO ledger_accounts (name, currency, may_owe) VALUES (?, ?, ?), (?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET held = ledger_accounts.held "
    f"RETURNING {_ACCOUNT}",
    "postgresql": "WITH added AS (INSERT INTO ledger_accounts (name, currency, may_owe) "
    "VALUES (%s, %s, %s), (%s, %s, %s) ON CONFLICT DO NOTHING "
    f"RETURNING {_ACCOUNT}) "
    f"SELECT * FROM (SELECT {_ACCOUNT} FROM ledger_accounts WHERE name IN (%s, %s) "
    "AND (SELECT count(*) FROM added) + "
    "(SELECT count(*) FROM ledger_accounts AS seen WHERE seen.name IN (%s, %s)) = 2 "
    f"ORDER BY name FOR UPDATE) AS there UNION ALL SELECT {_ACCOUNT} FROM added",
}
_POST = (
    "INSERT INTO ledger_transfers (key, code, debit, credit, currency, amount, at) "
    "VALUES ({0}, {0}, {0}, {0}, {0}, {0}, {0}) ON CONFLICT DO NOTHING RETURNING key"
)


def money(meter: Meter, options: Options) -> Iterable[Row]:
    """Postings on SQLite, and on PostgreSQL if one is named; then a market with many of them."""
    with ExitStack() as stack:
        urls = [stack.enter_context(scratch_file())]
        if server := server_of(options):
            urls.append(stack.enter_context(scratch_database(server)))
        for url in urls:
            engine = open_engine(url)
            stack.callback(engine.dispose)
            with engine.begin() as conn:
                metadata.create_all(conn)
            yield from postings(engine, meter)
            yield from books.books(engine, books.LARGE if options.large else books.SMALL, meter)


def postings(engine: Engine, meter: Meter) -> Iterator[Row]:
    """Each kind of accounts by us and by hand, in turns; ours with its ratio."""
    for kind, pair in PAIRS.items():
        name = f"money: {engine.dialect.name}, {kind}"
        numbers = count()
        subjects = {
            name: _ours(engine, pair, numbers, kind),
            f"{name}, by hand": by_hand(engine, pair, numbers, kind),
        }
        ours, hand = measure(subjects, meter)
        yield against(ours, of_raw=hand)
        yield hand


def _ours(engine: Engine, pair: _Pair, numbers: Iterator[int], kind: str) -> Work:
    batch = _BATCH[engine.dialect.name]

    def work() -> int:
        with engine.begin() as conn:
            ledger = LedgerRepository(conn)
            for _ in range(batch):
                number = next(numbers)
                debit, credit = pair(number)
                ledger.post([Transfer(f"{kind}{number}", "bench", debit, credit, 7)], _NOW)
        return batch

    return work


def by_hand(engine: Engine, pair: _Pair, numbers: Iterator[int], kind: str) -> Work:
    """The same postings without the repository: two statements each, their values put in order."""
    batch = _BATCH[engine.dialect.name]
    sqlite = is_sqlite(engine)
    lock, post = _LOCK[engine.dialect.name], _POST.format("?" if sqlite else "%s")
    at = to_micros(_NOW)

    def work() -> int:
        with engine.begin() as conn:
            driver: Any = conn.connection.dbapi_connection
            for _ in range(batch):
                number = next(numbers)
                debit, credit = pair(number)
                first, second = sorted((debit.name, credit.name))
                owes = {debit.name: debit.may_owe, credit.name: credit.may_owe}
                values = (first, "fen", owes[first], second, "fen", owes[second])
                names = () if sqlite else (first, second, first, second)
                cursor = driver.cursor()
                cursor.execute(lock, (*values, *names))
                for name, _, may_owe, credits_, debits, held in cursor.fetchall():
                    if name == debit.name and not may_owe and credits_ - debits - held < 7:
                        raise AssertionError(f"{name} is empty")
                key = f"{kind}{number}"
                cursor.execute(post, (key, "bench", debit.name, credit.name, "fen", 7, at))
                assert cursor.fetchall() == [(key,)]
                cursor.close()
        return batch

    return work
