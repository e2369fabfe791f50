"""Processes take up what others learnt: the catalogue, and what people confirmed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import knowledge
from bot.app import Service, open_service
from bot.settings import Database as DatabaseSettings
from bot.settings import Settings
from handlers.message import Inbound, Kind
from storage.unit_of_work import UnitOfWork
from tests.support.chat import StoppedClock
from tests.support.databases import Database, empty

SAID = "那个老太婆老是念叨要去北边敲钟"
NEAR = "老是念叨要去北边敲钟"


async def says(service: Service, account: str, *words: str) -> str:
    """What is answered to the last of these."""
    text = ""
    for number, said in enumerate(words):
        inbound = Inbound(
            "wechat", f"{account}-{said}-{number}", account, Kind.TEXT, service.clock.now(),
            text=said, passive=True,
        )  # fmt: skip
        reply = await service.ingest.take_turn(inbound)
        text = reply.message.text if reply.message is not None else ""
    return text


@pytest.fixture
async def services(database: Database, tmp_path: Path) -> AsyncIterator[list[Service]]:
    """Two services on one database, as two processes have them."""
    url = database.url
    if database.kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'service.db'}"
    else:
        empty(database)
    settings = Settings(database=DatabaseSettings(url))
    async with contextlib.AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(open_service(settings, StoppedClock(), data=tmp_path))
            for _ in range(2)
        ]


async def test_processes_learn_what_was_confirmed_in_another(services: list[Service]) -> None:
    here, there = services
    assert "没听懂" in await says(there, "zhao", NEAR)
    await says(here, "lin", f"发需求 {SAID}", "1")

    assert not (await asyncio.gather(here.reload(), there.reload())).count(False)
    assert "记下了" in await says(there, "qian", NEAR)
    assert not await there.reload()


async def test_processes_forget_together_with_whoever_leaves(services: list[Service]) -> None:
    here, there = services
    await says(here, "lin", f"发需求 {SAID}", "1")
    await there.reload()
    assert "记下了" in await says(there, "zhao", NEAR)

    assert "已注销" in await says(here, "lin", "注销", "确认")
    assert await there.reload()
    assert "没听懂" in await says(there, "qian", NEAR)


async def test_a_word_an_operator_adds_is_known_to_a_running_service(
    services: list[Service],
) -> None:
    here, _ = services
    assert "没听懂" in await says(here, "lin", "给厂牌上个户口")
    before = here.desk

    def learn(uow: UnitOfWork) -> None:
        uow.services.add_alias("05.05.01", "厂牌上个户口")

    await here.runner.run(learn)
    assert await here.reload()
    assert before.services["05.05.01"].aliases != here.desk.services["05.05.01"].aliases
    assert "商标注册代理" in await says(here, "zhao", "给厂牌上个户口")


async def test_a_look_that_fails_does_not_end_the_looking(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(knowledge, "LOOK_EVERY_S", 0.001)
    looks: list[bool] = []
    enough = asyncio.Event()

    async def refresh() -> bool:
        looks.append(True)
        if len(looks) == 1:
            raise ConnectionError("the database is away")
        enough.set()
        return False

    looking = asyncio.ensure_future(knowledge.keep_fresh(refresh))
    await asyncio.wait_for(enough.wait(), 5)
    looking.cancel()
    assert "looking for news failed" in caplog.text
