"""What people said when they asked for a service, and what came of it: how the matcher learns.

Only what somebody wrote to us alone is kept, without names, contacts and sums, and for a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from storage.statements import Statement, insert_of
from storage.tables import Id, Moment, metadata
from storage.tasks import tasks

OPEN, ACCEPTED, CORRECTED, DROPPED, MISSED = "", "accepted", "corrected", "dropped", "missed"
ENDS_WITHIN = timedelta(days=1)  # what somebody asked for later than this was another matter
CONSIDERED = 10_000  # acceptances, the newest: more than a memory holds

utterances = Table(
    "utterances",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("said", Text, nullable=False),  # masked
    Column("told", Text, nullable=False),  # its telling part, see matching.memory
    Column("decision", Text, nullable=False),  # "match", "choose" or "none"
    Column("offered", Text, nullable=False),  # codes, parted by /
    Column("outcome", Text, nullable=False),
    Column("code", Text),  # the service the person wanted, as far as they said
    Column("said_at", Moment, nullable=False),
    Column("settled_at", Moment),  # when they confirmed it: published, or chosen among three
    Index("ix_utterances_person_id", "person_id", "id"),
    Index("ix_utterances_said_at", "said_at"),
    Index("ix_utterances_settled_at", "settled_at"),
)


@dataclass(frozen=True, slots=True)
class AcceptedWords:
    told: str
    code: str
    people: tuple[int, ...]  # who confirmed it, ascending


@dataclass(frozen=True, slots=True)
class AstrayWords:
    """An utterance that was missed, or read as another service than was wanted."""

    person_id: int
    said: str
    told: str
    code: str | None  # the service they ended up with
    asked_person: bool  # they asked for a colleague afterwards
    said_at: datetime


_ADD = Statement(
    insert_of(
        utterances, "person_id", "said", "told", "decision", "offered", "outcome", "said_at"
    ).returning(utterances.c.id)
)
_MINE = and_(
    utterances.c.id == bindparam("utterance_id"), utterances.c.person_id == bindparam("whose")
)
_SETTLE = Statement(
    update(utterances)
    .where(_MINE)
    .values(
        code=bindparam("service"),
        settled_at=bindparam("at", type_=Moment),
        outcome=case((utterances.c.outcome == CORRECTED, CORRECTED), else_=ACCEPTED),
    )
)
_CORRECT = Statement(
    update(utterances)
    .where(_MINE)
    .values(
        code=bindparam("service"),
        settled_at=None,
        outcome=case((utterances.c.offered == bindparam("service"), OPEN), else_=CORRECTED),
    )
)
_NOTHING_FITS = Statement(
    update(utterances).where(_MINE, utterances.c.outcome == OPEN).values(outcome=MISSED)
)


class UtteranceRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(
        self,
        person_id: int,
        *,
        said: str,
        told: str,
        decision: str,
        offered: Sequence[str],
        now: datetime,
    ) -> int:
        """Keep a masked utterance; one for which nothing was offered was missed."""
        row_id: int = _ADD.value(
            self._conn,
            person_id=person_id,
            said=said,
            told=told,
            decision=decision,
            offered="/".join(offered),
            outcome=OPEN if offered else MISSED,
            said_at=now,
        )
        return row_id

    def settle(self, utterance_id: int, person_id: int, code: str, now: datetime) -> None:
        """The person confirmed this service for it."""
        _SETTLE.run(self._conn, utterance_id=utterance_id, whose=person_id, service=code, at=now)

    def correct(self, utterance_id: int, person_id: int, code: str | None) -> None:
        """The person wanted another service than was read; None while they have not said which."""
        _CORRECT.run(self._conn, utterance_id=utterance_id, whose=person_id, service=code)

    def nothing_fits(self, utterance_id: int, person_id: int) -> None:
        """None of those that were offered was meant."""
        _NOTHING_FITS.run(self._conn, utterance_id=utterance_id, whose=person_id)

    def accepted(self, limit: int) -> tuple[AcceptedWords, ...]:
        """What was confirmed, the newest first; the same words are there once."""
        rows = self._conn.execute(
            select(utterances.c.told, utterances.c.code, utterances.c.person_id)
            .where(utterances.c.settled_at.is_not(None))
            .order_by(utterances.c.settled_at.desc(), utterances.c.id.desc())
            .limit(CONSIDERED)
        )
        people: dict[tuple[str, str], set[int]] = {}
        for told, code, person_id in rows:
            people.setdefault((told, code), set()).add(person_id)
        return tuple(
            AcceptedWords(told, code, tuple(sorted(who)))
            for (told, code), who in islice(people.items(), limit)
        )

    def state_of_accepted(self) -> tuple[int, datetime | None]:
        """Changes whenever something is confirmed or forgotten."""
        count, last = self._conn.execute(
            select(func.count(), func.max(utterances.c.settled_at)).where(
                utterances.c.settled_at.is_not(None)
            )
        ).one()
        return count, last

    def astray(self, since: datetime, limit: int) -> tuple[AstrayWords, ...]:
        """What was missed or corrected, the newest first, and what people asked for next."""
        later = utterances.alias("later")
        end = utterances.c.said_at + literal(_micros(ENDS_WITHIN), Id)
        ended_up = (
            select(later.c.code)
            .where(
                later.c.person_id == utterances.c.person_id,
                later.c.id > utterances.c.id,
                later.c.code.is_not(None),
                later.c.said_at <= end,
            )
            .order_by(later.c.id)
            .limit(1)
            .scalar_subquery()
        )
        asked_person = exists().where(
            tasks.c.key == literal("human:P") + cast(utterances.c.person_id, Text),
            tasks.c.opened_at >= utterances.c.said_at,
            tasks.c.opened_at <= end,
        )
        rows = self._conn.execute(
            select(
                utterances.c.person_id,
                utterances.c.said,
                utterances.c.told,
                func.coalesce(utterances.c.code, ended_up),
                asked_person,
                utterances.c.said_at,
            )
            .where(
                or_(utterances.c.outcome == MISSED, utterances.c.outcome == CORRECTED),
                utterances.c.said_at >= since,
            )
            .order_by(utterances.c.id.desc())
            .limit(limit)
        )
        return tuple(AstrayWords(*row) for row in rows)

    def of_person(self, person_id: int, limit: int) -> tuple[int, tuple[str, ...]]:
        """How many of a person's are kept, and the last few as they are kept."""
        mine = utterances.c.person_id == person_id
        count = self._conn.execute(select(func.count()).where(mine)).scalar_one()
        rows = self._conn.execute(
            select(utterances.c.said).where(mine).order_by(utterances.c.id.desc()).limit(limit)
        )
        return count, tuple(rows.scalars())

    def forget(self, person_id: int) -> None:
        self._conn.execute(delete(utterances).where(utterances.c.person_id == person_id))

    def prune(self, *, kept_since: datetime, open_since: datetime) -> int:
        """Forget what was said before the one; what is open since before the other was dropped."""
        self._conn.execute(
            update(utterances)
            .where(utterances.c.outcome == OPEN, utterances.c.said_at < open_since)
            .values(outcome=DROPPED)
        )
        return self._conn.execute(
            delete(utterances).where(utterances.c.said_at < kept_since)
        ).rowcount


def _micros(length: timedelta) -> int:
    return length // timedelta(microseconds=1)
