"""The tables of the ledger, with every rule that SQL can keep."""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from market.ledger import Currency
from storage import ledger_triggers
from storage.append_only import attach
from storage.tables import Id, Moment, metadata

# Past 2**63 SQLite would go on in floating point; nine thousand transfers of this size fit.
LARGEST_AMOUNT = 10**15


class HoldStatus(StrEnum):
    RESERVED = "reserved"
    POSTED = "posted"  # became a transfer
    VOIDED = "voided"  # given back
    EXPIRED = "expired"  # given back by the clock


_currencies = ", ".join(f"'{currency}'" for currency in Currency)
_statuses = ", ".join(f"'{status}'" for status in HoldStatus)

ledger_accounts = Table(
    "ledger_accounts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("currency", Text, nullable=False),
    Column("may_owe", Boolean, nullable=False),
    Column("credits", BigInteger, nullable=False, server_default="0"),
    Column("debits", BigInteger, nullable=False, server_default="0"),
    Column("held", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("name", "currency"),
    CheckConstraint(f"currency IN ({_currencies})", name="currency"),
    CheckConstraint("credits >= 0 AND debits >= 0 AND held >= 0", name="sums_grow"),
    CheckConstraint("may_owe OR credits - debits - held >= 0", name="covered"),
    sqlite_with_rowid=False,
)

ledger_transfers = Table(
    "ledger_transfers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("debit", Text, nullable=False),
    Column("credit", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("key"),
    # Both sides in one currency: fen and points cannot mix.
    ForeignKeyConstraint(
        ["debit", "currency"], ["ledger_accounts.name", "ledger_accounts.currency"]
    ),
    ForeignKeyConstraint(
        ["credit", "currency"], ["ledger_accounts.name", "ledger_accounts.currency"]
    ),
    CheckConstraint(f"amount > 0 AND amount <= {LARGEST_AMOUNT}", name="amount"),
    CheckConstraint("debit <> credit", name="two_accounts"),
    Index("ix_ledger_transfers_debit", "debit", "id"),
    Index("ix_ledger_transfers_credit", "credit", "id"),
)

# A hold is two rows at most: the reservation, which has the key, and what became of it, which
# names that key in `resolves` and has none of its own. So a resolution cannot be resolved, the
# composite key makes it release exactly what was reserved, and the partial index makes it once.
ledger_holds = Table(
    "ledger_holds",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text),
    Column("resolves", Text),
    Column("status", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("expires_at", Moment),
    UniqueConstraint("key"),
    UniqueConstraint("key", "account", "currency", "amount"),
    ForeignKeyConstraint(
        ["account", "currency"], ["ledger_accounts.name", "ledger_accounts.currency"]
    ),
    ForeignKeyConstraint(
        ["resolves", "account", "currency", "amount"],
        [
            "ledger_holds.key",
            "ledger_holds.account",
            "ledger_holds.currency",
            "ledger_holds.amount",
        ],
        name="fk_ledger_holds_resolves_ledger_holds",
    ),
    CheckConstraint(f"amount > 0 AND amount <= {LARGEST_AMOUNT}", name="amount"),
    CheckConstraint(f"status IN ({_statuses})", name="status"),
    CheckConstraint("(key IS NULL) <> (resolves IS NULL)", name="one_part"),
    CheckConstraint("(status = 'reserved') = (resolves IS NULL)", name="part_of_status"),
    Index("ix_ledger_holds_account", "account"),
    Index("ix_ledger_holds_expires_at", "expires_at"),
)
Index(
    "uq_ledger_holds_resolves",
    ledger_holds.c.resolves,
    unique=True,
    sqlite_where=ledger_holds.c.resolves.is_not(None),
    postgresql_where=ledger_holds.c.resolves.is_not(None),
)


# Accounts are created first: the others refer to them.
attach(ledger_accounts, "postgresql", ledger_triggers.POSTGRESQL_FUNCTIONS)
for _dialect in ("sqlite", "postgresql"):
    attach(ledger_transfers, _dialect, ledger_triggers.TRANSFER_TRIGGERS[_dialect])
    attach(ledger_holds, _dialect, ledger_triggers.HOLD_TRIGGERS[_dialect])
