"""Programmes of authorities, and what they have paid in."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
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

from market.errors import NotFound
from market.programmes import Appropriation, Programme, ProgrammeKind
from storage.tables import Id, metadata, upsert

programmes = Table(
    "programmes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("budget_fen", Id, CheckConstraint("budget_fen >= 0", name="budget"), nullable=False),
    Column("per_firm_fen", Id, nullable=False),
    Column("share_bp", Id, nullable=False),
    Column("ends_on", Text, nullable=False),  # 2026-12-20
    Column("services", Text, nullable=False),  # JSON
    Column("regions", Text, nullable=False),  # JSON
    Column("least_fen", Id, nullable=False),
    Column("basis", Text, nullable=False),
    Column("link", Text, nullable=False),
    CheckConstraint("share_bp > 0 AND share_bp <= 10000", name="share"),
)

appropriations = Table(
    "appropriations",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("programme", ForeignKey("programmes.code"), nullable=False),
    Column("amount_fen", Id, CheckConstraint("amount_fen > 0", name="amount"), nullable=False),
    Column("entered_by", ForeignKey("people.id"), nullable=False),
    Column("confirmed_by", ForeignKey("people.id")),
    # Whatever races: one waits at a time, and it takes two different people.
    Index(
        "uq_appropriations_waiting",
        "programme",
        unique=True,
        sqlite_where=text("confirmed_by IS NULL"),
        postgresql_where=text("confirmed_by IS NULL"),
    ),
    CheckConstraint("confirmed_by IS NULL OR confirmed_by <> entered_by", name="two_keys"),
)


class ProgrammeRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def put(self, programme: Programme) -> None:
        """Add it, or bring it up to date; its budget is the ledger's business as well."""
        values = {
            "kind": programme.kind,
            "name": programme.name,
            "budget_fen": programme.budget_fen,
            "per_firm_fen": programme.per_firm_fen,
            "share_bp": programme.share_bp,
            "ends_on": programme.ends_on.isoformat(),
            "services": json.dumps(programme.services),
            "regions": json.dumps(programme.regions, ensure_ascii=False),
            "least_fen": programme.least_fen,
            "basis": programme.basis,
            "link": programme.link,
        }
        self._conn.execute(
            upsert(programmes)
            .values(code=programme.code, **values)
            .on_conflict_do_update(index_elements=["code"], set_=values)
        )

    def all(self) -> tuple[Programme, ...]:
        rows = self._conn.execute(select(programmes).order_by(programmes.c.code))
        return tuple(map(_programme, rows))

    def find(self, code: str, *, lock: bool = False) -> Programme:
        """Raises NotFound."""
        query = select(programmes).where(programmes.c.code == code)
        row = self._conn.execute(query.with_for_update() if lock else query).one_or_none()
        if row is None:
            raise NotFound(code)
        return _programme(row)

    def add_appropriation(self, programme: str, amount_fen: int, entered_by: int) -> Appropriation:
        """The first key. The caller holds the programme."""
        row = self._conn.execute(
            insert(appropriations)
            .values(programme=programme, amount_fen=amount_fen, entered_by=entered_by)
            .returning(appropriations)
        ).one()
        return _appropriation(row)

    def waiting_appropriation(self, programme: str) -> Appropriation | None:
        """What one colleague has entered, locked until the turn ends."""
        row = self._conn.execute(
            select(appropriations)
            .where(appropriations.c.programme == programme, appropriations.c.confirmed_by.is_(None))
            .with_for_update()
        ).one_or_none()
        return None if row is None else _appropriation(row)

    def confirm_appropriation(self, entered: Appropriation, confirmed_by: int) -> Appropriation:
        self._conn.execute(
            update(appropriations)
            .where(appropriations.c.id == entered.id)
            .values(confirmed_by=confirmed_by)
        )
        return replace(entered, confirmed_by=confirmed_by)

    def names(self, codes: Iterable[str]) -> dict[str, str]:
        rows = self._conn.execute(
            select(programmes.c.code, programmes.c.name).where(programmes.c.code.in_(list(codes)))
        )
        return {row.code: row.name for row in rows}


def _programme(row: Row[Any]) -> Programme:
    values = {
        **row._mapping,
        "kind": ProgrammeKind(row.kind),
        "ends_on": date.fromisoformat(row.ends_on),
        "services": tuple(json.loads(row.services)),
        "regions": tuple(json.loads(row.regions)),
    }
    return Programme(**values)


def _appropriation(row: Row[Any]) -> Appropriation:
    return Appropriation(**row._mapping)
