"""The catalogue in the database: imported from a file, read into memory by the matcher."""

from collections.abc import Iterable

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Integer,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from market.services import Service
from storage import revisions
from storage.tables import metadata, upsert

services = Table(
    "services",
    metadata,
    Column("code", Text, primary_key=True),
    Column("class1", Text, nullable=False),
    Column("class2", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("aliases", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("price_rule", Text, nullable=False),
    Column("days", Integer),
    Column("materials", Text, nullable=False),
    Column("online", Boolean, nullable=False),
)

_LISTS = ("aliases", "process", "materials")


class ServiceRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def all(self) -> tuple[Service, ...]:
        rows = self._conn.execute(select(services).order_by(services.c.code)).mappings()
        return tuple(
            Service(**{**row, **{key: tuple(filter(None, row[key].split("/"))) for key in _LISTS}})
            for row in rows
        )

    def replace_all(self, catalogue: Iterable[Service]) -> None:
        """Put a whole catalogue in the place of the old one."""
        self._conn.execute(delete(services))
        if rows := [_row(service) for service in catalogue]:
            self._conn.execute(insert(services), rows)
        revisions.changed(self._conn, revisions.CATALOGUE)

    def add_alias(self, code: str, alias: str) -> None:
        """Give a service that exists one more wording, the last of its list."""
        known = self._conn.execute(
            select(services.c.aliases).where(services.c.code == code).with_for_update()
        ).scalar_one()
        self._conn.execute(
            update(services)
            .where(services.c.code == code)
            .values(aliases="/".join([*filter(None, known.split("/")), alias]))
        )
        revisions.changed(self._conn, revisions.CATALOGUE)

    def add_missing(self, catalogue: Iterable[Service]) -> None:
        """Add what is not there: two processes that begin together fill it once."""
        if rows := [_row(service) for service in catalogue]:
            self._conn.execute(upsert(services).on_conflict_do_nothing(), rows)


def _row(service: Service) -> dict[str, object]:
    return {
        column.name: "/".join(getattr(service, column.name))
        if column.name in _LISTS
        else getattr(service, column.name)
        for column in services.columns
    }
