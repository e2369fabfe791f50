"""What all tables share: one metadata, constraint names that migrations can rely on, moments."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import DDL, BigInteger, Dialect, Integer, MetaData, Table, event
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite renders its clauses too
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.types import TypeDecorator

__all__ = [
    "Id", "Moment", "from_micros", "from_micros_or_none", "metadata", "number_from", "to_micros",
    "to_micros_or_none", "upsert",
]  # fmt: skip

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite only counts up in a column declared INTEGER; PostgreSQL should have room.
Id = BigInteger().with_variant(Integer(), "sqlite")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware moment; a naive one is a bug (TypeError)."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def to_micros_or_none(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def from_micros_or_none(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment, stored as microseconds since 1970: the same on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return to_micros_or_none(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return from_micros_or_none(value)


def number_from(table: Table, first: int) -> None:
    """Let a table's ids begin at `first` on SQLite too, where `Identity(start=…)` is ignored."""
    statement = f"INSERT INTO sqlite_sequence (name, seq) VALUES ('{table.name}', {first - 1})"
    ddl: ExecutableDDLElement = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy's
    event.listen(table, "after_create", ddl.execute_if(dialect="sqlite"))
