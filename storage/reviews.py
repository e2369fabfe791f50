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
    select,
)

from storage.tables import Moment, metadata, upsert

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
        row = self._conn.execute(
            upsert(reviews)
            .values(
                order_id=order_id,
                person_id=person_id,
                provider_id=provider_id,
                stars=stars,
                text=text,
                written_at=now,
            )
            .on_conflict_do_nothing()
            .returning(reviews.c.stars)
        ).one_or_none()
        return row is not None

    def of_order(self, order_id: int, person_id: int) -> int | None:
        """The stars this person gave, None before."""
        return self._conn.execute(
            select(reviews.c.stars).where(
                reviews.c.order_id == order_id, reviews.c.person_id == person_id
            )
        ).scalar_one_or_none()
