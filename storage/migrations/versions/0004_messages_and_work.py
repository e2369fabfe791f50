"""Conversations, the inbox and the outbox; what is due, and what waits for staff."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    create_conversations()
    create_inbox()
    create_outbox()
    create_work()


def create_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("person_id", Id, sa.ForeignKey("people.id"), nullable=False, index=True),
        sa.Column("via", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reachable", sa.Boolean, nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
        sa.Column("message_window_until", Moment),
        sa.Column("message_window_left", sa.Integer, nullable=False),
        sa.Column("event_window_until", Moment),
        sa.Column("event_window_left", sa.Integer, nullable=False),
        sa.Column("spoke_at", Moment, nullable=False),
    )


def create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("taken_at", Moment, nullable=False, index=True),
        sa.Column("reply", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inbox_failures",
        sa.Column("channel", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failed_at", Moment, nullable=False),
    )


def create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("person_id", Id, sa.ForeignKey("people.id")),
        sa.Column("channel", sa.Text),
        sa.Column("account", sa.Text),
        sa.Column("room", sa.Text),
        sa.Column("via", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("recovered", sa.Integer, nullable=False),
        sa.Column("lease_until", Moment),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("settled_at", Moment),
        sa.Column("error", sa.Text, nullable=False),
    )
    index_outbox("ix_outbox_queued", "shard", "due_at", where="status = 'queued'")
    index_outbox("ix_outbox_recipient", "recipient", "id", where="status IN ('queued', 'sending')")
    index_outbox("ix_outbox_waiting", "person_id", "id", where="status IN ('held', 'unknown')")


def index_outbox(name: str, *columns: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name, "outbox", list(columns), sqlite_where=condition, postgresql_where=condition
    )


def create_work() -> None:
    op.create_table(
        "deadlines",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("subject_id", Id, primary_key=True, autoincrement=False),
        sa.Column("due_at", Moment, nullable=False, index=True),
    )
    op.create_table(
        "tasks",
        sa.Column("id", Id, sa.Identity(), primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("urgency", sa.Integer, nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("closed_at", Moment),
    )
    op.create_index("ix_tasks_open", "tasks", ["closed_at", "urgency", "opened_at"])
