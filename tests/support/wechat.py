"""The other side of the WeChat channel: pushes as the platform makes them, and its API.

Signing and encrypting are wechatpy's, so that our codec is never its own judge.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web
from aiohttp.test_utils import TestServer
from wechatpy.crypto import PrpCrypto, _get_signature

from bot.channels.wechat.account import Mode, WeChatAccount
from bot.secrets import Secret

APP_ID = "wx0123456789abcdef"
APP_SECRET = "the-app-secret-of-the-tests"
TOKEN = "kebaoTestToken"
AES_KEY = "q7Hn2vXsB4mKd9LwRt6YcJe1ZpFa8GuNo3TiVx5Mk0E"
OLDER_AES_KEY = "0lderKeyB4mKd9LwRt6YcJe1ZpFa8GuNo3TiVx5Mk0A"
NOW = datetime.fromtimestamp(1_790_000_000, UTC)
OPENID = "oKebaoTester0000000000000001"

SAFE = WeChatAccount(
    app_id=APP_ID,
    app_secret=Secret(APP_SECRET),
    token=Secret(TOKEN),
    encoding_aes_key=Secret(AES_KEY),
)
PLAIN = replace(SAFE, mode=Mode.PLAIN)
COMPATIBLE = replace(SAFE, mode=Mode.COMPATIBLE)


def pointed_at(account: WeChatAccount, url: str) -> WeChatAccount:
    """The account with a server of the test in the platform's place."""
    return replace(account, api_base_url=url)


def fields_of(kind: str, **more: object) -> dict[str, object]:
    """What every push holds, and more; None takes a field out."""
    common: dict[str, object] = {
        "ToUserName": "gh_kebao",
        "FromUserName": OPENID,
        "CreateTime": int(NOW.timestamp()),
        "MsgType": kind,
    }
    if kind != "event":
        common["MsgId"] = 24_000_000_000_000_001
    return {name: value for name, value in {**common, **more}.items() if value is not None}


def as_xml(fields: dict[str, object]) -> bytes:
    return f"<xml>{_elements(fields)}</xml>".encode()


def _elements(fields: dict[str, object]) -> str:
    parts = []
    for name, value in fields.items():
        for item in value if isinstance(value, list) else [value]:
            inner = _elements(item) if isinstance(item, dict) else escape(str(item))
            parts.append(f"<{name}>{inner}</{name}>")
    return "".join(parts)


def as_json(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Call:
    """One request of the platform: its query and its body."""

    query: dict[str, str]
    body: bytes = b""

    def with_query(self, **changes: str | None) -> "Call":
        merged = {**self.query, **changes}
        return replace(self, query={k: v for k, v in merged.items() if v is not None})


def plain_call(
    body: bytes = b"", *, at: datetime = NOW, nonce: str = "314159265", token: str = TOKEN
) -> Call:
    timestamp = str(int(at.timestamp()))
    signature = _get_signature(token, timestamp, nonce, "")
    query = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "openid": OPENID}
    return Call(query, body)


def sealed_call(
    plain: bytes,
    *,
    at: datetime = NOW,
    aes_key: str = AES_KEY,
    app_id: str = APP_ID,
    envelope: Callable[[dict[str, object]], bytes] = as_xml,
    beside: dict[str, object] | None = None,
) -> Call:
    """A push of safe mode; `beside` is what compatible mode shows in the open."""
    key = replace(SAFE, encoding_aes_key=Secret(aes_key)).aes_keys()[0]
    encrypted = PrpCrypto(key).encrypt(plain.decode(), app_id).decode()
    return wrapped_call(encrypted, at=at, envelope=envelope, beside=beside)


def wrapped_call(
    encrypted: str,
    *,
    at: datetime = NOW,
    envelope: Callable[[dict[str, object]], bytes] = as_xml,
    beside: dict[str, object] | None = None,
) -> Call:
    call = plain_call(
        envelope({**(beside or {"ToUserName": "gh_kebao"}), "Encrypt": encrypted}), at=at
    )
    signature = _get_signature(TOKEN, call.query["timestamp"], call.query["nonce"], encrypted)
    return call.with_query(encrypt_type="aes", msg_signature=signature)


@dataclass
class FakeApi:
    """api.weixin.qq.com, as far as tokens and messages go.

    `answers` are given to API calls in turn before the usual ones; a callable may wait or break.
    """

    url: str = ""
    token_no: int = 1
    token_asks: list[bool] = field(default_factory=list)  # force_refresh of each
    calls: list[tuple[str, Any]] = field(default_factory=list)
    uploads: list[tuple[str, bytes]] = field(default_factory=list)
    answers: deque[Any] = field(default_factory=deque)
    always: Any = None
    token_answer: Any = None
    media: dict[str, bytes] = field(default_factory=dict)
    tokens_seen: list[str] = field(default_factory=list)

    @property
    def token(self) -> str:
        return f"TOKEN-{self.token_no}"

    def revoke(self) -> None:
        """Only a forced renewal gives a token that works."""
        self._revoked = self.token_no

    _revoked: int = 0

    async def stable_token(self, request: web.Request) -> web.StreamResponse:
        question = await request.json()
        assert question["grant_type"] == "client_credential"
        self.token_asks.append(question["force_refresh"])
        await asyncio.sleep(0.02)  # long enough for everybody to come and wait
        if self.token_answer is not None:
            return web.json_response(self.token_answer)
        if question["secret"] != APP_SECRET:
            return web.json_response({"errcode": 40125, "errmsg": "invalid appsecret rid: a-b-1"})
        if question["force_refresh"]:
            self.token_no += 1
        return web.json_response({"access_token": self.token, "expires_in": 7200})

    async def api(self, request: web.Request) -> web.StreamResponse:
        token = request.query.get("access_token", "")
        self.tokens_seen.append(token)
        if request.content_type == "multipart/form-data":
            form = await request.post()
            file = form["media"]
            assert isinstance(file, web.FileField)
            content: Any = {"type": request.query.get("type")}
            self.uploads.append((file.filename, file.file.read()))
        else:
            content = await request.json() if request.can_read_body else dict(request.query)
        self.calls.append((request.path, content))
        answer = self.answers.popleft() if self.answers else self.always
        if callable(answer):
            answer = await answer(request)
        if isinstance(answer, web.StreamResponse):
            return answer
        if answer is not None:
            return web.json_response(answer)
        if token != self.token or self.token_no == self._revoked:
            return web.json_response({"errcode": 42001, "errmsg": "expired rid: 5f3a-11-22"})
        return self._usual(request)

    def _usual(self, request: web.Request) -> web.Response:
        if request.path.endswith("media/upload"):
            return web.json_response({"type": "image", "media_id": f"MEDIA-{len(self.uploads)}"})
        if request.path.endswith("media/get"):
            content = self.media.get(request.query["media_id"])
            if content is None:
                return web.json_response({"errcode": 40007, "errmsg": "invalid media_id"})
            return web.Response(body=content, content_type="image/jpeg")
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    def sent(self) -> list[Any]:
        """The customer-service messages, in order."""
        return [body for path, body in self.calls if path.endswith("message/custom/send")]


@asynccontextmanager
async def fake_api() -> AsyncIterator[FakeApi]:
    fake = FakeApi()
    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_post("/cgi-bin/stable_token", fake.stable_token)
    app.router.add_route("*", "/{path:.*}", fake.api)
    server = TestServer(app)
    await server.start_server(access_log=None)  # addresses hold tokens, as the platform wants it
    try:
        fake.url = str(server.make_url("")).rstrip("/")
        yield fake
    finally:
        await server.close()
