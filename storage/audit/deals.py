"""What leads to an order and away from it: bids, awards, histories, clocks, ratings."""

import json
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Any

from sqlalchemy import Row, func, select

from market.bids import BidStatus, Offer, fingerprint, letter_of
from market.disputes import DisputeStatus
from market.invoices import INVOICE
from market.listings import LISTING
from market.modes import PROCESSES, DemandStatus
from market.orders import ORDER, OrderStatus
from market.pots import POT
from market.processes import Process
from market.vouchers import VOUCHER, VoucherStatus
from storage.audit.findings import Finding, differing
from storage.audit.look import Look
from storage.bids import bid_versions, bids
from storage.deadlines import deadlines
from storage.demands import demands
from storage.disputes import disputes
from storage.history import history
from storage.invoices import invoices
from storage.listings import listings
from storage.orders import orders
from storage.providers import providers
from storage.reviews import reviews
from storage.vouchers import vouchers


def awarded(look: Look) -> Iterator[Finding]:
    """An awarded demand has its order, the order its chosen bid at the bid's price.

    One with a reward has an order for each prize that was given, awarded with the last of them.
    """
    won = (
        select(
            orders.c.id,
            orders.c.demand_id,
            orders.c.buyer_id,
            orders.c.provider_id,
            orders.c.price_fen,
            orders.c.bid_version,
            bids.c.demand_id.label("of_demand"),
            bids.c.provider_id.label("bidder_id"),
            bids.c.status.label("bid_status"),
            bids.c.version.label("newest"),
            bid_versions.c.price_fen.label("offered_fen"),
        )
        .join(bids, bids.c.id == orders.c.bid_id, isouter=True)
        .join(
            bid_versions,
            (bid_versions.c.bid_id == bids.c.id) & (bid_versions.c.version == orders.c.bid_version),
            isouter=True,
        )
        .where(orders.c.bid_id.is_not(None))
        .order_by(orders.c.demand_id, orders.c.id)
    )
    by_demand = {
        demand_id: list(rows)
        for demand_id, rows in groupby(look.rows(won), lambda row: row.demand_id)
    }
    chosen = _count_by(look, bids.c.demand_id, bids.c.status == BidStatus.CHOSEN)
    asked = select(demands.c.id, demands.c.status, demands.c.buyer_id, demands.c.prizes_fen)
    for demand in look.rows(asked.order_by(demands.c.id)):
        no, awarded = f"D{demand.id}", demand.status == DemandStatus.AWARDED
        made = by_demand.get(demand.id, [])
        prizes = json.loads(demand.prizes_fen)
        if not prizes:
            yield from differing(no, "orders", int(awarded), len(made))
            yield from differing(no, "chosen bids", int(awarded), chosen.get(demand.id, 0))
        elif awarded or len(made) > len(prizes):
            yield from differing(no, "orders", len(prizes), len(made))
        for order in made:
            subject = f"O{order.id}"
            yield from differing(subject, "buyer", demand.buyer_id, order.buyer_id)
            yield from differing(subject, "demand of its bid", demand.id, order.of_demand)
            yield from differing(subject, "provider", order.bidder_id, order.provider_id)
            if not prizes:
                yield from differing(subject, "price", order.offered_fen, order.price_fen)
                yield from differing(subject, "version chosen", order.newest, order.bid_version)
                yield from differing(subject, "its bid", BidStatus.CHOSEN, order.bid_status)


def _count_by(look: Look, column: Any, condition: Any) -> dict[int, int]:
    rows = look.conn.execute(select(column, func.count()).where(condition).group_by(column))
    return {key: int(many) for key, many in rows}


def sealed(look: Look) -> Iterator[Finding]:
    """Letters follow arrival, versions have no gap, no sealed offer was altered."""
    rows = look.rows(
        select(
            bids.c.demand_id,
            bids.c.provider_id,
            bids.c.letter,
            bids.c.version.label("current"),
            bid_versions,
        )
        .outerjoin(bid_versions, bid_versions.c.bid_id == bids.c.id)
        .order_by(bids.c.demand_id, bids.c.id, bid_versions.c.version)
    )
    for demand_id, of_demand in groupby(rows, lambda row: row.demand_id):
        arrived = groupby(of_demand, lambda row: row.letter)
        for index, (letter, grouped) in enumerate(arrived):
            versions = list(grouped)
            subject = f"D{demand_id}/{letter}"
            yield from differing(subject, "letter", letter_of(index), letter)
            numbers = [version.version for version in versions]
            expected = list(range(1, versions[0].current + 1))
            yield from differing(subject, "versions", str(expected), str(numbers))
            for version in versions:
                if version.fingerprint is not None:
                    yield from differing(
                        f"{subject} v{version.version}",
                        "fingerprint",
                        _recomputed(version),
                        version.fingerprint,
                    )


