"""What people asked for and what came of it; how often the catalogue was changed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    op.create_table(
        "utterances",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("offered", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("said_at", Moment, nullable=False),
        sa.Column("settled_at", Moment),
    )
    op.create_index("ix_utterances_person_id", "utterances", ["person_id", "id"])
    op.create_index("ix_utterances_said_at", "utterances", ["said_at"])
    op.create_index("ix_utterances_settled_at", "utterances", ["settled_at"])
    op.create_table(
        "revisions",
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
