"""Conversations: one row per account we talk with, locked for the length of a turn.

The row says who the account belongs to, where the talk stands, and what the platform still
lets us send: a turn reads it once, at its start, and writes it once, at its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    Table,
    Text,
    bindparam,
    func,
    literal,
    select,
    update,
)

from market.parties import Sender, StaffRole
from storage.parties import members, people, staff
from storage.statements import Statement, insert_of
from storage.tables import Moment, metadata

conversations = Table(
    "conversations",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("via", Text, nullable=False, default=""),
    Column("state", Text, nullable=False, default=""),  # handlers.conversation, as JSON
    Column("reachable", Boolean, nullable=False, default=True),  # false: unfollowed, blocked
    Column("held", Integer, nullable=False, default=0),  # pushes waiting for the next message
    # What the platform lets us send unasked, see market.doors; NULL where nothing is rationed.
    Column("message_window_until", Moment),
    Column("message_window_left", Integer, nullable=False, default=0),
    Column("event_window_until", Moment),
    Column("event_window_left", Integer, nullable=False, default=0),
    Column("spoke_at", Moment, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Line:
    """An account of a person as the dispatcher sees it: can we speak, and how often still."""

    channel: str
    account: str
    person_id: int
    via: str
    reachable: bool
    message_window_until: datetime | None
    message_window_left: int
    event_window_until: datetime | None
    event_window_left: int
    spoke_at: datetime


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """What a turn starts from."""

    sender: Sender
    state: str
    held: int
    line: Line


_LINE = (
    conversations.c.channel,
    conversations.c.account,
    conversations.c.person_id,
    conversations.c.via,
    conversations.c.reachable,
    conversations.c.message_window_until,
    conversations.c.message_window_left,
    conversations.c.event_window_until,
    conversations.c.event_window_left,
    conversations.c.spoke_at,
)

_LOCK = Statement(
    select(
        *_LINE,
        conversations.c.state,
        conversations.c.held,
        people.c.name,
        members.c.provider_id,
        staff.c.role,
    )
    .select_from(
        conversations.join(people)
        .outerjoin(members, members.c.person_id == people.c.id)
        .outerjoin(staff, staff.c.person_id == people.c.id)
    )
    .where(
        conversations.c.channel == bindparam("channel"),
        conversations.c.account == bindparam("account"),
    )
    .with_for_update(of=conversations)
)
_START = Statement(
    insert_of(conversations, *(column.name for column in _LINE)).on_conflict_do_nothing()
)
# What a turn may change; the rest of the row is the dispatcher's and the operator's.
_SAVED = (
    "via",
    "reachable",
    "message_window_until",
    "message_window_left",
    "event_window_until",
    "event_window_left",
    "spoke_at",
)
SAVING = (
    update(conversations)
    .where(
        conversations.c.channel == bindparam("line_channel"),
        conversations.c.account == bindparam("line_account"),
    )
    .values({name: bindparam(name) for name in ("state", "held", *_SAVED)})
)
_SAVE = Statement(SAVING)


def saved_values(line: Line, *, state: str, held: int) -> dict[str, object]:
    """The values of `SAVING`."""
    return {
        "line_channel": line.channel,
        "line_account": line.account,
        "state": state,
        "held": held,
        **{name: getattr(line, name) for name in _SAVED},
    }


class ConversationRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def lock_for_turn(self, channel: str, account: str) -> ConversationRow | None:
        """Lock the conversation until the turn ends, then read it; None if it is the first word."""
        row = _LOCK.one(self._conn, channel=channel, account=account)
        if row is None:
            return None
        line = _line(row)
        state, held, name, provider_id, role = row[len(_LINE) :]
        sender = Sender(line.person_id, name, provider_id, StaffRole(role) if role else None)
        return ConversationRow(sender, state, held, line)

    def start(self, line: Line) -> None:
        """Make the row of somebody's first word; a twin that came first wins."""
        _START.run(self._conn, **{column.name: getattr(line, column.name) for column in _LINE})

    def save(self, line: Line, *, state: str, held: int) -> None:
        """Write back what the turn changed."""
        _SAVE.run(self._conn, **saved_values(line, state=state, held=held))

    def adopt(self, channel: str, account: str, person_id: int) -> None:
        """Bind an account to somebody else than it was first taken for."""
        self._conn.execute(
            update(conversations)
            .where(conversations.c.channel == channel, conversations.c.account == account)
            .values(person_id=person_id)
        )

    def lines_of(self, person_id: int) -> tuple[Line, ...]:
        """All accounts of a person, the one that spoke last first."""
        rows = self._conn.execute(
            select(*_LINE)
            .where(conversations.c.person_id == person_id)
            .order_by(conversations.c.spoke_at.desc())
        )
        return tuple(_line(row) for row in rows)

    def latest_state(self, person_id: int) -> str:
        """Where the talk of a person's account that spoke last stands; "" for nowhere."""
        return (
            self._conn.execute(
                select(conversations.c.state)
                .where(conversations.c.person_id == person_id)
                .order_by(conversations.c.spoke_at.desc())
                .limit(1)
            ).scalar_one_or_none()
            or ""
        )

    def spend_window(self, line: Line, *, event: bool) -> None:
        """Count one unasked message against the window it went through."""
        left = conversations.c.event_window_left if event else conversations.c.message_window_left
        self._conn.execute(
            update(conversations)
            .where(
                conversations.c.channel == line.channel,
                conversations.c.account == line.account,
                left > 0,
            )
            .values({left.name: left - 1})
        )

    def close_windows(self, line: Line, now: datetime) -> None:
        """The platform says nothing more goes through until the person speaks.

        A line of which no window was known yet is rationed from now on.
        """
        until = conversations.c.message_window_until
        self._conn.execute(
            update(conversations)
            .where(conversations.c.channel == line.channel, conversations.c.account == line.account)
            .values(
                message_window_until=func.coalesce(until, literal(now, Moment)),
                message_window_left=0,
                event_window_left=0,
            )
        )

    def mark_unreachable(self, line: Line) -> None:
        self._conn.execute(
            update(conversations)
            .where(conversations.c.channel == line.channel, conversations.c.account == line.account)
            .values(reachable=False, message_window_left=0, event_window_left=0)
        )

    def count_held(self, person_id: int, held: int) -> None:
        """Tell all of a person's conversations how many pushes wait for their next word."""
        self._conn.execute(
            update(conversations).where(conversations.c.person_id == person_id).values(held=held)
        )


def _line(row: Sequence[Any]) -> Line:
    return Line(*row[: len(_LINE)])
