"""A platform on loopback and our client pointed at it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from bot.channels.wechat.client import WeChatApi
from tests.support.wechat import NOW, SAFE, FakeApi, fake_api, pointed_at


@pytest.fixture
async def platform() -> AsyncIterator[FakeApi]:
    async with fake_api() as fake:
        yield fake


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def api(platform: FakeApi, http: aiohttp.ClientSession) -> WeChatApi:
    return WeChatApi(
        pointed_at(SAFE, platform.url),
        http,
        now=lambda: NOW,
        connect_within=timedelta(seconds=1),
        answer_within=timedelta(seconds=1),
    )
