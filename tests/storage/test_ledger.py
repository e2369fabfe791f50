"""What the ledger promises, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Executable, delete, insert, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from market.errors import IdempotencyMismatch, InsufficientFunds, NotFound, StepNotAllowed
from market.ledger import (
    COMMISSION_INCOME,
    POINTS_ISSUED,
    Account,
    Currency,
    Transfer,
    cash_at,
    escrow,
    points,
    provider_payable,
    totals,
    transfers,
)
from storage import ledger_triggers
from storage.audit import audit_ledger
from storage.ledger import Hold, LedgerRepository
from storage.ledger_tables import (
    LARGEST_AMOUNT,
    HoldStatus,
    ledger_accounts,
    ledger_holds,
    ledger_transfers,
)
from storage.statements import Statement, Values
from tests.support.databases import Database

NOW = datetime(2026, 5, 6, 1, 30, tzinfo=UTC)
BANK, ESCROW, WANG = cash_at("sandbox"), escrow("O2048"), provider_payable(7)
PAID = Transfer("O2048:paid", "paid", BANK, ESCROW, 12_000)
RELEASE = transfers(
    ("O2048:payout", ESCROW, WANG, 11_040),
    ("O2048:commission", ESCROW, COMMISSION_INCOME, 960),
    ("O2048:points", POINTS_ISSUED, points(3), 120),
)


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.engine.begin() as conn:
        yield conn


@pytest.fixture
def ledger(conn: Connection) -> LedgerRepository:
    return LedgerRepository(conn)


def test_transfers_move_both_sides(ledger: LedgerRepository) -> None:
    ledger.post([PAID], NOW)
    ledger.post(RELEASE, NOW)

    assert {each: ledger.balance(each) for each in totals([PAID, *RELEASE])} == {
        BANK: -12_000,
        ESCROW: 0,
        WANG: 11_040,
        COMMISSION_INCOME: 960,
        POINTS_ISSUED: -120,
        points(3): 120,
    }


def test_an_account_nobody_used_has_nothing(ledger: LedgerRepository) -> None:
    assert ledger.balance(escrow("O1")) == 0
    assert ledger.available(escrow("O1")) == 0
    assert ledger.statement(escrow("O1")) == []


def test_posting_nothing_is_nothing(ledger: LedgerRepository) -> None:
    ledger.post([], NOW)


def test_the_same_transfer_again_has_no_effect(ledger: LedgerRepository) -> None:
    ledger.post([PAID], NOW)
    ledger.post([PAID], NOW + timedelta(days=1))
    ledger.post([PAID, *RELEASE], NOW)
    ledger.post([*RELEASE, PAID], NOW)  # the escrow is empty by now: repeats need no cover

    assert ledger.balance(BANK) == -12_000
    assert ledger.balance(WANG) == 11_040


def test_a_transfer_twice_in_one_post_happens_once(ledger: LedgerRepository) -> None:
    ledger.post([PAID, PAID], NOW)

    assert ledger.balance(ESCROW) == 12_000


@pytest.mark.parametrize(
    "other",
    [
        replace(PAID, amount=12_001),
        replace(PAID, code="gift"),
        replace(PAID, debit=cash_at("offline")),
        replace(PAID, credit=escrow("O2049")),
        replace(PAID, debit=POINTS_ISSUED, credit=points(3)),
    ],
    ids=["amount", "code", "debit", "credit", "currency"],
)
def test_a_key_with_other_parameters_is_refused_and_the_first_stands(
    ledger: LedgerRepository, other: Transfer
) -> None:
    ledger.post([PAID], NOW)

    with pytest.raises(IdempotencyMismatch):
        ledger.post([other], NOW)

    assert ledger.balance(ESCROW) == 12_000


def test_a_key_may_not_mean_two_things_in_one_post(ledger: LedgerRepository) -> None:
    with pytest.raises(IdempotencyMismatch):
        ledger.post([PAID, replace(PAID, amount=1)], NOW)

    assert ledger.balance(ESCROW) == 0


def test_what_is_not_there_cannot_be_moved(ledger: LedgerRepository) -> None:
    ledger.post([replace(PAID, amount=11_999)], NOW)

    with pytest.raises(InsufficientFunds) as refusal:
        ledger.post(RELEASE, NOW)

    # The turn goes on: nothing was written, and the connection is as good as before.
    assert refusal.value.account == ESCROW.name
    assert ledger.balance(ESCROW) == 11_999
    assert ledger.balance(WANG) == 0


def test_money_may_pass_through_an_account_in_one_post(ledger: LedgerRepository) -> None:
    ledger.post([PAID, *RELEASE], NOW)

    assert ledger.balance(WANG) == 11_040


def test_money_cannot_leave_before_it_comes(ledger: LedgerRepository) -> None:
    with pytest.raises(InsufficientFunds):
        ledger.post([*RELEASE, PAID], NOW)


def test_a_name_means_one_account(ledger: LedgerRepository) -> None:
    ledger.post([PAID], NOW)
    impostor = Account(ESCROW.name, Currency.FEN, may_owe=True)

    with pytest.raises(ValueError, match="may_owe=False"):
        ledger.post([Transfer("x", "x", impostor, WANG, 99_999)], NOW)


def test_a_statement_tells_the_balance_after_each_movement(ledger: LedgerRepository) -> None:
    ledger.post([PAID], NOW)
    ledger.post(RELEASE, NOW + timedelta(days=9))

    lines = ledger.statement(ESCROW)

    assert [(line.key, line.change, line.balance, line.counterpart) for line in lines] == [
        ("O2048:commission", -960, 0, COMMISSION_INCOME.name),
        ("O2048:payout", -11_040, 960, WANG.name),
        ("O2048:paid", 12_000, 12_000, BANK.name),
    ]
    assert lines[-1].at == NOW
    assert ledger.statement(ESCROW, limit=1) == lines[:1]


def test_posting_takes_two_statements(
    ledger: LedgerRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.post([PAID], NOW)
    told: list[Statement] = []
    run = Statement.all

    def counted(statement: Statement, conn: Connection, **values: Any) -> list[Values]:
        told.append(statement)
        return run(statement, conn, **values)

    monkeypatch.setattr(Statement, "all", counted)

    ledger.post(RELEASE, NOW)

    assert len(told) == 2


def test_held_money_is_there_but_not_free(ledger: LedgerRepository) -> None:
    ledger.post([PAID, *RELEASE], NOW)
    ledger.hold("W1", WANG, 10_000, NOW)
    ledger.hold("W1", WANG, 10_000, NOW)

    assert (ledger.balance(WANG), ledger.available(WANG)) == (11_040, 1_040)
    with pytest.raises(InsufficientFunds):
        ledger.post([Transfer("y", "y", WANG, BANK, 1_041)], NOW)
    with pytest.raises(InsufficientFunds):
        ledger.hold("W2", WANG, 1_041, NOW)
    with pytest.raises(IdempotencyMismatch):
        ledger.hold("W1", WANG, 9_999, NOW)
    with pytest.raises(IdempotencyMismatch):
        ledger.hold("W1", BANK, 10_000, NOW)


WITHDRAWAL = Transfer("W1:withdrawal", "withdrawal", WANG, BANK, 9_000)


@pytest.fixture
def held(ledger: LedgerRepository) -> LedgerRepository:
    """Wang has 11 040 fen, of which 10 000 are held under W1."""
    ledger.post([PAID, *RELEASE], NOW)
    ledger.hold("W1", WANG, 10_000, NOW, expires_at=NOW + timedelta(hours=1))
    return ledger


def test_a_hold_is_captured_once_and_the_rest_is_free_again(held: LedgerRepository) -> None:
    held.capture("W1", WITHDRAWAL, NOW)
    held.capture("W1", WITHDRAWAL, NOW)

    assert (held.balance(WANG), held.available(WANG)) == (2_040, 2_040)
    hold = held.find_hold("W1")
    assert hold is not None
    assert hold.status is HoldStatus.POSTED
    with pytest.raises(StepNotAllowed):
        held.void("W1", NOW)
    with pytest.raises(IdempotencyMismatch):
        held.capture("W1", replace(WITHDRAWAL, key="W1:again"), NOW)
    with pytest.raises(IdempotencyMismatch):
        held.capture("W1", replace(WITHDRAWAL, amount=1), NOW)


def test_a_hold_given_back_cannot_be_captured(held: LedgerRepository) -> None:
    held.void("W1", NOW)
    held.void("W1", NOW)
    held.expire("W1", NOW)

    assert held.available(WANG) == 11_040
    with pytest.raises(StepNotAllowed) as refusal:
        held.capture("W1", WITHDRAWAL, NOW)
    assert refusal.value.status == "voided"


def test_a_capture_stays_within_its_hold(held: LedgerRepository) -> None:
    with pytest.raises(ValueError, match="holds 10000"):
        held.capture("W1", replace(WITHDRAWAL, amount=10_001), NOW)
    with pytest.raises(ValueError, match="is held in"):
        held.capture("W1", replace(WITHDRAWAL, debit=ESCROW), NOW)
    with pytest.raises(NotFound):
        held.capture("W2", WITHDRAWAL, NOW)
    with pytest.raises(NotFound):
        held.void("W2", NOW)


def test_overdue_holds_are_found_until_they_end(held: LedgerRepository) -> None:
    due = NOW + timedelta(hours=1)
    assert held.overdue_holds(due - timedelta(microseconds=1), limit=9) == []
    assert held.overdue_holds(due, limit=9) == ["W1"]

    held.expire("W1", due)

    assert held.overdue_holds(due, limit=9) == []
    assert held.find_hold("W1") == Hold(
        "W1", WANG.name, Currency.FEN, 10_000, HoldStatus.EXPIRED, NOW, due
    )


def test_transfers_and_holds_are_never_changed(
    database: Database, conn: Connection, held: LedgerRepository
) -> None:
    statements: list[Executable] = [
        update(ledger_transfers).values(amount=1),
        delete(ledger_transfers),
        update(ledger_holds).values(amount=1),
        delete(ledger_holds),
    ]
    if database.kind == "postgresql":
        statements += [text("TRUNCATE ledger_transfers"), text("TRUNCATE ledger_holds CASCADE")]

    for statement in statements:
        with pytest.raises(IntegrityError, match="append-only"), conn.begin_nested():
            conn.execute(statement)

    assert held.balance(WANG) == 11_040
    assert list(audit_ledger(conn)) == []


TRANSFER_ROW = {
    "key": "raw",
    "code": "raw",
    "debit": WANG.name,
    "credit": ESCROW.name,
    "currency": "fen",
    "amount": 1,
    "at": NOW,
}
HOLD_ROW = {
    "key": None,
    "resolves": "W1",
    "status": "voided",
    "account": WANG.name,
    "currency": "fen",
    "amount": 10_000,
    "at": NOW,
}


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": 0},
        {"amount": -5},
        {"amount": LARGEST_AMOUNT + 1},
        {"amount": 1_041},  # 11 040 less 10 000 held
        {"currency": "points"},
        {"credit": points(3).name},
        {"credit": WANG.name},
        {"credit": "nobody"},
        {"key": PAID.key},
    ],
    ids=str,
)
def test_sql_itself_refuses_a_wrong_transfer(
    conn: Connection, held: LedgerRepository, changed: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), conn.begin_nested():
        conn.execute(insert(ledger_transfers).values({**TRANSFER_ROW, **changed}))

    conn.execute(insert(ledger_transfers).values(TRANSFER_ROW))
    assert held.balance(WANG) == 11_039


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": 9_999},  # releases something else than was reserved
        {"account": ESCROW.name},
        {"status": "reserved"},
        {"status": "gone"},
        {"resolves": "W2"},
        {"resolves": None},
        {"key": "W3"},
        {"key": "W3", "resolves": None, "status": "reserved", "amount": 1_041},
        {"key": "W1", "resolves": None, "status": "reserved", "amount": 1},
    ],
    ids=str,
)
def test_sql_itself_refuses_a_wrong_hold(
    conn: Connection, held: LedgerRepository, changed: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), conn.begin_nested():
        conn.execute(insert(ledger_holds).values({**HOLD_ROW, **changed}))

    conn.execute(insert(ledger_holds).values(HOLD_ROW))
    with pytest.raises(IntegrityError), conn.begin_nested():
        conn.execute(insert(ledger_holds).values({**HOLD_ROW, "status": "posted"}))
    assert held.available(WANG) == 11_040


def test_a_migration_can_make_and_unmake_the_same_triggers(database: Database) -> None:
    tables = [ledger_accounts, ledger_transfers, ledger_holds]
    with database.engine.begin() as conn:
        for table in reversed(tables):
            table.drop(conn)
        for statement in ledger_triggers.DROP[database.kind]:
            conn.execute(text(statement))
        bare = [str(CreateTable(table).compile(conn)) for table in tables]
        for statement in (*bare, *ledger_triggers.CREATE[database.kind]):
            conn.execute(text(statement))

        LedgerRepository(conn).post([PAID], NOW)

        assert LedgerRepository(conn).balance(ESCROW) == 12_000
        with pytest.raises(IntegrityError, match="append-only"):
            conn.execute(delete(ledger_transfers))
