"""Errands: the table and what is asked of it. One row per payment and kind, until it is done."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Row,
    Table,
    Text,
    UniqueConstraint,
    func,
    or_,
    select,
    text,
    update,
)

from market.errands import Errand, ErrandKind
from storage.tables import Id, Moment, metadata, upsert

errands = Table(
    "errands",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("payment_id", ForeignKey("payments.id"), nullable=False),
    Column("amount_fen", Id, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("leased_until", Moment),  # somebody is at it; if they die, another may try
    Column("tries", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("done_at", Moment),
    Column("given_up", Boolean, nullable=False),
    # Whatever races: a payment is refunded once, and released once.
    UniqueConstraint("payment_id", "kind"),
    Index(
        "ix_errands_due_at",
        "due_at",
        sqlite_where=text("done_at IS NULL"),
        postgresql_where=text("done_at IS NULL"),
    ),
)


def _errand(row: Row[Any]) -> Errand:
    values = dict(row._mapping)
    del values["leased_until"]
    return Errand(**{**values, "kind": ErrandKind(row.kind)})


class ErrandRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(
        self, kind: ErrandKind, payment_id: int, due_at: datetime, *, amount_fen: int = 0
    ) -> bool:
        """Note an errand; False if it was noted before, which then stands as it is."""
        row = self._conn.execute(
            upsert(errands)
            .values(
                kind=kind,
                payment_id=payment_id,
                amount_fen=amount_fen,
                due_at=due_at,
                tries=0,
                error="",
                given_up=False,
            )
            .on_conflict_do_nothing()
            .returning(errands.c.id)
        ).one_or_none()
        return row is not None

    def find(self, kind: ErrandKind, payment_id: int) -> Errand | None:
        row = self._conn.execute(
            select(errands).where(errands.c.kind == kind, errands.c.payment_id == payment_id)
        ).one_or_none()
        return None if row is None else _errand(row)

    def ask_again(self, kind: ErrandKind, payment_id: int, now: datetime) -> None:
        """Let it be due now, also if it was done before or never noted: for what only asks."""
        fresh = {"due_at": now, "tries": 0, "error": "", "done_at": None, "given_up": False}
        self._conn.execute(
            upsert(errands)
            .values(kind=kind, payment_id=payment_id, amount_fen=0, **fresh)
            .on_conflict_do_update(index_elements=["payment_id", "kind"], set_=fresh)
        )

    def hasten(self, kind: ErrandKind, payment_id: int, now: datetime) -> bool:
        """Let it be due now, if it is still to be done; whether it is."""
        row = self._conn.execute(
            update(errands)
            .where(
                errands.c.kind == kind,
                errands.c.payment_id == payment_id,
                errands.c.done_at.is_(None),
            )
            .values(due_at=now)
            .returning(errands.c.id)
        ).one_or_none()
        return row is not None

    def claim(self, now: datetime, *, lease: timedelta, limit: int) -> tuple[Errand, ...]:
        """Take what is due and nobody is at, the oldest first, for as long as the lease lasts."""
        free = or_(errands.c.leased_until.is_(None), errands.c.leased_until <= now)
        due = (
            select(errands.c.id)
            .where(errands.c.done_at.is_(None), errands.c.due_at <= now, free)
            .order_by(errands.c.due_at, errands.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        ids = [row.id for row in self._conn.execute(due)]
        if not ids:
            return ()
        rows = self._conn.execute(
            update(errands)
            .where(errands.c.id.in_(ids))
            .values(leased_until=now + lease)
            .returning(errands)
        )
        return tuple(sorted(map(_errand, rows), key=lambda errand: (errand.due_at, errand.id)))

    def get(self, errand_id: int) -> Errand:
        """An errand that exists."""
        return _errand(self._conn.execute(select(errands).where(errands.c.id == errand_id)).one())

    def lock(self, errand_id: int) -> Errand:
        """An errand that exists, locked until the transaction ends."""
        row = self._conn.execute(
            select(errands).where(errands.c.id == errand_id).with_for_update()
        ).one()
        return _errand(row)

    def save(self, errand: Errand) -> None:
        """Keep what became of it, and let it go."""
        self._conn.execute(
            update(errands)
            .where(errands.c.id == errand.id)
            .values(
                due_at=errand.due_at,
                leased_until=None,
                tries=errand.tries,
                error=errand.error,
                done_at=errand.done_at,
                given_up=errand.given_up,
            )
        )

    def count_due(self, now: datetime) -> int:
        """How many are due and not done: what waits for a gateway."""
        found = self._conn.scalar(
            select(func.count()).where(errands.c.done_at.is_(None), errands.c.due_at <= now)
        )
        return found or 0
