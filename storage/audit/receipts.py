"""The audit of receipts: the chain by itself, and each receipt against what it stands for.

A finding about a receipt is named by its number, one about money without a receipt by the key of
its transfer.
"""

from collections.abc import Generator, Iterator
from typing import Any

from sqlalchemy import Row, literal, or_, select

from market.ledger import Currency, cash_at
from market.receipts import FIRST_NO, GENESIS, Head, Kind, digest, kind_of
from storage.audit.findings import Finding, differing
from storage.audit.look import Look
from storage.deadlines import deadlines
from storage.ledger_tables import ledger_transfers
from storage.receipt_tables import receipt_head, receipt_roots, receipts
from storage.receipts import receipt_of, root_of


def receipts_of(look: Look) -> Iterator[Finding]:
    """Gaps, broken links, altered rows; money without a receipt; ends that were not published."""
    last = yield from _chain(look)
    yield from _head(look, last)
    yield from _causes(look)
    yield from _strays(look)
    yield from _roots(look, last)


def _chain(look: Look) -> Generator[Finding, None, Head]:
    """Every number is there, every row says what was sealed and follows the one before.

    Returns where the chain ends.
    """
    before = GENESIS
    for row in look.rows(select(receipts).order_by(receipts.c.number)):
        whole = row.number == before.number + 1
        if not whole:
            yield from _gap(before.number + 1, row.number - 1)
        yield from _unaltered(row)
        if whole and row.previous != before.hash:
            yield Finding(_no(row), "hash of the one before", before.hash, row.previous)
        before = Head(row.number, row.hash)
    return before


def _unaltered(row: Row[Any]) -> Iterator[Finding]:
    try:
        receipt = receipt_of(row)
    except ValueError:
        yield Finding(_no(row), "kind", "one of the market's", row.kind)
        return
    hashed = digest(receipt.number, receipt.movement, receipt.previous)
    yield from differing(_no(row), "hash", hashed, row.hash)


def _head(look: Look, last: Head) -> Iterator[Finding]:
    """The head is where the chain ends: if it is further, the last receipts are gone."""
    row = look.conn.execute(select(receipt_head)).one_or_none()
    if row is None:
        yield Finding("receipt_head", "row", "one", "nothing")
    elif row.number > last.number:
        yield from _gap(last.number + 1, row.number)
    else:
        yield from differing("receipt_head", "number", last.number, row.number)
        yield from differing("receipt_head", f"hash of R{last.number}", last.hash, row.hash)


def _causes(look: Look) -> Iterator[Finding]:
    """Every transfer that deserves a receipt has one, and it states that transfer."""
    receipt = select(receipts).where(receipts.c.kind != Kind.VOID).subquery()
    move = ledger_transfers.c
    deserves = move.code.in_([kind for kind in Kind if kind is not Kind.VOID])
    cash = literal(cash_at("").name) + receipt.c.gateway
    elsewhere = (receipt.c.gateway != "") & cash.not_in([move.debit, move.credit])
    # By SQL, which has a million of them in a second.
    wrong = or_(
        deserves != receipt.c.number.is_not(None),
        move.code != receipt.c.kind,
        move.amount != receipt.c.amount_fen,
        move.at != receipt.c.at,
        elsewhere,
    )
    both = (
        select(
            ledger_transfers,
            receipt.c.number,
            receipt.c.kind,
            receipt.c.amount_fen,
            receipt.c.gateway,
            receipt.c.at.label("receipt_at"),
        )
        .outerjoin(receipt, receipt.c.cause == move.key)
        .where(move.currency == Currency.FEN, wrong)
        .order_by(move.id)
    )
    for row in look.rows(both):
        yield from _cause(row)


def _cause(row: Row[Any]) -> Iterator[Finding]:
    """What is wrong with a transfer and the receipt beside it."""
    kind = kind_of(row.code)
    if kind is None:
        if row.number is not None:
            yield Finding(f"R{row.number}", "transfer it stands for", row.key, "nothing")
        return
    if row.number is None:
        yield Finding(row.key, "receipt", "one", "nothing")
        return
    no = _no(row)
    yield from differing(no, f"kind beside {row.key}", kind, row.kind)
    yield from differing(no, f"amount beside {row.key}", row.amount, row.amount_fen)
    yield from differing(no, f"moment beside {row.key}", str(row.at), str(row.receipt_at))
    cash = cash_at(row.gateway).name if row.gateway else ""
    if cash and cash not in {row.debit, row.credit}:
        yield Finding(no, f"gateway beside {row.key}", f"{row.debit} {row.credit}", cash)


def _strays(look: Look) -> Iterator[Finding]:
    """No receipt stands for money that never moved."""
    moved = (ledger_transfers.c.key == receipts.c.cause) & (
        ledger_transfers.c.currency == Currency.FEN
    )
    alone = (
        select(receipts)
        .outerjoin(ledger_transfers, moved)
        .where(receipts.c.kind != Kind.VOID, ledger_transfers.c.id.is_(None))
        .order_by(receipts.c.number)
    )
    for row in look.rows(alone):
        yield Finding(_no(row), "transfer it stands for", row.cause, "nothing")


def _roots(look: Look, last: Head) -> Iterator[Finding]:
    """What was published is still in the chain; what is newer has its time to be published."""
    newest = GENESIS.number
    published = select(receipt_roots, receipts.c.hash.label("found")).outerjoin(
        receipts, receipts.c.number == receipt_roots.c.number
    )
    for row in look.rows(published.order_by(receipt_roots.c.number)):
        root = root_of(row).head
        newest = root.number
        yield from differing(f"root R{root.number}", "hash", root.hash, row.found or "nothing")
    if last.number > newest:
        due = look.conn.scalar(select(deadlines.c.kind).where(deadlines.c.kind == "receipt_root"))
        if due is None:
            yield Finding(f"R{last.number}", "deadline when new", "receipt_root", "nothing")


def _gap(first: int, last: int) -> Iterator[Finding]:
    missing = f"R{first}" if first == last else f"R{first}–R{last}"
    yield Finding(missing, "receipt", f"every number from R{FIRST_NO} on", "nothing")


def _no(row: Row[Any]) -> str:
    return f"R{row.number}"
