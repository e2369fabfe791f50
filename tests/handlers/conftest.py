"""The chat every conversation test talks in, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from market.policy import Policy
from tests.support.chat import Chat, open_chat
from tests.support.databases import Database


@pytest.fixture
def policy() -> Policy:
    return Policy(auto_review_below_fen=100_000_000)


@pytest.fixture
async def chat(database: Database, tmp_path: Path, policy: Policy) -> AsyncIterator[Chat]:
    async with open_chat(database.url, tmp_path, policy) as chat:
        yield chat
