"""Both neighbours of the OneBot channel: an implementation that dials us, and the application."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from aiohttp.test_utils import TestServer

from bot.channels.onebot import Patience
from handlers.message import Inbound, Message, Reply

TOKEN = "correct-horse-battery"
BOT = "10001"
OTHER_BOT = "10002"
ROOM = "700700"
PERSON = "20002"
AT = 1_790_000_000

QUICK = Patience(
    answer=timedelta(seconds=5),
    shortest_heartbeat=timedelta(milliseconds=10),
    before_retry=(timedelta(0), timedelta(0), timedelta(0)),
    to_finish=timedelta(seconds=1),
)


class Turns:
    """Stands for the application: remembers turns, holds them back, or fails them."""

    def __init__(self) -> None:
        self.taken: list[Inbound] = []
        self.tried = 0
        self.failures_left = 0
        self.held_texts: dict[str, asyncio.Event] = {}

    async def take(self, inbound: Inbound) -> Reply:
        self.tried += 1
        if self.failures_left:
            self.failures_left -= 1
            raise RuntimeError("the database is away")
        if held := self.held_texts.get(inbound.text):
            await held.wait()
        self.taken.append(inbound)
        return Reply(Message("答"), at=datetime(2026, 1, 1, tzinfo=UTC))

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.taken]


def event(post_type: str, **fields: object) -> dict[str, object]:
    return {"time": AT, "self_id": int(BOT), "post_type": post_type} | fields


def private(message: object, **fields: object) -> dict[str, object]:
    spoken: dict[str, object] = {
        "message_type": "private",
        "sub_type": "friend",
        "message_id": 311,
        "user_id": int(PERSON),
        "message": message,
        "raw_message": "",
        "font": 14,
        "sender": {"user_id": int(PERSON), "nickname": "小林"},
    }
    return event("message", **(spoken | fields))


def group(message: object, **fields: object) -> dict[str, object]:
    return private(
        message, **({"message_type": "group", "sub_type": "normal", "group_id": int(ROOM)} | fields)
    )


def heartbeat(interval_ms: int, *, online: bool = True) -> dict[str, object]:
    status = {"online": online, "good": online}
    return event("meta_event", meta_event_type="heartbeat", interval=interval_ms, status=status)


def segment(kind: str, **data: object) -> dict[str, object]:
    return {"type": kind, "data": data}


async def eventually(holds: Callable[[], bool], *, within_s: float = 5.0) -> None:
    """Poll until something holds; fails if it never does."""
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until, "it never happened"
        await asyncio.sleep(0.002)


@dataclass
class Implementation:
    """One socket of an implementation. `answers` says what it answers to an action."""

    socket: ClientWebSocketResponse
    calls: list[dict[str, object]] = field(default_factory=list)
    answers: dict[str, object] = field(default_factory=dict)
    is_mute: bool = False  # takes calls, never answers
    _reading: asyncio.Task[None] | None = None

    @classmethod
    async def dial(
        cls,
        session: ClientSession,
        server: TestServer,
        *,
        bot: str = BOT,
        token: str = TOKEN,
        role: str = "Universal",
    ) -> "Implementation":
        headers = {"Authorization": f"Bearer {token}", "X-Self-ID": bot, "X-Client-Role": role}
        url = server.make_url("/onebot/v11/ws")
        dialled = cls(await session.ws_connect(url, headers=headers))
        dialled._reading = asyncio.create_task(dialled._read())
        return dialled

    async def sends(self, frame: object) -> None:
        await self.socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))

    async def hangs_up(self) -> None:
        await self.socket.close()
        await self.is_hung_up_on()

    async def is_hung_up_on(self) -> int | None:
        """Wait until the socket is closed; the code it was closed with."""
        assert self._reading is not None
        await asyncio.wait_for(self._reading, 5)
        return self.socket.close_code

    async def _read(self) -> None:
        async for message in self.socket:
            assert message.type is WSMsgType.TEXT
            call = json.loads(message.data)
            self.calls.append(call)
            if not self.is_mute:
                await self.sends(self._answer(call))

    def _answer(self, call: Mapping[str, object]) -> object:
        default = {"status": "ok", "retcode": 0, "data": {"message_id": 900 + len(self.calls)}}
        answer = self.answers.get(str(call["action"]), default)
        assert isinstance(answer, dict)
        return {**answer, "echo": call["echo"]}


Dial = Callable[..., Awaitable[Implementation]]
