"""What staff would change in a demand until its buyer agrees; tasks that are put off."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    op.create_table(
        "amendments",
        sa.Column("demand_id", Id, sa.ForeignKey("demands.id"), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("invited", sa.Text, nullable=False),
        sa.Column("closes_at", Moment),
        sa.Column("staff_id", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("proposed_at", Moment, nullable=False),
    )
    op.add_column("tasks", sa.Column("not_before", Moment))
