"""The audit: recompute what the database says from its history, and list what disagrees.

It only reads, believes no stored sum, and knows the rules of `market` rather than the code that
followed them. It also survives what SQL should have forbidden: somebody may have switched the
rules off. An empty answer is the good one.
"""

import json
from collections.abc import Iterator
from enum import StrEnum
from itertools import groupby, pairwise
from typing import Any

from sqlalchemy import Column, Connection, Row, case, func, select

from market.bids import BidStatus, Offer, fingerprint, letter_of
from market.demands import PROCESSES, DemandStatus
from market.errands import ErrandKind
from market.ledger import escrow, points
from market.listings import LISTING
from market.orders import ORDER, OrderStatus
from market.payments import PaymentStatus
from market.payouts import Payout, PayoutKind
from market.processes import Process
from storage.bids import bid_versions, bids
from storage.deadlines import deadlines
from storage.demands import demands
from storage.disputes import disputes
from storage.errands import errands
from storage.findings import Finding
from storage.findings import differing as _equal
from storage.history import history
from storage.ledger_tables import ledger_accounts, ledger_holds, ledger_transfers
from storage.listings import listings
from storage.orders import orders
from storage.outbox import OutboxStatus, outbox
from storage.payments import payments
from storage.payouts import payouts
from storage.providers import providers
from storage.receipt_audit import audit_receipts
from storage.reviews import reviews

__all__ = ["Finding", "audit", "audit_ledger"]


def audit(conn: Connection) -> Iterator[Finding]:
    """All disagreements, area by area.

    Turns that commit meanwhile may be seen half on PostgreSQL: give it a REPEATABLE READ
    connection there (on SQLite a transaction is a snapshot anyway).
    """
    yield from audit_ledger(conn)
    yield from _orders(conn)
    yield from _points(conn)
    yield from _payments(conn)
    yield from _payouts(conn)
    yield from audit_receipts(conn)
    yield from _gateway_refunds(conn)
    yield from _disputes(conn)
    yield from _awards(conn)
    yield from _bids(conn)
    yield from _histories(conn)
    yield from _clocks(conn)
    yield from _outbox(conn)
    yield from _ratings(conn)


def audit_ledger(conn: Connection) -> Iterator[Finding]:
    """The part that knows of accounts, transfers and holds only."""
    yield from _accounts(conn)
    yield from _currencies(conn)


def _accounts(conn: Connection) -> Iterator[Finding]:
    """Credits, debits and held of each account, from its transfers and holds."""
    amount = ledger_transfers.c.amount
    reserved = case((ledger_holds.c.resolves.is_(None), 1), else_=-1) * ledger_holds.c.amount
    sums = {
        "credits": _sums(conn, ledger_transfers.c.credit, amount),
        "debits": _sums(conn, ledger_transfers.c.debit, amount),
        "held": _sums(conn, ledger_holds.c.account, reserved),
    }
    known = set()
    for row in conn.execute(select(ledger_accounts).order_by(ledger_accounts.c.name)):
        known.add(row.name)
        for what, moved in sums.items():
            yield from _equal(row.name, what, moved.get(row.name, 0), row._mapping[what])
        free = row.credits - row.debits - row.held
        if free < 0 and not row.may_owe:
            yield Finding(row.name, "free", "at least 0", free)
    for name in sorted(set().union(*sums.values()) - known):
        yield Finding(name, "account", "exists", "missing")


def _currencies(conn: Connection) -> Iterator[Finding]:
    """Every currency adds up to nothing, and no transfer joins two of them."""
    accounts = ledger_accounts.c
    balances = _sums(conn, accounts.currency, accounts.credits - accounts.debits)
    for currency, total in sorted(balances.items()):
        yield from _equal(currency, "sum of all balances", 0, total)
    mixed = select(
        ledger_transfers.c.key, ledger_transfers.c.currency, accounts.currency.label("kept_in")
    ).join(
        ledger_accounts,
        accounts.name.in_([ledger_transfers.c.debit, ledger_transfers.c.credit])
        & (accounts.currency != ledger_transfers.c.currency),
    )
    for row in conn.execute(mixed):
        yield Finding(row.key, "currency", row.currency, row.kept_in)


