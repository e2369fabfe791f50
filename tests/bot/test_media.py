"""The store of what people send: whole files under their hash, whoever comes at the same time."""

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from bot.media import MediaStore
from handlers.message import Inbound, Kind, Media

CROWD = 8
CONTENT = bytes(range(256)) * 4_000


async def test_a_file_that_comes_eight_times_at_once_is_stored_once(tmp_path: Path) -> None:
    everybody_is_here = asyncio.Barrier(CROWD)

    async def fetch(_: Media) -> bytes:
        await everybody_is_here.wait()
        return CONTENT

    store = MediaStore(tmp_path, {"wechat": fetch})
    picture = Inbound(
        channel="wechat",
        message_id="1",
        account="o1",
        kind=Kind.IMAGE,
        sent_at=datetime(2026, 5, 6, tzinfo=UTC),
        media=(Media("image", ref="m1"),),
    )

    kept = await asyncio.gather(*(store.fetch_all(picture) for _ in range(CROWD)))

    sha256 = hashlib.sha256(CONTENT).hexdigest()
    assert {(one.sha256, one.size_bytes) for (one,) in kept} == {(sha256, len(CONTENT))}
    assert await store.read(kept[0][0]) == CONTENT
    assert _files_in(tmp_path) == [sha256]


def _files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]
