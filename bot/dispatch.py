"""Draining the outbox: claim, choose a door, send, and mark what became of it.

One shard is drained by one function at a time, and one channel has one sending lane: when the
process is killed, at most one message per channel can have been sent without being marked.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import failpoints
from bot.channels import Channel, Delivery
from bot.channels.errors import (
    ChannelError,
    ContentRefused,
    Misconfigured,
    OutcomeUnknown,
    PermanentlyRefused,
    Throttled,
    WindowClosed,
)
from bot.clock import Clock
from bot.runner import Runner
from handlers.desk import Desk
from handlers.message import Message
from handlers.wording.pending import brief
from market.doors import DoorLine, Later, Open, choose_door
from storage.conversations import Line
from storage.outbox import OutboxRow, OutboxStatus
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
CLAIMED_AT_ONCE = 32
SHARDS_AT_ONCE = 8
POLL_S = 1.0
SEND_WITHIN_S = 20.0
SETTLE_WITHIN_S = 5.0
FINISH_WITHIN_S = 3.0
BACKOFF_FIRST = timedelta(seconds=2)
BACKOFF_MOST = timedelta(minutes=10)
MISCONFIGURED_RETRY = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Plan:
    """A claimed row and the way it will go."""

    row: OutboxRow
    channel: str
    account: str | None
    room: str | None
    via: str
    line: Line | None  # whose window pays, if any does
    event: bool | None


class Dispatcher:
    def __init__(
        self,
        runner: Runner,
        channels: Mapping[str, Channel],
        desk: Callable[[], Desk],
        clock: Clock,
    ) -> None:
        self._runner = runner
        self._channels = channels
        self._desk = desk
        self._clock = clock
        self._ours = frozenset(channels)
        self._lanes = {name: asyncio.Lock() for name in channels}
        self._woken = asyncio.Event()
        self._busy: set[int] = set()
        self._draining: dict[int, asyncio.Task[None]] = {}
        self._stopping = False
        self.sent = 0

    def keep_to(self, names: Collection[str]) -> None:
        """Send by these channels only, and leave all others to another process."""
        self._ours = frozenset(names)

    def wake(self, shards: set[int]) -> None:
        """A commit gave these shards work."""
        self._busy |= shards
        self._woken.set()

    async def run(self, *, alone: bool) -> None:
        """Drain until cancelled. `alone`: no other process can be sending from this database.

        What is being sent when it is cancelled is sent to its end; the rest stays queued.
        """
        self._stopping = False
        await self._runner.run(lambda uow: _recover(uow, self._clock.now(), everything=alone))
        loop, looks = asyncio.get_running_loop(), 0
        look_at = loop.time()
        try:
            while True:
                # By the clock and not when it is quiet: what is due later must not starve.
                if loop.time() >= look_at:
                    looks += 1
                    # Alone, what is being sent is ours; the rest was left by a failure to mark it.
                    left_behind = not alone or not self._draining
                    await self._look_for_work(recover=left_behind and looks % 10 == 0)
                    look_at = loop.time() + POLL_S
                self._woken.clear()
                self._start_drains()
                # Not wait_for: before Python 3.12 it forgets a cancellation that comes with news.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(look_at):
                        await self._woken.wait()
        finally:
            await self._finish()

    async def _finish(self) -> None:
        """Let what is on its way arrive and be marked, so that it is not sent again."""
        self._stopping = True
        if self._draining:
            await asyncio.wait(tuple(self._draining.values()), timeout=FINISH_WITHIN_S)
        for task in tuple(self._draining.values()):
            task.cancel()

    async def drain_all(self) -> None:
        """Send everything that is due now, and return: for tests and for shutting down."""
        while shards := await self._runner.read(
            lambda uow: uow.outbox.busy_shards(self._clock.now())
        ):
            before = self.sent
            for shard in shards:
                await self.drain(shard)
            if self.sent == before:
                return

    async def settled(self) -> None:
        """Wait until what is due is on its way no longer: sent, put off, or held."""
        await self.drain_all()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_WITHIN_S):
                while self._draining:
                    await asyncio.wait(tuple(self._draining.values()))

    async def drain(self, shard: int) -> None:
        """Send what is due in one shard until nothing is left that can go now."""
        passed_over: set[int] = set()
        while not self._stopping and (
            plans := await self._runner.run(lambda uow: self._claim(uow, shard, passed_over))
        ):
            failpoints.pass_("after claim")
            await asyncio.gather(*(self._send(plan) for plan in plans if plan is not None))

    async def _look_for_work(self, *, recover: bool) -> None:
        now = self._clock.now()
        try:
            if recover:
                await self._runner.run(lambda uow: _recover(uow, now, everything=False))
            self._busy |= set(await self._runner.read(lambda uow: uow.outbox.busy_shards(now)))
        except Exception:  # edge of a loop: the database may be away for a while
            logger.exception("looking for due messages failed")

    def _start_drains(self) -> None:
        """One task per busy shard, a few at once; a shard that is being drained waits its turn."""
        for shard in sorted(self._busy):
            if len(self._draining) >= SHARDS_AT_ONCE:
                return
            if shard in self._draining:
                continue
            self._busy.discard(shard)
            task = asyncio.create_task(self._drain_safely(shard))
            self._draining[shard] = task

    async def _drain_safely(self, shard: int) -> None:
        try:
            await self.drain(shard)
        except Exception:  # edge of a loop: leases run out, the rows come back
            logger.exception("draining shard %s failed", shard)
        finally:
            del self._draining[shard]
            if self._busy:
                self._woken.set()

    def _claim(self, uow: UnitOfWork, shard: int, passed_over: set[int]) -> list[Plan | None]:
        """Claim rows and choose their doors; None for what is held, put off or passed over."""
        now = self._clock.now()
        closed = [
            name
            for name, channel in self._channels.items()
            if name not in self._ours or not channel.is_open
        ]
        rows = uow.outbox.claim(
            shard,
            now,
            lease=LEASE,
            limit=CLAIMED_AT_ONCE,
            closed=closed,
            passed_over=passed_over,
        )
        plans = []
        for row in rows:
            plan = self._plan(uow, row, now)
            if plan is not None and plan.channel in closed:
                # Another process may hold the connection: the row stays due, for its next look.
                uow.outbox.retry(row.id, now)
                passed_over.add(row.id)
                plan = None
            plans.append(plan)
        return plans

    def _plan(self, uow: UnitOfWork, row: OutboxRow, now: datetime) -> Plan | None:
        if row.channel is not None:
            return Plan(row, row.channel, row.account, row.room, row.via, None, None)
        assert row.person_id is not None, "a row without a channel has a person"
        desk = self._desk()
        lines = uow.conversations.lines_of(row.person_id)
        door = choose_door(
            row.priority,
            [_door_line(index, line, now) for index, line in enumerate(lines)],
            quiet_until=desk.quiet.until(now, desk.zone),
            now=now,
        )
        if isinstance(door, Open):
            line = lines[door.index]
            spends = line if door.event is not None else None
            return Plan(row, line.channel, line.account, None, line.via, spends, door.event)
        if isinstance(door, Later):
            uow.outbox.retry(row.id, door.at)
        else:
            _hold(uow, row, now)
        return None

    async def _send(self, plan: Plan) -> None:
        channel = self._channels.get(plan.channel)
        if channel is None:
            # Another process may hold the connection: leave the row to it.
            await self._retry(plan, BACKOFF_FIRST, f"no channel {plan.channel} in this process")
            return
        async with self._lanes[plan.channel]:
            if self._stopping:
                await self._runner.run(lambda uow: uow.outbox.give_back(plan.row))
                return
            begun = await self._runner.run(
                lambda uow: uow.outbox.begin_sending(plan.row, self._clock.now(), lease=LEASE)
            )
            if not begun:
                return
            failpoints.pass_("before send")
            try:
                async with asyncio.timeout(SEND_WITHIN_S):
                    await channel.send(_delivery(plan))
                failpoints.pass_("after send")
            except TimeoutError:
                await self._settle(plan, OutboxStatus.UNKNOWN, "no answer in time")
            except ChannelError as error:
                await self._handle(plan, error)
            except Exception as error:  # edge of a send: one bad message must not stop the others
                logger.exception("sending %s failed", plan.row.key)
                await self._settle(plan, OutboxStatus.UNKNOWN, type(error).__name__)
            else:
                await self._settle(plan, OutboxStatus.SENT)
                self.sent += 1
                failpoints.pass_("after mark")

    async def _handle(self, plan: Plan, error: ChannelError) -> None:
        """What a failure of sending means for the row, see bot.channels.errors."""
        logger.info("%s was not delivered: %s: %s", plan.row.key, type(error).__name__, error)
        match error:
            case Throttled():
                await self._retry(plan, error.retry_after, error.reason)
            case OutcomeUnknown():
                await self._settle(plan, OutboxStatus.UNKNOWN, error.reason)
            case WindowClosed() | PermanentlyRefused():
                await self._close_door(plan, error)
            case ContentRefused():
                await self._fail(plan, error.reason)
            case Misconfigured():
                await self._retry(plan, MISCONFIGURED_RETRY, error.reason, ask_staff=True)
            case _:
                await self._retry(plan, _backoff(plan.row.attempts), error.reason)

    async def _close_door(self, plan: Plan, error: ChannelError) -> None:
        """This door is shut: the next claim finds another, or holds the row for the person."""
        now = self._clock.now()

        def work(uow: UnitOfWork) -> None:
            line = plan.line or _line_of(uow, plan)
            if line is not None and isinstance(error, PermanentlyRefused):
                uow.conversations.mark_unreachable(line)
            elif line is not None:
                uow.conversations.close_windows(line, now)
            if plan.row.channel is None:
                uow.outbox.retry(plan.row.id, now, error=error.reason)
            elif plan.row.person_id is not None:
                _hold(uow, plan.row, now)
            else:
                uow.outbox.settle(plan.row.id, OutboxStatus.FAILED, now, error=error.reason)
                _ask_staff(uow, plan.row, error.reason, now)

        await self._runner.run(work)

    async def _settle(self, plan: Plan, status: OutboxStatus, error: str = "") -> None:
        now = self._clock.now()

        def work(uow: UnitOfWork) -> None:
            uow.outbox.settle(plan.row.id, status, now, error=error)
            if plan.line is not None and plan.event is not None:
                uow.conversations.spend_window(plan.line, event=plan.event)
            if status is OutboxStatus.UNKNOWN:
                _show_unknown(uow, plan.row, error, now)

        await self._runner.run(work)

    async def _fail(self, plan: Plan, reason: str) -> None:
        now = self._clock.now()

        def work(uow: UnitOfWork) -> None:
            uow.outbox.settle(plan.row.id, OutboxStatus.FAILED, now, error=reason)
            _ask_staff(uow, plan.row, reason, now)

        await self._runner.run(work)

    async def _retry(
        self, plan: Plan, after: timedelta, reason: str, *, ask_staff: bool = False
    ) -> None:
        now = self._clock.now()
        if now - plan.row.created_at > GIVE_UP_AFTER:
            await self._fail(plan, reason)
            return

        def work(uow: UnitOfWork) -> None:
            uow.outbox.retry(plan.row.id, now + after, error=reason)
            if ask_staff:
                # One task for the channel: everything that goes by it meets the same.
                uow.tasks.open("push", plan.channel, now, note=reason[:60], urgency=2)

        await self._runner.run(work)


def _door_line(index: int, line: Line, now: datetime) -> DoorLine:
    def left(until: datetime | None, count: int) -> int:
        return count if until is not None and now < until else 0

    return DoorLine(
        index=index,
        reachable=line.reachable,
        rationed=line.message_window_until is not None or line.event_window_until is not None,
        message_left=left(line.message_window_until, line.message_window_left),
        event_left=left(line.event_window_until, line.event_window_left),
        spoke_at=line.spoke_at,
    )


def _delivery(plan: Plan) -> Delivery:
    return Delivery(
        key=plan.row.key,
        message=Message.from_json(plan.row.body),
        account=plan.account,
        room=plan.room,
        via=plan.via,
    )


def _backoff(attempts: int) -> timedelta:
    return min(BACKOFF_FIRST * (1 << min(attempts, 12)), BACKOFF_MOST)


def _hold(uow: UnitOfWork, row: OutboxRow, now: datetime) -> None:
    """Keep a row for the person's next message."""
    assert row.person_id is not None
    uow.outbox.settle(row.id, OutboxStatus.HELD, now)
    _count_waiting(uow, row.person_id)


