"""The callback address over HTTP: every mode, every delivery, every fault."""

import asyncio
import gzip
import io
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from wechatpy.crypto import WeChatCrypto
from yarl import URL

from bot.channels.wechat.account import WeChatAccount
from bot.channels.wechat.web import wechat_routes
from handlers.message import Choice, Inbound, Kind, Media, Message, Reply
from tests.support.wechat import (
    AES_KEY,
    APP_ID,
    COMPATIBLE,
    NOW,
    OPENID,
    PLAIN,
    SAFE,
    TOKEN,
    Call,
    as_json,
    as_xml,
    fields_of,
    plain_call,
    sealed_call,
)

TurnTaker = Callable[[Inbound], Awaitable[Reply]]
Client = TestClient[web.Request, web.Application]

HELLO = fields_of("text", Content="我的需求")
TURN_AT = NOW + timedelta(seconds=2)


class Turns:
    """Stands in for the rest of the bot: remembers what came, answers what it is told."""

    def __init__(self, message: Message | None = None) -> None:
        self.taken: list[Inbound] = []
        self.missed: list[tuple[Inbound, asyncio.Future[Reply]]] = []
        self.message = message
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: Exception | None = None

    async def take(self, inbound: Inbound) -> Reply:
        self.taken.append(inbound)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return Reply(self.message, TURN_AT)

    def miss(self, inbound: Inbound, reply: asyncio.Future[Reply]) -> None:
        self.missed.append((inbound, reply))


@asynccontextmanager
async def _serving(account: WeChatAccount, turns: Turns) -> AsyncIterator[Client]:
    app = web.Application()
    app.add_routes(
        wechat_routes(account, turns.take, lambda: NOW, reply_missed=turns.miss, reply_within_s=0.1)
    )
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
def serving() -> Callable[[WeChatAccount, Turns], AbstractAsyncContextManager[Client]]:
    return _serving


Serving = Callable[[WeChatAccount, Turns], AbstractAsyncContextManager[Client]]


async def post(client: Client, call: Call) -> tuple[int, str]:
    async with client.post("/wechat", params=call.query, data=io.BytesIO(call.body)) as response:
        return response.status, await response.text()


def content(document: str) -> str | None:
    return ElementTree.fromstring(document).findtext("Content")


# The address check


async def test_the_console_finds_our_address(serving: Serving) -> None:
    query = {**plain_call().query, "echostr": "4375<&>"}

    async with serving(SAFE, Turns()) as client, client.get("/wechat", params=query) as response:
        assert (response.status, await response.text()) == (200, "4375<&>")
        assert response.content_type == "text/plain"


async def test_a_stranger_is_not_echoed(serving: Serving) -> None:
    query = {**plain_call(token="theirs").query, "echostr": "4375"}

    async with serving(SAFE, Turns()) as client, client.get("/wechat", params=query) as response:
        assert (response.status, await response.read()) == (403, b"")


# Replies


@pytest.mark.parametrize("account", [PLAIN, COMPATIBLE], ids=lambda account: account.mode)
async def test_a_plain_push_is_answered_in_the_open(
    serving: Serving, account: WeChatAccount
) -> None:
    turns = Turns(Message("您有 1 个需求。", (Choice("发布", "确认"), Choice("改", "改"))))

    async with serving(account, turns) as client:
        status, answer = await post(client, plain_call(as_xml(HELLO)))

    assert (status, content(answer)) == (200, "您有 1 个需求。\n1 发布　2 改")
    assert ElementTree.fromstring(answer).findtext("ToUserName") == OPENID
    assert ElementTree.fromstring(answer).findtext("CreateTime") == str(int(TURN_AT.timestamp()))
    assert [said.text for said in turns.taken] == ["我的需求"]


@pytest.mark.parametrize("account", [SAFE, COMPATIBLE], ids=lambda account: account.mode)
async def test_a_sealed_push_is_answered_sealed(serving: Serving, account: WeChatAccount) -> None:
    turns = Turns(Message("您有 1 个需求。"))

    async with serving(account, turns) as client:
        _, answer = await post(client, sealed_call(as_xml(HELLO)))

    root = ElementTree.fromstring(answer)
    opened = WeChatCrypto(TOKEN, AES_KEY, APP_ID).decrypt_message(
        answer, *(root.findtext(name) for name in ("MsgSignature", "TimeStamp", "Nonce"))
    )
    assert content(opened) == "您有 1 个需求。"


@pytest.mark.parametrize("sealed", [False, True])
async def test_a_json_push_is_answered_in_json(serving: Serving, sealed: bool) -> None:
    turns = Turns(Message("好"))
    body = as_json(HELLO)
    call = sealed_call(body, envelope=as_json) if sealed else plain_call(body)

    async with serving(SAFE if sealed else PLAIN, turns) as client:
        _, answer = await post(client, call)

    assert ("Encrypt" if sealed else "Content") in json.loads(answer)


async def test_silence_accepts_the_push(serving: Serving) -> None:
    async with serving(SAFE, Turns()) as client:
        assert await post(client, sealed_call(as_xml(HELLO))) == (200, "success")


async def test_notices_take_a_turn_too(serving: Serving) -> None:
    turns = Turns()
    report = fields_of("event", Event="TEMPLATESENDJOBFINISH", MsgID=1, Status="success")

    async with serving(SAFE, turns) as client:
        await post(client, sealed_call(as_xml(report)))

    assert [said.kind for said in turns.taken] == [Kind.NOTICE]


