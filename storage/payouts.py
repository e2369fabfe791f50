"""Payouts: the table and what is asked of it. Whoever writes holds the row, or makes it."""

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
    select,
    text,
    update,
)

from market.payouts import Payout, PayoutKind
from storage.tables import Id, Moment, metadata, upsert

payouts = Table(
    "payouts",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject_id", Id, nullable=False),  # an order or a provider, as the kind says
    Column("gateway", Text, nullable=False),
    Column("amount_fen", Id, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("asked_by", ForeignKey("people.id")),
    Column("entered_by", ForeignKey("people.id")),
    Column("confirmed_by", ForeignKey("people.id")),
    Column("paid_at", Moment),
    # Whatever races: one request runs at a time, and it takes two different people.
    Index(
        "uq_payouts_waiting",
        "kind",
        "subject_id",
        unique=True,
        sqlite_where=text("paid_at IS NULL"),
        postgresql_where=text("paid_at IS NULL"),
    ),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("confirmed_by IS NULL OR confirmed_by <> entered_by", name="two_keys"),
    CheckConstraint("(paid_at IS NULL) = (confirmed_by IS NULL)", name="paid"),
)


def _payout(row: Row[Any]) -> Payout:
    return Payout(**{**row._mapping, "kind": PayoutKind(row.kind)})


class PayoutRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, payout: Payout) -> Payout | None:
        """Store a new request; None if one of the same kind for the same subject still runs."""
        values = {
            column.name: getattr(payout, column.name)
            for column in payouts.columns
            if column.name != "id"
        }
        row = self._conn.execute(
            upsert(payouts).values(values).on_conflict_do_nothing().returning(payouts)
        ).one_or_none()
        return None if row is None else _payout(row)

    def lock_waiting(self, kind: PayoutKind, subject_id: int) -> Payout | None:
        """The request that is still to be paid, locked until the turn ends."""
        row = self._conn.execute(
            select(payouts)
            .where(
                payouts.c.kind == kind,
                payouts.c.subject_id == subject_id,
                payouts.c.paid_at.is_(None),
            )
            .with_for_update()
        ).one_or_none()
        return None if row is None else _payout(row)

    def latest_paid(self, kind: PayoutKind, subject_id: int) -> Payout | None:
        row = self._conn.execute(
            select(payouts)
            .where(
                payouts.c.kind == kind,
                payouts.c.subject_id == subject_id,
                payouts.c.paid_at.is_not(None),
            )
            .order_by(payouts.c.id.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else _payout(row)

    def save(self, payout: Payout) -> None:
        self._conn.execute(
            update(payouts)
            .where(payouts.c.id == payout.id)
            .values(
                entered_by=payout.entered_by,
                confirmed_by=payout.confirmed_by,
                paid_at=payout.paid_at,
            )
        )
