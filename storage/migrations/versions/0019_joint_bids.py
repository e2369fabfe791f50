"""Joint bids: partners of a bid, and of the order that came of it; splits of its commission."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    op.create_table(
        "bid_partners",
        sa.Column("bid_id", Id, sa.ForeignKey("bids.id"), primary_key=True),
        sa.Column("provider_id", Id, sa.ForeignKey("providers.id"), primary_key=True),
        sa.Column("share_bp", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("person_id", Id, sa.ForeignKey("people.id")),
        sa.Column("asked_at", Moment, nullable=False),
        sa.CheckConstraint("share_bp > 0", name="share"),
    )
    op.create_table(
        "order_partners",
        sa.Column("order_id", Id, sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("provider_id", Id, sa.ForeignKey("providers.id"), primary_key=True),
        sa.Column("share_bp", sa.Integer, nullable=False),
        sa.Column("person_id", Id, sa.ForeignKey("people.id")),
        sa.CheckConstraint("share_bp > 0", name="share"),
    )
    op.create_table(
        "order_splits",
        sa.Column("order_id", Id, sa.ForeignKey("orders.id"), primary_key=True),
        sa.Column("provider_id", Id, sa.ForeignKey("providers.id"), primary_key=True),
        sa.Column("share_bp", sa.Integer, nullable=False),
        sa.CheckConstraint("share_bp > 0", name="share"),
    )
