"""Who is connected: the implementations that dialled us, and calls of their actions."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from aiohttp import WSCloseCode, web

from bot.channels.errors import ChannelError, OutcomeUnknown, Unavailable
from bot.channels.onebot.failures import Answer
from bot.channels.onebot.frames import BrokenFrame, Fields, clean

log = logging.getLogger(__name__)

HEARTBEATS_MISSED = 2.5


@dataclass(frozen=True, slots=True)
class Patience:
    """How long we wait for what."""

    answer: timedelta = timedelta(seconds=20)
    shortest_heartbeat: timedelta = timedelta(seconds=1)  # a smaller interval is not believed
    # Three tries in all, as on WeChat: after the third the sender gets an apology.
    before_retry: tuple[timedelta, ...] = (timedelta(seconds=1), timedelta(seconds=6))
    to_finish: timedelta = timedelta(seconds=5)  # running turns, when we shut down


class Role(StrEnum):
    """What a socket is for; most implementations open one for both."""

    UNIVERSAL = "universal"
    API = "api"
    EVENT = "event"


class Connection:
    """One socket of one implementation. Answers find their calls by `echo`."""

    def __init__(self, self_id: str, role: Role, socket: web.WebSocketResponse) -> None:
        self.self_id = self_id
        self.role = role
        self.is_online = True  # until its heartbeat says that QQ has logged it out
        self.heartbeat: timedelta | None = None
        self._socket = socket
        self._calls: dict[str, asyncio.Future[Fields | None]] = {}  # None: the socket closed
        self._called = 0

    async def call(self, action: str, params: Mapping[str, object], *, within: timedelta) -> Answer:
        """Ask for an action and wait for its answer, whatever it is.

        Raises:
            Unavailable: the socket was closed before anything was sent.
            OutcomeUnknown: the call left and no answer came.
        """
        if self._socket.closed:
            raise Unavailable(f"{self.self_id} is not connected")
        self._called += 1
        echo = str(self._called)
        answer: asyncio.Future[Fields | None] = asyncio.get_running_loop().create_future()
        self._calls[echo] = answer
        frame = json.dumps({"action": action, "params": params, "echo": echo}, ensure_ascii=False)
        try:
            async with asyncio.timeout(within.total_seconds()):
                await self._socket.send_str(frame)
                found = await answer
        except TimeoutError:
            raise OutcomeUnknown(f"{action}: no answer from {self.self_id}") from None
        except ConnectionError:
            # Perhaps the frame was on its way already.
            raise OutcomeUnknown(f"{action}: lost {self.self_id}") from None
        finally:
            del self._calls[echo]
        if found is None:
            raise OutcomeUnknown(f"{action}: lost {self.self_id}")
        try:
            return _read_answer(self.self_id, found)
        except BrokenFrame as broken:
            raise OutcomeUnknown(f"{action}: answer not understood, {broken}") from None

    def settle(self, frame: Fields) -> None:
        """Hand an answer to the call that waits for it; late and foreign ones are dropped."""
        echo = frame.raw.get("echo")
        waiting = self._calls.get(echo) if isinstance(echo, str) else None
        if waiting is None or waiting.done():
            log.debug("onebot %s: an answer that no call waits for", self.self_id)
            return
        waiting.set_result(frame)

    def note(self, meta: Fields) -> None:
        """Take in a heartbeat; raises BrokenFrame. A lifecycle event tells nothing new."""
        if meta.text("meta_event_type") != "heartbeat":
            return
        if meta.has("interval") and (interval_ms := meta.integer("interval")) > 0:
            # A day at most: a larger number is a mistake and would overflow.
            self.heartbeat = timedelta(milliseconds=min(interval_ms, 86_400_000))
        was_online, status = self.is_online, meta.inside_or_empty("status")
        # null means that the implementation cannot tell.
        self.is_online = status.raw.get("online") is not False
        if self.is_online != was_online:
            log.warning("onebot %s is %s", self.self_id, "back" if self.is_online else "logged out")

    async def close(self, code: WSCloseCode, reason: str) -> None:
        """Close the socket; every call still waiting ends with OutcomeUnknown."""
        self.abandon()
        await self._socket.close(code=code, message=reason.encode())

    def abandon(self) -> None:
        for waiting in self._calls.values():
            if not waiting.done():
                waiting.set_result(None)


class Connections:
    """All implementations connected to this process, several bots at once."""

    def __init__(self, patience: Patience = Patience()) -> None:
        self.patience = patience
        self.at_close: list[Callable[[], Awaitable[None]]] = []
        self._open: dict[tuple[str, Role], Connection] = {}
        self._rooms: dict[str, set[str]] = {}  # bot → groups it is known to be in
        self._closing: set[asyncio.Task[None]] = set()

    def bots(self) -> tuple[str, ...]:
        """The numbers of all connected bots, in the order in which they came."""
        return tuple(dict.fromkeys(self_id for self_id, _ in self._open))

    def speaking(self) -> tuple[str, ...]:
        """The numbers of the bots that can send: connected, and logged in to QQ."""
        return tuple(self._speaking())

    def join(self, connection: Connection) -> None:
        """Register a connection; an older one of the same bot and role is closed."""
        key = (connection.self_id, connection.role)
        if old := self._open.pop(key, None):
            log.warning("onebot %s (%s) connected again", *key)
            closing = asyncio.create_task(old.close(WSCloseCode.POLICY_VIOLATION, "replaced"))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        self._open[key] = connection

    def leave(self, connection: Connection) -> None:
        """Forget a connection, unless a newer one has taken its place."""
        connection.abandon()
        key = (connection.self_id, connection.role)
        if self._open.get(key) is connection:
            del self._open[key]
        if connection.self_id not in self.bots():
            self._rooms.pop(connection.self_id, None)

    def learn_room(self, self_id: str, room: str) -> None:
        self._rooms.setdefault(self_id, set()).add(room)

    def forget_room(self, self_id: str, room: str) -> None:
        self._rooms.get(self_id, set()).discard(room)

    async def call(
        self,
        action: str,
        params: Mapping[str, object],
        *,
        via: str = "",
        room: str | None = None,
        timeout: timedelta | None = None,  # noqa: ASYNC109 (an asyncio.timeout cannot tell "left" from "never left")
    ) -> Answer:
        """Call an action of the bot `via`; "" lets any do it that is in `room`.

        In a room any bot of ours there may stand in for `via`; in private nobody can.

        Raises:
            Unavailable: no such bot is connected and logged in.
            OutcomeUnknown: the call left and no answer came.
        """
        connection = await self._choose(via, room)
        return await connection.call(action, params, within=timeout or self.patience.answer)

    async def close(self) -> None:
        """Close all sockets, then let what they brought be finished."""
        open_now = tuple(self._open.values())
        await asyncio.gather(
            *(one.close(WSCloseCode.GOING_AWAY, "shutting down") for one in open_now),
            *self._closing,
        )
        for finish in self.at_close:
            await finish()

    async def _choose(self, via: str, room: str | None) -> Connection:
        speaking = self._speaking()
        if via in speaking:
            return speaking[via]
        if not speaking or (via and room is None):
            raise Unavailable(f"{via or 'no bot'} is not connected")
        if room is not None and len(speaking) > 1:
            if not any(room in self._rooms.get(one, ()) for one in speaking):
                await asyncio.gather(*(self._ask_rooms(one) for one in speaking.values()))
            for self_id, connection in speaking.items():
                if room in self._rooms.get(self_id, ()):
                    return connection
        return next(iter(speaking.values()))

    def _speaking(self) -> dict[str, Connection]:
        # Where there are two sockets, the heartbeat arrives on the one for events.
        logged_out = {one.self_id for one in self._open.values() if not one.is_online}
        return {
            self_id: one
            for (self_id, role), one in self._open.items()
            if role is not Role.EVENT and self_id not in logged_out
        }

    async def _ask_rooms(self, connection: Connection) -> None:
        try:
            answer = await connection.call("get_group_list", {}, within=self.patience.answer)
            for group in Fields({"data": answer.data}).each("data"):
                self.learn_room(connection.self_id, group.qq_number("group_id"))
        except (ChannelError, BrokenFrame) as error:
            log.info("onebot %s does not tell its groups: %s", connection.self_id, error)


def _read_answer(self_id: str, frame: Fields) -> Answer:
    status = frame.text("status", "")
    # Some leave the code out where the status says it all.
    retcode = frame.integer("retcode") if frame.has("retcode") or not status else -1
    # "async" is retcode 1: taken, and nothing more will be said about it.
    is_done = status in ("ok", "async") if status else retcode in (0, 1)
    told = (frame.raw.get(name) for name in ("message", "msg", "wording"))
    words = dict.fromkeys(clean(one) for one in told if isinstance(one, str) and one)
    return Answer(self_id, retcode, is_done, data=frame.raw.get("data"), words=" ".join(words))
