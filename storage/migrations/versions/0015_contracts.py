"""Contracts with their instalments, and where an order stands among them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Fen = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970

VERSION = (["order_id", "version"], ["contracts.order_id", "contracts.version"])
TABLES = ("contracts", "milestones", "contract_answers")


def upgrade() -> None:
    # Orders from before keep none: they are paid and accepted in one, as they always were.
    op.add_column("orders", sa.Column("contract_version", sa.Integer))
    op.add_column("orders", sa.Column("shares_fen", sa.Text, nullable=False, server_default="[]"))
    for table in ("orders", "deliveries"):
        op.add_column(table, sa.Column("milestone", sa.Integer, nullable=False, server_default="1"))
    op.create_table(
        "contracts",
        sa.Column("order_id", Id, sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("price_fen", Fen, nullable=False),
        sa.Column("duration", sa.Integer),
        sa.Column("in_workdays", sa.Boolean, nullable=False),
        sa.Column("included", sa.Text, nullable=False),
        sa.Column("excluded", sa.Text, nullable=False),
        sa.Column("tax", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("steps", sa.Text, nullable=False),
        sa.Column("drafted_by", sa.Text, nullable=False),
        sa.Column("drafted_at", Moment, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.CheckConstraint("price_fen > 0", name="price"),
        sa.CheckConstraint("length(hash) = 64", name="hash"),
    )
    op.create_table(
        "milestones",
        sa.Column("order_id", Id, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("share_fen", Fen, nullable=False),
        sa.Column("days", sa.Integer),
        sa.CheckConstraint("share_fen > 0", name="share"),
        sa.CheckConstraint("number BETWEEN 1 AND 6", name="number"),
        sa.ForeignKeyConstraint(*VERSION),
    )
    op.create_table(
        "contract_answers",
        sa.Column("order_id", Id, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("side", sa.Text, primary_key=True),
        sa.Column("agrees", sa.Boolean, nullable=False),
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.CheckConstraint("side IN ('buyer', 'provider')", name="side"),
        sa.CheckConstraint("length(hash) = 64", name="hash"),
        sa.ForeignKeyConstraint(*VERSION),
    )
    statements = ON_SQLITE if op.get_context().dialect.name == "sqlite" else ON_POSTGRESQL
    for statement in statements:
        op.execute(statement)


ON_SQLITE = tuple(
    f"""
    CREATE TRIGGER {table}_no_{operation.lower()} BEFORE {operation} ON {table}
    BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
    """
    for table in TABLES
    for operation in ("UPDATE", "DELETE")
)

ON_POSTGRESQL = (
    """
    CREATE FUNCTION contracts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = '23001';
        RETURN NULL;
    END
    $$
    """,
    *(
        statement
        for table in TABLES
        for statement in (
            f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION contracts_refuse_change()
            """,
            f"""
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION contracts_refuse_change()
            """,
        )
    ),
)
