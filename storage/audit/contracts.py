"""The audit of contracts: each version by itself, each order against the one it stands under."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Table, select

from market.contracts import SIDES, Version
from market.orders import OrderStatus
from storage.audit.findings import Finding, differing
from storage.audit.look import Look
from storage.audit.pots import IS_POT
from storage.consortiums import order_partners, order_splits
from storage.contract_tables import contract_answers, contracts, milestones
from storage.contracts import version_of
from storage.ledger_tables import ledger_transfers
from storage.orders import orders

# Statuses in which the money never came, so that the buyer need not have agreed.
_UNPAID = {OrderStatus.AWAITING_PAYMENT, OrderStatus.CANCELLED, OrderStatus.EXPIRED}
Numbered = dict[int, Version]
_OF_ORDER = (
    orders.c.id,
    orders.c.status,
    orders.c.buyer_id,
    orders.c.provider_id,
    orders.c.price_fen,
    orders.c.shares_fen,
    orders.c.milestone,
    orders.c.contract_version,
)


def contracts_of(look: Look) -> Iterator[Finding]:
    """Altered versions, shares that miss the price, missing keys, instalments paid otherwise."""
    moved = {
        row.key: row.amount
        for row in look.rows(
            select(ledger_transfers.c.key, ledger_transfers.c.amount).where(
                ledger_transfers.c.code.in_(["payout", "commission", "split"])
            )
        )
    }
    versions, answers = _by_order(look, contracts), _by_version(look, contract_answers)
    parts = _by_version(look, milestones)
    partners: dict[int, set[int]] = defaultdict(set)
    for table in (order_partners, order_splits):
        for order_id, rows in _by_order(look, table).items():
            partners[order_id] |= {row.provider_id for row in rows}
    for order in look.rows(select(*_OF_ORDER).where(~IS_POT).order_by(orders.c.id)):
        known: Numbered = {}
        rows = versions.pop(order.id, [])
        numbers = [row.version for row in rows]
        expected = list(range(1, len(rows) + 1))
        yield from differing(f"O{order.id}", "contract versions", str(expected), str(numbers))
        for row in rows:
            key = (order.id, row.version)
            version = version_of(
                row,
                parts.get(key, []),
                answers.get(key, []),
                buyer_id=order.buyer_id,
                provider_id=order.provider_id,
            )
            known[row.version] = version
            yield from _version(row, version)
        yield from _standing(order, known)
        yield from _releases(order, moved, partners.get(order.id, ()))


def _version(row: Row[Any], version: Version) -> Iterator[Finding]:
    """The text is as it was stored, its parts are its price, everybody confirmed this text."""
    contract = version.contract
    subject = f"O{row.order_id} v{row.version}"
    yield from differing(subject, "hash", contract.hash, row.hash)
    yield from differing(subject, "sum of its shares", row.price_fen, sum(contract.shares_fen))
    for answer in version.answers:
        yield from differing(subject, f"hash that {answer.side} read", row.hash, answer.hash)


def _standing(order: Row[Any], known: Numbered) -> Iterator[Finding]:
    """The order has the price and the shares of its contract, and both sides' keys once paid."""
    no = f"O{order.id}"
    if order.contract_version is None:
        if known:
            yield Finding(no, "contract it stands under", "a version", "nothing")
        return
    version = known.get(order.contract_version)
    if version is None:
        yield Finding(no, f"contract v{order.contract_version}", "there", "missing")
        return
    contract = version.contract
    yield from differing(no, "price of its contract", order.price_fen, contract.price_fen)
    shares = contract.shares_fen if len(contract.shares_fen) > 1 else ()
    yield from differing(no, "shares", json.dumps(shares), order.shares_fen)
    # An earlier version was left by both; the first is the provider's until the buyer pays.
    needed = order.contract_version > 1 or order.status not in _UNPAID
    for side in SIDES if needed else ():
        if not version.has_key_of(side):
            yield Finding(f"{no} v{contract.version}", f"key of the {side}", "yes", "nothing")


def _releases(
    order: Row[Any], moved: Mapping[str, int], partners: Iterable[int]
) -> Iterator[Finding]:
    """What was accepted was paid out, each instalment once and exactly; nothing else was."""
    no = f"O{order.id}"
    shares = json.loads(order.shares_fen) or [order.price_fen]
    if not 1 <= order.milestone <= len(shares):
        yield Finding(no, "instalment", f"1 to {len(shares)}", order.milestone)
        return
    completed = order.status == OrderStatus.COMPLETED
    for number, share_fen in enumerate(shares, start=1):
        key = no if len(shares) == 1 else f"{no}:{number}"
        accepted = number < order.milestone or completed
        if len(shares) == 1 and not accepted:
            continue  # a ruling pays under the same key
        own, fee = moved.get(f"{key}:payout", 0), moved.get(f"{key}:commission", 0)
        theirs = sum(
            moved.get(f"{key}/V{one}:{code}", 0) for one in partners for code in ("payout", "split")
        )
        paid = own + theirs + fee
        yield from differing(key, "paid out", share_fen if accepted else 0, paid)


def _by_order(look: Look, table: Table) -> dict[int, list[Row[Any]]]:
    rows = look.rows(select(table).order_by(*table.primary_key.columns))
    return {key: list(found) for key, found in groupby(rows, lambda row: int(row.order_id))}


def _by_version(look: Look, table: Table) -> dict[tuple[int, int], list[Row[Any]]]:
    rows = look.rows(select(table).order_by(*table.primary_key.columns))
    grouped = groupby(rows, lambda row: (int(row.order_id), int(row.version)))
    return {key: list(found) for key, found in grouped}