# Which moments an order must have been through, and which it cannot have seen yet.
_LIVED: dict[OrderStatus, tuple[tuple[str, ...], tuple[str, ...]]] = {
    OrderStatus.AWAITING_PAYMENT: ((), ("funded_at", "started_at", "completed_at")),
    OrderStatus.FUNDED: (("funded_at",), ("started_at", "completed_at")),
    OrderStatus.IN_PROGRESS: (("funded_at", "started_at"), ("completed_at",)),
    OrderStatus.DELIVERED: (
        ("funded_at", "started_at", "delivered_at", "accept_by"),
        ("completed_at",),
    ),
    OrderStatus.COMPLETED: (("funded_at", "started_at", "delivered_at", "completed_at"), ()),
    OrderStatus.DISPUTED: (("funded_at", "started_at"), ("completed_at",)),
    OrderStatus.CANCELLED: (("completed_at",), ("funded_at", "started_at")),
    OrderStatus.REFUNDED: (("funded_at", "completed_at"), ()),
    OrderStatus.EXPIRED: (("completed_at",), ("funded_at", "started_at")),
}
_IN_ESCROW = {
    OrderStatus.FUNDED,
    OrderStatus.IN_PROGRESS,
    OrderStatus.DELIVERED,
    OrderStatus.DISPUTED,
}


def _orders(conn: Connection) -> Iterator[Finding]:
    """Each order's status against its moments, and its escrow against both."""
    amount = ledger_transfers.c.amount
    came = _sums(conn, ledger_transfers.c.credit, amount)
    went = _sums(conn, ledger_transfers.c.debit, amount)
    for row in conn.execute(select(orders).order_by(orders.c.id)):
        no = f"O{row.id}"
        status = _member(OrderStatus, row.status)
        if status is None:
            yield Finding(no, "status", "one of the market's", row.status)
            continue
        must, must_not = _LIVED[status]
        for name in must:
            if row._mapping[name] is None:
                yield Finding(no, f"{name} when {status}", "a moment", "nothing")
        for name in must_not:
            if row._mapping[name] is not None:
                yield Finding(no, f"{name} when {status}", "nothing", str(row._mapping[name]))
        account = escrow(no).name
        paid = row.price_fen if "funded_at" in must else 0
        yield from _equal(no, "paid into escrow", paid, came.get(account, 0))
        left = row.price_fen if status in _IN_ESCROW else 0
        yield from _equal(no, "left in escrow", left, came.get(account, 0) - went.get(account, 0))


def _points(conn: Connection) -> Iterator[Finding]:
    """Points for an order: only when completed, only to its buyer, the same for every yuan."""
    earned = {
        row.key: row
        for row in conn.execute(select(ledger_transfers).where(ledger_transfers.c.code == "points"))
    }
    for row in conn.execute(select(orders).order_by(orders.c.id)):
        no = f"O{row.id}"
        given = earned.pop(f"{no}:points", None)
        if given is None:
            continue
        if row.status != OrderStatus.COMPLETED:
            yield Finding(no, f"points when {row.status}", 0, given.amount)
        yield from _equal(no, "points given to", points(row.buyer_id).name, given.credit)
        whole_yuan = row.price_fen // 100
        # The rate of that day is not known any more, but it was a whole number per yuan.
        if whole_yuan == 0 or given.amount % whole_yuan:
            yield Finding(no, "points", f"a multiple of {whole_yuan}", given.amount)
    for key, given in sorted(earned.items()):
        yield Finding(key, "points of an order that is not there", 0, given.amount)


def _payments(conn: Connection) -> Iterator[Finding]:
    """A funded order has one settled payment of its price, and others have none."""
    settled = select(payments).where(payments.c.status == PaymentStatus.SETTLED).subquery()
    joined = select(
        orders.c.id,
        orders.c.price_fen,
        orders.c.funded_at,
        func.count(settled.c.id).label("many"),
        func.coalesce(func.sum(settled.c.amount_fen), 0).label("total"),
    ).outerjoin(settled, settled.c.order_id == orders.c.id)
    for row in conn.execute(joined.group_by(orders.c.id).order_by(orders.c.id)):
        no, funded = f"O{row.id}", row.funded_at is not None
        yield from _equal(no, "settled payments", int(funded), row.many)
        yield from _equal(no, "settled amount", row.price_fen if funded else 0, int(row.total))


def _payouts(conn: Connection) -> Iterator[Finding]:
    """What was paid out by hand left once, as entered; what waits for it is set aside."""
    left = {
        row.key: row
        for row in conn.execute(
            select(ledger_transfers).where(
                ledger_transfers.c.code.in_([f"{kind}-paid" for kind in PayoutKind])
            )
        )
    }
    resolved = ledger_holds.alias()
    held = {
        row.key: row.amount
        for row in conn.execute(
            select(ledger_holds.c.key, ledger_holds.c.amount)
            .outerjoin(resolved, resolved.c.resolves == ledger_holds.c.key)
            .where(ledger_holds.c.key.is_not(None), resolved.c.id.is_(None))
        )
    }
    for row in conn.execute(select(payouts).order_by(payouts.c.id)):
        payout = Payout(**{**row._mapping, "kind": PayoutKind(row.kind)})
        key = f"{payout.key}:{payout.kind}-paid"
        gone = left.pop(key, None)
        paid = payout.amount_fen if payout.paid_at is not None else 0
        yield from _equal(key, "paid out", paid, gone.amount if gone else 0)
        if gone is not None:
            yield from _equal(key, "paid from", payout.account.name, gone.debit)
        if payout.kind is PayoutKind.EARNINGS:
            waits = 0 if payout.paid_at is not None else payout.amount_fen
            yield from _equal(key, "set aside", waits, held.get(payout.key, 0))
    for key, gone in sorted(left.items()):
        yield Finding(key, "paid out that nobody entered", 0, gone.amount)


