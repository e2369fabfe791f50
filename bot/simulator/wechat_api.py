"""Answers the bot's calls to the Official Account API, quotas and error codes included."""

import json
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from bot.simulator.bubbles import Bubble, Option, numbered_options, rich_text
from bot.simulator.uploads import TooLarge, read_form
from bot.simulator.wechat import WeChatAccount
from bot.simulator.windows import Refusal
from bot.simulator.world import BOT, Blob, World

_TOKEN_LIFE = timedelta(hours=2)
_OVERLAP = timedelta(minutes=5)  # the old token lives on beside its successor
_FORCED_EVERY = timedelta(seconds=30)
_MEDIA_LIFE = timedelta(days=3)
_MEDIA_LIMITS = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}
_LONGEST_TEXT = 2048  # bytes
_LONGEST_MENU = 10

Json = dict[str, object]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ApiError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Token:
    value: str
    expires_at: datetime


class Tokens:
    """Access tokens of one kind: `stable` hands out the same one while it lives."""

    def __init__(self, *, stable: bool) -> None:
        self._stable = stable
        self._tokens: list[Token] = []
        self._forced_at: datetime | None = None

    def issue(self, now: datetime, *, force: bool = False) -> Token:
        if force:
            if self._forced_at and now - self._forced_at < _FORCED_EVERY:
                raise ApiError(
                    45011, "api minute-quota reach limit, must slower, retry next minute"
                )
            self._forced_at = now
        newest = self._tokens[-1] if self._tokens else None
        if newest and self._stable and not force and newest.expires_at - now > _OVERLAP:
            return newest
        if newest and newest.expires_at > now + _OVERLAP:
            self._tokens[-1] = Token(newest.value, now + _OVERLAP)
        fresh = Token(
            f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(96)}", now + _TOKEN_LIFE
        )
        self._tokens = [*self._tokens[-4:], fresh]
        return fresh

    def find(self, value: str) -> Token | None:
        return next((token for token in self._tokens if token.value == value), None)

    def revoke(self) -> None:
        self._tokens.clear()


