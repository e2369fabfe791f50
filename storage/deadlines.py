"""Deadlines: what falls due and when; the clock's ticks look here, nothing is kept in memory."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Table,
    Text,
    bindparam,
    delete,
    or_,
    select,
    update,
)

from storage.statements import Statement, insert_of
from storage.tables import Id, Moment, metadata

deadlines = Table(
    "deadlines",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("subject_id", Id, primary_key=True, autoincrement=False),
    Column("due_at", Moment, nullable=False),
    Index("ix_deadlines_due_at", "due_at"),
)


@dataclass(frozen=True, slots=True)
class Deadline:
    kind: str
    subject_id: int
    due_at: datetime


_NEW = insert_of(deadlines, "kind", "subject_id", "due_at")
_SET = Statement(
    _NEW.on_conflict_do_update(
        index_elements=["kind", "subject_id"], set_={"due_at": _NEW.excluded.due_at}
    )
)
_SET_IF_ABSENT = Statement(_NEW.on_conflict_do_nothing().returning(deadlines.c.kind))


@cache  # by how many kinds: a handful of texts
def _clear(count: int) -> Statement:
    kinds = [deadlines.c.kind == bindparam(f"kind{at}") for at in range(count)]
    return Statement(
        delete(deadlines).where(deadlines.c.subject_id == bindparam("subject_id"), or_(*kinds))
    )


class DeadlineRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def set(self, kind: str, subject_id: int, due_at: datetime) -> None:
        """Set or move a deadline."""
        _SET.run(self._conn, kind=kind, subject_id=subject_id, due_at=due_at)

    def set_if_absent(self, kind: str, subject_id: int, due_at: datetime) -> bool:
        """Set a deadline unless one is running; returns whether it was set."""
        row = _SET_IF_ABSENT.one(self._conn, kind=kind, subject_id=subject_id, due_at=due_at)
        return row is not None

    def clear(self, subject_id: int, *kinds: str) -> None:
        if kinds:
            named = {f"kind{at}": kind for at, kind in enumerate(kinds)}
            _clear(len(kinds)).run(self._conn, subject_id=subject_id, **named)

    def due(self, now: datetime, limit: int) -> tuple[Deadline, ...]:
        """What is due, oldest first; nothing is locked."""
        rows = self._conn.execute(
            select(deadlines)
            .where(deadlines.c.due_at <= now)
            .order_by(deadlines.c.due_at)
            .limit(limit)
        )
        return tuple(Deadline(*row) for row in rows)

    def take(self, deadline: Deadline, now: datetime) -> bool:
        """Take a due deadline for this transaction; False if another process has it or it moved."""
        row = self._conn.execute(
            select(deadlines.c.kind)
            .where(
                deadlines.c.kind == deadline.kind,
                deadlines.c.subject_id == deadline.subject_id,
                deadlines.c.due_at <= now,
            )
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if row is None:
            return False
        self._conn.execute(
            delete(deadlines).where(
                deadlines.c.kind == deadline.kind, deadlines.c.subject_id == deadline.subject_id
            )
        )
        return True

    def postpone(self, deadline: Deadline, until: datetime) -> None:
        """A deadline whose action failed waits before it is tried again."""
        self._conn.execute(
            update(deadlines)
            .where(deadlines.c.kind == deadline.kind, deadlines.c.subject_id == deadline.subject_id)
            .values(due_at=until)
        )