def _recomputed(row: Row[Any]) -> str:
    offer = Offer(
        price_fen=row.price_fen,
        days=row.days,
        workdays=row.workdays,
        included=tuple(json.loads(row.included)),
        excluded=tuple(json.loads(row.excluded)),
        tax=row.tax,
        note=row.note,
    )
    return fingerprint(f"D{row.demand_id}", row.provider_id, offer, row.salt)


def histories(look: Look) -> Iterator[Finding]:
    """Every demand, listing and order came to its status by steps that the market has."""
    every: tuple[Process[Any, Any], ...] = (
        *PROCESSES.values(),
        INVOICE,
        LISTING,
        ORDER,
        POT,
        VOUCHER,
    )
    processes = {process.name: process for process in every}
    now_at, process_of = {}, {"F": "invoice", "L": "listing", "Q": "voucher"}
    for row in look.rows(select(orders.c.id, orders.c.status, orders.c.bid_id)):
        now_at[f"O{row.id}"] = row.status
        process_of[f"O{row.id}"] = "pot" if row.bid_id is None else "order"
    for letter, table in (("L", listings), ("Q", vouchers), ("F", invoices)):
        rows = look.rows(select(table.c.id, table.c.status))
        now_at |= {f"{letter}{row.id}": row.status for row in rows}
    for row in look.rows(select(*_OF_MODE)):
        now_at[f"D{row.id}"] = row.status
        process_of[f"D{row.id}"] = _mode(row)
    steps = look.rows(
        select(history.c.subject, history.c.status)
        .where(history.c.subject.not_like("%/%"))
        .order_by(history.c.subject, history.c.id)
    )
    for subject, grouped in groupby(steps, lambda row: row.subject):
        if subject not in now_at:
            if subject[0] in "DFLOQ":
                yield Finding(subject, "history of", "something", "nothing")
            continue
        process = processes[process_of.get(subject) or process_of[subject[0]]]
        known = {(way.at, way.to) for way in process.ways}
        statuses = [row.status for row in grouped]
        yield from differing(subject, "first status", process.first, statuses[0])
        for at, to in pairwise(statuses):
            if (at, to) not in known:
                yield Finding(subject, "step", f"a way from {at}", to)
        yield from differing(subject, "status after its history", statuses[-1], now_at.pop(subject))
    for subject in sorted(now_at):
        yield Finding(subject, "history", "at least its beginning", "nothing")


_OF_MODE = (
    demands.c.id,
    demands.c.status,
    demands.c.listing_id,
    demands.c.reward,
    demands.c.deposit_fen,
    demands.c.named_id,
)


def _mode(row: Row[Any]) -> str:
    """The name of a demand's process."""
    if row.listing_id is not None:
        return "purchase"
    if row.reward is not None:
        return str(row.reward)
    if row.deposit_fen:
        return "deposit"
    return "tender" if row.named_id is None else "direct"


def clocks(look: Look) -> Iterator[Finding]:
    """What must end by itself has a deadline that will end it."""
    for table, letter, status, kind in (
        (demands, "D", DemandStatus.OPEN, "demand_closes"),
        (orders, "O", OrderStatus.AWAITING_PAYMENT, "payment_expires"),
        (vouchers, "Q", VoucherStatus.GRANTED, "voucher_lapses"),
        (disputes, "J", DisputeStatus.RULED, "ruling_due"),
    ):
        waiting = (
            select(table.c.id)
            .outerjoin(
                deadlines, (deadlines.c.subject_id == table.c.id) & (deadlines.c.kind == kind)
            )
            .where(table.c.status == status, deadlines.c.kind.is_(None))
        )
        for subject_id in look.conn.scalars(waiting.order_by(table.c.id)):
            yield Finding(f"{letter}{subject_id}", f"deadline when {status}", kind, "nothing")


def ratings(look: Look) -> Iterator[Finding]:
    """The number of ratings a provider shows is the number of reviews of it."""
    joined = (
        select(providers.c.id, providers.c.ratings, func.count(reviews.c.stars).label("many"))
        .outerjoin(reviews, reviews.c.provider_id == providers.c.id)
        .group_by(providers.c.id)
        .order_by(providers.c.id)
    )
    for row in look.rows(joined):
        yield from differing(f"provider {row.id}", "ratings", row.many, row.ratings)
