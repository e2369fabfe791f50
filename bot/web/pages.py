"""Small pages for people who follow a link from the chat: a delivered file, a sandbox payment."""

import html
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from aiohttp import web

from bot.clock import Clock
from bot.media import MediaStore
from bot.runner import Runner
from handlers.actions.payments import settle_payment
from handlers.desk import Desk
from handlers.wording import pages as zh
from market.errors import MarketError, NotFound
from market.money import yuan
from market.payments import Payment, PaymentStatus

FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def file_routes(runner: Runner, media: MediaStore) -> list[web.RouteDef]:
    """GET /files/{token}: a delivered file, for whoever was given its unguessable address."""

    async def download(request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        stored = await runner.read(lambda uow: uow.files.by_token(token))
        if stored is None or not stored.sha256:
            raise web.HTTPNotFound(text=zh.NO_FILE)
        path = media.path(stored.sha256)
        if not path.is_file():
            raise web.HTTPNotFound(text=zh.NO_FILE)
        name = quote(stored.name, safe="")
        return web.FileResponse(
            path,
            headers=FILE_HEADERS
            | {
                "Content-Type": "application/octet-stream",
                "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            },
        )

    return [web.get("/files/{token}", download)]


def sandbox_routes(runner: Runner, desk: Callable[[], Desk], clock: Clock) -> list[web.RouteDef]:
    """A payment page with one button; its answer comes back as a transaction of its own."""

    async def page(request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        payment = await runner.read(lambda uow: uow.payments.by_token(token))
        if payment is None or payment.gateway != "sandbox":
            raise web.HTTPNotFound(text="")
        return _payment_page(payment)

    async def pay(request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        work = partial(settle_payment, token=token, desk=desk(), now=clock.now())
        try:
            await runner.run(work)
        except NotFound as error:
            raise web.HTTPNotFound(text="") from error
        except MarketError:
            return show_page(zh.TOO_LATE, status=409)
        return show_page(zh.PAID)

    return [web.get("/sandbox/pay/{token}", page), web.post("/sandbox/pay/{token}", pay)]


def _payment_page(payment: Payment) -> web.Response:
    if payment.status is PaymentStatus.SETTLED:
        return show_page(zh.PAID)
    return show_page(
        f"<h1>{yuan(payment.amount_fen)}</h1><p>{zh.ORDER} O{payment.order_id}</p>"
        f'<form method="post"><button>{zh.PAY}</button></form><p>{zh.SANDBOX}</p>'
    )


def show_page(body: str, *, status: int = 200) -> web.Response:
    """A small page that nothing can be loaded into; `body` is HTML of ours."""
    page = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(zh.TITLE)}</title><style>{_STYLE}</style><main>{body}</main></html>"
    )
    return web.Response(text=page, content_type="text/html", status=status, headers=FILE_HEADERS)


_STYLE = (
    "body{font:16px/1.6 system-ui,'PingFang SC','Noto Sans CJK SC',sans-serif;margin:0;"
    "background:#f4f5f7;color:#1d2129;display:grid;place-items:center;min-height:100vh}"
    "main{background:#fff;border-radius:16px;padding:32px 40px;text-align:center;"
    "box-shadow:0 2px 16px #0001;max-width:320px}h1{font-size:34px;margin:.2em 0}"
    "button{font:inherit;font-weight:600;width:100%;padding:12px;border:0;border-radius:10px;"
    "background:#1f6f4a;color:#fff;cursor:pointer}button:focus-visible{outline:3px solid #8cc}"
    "p{color:#5b6472}img{width:100%;image-rendering:pixelated}"
)
