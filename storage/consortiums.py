"""Partners of bids and of the orders that came of them; who has a part of a commission."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Integer,
    Row,
    Table,
    Text,
    insert,
    select,
    update,
)

from market.consortiums import JOINED, Partner, PartnerStatus
from market.splits import Recipient
from storage.bids import bids
from storage.tables import Moment, metadata, upsert

bid_partners = Table(
    "bid_partners",
    metadata,
    Column("bid_id", ForeignKey("bids.id"), primary_key=True),
    Column("provider_id", ForeignKey("providers.id"), primary_key=True),
    Column("share_bp", Integer, CheckConstraint("share_bp > 0", name="share"), nullable=False),
    Column("status", Text, nullable=False),
    Column("person_id", ForeignKey("people.id")),
    Column("asked_at", Moment, nullable=False),
)

order_partners = Table(
    "order_partners",
    metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("provider_id", ForeignKey("providers.id"), primary_key=True),
    Column("share_bp", Integer, CheckConstraint("share_bp > 0", name="share"), nullable=False),
    Column("person_id", ForeignKey("people.id")),
)


order_splits = Table(
    "order_splits",
    metadata,
    Column("order_id", ForeignKey("orders.id"), primary_key=True),
    Column("provider_id", ForeignKey("providers.id"), primary_key=True),
    Column("share_bp", Integer, CheckConstraint("share_bp > 0", name="share"), nullable=False),
)


class ConsortiumRepository:
    """Whoever writes holds the demand, or the order."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def ask(self, bid_id: int, partners: Sequence[tuple[int, int]], now: datetime) -> None:
        """These are asked, whatever they said before; all others of the bid are out."""
        self._set(bid_id, PartnerStatus.DROPPED)
        for provider_id, share_bp in partners:
            values = {
                "share_bp": share_bp,
                "status": PartnerStatus.ASKED,
                "person_id": None,
                "asked_at": now,
            }
            self._conn.execute(
                upsert(bid_partners)
                .values(bid_id=bid_id, provider_id=provider_id, **values)
                .on_conflict_do_update(index_elements=["bid_id", "provider_id"], set_=values)
            )

    def answer(self, bid_id: int, provider_id: int, status: PartnerStatus, person_id: int) -> None:
        self._conn.execute(
            update(bid_partners)
            .where(bid_partners.c.bid_id == bid_id, bid_partners.c.provider_id == provider_id)
            .values(status=status, person_id=person_id)
        )

    def drop_unanswered(self, bid_id: int) -> tuple[Partner, ...]:
        """Who has not agreed by now is out; returns them."""
        rows = self._conn.execute(
            update(bid_partners)
            .where(bid_partners.c.bid_id == bid_id, bid_partners.c.status == PartnerStatus.ASKED)
            .values(status=PartnerStatus.DROPPED)
            .returning(bid_partners)
        )
        return tuple(map(_partner, rows))

    def of_bid(self, bid_id: int) -> tuple[Partner, ...]:
        """Who was asked and has not said no, in the order of their shares."""
        return self.of_bids([bid_id]).get(bid_id, ())

    def of_bids(self, bid_ids: Iterable[int]) -> dict[int, tuple[Partner, ...]]:
        wanted = list(bid_ids)
        rows = self._conn.execute(
            select(bid_partners)
            .where(bid_partners.c.bid_id.in_(wanted), bid_partners.c.status.in_(list(JOINED)))
            .order_by(bid_partners.c.share_bp.desc(), bid_partners.c.provider_id)
        )
        found: dict[int, tuple[Partner, ...]] = {}
        for row in rows:
            found[row.bid_id] = (*found.get(row.bid_id, ()), _partner(row))
        return found

    def asking(self, demand_id: int, provider_id: int) -> tuple[tuple[int, Partner], ...]:
        """The bids on this demand that ask this provider, or have it as a partner."""
        rows = self._conn.execute(
            select(bid_partners)
            .join(bids, bids.c.id == bid_partners.c.bid_id)
            .where(
                bids.c.demand_id == demand_id,
                bid_partners.c.provider_id == provider_id,
                bid_partners.c.status.in_(list(JOINED)),
            )
            .order_by(bid_partners.c.bid_id)
        )
        return tuple((row.bid_id, _partner(row)) for row in rows)

    def take_over(self, order_id: int, partners: Iterable[Partner]) -> None:
        """Those who agreed are partners of the order."""
        rows = [
            {
                "order_id": order_id,
                "provider_id": one.provider_id,
                "share_bp": one.share_bp,
                "person_id": one.person_id,
            }
            for one in partners
        ]
        if rows:
            self._conn.execute(insert(order_partners), rows)

    def split(self, order_id: int, recipients: Iterable[Recipient]) -> None:
        """These have a part of the order's commission."""
        rows = [
            {"order_id": order_id, "provider_id": one.provider_id, "share_bp": one.share_bp}
            for one in recipients
        ]
        if rows:
            self._conn.execute(insert(order_splits), rows)

    def splits_of(self, order_id: int) -> tuple[Recipient, ...]:
        rows = self._conn.execute(
            select(order_splits)
            .where(order_splits.c.order_id == order_id)
            .order_by(order_splits.c.provider_id)
        )
        return tuple(Recipient(row.provider_id, row.share_bp) for row in rows)

    def of_order(self, order_id: int) -> tuple[Partner, ...]:
        rows = self._conn.execute(
            select(order_partners)
            .where(order_partners.c.order_id == order_id)
            .order_by(order_partners.c.share_bp.desc(), order_partners.c.provider_id)
        )
        return tuple(
            Partner(row.provider_id, row.share_bp, person_id=row.person_id) for row in rows
        )

    def _set(self, bid_id: int, status: PartnerStatus) -> None:
        self._conn.execute(
            update(bid_partners).where(bid_partners.c.bid_id == bid_id).values(status=status)
        )


def _partner(row: Row[Any]) -> Partner:
    return Partner(row.provider_id, row.share_bp, PartnerStatus(row.status), row.person_id)
