"""Statements of the hot path: SQLAlchemy writes them once, the driver runs them many times.

Building, hashing and looking up an expression costs SQLAlchemy more than SQLite takes to run it.
A `Statement` is compiled at its first use and keeps only what each run needs: the text, the order
of its values, and how values and columns change on their way (a moment to microseconds).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnDefault, Connection, Dialect, Table, bindparam
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.types import TypeEngine

from storage.tables import Moment, from_micros_or_none, to_micros_or_none

Values = tuple[Any, ...]
_Change = Callable[[Any], Any]


def insert_of(table: Table, *names: str) -> Insert:
    """An insert into these columns, each given under its own name when it runs."""
    return upsert(table).values({name: bindparam(name, type_=table.c[name].type) for name in names})


def rows_of(table: Table, names: Sequence[str], count: int) -> list[dict[str, Any]]:
    """Places for so many rows of one statement, to be filled by `numbered`."""
    return [
        {name: bindparam(f"{name}{at}", type_=table.c[name].type) for name in names}
        for at in range(count)
    ]


def numbered(rows: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """The values of rows under the names that `rows_of` gave their places."""
    return {f"{name}{at}": value for at, row in enumerate(rows) for name, value in row.items()}


class Statement:
    """A Core statement with named `bindparam`s. Rows come back as plain tuples.

    It runs on the connection's own transaction; errors of the driver rise as SQLAlchemy's, as if
    the connection had executed the statement itself.
    """

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._compiled: dict[str, _Compiled] = {}  # by the name of the dialect

    def run(self, conn: Connection, **values: Any) -> int:
        """Run it for its effect; returns how many rows it touched."""
        cursor, _ = self._execute(conn, values)
        touched: int = cursor.rowcount
        cursor.close()
        return touched

    def all(self, conn: Connection, **values: Any) -> list[Values]:
        cursor, compiled = self._execute(conn, values)
        rows: list[Values] = cursor.fetchall()
        cursor.close()
        changes = compiled.changes
        return [_changed(row, changes) for row in rows] if changes else rows

    def one(self, conn: Connection, **values: Any) -> Values | None:
        """The only row, None if there is none."""
        rows = self.all(conn, **values)
        assert len(rows) <= 1, "at most one row was expected"
        return rows[0] if rows else None

    def value(self, conn: Connection, **values: Any) -> Any:
        """The first column of the only row, None if there is none."""
        row = self.one(conn, **values)
        return row[0] if row else None

    def _execute(self, conn: Connection, values: dict[str, Any]) -> tuple[Any, "_Compiled"]:
        if not conn.in_transaction():
            conn.begin()  # as the connection does before its own statements
        dialect = conn.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._clause, dialect)
        driver = conn.connection.dbapi_connection
        assert driver is not None, "a connection in a transaction has its driver's"
        cursor = driver.cursor()
        try:
            cursor.execute(compiled.sql, compiled.parameters(values))
        except dialect.loaded_dbapi.Error as error:
            raise _translated(error, compiled.sql, conn) from error
        return cursor, compiled


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    names: tuple[str, ...]  # in the order of the placeholders
    pick: Callable[[dict[str, Any]], Values]  # their values, in that order
    binds: tuple[tuple[int, _Change], ...]  # values that are not given as they are
    constants: dict[str, Any]
    named: bool  # the driver takes a mapping
    changes: tuple[tuple[int, _Change], ...]  # columns that are not taken as they are

    def parameters(self, values: dict[str, Any]) -> Any:
        given: Any = self.pick({**self.constants, **values} if self.constants else values)
        if self.binds:
            given = _changed(given, self.binds)
        return dict(zip(self.names, given, strict=True)) if self.named else given


def _compile(clause: ClauseElement, dialect: Dialect) -> _Compiled:
    compiled = clause.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    assert not any(bind.expanding for bind in compiled.binds.values()), "IN has no fixed text"
    names = compiled.positiontup if compiled.positional else list(compiled.binds)
    assert names is not None
    columns = getattr(clause, "exported_columns", ())
    return _Compiled(
        sql=str(compiled),
        names=tuple(names),
        pick=_picker(names),
        binds=_needed(_bind_change(compiled.binds[name].type, dialect) for name in names),
        constants={
            **{
                name: bind.effective_value
                for name, bind in compiled.binds.items()
                if not bind.required
            },
            **_defaults(compiled),
        },
        named=not compiled.positional,
        changes=_needed(_result_change(column.type, dialect) for column in columns),
    )


def _picker(names: Sequence[str]) -> Callable[[dict[str, Any]], Values]:
    """What takes the values of these names out of a mapping, as a tuple even of one or none."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def _needed(changes: Iterable[_Change | None]) -> tuple[tuple[int, _Change], ...]:
    return tuple((at, change) for at, change in enumerate(changes) if change is not None)


def _defaults(compiled: SQLCompiler) -> dict[str, Any]:
    """What columns that the statement does not name begin with."""
    columns = compiled.insert_prefetch or compiled.update_prefetch or ()
    defaults: dict[str, Any] = {}
    for column in columns:
        default = column.default
        assert isinstance(default, ColumnDefault), f"{column} has no plain default"
        defaults[column.key] = default.arg
    return defaults


def _bind_change(kind: TypeEngine[Any], dialect: Dialect) -> _Change | None:
    if isinstance(kind, Moment):
        return to_micros_or_none  # what its own processor does, without two calls around it
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _result_change(kind: TypeEngine[Any], dialect: Dialect) -> _Change | None:
    if isinstance(kind, Moment):
        return from_micros_or_none
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _changed(row: Values, changes: Iterable[tuple[int, _Change]]) -> Values:
    changed = list(row)
    for at, change in changes:
        changed[at] = change(changed[at])
    return tuple(changed)


def _translated(error: Exception, sql: str, conn: Connection) -> BaseException:
    """The error as SQLAlchemy would raise it; a broken connection does not return to the pool."""
    dialect, driver = conn.dialect, conn.connection.dbapi_connection
    broken = dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]  # the driver's own
    if broken:
        conn.invalidate(error)
    # Parameters are left out: a log line must not show a sealed price.
    return DBAPIError.instance(
        sql,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=broken,
        dialect=dialect,
    )
