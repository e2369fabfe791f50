"""Files people send: fetched from the platform within limits, stored once by their hash."""

import asyncio
import hashlib
import logging
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import aiohttp

from bot.channels.errors import ChannelError
from handlers.message import Inbound, Media

logger = logging.getLogger(__name__)

MOST_BYTES = 20 << 20
FETCH_WITHIN_S = 3.0  # a WeChat callback must be answered within five seconds

Fetch = Callable[[Media], Awaitable[bytes]]
"""Gets the content of a media from its own platform, at most `MOST_BYTES` of it."""


class MediaStore:
    """A folder of contents named by their SHA-256; what people call them stays in the rows."""

    def __init__(self, folder: Path, fetchers: Mapping[str, Fetch]) -> None:
        self.folder = folder
        self._fetchers = fetchers

    def path(self, sha256: str) -> Path:
        """Where the content with this hash lies, if it was stored."""
        if len(sha256) != 64 or not sha256.isalnum():
            raise ValueError("not a SHA-256")
        return self.folder / sha256[:2] / sha256

    async def read(self, media: Media) -> bytes:
        return await asyncio.to_thread(self.path(media.sha256).read_bytes)

    async def keep(self, content: bytes) -> str:
        """Store something of our own making; returns its SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        await asyncio.to_thread(self._store, sha256, content)
        return sha256

    async def fetch_all(self, inbound: Inbound) -> tuple[Media, ...]:
        """The message's media with hash and size; one that could not be had keeps neither."""
        fetch = self._fetchers.get(inbound.channel)
        if fetch is None:
            return inbound.media
        return tuple([await self._fetch(fetch, media) for media in inbound.media])

    async def _fetch(self, fetch: Fetch, media: Media) -> Media:
        try:
            async with asyncio.timeout(FETCH_WITHIN_S):
                content = await fetch(media)
            sha256 = hashlib.sha256(content).hexdigest()
            await asyncio.to_thread(self._store, sha256, content)
        except (ChannelError, TimeoutError, OSError, aiohttp.ClientError) as error:
            logger.warning("a %s could not be kept: %s", media.kind, error)
            return media
        return replace(media, sha256=sha256, size_bytes=len(content))

    def _store(self, sha256: str, content: bytes) -> None:
        path = self.path(sha256)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whole or not at all: a crash in the middle must not leave half a file under its hash.
        # A name of its own: the same message may arrive three times at the same instant.
        partial = path.with_suffix(f".{secrets.token_hex(8)}.part")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)


def fetch_url(http: aiohttp.ClientSession, allowed: Callable[[str], bool]) -> Fetch:
    """Fetch what a platform names by address, from the platform's own hosts only.

    An address given by a stranger must not make us call into our own network.
    """

    async def fetch(media: Media) -> bytes:
        if not allowed(media.ref):
            raise ChannelError("not an address of the platform")
        async with http.get(media.ref, allow_redirects=False) as response:
            response.raise_for_status()
            content = await response.content.read(MOST_BYTES + 1)
            while len(content) <= MOST_BYTES and (
                more := await response.content.read(MOST_BYTES + 1 - len(content))
            ):
                content += more
        if len(content) > MOST_BYTES:
            raise ChannelError(f"larger than {MOST_BYTES >> 20} MiB")
        return content

    return fetch
