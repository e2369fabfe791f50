"""Rulings that wait before their money moves, one appeal against them, and panels."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    add_columns()
    create_rulings()
    create_panel_seats()
    fill()


def add_columns() -> None:
    for name in (
        "appeal_by",
        "buyer_accepted_at",
        "provider_accepted_at",
        "appealed_at",
        "executed_at",
    ):
        op.add_column("disputes", sa.Column(name, Moment))
    op.add_column("disputes", sa.Column("appealed_by", Id))
    for name, default in (("track", "single"), ("status", "open"), ("appeal", "")):
        op.add_column("disputes", sa.Column(name, sa.Text, nullable=False, server_default=default))


def create_rulings() -> None:
    op.create_table(
        "rulings",
        sa.Column("dispute_id", Id, sa.ForeignKey("disputes.id"), primary_key=True),
        sa.Column("instance", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("refund_bp", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_by", Id, sa.ForeignKey("people.id")),
        sa.Column("agreed_by", Id, sa.ForeignKey("people.id")),
        sa.Column("decided_at", Moment, nullable=False),
        sa.CheckConstraint("instance IN (1, 2)", name="instance"),
        sa.CheckConstraint("refund_bp BETWEEN 0 AND 10000", name="refund"),
        sa.CheckConstraint("agreed_by <> decided_by", name="two_keys"),
    )


def create_panel_seats() -> None:
    op.create_table(
        "panel_seats",
        sa.Column("dispute_id", Id, sa.ForeignKey("disputes.id"), primary_key=True),
        sa.Column("instance", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("named_by", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("named_at", Moment, nullable=False),
        sa.Column("refund_bp", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("voted_at", Moment),
        sa.Column("left_at", Moment),
        sa.CheckConstraint("instance IN (1, 2)", name="instance"),
        sa.CheckConstraint("refund_bp BETWEEN 0 AND 10000", name="refund"),
        sa.CheckConstraint("(refund_bp IS NULL) = (voted_at IS NULL)", name="vote"),
        sa.CheckConstraint("voted_at IS NULL OR left_at IS NULL", name="seat"),
    )


def fill() -> None:
    """Until now a ruling divided the money in its own moment, and a second key is in the history.

    What is not decided yet goes on by the rules for its price.
    """
    op.execute(
        "UPDATE disputes SET executed_at = decided_at, track = 'before', status = 'executed'"
        " WHERE decided_at IS NOT NULL"
    )
    op.execute(
        "UPDATE disputes SET track = 'double' WHERE decided_at IS NULL AND"
        " (SELECT price_fen FROM orders WHERE orders.id = disputes.order_id) > 1000000"
    )
    op.execute(
        "UPDATE disputes SET track = 'double', status = 'proposed'"
        " WHERE decided_at IS NULL AND proposed_by IS NOT NULL"
    )
    op.execute(
        "INSERT INTO rulings"
        " (dispute_id, instance, refund_bp, reason, decided_by, agreed_by, decided_at)"
        " SELECT id, 1, refund_bp, decision, proposed_by,"
        " (SELECT person_id FROM history WHERE step = 'agree' AND subject = 'J' || disputes.id"
        " AND person_id <> proposed_by ORDER BY history.id DESC LIMIT 1), decided_at"
        " FROM disputes WHERE decided_at IS NOT NULL AND refund_bp IS NOT NULL"
    )
