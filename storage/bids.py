"""Bids: one row per provider and demand, every version of the offer kept."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Identity,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    or_,
    select,
    update,
)

from market.bids import LIVE, Bid, BidStatus, Offer
from market.errors import NotFound
from storage.statements import Statement, insert_of
from storage.tables import Id, Moment, metadata

bids = Table(
    "bids",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("demand_id", ForeignKey("demands.id"), nullable=False),
    Column("provider_id", ForeignKey("providers.id"), nullable=False, index=True),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("letter", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("placed_at", Moment, nullable=False),
    UniqueConstraint("demand_id", "provider_id"),
    UniqueConstraint("demand_id", "letter"),
)

bid_versions = Table(
    "bid_versions",
    metadata,
    Column("bid_id", ForeignKey("bids.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("price_fen", Id, nullable=False),
    Column("days", Integer),
    Column("workdays", Integer),
    Column("included", Text, nullable=False),
    Column("excluded", Text, nullable=False),
    Column("tax", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("placed_at", Moment, nullable=False),
)

_CURRENT = select(
    bids,
    bid_versions.c.price_fen,
    bid_versions.c.days,
    bid_versions.c.workdays,
    bid_versions.c.included,
    bid_versions.c.excluded,
    bid_versions.c.tax,
    bid_versions.c.note,
    bid_versions.c.salt,
).join(
    bid_versions,
    (bid_versions.c.bid_id == bids.c.id) & (bid_versions.c.version == bids.c.version),
)


_COLUMNS = tuple(column.name for column in _CURRENT.selected_columns)
_OF_DEMAND = bids.c.demand_id == bindparam("demand_id")
_OF_PROVIDER = Statement(_CURRENT.where(_OF_DEMAND, bids.c.provider_id == bindparam("provider_id")))
_ALL_OF_DEMAND = Statement(_CURRENT.where(_OF_DEMAND).order_by(bids.c.id))
_COUNT = select(func.count()).select_from(bids).where(_OF_DEMAND)
_COUNT_EVER = Statement(_COUNT)
_COUNT_PLACED = Statement(_COUNT.where(bids.c.status == BidStatus.PLACED))
_COUNT_LIVE = Statement(_COUNT.where(or_(*(bids.c.status == status for status in sorted(LIVE)))))
_ADD = Statement(
    insert_of(
        bids,
        "demand_id",
        "provider_id",
        "person_id",
        "letter",
        "version",
        "status",
        "placed_at",
    ).returning(bids.c.id)
)
_ADD_VERSION = Statement(insert_of(bid_versions, *(column.name for column in bid_versions.columns)))


def _bid(row: Sequence[Any]) -> Bid:
    values = dict(zip(_COLUMNS, row, strict=True))
    offer = Offer(
        price_fen=values.pop("price_fen"),
        days=values.pop("days"),
        workdays=values.pop("workdays"),
        included=tuple(json.loads(values.pop("included"))),
        excluded=tuple(json.loads(values.pop("excluded"))),
        tax=values.pop("tax"),
        note=values.pop("note"),
    )
    values["status"] = BidStatus(values["status"])
    return Bid(offer=offer, **values)


class BidRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def find(self, bid_id: int) -> Bid:
        """Raises NotFound."""
        row = self._conn.execute(_CURRENT.where(bids.c.id == bid_id)).one_or_none()
        if row is None:
            raise NotFound(f"报价 {bid_id}")
        return _bid(row)

    def of_provider(self, demand_id: int, provider_id: int) -> Bid | None:
        """The provider's bid on a demand, withdrawn ones included."""
        row = _OF_PROVIDER.one(self._conn, demand_id=demand_id, provider_id=provider_id)
        return None if row is None else _bid(row)

    def of_demand(self, demand_id: int) -> tuple[Bid, ...]:
        """All bids of a demand in the order of arrival, withdrawn ones included."""
        return tuple(_bid(row) for row in _ALL_OF_DEMAND.all(self._conn, demand_id=demand_id))

    def of_provider_latest(self, provider_id: int, limit: int) -> tuple[Bid, ...]:
        rows = self._conn.execute(
            _CURRENT.where(bids.c.provider_id == provider_id)
            .order_by(bids.c.id.desc())
            .limit(limit)
        )
        return tuple(_bid(row) for row in rows)

    def count_placed(self, demand_id: int) -> int:
        return int(_COUNT_PLACED.value(self._conn, demand_id=demand_id))

    def count_live(self, demand_id: int) -> int:
        """Those placed and those that wait to be confirmed: both take a place."""
        return int(_COUNT_LIVE.value(self._conn, demand_id=demand_id))

    def count_ever(self, demand_id: int) -> int:
        """How many letters are taken."""
        return int(_COUNT_EVER.value(self._conn, demand_id=demand_id))

    def count_withdrawn(self, provider_id: int, now: datetime) -> int:
        """Bids withdrawn in the last 90 days."""
        return self._conn.execute(
            select(func.count())
            .select_from(bids)
            .where(
                bids.c.provider_id == provider_id,
                bids.c.status == BidStatus.WITHDRAWN,
                bids.c.placed_at > now - timedelta(days=90),
            )
        ).scalar_one()

    def add(self, bid: Bid, fingerprint: str) -> Bid:
        """Store a first bid; its letter is free because the demand is locked."""
        bid_id: int = _ADD.value(
            self._conn,
            demand_id=bid.demand_id,
            provider_id=bid.provider_id,
            person_id=bid.person_id,
            letter=bid.letter,
            version=bid.version,
            status=bid.status,
            placed_at=bid.placed_at,
        )
        self._add_version(bid_id, bid, fingerprint)
        return replace(bid, id=bid_id)

    def revise(self, bid: Bid, fingerprint: str) -> None:
        """Store a new version; the old ones stay as evidence."""
        self._conn.execute(
            update(bids)
            .where(bids.c.id == bid.id)
            .values(
                version=bid.version,
                status=bid.status,
                person_id=bid.person_id,
                placed_at=bid.placed_at,
            )
        )
        self._add_version(bid.id, bid, fingerprint)

    def set_status(self, bid_id: int, status: BidStatus) -> None:
        self._conn.execute(update(bids).where(bids.c.id == bid_id).values(status=status))

    def settle(self, demand_id: int, chosen_id: int) -> None:
        """One bid is chosen, all other placed ones are lost."""
        for condition, status in (
            (bids.c.id == chosen_id, BidStatus.CHOSEN),
            (bids.c.id != chosen_id, BidStatus.LOST),
        ):
            self._conn.execute(
                update(bids)
                .where(bids.c.demand_id == demand_id, bids.c.status == BidStatus.PLACED, condition)
                .values(status=status)
            )

    def _add_version(self, bid_id: int, bid: Bid, fingerprint: str) -> None:
        offer = bid.offer
        _ADD_VERSION.run(
            self._conn,
            bid_id=bid_id,
            version=bid.version,
            price_fen=offer.price_fen,
            days=offer.days,
            workdays=offer.workdays,
            included=json.dumps(offer.included, ensure_ascii=False),
            excluded=json.dumps(offer.excluded, ensure_ascii=False),
            tax=offer.tax,
            note=offer.note,
            salt=bid.salt,
            fingerprint=fingerprint,
            person_id=bid.person_id,
            placed_at=bid.placed_at,
        )
