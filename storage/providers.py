"""Providers: the firms and experts who offer services; contacts stay in here until a contract."""

from collections.abc import Iterable

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Identity,
    Integer,
    RowMapping,
    Table,
    Text,
    bindparam,
    func,
    select,
    update,
)

from market.errors import NotFound
from market.services import ProviderProfile
from storage import revisions
from storage.statements import Statement
from storage.tables import Id, metadata, upsert

providers = Table(
    "providers",
    metadata,
    Column("id", Id, Identity(), primary_key=True),
    Column("credit_code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("class_name", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("service_codes", Text, nullable=False),
    Column("cases", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("im", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("non_profit", Boolean, nullable=False),
    Column("rating", Integer),  # hundredths of a star
    Column("ratings", Integer, nullable=False, default=0),
    Column("active", Boolean, nullable=False, default=True),
)

_LISTS = ("fields", "service_codes", "cases")
_PROFILE = tuple(
    column for column in providers.columns if column.name not in {"id", "ratings", "active"}
)


_NAME = Statement(select(providers.c.name).where(providers.c.id == bindparam("provider_id")))
_OLD, _WEIGHT = func.coalesce(providers.c.rating, 450), func.coalesce(providers.c.ratings, 0) + 5
_ADD_REVIEW = Statement(
    update(providers)
    .where(providers.c.id == bindparam("provider_id"))
    .values(
        rating=(_OLD * _WEIGHT + bindparam("hundredths", type_=Integer)) // (_WEIGHT + 1),
        ratings=providers.c.ratings + 1,
    )
)


def _profile(row: RowMapping) -> ProviderProfile:
    lists = {key: tuple(filter(None, row[key].split("/"))) for key in _LISTS}
    return ProviderProfile(**{**row, **lists})


class ProviderRepository:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def all(self) -> tuple[ProviderProfile, ...]:
        rows = self._conn.execute(
            select(*_PROFILE).where(providers.c.active).order_by(providers.c.id)
        ).mappings()
        return tuple(map(_profile, rows))

    def profile(self, credit_code: str) -> ProviderProfile:
        """Raises NotFound."""
        row = self._conn.execute(
            select(*_PROFILE).where(providers.c.active, providers.c.credit_code == credit_code)
        ).mappings()
        found = row.one_or_none()
        if found is None:
            raise NotFound(credit_code)
        return _profile(found)

    def import_all(self, profiles: Iterable[ProviderProfile]) -> int:
        """Add new providers and update known ones by credit code; returns how many rows."""
        rows = [
            {
                column.name: "/".join(getattr(profile, column.name))
                if column.name in _LISTS
                else getattr(profile, column.name)
                for column in _PROFILE
            }
            for profile in profiles
        ]
        if rows:
            statement = upsert(providers)
            self._conn.execute(
                statement.on_conflict_do_update(
                    index_elements=["credit_code"],
                    set_={
                        column.name: statement.excluded[column.name]
                        for column in _PROFILE
                        if column.name != "credit_code"
                    },
                ),
                rows,
            )
            revisions.changed(self._conn, revisions.PROVIDERS)
        return len(rows)

    def names(self, ids: Iterable[int]) -> dict[int, str]:
        wanted = list(ids)
        rows = self._conn.execute(
            select(providers.c.id, providers.c.name).where(providers.c.id.in_(wanted))
        )
        return {row.id: row.name for row in rows}

    def name(self, provider_id: int) -> str:
        name: str = _NAME.value(self._conn, provider_id=provider_id)
        return name

    def standing(self, provider_id: int) -> tuple[int | None, int]:
        """Rating in hundredths of a star (None: newly joined) and how many reviews it is from."""
        row = self._conn.execute(
            select(providers.c.rating, providers.c.ratings).where(providers.c.id == provider_id)
        ).one()
        return row.rating, row.ratings

    def find(self, name: str) -> int:
        """The provider of exactly this name, or the only one whose name contains it.

        Raises:
            NotFound: none, or more than one.
        """
        rows = self._conn.execute(
            select(providers.c.id, providers.c.name).where(providers.c.name.contains(name))
        ).all()
        exact = [row.id for row in rows if row.name == name]
        found = exact or [row.id for row in rows]
        if len(found) != 1:
            raise NotFound(name)
        return int(found[0])

    def ids_by_credit_code(self, codes: Iterable[str]) -> dict[str, int]:
        rows = self._conn.execute(
            select(providers.c.credit_code, providers.c.id).where(
                providers.c.credit_code.in_(list(codes))
            )
        )
        return {row.credit_code: row.id for row in rows}

    def add_review(self, provider_id: int, stars: int) -> None:
        """Fold one review into the mean; a file's rating counts as five reviews at first."""
        _ADD_REVIEW.run(self._conn, provider_id=provider_id, hundredths=stars * 100)
