"""Receipts with numbers of their own, each holding the hash of the one before.

Until here the number of a payment that was settled was also that of its receipt. People hold
those numbers, so they stay: numbers between them, used up by attempts that nobody paid, become
void receipts. What else moved money before follows, in the order in which it was booked.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970

FIRST_NO = 20481
GENESIS = "0" * 64


def upgrade() -> None:
    create_tables()
    statements = ON_SQLITE if op.get_context().dialect.name == "sqlite" else ON_POSTGRESQL
    for statement in statements:
        op.execute(statement)
    receipts = sealed([*funded(), *moved()])
    if receipts:
        op.bulk_insert(RECEIPTS, receipts)
        # The first end of the chain is due for publication at once.
        deadline = {
            "kind": "receipt_root",
            "subject_id": 0,
            "due_at": max(receipt["at"] for receipt in receipts),
        }
        op.get_bind().execute(sa.insert(DEADLINES).values(deadline))


def create_tables() -> None:
    op.create_table(
        "receipt_head",
        sa.Column("id", Id, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.CheckConstraint("id = 1", name="one"),
        sa.CheckConstraint("length(hash) = 64", name="hash"),
    )
    op.execute(
        f"INSERT INTO receipt_head (id, number, hash) VALUES (1, {FIRST_NO - 1}, '{GENESIS}')"
    )
    op.create_table(
        "receipts",
        sa.Column("number", Id, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False, unique=True),
        sa.Column("amount_fen", sa.BigInteger, nullable=False),
        sa.Column("order_id", Id, sa.ForeignKey("orders.id")),
        sa.Column("buyer_id", Id, sa.ForeignKey("people.id")),
        sa.Column("provider_id", Id, sa.ForeignKey("providers.id")),
        sa.Column("gateway", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("previous", sa.Text, nullable=False, unique=True),
        sa.Column("hash", sa.Text, nullable=False, unique=True),
        sa.CheckConstraint("length(hash) = 64", name="hash"),
        sa.CheckConstraint("number >= 20481", name="number"),
        sa.CheckConstraint("amount_fen >= 0 AND (amount_fen = 0) = (kind = 'void')", name="amount"),
    )
    op.create_table(
        "receipt_roots",
        sa.Column("number", Id, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.CheckConstraint("length(hash) = 64", name="hash"),
    )


def funded() -> Iterator[dict[str, Any]]:
    """The settled payments under the numbers that people hold, and the numbers between them."""
    rows = op.get_bind().execute(
        sa.text(
            "SELECT p.id, p.order_id, p.gateway, p.amount_fen, p.settled_at AS at,"
            " o.buyer_id, o.provider_id"
            " FROM payments p JOIN orders o ON o.id = p.order_id"
            " WHERE p.status = 'settled' ORDER BY p.id"
        )
    )
    number = FIRST_NO
    for row in rows:
        while number < row.id:
            yield movement("void", f"R{number}:void", 0, at=row.at)
            number += 1
        yield movement(
            "funding",
            f"O{row.order_id}:funding",
            row.amount_fen,
            order_id=row.order_id,
            buyer_id=row.buyer_id,
            provider_id=row.provider_id,
            gateway=row.gateway,
            at=row.at,
        )
        number = row.id + 1


def moved() -> Iterator[dict[str, Any]]:
    """Everything else that moved a client's money, as it was booked."""
    conn = op.get_bind()
    orders = {
        row.id: row for row in conn.execute(sa.text("SELECT id, buyer_id, provider_id FROM orders"))
    }
    rows = conn.execute(
        sa.text(
            'SELECT "key", code, debit, credit, amount, at FROM ledger_transfers'
            " WHERE currency = 'fen' AND code IN"
            " ('refund', 'payout', 'commission', 'refund-paid', 'payout-paid') ORDER BY id"
        )
    )
    for row in rows:
        letter, number = re.match(r"([OV])(\d+)", row.key).groups()  # type: ignore[union-attr]
        order = orders[int(number)] if letter == "O" else None
        provider_id = order.provider_id if order else int(number)
        yield movement(
            row.code,
            row.key,
            row.amount,
            order_id=order.id if order else None,
            buyer_id=order.buyer_id if order and row.code in {"refund", "refund-paid"} else None,
            provider_id=None if row.code == "refund-paid" else provider_id,
            gateway=row.credit.removeprefix("cash:") if row.credit.startswith("cash:") else "",
            at=row.at,
        )


