"""The clockwork: static ticks over due rows. Nothing that is due is kept in memory."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial, wraps

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import Clock
from bot.runner import Runner
from handlers.actions import utterances
from handlers.desk import Desk
from handlers.jobs.deadlines import act_on
from storage.deadlines import Deadline

logger = logging.getLogger(__name__)

TICK_S = 1
SWEPT_AT_ONCE = 100
RETRY_AFTER = timedelta(minutes=5)
INBOX_KEPT = timedelta(days=7)
_OPTIONS = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


def _until_we_stop(job: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    """The scheduler cancels what runs when it shuts down: no fault, what is due stays due."""

    @wraps(job)
    async def run() -> None:
        with suppress(asyncio.CancelledError):
            await job()

    return run


class Clockwork:
    """Sweeps deadlines every second; a missed tick costs lateness, a second clockwork nothing."""

    def __init__(self, runner: Runner, desk: Callable[[], Desk], clock: Clock) -> None:
        self._runner = runner
        self._desk = desk
        self._clock = clock
        self._sweeping = asyncio.Lock()
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self.every(timedelta(seconds=TICK_S), self.sweep)
        self.every(timedelta(hours=1), self.tidy)

    def every(self, length: timedelta, work: Callable[[], Awaitable[object]]) -> None:
        """Do something now and then, which may be missed and may be done twice."""
        self._scheduler.add_job(
            _until_we_stop(work), "interval", seconds=length.total_seconds(), **_OPTIONS
        )

    @property
    def runs(self) -> bool:
        return bool(self._scheduler.running)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)

    async def sweep(self) -> int:
        """Act on everything that is due, one transaction per row; returns how many there were."""
        async with self._sweeping:
            acted = 0
            while due := await self._runner.read(
                lambda uow: uow.deadlines.due(self._clock.now(), SWEPT_AT_ONCE)
            ):
                taken = [await self._act(deadline) for deadline in due]
                acted += sum(taken)
                if not any(taken):
                    break
            return acted

    async def tidy(self) -> None:
        """Forget messages that no platform repeats any more, and words kept long enough."""
        now, policy = self._clock.now(), self._desk().policy
        try:
            forgotten = await self._runner.run(
                lambda uow: uow.inbox.forget_before(now - INBOX_KEPT)
            )
            logger.info("forgot %s old messages", forgotten)
            pruned = await self._runner.run(partial(utterances.prune, policy=policy, now=now))
            logger.info("forgot %s old utterances", pruned)
        except Exception:  # edge of a loop
            logger.exception("tidying failed")

    async def _act(self, deadline: Deadline) -> bool:
        now = self._clock.now()
        work = partial(act_on, deadline=deadline, desk=self._desk(), now=now)
        try:
            return await self._runner.run(work)
        except Exception:  # edge of a loop: one bad row must not stop the others
            logger.exception("deadline %s of %s failed", deadline.kind, deadline.subject_id)
            await self._runner.run(lambda uow: uow.deadlines.postpone(deadline, now + RETRY_AFTER))
            return False
