"""GET /months/{token}: a month's workbook, for whoever was given its unguessable address."""

import asyncio
from urllib.parse import quote

from aiohttp import web

from bot.clock import Clock
from bot.runner import Runner
from bot.web.pages import FILE_HEADERS
from handlers.wording import months as zh
from handlers.wording import pages as zh_pages
from storage.unit_of_work import UnitOfWork

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Table = tuple[str, list[tuple[str, ...]]]  # the file's name, its lines


def month_routes(runner: Runner, clock: Clock) -> list[web.RouteDef]:
    async def download(request: web.Request) -> web.StreamResponse:
        from bot.workbooks import write_xlsx  # openpyxl takes a while: not before it is wanted

        token = request.match_info["token"]
        found = await runner.read(lambda uow: _table(uow, token, clock))
        if found is None:
            raise web.HTTPNotFound(text=zh_pages.NO_FILE)
        name, lines = found
        body = await asyncio.to_thread(write_xlsx, lines)
        disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        headers = FILE_HEADERS | {"Content-Type": XLSX, "Content-Disposition": disposition}
        return web.Response(body=body, headers=headers)

    return [web.get("/months/{token}", download)]


def _table(uow: UnitOfWork, token: str, clock: Clock) -> Table | None:
    link = uow.months.link(token, clock.now())
    if link is None:
        return None
    if link.provider_id is None:
        return zh.file_name(link.month, ""), list(zh.rows(uow.months.statement(link.month)))
    own = uow.months.of_provider(link.provider_id, link.month)
    name = uow.providers.name(link.provider_id)
    return zh.file_name(link.month, name), list(zh.provider_rows(own))
