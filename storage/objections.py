"""Objections against purchases: the table and what is asked of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Identity,
    Row,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    select,
    update,
)

from market.objections import Objection
from storage.tables import Id, Moment, metadata, upsert

objections = Table(
    "objections",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False),
    Column("provider_id", ForeignKey("providers.id"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("upheld", Boolean, nullable=False, server_default=false()),
    Column("answer", Text, nullable=False),
    UniqueConstraint("order_id", "provider_id"),  # one each
)


class ObjectionRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, objection: Objection) -> bool:
        """Store it; False if this provider has objected before. The caller holds the order."""
        row = self._conn.execute(
            upsert(objections)
            .values(
                order_id=objection.order_id,
                provider_id=objection.provider_id,
                person_id=objection.person_id,
                reason=objection.reason,
                at=objection.at,
                upheld=False,
                answer="",
            )
            .on_conflict_do_nothing()
            .returning(objections.c.id)
        ).one_or_none()
        return row is not None

    def count_open(self, order_id: int) -> int:
        return (
            self._conn.scalar(
                select(func.count()).where(
                    objections.c.order_id == order_id, objections.c.answered_at.is_(None)
                )
            )
            or 0
        )

    def answer_all(
        self, order_id: int, answer: str, now: datetime, *, upheld: bool
    ) -> tuple[Objection, ...]:
        """Answer every open one of an order that the caller holds; returns them."""
        rows = self._conn.execute(
            update(objections)
            .where(objections.c.order_id == order_id, objections.c.answered_at.is_(None))
            .values(answered_at=now, answer=answer, upheld=upheld)
            .returning(objections)
        )
        return tuple(sorted(map(_objection, rows), key=lambda one: one.id))


def _objection(row: Row[Any]) -> Objection:
    return Objection(**row._mapping)
