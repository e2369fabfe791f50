"""Migrations lead to the tables that the code works with."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from bot import schema
from storage.engine import open_engine
from storage.tables import metadata


def test_a_migrated_database_has_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'kebao.db'}")
    schema.upgrade(engine)

    with engine.connect() as conn:
        differences = compare_metadata(MigrationContext.configure(conn), metadata)
    engine.dispose()

    assert differences == []


def test_a_database_says_where_it_stands(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'kebao.db'}")
    assert schema.state(engine) == "empty"

    schema.upgrade(engine)
    assert schema.state(engine) == "current"

    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert schema.state(engine) == "ahead"
    engine.dispose()


def test_the_triggers_come_with_the_tables(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'kebao.db'}")
    schema.upgrade(engine)

    with engine.connect() as conn:
        triggers = conn.scalars(
            text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")
        ).one()
    engine.dispose()

    assert triggers > 0
