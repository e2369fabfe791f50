"""The callback address: one push in, one turn, its reply within the platform's five seconds."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.channels import TakeTurn
from bot.channels.wechat.account import WeChatAccount
from bot.channels.wechat.codec import Codec, Push
from bot.channels.wechat.documents import MAX_BYTES, Wire
from bot.channels.wechat.inbound import read_inbound
from bot.channels.wechat.refusals import Refused
from bot.channels.wechat.replies import (
    SILENCE,
    LinkText,
    fits_passively,
    link_text,
    passive_reply,
    shown_text,
)
from handlers.message import Inbound, Reply

logger = logging.getLogger(__name__)

PATH = "/wechat"
REPLY_WITHIN_S = 4.0  # the platform hangs up and tries again after 5

_AS_XML = {"Content-Type": "application/xml; charset=utf-8"}
_AS_JSON = {"Content-Type": "application/json; charset=utf-8"}

ReplyMissed = Callable[[Inbound, "asyncio.Future[Reply]"], None]
"""Called when the answer to the platform could not carry the turn's reply: the future has it, or
will have it, or its exception. A repeated delivery may miss again: whoever sends the reply another
way must do it once per message id."""


def wechat_routes(
    account: WeChatAccount,
    take_turn: TakeTurn,
    now: Callable[[], datetime],
    *,
    reply_missed: ReplyMissed | None = None,
    link: LinkText = link_text,
    reply_within_s: float = REPLY_WITHIN_S,
) -> list[web.RouteDef]:
    """GET and POST of the callback. `now` is the real time: the platform signs with its own."""
    callback = _Callback(account, take_turn, now, reply_missed, link, reply_within_s)
    return [
        web.get(PATH, callback.check_address, allow_head=False),
        web.post(PATH, callback.receive),
    ]


class _Callback:
    def __init__(
        self,
        account: WeChatAccount,
        take_turn: TakeTurn,
        now: Callable[[], datetime],
        reply_missed: ReplyMissed | None,
        link: LinkText,
        reply_within_s: float,
    ) -> None:
        self._codec = Codec(account)
        self._take_turn = take_turn
        self._now = now
        self._reply_missed = reply_missed
        self._link = link
        self._reply_within_s = reply_within_s
        self._running: set[asyncio.Task[Reply]] = set()  # the loop itself holds tasks weakly

    async def check_address(self, request: web.Request) -> web.Response:
        """The console asks whether this address is ours."""
        try:
            echo = self._codec.check_address(request.query, self._now())
        except Refused as refused:
            return _refuse(refused)
        # The type keeps a browser from running what it is made to echo.
        return web.Response(text=echo, headers={"X-Content-Type-Options": "nosniff"})

    async def receive(self, request: web.Request) -> web.Response:
        """A push: authenticate, take the turn, answer."""
        try:
            push = self._codec.open(request.query, await _body_of(request), self._now())
            inbound = read_inbound(push.fields)
        except Refused as refused:
            return _refuse(refused)
        turn = asyncio.ensure_future(self._take_turn(inbound))
        self._running.add(turn)
        turn.add_done_callback(self._running.discard)
        if not await _settled(turn, self._reply_within_s):
            return self._answer_late(inbound, turn)
        error = None if turn.cancelled() else turn.exception()
        if turn.cancelled() or error is not None:
            logger.error("turn of %r failed", inbound.message_id, exc_info=error)
            return web.Response(status=500)  # so the platform tries again
        return self._answer(push, inbound, turn)

    def _answer(self, push: Push, inbound: Inbound, turn: "asyncio.Task[Reply]") -> web.Response:
        reply = turn.result()
        if reply.message is None:
            return web.Response(body=SILENCE, content_type="text/plain")
        if not fits_passively(reply.message) and self._reply_missed is not None:
            self._reply_missed(inbound, turn)
            return web.Response(body=SILENCE, content_type="text/plain")
        text = shown_text(reply.message, self._link)
        if not text:
            return web.Response(body=SILENCE, content_type="text/plain")
        document = passive_reply(
            text, to=inbound.account, sender=inbound.via, at=reply.at, wire=push.wire
        )
        body = self._codec.seal(push, document, message_id=inbound.message_id, at=reply.at)
        return web.Response(body=body, headers=_AS_JSON if push.wire is Wire.JSON else _AS_XML)

    def _answer_late(self, inbound: Inbound, turn: "asyncio.Task[Reply]") -> web.Response:
        """Time is up: accept the push, so that it is not repeated, and let the reply travel on."""
        turn.add_done_callback(_note_late_failure)
        logger.info("turn of %r takes long, its reply travels another way", inbound.message_id)
        if self._reply_missed is not None:
            self._reply_missed(inbound, turn)
        return web.Response(body=SILENCE, content_type="text/plain")


async def _settled(turn: "asyncio.Task[Reply]", within_s: float) -> bool:
    """Whether the turn ends in time. It goes on when it does not, or when the platform hangs up.

    What `asyncio.wait` does, at a third of its cost.
    """
    loop = asyncio.get_running_loop()
    woken = loop.create_future()

    def wake(_: object = None) -> None:
        if not woken.done():
            woken.set_result(None)

    timer = loop.call_later(within_s, wake)
    turn.add_done_callback(wake)
    try:
        await woken
    finally:
        timer.cancel()
    return turn.done()


def _note_late_failure(turn: "asyncio.Task[Reply]") -> None:
    if not turn.cancelled() and (error := turn.exception()) is not None:
        logger.error("a late turn failed", exc_info=error)


async def _body_of(request: web.Request) -> bytes:
    if (request.content_length or 0) > MAX_BYTES:
        raise Refused(413, "body too large")
    try:
        # The application's client_max_size bounds this, by what is unpacked.
        return await request.read()
    except web.RequestPayloadError as error:
        raise Refused(400, "body broken off, or not packed as it says") from error


def _refuse(refused: Refused) -> web.Response:
    # No body: what was wrong helps only whoever is trying.
    logger.info("WeChat callback refused: %s", refused)
    return web.Response(status=refused.status)
