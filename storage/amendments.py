"""Amendments: what staff would change in a demand, until its buyer agrees or not."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, Integer, Table, Text, delete, select

from storage.tables import Moment, metadata, upsert

amendments = Table(
    "amendments",
    metadata,
    Column("demand_id", ForeignKey("demands.id"), primary_key=True),
    Column("version", Integer, nullable=False),  # of the demand that was read
    Column("text", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("invited", Text, nullable=False),  # credit codes of providers, a JSON list
    Column("closes_at", Moment),  # NULL: as usual
    Column("staff_id", ForeignKey("people.id"), nullable=False),
    Column("proposed_at", Moment, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Amendment:
    """The words staff propose, and whom to invite until when once the buyer agrees."""

    demand_id: int
    version: int
    text: str
    details: tuple[str, ...]
    invited: tuple[str, ...]
    closes_at: datetime | None
    staff_id: int
    proposed_at: datetime


class AmendmentRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def propose(self, amendment: Amendment) -> None:
        """Put an amendment before the buyer; it takes the place of an earlier one."""
        values = {
            "version": amendment.version,
            "text": amendment.text,
            "details": json.dumps(amendment.details, ensure_ascii=False),
            "invited": json.dumps(amendment.invited),
            "closes_at": amendment.closes_at,
            "staff_id": amendment.staff_id,
            "proposed_at": amendment.proposed_at,
        }
        self._conn.execute(
            upsert(amendments)
            .values(demand_id=amendment.demand_id, **values)
            .on_conflict_do_update(index_elements=["demand_id"], set_=values)
        )

    def find(self, demand_id: int) -> Amendment | None:
        row = self._conn.execute(
            select(amendments).where(amendments.c.demand_id == demand_id)
        ).one_or_none()
        if row is None:
            return None
        return Amendment(
            demand_id=row.demand_id,
            version=row.version,
            text=row.text,
            details=tuple(json.loads(row.details)),
            invited=tuple(json.loads(row.invited)),
            closes_at=row.closes_at,
            staff_id=row.staff_id,
            proposed_at=row.proposed_at,
        )

    def drop(self, demand_id: int) -> None:
        self._conn.execute(delete(amendments).where(amendments.c.demand_id == demand_id))
