"""Orders, and pots that orders are paid from: the table and what is asked of it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Select,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    text,
    update,
)

from market.errors import NotFound
from market.orders import Order, OrderStatus
from market.pots import Payable, Pot
from market.track_records import TrackRecord
from storage.deliveries import deliveries
from storage.providers import providers
from storage.statements import Statement, insert_of
from storage.tables import Id, Moment, metadata, number_from

FIRST_NO = 2048
MOST_OF_DEMAND = 100

_Kind = TypeVar("_Kind", Order, Pot)

orders = Table(
    "orders",
    metadata,
    Column("id", Id, Identity(start=FIRST_NO), primary_key=True),
    Column("demand_id", ForeignKey("demands.id"), nullable=False, index=True),
    Column("bid_id", ForeignKey("bids.id")),  # NULL, as the provider: a pot
    Column("buyer_id", ForeignKey("people.id"), nullable=False),
    Column("provider_id", ForeignKey("providers.id")),
    Column("provider_person_id", ForeignKey("people.id")),
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
    Column("bid_version", Integer, nullable=False, server_default="1"),
    Column("pot_id", ForeignKey("orders.id")),
    Column("prepaid_fen", Id, nullable=False, server_default="0"),
    Column("back_bp", Integer),  # of a pot
    Column("public_fen", Id, nullable=False, server_default="0"),
    # Two awards at the same moment cannot both pass: a demand without a pot leads to one order,
    # one with a pot has one, and a version of a bid is chosen once.
    Index(
        "uq_orders_without_pot",
        "demand_id",
        unique=True,
        sqlite_where=text("pot_id IS NULL AND bid_id IS NOT NULL"),
        postgresql_where=text("pot_id IS NULL AND bid_id IS NOT NULL"),
    ),
    Index(
        "uq_orders_pot",
        "demand_id",
        unique=True,
        sqlite_where=text("bid_id IS NULL"),
        postgresql_where=text("bid_id IS NULL"),
    ),
    UniqueConstraint("bid_id", "bid_version"),
    CheckConstraint("prepaid_fen >= 0 AND prepaid_fen <= price_fen", name="prepaid"),
    CheckConstraint(
        "(bid_id IS NULL) = (provider_id IS NULL)"
        " AND (bid_id IS NULL) = (provider_person_id IS NULL)",
        name="pot",
    ),
    Index("ix_orders_buyer_id", "buyer_id", "id"),
    Index("ix_orders_provider_id", "provider_id", "id"),
    sqlite_autoincrement=True,
)
number_from(orders, FIRST_NO)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


_CHANGING = (
    "status",
    "pay_by",
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
    "public_fen",
)


_COLUMNS = tuple(column.name for column in orders.columns)
_FIND = select(orders).where(orders.c.id == bindparam("order_id"))
_FIND_ONE, _LOCK_ONE = Statement(_FIND), Statement(_FIND.with_for_update())
_POT_OF = select(orders).where(orders.c.bid_id.is_(None))
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


_POT = tuple(each.name for each in fields(Pot))


def _payable(row: Sequence[Any]) -> Payable:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["status"] = OrderStatus(values["status"])
    if values["bid_id"] is None:
        return Pot(**{name: values[name] for name in _POT})
    values["shares_fen"] = tuple(json.loads(values["shares_fen"]))
    del values["back_bp"]
    return Order(**values)


def _order(row: Sequence[Any]) -> Order:
    order = _payable(row)
    assert isinstance(order, Order), "only orders were asked for"
    return order


def _values(order: Payable, names: Iterable[str]) -> dict[str, Any]:
    """The columns of these names; a pot has nothing in those of an order."""
    values = {name: getattr(order, name, _OF_NO_ORDER.get(name)) for name in names}
    return {**values, "shares_fen": json.dumps(values["shares_fen"])}


_OF_NO_ORDER = {
    "returns_used": 0, "shares_fen": (), "milestone": 1, "bid_version": 1, "prepaid_fen": 0,
    "public_fen": 0,
}  # fmt: skip


class OrderRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        # What this transaction has locked nobody else can change: it need not be read again.
        self._locked: dict[int, Payable] = {}

    def add(self, order: _Kind) -> _Kind:
        """Store a new order or pot; its number is given here."""
        values = _values(order, (name for name in _COLUMNS if name != "id"))
        return replace(order, id=_ADD.value(self._conn, **values))

    def find(self, order_id: int) -> Order:
        """Raises NotFound."""
        return self._one_order(order_id, lock=False)

    def lock(self, order_id: int) -> Order:
        """The order, locked until the turn ends. Raises NotFound."""
        return self._one_order(order_id, lock=True)

    def find_payable(self, order_id: int) -> Payable:
        """An order or a pot. Raises NotFound."""
        return self._one(order_id, lock=False)

    def lock_payable(self, order_id: int) -> Payable:
        """An order or a pot, locked until the turn ends. Raises NotFound."""
        return self._one(order_id, lock=True)

    def find_pot(self, demand_id: int) -> Pot | None:
        """The pot of a demand; None where none was needed."""
        return self._pot(_POT_OF.where(orders.c.demand_id == demand_id))

    def lock_pot(self, demand_id: int) -> Pot | None:
        """The same, locked. Whoever asks has locked the demand, or an order that draws on it."""
        return self._pot(_POT_OF.where(orders.c.demand_id == demand_id).with_for_update())

    def _pot(self, query: Select[Any]) -> Pot | None:
        row = self._conn.execute(query).one_or_none()
        pot = None if row is None else _payable(row)
        assert not isinstance(pot, Order)
        return pot

    def lock_for_buyer(self, order_id: int, buyer_id: int) -> Order:
        """The buyer's order, locked; "absent" and "not yours" read the same (NotFound)."""
        order = self.lock(order_id)
        if order.buyer_id != buyer_id:
            raise NotFound(order.no)
        return order

    def lock_for_provider(self, order_id: int, provider_id: int | None) -> Order:
        """The provider's order, locked; "absent" and "not yours" read the same (NotFound)."""
        order = self.lock(order_id)
        if order.provider_id != provider_id:
            raise NotFound(order.no)
        return order

    def of_demand(self, demand_id: int) -> tuple[Order, ...]:
        """What came of it, newest first: one order, or one for each prize."""
        return self._latest(orders.c.demand_id == demand_id, MOST_OF_DEMAND)

    def of_buyer(self, buyer_id: int, limit: int) -> tuple[Order, ...]:
        return self._latest(orders.c.buyer_id == buyer_id, limit)

    def payable_by(self, buyer_id: int, limit: int) -> tuple[Payable, ...]:
        """The buyer's orders and pots, newest first."""
        rows = self._conn.execute(
            select(orders)
            .where(orders.c.buyer_id == buyer_id)
            .order_by(orders.c.id.desc())
            .limit(limit)
        )
        return tuple(_payable(row) for row in rows)

    def of_provider(self, provider_id: int, limit: int) -> tuple[Order, ...]:
        return self._latest(orders.c.provider_id == provider_id, limit)

    def track_records(self, credit_codes: Iterable[str], now: datetime) -> dict[str, TrackRecord]:
        """What the orders of these providers say; who never had one is left out."""
        wanted = list(credit_codes)
        rows = self._conn.execute(_TRACK_RECORDS, {"codes": wanted, "now": now}) if wanted else ()
        return {row.credit_code: TrackRecord(row.due, row.on_time, row.working) for row in rows}

    def save(self, order: Payable) -> None:
        _SAVE.run(self._conn, order_id=order.id, **_values(order, _CHANGING))
        if order.id in self._locked:
            self._locked[order.id] = order

    def _one_order(self, order_id: int, *, lock: bool) -> Order:
        order = self._one(order_id, lock=lock)
        if not isinstance(order, Order):
            raise NotFound(order.no)
        return order

    def _one(self, order_id: int, *, lock: bool) -> Payable:
        if order_id in self._locked:
            return self._locked[order_id]
        row = (_LOCK_ONE if lock else _FIND_ONE).one(self._conn, order_id=order_id)
        if row is None:
            raise NotFound(f"O{order_id}")
        order = _payable(row)
        if lock:
            self._locked[order_id] = order
        return order

    def _latest(self, whose: Any, limit: int) -> tuple[Order, ...]:
        rows = self._conn.execute(
            select(orders)
            .where(whose, orders.c.bid_id.is_not(None))
            .order_by(orders.c.id.desc())
            .limit(limit)
        )
        return tuple(_order(row) for row in rows)
