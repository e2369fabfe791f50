"""The simulator on a real loopback port beside a small bot that answers as it is told."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import aiohttp
import wechatpy
from aiohttp import web
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import TextReply
from wechatpy.utils import check_signature

from bot.simulator.web import Simulator
from bot.simulator.wechat import WeChatAccount

ACCOUNT = WeChatAccount(
    app_id="wx5e6f0a1b2c3d4e5f",
    app_secret="a-secret-only-these-tests-know",
    token="kebaotoken",
    encoding_aes_key="kebaoDemoKeyForTheSimulatorTests0123456789a",
)
ONEBOT_TOKEN = "onebot-token-of-these-tests"


class HandClock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # a Monday morning in Guangxi

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta, /) -> None:
        self._now += by


@dataclass
class FakeBot:
    """The other end of the wire, reading pushes with wechatpy instead of our own code."""

    answer: Callable[[str], str | None] = lambda text: f"收到：{text}"
    raw_answer: Callable[[], web.Response] | None = None
    pushes: list[dict[str, str]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    line: web.WebSocketResponse | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/wechat", self._verify),
            web.post("/wechat", self._push),
            web.get("/onebot/v11/ws", self._onebot),
        ]

    async def _verify(self, request: web.Request) -> web.Response:
        query = request.query
        check_signature(ACCOUNT.token, query["signature"], query["timestamp"], query["nonce"])
        return web.Response(text=query["echostr"])

    async def _push(self, request: web.Request) -> web.Response:
        query = request.query
        check_signature(ACCOUNT.token, query["signature"], query["timestamp"], query["nonce"])
        crypto = WeChatCrypto(ACCOUNT.token, ACCOUNT.encoding_aes_key, ACCOUNT.app_id)
        xml = crypto.decrypt_message(
            await request.text(), query["msg_signature"], query["timestamp"], query["nonce"]
        )
        message = wechatpy.parse_message(xml)
        self.pushes.append({field.tag: field.text or "" for field in ElementTree.fromstring(xml)})
        if self.raw_answer:
            return self.raw_answer()
        text = self.answer(getattr(message, "content", ""))
        if text is None:
            return web.Response(text="success")
        reply = TextReply(message=message, content=text).render()
        return web.Response(text=crypto.encrypt_message(reply, query["nonce"], query["timestamp"]))

    async def heard(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the first OneBot frame of that kind, waiting for it up to five seconds."""
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: any(wanted(frame) for frame in self.events))
        return next(frame for frame in self.events if wanted(frame))

    async def _onebot(self, request: web.Request) -> web.WebSocketResponse:
        assert request.headers["Authorization"] == f"Bearer {ONEBOT_TOKEN}"
        assert request.headers["X-Client-Role"] == "Universal"
        self.line = web.WebSocketResponse()
        await self.line.prepare(request)
        async for frame in self.line:
            async with self._news:
                self.events.append(json.loads(frame.data))
                self._news.notify_all()
        return self.line


@dataclass
class Demo:
    """Everything a test of the simulator needs."""

    simulator: Simulator
    bot: FakeBot
    clock: HandClock
    url: str
    http: aiohttp.ClientSession

    async def say(self, account: str, text: str, **more: object) -> dict[str, object]:
        return await self.post("say", account=account, text=text, **more)

    async def post(self, call: str, **body: object) -> dict[str, object]:
        async with self.http.post(f"{self.url}/sim/api/{call}", json=body) as response:
            answer: dict[str, object] = await response.json()
            assert response.status == 200, answer
            return answer

    async def refused(self, call: str, **body: object) -> int:
        async with self.http.post(f"{self.url}/sim/api/{call}", json=body) as response:
            assert "error" in await response.json()
            return response.status

    def texts(self, chat: str) -> list[tuple[str, str]]:
        return [(e.sender, e.text) for e in self.simulator.world.transcript(chat)]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to happen in the world; five seconds are an answer, too."""
        news = self.simulator.world.watch()
        try:
            async with asyncio.timeout(5):
                while not true():
                    await news.get()
        finally:
            self.simulator.world.unwatch(news)

    async def token(self) -> str:
        body = {
            "grant_type": "client_credential",
            "appid": ACCOUNT.app_id,
            "secret": ACCOUNT.app_secret,
        }
        return str((await self.api("stable_token", body))["access_token"])

    async def api(self, path: str, body: object) -> dict[str, object]:
        url = f"{self.url}/sim/wechat-api/cgi-bin/{path}"
        data = json.dumps(body, ensure_ascii=False).encode()
        async with self.http.post(url, data=data) as response:
            answer: dict[str, object] = await response.json()
            return answer

    async def send(self, account: str, text: str) -> object:
        """Send a customer-service text as a bot would; returns the error code."""
        path = f"message/custom/send?access_token={await self.token()}"
        body = {"touser": account, "msgtype": "text", "text": {"content": text}}
        return (await self.api(path, body))["errcode"]


@asynccontextmanager
async def demo(
    bot: FakeBot | None = None, *, answer_within: float = 5.0, with_bot: bool = True
) -> AsyncIterator[Demo]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, clock, bot = f"http://127.0.0.1:{port}", HandClock(), bot or FakeBot()
    simulator = Simulator(url, clock, ACCOUNT, ONEBOT_TOKEN, answer_within=answer_within)
    app = web.Application()
    app.add_routes(simulator.routes())
    if with_bot:
        app.add_routes(bot.routes())

    async def stop(_: web.Application) -> None:
        await simulator.stop()

    app.on_shutdown.append(stop)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await simulator.start()
    async with aiohttp.ClientSession() as http:
        try:
            yield Demo(simulator, bot, clock, url, http)
        finally:
            await runner.cleanup()
