"""Reviews: one per order and side."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Integer,
    Table,
    Text,
    bindparam,
    select,
)

from storage.statements import Statement, insert_of
from storage.tables import Moment, metadata

reviews = Table(
    "reviews",
    metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("provider_id", ForeignKey("providers.id"), nullable=False, index=True),
    Column("stars", Integer, CheckConstraint("stars BETWEEN 1 AND 5", name="stars")),
    Column("text", Text, nullable=False),
    Column("written_at", Moment, nullable=False),
)


_ADD = Statement(
    insert_of(reviews, "order_id", "person_id", "provider_id", "stars", "text", "written_at")
    .on_conflict_do_nothing()
    .returning(reviews.c.stars)
)
_STARS = Statement(
    select(reviews.c.stars).where(
        reviews.c.order_id == bindparam("order_id"), reviews.c.person_id == bindparam("person_id")
    )
)


class ReviewRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(
        self,
        *,
        order_id: int,
        person_id: int,
        provider_id: int,
        stars: int,
        text: str,
        now: datetime,
    ) -> bool:
        """Store a review; False if this person reviewed the order before."""
        row = _ADD.one(
            self._conn,
            order_id=order_id,
            person_id=person_id,
            provider_id=provider_id,
            stars=stars,
            text=text,
            written_at=now,
        )
        return row is not None

    def of_order(self, order_id: int, person_id: int) -> int | None:
        """The stars this person gave, None before."""
        stars: int | None = _STARS.value(self._conn, order_id=order_id, person_id=person_id)
        return stars
