"""The chat every conversation test talks in, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from market.policy import Policy
from tests.support.chat import Chat, Person, open_chat
from tests.support.databases import Database
from tests.support.till import Till, open_till


@pytest.fixture
def policy() -> Policy:
    return Policy(auto_review_below_fen=100_000_000)


@pytest.fixture
async def chat(database: Database, tmp_path: Path, policy: Policy) -> AsyncIterator[Chat]:
    async with open_chat(database.url, tmp_path, policy) as chat:
        yield chat


@pytest.fixture
async def till(chat: Chat, tmp_path: Path) -> AsyncIterator[Till]:
    """The chat with WeChat Pay as its gateway; only for tests marked `pay`."""
    async with open_till(chat, tmp_path) as till:
        yield till
        assert till.platform.unsigned == 0, "a request of ours was not signed"
        assert await till.audited() == []


@pytest.fixture
async def people(chat: Chat) -> tuple[Person, Person]:
    """A buyer and a provider."""
    return chat.buyer("小林"), await chat.provider("陈工")
