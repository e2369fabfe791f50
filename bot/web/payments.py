"""What WeChat Pay calls, and the page that shows a code to whoever has only one screen."""

import asyncio
import base64
import html
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from aiohttp import web
from prometheus_client import Counter

from bot.clock import Clock
from bot.gateways.account import NOTIFY_PATH, WeChatPayAccount
from bot.gateways.codes import png
from bot.gateways.notices import (
    MOST_BYTES,
    Forged,
    Notice,
    Paid,
    Reader,
    Returned,
    Unusable,
    read_notice,
)
from bot.runner import Runner
from bot.web.pages import show_page
from handlers.actions.errands import told_paid, told_refund
from handlers.desk import Desk
from handlers.wording import pages as zh
from market.errands import BY_CODE
from market.errors import NotFound
from market.money import yuan
from market.payments import Payment, PaymentStatus

logger = logging.getLogger(__name__)

ANSWER_WITHIN_S = 4.0  # the platform hangs up after five


@dataclass(frozen=True, slots=True)
class Books:
    """Where what we are told is written down."""

    runner: Runner
    desk: Callable[[], Desk]
    clock: Clock

    async def take(self, notice: Notice) -> None:
        """Book it, in a transaction of its own. Raises NotFound."""
        now = self.clock.now()
        match notice:
            case Paid(number, arrival):
                paid = partial(told_paid, number=number, arrival=arrival, desk=self.desk(), now=now)
                await self.runner.run(paid)
            case Returned(number, refunded):
                state, amount_fen = refunded.state, refunded.amount_fen
                returned = partial(
                    told_refund,
                    number=number,
                    state=state,
                    amount_fen=amount_fen,
                    desk=self.desk(),
                    now=now,
                )
                await self.runner.run(returned)
            case other:
                logger.info("WeChat Pay told of %r, which is nothing to us", other.event)


class Notices:
    """`POST /pay/wechat/notify`: read, book, answer. What is not answered with 2xx comes again."""

    def __init__(
        self, account: WeChatPayAccount, reader: Reader, books: Books, counted: Counter
    ) -> None:
        self._account = account
        self._reader = reader
        self._books = books
        self._counted = counted

    async def receive(self, request: web.Request) -> web.Response:
        if (request.content_length or 0) > MOST_BYTES:
            return self._refuse(413, "size")
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await self._receive(request)
        except TimeoutError:
            return self._refuse(503, "slow")

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            notice = read_notice(
                request.headers,
                body,
                reader=self._reader,
                key_id=self._account.public_key_id,
                now=self._books.clock.now(),
            )
            await self._books.take(notice)
        except Forged as forged:
            return self._refuse(401, str(forged))
        except Unusable as unusable:
            return self._refuse(400, str(unusable))
        except NotFound:
            # Not ours, or not yet: the turn that asked for it may be about to commit.
            return self._refuse(503, "unknown")
        self._counted.labels("taken").inc()
        return web.Response(status=204)

    def _refuse(self, status: int, why: str) -> web.Response:
        # No body: what was wrong helps only whoever is trying.
        self._counted.labels(why).inc()
        logger.warning("notice of WeChat Pay refused: %s", why)
        return web.Response(status=status)


def payment_routes(
    account: WeChatPayAccount, reader: Reader, books: Books, counted: Counter
) -> list[web.RouteDef]:
    """The notices, and GET /wechat/pay/{token}: the code in large.

    That address is unguessable; whoever was given it may have one screen only.
    """
    notices = Notices(account, reader, books, counted)

    async def page(request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        payment = await books.runner.read(lambda uow: uow.payments.by_token(token))
        if payment is None or payment.gateway != BY_CODE:
            raise web.HTTPNotFound(text="")
        if payment.status is PaymentStatus.SETTLED:
            return show_page(zh.PAID)
        expired = payment.expires_at is None or payment.expires_at <= books.clock.now()
        if payment.status is not PaymentStatus.WAITING or expired or not payment.code:
            return show_page(zh.no_code(f"O{payment.order_id}"), status=410)
        return await _code_page(payment)

    return [
        web.post(NOTIFY_PATH, notices.receive),
        web.get(f"/{BY_CODE}/pay/{{token}}", page),
    ]


async def _code_page(payment: Payment) -> web.Response:
    picture = base64.b64encode(await asyncio.to_thread(png, payment.code)).decode()
    return show_page(
        f"<h1>{yuan(payment.amount_fen)}</h1><p>{zh.ORDER} O{payment.order_id}</p>"
        f'<img alt="{html.escape(zh.CODE)}" src="data:image/png;base64,{picture}">'
        f"<p>{zh.SCAN}</p>"
    )
