"""Bills of gateways, and where they and the books do not agree."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    op.create_table(
        "bills",
        sa.Column("gateway", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("leased_until", Moment),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("read_at", Moment),
    )
    unread = sa.text("read_at IS NULL")
    op.create_index(
        "ix_bills_due_at", "bills", ["due_at"], sqlite_where=unread, postgresql_where=unread
    )
    op.create_table(
        "bill_lines",
        sa.Column("gateway", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("transaction_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("amount_fen", Id, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["gateway", "day"], ["bills.gateway", "bills.day"]),
        sa.CheckConstraint("amount_fen >= 0", name="amount"),
    )
    op.create_index("ix_bill_lines_number", "bill_lines", ["gateway", "number"])
    op.create_table(
        "differences",
        sa.Column("id", Id, sa.Identity(start=101), primary_key=True),
        sa.Column("gateway", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("sort", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("transaction_id", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("bill_fen", Id),
        sa.Column("books_fen", Id),
        sa.Column("bill_state", sa.Text, nullable=False),
        sa.Column("books_state", sa.Text, nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("closed_at", Moment),
        sa.Column("closed_by", Id, sa.ForeignKey("people.id")),
        sa.Column("reason", sa.Text, nullable=False),
        sa.UniqueConstraint("gateway", "key"),
        sa.CheckConstraint("bill_fen IS NOT NULL OR books_fen IS NOT NULL", name="one_side"),
        sa.CheckConstraint("closed_by IS NULL OR closed_at IS NOT NULL", name="closed"),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('differences', 100)")
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_differences_open",
        "differences",
        ["gateway", "day"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "month_links",
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("provider_id", Id, sa.ForeignKey("providers.id")),
        sa.Column("asked_by", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
    )
