"""Deliveries: every version of what a provider handed over, with the hash of each file."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    Row,
    Table,
    Text,
    func,
    insert,
    select,
)

from storage.tables import Moment, metadata

deliveries = Table(
    "deliveries",
    metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("files", Text, nullable=False),
    Column("delivered_at", Moment, nullable=False),
    Column("milestone", Integer, nullable=False, server_default="1"),
)


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    name: str
    sha256: str  # hex, of the content; "" if the platform would not give it to us
    size_bytes: int
    token: str  # where the buyer can fetch it


@dataclass(frozen=True, slots=True)
class Delivery:
    order_id: int
    version: int  # 1, 2, …
    text: str
    files: tuple[DeliveredFile, ...]
    delivered_at: datetime
    milestone: int = 1  # the instalment it is for


class DeliveryRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(
        self,
        order_id: int,
        text: str,
        files: tuple[DeliveredFile, ...],
        now: datetime,
        *,
        milestone: int = 1,
    ) -> Delivery:
        """Store the next version; the order is locked by the caller."""
        last = self._conn.execute(
            select(func.max(deliveries.c.version)).where(deliveries.c.order_id == order_id)
        ).scalar_one()
        delivery = Delivery(order_id, (last or 0) + 1, text, files, now, milestone)
        self._conn.execute(
            insert(deliveries).values(
                order_id=order_id,
                version=delivery.version,
                text=text,
                files=json.dumps(
                    [[f.name, f.sha256, f.size_bytes, f.token] for f in files], ensure_ascii=False
                ),
                delivered_at=now,
                milestone=milestone,
            )
        )
        return delivery

    def of_order(self, order_id: int) -> tuple[Delivery, ...]:
        """All versions, the first one first."""
        rows = self._conn.execute(
            select(deliveries)
            .where(deliveries.c.order_id == order_id)
            .order_by(deliveries.c.version)
        )
        return tuple(map(_delivery, rows))

    def latest(self, order_id: int) -> Delivery | None:
        row = self._conn.execute(
            select(deliveries)
            .where(deliveries.c.order_id == order_id)
            .order_by(deliveries.c.version.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else _delivery(row)


def _delivery(row: Row[Any]) -> Delivery:
    files = tuple(DeliveredFile(*item) for item in json.loads(row.files))
    return Delivery(row.order_id, row.version, row.text, files, row.delivered_at, row.milestone)
