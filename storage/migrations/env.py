"""How alembic runs here: on a connection and in a transaction that the caller has opened."""

import importlib
import pkgutil

from alembic import context

import storage
from storage.tables import metadata

for _module in pkgutil.iter_modules(storage.__path__):
    if _module.name != "migrations":
        importlib.import_module(f"storage.{_module.name}")

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table by copying it; alembic does so when asked.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
