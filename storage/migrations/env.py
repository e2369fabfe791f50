"""Runs migrations on the connection it is given, in the transaction that is open there."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import BigInteger, MetaData
from sqlalchemy.types import TypeDecorator

from storage.migrations import NAMES


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our types by the names that `script.py.mako` gives to plain ones."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return "Moment"
    if kind == "type" and isinstance(item, BigInteger) and "sqlite" in item._variant_mapping:
        return "Id"
    return False  # as Alembic does


attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    # Given only where the next migration is written.
    target_metadata=attributes.get("target_metadata", MetaData(naming_convention=NAMES)),
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
