"""Migrations: every step the database's schema took, in the order of their numbers.

They only go forward: the way back is a backup. Nothing in `versions` imports the application,
because a migration must do tomorrow what it did today; types and rules are spelled out there.
`python -m storage.migrations "Add vouchers"` writes the next one.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

FOLDER = Path(__file__).parent

# As in `storage.tables`, and here once more: existing databases have these names for good.
NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


@cache
def revisions() -> tuple[str, ...]:
    """Every revision this program knows, oldest first: the numbers their files begin with."""
    names = (path.stem for path in (FOLDER / "versions").glob("[0-9]*_*.py"))
    return tuple(sorted(name.partition("_")[0] for name in names))


def alembic_config(conn: "Connection | None" = None) -> "Config":
    """What Alembic needs to know; it works on `conn` and leaves the transaction to its owner."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "newline")
    if conn is not None:
        config.attributes["connection"] = conn
    return config