def _gateway_refunds(conn: Connection) -> Iterator[Finding]:
    """What a gateway gave back was asked of it, once and exactly; a surplus is owed."""
    booked = {
        row.key: row.amount
        for row in conn.execute(
            select(ledger_transfers.c.key, ledger_transfers.c.amount).where(
                ledger_transfers.c.code.in_(["refund-returned", "surplus"])
            )
        )
    }
    asked = errands.join(payments, payments.c.id == errands.c.payment_id)
    refunds = (
        select(errands.c.amount_fen, payments.c.id, payments.c.order_id, payments.c.status)
        .select_from(asked)
        .where(
            errands.c.kind == ErrandKind.REFUND,
            errands.c.done_at.is_not(None),
            errands.c.given_up.is_(False),
        )
    )
    for row in conn.execute(refunds):
        funded = row.status == PaymentStatus.SETTLED
        key = f"{f'O{row.order_id}' if funded else f'T{row.id}'}:refund-returned"
        yield from _equal(key, "given back", row.amount_fen, booked.pop(key, 0))
    surplus = select(payments).where(payments.c.status == PaymentStatus.SURPLUS)
    for row in conn.execute(surplus):
        key = f"T{row.id}:surplus"
        yield from _equal(key, "owed to who paid", row.amount_fen, booked.pop(key, 0))
    for key, amount in sorted(booked.items()):
        yield Finding(key, "booked for a gateway that was not asked", 0, amount)


def _disputes(conn: Connection) -> Iterator[Finding]:
    """An order is in dispute exactly as long as one dispute about it is undecided."""
    undecided = select(disputes).where(disputes.c.decided_at.is_(None)).subquery()
    joined = (
        select(orders.c.id, orders.c.status, func.count(undecided.c.id).label("many"))
        .outerjoin(undecided, undecided.c.order_id == orders.c.id)
        .group_by(orders.c.id)
        .order_by(orders.c.id)
    )
    for row in conn.execute(joined):
        expected = int(row.status == OrderStatus.DISPUTED)
        yield from _equal(f"O{row.id}", "undecided disputes", expected, row.many)


def _awards(conn: Connection) -> Iterator[Finding]:
    """An awarded demand has its order, the order its chosen bid at the bid's price."""
    chosen = (
        select(bids, bid_versions.c.price_fen)
        .join(
            bid_versions,
            (bid_versions.c.bid_id == bids.c.id) & (bid_versions.c.version == bids.c.version),
        )
        .where(bids.c.status == BidStatus.CHOSEN)
    )
    by_demand = {
        demand_id: list(rows)
        for demand_id, rows in groupby(
            conn.execute(chosen.order_by(bids.c.demand_id)), lambda row: row.demand_id
        )
    }
    order_of = {row.demand_id: row for row in conn.execute(select(orders))}
    for demand in conn.execute(select(demands).order_by(demands.c.id)):
        no, awarded = f"D{demand.id}", demand.status == DemandStatus.AWARDED
        order, winners = order_of.get(demand.id), by_demand.get(demand.id, [])
        yield from _equal(no, "orders", int(awarded), int(order is not None))
        yield from _equal(no, "chosen bids", int(awarded), len(winners))
        if order is None or len(winners) != 1:
            continue
        winner, subject = winners[0], f"O{order.id}"
        yield from _equal(subject, "buyer", demand.buyer_id, order.buyer_id)
        yield from _equal(subject, "bid", winner.id, order.bid_id)
        yield from _equal(subject, "provider", winner.provider_id, order.provider_id)
        yield from _equal(subject, "price", winner.price_fen, order.price_fen)


