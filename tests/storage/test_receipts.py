"""Receipts are added at the end of one chain, without a gap, and never changed: both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from market.errors import IdempotencyMismatch
from market.receipts import GENESIS, Kind, Movement, Parties, Receipt, holds, seal
from storage.receipt_tables import receipts
from storage.receipts import ReceiptRepository
from tests.support.crowds import CROWD, at_once
from tests.support.databases import Database

NOW = datetime(2026, 5, 6, 1, 30, tzinfo=UTC)


def paid(order: int) -> Movement:
    return Movement(Kind.FUNDING, f"O{order}:funding", 100 + order, Parties(), "sandbox", NOW)


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.engine.begin() as conn:
        yield conn


@pytest.fixture
def repository(conn: Connection) -> ReceiptRepository:
    return ReceiptRepository(conn)


def whole_chain(database: Database) -> tuple[Receipt, ...]:
    with database.engine.begin() as conn:
        return ReceiptRepository(conn).between(0, 10**6)


def test_the_first_is_r20481_and_each_holds_the_hash_of_the_one_before(
    repository: ReceiptRepository,
) -> None:
    first, second = repository.issue([paid(1), paid(2)])
    (third,) = repository.issue([paid(3)])

    assert [each.no for each in (first, second, third)] == ["R20481", "R20482", "R20483"]
    assert holds([first, second, third], GENESIS)
    assert repository.between(20481, 20483) == (first, second, third)
    assert repository.find(20482) == second
    assert repository.find(20484) is None
    assert repository.head() == third.head


def test_nothing_moved_is_no_receipt(repository: ReceiptRepository) -> None:
    assert repository.issue([]) == ()
    assert repository.head() == GENESIS


def test_the_same_cause_again_keeps_its_receipt(repository: ReceiptRepository) -> None:
    (first,) = repository.issue([paid(1)])

    later = replace(paid(1), at=NOW + timedelta(hours=1))
    again, new = repository.issue([later, paid(2)])

    assert again == first
    assert new.number == first.number + 1


@pytest.mark.parametrize(
    "other",
    [
        replace(paid(1), amount_fen=7),
        replace(paid(1), kind=Kind.REFUND),
        replace(paid(1), gateway="offline"),
    ],
    ids=["amount", "kind", "gateway"],
)
def test_a_cause_with_other_facts_is_refused(
    repository: ReceiptRepository, other: Movement
) -> None:
    repository.issue([paid(1)])

    with pytest.raises(IdempotencyMismatch):
        repository.issue([other])

    assert repository.head().number == 20481


def test_what_is_rolled_back_leaves_no_gap(database: Database) -> None:
    with database.engine.connect() as conn:
        ReceiptRepository(conn).issue([paid(1), paid(2)])
        conn.rollback()
    with database.engine.begin() as conn:
        savepoint = conn.begin_nested()
        ReceiptRepository(conn).issue([paid(3)])
        savepoint.rollback()
        ReceiptRepository(conn).issue([paid(4)])

    assert [(each.no, each.movement.cause) for each in whole_chain(database)] == [
        ("R20481", "O4:funding")
    ]


@pytest.mark.parametrize("table", ["receipts", "receipt_roots"])
@pytest.mark.parametrize("change", ["UPDATE {} SET hash = hash", "DELETE FROM {}"])
def test_what_was_written_is_never_changed(
    conn: Connection, repository: ReceiptRepository, table: str, change: str
) -> None:
    (receipt,) = repository.issue([paid(1)])
    repository.publish(receipt.head, NOW)

    with pytest.raises(IntegrityError, match=f"{table} is append-only"), conn.begin_nested():
        conn.execute(text(change.format(table)))

    assert repository.find(20481) == receipt
    assert repository.root_over(20481) is not None


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
@pytest.mark.parametrize("table", ["receipts", "receipt_roots"])
def test_nor_is_a_table_emptied(conn: Connection, table: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        conn.execute(text(f"TRUNCATE {table}"))


def test_no_receipt_is_replaced_by_another(conn: Connection, repository: ReceiptRepository) -> None:
    """SQLite's INSERT OR REPLACE deletes first: its triggers must hear of that."""
    (receipt,) = repository.issue([paid(1)])
    forged = replace(receipt, movement=paid(9))
    statement = insert(receipts).values(_row(forged))
    if conn.dialect.name == "sqlite":
        statement = statement.prefix_with("OR REPLACE")

    with pytest.raises(IntegrityError), conn.begin_nested():
        conn.execute(statement)

    assert repository.find(20481) == receipt


@pytest.mark.parametrize(
    "forge",
    [
        lambda receipt: replace(receipt, number=receipt.number + 1),  # a gap
        lambda receipt: replace(receipt, previous="f" * 64),  # another past
        lambda receipt: replace(receipt, number=20481, previous=GENESIS.hash),  # a second first
    ],
    ids=["gap", "past", "branch"],
)
def test_a_receipt_follows_the_last_one(
    conn: Connection, repository: ReceiptRepository, forge: object
) -> None:
    assert callable(forge)
    (first,) = repository.issue([paid(1)])
    (second,) = seal([paid(2)], first.head)

    with pytest.raises(IntegrityError), conn.begin_nested():
        conn.execute(insert(receipts).values(_row(forge(second))))

    conn.execute(insert(receipts).values(_row(second)))
    assert repository.head() == second.head


def test_eight_at_once_make_one_chain_without_a_gap(database: Database) -> None:
    def fund(index: int) -> list[int]:
        numbers = []
        for round_ in range(6):
            with database.engine.connect() as conn:
                made = ReceiptRepository(conn).issue(
                    [paid(100 * index + 10 * round_), paid(100 * index + 10 * round_ + 1)]
                )
                if round_ % 3 == 2:  # every third turn comes to nothing
                    conn.rollback()
                else:
                    conn.commit()
                    numbers += [each.number for each in made]
        return numbers

    given = [number for numbers in at_once(fund) for number in numbers]

    chain = whole_chain(database)
    assert sorted(given) == list(range(20481, 20481 + CROWD * 4 * 2))
    assert [each.number for each in chain] == sorted(given)
    assert holds(chain, GENESIS)


def test_eight_that_state_the_same_at_once_get_one_receipt(database: Database) -> None:
    def fund(_index: int) -> Receipt:
        with database.engine.begin() as conn:
            return ReceiptRepository(conn).issue([paid(1)])[0]

    assert len(set(at_once(fund))) == 1
    with database.engine.begin() as conn:
        assert conn.scalar(select(func.count()).select_from(receipts)) == 1


def test_the_end_that_proves_a_receipt_is_the_first_published_after_it(
    repository: ReceiptRepository,
) -> None:
    first, second = repository.issue([paid(1), paid(2)])
    assert repository.root_over(20481) is None
    assert repository.newest_root() is None
    repository.publish(second.head, NOW)
    (third,) = repository.issue([paid(3)])
    repository.publish(third.head, NOW + timedelta(days=1))

    over, newest = repository.root_over(first.number), repository.newest_root()
    assert over is not None
    assert (over.head, over.at) == (second.head, NOW)
    assert newest is not None
    assert newest.head == third.head


def _row(receipt: Receipt) -> dict[str, object]:
    movement = receipt.movement
    return {
        "number": receipt.number,
        "kind": movement.kind,
        "cause": movement.cause,
        "amount_fen": movement.amount_fen,
        "gateway": movement.gateway,
        "at": movement.at,
        "previous": receipt.previous,
        "hash": receipt.hash,
    }
