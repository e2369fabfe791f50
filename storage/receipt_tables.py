"""The tables of receipts, with every rule that SQL can keep.

Rows are only added, each behind the one before: a trigger refuses a receipt that does not follow
the head, and moves the head. So a number is given in the transaction that needs it, eight that
want one wait for each other at the head's row, and what is rolled back leaves no gap.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Table, Text

from market.receipts import FIRST_NO, GENESIS
from storage.append_only import (
    attach,
    postgresql_function,
    postgresql_refusal,
    postgresql_refuser,
    sqlite_refusal,
)
from storage.tables import Id, Moment, metadata

_HASH = "length(hash) = 64"

# One row: where the chain ends. Whoever adds a receipt locks it first.
receipt_head = Table(
    "receipt_head",
    metadata,
    Column("id", Id, CheckConstraint("id = 1", name="one"), primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", Text, CheckConstraint(_HASH, name="hash"), nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("cause", Text, nullable=False, unique=True),  # the key of the transfer it stands for
    Column("amount_fen", BigInteger, nullable=False),
    Column("order_id", ForeignKey("orders.id")),
    Column("buyer_id", ForeignKey("people.id")),
    Column("provider_id", ForeignKey("providers.id")),
    Column("gateway", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("previous", Text, nullable=False, unique=True),
    Column("hash", Text, CheckConstraint(_HASH, name="hash"), nullable=False, unique=True),
    CheckConstraint(f"number >= {FIRST_NO}", name="number"),
    CheckConstraint("amount_fen >= 0 AND (amount_fen = 0) = (kind = 'void')", name="amount"),
)

# Ends of the chain that were published: whoever heard one can prove every receipt up to it.
receipt_roots = Table(
    "receipt_roots",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),
    Column("hash", Text, CheckConstraint(_HASH, name="hash"), nullable=False),
    Column("at", Moment, nullable=False),
)

_REFUSE = "receipts_refuse_change"
_BEGIN = f"""
INSERT INTO receipt_head (id, number, hash) VALUES (1, {GENESIS.number}, '{GENESIS.hash}')
"""
_MOVE_HEAD = """
UPDATE receipt_head SET number = NEW.number, hash = NEW.hash
WHERE number = NEW.number - 1 AND hash = NEW.previous;
"""
_MOVE_HEAD_ON_SQLITE = f"""
CREATE TRIGGER receipts_follow AFTER INSERT ON receipts
BEGIN {_MOVE_HEAD}
SELECT RAISE(ABORT, 'a receipt follows the last one') WHERE NOT EXISTS (
    SELECT 1 FROM receipt_head WHERE number = NEW.number AND hash = NEW.hash
);
END
"""
_MOVE_HEAD_ON_POSTGRESQL = postgresql_function(
    "receipts_move_head",
    f"""{_MOVE_HEAD}
    IF NOT FOUND THEN
        RAISE EXCEPTION USING MESSAGE = 'a receipt follows the last one', ERRCODE = '23001';
    END IF;""",
)

for _dialect in ("sqlite", "postgresql"):
    attach(receipt_head, _dialect, (_BEGIN,))
for _table in (receipts, receipt_roots):
    attach(
        _table,
        "sqlite",
        (sqlite_refusal(_table.name, "UPDATE"), sqlite_refusal(_table.name, "DELETE")),
    )
    attach(
        _table,
        "postgresql",
        (postgresql_refuser(_REFUSE), *postgresql_refusal(_table.name, _REFUSE)),
    )
attach(receipts, "sqlite", (_MOVE_HEAD_ON_SQLITE,))
attach(
    receipts,
    "postgresql",
    (
        _MOVE_HEAD_ON_POSTGRESQL,
        "CREATE TRIGGER receipts_follow AFTER INSERT ON receipts\n"
        "FOR EACH ROW EXECUTE FUNCTION receipts_move_head()",
    ),
)
