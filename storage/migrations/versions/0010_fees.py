"""The fee of an order, as it was when the order came to be."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Orders from before keep none: they have the rate of [market], as they always had.
    op.add_column("orders", sa.Column("fee_bp", sa.Integer))
    op.add_column("orders", sa.Column("fee_least_fen", Id))
    op.add_column("orders", sa.Column("fee_most_fen", Id))
    op.add_column("orders", sa.Column("fee_name", sa.Text))
