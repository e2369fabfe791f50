"""The platform's API: wechatpy's catalogue of endpoints on our own asynchronous transport.

`await api.message.send_text(…)`, `api.menu.create(…)`, `api.qrcode.create(…)` and the rest work as
wechatpy documents them. Its own transport is not used: it blocks, knows no timeout, retries a
refused token without end and lets parallel sends fetch tokens against each other. Methods of
wechatpy that look at an answer themselves (`iter_followers`, `jsapi.get_ticket`) do not work.
"""

import io
import json
import logging
import mimetypes
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NoReturn

import aiohttp
from wechatpy import WeChatClient

from bot.channels.errors import ContentRefused, Unavailable
from bot.channels.wechat.account import API_BASE_URL, WeChatAccount
from bot.channels.wechat.failures import ALREADY_DONE, BAD_TOKEN, failure
from bot.channels.wechat.tokens import StableTokens
from bot.channels.wechat.transport import (
    ANSWER_WITHIN,
    CONNECT_WITHIN,
    Answer,
    Params,
    Transport,
)
from bot.secrets import Secret

logger = logging.getLogger(__name__)

FILE_WITHIN = timedelta(seconds=30)
MAX_MEDIA_BYTES = 20 * 1024 * 1024
_RID = re.compile(r"\brid:? ?([\w-]{1,80})")

Upload = tuple[str, bytes]
"""File name and content."""


class WeChatApi(WeChatClient):  # type: ignore[misc] # wechatpy is untyped
    """One account's API. Every call returns a coroutine and raises a ChannelError."""

    def __init__(
        self,
        account: WeChatAccount,
        http: aiohttp.ClientSession,
        *,
        now: Callable[[], datetime],
        connect_within: timedelta = CONNECT_WITHIN,
        answer_within: timedelta = ANSWER_WITHIN,
    ) -> None:
        # Not super().__init__: it would open a second, blocking connection pool.
        self.appid = account.app_id
        self._now = now
        self._transport = Transport(
            http,
            account.api_base_url,
            connect_within=connect_within,
            answer_within=answer_within,
        )
        self._tokens = StableTokens(self._transport, account, now)

    async def fetch_media(self, media_id: str, max_bytes: int = MAX_MEDIA_BYTES) -> bytes:
        """The content of a temporary medium, by its id: no address of anybody's is followed.

        Raises:
            ContentRefused: too large, unknown, past its three days, or a video (the platform
                gives only an address for those).
        """
        answer = await self._send(
            "GET",
            "/cgi-bin/media/get",
            params={"media_id": media_id},
            max_bytes=max_bytes,
            within=FILE_WITHIN,
        )
        if answer.is_json() and "video_url" in answer.fields():
            raise ContentRefused("videos come as an address, which is not followed")
        return answer.body

    # What wechatpy's catalogue calls

    def _request(self, method: str, url_or_endpoint: str, **options: Any) -> Any:
        base: str = options.get("api_base_url") or f"{API_BASE_URL}/cgi-bin/"
        url = url_or_endpoint if "://" in url_or_endpoint else base + url_or_endpoint
        if not url.startswith(f"{API_BASE_URL}/"):
            raise ValueError("not an address of the API: the access token must not go there")
        return self._call(
            method.upper(),
            url.removeprefix(API_BASE_URL),
            params=_params(options.get("params")),
            body=options.get("data"),
            files=options.get("files"),
            processor=options.get("result_processor"),
        )

    @property
    def access_token(self) -> NoReturn:
        """Refused: a token is awaited, so wechatpy's synchronous property cannot have it."""
        raise AttributeError("access tokens are awaited; see StableTokens")

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Params,
        body: object,
        files: dict[str, Upload] | None,
        processor: Callable[[dict[str, object]], object] | None,
    ) -> object:
        answer = await self._send(method, path, params=params, body=body, files=files)
        fields = answer.fields()
        try:
            return processor(fields) if processor else fields
        except (KeyError, IndexError, TypeError):
            # wechatpy's processors pick what should be there: `lambda answer: answer["tag"]`.
            raise Unavailable(f"{path}: the answer lacks what it should hold") from None

    # Ours

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Params,
        body: object = None,
        files: dict[str, Upload] | None = None,
        max_bytes: int | None = None,
        within: timedelta | None = None,
    ) -> Answer:
        """Exchange once; once more with another token if the platform refuses ours."""
        limits = {"max_bytes": max_bytes} if max_bytes else {}
        within = within or (FILE_WITHIN if files else None)

        async def attempt(token: Secret) -> tuple[Answer, int, str]:
            answer = await self._transport.exchange(
                method,
                path,
                params={**params, "access_token": token.reveal()},
                # Built anew each time: a form can be sent only once.
                data=_form(files) if files else _json(body),
                within=within,
                **limits,
            )
            return answer, *_verdict(answer)

        token = await self._tokens.current()
        answer, code, said = await attempt(token)
        if code in BAD_TOKEN:
            _note(path, code, said)
            answer, code, said = await attempt(await self._tokens.replacement(token))
        if code == 0 or code in ALREADY_DONE:
            return answer
        _note(path, code, said)
        raise failure(code, said, self._now())


def _verdict(answer: Answer) -> tuple[int, str]:
    """The error code (0 for none) and message; files that are not JSON have none."""
    if not answer.is_json():
        return 0, ""
    fields = answer.fields()
    device = fields.get("base_resp")  # the device API wraps them
    if isinstance(device, dict):
        fields = {**fields, **device}
    try:
        code = int(str(fields.get("errcode", 0)))
    except ValueError:
        return -1, "errcode is not a number"
    return code, str(fields.get("errmsg", ""))


def _note(path: str, code: int, said: str) -> None:
    """Log the refusal with the request id that the platform's support asks for."""
    rid = _RID.search(said)
    logger.warning("WeChat refused %s: %d rid=%s", path, code, rid[1] if rid else "-")


def _params(given: dict[str, object] | None) -> Params:
    return {name: str(value) for name, value in (given or {}).items() if value is not None}


def _json(body: object) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    # Escaped non-ASCII would be shown as escapes: the platform does not undo them everywhere.
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _form(files: dict[str, Upload]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for field, (name, content) in files.items():
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        form.add_field(field, io.BytesIO(content), filename=name, content_type=kind)
    return form