def movement(
    kind: str,
    cause: str,
    amount_fen: int,
    *,
    at: int,
    order_id: int | None = None,
    buyer_id: int | None = None,
    provider_id: int | None = None,
    gateway: str = "",
) -> dict[str, Any]:
    return {
        "kind": kind,
        "cause": cause,
        "amount_fen": amount_fen,
        "order_id": order_id,
        "buyer_id": buyer_id,
        "provider_id": provider_id,
        "gateway": gateway,
        "at": at,
    }


def sealed(movements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Number and chain them. This is form 1 of `market.receipts`, as it was on this day."""
    receipts: list[dict[str, Any]] = []
    previous = GENESIS
    for number, stated in enumerate(movements, start=FIRST_NO):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=stated["at"])
        told = (
            "kebao receipt 1\n"
            f"number R{number}\n"
            f"kind {stated['kind']}\n"
            f"cause {stated['cause']}\n"
            f"amount_fen {stated['amount_fen']}\n"
            f"order {numbered('O', stated['order_id'])}\n"
            f"buyer {numbered('P', stated['buyer_id'])}\n"
            f"provider {numbered('V', stated['provider_id'])}\n"
            f"gateway {stated['gateway'] or '-'}\n"
            f"at {at:%Y-%m-%dT%H:%M:%S.%fZ}\n"
            f"previous {previous}\n"
        )
        hashed = hashlib.sha256(told.encode()).hexdigest()
        receipts.append({**stated, "number": number, "previous": previous, "hash": hashed})
        previous = hashed
    return receipts


def numbered(letter: str, number: int | None) -> str:
    return "-" if number is None else f"{letter}{number}"


RECEIPTS = sa.table(
    "receipts",
    *(
        sa.column(name, sa.Text)
        if name in {"kind", "cause", "gateway", "previous", "hash"}
        else sa.column(name, sa.BigInteger)
        for name in (
            "number", "kind", "cause", "amount_fen", "order_id", "buyer_id", "provider_id",
            "gateway", "at", "previous", "hash",
        )
    ),
)  # fmt: skip
DEADLINES = sa.table(
    "deadlines",
    sa.column("kind", sa.Text),
    sa.column("subject_id", sa.BigInteger),
    sa.column("due_at", sa.BigInteger),
)

MOVE_HEAD = """
    UPDATE receipt_head SET number = NEW.number, hash = NEW.hash
    WHERE number = NEW.number - 1 AND hash = NEW.previous;
"""

ON_SQLITE = (
    *(
        f"""
        CREATE TRIGGER {table}_no_{operation.lower()} BEFORE {operation} ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
        """
        for table in ("receipts", "receipt_roots")
        for operation in ("UPDATE", "DELETE")
    ),
    f"""
    CREATE TRIGGER receipts_follow AFTER INSERT ON receipts
    BEGIN {MOVE_HEAD}
    SELECT RAISE(ABORT, 'a receipt follows the last one') WHERE NOT EXISTS (
        SELECT 1 FROM receipt_head WHERE number = NEW.number AND hash = NEW.hash
    );
    END
    """,
)

ON_POSTGRESQL = (
    """
    CREATE FUNCTION receipts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = '23001';
        RETURN NULL;
    END
    $$
    """,
    f"""
    CREATE FUNCTION receipts_move_head() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {MOVE_HEAD}
        IF NOT FOUND THEN
            RAISE EXCEPTION USING MESSAGE = 'a receipt follows the last one', ERRCODE = '23001';
        END IF;
        RETURN NULL;
    END
    $$
    """,
    *(
        statement
        for table in ("receipts", "receipt_roots")
        for statement in (
            f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION receipts_refuse_change()
            """,
            f"""
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION receipts_refuse_change()
            """,
        )
    ),
    """
    CREATE TRIGGER receipts_follow AFTER INSERT ON receipts
    FOR EACH ROW EXECUTE FUNCTION receipts_move_head()
    """,
)