class WeChatApi:
    """The part of api.weixin.qq.com that an Official Account's bot calls."""

    def __init__(self, account: WeChatAccount, world: World, base_url: str) -> None:
        self._account = account
        self._base_url = base_url
        self._world = world
        self._tokens = (Tokens(stable=True), Tokens(stable=False))

    def routes(self, prefix: str) -> list[web.RouteDef]:
        with_token = {
            ("POST", "message/custom/send"): self._custom_send,
            ("POST", "message/custom/typing"): self._typing,
            ("POST", "media/upload"): self._media_upload,
            ("GET", "media/get"): self._media_get,
            ("POST", "menu/create"): self._menu_create,
        }
        return [
            web.post(f"{prefix}/cgi-bin/stable_token", self._answer(self._stable_token)),
            web.get(f"{prefix}/cgi-bin/token", self._answer(self._token)),
            *(
                web.route(method, f"{prefix}/cgi-bin/{path}", self._answer(self._checked(handler)))
                for (method, path), handler in with_token.items()
            ),
        ]

    def revoke_tokens(self) -> None:
        """Make every token given out so far invalid, as a leaked secret's reset would."""
        for tokens in self._tokens:
            tokens.revoke()

    # -- around every call -----------------------------------------------------------------

    def _answer(self, handler: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            if self._world.troubles.unreachable:
                if request.transport:
                    request.transport.abort()
                return web.Response(status=502)
            try:
                if self._world.troubles.busy:
                    raise ApiError(-1, "system error")
                return await handler(request)
            except ApiError as error:
                rid = f"{secrets.token_hex(4)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
                return _json({"errcode": error.code, "errmsg": f"{error.message} rid: {rid}"})

        return answer

    def _checked(self, handler: Handler) -> Handler:
        async def checked(request: web.Request) -> web.StreamResponse:
            value = request.query.get("access_token")
            if not value:
                raise ApiError(41001, "access_token missing")
            known = [token for tokens in self._tokens if (token := tokens.find(value))]
            if not known:
                raise ApiError(40001, "invalid credential, access_token is invalid or not latest")
            if known[0].expires_at <= self._world.clock.now():
                raise ApiError(42001, "access_token expired")
            return await handler(request)

        return checked

    # -- tokens ----------------------------------------------------------------------------

    async def _stable_token(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        return self._give(
            self._tokens[0],
            grant=body.get("grant_type"),
            app_id=body.get("appid"),
            secret=body.get("secret"),
            force=body.get("force_refresh") is True,
        )

    async def _token(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        return self._give(
            self._tokens[1],
            grant=query.get("grant_type"),
            app_id=query.get("appid"),
            secret=query.get("secret"),
        )

    def _give(
        self, tokens: Tokens, *, grant: object, app_id: object, secret: object, force: bool = False
    ) -> web.Response:
        if grant != "client_credential":
            raise ApiError(40002, "invalid grant_type")
        if app_id != self._account.app_id:
            raise ApiError(40013, "invalid appid")
        if secret != self._account.app_secret:
            raise ApiError(40125, "invalid appsecret")
        now = self._world.clock.now()
        token = tokens.issue(now, force=force)
        lifetime = int((token.expires_at - now).total_seconds())
        return _json({"access_token": token.value, "expires_in": lifetime})

    # -- messages --------------------------------------------------------------------------

    async def _custom_send(self, request: web.Request) -> web.StreamResponse:
        # The platform does not decode \uXXXX: callers must send UTF-8, or people see the escapes.
        body = await _body(request, keep_escapes=True)
        account = str(body.get("touser", ""))
        if account not in self._world.windows:
            raise ApiError(40003, "invalid openid")
        kind = str(body.get("msgtype", ""))
        bubble, blob = self._read(kind, body.get(kind))
        self._spend(account)
        self._world.add(
            account,
            BOT,
            bubble.text,
            kind="menu" if kind == "msgmenu" else kind,
            options=bubble.options or numbered_options(bubble.text),
            media=(blob,) if blob else (),
            platform_id=f"custom-{secrets.token_hex(8)}",
        )
        self._world.tell_state()
        return _ok()

    def _read(self, kind: str, content: object) -> tuple[Bubble, Blob | None]:
        """Return what the follower will see; raises ApiError for what cannot be sent."""
        if kind not in ("text", "image", "msgmenu", "news"):
            raise ApiError(40008, "invalid message type")
        if not isinstance(content, dict):
            raise ApiError(47001, "data format error")
        match kind:
            case "image":
                return Bubble(""), self._media(str(content.get("media_id", "")))
            case "msgmenu":
                return _menu_bubble(content), None
            case "news":
                return _news_bubble(content), None
        text = str(content.get("content", ""))
        if not text.strip():
            raise ApiError(44004, "empty content")
        _check_length(text)
        return rich_text(text), None

    def _spend(self, account: str) -> None:
        if account not in self._world.following:
            raise ApiError(43004, "require subscribe")
        closed = ApiError(45015, "response out of time limit or subscription is canceled")
        if self._world.troubles.window_closed:
            raise closed
        match self._world.windows[account].spend(self._world.clock.now()):
            case Refusal.CLOSED:
                raise closed
            case Refusal.USED_UP:
                raise ApiError(45047, "out of response count limit")

    async def _typing(self, request: web.Request) -> web.StreamResponse:
        await _body(request)
        return _ok()

    async def _menu_create(self, request: web.Request) -> web.StreamResponse:
        buttons = (await _body(request)).get("button")
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
            raise ApiError(40016, "invalid button size")
        self._world.menu = buttons
        self._world.tell_state()
        return _ok()

    # -- media -----------------------------------------------------------------------------

    async def _media_upload(self, request: web.Request) -> web.StreamResponse:
        kind = request.query.get("type", "")
        if kind not in _MEDIA_LIMITS:
            raise ApiError(40004, "invalid media type")
        try:
            form = await read_form(request, field="media", limit=_MEDIA_LIMITS[kind])
        except TooLarge:
            raise ApiError(40006, "invalid media size") from None
        if form.upload is None:
            raise ApiError(41005, "media data missing")
        upload = form.upload
        blob = self._world.keep(kind, upload.name, upload.content_type, upload.content)
        created_at = int(blob.created_at.timestamp())
        return _json({"type": kind, "media_id": blob.id, "created_at": created_at})

    async def _media_get(self, request: web.Request) -> web.StreamResponse:
        blob = self._media(request.query.get("media_id", ""))
        if blob.kind == "video":  # alone among media, videos are only pointed at
            return _json({"video_url": f"{self._base_url}{blob.path}"})
        return web.Response(
            body=blob.content,
            content_type=blob.content_type,
            headers={"Content-Disposition": f'attachment; filename="{blob.id}"'},
        )

    def _media(self, media_id: str) -> Blob:
        blob = self._world.blob(media_id)
        if blob is None or self._world.clock.now() - blob.created_at > _MEDIA_LIFE:
            raise ApiError(40007, "invalid media_id")
        return blob


def _menu_bubble(content: Json) -> Bubble:
    rows = content.get("list")
    if not isinstance(rows, list) or not 1 <= len(rows) <= _LONGEST_MENU:
        raise ApiError(47001, "data format error")
    options = tuple(
        Option(str(row["content"]), str(row["content"]), str(row["id"]))
        for row in rows
        if isinstance(row, dict) and row.get("content") and row.get("id") is not None
    )
    if len(options) != len(rows):
        raise ApiError(47001, "data format error")
    head, tail = str(content.get("head_content", "")), str(content.get("tail_content", ""))
    text = "\n".join(filter(None, (head, tail)))
    _check_length(text + "".join(option.label for option in options))
    return Bubble(text, options)


def _news_bubble(content: Json) -> Bubble:
    articles = content.get("articles")
    if not isinstance(articles, list) or len(articles) != 1 or not isinstance(articles[0], dict):
        raise ApiError(45008, "article size out of limit")
    lines = (str(articles[0].get(name, "")) for name in ("title", "description", "url"))
    return Bubble("\n".join(filter(None, lines)))


def _check_length(text: str) -> None:
    if len(text.encode()) > _LONGEST_TEXT:
        raise ApiError(45002, "message content out of limit")


async def _body(request: web.Request, *, keep_escapes: bool = False) -> Json:
    text = (await request.read()).decode("utf-8", "replace")
    if not text:
        raise ApiError(44002, "empty post data")
    if keep_escapes:
        text = re.sub(r"(?<!\\)((?:\\\\)*)\\u(?=[0-9a-fA-F]{4})", r"\1\\\\u", text)
    try:
        body = json.loads(text)
    except ValueError:
        raise ApiError(47001, "data format error") from None
    if not isinstance(body, dict):
        raise ApiError(47001, "data format error")
    return body


def _ok() -> web.Response:
    return _json({"errcode": 0, "errmsg": "ok"})


def _json(body: Json) -> web.Response:
    return web.json_response(body, dumps=lambda value: json.dumps(value, ensure_ascii=False))
