"""Orders: the table and what is asked of it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)

from market.errors import NotFound
from market.orders import Order, OrderStatus
from market.track_records import TrackRecord
from storage.deliveries import deliveries
from storage.providers import providers
from storage.statements import Statement, insert_of
from storage.tables import Id, Moment, metadata, number_from

FIRST_NO = 2048

orders = Table(
    "orders",
    metadata,
    Column("id", Id, Identity(start=FIRST_NO), primary_key=True),
    # One demand leads to one order: two awards at the same moment cannot both pass.
    Column("demand_id", ForeignKey("demands.id"), nullable=False, unique=True),
    Column("bid_id", ForeignKey("bids.id"), nullable=False, unique=True),
    Column("buyer_id", ForeignKey("people.id"), nullable=False),
    Column("provider_id", ForeignKey("providers.id"), nullable=False),
    Column("provider_person_id", ForeignKey("people.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("price_fen", Id, CheckConstraint("price_fen > 0", name="price"), nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("pay_by", Moment, nullable=False),
    Column("funded_at", Moment),
    Column("started_at", Moment),
    Column("deliver_by", Moment),
    Column("delivered_at", Moment),
    Column("accept_by", Moment),
    Column("completed_at", Moment),
    Column("returns_used", Integer, nullable=False, default=0),
    Column("reminded_at", Moment),
    Column("fee_bp", Integer),
    Column("fee_least_fen", Id),
    Column("fee_most_fen", Id),
    Column("fee_name", Text),
    Column("contract_version", Integer),  # NULL: from before there were contracts
    Column("shares_fen", Text, nullable=False, server_default="[]"),  # JSON; [] is one instalment
    Column("milestone", Integer, nullable=False, server_default="1"),
    Index("ix_orders_buyer_id", "buyer_id", "id"),
    Index("ix_orders_provider_id", "provider_id", "id"),
    sqlite_autoincrement=True,
)
number_from(orders, FIRST_NO)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


_CHANGING = (
    "status",
    "funded_at",
    "started_at",
    "deliver_by",
    "delivered_at",
    "accept_by",
    "completed_at",
    "returns_used",
    "reminded_at",
    "contract_version",
    "shares_fen",
    "milestone",
)


_COLUMNS = tuple(column.name for column in orders.columns)
_FIND = select(orders).where(orders.c.id == bindparam("order_id"))
_FIND_ONE, _LOCK_ONE = Statement(_FIND), Statement(_FIND.with_for_update())
_ADD = Statement(
    insert_of(orders, *(name for name in _COLUMNS if name != "id")).returning(orders.c.id)
)
_SAVE = Statement(
    update(orders)
    .where(orders.c.id == bindparam("order_id"))
    .values({name: bindparam(name) for name in _CHANGING})
)

# Only the first version is compared with the agreed day: a newer one answers new wishes. The day
# is that of the instalment that is worked on, so its deliveries count.
_earlier = deliveries.alias()
_FIRST = and_(
    deliveries.c.order_id == orders.c.id,
    deliveries.c.milestone == orders.c.milestone,
    ~select(_earlier.c.version)
    .where(
        _earlier.c.order_id == deliveries.c.order_id,
        _earlier.c.milestone == deliveries.c.milestone,
        _earlier.c.version < deliveries.c.version,
    )
    .correlate(deliveries)
    .exists(),
)
_WORKING = (OrderStatus.FUNDED, OrderStatus.IN_PROGRESS, OrderStatus.DISPUTED)
_AGREED_DAY = orders.c.deliver_by
_IS_DUE = or_(deliveries.c.delivered_at.is_not(None), bindparam("now", type_=Moment) > _AGREED_DAY)
_TRACK_RECORDS = (
    select(
        providers.c.credit_code,
        _count(and_(_AGREED_DAY.is_not(None), _IS_DUE)).label("due"),
        _count(deliveries.c.delivered_at <= _AGREED_DAY).label("on_time"),
        _count(orders.c.status.in_(_WORKING)).label("working"),
    )
    .select_from(orders.join(providers).outerjoin(deliveries, _FIRST))
    .where(providers.c.credit_code.in_(bindparam("codes", expanding=True)))
    .group_by(providers.c.credit_code)
)


def _order(row: Sequence[Any]) -> Order:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["status"] = OrderStatus(values["status"])
    values["shares_fen"] = tuple(json.loads(values["shares_fen"]))
    return Order(**values)


def _values(order: Order, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(order, name) for name in names}
    return {**values, "shares_fen": json.dumps(values["shares_fen"])}


class OrderRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        # What this transaction has locked nobody else can change: it need not be read again.
        self._locked: dict[int, Order] = {}

    def add(self, order: Order) -> Order:
        """Store a new order; its number is given here."""
        values = _values(order, (name for name in _COLUMNS if name != "id"))
        return replace(order, id=_ADD.value(self._conn, **values))

    def find(self, order_id: int) -> Order:
        """Raises NotFound."""
        return self._one(order_id, lock=False)

    def lock(self, order_id: int) -> Order:
        """The order, locked until the turn ends. Raises NotFound."""
        return self._one(order_id, lock=True)

    def lock_for_buyer(self, order_id: int, buyer_id: int) -> Order:
        """The buyer's order, locked; "absent" and "not yours" read the same (NotFound)."""
        order = self._one(order_id, lock=True)
        if order.buyer_id != buyer_id:
            raise NotFound(order.no)
        return order

    def lock_for_provider(self, order_id: int, provider_id: int | None) -> Order:
        """The provider's order, locked; "absent" and "not yours" read the same (NotFound)."""
        order = self._one(order_id, lock=True)
        if order.provider_id != provider_id:
            raise NotFound(order.no)
        return order

    def of_demand(self, demand_id: int) -> Order | None:
        row = self._conn.execute(
            select(orders).where(orders.c.demand_id == demand_id)
        ).one_or_none()
        return None if row is None else _order(row)

    def of_buyer(self, buyer_id: int, limit: int) -> tuple[Order, ...]:
        return self._latest(orders.c.buyer_id == buyer_id, limit)

    def of_provider(self, provider_id: int, limit: int) -> tuple[Order, ...]:
        return self._latest(orders.c.provider_id == provider_id, limit)

    def track_records(self, credit_codes: Iterable[str], now: datetime) -> dict[str, TrackRecord]:
        """What the orders of these providers say; who never had one is left out."""
        wanted = list(credit_codes)
        rows = self._conn.execute(_TRACK_RECORDS, {"codes": wanted, "now": now}) if wanted else ()
        return {row.credit_code: TrackRecord(row.due, row.on_time, row.working) for row in rows}

    def save(self, order: Order) -> None:
        _SAVE.run(self._conn, order_id=order.id, **_values(order, _CHANGING))
        if order.id in self._locked:
            self._locked[order.id] = order

    def _one(self, order_id: int, *, lock: bool) -> Order:
        if order_id in self._locked:
            return self._locked[order_id]
        row = (_LOCK_ONE if lock else _FIND_ONE).one(self._conn, order_id=order_id)
        if row is None:
            raise NotFound(f"O{order_id}")
        order = _order(row)
        if lock:
            self._locked[order_id] = order
        return order

    def _latest(self, whose: Any, limit: int) -> tuple[Order, ...]:
        rows = self._conn.execute(
            select(orders).where(whose).order_by(orders.c.id.desc()).limit(limit)
        )
        return tuple(_order(row) for row in rows)
