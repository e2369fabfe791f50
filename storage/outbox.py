"""The outbox: every message that was decided, until it is known what became of it.

queued ──► sending ──► sent
  ▲  │        ├──────► unknown ─┐      the outcome is not known: never resent blindly
  │  └► held ◄┤                 ├─► shown   with the person's next message
  └───────────┴─► failed        ┘
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from zlib import crc32

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Row,
    Table,
    Text,
    and_,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import Insert

from market.doors import Priority
from storage.statements import Statement, numbered, rows_of
from storage.tables import Id, Moment, metadata, upsert

SHARDS = 64


class OutboxStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    HELD = "held"
    SHOWN = "shown"
    UNKNOWN = "unknown"
    FAILED = "failed"


outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("shard", Integer, nullable=False),
    # Deciding twice to tell somebody something cannot tell it twice.
    Column("key", Text, nullable=False, unique=True),
    Column("recipient", Text, nullable=False),  # order is kept per recipient
    Column("person_id", ForeignKey("people.id")),  # a door is chosen when it is sent
    Column("channel", Text),  # with account or room: exactly there
    Column("account", Text),
    Column("room", Text),
    Column("via", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("recovered", Integer, nullable=False, default=0),
    Column("lease_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("useless_after", Moment),  # a reminder of something that is over by then
    Column("error", Text, nullable=False, default=""),
    # Partial: the rows that still need work are few however long the history grows.
    Index(
        "ix_outbox_queued",
        "shard",
        "due_at",
        sqlite_where=text("status = 'queued'"),
        postgresql_where=text("status = 'queued'"),
    ),
    Index(
        "ix_outbox_recipient",
        "recipient",
        "id",
        sqlite_where=text("status IN ('queued', 'sending')"),
        postgresql_where=text("status IN ('queued', 'sending')"),
    ),
    Index(
        "ix_outbox_waiting",
        "person_id",
        "id",
        sqlite_where=text("status IN ('held', 'unknown')"),
        postgresql_where=text("status IN ('held', 'unknown')"),
    ),
)

_ADDED = (
    "shard",
    "key",
    "recipient",
    "person_id",
    "channel",
    "account",
    "room",
    "via",
    "body",
    "priority",
    "status",
    "due_at",
    "attempts",
    "recovered",
    "created_at",
    "useless_after",
    "error",
)


def adding(rows: int) -> Insert:
    """An insert of so many rows, each filled by `numbered`; a key that is known is left alone."""
    return upsert(outbox).values(rows_of(outbox, _ADDED, rows)).on_conflict_do_nothing()


@cache
def _add(rows: int) -> Statement:
    return Statement(adding(rows))


_earlier = outbox.alias("earlier")
_IS_QUEUED = text("outbox.status = 'queued'")  # a literal, so that the partial index serves


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message on its way: with a channel exactly there, without one by any open door."""

    id: int
    key: str
    person_id: int | None
    channel: str | None
    account: str | None
    room: str | None
    via: str
    body: str
    priority: Priority
    attempts: int
    recovered: int
    created_at: datetime
    useless_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found after a crash: so many rows queued again, these of unknown outcome."""

    queued: int
    unknown: tuple[OutboxRow, ...]


_ROW = (
    outbox.c.id,
    outbox.c.key,
    outbox.c.person_id,
    outbox.c.channel,
    outbox.c.account,
    outbox.c.room,
    outbox.c.via,
    outbox.c.body,
    outbox.c.priority,
    outbox.c.attempts,
    outbox.c.recovered,
    outbox.c.created_at,
    outbox.c.useless_after,
)


def shard_of(recipient: str) -> int:
    return crc32(recipient.encode()) % SHARDS


class OutboxRepository:
    """Rows in, rows out; `pushed` names the shards this transaction gave work to.

    A turn gathers what it decides to tell and writes it with its other last words; whatever
    else asks this repository meanwhile finds it written.
    """

    def __init__(self, conn: Connection) -> None:
        self._connection = conn
        self.pushed: set[int] = set()
        self._gathered: list[dict[str, object]] | None = None

    @property
    def _conn(self) -> Connection:
        self.flush()
        return self._connection

    def flush(self) -> None:
        """Write what was gathered so far; later rows are gathered again."""
        if self._gathered:
            rows, self._gathered = self._gathered, []
            _add(len(rows)).run(self._connection, **numbered(rows))

    @property
    def gathered(self) -> int:
        """How many rows wait to be written."""
        return len(self._gathered or ())

    def gather(self) -> None:
        """Keep rows back from now on, until `take_gathered`."""
        self._gathered = self._gathered or []

    def keep_gathered(self, count: int) -> None:
        """Forget all rows but the first `count`: what decided them was undone."""
        del (self._gathered or [])[count:]

    def take_gathered(self) -> list[dict[str, object]]:
        """What was kept back and not written, for whoever writes it now."""
        rows, self._gathered = self._gathered or [], None
        return rows

    def push(
        self,
        person_id: int,
        body: str,
        *,
        key: str,
        priority: Priority,
        now: datetime,
        useless_after: datetime | None = None,
    ) -> None:
        """Tell a person, by whatever door will be open; not in a digest after `useless_after`."""
        self._add(
            f"p{person_id}",
            body,
            key,
            priority,
            now,
            person_id=person_id,
            useless_after=useless_after,
        )

    def push_to_account(
        self,
        channel: str,
        account: str,
        body: str,
        *,
        person_id: int,
        key: str,
        via: str,
        now: datetime,
    ) -> None:
        """Answer a person exactly where they spoke."""
        self._add(
            f"a{channel}:{account}",
            body,
            key,
            Priority.REPLY,
            now,
            person_id=person_id,
            channel=channel,
            account=account,
            via=via,
        )

    def push_to_room(
        self,
        channel: str,
        room: str,
        body: str,
        *,
        key: str,
        via: str = "",
        priority: Priority,
        now: datetime,
    ) -> None:
        """Say one line in a group."""
        recipient = f"r{channel}:{room}"
        self._add(recipient, body, key, priority, now, channel=channel, room=room, via=via)

    def busy_shards(self, now: datetime) -> tuple[int, ...]:
        """Shards with rows that are due."""
        return tuple(
            self._conn.execute(
                select(outbox.c.shard).where(_IS_QUEUED, outbox.c.due_at <= now).distinct()
            ).scalars()
        )

    def claim(
        self,
        shard: int,
        now: datetime,
        *,
        lease: timedelta,
        limit: int,
        closed: Collection[str] = (),
        passed_over: Collection[int] = (),
    ) -> tuple[OutboxRow, ...]:
        """Claim due rows of a shard, oldest first, one per recipient; no other process gets them.

        A row waits while an earlier one to the same recipient is not settled, unless that one
        was put off before it was ever tried: what waits for the morning holds up no answer.
        Rows that must go by a channel in `closed`, and those `passed_over`, are left to whoever
        can send them.
        """
        ids = (
            select(outbox.c.id)
            .where(
                _IS_QUEUED,
                outbox.c.shard == shard,
                outbox.c.due_at <= now,
                or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now),
                or_(outbox.c.channel.is_(None), outbox.c.channel.not_in(closed)),
                outbox.c.id.not_in(passed_over),
                ~select(_earlier.c.id)
                .where(
                    _earlier.c.recipient == outbox.c.recipient,
                    _earlier.c.id < outbox.c.id,
                    text("earlier.status IN ('queued', 'sending')"),
                    or_(_earlier.c.due_at <= now, _earlier.c.attempts > 0),
                )
                .exists(),
            )
            .order_by(outbox.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=outbox)
        )
        claimed = [row.id for row in self._conn.execute(ids)]
        if not claimed:
            return ()
        self._conn.execute(
            update(outbox).where(outbox.c.id.in_(claimed)).values(lease_until=now + lease)
        )
        rows = self._conn.execute(
            select(*_ROW).where(outbox.c.id.in_(claimed)).order_by(outbox.c.id)
        )
        return tuple(_row(row) for row in rows)

    def begin_sending(self, row: OutboxRow, now: datetime, *, lease: timedelta) -> bool:
        """From here on the outcome is not known until it is marked.

        False if the row is not ours any more: it waited so long for its turn that the lease ran
        out, and another process has begun to send it.
        """
        begun = self._conn.execute(
            update(outbox)
            .where(
                outbox.c.id == row.id,
                _IS_QUEUED,
                outbox.c.attempts == row.attempts,
            )
            .values(
                status=OutboxStatus.SENDING,
                attempts=outbox.c.attempts + 1,
                lease_until=now + lease,
            )
        )
        return bool(begun.rowcount)

    def give_back(self, row: OutboxRow) -> None:
        """Leave a claimed row to the next that asks, unless somebody else has begun to send it."""
        self._conn.execute(
            update(outbox)
            .where(outbox.c.id == row.id, _IS_QUEUED, outbox.c.attempts == row.attempts)
            .values(lease_until=None)
        )

    def settle(self, row_id: int, status: OutboxStatus, now: datetime, *, error: str = "") -> None:
        self._conn.execute(
            update(outbox)
            .where(outbox.c.id == row_id)
            .values(status=status, settled_at=now, lease_until=None, error=error)
        )

    def retry(self, row_id: int, at: datetime, *, error: str = "") -> None:
        self._conn.execute(
            update(outbox)
            .where(outbox.c.id == row_id)
            .values(status=OutboxStatus.QUEUED, due_at=at, lease_until=None, error=error)
        )

    def recover(self, now: datetime, *, everything: bool) -> "Recovered":
        """Take back what a killed process was sending: once to the queue, then as unknown.

        With `everything` no lease is respected: right when no other process can be alive.
        """
        expired = or_(outbox.c.lease_until <= now, text("1 = 1" if everything else "1 = 0"))
        unclaimed = self._conn.execute(
            update(outbox)
            .where(_IS_QUEUED, outbox.c.lease_until.is_not(None), expired)
            .values(lease_until=None)
        ).rowcount
        crashed = and_(outbox.c.status == OutboxStatus.SENDING, expired)
        lost = self._conn.execute(
            update(outbox)
            .where(crashed, outbox.c.recovered > 0)
            .values(status=OutboxStatus.UNKNOWN, settled_at=now, lease_until=None)
            .returning(*_ROW)
        ).all()
        again = self._conn.execute(
            update(outbox)
            .where(crashed, outbox.c.recovered == 0)
            .values(status=OutboxStatus.QUEUED, recovered=1, due_at=now, lease_until=None)
        ).rowcount
        return Recovered(int(unclaimed + again), tuple(_row(row) for row in lost))

    def waiting_for(self, person_id: int, limit: int) -> tuple[OutboxRow, ...]:
        """What a person has not surely seen: held or of unknown outcome, important first."""
        rows = self._conn.execute(
            select(*_ROW)
            .where(outbox.c.person_id == person_id, text("outbox.status IN ('held', 'unknown')"))
            .order_by(outbox.c.priority, outbox.c.id)
            .limit(limit)
        )
        return tuple(_row(row) for row in rows)

    def count_waiting(self, person_id: int) -> int:
        return int(
            self._conn.execute(
                select(func.count())
                .select_from(outbox)
                .where(
                    outbox.c.person_id == person_id, text("outbox.status IN ('held', 'unknown')")
                )
            ).scalar_one()
        )

    def mark_shown(self, row_ids: Sequence[int], now: datetime) -> None:
        self._conn.execute(
            update(outbox)
            .where(outbox.c.id.in_(row_ids))
            .values(status=OutboxStatus.SHOWN, settled_at=now)
        )

    def give_up(self, row_ids: Sequence[int], now: datetime, *, why: str) -> None:
        """Settle what was not delivered and need not be any more: it does not count as seen."""
        if row_ids:
            self._conn.execute(
                update(outbox)
                .where(outbox.c.id.in_(row_ids))
                .values(status=OutboxStatus.FAILED, settled_at=now, lease_until=None, error=why)
            )

    def was_delivered(self, key_prefix: str) -> bool:
        """Whether any row whose key begins so was sent, or shown in a reply."""
        found = self._conn.execute(
            select(outbox.c.id)
            .where(
                outbox.c.key.startswith(key_prefix, autoescape=True),
                outbox.c.status.in_([OutboxStatus.SENT, OutboxStatus.SHOWN]),
            )
            .limit(1)
        ).one_or_none()
        return found is not None

    def delivered_at(self, key_prefix: str) -> datetime | None:
        """When the first row whose key begins so was sent or shown; None if none was."""
        moment: datetime | None = self._conn.execute(
            select(outbox.c.settled_at)
            .where(
                outbox.c.key.startswith(key_prefix, autoescape=True),
                outbox.c.status.in_([OutboxStatus.SENT, OutboxStatus.SHOWN]),
            )
            .order_by(outbox.c.settled_at)
            .limit(1)
        ).scalar_one_or_none()
        return moment

    def counts(self) -> dict[str, int]:
        """How many rows are in each status that still needs somebody's attention."""
        rows = self._conn.execute(
            select(outbox.c.status, func.count())
            .where(
                outbox.c.status.in_(
                    [
                        OutboxStatus.QUEUED,
                        OutboxStatus.SENDING,
                        OutboxStatus.HELD,
                        OutboxStatus.UNKNOWN,
                        OutboxStatus.FAILED,
                    ]
                )
            )
            .group_by(outbox.c.status)
        )
        return {str(status): int(count) for status, count in rows}

    def _add(
        self,
        recipient: str,
        body: str,
        key: str,
        priority: Priority,
        now: datetime,
        *,
        person_id: int | None = None,
        channel: str | None = None,
        account: str | None = None,
        room: str | None = None,
        via: str = "",
        useless_after: datetime | None = None,
    ) -> None:
        shard = shard_of(recipient)
        row = {
            "shard": shard,
            "key": key,
            "recipient": recipient,
            "person_id": person_id,
            "channel": channel,
            "account": account,
            "room": room,
            "via": via,
            "body": body,
            "priority": priority,
            "status": OutboxStatus.QUEUED,
            "due_at": now,
            "attempts": 0,
            "recovered": 0,
            "created_at": now,
            "useless_after": useless_after,
            "error": "",
        }
        if self._gathered is None:
            _add(1).run(self._connection, **numbered([row]))
        else:
            self._gathered.append(row)
        self.pushed.add(shard)


def _row(row: Row[*tuple[Any, ...]]) -> OutboxRow:
    return OutboxRow(**{**row._mapping, "priority": Priority(row.priority)})
