"""Lanes: every room and every private chat is served in order, and none waits for another."""

import asyncio
import logging
from collections import deque
from datetime import timedelta

from bot.channels import TakeTurn
from handlers.message import Inbound

log = logging.getLogger(__name__)

MAX_WAITING = 1_000


class Lanes:
    """Takes turns in the background; a turn that fails is tried again, for OneBot never is.

    The returned reply is not used: the turn has put it into the outbox, which sends it once.
    """

    def __init__(self, take_turn: TakeTurn, *, before_retry: tuple[timedelta, ...]) -> None:
        self._take_turn = take_turn
        self._before_retry = before_retry
        self._waiting: dict[str, deque[Inbound]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, inbound: Inbound) -> None:
        """Queue a turn behind the others of its room or, in private, of its sender."""
        lane = f"room {inbound.room}" if inbound.room else f"account {inbound.account}"
        waiting = self._waiting.get(lane)
        if waiting is None:
            waiting = self._waiting[lane] = deque()
            task = asyncio.create_task(self._serve(lane, waiting))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if len(waiting) >= MAX_WAITING:
            # A flood in one group must neither fill the memory nor slow down the others.
            log.error("onebot: %s is flooded, dropped %s", lane, inbound.message_id)
            return
        waiting.append(inbound)

    async def close(self, within: timedelta) -> None:
        """Let queued turns finish for a while, then stop."""
        if not self._tasks:
            return
        _, unfinished = await asyncio.wait(self._tasks, timeout=within.total_seconds())
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    async def _serve(self, lane: str, waiting: deque[Inbound]) -> None:
        try:
            while waiting:
                await self._take(waiting[0])
                waiting.popleft()
        finally:
            # No await since the queue was seen empty, so nothing can have been put into it.
            del self._waiting[lane]
            for inbound in waiting:
                log.error("onebot: shut down before %s was done", inbound.message_id)

    async def _take(self, inbound: Inbound) -> None:
        for pause in self._before_retry:
            if await self._succeeds(inbound):
                return
            await asyncio.sleep(pause.total_seconds())
        if not await self._succeeds(inbound):
            log.error("onebot: gave up on %s", inbound.message_id)

    async def _succeeds(self, inbound: Inbound) -> bool:
        try:
            await self._take_turn(inbound)
        except Exception:
            log.exception("onebot: turn %s failed", inbound.message_id)
            return False
        return True
