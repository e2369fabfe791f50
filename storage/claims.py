"""Claims for subsidies: the table and what is asked of it."""

from datetime import date
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Identity,
    Row,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
    update,
)

from market.claims import Claim, ClaimStatus
from storage.tables import Id, Moment, metadata

claims = Table(
    "claims",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("programme", ForeignKey("programmes.code"), nullable=False),
    Column("amount_fen", Id, CheckConstraint("amount_fen > 0", name="amount"), nullable=False),
    Column("due_on", Text, nullable=False),
    Column("token", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("paid_fen", Id, nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("order_id"),  # what is paid once is not claimed twice
)


class ClaimRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, claim: Claim) -> Claim:
        """The order is locked by the caller."""
        row = self._conn.execute(
            insert(claims)
            .values(
                order_id=claim.order_id,
                person_id=claim.person_id,
                programme=claim.programme,
                amount_fen=claim.amount_fen,
                due_on=claim.due_on.isoformat(),
                token=claim.token,
                status=claim.status,
                begun_at=claim.begun_at,
                paid_fen=0,
                reason="",
            )
            .returning(claims)
        ).one()
        return _claim(row)

    def of_order(self, order_id: int) -> Claim | None:
        """Whoever writes holds the order."""
        row = self._conn.execute(select(claims).where(claims.c.order_id == order_id)).one_or_none()
        return None if row is None else _claim(row)

    def by_token(self, token: str) -> Claim | None:
        row = self._conn.execute(select(claims).where(claims.c.token == token)).one_or_none()
        return None if row is None else _claim(row)

    def of_person(self, person_id: int, limit: int) -> tuple[Claim, ...]:
        """Newest first."""
        rows = self._conn.execute(
            select(claims)
            .where(claims.c.person_id == person_id)
            .order_by(claims.c.id.desc())
            .limit(limit)
        )
        return tuple(map(_claim, rows))

    def save(self, claim: Claim) -> None:
        self._conn.execute(
            update(claims)
            .where(claims.c.id == claim.id)
            .values(status=claim.status, paid_fen=claim.paid_fen, reason=claim.reason)
        )


def _claim(row: Row[Any]) -> Claim:
    values = {
        **row._mapping,
        "status": ClaimStatus(row.status),
        "due_on": date.fromisoformat(row.due_on),
    }
    return Claim(**values)
