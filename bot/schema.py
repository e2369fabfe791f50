"""Which migration the database stands at, which is the newest, and the way there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Column, MetaData, String, Table, func, inspect, select
from sqlalchemy.exc import DatabaseError, OperationalError

import storage.unit_of_work  # noqa: F401  # so that every table is in the metadata
from storage.migrations import alembic_config, revisions
from storage.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


State = Literal["empty", "current", "behind", "ahead"]

_LOCK = 0x6B65_6261_6F  # "kebao"
# One row, which Alembic keeps; its words are Alembic's.
_VERSION = Table(
    "alembic_version",
    MetaData(naming_convention={"pk": "%(table_name)s_pkc"}),
    Column("version_num", String(32), primary_key=True),
)


class DatabaseAhead(Exception):
    """The database was made by a newer version of this program, which alone may use it."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"the database is at {revision}, which this version does not know (its newest is "
            f"{newest()}); install the version that upgraded it, or restore a backup"
        )
        self.revision = revision


def is_unusable(error: DatabaseError) -> bool:
    """Whether the database was not reached, or is none; anything else is a bug of ours."""
    # The bare class is SQLite's "file is not a database".
    return isinstance(error, OperationalError) or type(error) is DatabaseError


def why_unusable(engine: "Engine", error: DatabaseError) -> str:
    """For the operator: the database's address without its password, and the driver's own words.

    Never the statement and its parameters.
    """
    return f"the database does not answer ({engine.url.render_as_string()}): {error.orig}"


def newest() -> str:
    """The revision this program was written for."""
    return revisions()[-1]


def current(engine: "Engine") -> str | None:
    """The revision of the database; None if it is empty."""
    with engine.connect() as conn:
        return _revision(conn)


def state(engine: "Engine") -> State:
    """Where the database stands; "ahead" is a revision that only a newer version knows."""
    return _state(current(engine))


def state_seen(conn: "Connection") -> State:
    """The same on a connection that is open already."""
    return _state(_revision(conn))


def is_current(engine: "Engine") -> bool:
    return state(engine) == "current"


def upgrade(engine: "Engine") -> None:
    """Bring the database to the newest revision, in one transaction.

    An empty one gets the tables as they are today, which is what the migrations lead to.

    Raises:
        DatabaseAhead: a newer version has been here; nothing was changed.
    """
    with engine.connect() as conn, _tables_may_be_replaced(conn), conn.begin():
        if conn.dialect.name == "postgresql":
            # Two that upgrade at once: the second waits, and then finds nothing to do.
            conn.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        revision = _revision(conn)
        if revision is not None and _state(revision) == "ahead":
            raise DatabaseAhead(revision)
        if revision is None:
            _create(conn)
        else:
            _migrate(conn)


@contextmanager
def _tables_may_be_replaced(conn: "Connection") -> Iterator[None]:
    """On SQLite a column is altered by another table in its place, which keys would forbid.

    So they are looked at once, before the end, as SQLite's own documentation has it.
    """
    if conn.dialect.name != "sqlite":
        yield
        return
    driver: Any = conn.connection.dbapi_connection
    driver.execute("PRAGMA foreign_keys = OFF")  # outside of a transaction, or it does nothing
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def _create(conn: "Connection") -> None:
    metadata.create_all(conn, checkfirst=False)  # what is there already is somebody else's
    _VERSION.create(conn, checkfirst=True)
    conn.execute(_VERSION.insert().values(version_num=newest()))


def _migrate(conn: "Connection") -> None:
    # Alembic takes 90 ms and 11 MB: a service that finds its tables up to date does without.
    from alembic import command

    command.upgrade(alembic_config(conn), "head")
    if conn.dialect.name == "sqlite":
        broken = conn.exec_driver_sql("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise RuntimeError(f"a row of {broken[0]} would point at nothing in {broken[2]}")


def _revision(conn: "Connection") -> str | None:
    if not inspect(conn).has_table(_VERSION.name):
        return None
    return conn.execute(select(_VERSION.c.version_num)).scalar()


def _state(revision: str | None) -> State:
    if revision is None:
        return "empty"
    if revision == newest():
        return "current"
    return "behind" if revision in revisions() else "ahead"
