"""Payments by a code that a gateway makes, and what has to be done there."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Fen = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    for name in ("code", "picture", "transaction_id"):
        op.add_column("payments", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column("payments", sa.Column("expires_at", Moment))
    op.create_index("ix_payments_order_id", "payments", ["order_id"])
    op.create_table(
        "errands",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("payment_id", Id, sa.ForeignKey("payments.id"), nullable=False),
        sa.Column("amount_fen", Fen, nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("leased_until", Moment),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("done_at", Moment),
        sa.Column("given_up", sa.Boolean, nullable=False),
        sa.UniqueConstraint("payment_id", "kind"),
    )
    op.create_index(
        "ix_errands_due_at",
        "errands",
        ["due_at"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
