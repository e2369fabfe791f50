"""Taking turns: from a channel's message to the turn's reply, and what to do when one fails."""

import asyncio
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot import failpoints, logs
from bot.clock import Clock
from bot.media import MediaStore
from bot.opinions.second import SecondOpinions
from bot.runner import Runner
from handlers.desk import Desk
from handlers.doubts import OpinionWanted
from handlers.failures import apologise, failed_again
from handlers.message import Inbound, Reply
from handlers.turn import push_missed_reply, take_turn
from matching import Reading
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

READINGS_KEPT = 4096
LONGEST_KEPT = 500  # characters; what a reading takes grows with its text, and few are longer
LONGEST_COMMAND = 24  # characters; what is shorter is seldom asked for more than its words
_ABOUT_A_NUMBER = re.compile(r"[DOJ]\d{2,}")  # what names a deal asks for no service
GIVE_UP_AFTER = 3  # tries of one message; the platforms try as often


class Ingest:
    """Runs messages through turns; the one way in, whatever the channel."""

    def __init__(
        self,
        runner: Runner,
        desk: Callable[[], Desk],
        clock: Clock,
        media: MediaStore,
        opinions: SecondOpinions | None = None,
    ) -> None:
        self._runner = runner
        self._desk = desk
        self._clock = clock
        self._media = media
        self._opinions = opinions
        # One thread: the model has one set of buffers, and the turns need the other cores.
        self._thinking = ThreadPoolExecutor(1, thread_name_prefix="meaning")
        self._readings: OrderedDict[tuple[str, str, datetime], Reading] = OrderedDict()

    async def take_turn(self, inbound: Inbound) -> Reply:
        """Run one message to its commit; a repeated one gets the reply of the first time.

        What goes wrong rises, so that the platform tries again; at the third failure of one
        message its sender gets an apology and the staff a task.
        """
        desk, now, begun = self._desk(), self._clock.now(), time.monotonic()
        with logs.turn(f"{inbound.channel}:{inbound.message_id}"):
            if inbound.media:
                inbound = replace(inbound, media=await self._media.fetch_all(inbound))
            reading = await self._read(inbound.text, desk, now)
            failpoints.pass_("after accept")

            try:
                reply = await self._take(inbound, reading, desk, now, begun)
            except Exception:  # edge of a turn: counted, logged, and left to rise
                logger.exception("the turn failed")
                await self._count_failure(inbound, desk, now)
                raise
            failpoints.pass_("after commit")
            return reply

    async def _take(
        self, inbound: Inbound, reading: Reading, desk: Desk, now: datetime, begun: float
    ) -> Reply:
        """The turn; where it stops for a second opinion, nothing of it happened and it runs anew.

        The second time it may not stop: the rules answer what nobody else did.
        """
        opinions = self._opinions
        if opinions is None:
            return await self._run(inbound, reading, desk, now)
        person = f"{inbound.channel}:{inbound.account}"
        await opinions.make_way(person)
        try:
            return await self._run(inbound, reading, replace(desk, second_opinions=True), now)
        except OpinionWanted as wanted:
            doubt = wanted.doubt
        async with opinions.waiting(person):
            spent_s = time.monotonic() - begun
            reading = await opinions.reconsider(reading, doubt, person=person, spent_s=spent_s)
            return await self._run(inbound, reading, desk, now)

    async def _run(self, inbound: Inbound, reading: Reading, desk: Desk, now: datetime) -> Reply:
        def work(uow: UnitOfWork) -> Reply:
            reply = take_turn(uow, inbound, reading, desk, now)
            failpoints.pass_("before commit")
            return reply

        return await self._runner.run(work)

    async def send_missed_reply(self, inbound: Inbound, reply: Reply) -> None:
        """Let a reply that missed the platform's response travel by the outbox, once."""
        now = self._clock.now()
        await self._runner.run(partial(push_missed_reply, inbound=inbound, reply=reply, now=now))

    async def _read(self, text: str, desk: Desk, now: datetime) -> Reading:
        """What the matcher reads in a text: pure, so remembered for the running minute."""
        minute = now.astimezone(desk.zone).replace(second=0, microsecond=0)
        key = (desk.matcher.version, text, minute)
        reading = self._readings.get(key)
        if reading is None:
            reading = desk.matcher.read(text, minute)
            if len(text) > LONGEST_COMMAND:
                _ = reading.search  # a sentence: looked up here, where it holds no lock
            if not _ABOUT_A_NUMBER.search(reading.command) and desk.matcher.may_ponder(reading):
                reading = await self._ponder(reading, desk)
            if len(text) > LONGEST_KEPT:
                return reading
            self._readings[key] = reading
            if len(self._readings) > READINGS_KEPT:
                self._readings.popitem(last=False)
        return reading

    async def _ponder(self, reading: Reading, desk: Desk) -> Reading:
        """Ask for the meaning where nobody is held up by it: in the thread of the model."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thinking, desk.matcher.ponder, reading)
        except Exception:  # edge of somebody else's engine: the words have answered already
            logger.exception("the meaning could not be asked")
            return reading

    async def _count_failure(self, inbound: Inbound, desk: Desk, now: datetime) -> None:
        try:
            failures = await self._runner.run(partial(failed_again, inbound=inbound, now=now))
            if failures == GIVE_UP_AFTER:
                await self._runner.run(partial(apologise, inbound=inbound, desk=desk, now=now))
        except Exception:  # the database itself may be what failed
            logger.exception("counting the failure failed too")
