"""History: every step of every demand, bid, order and dispute, append-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, Identity, Index, Table, Text, select

from storage.statements import Statement, insert_of
from storage.tables import Id, Moment, metadata

history = Table(
    "history",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("subject", Text, nullable=False),  # D1024, O2048, J88
    Column("step", Text, nullable=False),
    Column("status", Text, nullable=False),  # where the step led
    Column("person_id", ForeignKey("people.id")),  # NULL: the clock
    Column("note", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_history_subject", "subject", "id"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One step that was taken; `person_id` is None for the clock."""

    id: int
    subject: str
    step: str
    status: str
    person_id: int | None
    note: str
    at: datetime


_ENTRY = (
    history.c.id,
    history.c.subject,
    history.c.step,
    history.c.status,
    history.c.person_id,
    history.c.note,
    history.c.at,
)
_ADD = Statement(insert_of(history, "subject", "step", "status", "person_id", "note", "at"))


class HistoryRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(
        self,
        subject: str,
        step: str,
        status: str,
        now: datetime,
        *,
        person_id: int | None = None,
        note: str = "",
    ) -> None:
        _ADD.run(
            self._conn,
            subject=subject,
            step=step,
            status=status,
            person_id=person_id,
            note=note,
            at=now,
        )

    def steps(self, subject: str) -> tuple[tuple[str, str, datetime], ...]:
        """(step, status, at) in the order they were taken."""
        rows = self._conn.execute(
            select(history.c.step, history.c.status, history.c.at)
            .where(history.c.subject == subject)
            .order_by(history.c.id)
        )
        return tuple((row.step, row.status, row.at) for row in rows)

    def latest(self, subject: str, *steps: str) -> Entry | None:
        """The last time one of these steps was taken."""
        row = self._conn.execute(
            select(*_ENTRY)
            .where(history.c.subject == subject, history.c.step.in_(steps))
            .order_by(history.c.id.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else Entry(*row)

    def after(self, subjects: Sequence[str], entry_id: int) -> tuple[Entry, ...]:
        """What happened to these subjects after that entry, in order."""
        rows = self._conn.execute(
            select(*_ENTRY)
            .where(history.c.subject.in_(subjects), history.c.id > entry_id)
            .order_by(history.c.id)
        )
        return tuple(Entry(*row) for row in rows)
