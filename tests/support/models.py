"""A language model's endpoint on loopback that answers well, badly, late, or not at all."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.opinions.account import ModelAccount
from bot.secrets import Secret

Says = Callable[[dict[str, Any]], object]
"""What the model says to a request: a text, a value that becomes JSON, or a response as it is."""


@dataclass
class FakeModel:
    """Answers with what `says` returns, and remembers what it was asked."""

    url: str = ""
    says: Says = lambda request: ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)  # set once somebody is kept
    released: asyncio.Event = field(default_factory=asyncio.Event)
    keeps: bool = False  # answers nobody until it is released
    trickles: bool = False  # sends blanks for ever, so that no single read takes long

    def account(self, **changes: Any) -> ModelAccount:
        defaults: dict[str, Any] = {
            "model": "fake-1",
            "api_key": Secret("sk-of-the-test"),
            "timeout_s": 2.0,
        }
        return ModelAccount(base_url=f"{self.url}/v1", **{**defaults, **changes})

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        if self.keeps:
            self.waiting.set()
            await self.released.wait()
        if self.trickles:
            return await self._trickle(request)
        said = self.says(body)
        if isinstance(said, web.Response):
            return said
        content = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        return completion(content)

    async def _trickle(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while not self.released.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.released.wait(), 0.05)
            await response.write(b" ")
        return response


def completion(content: str | None, *, refusal: str | None = None) -> web.Response:
    message = {"role": "assistant", "content": content, "refusal": refusal}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return web.json_response(
        {"id": "c1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    )


def system(request: dict[str, Any]) -> str:
    """The instructions of a request."""
    (message,) = [one for one in request["messages"] if one["role"] == "system"]
    return str(message["content"])


def data(request: dict[str, Any]) -> str:
    """The person's words in a request."""
    (message,) = [one for one in request["messages"] if one["role"] == "user"]
    return str(message["content"])


def enforced(request: dict[str, Any]) -> object:
    """What a server makes of a request that forces every answer into the schema: its first words.

    Only a schema with one possible value comes out right, whatever the model would have said.
    """
    wanted = request["response_format"]["json_schema"]["schema"]
    return {key: value["enum"][0] for key, value in wanted["properties"].items()}


@asynccontextmanager
async def fake_model() -> AsyncIterator[FakeModel]:
    model = FakeModel()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    model.url = f"http://127.0.0.1:{port}"
    try:
        yield model
    finally:
        model.released.set()
        await runner.cleanup()
