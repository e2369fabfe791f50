"""The audit of receipts: the chain by itself, and each receipt against what it stands for.

A finding about a receipt is named by its number, one about money without a receipt by the key of
its transfer.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from market.ledger import Currency, cash_at
from market.receipts import FIRST_NO, GENESIS, Head, Kind, digest, kind_of
from storage.deadlines import deadlines
from storage.findings import Finding, differing
from storage.ledger_tables import ledger_transfers
from storage.receipt_tables import receipt_head, receipt_roots, receipts
from storage.receipts import receipt_of, root_of


def audit_receipts(conn: Connection) -> Iterator[Finding]:
    """Gaps, broken links, altered rows; money without a receipt; ends that were not published."""
    chain = conn.execute(select(receipts).order_by(receipts.c.number)).all()
    yield from _chain(chain)
    yield from _head(conn, chain)
    yield from _causes(conn, chain)
    yield from _roots(conn, chain)


def _chain(chain: Sequence[Row[Any]]) -> Iterator[Finding]:
    """Every number is there, every row says what was sealed and follows the one before."""
    before = GENESIS
    for row in chain:
        whole = row.number == before.number + 1
        if not whole:
            yield from _gap(before.number + 1, row.number - 1)
        yield from _unaltered(row)
        if whole and row.previous != before.hash:
            yield Finding(_no(row), "hash of the one before", before.hash, row.previous)
        before = Head(row.number, row.hash)


def _unaltered(row: Row[Any]) -> Iterator[Finding]:
    try:
        receipt = receipt_of(row)
    except ValueError:
        yield Finding(_no(row), "kind", "one of the market's", row.kind)
        return
    hashed = digest(receipt.number, receipt.movement, receipt.previous)
    yield from differing(_no(row), "hash", hashed, row.hash)


def _head(conn: Connection, chain: Sequence[Row[Any]]) -> Iterator[Finding]:
    """The head is where the chain ends: if it is further, the last receipts are gone."""
    last = Head(chain[-1].number, chain[-1].hash) if chain else GENESIS
    row = conn.execute(select(receipt_head)).one_or_none()
    if row is None:
        yield Finding("receipt_head", "row", "one", "nothing")
    elif row.number > last.number:
        yield from _gap(last.number + 1, row.number)
    else:
        yield from differing("receipt_head", "number", last.number, row.number)
        yield from differing("receipt_head", f"hash of R{last.number}", last.hash, row.hash)


def _causes(conn: Connection, chain: Sequence[Row[Any]]) -> Iterator[Finding]:
    """Every transfer that deserves a receipt has one, and it states that transfer."""
    by_cause = {row.cause: row for row in chain if row.kind != Kind.VOID}
    moves = select(ledger_transfers).where(ledger_transfers.c.currency == Currency.FEN)
    for move in conn.execute(moves.order_by(ledger_transfers.c.id)):
        kind = kind_of(move.code)
        if kind is None:
            continue
        row = by_cause.pop(move.key, None)
        if row is None:
            yield Finding(move.key, "receipt", "one", "nothing")
            continue
        no = _no(row)
        yield from differing(no, f"kind beside {move.key}", kind, row.kind)
        yield from differing(no, f"amount beside {move.key}", move.amount, row.amount_fen)
        yield from differing(no, f"moment beside {move.key}", str(move.at), str(row.at))
        cash = cash_at(row.gateway).name if row.gateway else ""
        if cash and cash not in {move.debit, move.credit}:
            yield Finding(no, f"gateway beside {move.key}", f"{move.debit} {move.credit}", cash)
    for cause, row in by_cause.items():
        yield Finding(_no(row), "transfer it stands for", cause, "nothing")


def _roots(conn: Connection, chain: Sequence[Row[Any]]) -> Iterator[Finding]:
    """What was published is still in the chain; what is newer has its time to be published."""
    hash_of = {row.number: row.hash for row in chain}
    newest = GENESIS.number
    for row in conn.execute(select(receipt_roots).order_by(receipt_roots.c.number)):
        root = root_of(row).head
        newest = root.number
        found = hash_of.get(root.number, "nothing")
        yield from differing(f"root R{root.number}", "hash", root.hash, found)
    if chain and chain[-1].number > newest:
        due = conn.scalar(select(deadlines.c.kind).where(deadlines.c.kind == "receipt_root"))
        if due is None:
            yield Finding(f"R{chain[-1].number}", "deadline when new", "receipt_root", "nothing")


def _gap(first: int, last: int) -> Iterator[Finding]:
    missing = f"R{first}" if first == last else f"R{first}–R{last}"
    yield Finding(missing, "receipt", f"every number from R{FIRST_NO} on", "nothing")


def _no(row: Row[Any]) -> str:
    return f"R{row.number}"
