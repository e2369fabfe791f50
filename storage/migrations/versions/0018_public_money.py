"""Public money: programmes, what authorities pay in, vouchers, parts of prices, claims."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    op.add_column("orders", sa.Column("public_fen", Id, nullable=False, server_default="0"))
    _programmes()
    _vouchers()
    _public_parts()
    _claims()
    _objections()


def _programmes() -> None:
    op.create_table(
        "programmes",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("budget_fen", Id, nullable=False),
        sa.Column("per_firm_fen", Id, nullable=False),
        sa.Column("share_bp", Id, nullable=False),
        sa.Column("ends_on", sa.Text, nullable=False),
        sa.Column("services", sa.Text, nullable=False),
        sa.Column("regions", sa.Text, nullable=False),
        sa.Column("least_fen", Id, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.CheckConstraint("budget_fen >= 0", name="budget"),
        sa.CheckConstraint("share_bp > 0 AND share_bp <= 10000", name="share"),
    )
    op.create_table(
        "appropriations",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("programme", sa.Text, sa.ForeignKey("programmes.code"), nullable=False),
        sa.Column("amount_fen", Id, nullable=False),
        sa.Column("entered_by", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("confirmed_by", Id, sa.ForeignKey("people.id")),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
        sa.CheckConstraint("confirmed_by IS NULL OR confirmed_by <> entered_by", name="two_keys"),
    )
    _unique("uq_appropriations_waiting", "appropriations", ["programme"], "confirmed_by IS NULL")


def _vouchers() -> None:
    op.create_table(
        "vouchers",
        sa.Column("id", Id, sa.Identity(start=7731), primary_key=True),
        sa.Column("programme", sa.Text, sa.ForeignKey("programmes.code"), nullable=False),
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("firm", sa.Text, nullable=False),
        sa.Column("credit_code", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("asked_at", Moment, nullable=False),
        sa.Column("amount_fen", Id, nullable=False),
        sa.Column("proposed_by", Id, sa.ForeignKey("people.id")),
        sa.Column("granted_by", Id, sa.ForeignKey("people.id")),
        sa.Column("ends_on", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.CheckConstraint("amount_fen >= 0", name="amount"),
        sa.CheckConstraint("granted_by IS NULL OR granted_by <> proposed_by", name="two_keys"),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('vouchers', 7730)")
    op.create_index(op.f("ix_vouchers_person_id"), "vouchers", ["person_id"])
    open_ = "status IN ('asked', 'proposed')"
    _unique("uq_vouchers_open", "vouchers", ["programme", "credit_code"], open_)


def _public_parts() -> None:
    op.create_table(
        "public_parts",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("order_id", Id, sa.ForeignKey("orders.id"), nullable=False),
        sa.Column("programme", sa.Text, sa.ForeignKey("programmes.code"), nullable=False),
        sa.Column("voucher_id", Id, sa.ForeignKey("vouchers.id")),
        sa.Column("amount_fen", Id, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("payer_id", Id, sa.ForeignKey("people.id")),
        sa.Column("provider_id", Id, sa.ForeignKey("people.id")),
        sa.Column("stands_still_until", Moment),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
    )
    _unique("uq_public_parts_order", "public_parts", ["order_id"], "status IN ('held', 'spent')")


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("order_id", Id, sa.ForeignKey("orders.id"), nullable=False),
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("programme", sa.Text, sa.ForeignKey("programmes.code"), nullable=False),
        sa.Column("amount_fen", Id, nullable=False),
        sa.Column("due_on", sa.Text, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("begun_at", Moment, nullable=False),
        sa.Column("paid_fen", Id, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.UniqueConstraint("token"),
        sa.UniqueConstraint("order_id"),
        sa.CheckConstraint("amount_fen > 0", name="amount"),
    )
    op.create_index(op.f("ix_claims_person_id"), "claims", ["person_id"])


def _objections() -> None:
    op.create_table(
        "objections",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("order_id", Id, sa.ForeignKey("orders.id"), nullable=False),
        sa.Column("provider_id", Id, sa.ForeignKey("providers.id"), nullable=False),
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("answered_at", Moment),
        sa.Column("upheld", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("answer", sa.Text, nullable=False),
        sa.UniqueConstraint("order_id", "provider_id"),
    )


def _unique(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name, table, columns, unique=True, sqlite_where=condition, postgresql_where=condition
    )
