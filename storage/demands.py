"""Demands: the table and what is asked of it."""

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from market.demands import Demand, Terms
from market.errors import NotFound
from market.modes import DemandStatus
from market.rewards import Reward, RewardKind
from storage.statements import Statement
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
    Column("named_id", Id),  # of a provider
    Column("named", Text, nullable=False, server_default=""),
    Column("listing_id", Id),  # what was bought without a tender
    Column("reward", Text),  # which kind of prizes are promised
    Column("prizes_fen", Text, nullable=False, server_default="[]"),  # JSON, as they are given
    Column("deposit_fen", Id, nullable=False, server_default="0"),
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
        "named_id": terms.named_id,
        "named": terms.named,
        "listing_id": terms.listing_id,
        "reward": terms.reward.kind if terms.reward else None,
        "prizes_fen": json.dumps(terms.reward.prizes_fen if terms.reward else ()),
        "deposit_fen": terms.deposit_fen,
        "status": demand.status,
        "version": demand.version,
        "reason": demand.reason,
        "published_at": demand.published_at,
        "closes_at": demand.closes_at,
        "choose_by": demand.choose_by,
    }


_COLUMNS = tuple(column.name for column in demands.columns)
_TERMS = tuple(field.name for field in fields(Terms))
_FIND = select(demands).where(demands.c.id == bindparam("demand_id"))
_FIND_ONE, _LOCK_ONE = Statement(_FIND), Statement(_FIND.with_for_update())


def _demand(row: Sequence[Any]) -> Demand:
    values = dict(zip(_COLUMNS, row, strict=True))
    terms = {name: values.pop(name) for name in _TERMS}
    prizes = tuple(json.loads(values.pop("prizes_fen")))
    kind = terms["reward"]
    terms["reward"] = Reward(RewardKind(kind), prizes) if kind is not None else None
    terms["needed_by"] = date.fromisoformat(terms["needed_by"]) if terms["needed_by"] else None
    terms["details"] = tuple(json.loads(terms["details"]))
    values["status"] = DemandStatus(values["status"])
    return Demand(terms=Terms(**terms), **values)


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
        return self._one(_FIND_ONE, demand_id)

    def exists(self, demand_id: int) -> bool:
        query = select(demands.c.id).where(demands.c.id == demand_id)
        return self._conn.execute(query).one_or_none() is not None

    def lock(self, demand_id: int) -> Demand:
        """The demand, locked until the turn ends. Raises NotFound."""
        return self._one(_LOCK_ONE, demand_id)

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
        return self._oldest(demands.c.status.in_(statuses), limit)

    def open_to(self, provider_id: int | None, limit: int) -> tuple[Demand, ...]:
        """Demands this provider may bid on, as far as their status tells, oldest first."""
        asked = demands.c.named_id.is_(None) | (demands.c.named_id == provider_id)
        return self._oldest((demands.c.status == DemandStatus.OPEN) & asked, limit)

    def _oldest(self, which: ColumnElement[bool], limit: int) -> tuple[Demand, ...]:
        rows = self._conn.execute(select(demands).where(which).order_by(demands.c.id).limit(limit))
        return tuple(_demand(row) for row in rows)

    def open_nos(self, provider_id: int | None = None) -> tuple[str, ...]:
        """Numbers a bid may name now: everybody's, and those that ask this provider alone."""
        rows = self._conn.execute(
            select(demands.c.id).where(
                demands.c.status == DemandStatus.OPEN,
                demands.c.reward.is_(None),
                demands.c.named_id.is_(None) | (demands.c.named_id == provider_id),
            )
        )
        return tuple(f"D{row.id}" for row in rows)

    def _one(self, statement: Statement, demand_id: int) -> Demand:
        row = statement.one(self._conn, demand_id=demand_id)
        if row is None:
            raise NotFound(f"D{demand_id}")
        return _demand(row)

    def save(self, demand: Demand) -> None:
        self._conn.execute(
            update(demands).where(demands.c.id == demand.id).values(**_values(demand))
        )
