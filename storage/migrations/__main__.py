"""Write the next migration: what the tables in the code have and a migrated database has not.

    python -m storage.migrations "Add vouchers"

It is a draft. Alembic sees tables, columns, indexes and unique keys; triggers, CHECKs and first
numbers are yours to write, and `tests/storage/test_migrations.py` knows when one is missing.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.script import Script, ScriptDirectory

import storage.unit_of_work  # noqa: F401  # so that every table is in the metadata
from storage.engine import open_engine
from storage.migrations import alembic_config
from storage.tables import metadata


def write_next(message: str) -> Path:
    """Compare the tables with a database at the newest revision, and write the difference."""
    with TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/kebao.db")
        try:
            with engine.begin() as conn:
                config = alembic_config(conn)
                command.upgrade(config, "head")
                config.attributes["target_metadata"] = metadata
                newest = ScriptDirectory.from_config(config).get_current_head() or "0"
                number = int(newest) + 1
                script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
        finally:
            engine.dispose()
    assert isinstance(script, Script), "one revision was asked for"
    return Path(script.path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('usage: python -m storage.migrations "Add vouchers"')
    sys.stdout.write(f"{write_next(sys.argv[1])}\n")
