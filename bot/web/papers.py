"""GET /papers/{token}: the papers of a claim, for whoever was given their unguessable address."""

import asyncio
import io
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath
from urllib.parse import quote

from aiohttp import web

from bot.media import MediaStore
from bot.runner import Runner
from bot.web.pages import FILE_HEADERS
from handlers.actions.claims import papers_by_token
from handlers.desk import Desk
from handlers.wording import pages as zh_pages
from handlers.wording import papers as zh
from handlers.wording.papers import Papers

MOST_BYTES = 64 << 20  # of delivered files; what is more is named with its hash only


def paper_routes(runner: Runner, media: MediaStore, desk: Callable[[], Desk]) -> list[web.RouteDef]:
    async def download(request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        papers = await runner.read(lambda uow: papers_by_token(uow, token))
        if papers is None:
            raise web.HTTPNotFound(text=zh_pages.NO_FILE)
        body = await asyncio.to_thread(_packed, papers, media, desk())
        name = quote(zh.file_name(papers), safe="")
        disposition = f"attachment; filename*=UTF-8''{name}"
        headers = FILE_HEADERS | {
            "Content-Type": "application/zip",
            "Content-Disposition": disposition,
        }
        return web.Response(body=body, headers=headers)

    return [web.get("/papers/{token}", download)]


def _packed(papers: Papers, media: MediaStore, desk: Desk) -> bytes:
    """The texts, and the delivered files as far as we have them and they are not too much."""
    content, left = io.BytesIO(), MOST_BYTES
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in zh.texts(papers, desk.zone, desk.operator):
            archive.writestr(name, text)
        for delivery in papers.deliveries:
            for number, file in enumerate(delivery.files, start=1):
                path = media.path(file.sha256) if file.sha256 else None
                if path is None or not path.is_file() or file.size_bytes > left:
                    continue
                left -= file.size_bytes
                # Names come from people: only their last part, and never two of one name.
                own = PurePosixPath(file.name.replace("\\", "/")).name or "文件"
                archive.write(path, f"交付文件/{delivery.version}-{number}-{own}")
    return content.getvalue()
