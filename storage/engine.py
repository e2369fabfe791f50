"""Opening the database: SQLite made safe for one writer, or PostgreSQL."""

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

BUSY_TIMEOUT_MS = 5_000


def is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


def open_engine(url: str | URL) -> Engine:
    """Open ``sqlite:///file`` or ``postgresql+psycopg://…``.

    On SQLite a transaction begins with BEGIN IMMEDIATE, so that it never has to be upgraded
    to a writer halfway (which fails with "database is locked"), and a commit is on disk when it
    returns (`synchronous=FULL`).

    Errors do not repeat the values of a statement: they end in logs, and hold sealed prices.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed, connect_args={"check_same_thread": False}, hide_parameters=True
        )
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN IMMEDIATE"))
        return engine
    return create_engine(
        parsed, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True
    )


def open_reader(url: str | URL) -> Engine:
    """Open the same SQLite file for reading only: readers never wait for the writer."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return open_engine(parsed)
    engine = create_engine(parsed, connect_args={"check_same_thread": False}, hide_parameters=True)
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "connect", _refuse_writes)
    event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN"))
    return engine


def _configure_sqlite(connection: Any, _record: Any) -> None:  # the driver's own connection
    # We say BEGIN ourselves: the driver's legacy mode would open transactions of its own.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # Without it INSERT OR REPLACE would slip past the triggers that keep history append-only.
    cursor.execute("PRAGMA recursive_triggers = ON")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.close()


def _refuse_writes(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA query_only = ON")
