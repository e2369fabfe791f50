"""HTTP to the platform: timeouts, size limits, and what is known when something breaks."""

import json
from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from bot.channels.errors import (
    ChannelError,
    ContentRefused,
    OutcomeUnknown,
    Throttled,
    Unavailable,
)

CONNECT_WITHIN = timedelta(seconds=2)
ANSWER_WITHIN = timedelta(seconds=5)
MAX_ANSWER_BYTES = 2 * 1024 * 1024

Params = dict[str, str]

_FILES = ("image/", "audio/", "video/", "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete response with status below 400."""

    body: bytes
    content_type: str

    def is_json(self) -> bool:
        # Some endpoints label JSON text/plain, so the type alone does not say; a file that
        # begins with "{" is none of the platform's words.
        return not self.content_type.startswith(_FILES) and self.body.lstrip()[:1] == b"{"

    def fields(self) -> dict[str, object]:
        """The JSON object of the answer.

        Raises:
            Unavailable: it is none: a proxy or a maintenance page spoke.
        """
        try:
            # The platform has sent raw control characters inside strings: not strict.
            value = json.loads(self.body.decode("utf-8", "ignore"), strict=False)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise Unavailable("the platform did not answer with a JSON object")
        return value


class Transport:
    """One platform address over the process's shared connection pool."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        *,
        connect_within: timedelta = CONNECT_WITHIN,
        answer_within: timedelta = ANSWER_WITHIN,
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._connect_s = connect_within.total_seconds()
        self._answer_within = answer_within

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        data: bytes | aiohttp.FormData | None = None,
        max_bytes: int = MAX_ANSWER_BYTES,
        within: timedelta | None = None,
    ) -> Answer:
        """Send one request and read its whole answer.

        Raises:
            Unavailable: nothing was delivered, or the platform says it cannot now.
            OutcomeUnknown: a POST left and no answer came.
            Throttled: the platform's gate asks for patience.
            ContentRefused: the answer is larger than `max_bytes`.
        """
        total_s = (within or self._answer_within).total_seconds()
        try:
            async with self._http.request(
                method,
                self._base_url + path,
                params=params,
                data=data,
                headers={"Content-Type": "application/json"} if isinstance(data, bytes) else None,
                timeout=aiohttp.ClientTimeout(total=total_s, connect=self._connect_s),
                # A redirect would carry the access token elsewhere.
                allow_redirects=False,
            ) as response:
                _check_status(response.status)
                body = await _read(response, max_bytes)
                return Answer(body, response.content_type)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise Unavailable(f"not reached: {type(error).__name__}") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            # `from None`, and no text of the error: it may quote the address with its token.
            raise _after_sending(method, type(error).__name__) from None


def _check_status(status: int) -> None:
    if status == 429:
        raise Throttled("HTTP 429", timedelta(seconds=60))
    if status >= 300:
        raise Unavailable(f"HTTP {status}")


async def _read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > max_bytes:
            raise ContentRefused(f"answer larger than {max_bytes} bytes")
    return bytes(body)


def _after_sending(method: str, what: str) -> ChannelError:
    if method == "GET":
        return Unavailable(f"no answer: {what}")  # asking changes nothing
    return OutcomeUnknown(f"sent, but no answer: {what}")
