"""Bills: which day's bill of which gateway is wanted, and the lines of those that were read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    Row,
    Table,
    Text,
    and_,
    delete,
    insert,
    or_,
    select,
    text,
    update,
)

from market.reconciliation import Kind, Line, LineState
from storage.tables import Id, Moment, metadata, upsert

bills = Table(
    "bills",
    metadata,
    Column("gateway", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # 2026-11-18, in the business zone
    Column("due_at", Moment, nullable=False),
    Column("leased_until", Moment),  # somebody is at it; if they die, another may try
    Column("tries", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("read_at", Moment),
    Index(
        "ix_bills_due_at",
        "due_at",
        sqlite_where=text("read_at IS NULL"),
        postgresql_where=text("read_at IS NULL"),
    ),
)

bill_lines = Table(
    "bill_lines",
    metadata,
    Column("gateway", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("transaction_id", Text, primary_key=True),
    Column("number", Text, nullable=False),
    Column("amount_fen", Id, CheckConstraint("amount_fen >= 0", name="amount"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    ForeignKeyConstraint(["gateway", "day"], ["bills.gateway", "bills.day"]),
    Index("ix_bill_lines_number", "gateway", "number"),
)

_AT_ONCE = 500  # values in one IN: SQLite stops at 32 766 parameters


@dataclass(frozen=True, slots=True)
class Bill:
    """A day's bill; `read_at` is None until its lines are here."""

    gateway: str
    day: date
    due_at: datetime
    tries: int  # that came to nothing
    error: str  # what the last of them met
    read_at: datetime | None


_BILL = (
    bills.c.gateway, bills.c.day, bills.c.due_at, bills.c.tries, bills.c.error, bills.c.read_at,
)  # fmt: skip
_LINE = (
    bill_lines.c.transaction_id, bill_lines.c.number, bill_lines.c.kind, bill_lines.c.amount_fen,
    bill_lines.c.at, bill_lines.c.state,
)  # fmt: skip


def _bill(row: Row[*tuple[Any, ...]]) -> Bill:
    return Bill(**{**row._mapping, "day": date.fromisoformat(row.day)})


def _line(row: Row[*tuple[Any, ...]]) -> Line:
    return Line(**{**row._mapping, "kind": Kind(row.kind), "state": LineState(row.state)})


class BillRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def want(self, gateway: str, day: date, due_at: datetime) -> None:
        """Note that this day's bill is to be read; one that was noted before stands as it is."""
        self._conn.execute(
            upsert(bills)
            .values(gateway=gateway, day=day.isoformat(), due_at=due_at, tries=0, error="")
            .on_conflict_do_nothing()
        )

    def newest(self, gateway: str) -> Bill | None:
        row = self._conn.execute(
            select(*_BILL).where(bills.c.gateway == gateway).order_by(bills.c.day.desc()).limit(1)
        ).one_or_none()
        return None if row is None else _bill(row)

    def latest(self, most: int) -> tuple[Bill, ...]:
        """The bills of the newest days, of every gateway."""
        rows = self._conn.execute(
            select(*_BILL).order_by(bills.c.day.desc(), bills.c.gateway).limit(most)
        )
        return tuple(map(_bill, rows))

    def claim(self, now: datetime, *, lease: timedelta, limit: int) -> tuple[Bill, ...]:
        """Take bills that are due and that nobody is at, the oldest first, for the lease."""
        free = or_(bills.c.leased_until.is_(None), bills.c.leased_until <= now)
        due = self._conn.execute(
            select(bills.c.gateway, bills.c.day)
            .where(bills.c.read_at.is_(None), bills.c.due_at <= now, free)
            .order_by(bills.c.day, bills.c.gateway)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        if not due:
            return ()
        taken = or_(*(and_(bills.c.gateway == row.gateway, bills.c.day == row.day) for row in due))
        rows = self._conn.execute(
            update(bills).where(taken).values(leased_until=now + lease).returning(*_BILL)
        )
        return tuple(sorted(map(_bill, rows), key=lambda bill: (bill.day, bill.gateway)))

    def lock(self, gateway: str, days: Iterable[date]) -> dict[date, Bill]:
        """The bills of these days that there are, locked from the oldest to the newest."""
        rows = self._conn.execute(
            select(*_BILL)
            .where(bills.c.gateway == gateway, bills.c.day.in_([day.isoformat() for day in days]))
            .order_by(bills.c.day)
            .with_for_update()
        )
        return {bill.day: bill for bill in map(_bill, rows)}

    def keep(self, gateway: str, day: date, lines: Sequence[Line], now: datetime) -> None:
        """The bill, which the caller has locked, was read: its lines replace those of before."""
        whose = {"gateway": gateway, "day": day.isoformat()}
        self._conn.execute(delete(bill_lines).filter_by(**whose))
        if lines:
            self._conn.execute(
                insert(bill_lines),
                [
                    whose
                    | {
                        "kind": line.kind,
                        "transaction_id": line.transaction_id,
                        "number": line.number,
                        "amount_fen": line.amount_fen,
                        "at": line.at,
                        "state": line.state,
                    }
                    for line in lines
                ],
            )
        self._conn.execute(
            update(bills).filter_by(**whose).values(read_at=now, leased_until=None, error="")
        )

    def failed(self, bill: Bill, error: str, due_at: datetime) -> None:
        """It came to nothing: again at that time."""
        self._conn.execute(
            update(bills)
            .where(
                bills.c.gateway == bill.gateway,
                bills.c.day == bill.day.isoformat(),
                bills.c.read_at.is_(None),
            )
            .values(tries=bill.tries + 1, error=error[:300], due_at=due_at, leased_until=None)
        )

    def lines(self, gateway: str, day: date) -> tuple[Line, ...]:
        rows = self._conn.execute(
            select(*_LINE)
            .where(bill_lines.c.gateway == gateway, bill_lines.c.day == day.isoformat())
            .order_by(bill_lines.c.at, bill_lines.c.kind, bill_lines.c.transaction_id)
        )
        return tuple(map(_line, rows))

    def elsewhere(self, gateway: str, day: date, numbers: Iterable[str]) -> tuple[Line, ...]:
        """What the bills of other days list under these numbers."""
        wanted = sorted(set(numbers))
        found: list[Line] = []
        for at in range(0, len(wanted), _AT_ONCE):
            rows = self._conn.execute(
                select(*_LINE)
                .where(
                    bill_lines.c.gateway == gateway,
                    bill_lines.c.day != day.isoformat(),
                    bill_lines.c.number.in_(wanted[at : at + _AT_ONCE]),
                )
                .order_by(bill_lines.c.at, bill_lines.c.transaction_id)
            )
            found += map(_line, rows)
        return tuple(found)
