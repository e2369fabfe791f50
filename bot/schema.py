"""Which migration the database stands at, which is the newest, and the way there."""

from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select

if TYPE_CHECKING:
    from sqlalchemy import Engine

State = Literal["empty", "behind", "current", "ahead"]
_LOCK = 0x6B65_6261_6F  # "kebao"


def newest() -> str:
    """The revision this program was written for."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "there is at least one migration"
    return head


def current(engine: "Engine") -> str | None:
    """The revision of the database; None if it is empty."""
    with engine.connect() as conn:
        return MigrationContext.configure(conn).get_current_revision()


def upgrade(engine: "Engine") -> None:
    """Bring the database to the newest revision, in one transaction."""
    config = _config()
    with engine.begin() as conn:
        if conn.dialect.name == "postgresql":
            # Two that upgrade at once: the second waits, and then finds nothing to do.
            conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        config.attributes["connection"] = conn
        command.upgrade(config, "head")


def state(engine: "Engine") -> State:
    """Whether this program can work on the database; "ahead" was made by a later one."""
    found = current(engine)
    if found is None:
        return "empty"
    if found == newest():
        return "current"
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return "behind" if found in known else "ahead"


def is_current(engine: "Engine") -> bool:
    return state(engine) == "current"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("storage").joinpath("migrations")))
    return config
