"""A real server with the endpoint, a recorder of turns, and a way to dial."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.channels.onebot import Connections, OneBotAccount, onebot_routes
from bot.secrets import Secret
from tests.support.onebot import QUICK, TOKEN, Dial, Implementation, Turns


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
async def connections() -> Connections:
    return Connections(QUICK)


@pytest.fixture
async def server(turns: Turns, connections: Connections) -> AsyncIterator[TestServer]:
    app = web.Application()
    account = OneBotAccount(Secret(TOKEN))
    app.add_routes(onebot_routes(account, turns.take, connections))
    app.on_shutdown.append(lambda _: connections.close())
    running = TestServer(app)
    await running.start_server()
    yield running
    await running.close()


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as opened:
        yield opened


@pytest.fixture
def dial(session: ClientSession, server: TestServer) -> Dial:
    return partial(Implementation.dial, session, server)
