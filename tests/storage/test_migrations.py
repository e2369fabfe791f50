"""Migrated databases are what the code expects, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, Connection, Integer, Table, inspect, text
from sqlalchemy.exc import DBAPIError

import storage.migrations
from bot import schema
from storage.bids import bids
from storage.demands import demands
from storage.disputes import disputes
from storage.engine import open_engine
from storage.migrations import NAMES
from storage.migrations.__main__ import write_next
from storage.orders import orders
from storage.parties import people
from storage.payments import payments
from storage.providers import providers
from storage.tables import Moment, metadata
from tests.support.crowds import at_once
from tests.support.databases import Database

NOW = datetime(2026, 5, 6, 1, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Schema:
    """All that a database knows about itself, in an order that does not depend on history."""

    tables: dict[str, dict[str, list[str]]]
    own_words: set[tuple[str, ...]]  # of the database, for what SQLAlchemy does not reflect


@pytest.fixture
def created(database: Database) -> Schema:
    """What the tables in the code make."""
    with database.engine.connect() as conn:
        return described(conn)


@pytest.fixture
def empty(database: Database, created: Schema, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if database.kind == "postgresql":
        with database.engine.begin() as conn:
            conn.execute(text("DROP SCHEMA public CASCADE"))
            conn.execute(text("CREATE SCHEMA public"))
        yield database
        return
    fresh = Database("sqlite", f"sqlite:///{tmp_path / 'fresh.db'}")
    yield fresh
    fresh.close()


@pytest.fixture
def migrated(empty: Database) -> Database:
    """All the steps from nothing."""
    with empty.engine.begin() as conn:
        command.upgrade(storage.migrations.alembic_config(conn), "head")
    return empty


def described(conn: Connection) -> Schema:
    found = inspect(conn)
    names = [name for name in found.get_table_names() if name != "alembic_version"]
    return Schema(
        tables={
            name: {
                "columns": sorted(map(repr, found.get_columns(name))),
                "primary key": [repr(found.get_pk_constraint(name))],
                "foreign keys": sorted(map(repr, found.get_foreign_keys(name))),
                "unique": sorted(map(repr, found.get_unique_constraints(name))),
                "checks": sorted(map(repr, found.get_check_constraints(name))),
                "indexes": sorted(str(index["name"]) for index in found.get_indexes(name)),
            }
            for name in names
        },
        own_words={
            tuple(" ".join(str(word).split()) for word in row)
            for statement in OWN_WORDS[conn.dialect.name]
            for row in conn.execute(text(statement))
        },
    )


OWN_WORDS = {
    "sqlite": (
        """SELECT type, name, sql FROM sqlite_master
           WHERE type IN ('index', 'trigger') AND sql IS NOT NULL""",
        "SELECT name, sql LIKE '%AUTOINCREMENT%' FROM sqlite_master WHERE type = 'table'"
        " AND name <> 'alembic_version'",
        "SELECT name, wr, strict FROM pragma_table_list WHERE name <> 'alembic_version'",
        "SELECT name, seq FROM sqlite_sequence",
    ),
    "postgresql": (
        """SELECT indexdef FROM pg_indexes
           WHERE schemaname = 'public' AND tablename <> 'alembic_version'""",
        "SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        """SELECT sequencename, data_type, start_value, increment_by, cycle, last_value
           FROM pg_sequences WHERE schemaname = 'public'""",
    ),
}


def test_a_migrated_database_is_what_the_tables_in_the_code_make(
    created: Schema, migrated: Database
) -> None:
    with migrated.engine.connect() as conn:
        found = described(conn)

    assert found.tables == created.tables
    assert found.own_words == created.own_words
    assert any("ledger_holds_apply" in words for entry in found.own_words for words in entry)


def test_an_empty_database_gets_the_same_without_the_steps(
    created: Schema, empty: Database
) -> None:
    schema.upgrade(empty.engine)

    with empty.engine.connect() as conn:
        found = described(conn)
    assert found.tables == created.tables
    assert found.own_words == created.own_words
    assert schema.state(empty.engine) == "current"


def test_its_version_is_kept_as_alembic_does(migrated: Database) -> None:
    def version_table(database: Database) -> list[object]:
        with database.engine.connect() as conn:
            found = inspect(conn)
            return [
                repr(found.get_columns("alembic_version")),
                repr(found.get_pk_constraint("alembic_version")),
                conn.execute(text("SELECT version_num FROM alembic_version")).scalars().all(),
            ]

    stepped = version_table(migrated)
    with migrated.engine.begin() as conn:
        metadata.drop_all(conn)
        conn.execute(text("DROP TABLE alembic_version"))
    schema.upgrade(migrated.engine)

    assert version_table(migrated) == stepped


def test_the_next_migration_would_be_empty(migrated: Database) -> None:
    with migrated.engine.connect() as conn:
        context = MigrationContext.configure(conn)
        assert compare_metadata(context, metadata) == []


def test_migrations_name_constraints_as_the_tables_do() -> None:
    assert dict(metadata.naming_convention) == NAMES


def test_the_first_numbers_are_d1024_o2048_t20481_and_j88(migrated: Database) -> None:
    with migrated.engine.begin() as conn:
        person = add(conn, people)
        provider = add(conn, providers)
        demand = add(conn, demands, buyer_id=person)
        bid = add(conn, bids, demand_id=demand, provider_id=provider, person_id=person)
        order = add(
            conn,
            orders,
            demand_id=demand,
            bid_id=bid,
            buyer_id=person,
            provider_id=provider,
            provider_person_id=person,
        )
        payment = add(conn, payments, order_id=order)
        dispute = add(conn, disputes, order_id=order, opened_by=person)

    assert (demand, order, payment, dispute) == (1024, 2048, 20481, 88)


def add(conn: Connection, table: Table, **known: int) -> int:
    """Insert a row with something in every column that must not be empty; returns its id."""
    values: dict[str, Any] = {
        column.name: filler(column.type)
        for column in table.c
        if not (column.nullable or column.primary_key or column.server_default)
    }
    row_id: int = conn.execute(
        table.insert().values(values | known).returning(table.c.id)
    ).scalar_one()
    return row_id


def filler(kind: object) -> object:
    if isinstance(kind, Moment):
        return NOW
    if isinstance(kind, Boolean):
        return False
    return 1 if isinstance(kind, Integer) else "x"


def test_upgrading_twice_changes_nothing(migrated: Database) -> None:
    with migrated.engine.begin() as conn:
        add(conn, people)
        before = described(conn)

    schema.upgrade(migrated.engine)

    with migrated.engine.connect() as conn:
        assert described(conn) == before
        assert conn.execute(people.select()).one().name == "x"


def test_eight_that_upgrade_at_once_all_succeed(created: Schema, empty: Database) -> None:
    def upgrade(_index: int) -> str | None:
        engine = open_engine(empty.url)  # as processes do, each has its own
        schema.upgrade(engine)
        revision = schema.current(engine)
        engine.dispose()
        return revision

    assert set(at_once(upgrade)) == {schema.newest()}
    with empty.engine.connect() as conn:
        assert described(conn).tables == created.tables


def test_an_upgrade_that_fails_leaves_nothing_behind(empty: Database) -> None:
    with empty.engine.begin() as conn:
        conn.execute(text("CREATE TABLE outbox (somebody_elses INTEGER)"))

    with pytest.raises(DBAPIError, match="outbox"):
        schema.upgrade(empty.engine)

    assert inspect(empty.engine).get_table_names() == ["outbox"]
    assert schema.state(empty.engine) == "empty"


def test_the_files_are_numbered_in_the_order_they_follow_each_other() -> None:
    scripts = ScriptDirectory.from_config(storage.migrations.alembic_config())

    chain = [script.revision for script in scripts.walk_revisions()]

    assert storage.migrations.revisions() == tuple(reversed(chain))


def test_a_database_says_where_it_stands(empty: Database) -> None:
    assert schema.state(empty.engine) == "empty"

    schema.upgrade(empty.engine)
    assert schema.state(empty.engine) == "current"
    assert schema.is_current(empty.engine)

    stand_at(empty, "0001")
    assert schema.state(empty.engine) == "behind"
    assert not schema.is_current(empty.engine)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(migrated: Database) -> None:
    stand_at(migrated, "9999")

    assert schema.state(migrated.engine) == "ahead"
    with pytest.raises(schema.DatabaseAhead, match="at 9999, which this version does not know"):
        schema.upgrade(migrated.engine)
    assert schema.current(migrated.engine) == "9999"


def stand_at(database: Database, revision: str) -> None:
    with database.engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})


def test_the_next_migration_is_drafted_in_the_words_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(storage.migrations.FOLDER, folder)
    forget(folder / "versions", 'sa.Column("lease_until", Moment),')
    newest = schema.newest()
    monkeypatch.setattr(storage.migrations, "FOLDER", folder)

    written = write_next("Lease what is sent")

    assert written == folder / "versions" / f"{int(newest) + 1:04}_lease_what_is_sent.py"
    words = written.read_text()
    compile(words, written.name, "exec")
    assert words.startswith('"""Lease what is sent."""\n')
    assert f"down_revision = '{newest}'" in words
    assert "op.add_column('outbox', sa.Column('lease_until', Moment, nullable=True))" in words


def forget(versions: Path, words: str) -> None:
    (where,) = [path for path in versions.glob("*.py") if words in path.read_text()]
    where.write_text(where.read_text().replace(words, ""))
