"""Tasks of the service centre: what waits for a human, in the order it should be done."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Identity, Index, Integer, Table, Text, select, update

from storage.tables import Id, Moment, metadata, upsert

tasks = Table(
    "tasks",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # "review:D1024": asked for once
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("urgency", Integer, nullable=False),  # 0 first
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Index("ix_tasks_open", "closed_at", "urgency", "opened_at"),
)


@dataclass(frozen=True, slots=True)
class Task:
    kind: str  # review, payment, dispute, call, human, push, bug
    subject: str
    note: str
    urgency: int
    opened_at: datetime


class TaskRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def open(
        self, kind: str, subject: str, now: datetime, *, note: str = "", urgency: int = 5
    ) -> None:
        """Ask the staff for something; asking again reopens it at most, never doubles it."""
        self._conn.execute(
            upsert(tasks)
            .values(
                key=f"{kind}:{subject}",
                kind=kind,
                subject=subject,
                note=note,
                urgency=urgency,
                opened_at=now,
            )
            .on_conflict_do_update(
                index_elements=["key"], set_={"closed_at": None, "note": note, "urgency": urgency}
            )
        )

    def close(self, kind: str, subject: str, now: datetime) -> None:
        self._conn.execute(
            update(tasks)
            .where(tasks.c.key == f"{kind}:{subject}", tasks.c.closed_at.is_(None))
            .values(closed_at=now)
        )

    def waiting(self, limit: int) -> tuple[Task, ...]:
        rows = self._conn.execute(
            select(tasks.c.kind, tasks.c.subject, tasks.c.note, tasks.c.urgency, tasks.c.opened_at)
            .where(tasks.c.closed_at.is_(None))
            .order_by(tasks.c.urgency, tasks.c.opened_at)
            .limit(limit)
        )
        return tuple(Task(*row) for row in rows)
