"""Demands: the table and what is asked of it."""

import json
from collections.abc import Sequence
from datetime import date, datetime
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
    insert,
    select,
    update,
)

from market.demands import Demand, DemandStatus, Terms
from market.errors import NotFound
from storage.tables import Id, Moment, metadata, number_from

FIRST_NO = 1024

demands = Table(
    "demands",
    metadata,
    Column("id", Id, Identity(start=FIRST_NO), primary_key=True),
    Column("buyer_id", ForeignKey("people.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("service_code", Text),
    Column("budget_min_fen", Id),
    Column("budget_max_fen", Id),
    Column("budget_note", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("needed_by", Text),
    Column("urgent", Boolean, nullable=False),
    Column("details", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("published_at", Moment),
    Column("closes_at", Moment),
    Column("choose_by", Moment),
    Column("created_at", Moment, nullable=False),
    Index("ix_demands_buyer_id", "buyer_id", "id"),
    Index("ix_demands_status", "status"),
    sqlite_autoincrement=True,
)
number_from(demands, FIRST_NO)


def _values(demand: Demand) -> dict[str, Any]:
    terms = demand.terms
    return {
        "title": terms.title,
        "text": terms.text,
        "service_code": terms.service_code,
        "budget_min_fen": terms.budget_min_fen,
        "budget_max_fen": terms.budget_max_fen,
        "budget_note": terms.budget_note,
        "region": terms.region,
        "needed_by": terms.needed_by.isoformat() if terms.needed_by else None,
        "urgent": terms.urgent,
        "details": json.dumps(terms.details, ensure_ascii=False),
        "status": demand.status,
        "version": demand.version,
        "reason": demand.reason,
        "published_at": demand.published_at,
        "closes_at": demand.closes_at,
        "choose_by": demand.choose_by,
    }


def _demand(row: Row[Any]) -> Demand:
    return Demand(
        id=row.id,
        buyer_id=row.buyer_id,
        terms=Terms(
            title=row.title,
            text=row.text,
            service_code=row.service_code,
            budget_min_fen=row.budget_min_fen,
            budget_max_fen=row.budget_max_fen,
            budget_note=row.budget_note,
            region=row.region,
            needed_by=date.fromisoformat(row.needed_by) if row.needed_by else None,
            urgent=row.urgent,
            details=tuple(json.loads(row.details)),
        ),
        status=DemandStatus(row.status),
        version=row.version,
        published_at=row.published_at,
        closes_at=row.closes_at,
        choose_by=row.choose_by,
        created_at=row.created_at,
        reason=row.reason,
    )


class DemandRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, buyer_id: int, terms: Terms, now: datetime) -> Demand:
        """Store a demand that waits for review; its number is given here."""
        draft = Demand(0, buyer_id, terms, DemandStatus.IN_REVIEW, 1, None, None, None, now)
        row = self._conn.execute(
            insert(demands)
            .values(buyer_id=buyer_id, created_at=now, **_values(draft))
            .returning(demands)
        ).one()
        return _demand(row)

    def find(self, demand_id: int) -> Demand:
        """Raises NotFound."""
        row = self._conn.execute(select(demands).where(demands.c.id == demand_id)).one_or_none()
        if row is None:
            raise NotFound(f"D{demand_id}")
        return _demand(row)

    def exists(self, demand_id: int) -> bool:
        query = select(demands.c.id).where(demands.c.id == demand_id)
        return self._conn.execute(query).one_or_none() is not None

    def lock(self, demand_id: int) -> Demand:
        """The demand, locked until the turn ends. Raises NotFound."""
        row = self._conn.execute(
            select(demands).where(demands.c.id == demand_id).with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound(f"D{demand_id}")
        return _demand(row)

    def lock_for_buyer(self, demand_id: int, buyer_id: int) -> Demand:
        """The buyer's demand, locked; "absent" and "not yours" read the same (NotFound)."""
        demand = self.lock(demand_id)
        if demand.buyer_id != buyer_id:
            raise NotFound(demand.no)
        return demand

    def of_buyer(self, buyer_id: int, limit: int) -> tuple[Demand, ...]:
        """The buyer's demands, newest first."""
        rows = self._conn.execute(
            select(demands)
            .where(demands.c.buyer_id == buyer_id)
            .order_by(demands.c.id.desc())
            .limit(limit)
        )
        return tuple(_demand(row) for row in rows)

    def with_status(self, statuses: Sequence[DemandStatus], limit: int) -> tuple[Demand, ...]:
        """Demands at any of these points, oldest first."""
        rows = self._conn.execute(
            select(demands)
            .where(demands.c.status.in_(statuses))
            .order_by(demands.c.id)
            .limit(limit)
        )
        return tuple(_demand(row) for row in rows)

    def open_nos(self) -> tuple[str, ...]:
        """Numbers a bid may name now."""
        rows = self._conn.execute(select(demands.c.id).where(demands.c.status == DemandStatus.OPEN))
        return tuple(f"D{row.id}" for row in rows)

    def save(self, demand: Demand) -> None:
        self._conn.execute(
            update(demands).where(demands.c.id == demand.id).values(**_values(demand))
        )
