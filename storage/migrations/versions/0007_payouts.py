"""Refunds and earnings that two colleagues pay out; messages that are too late to matter."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Fen = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    op.create_table(
        "payouts",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("gateway", sa.Text, nullable=False),
        sa.Column("amount_fen", Fen, nullable=False),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("asked_by", Id, sa.ForeignKey("people.id")),
        sa.Column("entered_by", Id, sa.ForeignKey("people.id")),
        sa.Column("confirmed_by", Id, sa.ForeignKey("people.id")),
        sa.Column("paid_at", Moment),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
        sa.CheckConstraint("confirmed_by IS NULL OR confirmed_by <> entered_by", name="two_keys"),
        sa.CheckConstraint("(paid_at IS NULL) = (confirmed_by IS NULL)", name="paid"),
    )
    waiting = sa.text("paid_at IS NULL")
    op.create_index(
        "uq_payouts_waiting",
        "payouts",
        ["kind", "subject_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.add_column("outbox", sa.Column("useless_after", Moment))
