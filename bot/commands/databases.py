"""The configured database, for commands that work on it without the service running."""

import argparse
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.console import CommandFailed, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bot.settings import Settings
    from storage.unit_of_work import UnitOfWork


def settings_of(arguments: argparse.Namespace) -> "Settings":
    """The configuration the command was pointed at; raises SettingsError."""
    from bot import settings

    return settings.load(arguments.config or settings.DEFAULT_FILE)


def embedded_path(settings: "Settings") -> Path:
    """Where the embedded database is, or would be."""
    path = settings.database.embedded_path
    if path is None:
        raise CommandFailed("this works on the embedded database; use pg_dump and pg_restore")
    return path


def embedded_file(settings: "Settings") -> Path:
    """The file of the embedded database, which must exist."""
    path = embedded_path(settings)
    if not path.is_file():
        raise CommandFailed(f"{path} does not exist; run: kebao db upgrade")
    return path


@contextmanager
def engine_of(settings: "Settings") -> Iterator["Engine"]:
    """The database, which need not be up to date."""
    from storage.engine import open_engine

    with _explained(open_engine(settings.database.url)) as engine:
        yield engine


@contextmanager
def transaction(settings: "Settings") -> Iterator["UnitOfWork"]:
    """One transaction on the configured database, committed at the end of the block."""
    from storage.engine import open_engine
    from storage.unit_of_work import UnitOfWork

    _require_file(settings)
    with _explained(open_engine(settings.database.url)) as engine:
        _require_current(engine)
        with engine.begin() as conn:
            yield UnitOfWork(conn)


@contextmanager
def reading(settings: "Settings") -> Iterator["UnitOfWork"]:
    """The database as it is at one moment, to look at however long: nobody waits for us."""
    from storage.engine import open_reader
    from storage.unit_of_work import UnitOfWork

    _require_file(settings)
    with _explained(open_reader(settings.database.url)) as engine:
        _require_current(engine)
        with engine.connect() as conn:
            if conn.dialect.name == "postgresql":
                conn = conn.execution_options(isolation_level="REPEATABLE READ")
            yield UnitOfWork(conn)


@contextmanager
def _explained(engine: "Engine") -> Iterator["Engine"]:
    from sqlalchemy.exc import DatabaseError

    from bot import schema

    try:
        yield engine
    except DatabaseError as error:
        if not schema.is_unusable(error):
            raise
        raise CommandFailed(schema.why_unusable(engine, error)) from error
    finally:
        engine.dispose()


def _require_file(settings: "Settings") -> None:
    if settings.database.embedded_path is not None:
        embedded_file(settings)  # opening would create an empty one


def _require_current(engine: "Engine") -> None:
    from bot import schema

    match schema.state(engine):
        case "empty" | "behind":
            raise CommandFailed("the database is not up to date; run: kebao db upgrade")
        case "ahead":
            raise CommandFailed("the database was made by a newer kebao; install that version")


def table_file(path: Path, *, must_exist: bool, endings: Collection[str] = ()) -> Path:
    """A FILE argument whose ending we can handle; raises UsageError."""
    from bot.tables import ENDINGS

    possible = endings or ENDINGS
    if path.suffix.lower() not in possible:
        raise UsageError(f"argument FILE: {path.name} must end in {', '.join(possible)}")
    if must_exist and not path.is_file():
        raise UsageError(f"argument FILE: {path} does not exist")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"argument FILE: the folder of {path} does not exist")
    return path
