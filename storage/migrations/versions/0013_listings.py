"""Listings: work at a fixed price, bought without a tender."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    op.create_table(
        "listings",
        sa.Column("id", Id, sa.Identity(start=501), primary_key=True),
        sa.Column("provider_id", Id, sa.ForeignKey("providers.id"), nullable=False),
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("service_code", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("price_fen", Id, nullable=False),
        sa.Column("days", sa.Integer),
        sa.Column("workdays", sa.Integer),
        sa.Column("included", sa.Text, nullable=False),
        sa.Column("excluded", sa.Text, nullable=False),
        sa.Column("tax", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("express_fen", Id),
        sa.Column("on_site_fen", Id),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.CheckConstraint("price_fen > 0", name="price"),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('listings', 500)")
    op.create_index("ix_listings_service", "listings", ["status", "service_code", "price_fen"])
    op.create_index("ix_listings_provider", "listings", ["provider_id", "id"])
    op.add_column("demands", sa.Column("listing_id", Id))
