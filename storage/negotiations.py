"""Negotiations: the table and what is asked of it. Whoever writes holds the demand's lock."""

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Row,
    Table,
    Text,
    UniqueConstraint,
    insert,
    select,
    text,
    update,
)

from market.errors import NotFound
from market.negotiations import LIVE, Negotiation, NegotiationStatus
from storage.bids import bids
from storage.tables import Id, Moment, metadata

negotiations = Table(
    "negotiations",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("bid_id", ForeignKey("bids.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("asked_fen", Id, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("answer_by", Moment, nullable=False),
    Column("answered_fen", Id),
    Column("answer_note", Text, nullable=False),
    Column("answered_by", ForeignKey("people.id")),
    UniqueConstraint("bid_id", "round"),
    CheckConstraint("asked_fen > 0", name="asked"),
    CheckConstraint("answered_fen >= asked_fen", name="answered"),
    # A bid is haggled over once at a time.
    Index(
        "uq_negotiations_live",
        "bid_id",
        unique=True,
        sqlite_where=text("status IN ('asked', 'answered')"),
        postgresql_where=text("status IN ('asked', 'answered')"),
    ),
)


def _negotiation(row: Row[Any]) -> Negotiation:
    values = dict(row._mapping)
    return Negotiation(**{**values, "status": NegotiationStatus(row.status)})


class NegotiationRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def find(self, negotiation_id: int) -> Negotiation:
        """Raises NotFound."""
        row = self._conn.execute(
            select(negotiations).where(negotiations.c.id == negotiation_id)
        ).one_or_none()
        if row is None:
            raise NotFound(str(negotiation_id))
        return _negotiation(row)

    def latest(self, bid_id: int) -> Negotiation | None:
        """The last round about a bid; None if there was none."""
        row = self._conn.execute(
            select(negotiations)
            .where(negotiations.c.bid_id == bid_id)
            .order_by(negotiations.c.round.desc())
            .limit(1)
        ).one_or_none()
        return None if row is None else _negotiation(row)

    def demands_asking(self, provider_id: int) -> tuple[int, ...]:
        """The demands whose buyers wait for this provider's answer, oldest question first."""
        rows = self._conn.execute(
            select(bids.c.demand_id)
            .join(negotiations, negotiations.c.bid_id == bids.c.id)
            .where(
                bids.c.provider_id == provider_id,
                negotiations.c.status == NegotiationStatus.ASKED,
            )
            .order_by(negotiations.c.id)
        )
        return tuple(row.demand_id for row in rows)

    def add(self, negotiation: Negotiation) -> Negotiation:
        """Store a new round; returns it with its id."""
        row = self._conn.execute(
            insert(negotiations)
            .values(
                bid_id=negotiation.bid_id,
                round=negotiation.round,
                asked_fen=negotiation.asked_fen,
                asked_at=negotiation.asked_at,
                answer_by=negotiation.answer_by,
                **_changing(negotiation),
            )
            .returning(negotiations)
        ).one()
        return _negotiation(row)

    def save(self, negotiation: Negotiation) -> None:
        self._conn.execute(
            update(negotiations)
            .where(negotiations.c.id == negotiation.id)
            .values(_changing(negotiation))
        )

    def end_all(self, demand_id: int) -> None:
        """The demand is awarded or gone: nobody waits for an answer any more."""
        about = select(bids.c.id).where(bids.c.demand_id == demand_id)
        self._conn.execute(
            update(negotiations)
            .where(negotiations.c.bid_id.in_(about), negotiations.c.status.in_(LIVE))
            .values(status=NegotiationStatus.ENDED)
        )


def _changing(negotiation: Negotiation) -> dict[str, Any]:
    return {
        "status": negotiation.status,
        "answered_fen": negotiation.answered_fen,
        "answer_note": negotiation.answer_note,
        "answered_by": negotiation.answered_by,
    }
