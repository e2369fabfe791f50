"""Public money in the prices of orders."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Identity,
    Index,
    Row,
    Table,
    Text,
    insert,
    select,
    text,
    update,
)

from market.public_parts import PartStatus, PublicPart
from storage.tables import Id, Moment, metadata

_COUNTS = text("status IN ('held', 'spent')")

public_parts = Table(
    "public_parts",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False),
    Column("programme", ForeignKey("programmes.code"), nullable=False),
    Column("voucher_id", ForeignKey("vouchers.id")),  # NULL: the authority buys
    Column("amount_fen", Id, CheckConstraint("amount_fen > 0", name="amount"), nullable=False),
    Column("status", Text, nullable=False),
    Column("payer_id", ForeignKey("people.id")),
    Column("provider_id", ForeignKey("people.id")),
    Column("stands_still_until", Moment),
    # Whatever races: an order has one such part.
    Index(
        "uq_public_parts_order",
        "order_id",
        unique=True,
        sqlite_where=_COUNTS,
        postgresql_where=_COUNTS,
    ),
)


class PublicPartRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(
        self,
        order_id: int,
        programme: str,
        amount_fen: int,
        *,
        voucher_id: int | None,
        stands_still_until: datetime | None = None,
    ) -> PublicPart:
        """Store one for an order that the caller holds; the money is to be set aside as well."""
        row = self._conn.execute(
            insert(public_parts)
            .values(
                order_id=order_id,
                programme=programme,
                voucher_id=voucher_id,
                amount_fen=amount_fen,
                status=PartStatus.HELD,
                stands_still_until=stands_still_until,
            )
            .returning(public_parts)
        ).one()
        return _part(row)

    def of_order(self, order_id: int) -> PublicPart | None:
        """The one that counts: held, or spent."""
        row = self._conn.execute(
            select(public_parts).where(
                public_parts.c.order_id == order_id,
                public_parts.c.status != PartStatus.RELEASED,
            )
        ).one_or_none()
        return None if row is None else _part(row)

    def save(self, part: PublicPart) -> None:
        self._conn.execute(
            update(public_parts)
            .where(public_parts.c.id == part.id)
            .values(status=part.status, payer_id=part.payer_id, provider_id=part.provider_id)
        )


def _part(row: Row[Any]) -> PublicPart:
    return PublicPart(**{**row._mapping, "status": PartStatus(row.status)})
