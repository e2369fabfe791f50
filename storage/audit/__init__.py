"""The audit: recompute what the database says from its history, and list what disagrees.

It only reads, believes no stored sum, and knows the rules of `market` rather than the code that
followed them. It also survives what SQL should have forbidden: somebody may have switched the
rules off. An empty answer is the good one.
"""

from collections.abc import Callable, Iterator

from sqlalchemy import Connection, Table

from storage.audit import (
    books,
    contracts,
    deals,
    disputes,
    messages,
    orders,
    pots,
    public_money,
    receipts,
)
from storage.audit.findings import Finding
from storage.audit.look import Look, Meter
from storage.bids import bid_versions
from storage.contract_tables import contracts as contract_rows
from storage.demands import demands
from storage.disputes import disputes as dispute_rows
from storage.history import history
from storage.ledger_tables import ledger_accounts, ledger_transfers
from storage.orders import orders as order_rows
from storage.outbox import outbox
from storage.payments import payments
from storage.payouts import payouts
from storage.receipt_tables import receipts as receipt_rows

__all__ = ["Finding", "audit", "audit_ledger", "audit_receipts"]

_LEDGER: tuple[tuple[Callable[[Look], Iterator[Finding]], tuple[Table, ...]], ...] = (
    (books.accounts, (ledger_transfers, ledger_accounts)),
    (books.currencies, (ledger_transfers,)),
)
# Each area with the tables it reads: how much of the whole it is.
_AREAS = (
    *_LEDGER,
    (books.owners, (ledger_accounts,)),
    (orders.moments, (ledger_transfers, order_rows)),
    (orders.fundings, (order_rows, payments)),
    (orders.points_of_orders, (order_rows,)),
    (orders.points_of_reviews, (order_rows,)),
    (orders.payments_of_orders, (order_rows,)),
    (orders.paid_out, (payouts,)),
    (contracts.contracts_of, (order_rows, contract_rows)),
    (receipts.receipts_of, (receipt_rows, ledger_transfers)),
    (orders.given_back, (payments,)),
    (disputes.undecided, (order_rows,)),
    (disputes.carried_out, (dispute_rows,)),
    (disputes.histories, (dispute_rows,)),
    (deals.awarded, (demands, order_rows)),
    (pots.pots, (demands, order_rows)),
    (public_money.public_money, (order_rows,)),
    (deals.sealed, (bid_versions,)),
    (deals.histories, (history,)),
    (deals.clocks, ()),
    (messages.messages, (outbox,)),
    (deals.ratings, ()),
)


def audit(conn: Connection, meter: Meter | None = None) -> Iterator[Finding]:
    """All disagreements, area by area; `meter` is told how many rows were read, of how many.

    Turns that commit meanwhile may be seen half on PostgreSQL: give it a REPEATABLE READ
    connection there (on SQLite a transaction is a snapshot anyway).
    """
    yield from _through(_AREAS, Look(conn, meter))


def audit_ledger(conn: Connection, meter: Meter | None = None) -> Iterator[Finding]:
    """The part that knows of accounts, transfers and holds only."""
    yield from _through(_LEDGER, Look(conn, meter))


def audit_receipts(conn: Connection) -> Iterator[Finding]:
    """The part that knows of receipts and what they stand for."""
    yield from receipts.receipts_of(Look(conn))


def _through(
    areas: tuple[tuple[Callable[[Look], Iterator[Finding]], tuple[Table, ...]], ...], look: Look
) -> Iterator[Finding]:
    sizes = [look.expect(*tables) for _, tables in areas]
    done = 0
    for (area, _), size in zip(areas, sizes, strict=True):
        yield from area(look)
        done += size
        look.finished(done)
