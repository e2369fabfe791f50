"""People, providers and staff; and the services on offer."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite counts up in INTEGER only
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("company", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("marketing", sa.Boolean, nullable=False),
        sa.Column("erased", sa.Boolean, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
    )
    op.create_table(
        "providers",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("credit_code", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("class_name", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("service_codes", sa.Text, nullable=False),
        sa.Column("cases", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("im", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("non_profit", sa.Boolean, nullable=False),
        sa.Column("rating", sa.Integer),
        sa.Column("ratings", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
    )
    op.create_table(
        "members",
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("provider_id", Id, sa.ForeignKey("providers.id"), nullable=False, index=True),
        sa.Column("joined_at", Moment, nullable=False),
    )
    op.create_table(
        "staff",
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("joined_at", Moment, nullable=False),
    )
    op.create_table(
        "invitations",
        sa.Column("code_hash", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("staff_role", sa.Text),
        sa.Column("provider_id", Id, sa.ForeignKey("providers.id")),
        sa.Column("expires_at", Moment, nullable=False, index=True),
        sa.Column("used_by", Id, sa.ForeignKey("people.id")),
        sa.Column("failures", sa.Integer, nullable=False),
    )
    op.create_table(
        "services",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("class1", sa.Text, nullable=False),
        sa.Column("class2", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("aliases", sa.Text, nullable=False),
        sa.Column("process", sa.Text, nullable=False),
        sa.Column("price_rule", sa.Text, nullable=False),
        sa.Column("days", sa.Integer),
        sa.Column("materials", sa.Text, nullable=False),
        sa.Column("online", sa.Boolean, nullable=False),
    )