def _count_waiting(uow: UnitOfWork, person_id: int) -> None:
    uow.conversations.count_held(person_id, uow.outbox.count_waiting(person_id))


def _line_of(uow: UnitOfWork, plan: Plan) -> Line | None:
    """The conversation row a plan goes to, where no window of it pays."""
    if plan.row.person_id is None:
        return None
    for line in uow.conversations.lines_of(plan.row.person_id):
        if (line.channel, line.account) == (plan.channel, plan.account):
            return line
    return None


def _recover(uow: UnitOfWork, now: datetime, *, everything: bool) -> None:
    """After a crash: what is of unknown outcome is never hidden from whom it was meant for."""
    for row in uow.outbox.recover(now, everything=everything).unknown:
        _show_unknown(uow, row, "killed twice while sending", now)


def _show_unknown(uow: UnitOfWork, row: OutboxRow, error: str, now: datetime) -> None:
    if row.person_id is not None:
        _count_waiting(uow, row.person_id)
    else:
        _ask_staff(uow, row, error, now)


def _ask_staff(uow: UnitOfWork, row: OutboxRow, reason: str, now: datetime) -> None:
    # What was meant for one person may be a sealed price: staff see the words of groups only.
    text = brief(Message.from_json(row.body).text, 20) if row.person_id is None else ""
    note = "：".join(filter(None, (text, reason[:60])))
    uow.tasks.open("push", row.key[:80], now, note=note, urgency=2)