async def test_a_repeated_delivery_gets_the_same_bytes_from_another_process(
    serving: Serving,
) -> None:
    turns = Turns(Message("已收到。"))

    async with serving(SAFE, turns) as one, serving(SAFE, turns) as other:
        first = await post(one, sealed_call(as_xml(HELLO)))
        second = await post(other, sealed_call(as_xml(HELLO), at=NOW + timedelta(seconds=5)))

    assert first == second


async def test_a_reply_with_a_picture_travels_another_way(serving: Serving) -> None:
    turns = Turns(Message("看图", media=(Media("image", "x"),)))

    async with serving(SAFE, turns) as client:
        assert await post(client, sealed_call(as_xml(HELLO))) == (200, "success")

    ((_, reply),) = turns.missed
    assert (await reply).message == turns.message


# Slow and failing turns


async def test_a_slow_turn_goes_on_and_its_reply_travels_another_way(serving: Serving) -> None:
    turns = Turns(Message("好"))
    turns.gate.clear()

    async with serving(SAFE, turns) as client:
        assert await post(client, sealed_call(as_xml(HELLO))) == (200, "success")
        turns.gate.set()
        ((inbound, reply),) = turns.missed
        assert (await reply).message == Message("好")

    assert inbound == turns.taken[0]


async def test_a_failing_turn_lets_the_platform_try_again(
    serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    turns = Turns(Message("好"))
    turns.error = RuntimeError("a bug")

    async with serving(SAFE, turns) as client:
        assert await post(client, sealed_call(as_xml(HELLO))) == (500, "")
        turns.error = None
        status, _ = await post(client, sealed_call(as_xml(HELLO)))

    assert status == 200
    assert "24000000000000001" in caplog.text
    assert "我的需求" not in caplog.text


async def test_a_turn_that_fails_late_is_logged(
    serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    turns = Turns()
    turns.error = RuntimeError("a late bug")
    turns.gate.clear()

    async with serving(SAFE, turns) as client:
        assert await post(client, sealed_call(as_xml(HELLO))) == (200, "success")
        turns.gate.set()
        with pytest.raises(RuntimeError):
            await turns.missed[0][1]

    assert "a late turn failed" in caplog.text


# Refusals


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (plain_call(as_xml(HELLO)), 403),
        (sealed_call(as_xml(HELLO)).with_query(msg_signature="0" * 40), 403),
        (sealed_call(as_xml(HELLO), at=NOW - timedelta(minutes=6)), 403),
        (Call({}, as_xml(HELLO)), 403),
        (sealed_call(b"<xml><MsgType>text</MsgType></xml>"), 400),
        (sealed_call(b"<!DOCTYPE xml><xml><MsgType>text</MsgType></xml>"), 400),
        (sealed_call(as_xml(HELLO), app_id="wxother"), 400),
        (Call(plain_call().query, b"x" * (1024 * 1024 + 1)), 413),
    ],
    ids=["plain", "forged", "stale", "bare", "fieldless", "doctype", "other app", "huge"],
)
async def test_what_is_refused_takes_no_turn(
    serving: Serving, call: Call, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    turns = Turns()

    async with serving(SAFE, turns) as client:
        with caplog.at_level(logging.INFO, "bot"):
            assert await post(client, call) == (status, "")

    assert turns.taken == []
    assert f"refused: {status}" in caplog.text


async def test_a_body_that_hides_its_length_is_cut_off(serving: Serving) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    async with (
        serving(SAFE, Turns()) as client,
        client.post("/wechat", params=plain_call().query, data=endless()) as response,
    ):
        assert response.status == 413


@pytest.mark.parametrize(
    "query",
    ["", "%ff%fe=%00", "signature=%ff%d8", "signature&timestamp&nonce", "signature=a" * 200],
)
async def test_mangled_queries_are_403(serving: Serving, query: str) -> None:
    async with serving(SAFE, Turns()) as client:
        url = URL(f"/wechat?{query}", encoded=True)
        async with client.get(url) as asked, client.post(url, data=b"<xml/>") as pushed:
            assert (asked.status, pushed.status) == (403, 403)


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", b"not gzip at all", 400),
        ("deflate", b"\xff\xff\xff", 400),
        ("gzip", gzip.compress(bytes(50_000_000)), 413),
        ("gzip", gzip.compress(as_xml(HELLO)), 200),
    ],
    ids=["no gzip", "no deflate", "bomb", "gzip"],
)
async def test_packed_bodies_are_unpacked_with_care(
    serving: Serving, encoding: str, body: bytes, status: int
) -> None:
    async with (
        serving(PLAIN, Turns()) as client,
        client.post(
            "/wechat",
            params=plain_call().query,
            data=body,
            headers={"Content-Encoding": encoding},
        ) as response,
    ):
        assert response.status == status


async def test_eight_deliveries_at_once_are_eight_turns_of_one_id(serving: Serving) -> None:
    turns = Turns(Message("好"))

    async with serving(SAFE, turns) as client:
        call = sealed_call(as_xml(HELLO))
        answers = await asyncio.gather(*(post(client, call) for _ in range(8)))

    assert len(set(answers)) == 1
    assert {said.message_id for said in turns.taken} == {"24000000000000001"}
