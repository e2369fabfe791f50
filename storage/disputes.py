"""Disputes and what was decided about them: the tables and what is asked of them."""

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Identity,
    Integer,
    Row,
    Table,
    Text,
    insert,
    select,
    update,
)

from market.disputes import Dispute, DisputeStatus, Ruling, Track
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
    Column("track", Text, nullable=False, server_default="single"),
    Column("status", Text, nullable=False, server_default="open"),
    Column("decision", Text, nullable=False, default=""),
    Column("refund_bp", Integer),
    Column("proposed_by", ForeignKey("people.id")),
    Column("decided_at", Moment),
    Column("appeal_by", Moment),
    Column("buyer_accepted_at", Moment),
    Column("provider_accepted_at", Moment),
    Column("appeal", Text, nullable=False, server_default=""),
    Column("appealed_by", Id),
    Column("appealed_at", Moment),
    Column("executed_at", Moment),
    sqlite_autoincrement=True,
)
number_from(disputes, FIRST_NO)

# Written when it is decided and never changed: an appeal does not undo who decided what.
rulings = Table(
    "rulings",
    metadata,
    Column("dispute_id", ForeignKey("disputes.id"), primary_key=True),
    Column("instance", Integer, primary_key=True, autoincrement=False),
    Column("refund_bp", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_by", ForeignKey("people.id")),  # NULL: a panel
    Column("agreed_by", ForeignKey("people.id")),
    Column("decided_at", Moment, nullable=False),
    CheckConstraint("instance IN (1, 2)", name="instance"),
    CheckConstraint("refund_bp BETWEEN 0 AND 10000", name="refund"),
    CheckConstraint("agreed_by <> decided_by", name="two_keys"),
)

_OF_OPENING = ("id", "order_id", "opened_by", "reason", "opened_at", "track")
_CHANGING = tuple(each.name for each in fields(Dispute) if each.name not in _OF_OPENING)


class DisputeRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(
        self, order_id: int, opened_by: int, reason: str, track: Track, now: datetime
    ) -> Dispute:
        dispute_id = self._conn.execute(
            insert(disputes)
            .values(
                order_id=order_id, opened_by=opened_by, reason=reason, track=track, opened_at=now
            )
            .returning(disputes.c.id)
        ).scalar_one()
        return Dispute(dispute_id, order_id, opened_by, reason, now, track)

    def lock(self, dispute_id: int) -> Dispute:
        """Raises NotFound."""
        row = self._conn.execute(
            select(disputes).where(disputes.c.id == dispute_id).with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound(f"J{dispute_id}")
        return _dispute(row)

    def of_order(self, order_id: int) -> Dispute | None:
        """The newest dispute about this order."""
        row = self._conn.execute(
            select(disputes)
            .where(disputes.c.order_id == order_id)
            .order_by(disputes.c.id.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else _dispute(row)

    def save(self, dispute: Dispute) -> None:
        values = {name: getattr(dispute, name) for name in _CHANGING}
        self._conn.execute(update(disputes).where(disputes.c.id == dispute.id).values(**values))

    def add_ruling(self, ruling: Ruling) -> None:
        self._conn.execute(insert(rulings).values(asdict(ruling)))

    def rulings_of(self, dispute_id: int) -> tuple[Ruling, ...]:
        """One for each instance that has decided, in order."""
        rows = self._conn.execute(
            select(rulings).where(rulings.c.dispute_id == dispute_id).order_by(rulings.c.instance)
        )
        return tuple(Ruling(**row._mapping) for row in rows)


def _dispute(row: Row[Any]) -> Dispute:
    values: dict[str, Any] = dict(row._mapping)
    values["track"] = Track(values["track"])
    values["status"] = DisputeStatus(values["status"])
    return Dispute(**values)
