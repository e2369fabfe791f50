"""From demand to review: everything two parties agree on, and its history."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Fen = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    create_demands_and_bids()
    create_orders_and_payments()
    create_files_and_deliveries()
    create_disputes_and_reviews()
    create_history()
    if op.get_context().dialect.name == "sqlite":
        # SQLite ignores where an Identity starts.
        for table, first in (
            ("demands", 1024),
            ("orders", 2048),
            ("payments", 20481),
            ("disputes", 88),
        ):
            op.execute(f"INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {first - 1})")


def create_demands_and_bids() -> None:
    op.create_table(
        "demands",
        sa.Column("id", Id, sa.Identity(start=1024), primary_key=True),
        sa.Column("buyer_id", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("service_code", sa.Text),
        sa.Column("budget_min_fen", Fen),
        sa.Column("budget_max_fen", Fen),
        sa.Column("budget_note", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("needed_by", sa.Text),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("published_at", Moment),
        sa.Column("closes_at", Moment),
        sa.Column("choose_by", Moment),
        sa.Column("created_at", Moment, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_demands_buyer_id", "demands", ["buyer_id", "id"])
    op.create_table(
        "bids",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("demand_id", Id, sa.ForeignKey("demands.id"), nullable=False),
        sa.Column("provider_id", Id, sa.ForeignKey("providers.id"), nullable=False, index=True),
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("letter", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("placed_at", Moment, nullable=False),
        sa.UniqueConstraint("demand_id", "provider_id"),
        sa.UniqueConstraint("demand_id", "letter"),
    )
    op.create_table(
        "bid_versions",
        sa.Column("bid_id", Id, sa.ForeignKey("bids.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("price_fen", Fen, nullable=False),
        sa.Column("days", sa.Integer),
        sa.Column("workdays", sa.Integer),
        sa.Column("included", sa.Text, nullable=False),
        sa.Column("excluded", sa.Text, nullable=False),
        sa.Column("tax", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("placed_at", Moment, nullable=False),
    )


def create_orders_and_payments() -> None:
    op.create_table(
        "orders",
        sa.Column("id", Id, sa.Identity(start=2048), primary_key=True),
        sa.Column("demand_id", Id, sa.ForeignKey("demands.id"), nullable=False, unique=True),
        sa.Column("bid_id", Id, sa.ForeignKey("bids.id"), nullable=False, unique=True),
        sa.Column("buyer_id", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("provider_id", Id, sa.ForeignKey("providers.id"), nullable=False),
        sa.Column("provider_person_id", Id, sa.ForeignKey("people.id"), nullable=False),
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
        sa.CheckConstraint("price_fen > 0", name="price"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_orders_buyer_id", "orders", ["buyer_id", "id"])
    op.create_index("ix_orders_provider_id", "orders", ["provider_id", "id"])
    op.create_table(
        "payments",
        sa.Column("id", Id, sa.Identity(start=20481), primary_key=True),
        sa.Column("order_id", Id, sa.ForeignKey("orders.id"), nullable=False),
        sa.Column("gateway", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False, unique=True),
        sa.Column("amount_fen", Fen, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("entered_by", Id, sa.ForeignKey("people.id")),
        sa.Column("confirmed_by", Id, sa.ForeignKey("people.id")),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("settled_at", Moment),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
        sa.CheckConstraint("confirmed_by IS NULL OR confirmed_by <> entered_by", name="two_keys"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_payments_settled",
        "payments",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("status = 'settled'"),
        postgresql_where=sa.text("status = 'settled'"),
    )


def create_files_and_deliveries() -> None:
    op.create_table(
        "files",
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False, index=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("size_bytes", Id, nullable=False),
        sa.Column("stored_at", Moment, nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("order_id", Id, sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("delivered_at", Moment, nullable=False),
    )


def create_disputes_and_reviews() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", Id, sa.Identity(start=88), primary_key=True),
        sa.Column("order_id", Id, sa.ForeignKey("orders.id"), nullable=False, index=True),
        sa.Column("opened_by", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("refund_bp", sa.Integer),
        sa.Column("proposed_by", Id, sa.ForeignKey("people.id")),
        sa.Column("decided_at", Moment),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reviews",
        sa.Column("order_id", Id, sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("provider_id", Id, sa.ForeignKey("providers.id"), nullable=False, index=True),
        sa.Column("stars", sa.Integer),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("written_at", Moment, nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
    )


def create_history() -> None:
    op.create_table(
        "history",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("person_id", Id, sa.ForeignKey("people.id")),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
    )
    op.create_index("ix_history_subject", "history", ["subject", "id"])
