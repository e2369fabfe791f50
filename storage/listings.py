"""Listings: the table and what is asked of it."""

import json
from collections.abc import Sequence
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
    Row,
    Table,
    Text,
    insert,
    select,
    update,
)

from market.bids import Offer
from market.errors import NotFound
from market.listings import Listing, ListingStatus
from storage.tables import Id, Moment, metadata, number_from

FIRST_NO = 501

listings = Table(
    "listings",
    metadata,
    Column("id", Id, Identity(start=FIRST_NO), primary_key=True),
    Column("provider_id", ForeignKey("providers.id"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("service_code", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("price_fen", Id, nullable=False),
    Column("days", Integer),
    Column("workdays", Integer),
    Column("included", Text, nullable=False),
    Column("excluded", Text, nullable=False),
    Column("tax", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("express_fen", Id),
    Column("on_site_fen", Id),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("price_fen > 0", name="price"),
    Index("ix_listings_service", "status", "service_code", "price_fen"),
    Index("ix_listings_provider", "provider_id", "id"),
    sqlite_autoincrement=True,
)
number_from(listings, FIRST_NO)


class ListingRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, listing: Listing) -> Listing:
        """Store a new listing; its number is given here."""
        offer = listing.offer
        row = self._conn.execute(
            insert(listings)
            .values(
                provider_id=listing.provider_id,
                person_id=listing.person_id,
                service_code=listing.service_code,
                title=listing.title,
                price_fen=offer.price_fen,
                days=offer.days,
                workdays=offer.workdays,
                included=json.dumps(offer.included, ensure_ascii=False),
                excluded=json.dumps(offer.excluded, ensure_ascii=False),
                tax=offer.tax,
                note=offer.note,
                express_fen=listing.express_fen,
                on_site_fen=listing.on_site_fen,
                status=listing.status,
                reason=listing.reason,
                created_at=listing.created_at,
            )
            .returning(listings)
        ).one()
        return _listing(row)

    def find(self, listing_id: int) -> Listing:
        """Raises NotFound."""
        return self._one(listings.c.id == listing_id, listing_id, lock=False)

    def lock(self, listing_id: int) -> Listing:
        """The listing, locked until the turn ends. Raises NotFound."""
        return self._one(listings.c.id == listing_id, listing_id, lock=True)

    def save(self, listing: Listing) -> None:
        """What can change of a listing: where it stands, and why."""
        self._conn.execute(
            update(listings)
            .where(listings.c.id == listing.id)
            .values(status=listing.status, reason=listing.reason)
        )

    def listed(self, service_codes: Sequence[str], limit: int) -> tuple[Listing, ...]:
        """What can be bought of these services, cheapest first; of all when none is named."""
        wanted = listings.c.status == ListingStatus.LISTED
        if service_codes:
            wanted &= listings.c.service_code.in_(service_codes)
        return self._all(wanted, limit, listings.c.price_fen)

    def of_provider(self, provider_id: int, limit: int) -> tuple[Listing, ...]:
        """The provider's listings that are or may come on sale, newest first."""
        alive = listings.c.status.in_([ListingStatus.IN_REVIEW, ListingStatus.LISTED])
        wanted = (listings.c.provider_id == provider_id) & alive
        return self._all(wanted, limit, listings.c.id.desc())

    def _all(
        self, wanted: ColumnElement[bool], limit: int, order: ColumnElement[Any]
    ) -> tuple[Listing, ...]:
        query = select(listings).where(wanted).order_by(order, listings.c.id).limit(limit)
        return tuple(_listing(row) for row in self._conn.execute(query))

    def _one(self, which: ColumnElement[bool], listing_id: int, *, lock: bool) -> Listing:
        query = select(listings).where(which)
        row = self._conn.execute(query.with_for_update() if lock else query).one_or_none()
        if row is None:
            raise NotFound(f"L{listing_id}")
        return _listing(row)


def _listing(row: Row[Any]) -> Listing:
    return Listing(
        id=row.id,
        provider_id=row.provider_id,
        person_id=row.person_id,
        service_code=row.service_code,
        title=row.title,
        offer=Offer(
            price_fen=row.price_fen,
            days=row.days,
            workdays=row.workdays,
            included=tuple(json.loads(row.included)),
            excluded=tuple(json.loads(row.excluded)),
            tax=row.tax,
            note=row.note,
        ),
        express_fen=row.express_fen,
        on_site_fen=row.on_site_fen,
        status=ListingStatus(row.status),
        created_at=row.created_at,
        reason=row.reason,
    )
