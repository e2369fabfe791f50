"""Rewards and deposits: orders that are paid before there is a provider, and come out of a pot."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Fen = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970

PREPAID = "prepaid_fen >= 0 AND prepaid_fen <= price_fen"
POT = "(bid_id IS NULL) = (provider_id IS NULL) AND (bid_id IS NULL) = (provider_person_id IS NULL)"
WITHOUT_POT, IS_POT = "pot_id IS NULL AND bid_id IS NOT NULL", "bid_id IS NULL"


def upgrade() -> None:
    op.add_column("demands", sa.Column("reward", sa.Text))
    op.add_column("demands", sa.Column("prizes_fen", sa.Text, nullable=False, server_default="[]"))
    op.add_column("demands", sa.Column("deposit_fen", Fen, nullable=False, server_default="0"))
    if op.get_context().dialect.name == "sqlite":
        rebuild_orders()
    else:
        alter_orders()
    for name, where in (
        ("uq_orders_without_pot", WITHOUT_POT),
        ("uq_orders_pot", IS_POT),
    ):
        op.create_index(
            name,
            "orders",
            ["demand_id"],
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.create_index("ix_orders_demand_id", "orders", ["demand_id"])


def alter_orders() -> None:
    for name in ("bid_id", "provider_id", "provider_person_id"):
        op.alter_column("orders", name, nullable=True)
    op.add_column(
        "orders", sa.Column("bid_version", sa.Integer, nullable=False, server_default="1")
    )
    op.add_column("orders", sa.Column("pot_id", Id))
    op.create_foreign_key(None, "orders", "orders", ["pot_id"], ["id"])
    op.add_column("orders", sa.Column("prepaid_fen", Fen, nullable=False, server_default="0"))
    op.add_column("orders", sa.Column("back_bp", sa.Integer))
    op.drop_constraint("uq_orders_demand_id", "orders")
    op.drop_constraint("uq_orders_bid_id", "orders")
    op.create_unique_constraint(None, "orders", ["bid_id", "bid_version"])
    op.create_check_constraint("prepaid", "orders", PREPAID)
    op.create_check_constraint("pot", "orders", POT)
    op.execute(
        "UPDATE orders SET bid_version ="
        " (SELECT bids.version FROM bids WHERE bids.id = orders.bid_id)"
    )


def rebuild_orders() -> None:
    """SQLite cannot make a column nullable: another table takes the place of the old one."""
    made = op.create_table(
        "new_orders",
        sa.Column("id", Id, sa.Identity(start=2048)),
        sa.Column("demand_id", Id, nullable=False),
        sa.Column("bid_id", Id),
        sa.Column("buyer_id", Id, nullable=False),
        sa.Column("provider_id", Id),
        sa.Column("provider_person_id", Id),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("price_fen", Fen, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("pay_by", Moment, nullable=False),
        sa.Column("funded_at", Moment),
        sa.Column("started_at", Moment),
        sa.Column("deliver_by", Moment),
        sa.Column("delivered_at", Moment),
        sa.Column("accept_by", Moment),
        sa.Column("completed_at", Moment),
        sa.Column("returns_used", sa.Integer, nullable=False),
        sa.Column("reminded_at", Moment),
        sa.Column("fee_bp", sa.Integer),
        sa.Column("fee_least_fen", Fen),
        sa.Column("fee_most_fen", Fen),
        sa.Column("fee_name", sa.Text),
        sa.Column("contract_version", sa.Integer),
        sa.Column("shares_fen", sa.Text, nullable=False, server_default="[]"),
        sa.Column("milestone", sa.Integer, nullable=False, server_default="1"),
        sa.Column("bid_version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("pot_id", Id),
        sa.Column("prepaid_fen", Fen, nullable=False, server_default="0"),
        sa.Column("back_bp", sa.Integer),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_orders_{column}_{table}")
            )
            for column, table in (
                ("demand_id", "demands"),
                ("bid_id", "bids"),
                ("buyer_id", "people"),
                ("provider_id", "providers"),
                ("provider_person_id", "people"),
                ("pot_id", "orders"),
            )
        ),
        sa.UniqueConstraint("bid_id", "bid_version", name=op.f("uq_orders_bid_id_bid_version")),
        sa.CheckConstraint("price_fen > 0", name=op.f("ck_orders_price")),
        sa.CheckConstraint(PREPAID, name=op.f("ck_orders_prepaid")),
        sa.CheckConstraint(POT, name=op.f("ck_orders_pot")),
        sqlite_autoincrement=True,
    )
    old = [name for name in made.columns.keys() if name not in NEW]  # noqa: SIM118
    names = ", ".join(old)
    op.execute(
        f"INSERT INTO new_orders ({names}, bid_version)"
        f" SELECT {', '.join(f'orders.{name}' for name in old)}, bids.version"
        " FROM orders JOIN bids ON bids.id = orders.bid_id"
    )
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'new_orders'")
    op.execute(
        "INSERT INTO sqlite_sequence (name, seq)"
        " SELECT 'new_orders', seq FROM sqlite_sequence WHERE name = 'orders'"
    )
    op.drop_table("orders")
    op.rename_table("new_orders", "orders")
    op.create_index("ix_orders_buyer_id", "orders", ["buyer_id", "id"])
    op.create_index("ix_orders_provider_id", "orders", ["provider_id", "id"])


NEW = ("bid_version", "pot_id", "prepaid_fen", "back_bp")
