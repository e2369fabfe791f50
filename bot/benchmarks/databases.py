"""Databases to measure on: each is made for the benchmark and gone after it."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import make_url

from bot.benchmarks.stopwatch import Options


def server_of(options: Options) -> str:
    """The PostgreSQL server that was named; empty if none was."""
    return options.database or os.environ.get("KEBAO_TEST_DATABASE_URL", "")


@contextmanager
def scratch_file() -> Iterator[str]:
    """The address of a SQLite file in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="kebao-bench-") as folder:
        yield f"sqlite:///{folder}/bench.db"


@contextmanager
def scratch_database(server: str) -> Iterator[str]:
    """A database of its own on the server, dropped afterwards."""
    url = make_url(server)
    name = f"kebao_bench_{secrets.token_hex(4)}"
    admin = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as conn:
        conn.exec_driver_sql(f'CREATE DATABASE "{name}"')
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as conn:
            conn.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        admin.dispose()
