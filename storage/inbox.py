"""The inbox: each message of a platform counts once, and its reply is kept for repeats."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    delete,
    select,
    update,
)

from storage.statements import Statement, insert_of
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


_SAME_MESSAGE = (
    inbox.c.channel == bindparam("channel_"),
    inbox.c.message_id == bindparam("message_id_"),
)
_CLAIM = Statement(
    insert_of(inbox, "channel", "message_id", "taken_at")
    .on_conflict_do_nothing()
    .returning(inbox.c.channel)
)
_ANSWERED = Statement(select(inbox.c.reply, inbox.c.taken_at).where(*_SAME_MESSAGE))
ANSWERING = update(inbox).where(*_SAME_MESSAGE).values(reply=bindparam("reply"))
_ANSWER = Statement(ANSWERING)


def answer_values(channel: str, message_id: str, reply: str) -> dict[str, object]:
    """The values of `ANSWERING`."""
    return {"channel_": channel, "message_id_": message_id, "reply": reply}


class InboxRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def claim(self, channel: str, message_id: str, now: datetime) -> Answered | None:
        """Claim a message for this turn: None if it is ours, else how it was answered.

        A twin in another process waits here on the unique key until the first turn ends.
        """
        claimed = _CLAIM.one(self._conn, channel=channel, message_id=message_id, taken_at=now)
        return None if claimed is not None else self.answered(channel, message_id)

    def answered(self, channel: str, message_id: str) -> Answered | None:
        """How a message was answered; None if it was never taken."""
        row = _ANSWERED.one(self._conn, channel_=channel, message_id_=message_id)
        return None if row is None else Answered(*row)

    def answer(self, channel: str, message_id: str, reply: str) -> None:
        _ANSWER.run(self._conn, **answer_values(channel, message_id, reply))

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
