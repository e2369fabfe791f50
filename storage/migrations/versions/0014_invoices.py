"""Invoices, and to whom they are made out."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970
HEADING = ("kind", "title", "tax_no", "address_phone", "bank")


def upgrade() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", Id, sa.Identity(start=3001), primary_key=True),
        sa.Column("order_id", Id, sa.ForeignKey("orders.id"), nullable=False),
        sa.Column("buyer_id", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("provider_id", Id, sa.ForeignKey("providers.id"), nullable=False),
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in HEADING),
        sa.Column("amount_fen", Id, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("requested_at", Moment, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("issued_at", Moment),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("reversed_at", Moment),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('invoices', 3000)")
    alive = sa.text("status IN ('requested', 'issued', 'reversing')")
    op.create_index(
        "uq_invoices_alive",
        "invoices",
        ["order_id"],
        unique=True,
        sqlite_where=alive,
        postgresql_where=alive,
    )
    op.create_index("ix_invoices_buyer_id", "invoices", ["buyer_id", "id"])
    op.create_table(
        "headings",
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in HEADING),
    )
