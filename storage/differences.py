"""Differences between bills and books: each has a row once, and stays until somebody closes it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Identity,
    Index,
    Insert,
    Row,
    Table,
    Text,
    UniqueConstraint,
    Update,
    func,
    insert,
    select,
    text,
    update,
)

from market.errors import NotFound
from market.reconciliation import Difference, Kind, LineState, RecordState, Sort
from storage.tables import Id, Moment, metadata, number_from

FIRST_NO = 101

differences = Table(
    "differences",
    metadata,
    Column("id", Id, Identity(start=FIRST_NO), primary_key=True),  # number: K{id}
    Column("gateway", Text, nullable=False),
    Column("key", Text, nullable=False),  # what it is about: found again, it is the same row
    Column("day", Text, nullable=False),
    Column("sort", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("subject", Text, nullable=False),  # O2048, V3; "" if it is nothing of ours
    Column("bill_fen", Id),  # NULL: not on the bill
    Column("books_fen", Id),  # NULL: not in our books
    Column("bill_state", Text, nullable=False),
    Column("books_state", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("closed_by", ForeignKey("people.id")),  # NULL: bill and books agree by now
    Column("reason", Text, nullable=False),
    UniqueConstraint("gateway", "key"),
    CheckConstraint("bill_fen IS NOT NULL OR books_fen IS NOT NULL", name="one_side"),
    CheckConstraint("closed_by IS NULL OR closed_at IS NOT NULL", name="closed"),
    Index(
        "ix_differences_open",
        "gateway",
        "day",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)
number_from(differences, FIRST_NO)


@dataclass(frozen=True, slots=True)
class Found:
    """A difference that was found, with its number K{id} and what became of it."""

    id: int
    gateway: str
    key: str
    day: date
    sort: Sort
    kind: Kind
    number: str
    transaction_id: str
    subject: str
    bill_fen: int | None
    books_fen: int | None
    bill_state: LineState | None
    books_state: RecordState | None
    opened_at: datetime
    closed_at: datetime | None
    closed_by: int | None
    reason: str

    @property
    def no(self) -> str:
        return f"K{self.id}"


def _found(row: Row[Any]) -> Found:
    values = {
        **row._mapping,
        "day": date.fromisoformat(row.day),
        "sort": Sort(row.sort),
        "kind": Kind(row.kind),
        "bill_state": LineState(row.bill_state) if row.bill_state else None,
        "books_state": RecordState(row.books_state) if row.books_state else None,
    }
    return Found(**values)


class DifferenceRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def note(self, gateway: str, day: date, difference: Difference, now: datetime) -> Found:
        """The row of this difference: made now, or as it stands, brought up to date.

        What a colleague closed stays closed; what had closed by itself opens again. The caller
        holds the day's bill, so nobody else makes the same row meanwhile.
        """
        line, record = difference.line, difference.record
        either = line or record
        assert either is not None, "a difference has a side"
        facts = {
            "sort": difference.sort,
            "number": either.number,
            "transaction_id": either.transaction_id,
            "subject": record.subject if record else "",
            "bill_fen": line.amount_fen if line else None,
            "books_fen": record.amount_fen if record else None,
            "bill_state": line.state if line else "",
            "books_state": record.state if record else "",
        }
        whose = {"gateway": gateway, "key": difference.key}
        known = self._conn.execute(select(differences).filter_by(**whose)).one_or_none()
        if known is not None and known.closed_by is not None:
            return _found(known)
        if known is not None:
            write: Update | Insert = (
                update(differences)
                .where(differences.c.id == known.id)
                .values(**facts, closed_at=None)
            )
        else:
            write = insert(differences).values(
                **whose,
                **facts,
                day=day.isoformat(),
                kind=either.kind,
                opened_at=now,
                reason="",
            )
        return _found(self._conn.execute(write.returning(differences)).one())

    def open_of_day(self, gateway: str, day: date) -> tuple[Found, ...]:
        rows = self._conn.execute(
            select(differences)
            .where(
                differences.c.gateway == gateway,
                differences.c.day == day.isoformat(),
                differences.c.closed_at.is_(None),
            )
            .order_by(differences.c.id)
        )
        return tuple(map(_found, rows))

    def open_days(self, gateway: str, most: int) -> tuple[date, ...]:
        """The newest days about which bill and books still do not agree."""
        rows = self._conn.scalars(
            select(differences.c.day)
            .where(differences.c.gateway == gateway, differences.c.closed_at.is_(None))
            .group_by(differences.c.day)
            .order_by(differences.c.day.desc())
            .limit(most)
        )
        return tuple(map(date.fromisoformat, rows))

    def open(self, most: int) -> tuple[Found, ...]:
        """The oldest that are open."""
        rows = self._conn.execute(
            select(differences)
            .where(differences.c.closed_at.is_(None))
            .order_by(differences.c.day, differences.c.id)
            .limit(most)
        )
        return tuple(map(_found, rows))

    def count_open(self, until: date | None = None) -> int:
        """How many are open, of all days or of those up to this one."""
        wanted = select(func.count()).where(differences.c.closed_at.is_(None))
        if until is not None:
            wanted = wanted.where(differences.c.day <= until.isoformat())
        return self._conn.scalar(wanted) or 0

    def lock(self, difference_id: int) -> Found:
        """Raises NotFound."""
        row = self._conn.execute(
            select(differences).where(differences.c.id == difference_id).with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound(f"K{difference_id}")
        return _found(row)

    def close(
        self, difference_id: int, now: datetime, *, by: int | None = None, reason: str = ""
    ) -> None:
        self._conn.execute(
            update(differences)
            .where(differences.c.id == difference_id, differences.c.closed_at.is_(None))
            .values(closed_at=now, closed_by=by, reason=reason)
        )
