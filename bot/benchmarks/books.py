"""A market that has run for years: how fast a balance is read there, and the whole audited."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

from sqlalchemy import Engine, insert

from bot.benchmarks.stopwatch import Meter, Row, measure, row_of
from market.ledger import COMMISSION_INCOME, Account, cash_at, escrow, provider_payable
from storage.audit import audit_ledger
from storage.ledger import LedgerRepository
from storage.ledger_tables import ledger_accounts, ledger_transfers

SMALL, LARGE = 20_000, 1_000_000
_CHUNK = 10_000
_PER_ORDER = 4  # transfers of an order: in, and out to three
_NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)


def books(engine: Engine, size: int, meter: Meter) -> Iterator[Row]:
    """Fill a ledger with `size` transfers, then read and audit it."""
    name = f"money: {engine.dialect.name}, {size:,} transfers"
    _fill(engine, size, meter)
    orders = size // _PER_ORDER
    asked = count()

    def balance() -> int:
        with engine.connect() as conn:
            account = escrow(f"L{next(asked) * 7919 % orders}")
            assert LedgerRepository(conn).balance(account) == 0
        return 1

    def hot() -> int:
        with engine.connect() as conn:
            assert LedgerRepository(conn).balance(cash_at("years")) < 0
        return 1

    yield from measure({f"{name}, balance": balance, f"{name}, cash": hot}, meter)
    begun = time.perf_counter()
    with engine.connect() as conn:
        assert list(audit_ledger(conn)) == []
    spent = time.perf_counter() - begun
    yield row_of(f"{name}, audit", items=size, wall_s=spent, spent=[spent])


def _fill(engine: Engine, size: int, meter: Meter) -> None:
    """Orders that were paid and completed: each escrow ends empty, the cash account is hot."""
    cash, lead, partner = cash_at("years"), provider_payable(1), provider_payable(2)
    with engine.begin() as conn:
        conn.execute(
            insert(ledger_accounts), [_row(one) for one in (cash, lead, partner, COMMISSION_INCOME)]
        )
    for start in range(0, size // _PER_ORDER, _CHUNK // _PER_ORDER):
        numbers = range(start, min(start + _CHUNK // _PER_ORDER, size // _PER_ORDER))
        moves = [
            _move(number, code, *sides)
            for number in numbers
            for code, sides in {
                "funding": (cash, escrow(f"L{number}"), 1_000),
                "payout": (escrow(f"L{number}"), lead, 900),
                "commission": (escrow(f"L{number}"), COMMISSION_INCOME, 60),
                "partner": (escrow(f"L{number}"), partner, 40),
            }.items()
        ]
        with engine.begin() as conn:
            conn.execute(
                insert(ledger_accounts), [_row(escrow(f"L{number}")) for number in numbers]
            )
            conn.execute(insert(ledger_transfers), moves)
        meter(min(start + _CHUNK // _PER_ORDER, size // _PER_ORDER), size // _PER_ORDER)


def _row(account: Account) -> dict[str, object]:
    return {"name": account.name, "currency": account.currency, "may_owe": account.may_owe}


def _move(
    number: int, code: str, debit: Account, credit: Account, amount: int
) -> dict[str, object]:
    return {
        "key": f"L{number}:{code}",
        "code": code,
        "debit": debit.name,
        "credit": credit.name,
        "currency": debit.currency,
        "amount": amount,
        "at": _NOW,
    }
