"""What a message means is asked before its turn, in a thread of its own, or not at all."""

import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.semantic import learn
from market.policy import Policy
from matching import Meaning
from tests.support.chat import Chat, open_chat
from tests.support.databases import Database
from tests.support.sentences import FakeModel


@pytest.fixture
async def chat(database: Database, tmp_path: Path) -> AsyncIterator[Chat]:
    async with open_chat(database.url, tmp_path, Policy()) as chat:
        yield chat


@pytest.fixture
def model(chat: Chat, tmp_path: Path) -> FakeModel:
    """The chat understands by this model too; it was asked nothing yet."""
    model = FakeModel()
    services = tuple(chat.desk.services.values())
    meaning = learn(services, model, tmp_path / "semantic.npz", lambda done, total: None)
    assert meaning is not None
    chat.desk = replace(chat.desk, matcher=chat.desk.matcher.with_meaning(meaning))
    model.asked.clear()
    model.threads.clear()
    return model


async def test_an_unclear_request_is_asked_once_outside_the_loop(
    chat: Chat, model: FakeModel
) -> None:
    buyer = chat.buyer("小林")

    await buyer.says("鱼死了要个说法")

    buyer.ignores_the_rest()
    assert len(model.asked) == 1
    assert threading.get_ident() not in model.threads
    # The transaction runs in another thread than the model: it did not ask.
    assert len(model.threads) == 1


async def test_what_names_a_deal_is_not_asked(chat: Chat, model: FakeModel) -> None:
    buyer = chat.buyer("小林")

    await buyer.says("D1024 的报告要什么时候能出来，鱼都死了")

    buyer.ignores_the_rest()
    assert model.asked == []


@pytest.mark.parametrize("text", ["帮助", "你好", "高新技术企业认定"])
async def test_what_is_clear_is_not_asked(text: str, chat: Chat, model: FakeModel) -> None:
    buyer = chat.buyer("小林")

    await buyer.says(text)

    buyer.ignores_the_rest()
    assert model.asked == []


async def test_a_model_that_breaks_costs_nobody_an_answer(chat: Chat, model: FakeModel) -> None:
    model.broken = True
    buyer = chat.buyer("小林")

    await buyer.says("鱼死了要个说法")

    assert buyer.unread
    buyer.ignores_the_rest()


async def test_a_meaning_that_breaks_costs_nobody_an_answer(
    chat: Chat, model: FakeModel, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Meaning):
        def __init__(self) -> None: ...

    chat.desk = replace(chat.desk, matcher=chat.desk.matcher.with_meaning(Broken()))
    buyer = chat.buyer("小林")

    await buyer.says("鱼死了要个说法")

    assert buyer.unread
    buyer.ignores_the_rest()
    assert "the meaning could not be asked" in caplog.text
