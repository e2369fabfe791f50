"""Demands that ask one provider alone."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("demands", sa.Column("named_id", Id))
    op.add_column("demands", sa.Column("named", sa.Text, nullable=False, server_default=""))
