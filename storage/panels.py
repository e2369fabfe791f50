"""Panels: who sits where and how they voted; who could sit, and with whom they deal."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    Table,
    Text,
    and_,
    insert,
    or_,
    select,
    update,
)

from market.bids import LIVE
from market.modes import DemandStatus
from market.orders import OrderStatus
from market.panels import Judge, Seat
from storage.bids import bids
from storage.demands import demands
from storage.orders import orders
from storage.parties import members, people, staff
from storage.providers import providers
from storage.tables import Moment, metadata

panel_seats = Table(
    "panel_seats",
    metadata,
    Column("dispute_id", ForeignKey("disputes.id"), primary_key=True),
    Column("instance", Integer, primary_key=True, autoincrement=False),
    Column("person_id", ForeignKey("people.id"), primary_key=True),
    Column("named_by", ForeignKey("people.id"), nullable=False),
    Column("named_at", Moment, nullable=False),
    Column("refund_bp", Integer),
    Column("reason", Text, nullable=False),
    Column("voted_at", Moment),
    Column("left_at", Moment),
    CheckConstraint("instance IN (1, 2)", name="instance"),
    CheckConstraint("refund_bp BETWEEN 0 AND 10000", name="refund"),
    CheckConstraint("(refund_bp IS NULL) = (voted_at IS NULL)", name="vote"),
    CheckConstraint("voted_at IS NULL OR left_at IS NULL", name="seat"),
)

_OVER = (
    OrderStatus.COMPLETED,
    OrderStatus.CANCELLED,
    OrderStatus.REFUNDED,
    OrderStatus.EXPIRED,
)
_ASKING = (
    DemandStatus.IN_REVIEW,
    DemandStatus.UNPAID,
    DemandStatus.OPEN,
    DemandStatus.OPENED,
)
_JUDGE = (
    select(
        people.c.id,
        people.c.name,
        members.c.provider_id,
        providers.c.name.label("firm"),
        people.c.company,
    )
    .select_from(people.outerjoin(members).outerjoin(providers))
    .order_by(people.c.id)
)


class PanelRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def seats(self, dispute_id: int, instance: int) -> tuple[Seat, ...]:
        """All that were ever taken in this instance, those given up too, in order."""
        rows = self._conn.execute(
            select(panel_seats)
            .where(panel_seats.c.dispute_id == dispute_id, panel_seats.c.instance == instance)
            .order_by(panel_seats.c.named_at, panel_seats.c.person_id)
        )
        return tuple(Seat(**row._mapping) for row in rows)

    def add(self, seat: Seat) -> None:
        self._conn.execute(insert(panel_seats).values(asdict(seat)))

    def save(self, seat: Seat) -> None:
        """Whoever saves has locked the dispute; a vote that is there stays as it is."""
        self._conn.execute(
            update(panel_seats)
            .where(
                panel_seats.c.dispute_id == seat.dispute_id,
                panel_seats.c.instance == seat.instance,
                panel_seats.c.person_id == seat.person_id,
                panel_seats.c.voted_at.is_(None),
            )
            .values(
                refund_bp=seat.refund_bp,
                reason=seat.reason,
                voted_at=seat.voted_at,
                left_at=seat.left_at,
            )
        )

    def judge(self, person_id: int) -> Judge:
        row = self._conn.execute(_JUDGE.where(people.c.id == person_id)).one()
        return Judge(row.id, row.name, row.provider_id, row.firm or row.company)

    def judges(self) -> tuple[Judge, ...]:
        """Everybody who is bound as staff or as an expert."""
        rows = self._conn.execute(_JUDGE.where(people.c.id.in_(select(staff.c.person_id))))
        return tuple(
            Judge(row.id, row.name, row.provider_id, row.firm or row.company) for row in rows
        )

    def has_dealings(
        self,
        judge: Judge,
        *,
        buyer_ids: Collection[int],
        provider_ids: Collection[int],
        since: datetime,
    ) -> bool:
        """Whether they or their firm have an order or a bid with these people or firms.

        One that is not over, or one that was begun or ended since then.
        """
        sells = [] if judge.provider_id is None else [judge.provider_id]

        def between(buyer: Column[int], provider: Column[int]) -> ColumnElement[bool]:
            return or_(
                and_(buyer == judge.person_id, provider.in_(provider_ids)),
                and_(buyer.in_(buyer_ids), provider.in_(sells)),
            )

        recent_order = or_(
            orders.c.status.not_in(_OVER),
            orders.c.created_at >= since,
            orders.c.completed_at >= since,
        )
        recent_bid = or_(
            bids.c.placed_at >= since,
            and_(bids.c.status.in_(sorted(LIVE)), demands.c.status.in_(_ASKING)),
        )
        ordered = select(orders.c.id).where(
            between(orders.c.buyer_id, orders.c.provider_id), recent_order
        )
        bid = (
            select(bids.c.id)
            .select_from(bids.join(demands))
            .where(between(demands.c.buyer_id, bids.c.provider_id), recent_bid)
        )
        return any(
            self._conn.execute(query.limit(1)).one_or_none() is not None for query in (ordered, bid)
        )
