"""Rounds of haggling over an opened bid."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Fen = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    op.create_table(
        "negotiations",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("bid_id", Id, sa.ForeignKey("bids.id"), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("asked_fen", Fen, nullable=False),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("answer_by", Moment, nullable=False),
        sa.Column("answered_fen", Fen),
        sa.Column("answer_note", sa.Text, nullable=False),
        sa.Column("answered_by", Id, sa.ForeignKey("people.id")),
        sa.UniqueConstraint("bid_id", "round"),
        sa.CheckConstraint("asked_fen > 0", name="asked"),
        sa.CheckConstraint("answered_fen >= asked_fen", name="answered"),
    )
    live = sa.text("status IN ('asked', 'answered')")
    op.create_index(
        "uq_negotiations_live",
        "negotiations",
        ["bid_id"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
