"""Receipts: a chain of rows that is only ever added to at its end.

Every movement of money in the town waits for the head's row, so a turn takes it last: after the
accounts, before what it tells. It is held until the turn commits; under PostgreSQL that is one
insert and the turn's last words, under SQLite there is one writer anyway.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from market.errors import IdempotencyMismatch
from market.receipts import Head, Kind, Movement, Parties, Receipt, seal
from storage.receipt_tables import receipt_head, receipt_roots, receipts
from storage.statements import Statement, Values, insert_of, numbered, rows_of
from storage.tables import upsert

_COLUMNS = tuple(column.name for column in receipts.columns)
_LOCK_HEAD = Statement(select(receipt_head.c.number, receipt_head.c.hash).with_for_update())
_FIND = Statement(select(receipts).where(receipts.c.number == bindparam("number")))
_ADD_ROOT = Statement(insert_of(receipt_roots, "number", "hash", "at"))


@cache  # by how many movements: few, because a turn is one business fact
def _add(count: int) -> Statement:
    return Statement(upsert(receipts).values(rows_of(receipts, _COLUMNS, count)))


@dataclass(frozen=True, slots=True)
class Root:
    """An end of the chain that was published at a moment."""

    head: Head
    at: datetime


class ReceiptRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def issue(self, movements: Sequence[Movement]) -> tuple[Receipt, ...]:
        """Give each movement its receipt, in this order; one that has one keeps it.

        Locks the head until the transaction ends: post to accounts before, not after.

        Raises:
            IdempotencyMismatch: a cause has a receipt that states something else.
        """
        if not movements:
            return ()
        head = self.lock_head()
        issued = {
            receipt.movement.cause: receipt
            for receipt in self.for_causes(movement.cause for movement in movements)
        }
        for movement in movements:
            before = issued.get(movement.cause)
            if before is not None and replace(movement, at=before.movement.at) != before.movement:
                raise IdempotencyMismatch(movement.cause)
        fresh = seal([each for each in movements if each.cause not in issued], head)
        if fresh:
            _add(len(fresh)).run(self._conn, **numbered(map(_row, fresh)))
        issued |= {receipt.movement.cause: receipt for receipt in fresh}
        return tuple(issued[movement.cause] for movement in movements)

    def lock_head(self) -> Head:
        """Where the chain ends; nobody else adds to it until the transaction ends."""
        row = _LOCK_HEAD.one(self._conn)
        assert row is not None, "the head is made with its table"
        return Head(*row)

    def head(self) -> Head:
        row = self._conn.execute(select(receipt_head.c.number, receipt_head.c.hash)).one()
        return Head(*row)

    def find(self, number: int) -> Receipt | None:
        row = _FIND.one(self._conn, number=number)
        return None if row is None else receipt_of(row)

    def for_causes(self, causes: Iterable[str]) -> tuple[Receipt, ...]:
        """The receipts of these transfers, oldest first."""
        rows = self._conn.execute(
            select(receipts).where(receipts.c.cause.in_(list(causes))).order_by(receipts.c.number)
        )
        return tuple(receipt_of(row) for row in rows)

    def between(self, first: int, last: int) -> tuple[Receipt, ...]:
        """The receipts with these numbers and all between them."""
        rows = self._conn.execute(
            select(receipts)
            .where(receipts.c.number.between(first, last))
            .order_by(receipts.c.number)
        )
        return tuple(receipt_of(row) for row in rows)

    def publish(self, head: Head, now: datetime) -> None:
        """Remember that this end of the chain, whose lock is held, was made public."""
        _ADD_ROOT.run(self._conn, number=head.number, hash=head.hash, at=now)

    def newest_root(self) -> Root | None:
        row = self._conn.execute(
            select(receipt_roots).order_by(receipt_roots.c.number.desc()).limit(1)
        ).one_or_none()
        return None if row is None else root_of(row)

    def root_over(self, number: int) -> Root | None:
        """The first published end that proves this receipt; None until there is one."""
        row = self._conn.execute(
            select(receipt_roots)
            .where(receipt_roots.c.number >= number)
            .order_by(receipt_roots.c.number)
            .limit(1)
        ).one_or_none()
        return None if row is None else root_of(row)


def receipt_of(row: Row[Any] | Values) -> Receipt:
    values = dict(zip(_COLUMNS, row, strict=True))
    return Receipt(
        number=values["number"],
        movement=Movement(
            kind=Kind(values["kind"]),
            cause=values["cause"],
            amount_fen=values["amount_fen"],
            parties=Parties(values["order_id"], values["buyer_id"], values["provider_id"]),
            gateway=values["gateway"],
            at=values["at"],
        ),
        previous=values["previous"],
        hash=values["hash"],
    )


def root_of(row: Row[Any]) -> Root:
    return Root(Head(row.number, row.hash), row.at)


def _row(receipt: Receipt) -> dict[str, object]:
    movement = receipt.movement
    return {
        "number": receipt.number,
        "kind": movement.kind,
        "cause": movement.cause,
        "amount_fen": movement.amount_fen,
        "order_id": movement.parties.order_id,
        "buyer_id": movement.parties.buyer_id,
        "provider_id": movement.parties.provider_id,
        "gateway": movement.gateway,
        "at": movement.at,
        "previous": receipt.previous,
        "hash": receipt.hash,
    }
