"""Disputes: the table and what is asked of it."""

from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Identity,
    Integer,
    Table,
    Text,
    insert,
    select,
    update,
)

from market.disputes import Dispute
from market.errors import NotFound
from storage.tables import Id, Moment, metadata, number_from

FIRST_NO = 88

disputes = Table(
    "disputes",
    metadata,
    Column("id", Id, Identity(start=FIRST_NO), primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("opened_by", ForeignKey("people.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("decision", Text, nullable=False, default=""),
    Column("refund_bp", Integer),
    Column("proposed_by", ForeignKey("people.id")),
    Column("decided_at", Moment),
    sqlite_autoincrement=True,
)
number_from(disputes, FIRST_NO)


class DisputeRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, order_id: int, opened_by: int, reason: str, now: datetime) -> Dispute:
        dispute_id = self._conn.execute(
            insert(disputes)
            .values(order_id=order_id, opened_by=opened_by, reason=reason, opened_at=now)
            .returning(disputes.c.id)
        ).scalar_one()
        return Dispute(dispute_id, order_id, opened_by, reason, now)

    def lock(self, dispute_id: int) -> Dispute:
        """Raises NotFound."""
        row = self._conn.execute(
            select(disputes).where(disputes.c.id == dispute_id).with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound(f"J{dispute_id}")
        return Dispute(**row._mapping)

    def undecided_of(self, order_id: int) -> Dispute | None:
        """The dispute that this order is in."""
        row = self._conn.execute(
            select(disputes)
            .where(disputes.c.order_id == order_id, disputes.c.decided_at.is_(None))
            .order_by(disputes.c.id.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else Dispute(**row._mapping)

    def undecided(self, limit: int) -> tuple[Dispute, ...]:
        rows = self._conn.execute(
            select(disputes)
            .where(disputes.c.decided_at.is_(None))
            .order_by(disputes.c.id)
            .limit(limit)
        )
        return tuple(Dispute(**row._mapping) for row in rows)

    def save(self, dispute: Dispute) -> None:
        self._conn.execute(
            update(disputes)
            .where(disputes.c.id == dispute.id)
            .values(
                decision=dispute.decision,
                refund_bp=dispute.refund_bp,
                proposed_by=dispute.proposed_by,
                decided_at=dispute.decided_at,
            )
        )
