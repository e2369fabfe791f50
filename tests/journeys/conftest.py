"""Whole processes, the platforms around them, and a database nobody has been in before."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.databases import Database, empty
from tests.support.installation import Installation, installed
from tests.support.stage import Stage, open_stage


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database: even its tables are made by the processes of the test."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kebao.db'}"
    database: Database = request.getfixturevalue("postgres")
    empty(database)
    return database.url


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage() as stage:
        yield stage


@pytest.fixture
def configuration() -> str:
    """Further sections of config.toml."""
    return ""


@pytest.fixture
async def installation(
    database_url: str, stage: Stage, tmp_path: Path, configuration: str
) -> AsyncIterator[Installation]:
    async with installed(tmp_path, database_url, stage.url, configuration) as installation:
        yield installation
