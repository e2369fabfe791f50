"""Databases for tests: a file of SQLite's, or a scratch database on a PostgreSQL server.

The server is the one named by ``KEBAO_TEST_DATABASE_URL`` (then it must answer), else whatever
answers at the usual local address. Every test gets a database of its own, copied from a template
that was made once per run, and nothing else on the server is touched.
"""

import importlib
import os
import pkgutil
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

import storage
from storage.engine import open_engine
from storage.tables import metadata

VARIABLE = "KEBAO_TEST_DATABASE_URL"
USUAL_ADDRESSES = (
    "postgresql+psycopg://postgres:postgres@127.0.0.1:5432/postgres",
    "postgresql+psycopg:///postgres",  # the socket, as whoever runs the tests
)


@dataclass(frozen=True)
class Database:
    """An empty database with all tables. `url` opens it from another engine or process."""

    kind: str  # "sqlite" or "postgresql"
    url: str

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self.url)

    def close(self) -> None:
        if "engine" in self.__dict__:
            self.engine.dispose()


class ServerMissing(Exception):
    """No PostgreSQL server answers; the message says where one was looked for."""


class PostgresServer:
    """A running server on which scratch databases are made and dropped."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._prefix = f"kebao_test_{os.getpid()}_{secrets.token_hex(3)}"
        # CREATE DATABASE cannot run in a transaction.
        self._admin = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._made = 0

    @contextmanager
    def scratch(self) -> Iterator[Database]:
        self._made += 1
        name = f"{self._prefix}_{self._made}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}"')
        database = Database("postgresql", self._address(name))
        try:
            yield database
        finally:
            database.close()
            self._drop(name)

    def close(self) -> None:
        if "_template" in self.__dict__:
            self._drop(self._template)
        self._admin.dispose()

    @cached_property
    def _template(self) -> str:
        name = f"{self._prefix}_template"
        self._run(f'CREATE DATABASE "{name}"')
        database = Database("postgresql", self._address(name))
        create_all_tables(database.engine)
        database.close()
        return name

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _drop(self, name: str) -> None:
        # FORCE: a test that failed may have left connections open.
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with self._admin.connect() as conn:
            conn.exec_driver_sql(statement)


def find_server() -> PostgresServer:
    """The server for this run.

    Raises:
        ServerMissing: none is named, and none answers at the usual local address.
        OperationalError: one is named and does not answer; that is no reason to skip.
    """
    named = os.environ.get(VARIABLE)
    if named:
        url = make_url(named)
        _knock(url)
        return PostgresServer(url)
    for address in USUAL_ADDRESSES:
        url = make_url(address)
        try:
            _knock(url)
        except OperationalError:
            continue
        return PostgresServer(url)
    raise ServerMissing(f"no PostgreSQL at 127.0.0.1:5432 and {VARIABLE} is not set")


@contextmanager
def sqlite_file(directory: Path) -> Iterator[Database]:
    database = Database("sqlite", f"sqlite:///{directory / 'kebao.db'}")
    create_all_tables(database.engine)
    try:
        yield database
    finally:
        database.close()


def create_all_tables(engine: Engine) -> None:
    """Create every table of `storage`, also those of modules nobody imported yet."""
    for module in pkgutil.iter_modules(storage.__path__):
        if module.name != "migrations":
            importlib.import_module(f"storage.{module.name}")
    metadata.create_all(engine)


def empty(database: Database) -> None:
    """Take everything out of a scratch database on PostgreSQL, its tables too."""
    with database.engine.begin() as conn:
        conn.exec_driver_sql("DROP SCHEMA public CASCADE")
        conn.exec_driver_sql("CREATE SCHEMA public")


def _knock(url: URL) -> None:
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 2})
    try:
        engine.connect().close()
    finally:
        engine.dispose()
