"""Replies that came too late for the platform's own response: they travel another way, once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.channels import TakeTurn
from handlers.message import Inbound, Reply

logger = logging.getLogger(__name__)

BEFORE_AGAIN_S = (1.0, 5.0)
FINISH_WITHIN_S = 3.0

SendReply = Callable[[Inbound, Reply], Awaitable[None]]


class LateReplies:
    """Waits for the turns that the platform was told not to repeat.

    It was told so before their outcome was known, so nobody else takes a failed one again.
    """

    def __init__(
        self,
        take_turn: TakeTurn,
        send: SendReply,
        *,
        before_again_s: tuple[float, ...] = BEFORE_AGAIN_S,
    ) -> None:
        self._take_turn = take_turn
        self._send = send
        self._before_again_s = before_again_s
        self._tasks: set[asyncio.Task[None]] = set()  # the loop itself holds tasks weakly

    def missed(self, inbound: Inbound, reply: "asyncio.Future[Reply]") -> None:
        """The answer to the platform could not carry this reply, which may still be coming."""
        task = asyncio.ensure_future(self._carry(inbound, reply))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        """Let what was begun come to its end, when the process stops."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=FINISH_WITHIN_S)

    async def _carry(self, inbound: Inbound, reply: "asyncio.Future[Reply]") -> None:
        try:
            await self._send(inbound, await self._outcome(inbound, reply))
        except Exception:  # edge of a task; a failed turn has been logged by itself
            logger.exception("the reply to %s could not be sent late", inbound.message_id)

    async def _outcome(self, inbound: Inbound, reply: "asyncio.Future[Reply]") -> Reply:
        pending: Awaitable[Reply] = reply
        for pause_s in self._before_again_s:
            try:
                return await pending
            except Exception:  # edge of a turn: the next try is ours, there will be no other
                logger.warning("the late turn of %s is taken again", inbound.message_id)
                await asyncio.sleep(pause_s)
                pending = self._take_turn(inbound)
        return await pending
