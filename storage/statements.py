"""Statements of the hot path: SQLAlchemy writes them once, the driver runs them many times.

Building, hashing and looking up an expression costs SQLAlchemy more than SQLite takes to run it.
A `Statement` is compiled at its first use and keeps only what each run needs: the text, the order
of its values, and how values and columns change on their way (a moment to microseconds).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnDefault, Connection, Dialect, Table, bindparam
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.types import TypeEngine

Values = tuple[Any, ...]
_Change = Callable[[Any], Any] | None


def insert_of(table: Table, *names: str) -> Insert:
    """An insert into these columns, each given under its own name when it runs."""
    return upsert(table).values({name: bindparam(name, type_=table.c[name].type) for name in names})


class Statement:
    """A Core statement with named `bindparam`s. Rows come back as plain tuples.

    It runs on the connection's own transaction; errors of the driver rise as SQLAlchemy's, as if
    the connection had executed the statement itself.
    """

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._compiled: dict[type[Dialect], _Compiled] = {}

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
        compiled = self._compiled.get(type(dialect))
        if compiled is None:
            compiled = self._compiled[type(dialect)] = _compile(self._clause, dialect)
        cursor = conn.connection.cursor()
        try:
            cursor.execute(compiled.sql, compiled.parameters(values))
        except dialect.loaded_dbapi.Error as error:
            raise _translated(error, compiled.sql, conn) from error
        return cursor, compiled


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    binds: tuple[tuple[str, _Change], ...]  # in the order of the placeholders
    constants: dict[str, Any]
    named: bool  # the driver takes a mapping
    changes: tuple[tuple[int, Callable[[Any], Any]], ...]  # columns that are not taken as they are

    def parameters(self, values: dict[str, Any]) -> Any:
        if self.constants:
            values = {**self.constants, **values}
        if self.named:
            return {
                name: values[name] if change is None else change(values[name])
                for name, change in self.binds
            }
        return [
            values[name] if change is None else change(values[name]) for name, change in self.binds
        ]


def _compile(clause: ClauseElement, dialect: Dialect) -> _Compiled:
    compiled = clause.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    assert not any(bind.expanding for bind in compiled.binds.values()), "IN has no fixed text"
    names = compiled.positiontup if compiled.positional else list(compiled.binds)
    assert names is not None
    columns = getattr(clause, "exported_columns", ())
    changes = [_result_change(column.type, dialect) for column in columns]
    return _Compiled(
        sql=str(compiled),
        binds=tuple((name, _bind_change(compiled.binds[name].type, dialect)) for name in names),
        constants={
            **{
                name: bind.effective_value
                for name, bind in compiled.binds.items()
                if not bind.required
            },
            **_defaults(compiled),
        },
        named=not compiled.positional,
        changes=tuple((at, change) for at, change in enumerate(changes) if change is not None),
    )


def _defaults(compiled: SQLCompiler) -> dict[str, Any]:
    """What columns that the statement does not name begin with."""
    columns = compiled.insert_prefetch or compiled.update_prefetch or ()
    defaults: dict[str, Any] = {}
    for column in columns:
        default = column.default
        assert isinstance(default, ColumnDefault), f"{column} has no plain default"
        defaults[column.key] = default.arg
    return defaults


def _bind_change(kind: TypeEngine[Any], dialect: Dialect) -> _Change:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _result_change(kind: TypeEngine[Any], dialect: Dialect) -> _Change:
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _changed(row: Values, changes: Iterable[tuple[int, Callable[[Any], Any]]]) -> Values:
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
