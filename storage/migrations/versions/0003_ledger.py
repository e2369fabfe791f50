"""The ledger: accounts, transfers and holds, with every rule that SQL can keep."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Amount = sa.BigInteger()  # fen or points
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    create_accounts()
    create_transfers()
    create_holds()
    statements = ON_SQLITE if op.get_context().dialect.name == "sqlite" else ON_POSTGRESQL
    for statement in statements:
        op.execute(statement)


def create_accounts() -> None:
    op.create_table(
        "ledger_accounts",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("may_owe", sa.Boolean, nullable=False),
        sa.Column("credits", Amount, nullable=False, server_default="0"),
        sa.Column("debits", Amount, nullable=False, server_default="0"),
        sa.Column("held", Amount, nullable=False, server_default="0"),
        sa.UniqueConstraint("name", "currency"),
        sa.CheckConstraint("currency IN ('fen', 'points')", name="currency"),
        sa.CheckConstraint("credits >= 0 AND debits >= 0 AND held >= 0", name="sums_grow"),
        sa.CheckConstraint("may_owe OR credits - debits - held >= 0", name="covered"),
        sqlite_with_rowid=False,
    )


def create_transfers() -> None:
    op.create_table(
        "ledger_transfers",
        sa.Column("id", Id, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("debit", sa.Text, nullable=False),
        sa.Column("credit", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount", Amount, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["debit", "currency"], ["ledger_accounts.name", "ledger_accounts.currency"]
        ),
        sa.ForeignKeyConstraint(
            ["credit", "currency"], ["ledger_accounts.name", "ledger_accounts.currency"]
        ),
        sa.CheckConstraint("amount > 0 AND amount <= 1000000000000000", name="amount"),
        sa.CheckConstraint("debit <> credit", name="two_accounts"),
    )
    op.create_index("ix_ledger_transfers_debit", "ledger_transfers", ["debit", "id"])
    op.create_index("ix_ledger_transfers_credit", "ledger_transfers", ["credit", "id"])


def create_holds() -> None:
    op.create_table(
        "ledger_holds",
        sa.Column("id", Id, primary_key=True),
        sa.Column("key", sa.Text, unique=True),
        sa.Column("resolves", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False, index=True),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("amount", Amount, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("expires_at", Moment, index=True),
        sa.UniqueConstraint("key", "account", "currency", "amount"),
        sa.ForeignKeyConstraint(
            ["account", "currency"], ["ledger_accounts.name", "ledger_accounts.currency"]
        ),
        # A resolution releases exactly what was reserved.
        sa.ForeignKeyConstraint(
            ["resolves", "account", "currency", "amount"],
            [
                "ledger_holds.key",
                "ledger_holds.account",
                "ledger_holds.currency",
                "ledger_holds.amount",
            ],
            name="fk_ledger_holds_resolves_ledger_holds",
        ),
        sa.CheckConstraint("amount > 0 AND amount <= 1000000000000000", name="amount"),
        sa.CheckConstraint("status IN ('reserved', 'posted', 'voided', 'expired')", name="status"),
        sa.CheckConstraint("(key IS NULL) <> (resolves IS NULL)", name="one_part"),
        sa.CheckConstraint("(status = 'reserved') = (resolves IS NULL)", name="part_of_status"),
    )
    op.create_index(
        "uq_ledger_holds_resolves",
        "ledger_holds",
        ["resolves"],
        unique=True,
        sqlite_where=sa.text("resolves IS NOT NULL"),
        postgresql_where=sa.text("resolves IS NOT NULL"),
    )


# Why they are as they are: `storage.ledger_triggers`, which may change one day. These may not.
MOVE_BOTH_SIDES = """
    UPDATE ledger_accounts SET
        debits = debits + CASE WHEN name = NEW.debit THEN NEW.amount ELSE 0 END,
        credits = credits + CASE WHEN name = NEW.credit THEN NEW.amount ELSE 0 END
    WHERE name IN (NEW.debit, NEW.credit);
"""
MOVE_HELD = """
    UPDATE ledger_accounts SET
        held = held + CASE WHEN NEW.resolves IS NULL THEN NEW.amount ELSE -NEW.amount END
    WHERE name = NEW.account;
"""

ON_SQLITE = (
    """
    CREATE TRIGGER ledger_transfers_no_update BEFORE UPDATE ON ledger_transfers
    BEGIN SELECT RAISE(ABORT, 'ledger_transfers is append-only'); END
    """,
    """
    CREATE TRIGGER ledger_transfers_no_delete BEFORE DELETE ON ledger_transfers
    BEGIN SELECT RAISE(ABORT, 'ledger_transfers is append-only'); END
    """,
    f"""
    CREATE TRIGGER ledger_transfers_apply AFTER INSERT ON ledger_transfers
    BEGIN {MOVE_BOTH_SIDES} END
    """,
    """
    CREATE TRIGGER ledger_holds_no_update BEFORE UPDATE ON ledger_holds
    BEGIN SELECT RAISE(ABORT, 'ledger_holds is append-only'); END
    """,
    """
    CREATE TRIGGER ledger_holds_no_delete BEFORE DELETE ON ledger_holds
    BEGIN SELECT RAISE(ABORT, 'ledger_holds is append-only'); END
    """,
    f"""
    CREATE TRIGGER ledger_holds_apply AFTER INSERT ON ledger_holds
    BEGIN {MOVE_HELD} END
    """,
)

ON_POSTGRESQL = (
    """
    CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = '23001';
        RETURN NULL;
    END
    $$
    """,
    f"""
    CREATE FUNCTION ledger_apply_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {MOVE_BOTH_SIDES} RETURN NULL; END
    $$
    """,
    f"""
    CREATE FUNCTION ledger_apply_hold() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {MOVE_HELD} RETURN NULL; END
    $$
    """,
    """
    CREATE TRIGGER ledger_transfers_append_only BEFORE UPDATE OR DELETE ON ledger_transfers
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()
    """,
    """
    CREATE TRIGGER ledger_transfers_no_truncate BEFORE TRUNCATE ON ledger_transfers
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()
    """,
    """
    CREATE TRIGGER ledger_transfers_apply AFTER INSERT ON ledger_transfers
    FOR EACH ROW EXECUTE FUNCTION ledger_apply_transfer()
    """,
    """
    CREATE TRIGGER ledger_holds_append_only BEFORE UPDATE OR DELETE ON ledger_holds
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()
    """,
    """
    CREATE TRIGGER ledger_holds_no_truncate BEFORE TRUNCATE ON ledger_holds
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()
    """,
    """
    CREATE TRIGGER ledger_holds_apply AFTER INSERT ON ledger_holds
    FOR EACH ROW EXECUTE FUNCTION ledger_apply_hold()
    """,
)
