"""The inbox: each message of a platform counts once, and its reply is kept for repeats."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Index, Integer, Table, Text, delete, select, update

from storage.tables import Moment, metadata, upsert

inbox = Table(
    "inbox",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("taken_at", Moment, nullable=False),
    Column("reply", Text),  # Message as JSON; NULL is silence
    Index("ix_inbox_taken_at", "taken_at"),
    sqlite_with_rowid=False,
)

inbox_failures = Table(
    "inbox_failures",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed_at", Moment, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a message was answered with when it was first taken."""

    reply: str | None
    taken_at: datetime


class InboxRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def claim(self, channel: str, message_id: str, now: datetime) -> Answered | None:
        """Claim a message for this turn: None if it is ours, else how it was answered.

        A twin in another process waits here on the unique key until the first turn ends.
        """
        row = self._conn.execute(
            upsert(inbox)
            .values(channel=channel, message_id=message_id, taken_at=now)
            .on_conflict_do_nothing()
            .returning(inbox.c.channel)
        ).one_or_none()
        return None if row is not None else self.answered(channel, message_id)

    def answered(self, channel: str, message_id: str) -> Answered | None:
        """How a message was answered; None if it was never taken."""
        row = self._conn.execute(
            select(inbox.c.reply, inbox.c.taken_at).where(
                inbox.c.channel == channel, inbox.c.message_id == message_id
            )
        ).one_or_none()
        return None if row is None else Answered(row.reply, row.taken_at)

    def answer(self, channel: str, message_id: str, reply: str) -> None:
        self._conn.execute(
            update(inbox)
            .where(inbox.c.channel == channel, inbox.c.message_id == message_id)
            .values(reply=reply)
        )

    def count_failure(self, channel: str, message_id: str, now: datetime) -> int:
        """Count a turn that ended in a bug; returns how many there were for this message."""
        statement = upsert(inbox_failures).values(
            channel=channel, message_id=message_id, failures=1, failed_at=now
        )
        failures: int = self._conn.execute(
            statement.on_conflict_do_update(
                index_elements=["channel", "message_id"],
                set_={"failures": inbox_failures.c.failures + 1, "failed_at": now},
            ).returning(inbox_failures.c.failures)
        ).scalar_one()
        return failures

    def forget_before(self, moment: datetime) -> int:
        """Drop what no platform repeats any more; returns how many rows went."""
        self._conn.execute(delete(inbox_failures).where(inbox_failures.c.failed_at < moment))
        return self._conn.execute(delete(inbox).where(inbox.c.taken_at < moment)).rowcount
