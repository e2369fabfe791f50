"""Tasks of the service centre: what waits for a human, in the order it should be done."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    case,
    literal,
    or_,
    select,
    update,
)

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
    Column("not_before", Moment),  # put off: nobody sees it until then
    Index("ix_tasks_open", "closed_at", "urgency", "opened_at"),
)


@dataclass(frozen=True, slots=True)
class Task:
    kind: str  # one of market.tasks
    subject: str
    note: str
    urgency: int
    opened_at: datetime


_TASK = (tasks.c.kind, tasks.c.subject, tasks.c.note, tasks.c.urgency, tasks.c.opened_at)


class TaskRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def open(
        self, kind: str, subject: str, now: datetime, *, note: str = "", urgency: int = 5
    ) -> None:
        """Ask the staff for something; asking again reopens it at most, never doubles it.

        While it is open the wait counts from the first time it was asked for.
        """
        opened_at = case(
            (tasks.c.closed_at.is_(None), tasks.c.opened_at), else_=literal(now, Moment)
        )
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
                index_elements=["key"],
                set_={
                    "closed_at": None,
                    "opened_at": opened_at,
                    "not_before": None,
                    "note": note,
                    "urgency": urgency,
                },
            )
        )

    def find(self, kind: str, subject: str) -> Task | None:
        """The open task of this kind about this subject, put off or not."""
        row = self._conn.execute(
            select(*_TASK).where(tasks.c.key == f"{kind}:{subject}", tasks.c.closed_at.is_(None))
        ).one_or_none()
        return None if row is None else Task(*row)

    def postpone(self, kind: str, subject: str, until: datetime) -> None:
        """Take an open task out of sight for a while."""
        self._conn.execute(
            update(tasks)
            .where(tasks.c.key == f"{kind}:{subject}", tasks.c.closed_at.is_(None))
            .values(not_before=until)
        )

    def close(self, kind: str, subject: str, now: datetime) -> None:
        self._conn.execute(
            update(tasks)
            .where(tasks.c.key == f"{kind}:{subject}", tasks.c.closed_at.is_(None))
            .values(closed_at=now)
        )

    def waiting(self, now: datetime, limit: int) -> tuple[Task, ...]:
        """What is open and not put off, the most urgent and then the oldest first."""
        rows = self._conn.execute(
            select(*_TASK)
            .where(
                tasks.c.closed_at.is_(None),
                or_(tasks.c.not_before.is_(None), tasks.c.not_before <= now),
            )
            .order_by(tasks.c.urgency, tasks.c.opened_at, tasks.c.id)
            .limit(limit)
        )
        return tuple(Task(*row) for row in rows)

    def about(self, subject: str) -> tuple[Task, ...]:
        """The open tasks about this subject, the most urgent first."""
        rows = self._conn.execute(
            select(*_TASK)
            .where(tasks.c.subject == subject, tasks.c.closed_at.is_(None))
            .order_by(tasks.c.urgency, tasks.c.id)
        )
        return tuple(Task(*row) for row in rows)