def _bids(conn: Connection) -> Iterator[Finding]:
    """Letters follow arrival, versions have no gap, no sealed offer was altered."""
    rows = conn.execute(
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
            yield from _equal(subject, "letter", letter_of(index), letter)
            numbers = [version.version for version in versions]
            expected = list(range(1, versions[0].current + 1))
            yield from _equal(subject, "versions", str(expected), str(numbers))
            for version in versions:
                if version.fingerprint is not None:
                    yield from _equal(
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


def _histories(conn: Connection) -> Iterator[Finding]:
    """Every demand, listing and order came to its status by steps that the market has."""
    every: tuple[Process[Any, Any], ...] = (*PROCESSES.values(), LISTING, ORDER)
    processes = {process.name: process for process in every}
    now_at = {f"O{row.id}": row.status for row in conn.execute(select(orders))}
    now_at |= {f"L{row.id}": row.status for row in conn.execute(select(listings))}
    process_of = {"O": "order", "L": "listing"}
    for row in conn.execute(select(demands)):
        now_at[f"D{row.id}"] = row.status
        named = "purchase" if row.listing_id is not None else "direct"
        process_of[f"D{row.id}"] = "tender" if row.named_id is None else named
    steps = conn.execute(
        select(history.c.subject, history.c.status)
        .where(history.c.subject.not_like("%/%"))
        .order_by(history.c.subject, history.c.id)
    )
    for subject, grouped in groupby(steps, lambda row: row.subject):
        if subject not in now_at:
            if subject[0] in "DLO":
                yield Finding(subject, "history of", "something", "nothing")
            continue
        process = processes[process_of.get(subject) or process_of[subject[0]]]
        known = {(way.at, way.to) for way in process.ways}
        statuses = [row.status for row in grouped]
        yield from _equal(subject, "first status", process.first, statuses[0])
        for at, to in pairwise(statuses):
            if (at, to) not in known:
                yield Finding(subject, "step", f"a way from {at}", to)
        yield from _equal(subject, "status after its history", statuses[-1], now_at.pop(subject))
    for subject in sorted(now_at):
        yield Finding(subject, "history", "at least its beginning", "nothing")


def _clocks(conn: Connection) -> Iterator[Finding]:
    """What must end by itself has a deadline that will end it."""
    for table, letter, status, kind in (
        (demands, "D", DemandStatus.OPEN, "demand_closes"),
        (orders, "O", OrderStatus.AWAITING_PAYMENT, "payment_expires"),
    ):
        waiting = (
            select(table.c.id)
            .outerjoin(
                deadlines, (deadlines.c.subject_id == table.c.id) & (deadlines.c.kind == kind)
            )
            .where(table.c.status == status, deadlines.c.kind.is_(None))
        )
        for subject_id in conn.scalars(waiting.order_by(table.c.id)):
            yield Finding(f"{letter}{subject_id}", f"deadline when {status}", kind, "nothing")


_UNSETTLED = {OutboxStatus.QUEUED, OutboxStatus.SENDING}


def _outbox(conn: Connection) -> Iterator[Finding]:
    """A message is settled exactly if its outcome is written down with its moment."""
    columns = (outbox.c.key, outbox.c.status, outbox.c.settled_at, outbox.c.lease_until)
    wrong = (
        outbox.c.status.not_in(list(OutboxStatus))
        | (outbox.c.status.in_(_UNSETTLED) == outbox.c.settled_at.is_not(None))
        | ((outbox.c.status == OutboxStatus.SENDING) & outbox.c.lease_until.is_(None))
    )
    for row in conn.execute(select(*columns).where(wrong).order_by(outbox.c.id)):
        if _member(OutboxStatus, row.status) is None:
            yield Finding(row.key, "status", "one of the outbox's", row.status)
        elif row.status == OutboxStatus.SENDING and row.lease_until is None:
            yield Finding(row.key, "lease when sending", "a moment", "nothing")
        else:
            expected, found = ("nothing", "a moment") if row.settled_at else ("a moment", "nothing")
            yield Finding(row.key, f"settled_at when {row.status}", expected, found)


def _ratings(conn: Connection) -> Iterator[Finding]:
    """The number of ratings a provider shows is the number of reviews of it."""
    joined = (
        select(providers.c.id, providers.c.ratings, func.count(reviews.c.stars).label("many"))
        .outerjoin(reviews, reviews.c.provider_id == providers.c.id)
        .group_by(providers.c.id)
        .order_by(providers.c.id)
    )
    for row in conn.execute(joined):
        yield from _equal(f"provider {row.id}", "ratings", row.many, row.ratings)


def _sums(conn: Connection, by: Column[Any], amount: Any) -> dict[str, int]:
    # PostgreSQL adds bigints up to a numeric.
    rows = conn.execute(select(by, func.sum(amount)).group_by(by))
    return {name: int(total) for name, total in rows}


def _member(kind: type[StrEnum], value: str) -> Any:
    return next((member for member in kind if member == value), None)
