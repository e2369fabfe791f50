"""The platforms around running processes, and the people on them: real HTTP, real WebSockets.

What people see is what the platforms were given: passive replies, API calls, frames.
"""

import asyncio
import io
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
from aiohttp import web

from bot.simulator.cast import (
    BOT_ACCOUNT,
    CAST,
    CHENGONG,
    GROUPS,
    PROVIDER_GROUP,
    STAFF_GROUP,
    WECHAT,
    Actor,
    Role,
)
from bot.simulator.onebot_api import OneBotApi
from bot.simulator.wechat import Fields, WeChatPlatform
from bot.simulator.wechat_api import WeChatApi
from bot.simulator.windows import Scene
from bot.simulator.world import BOT, Blob, Entry, World
from tests.support.installation import ACCOUNT, ONEBOT_TOKEN, Installation, Process
from tests.support.onebot import group, private, segment

PATIENCE_S = 15.0
PUSH_WITHIN_S = 20.0

# 陈工 sits on QQ; a colleague of the same firm writes on WeChat.
COLLEAGUE = Actor(
    key="xiaowei",
    name="小韦",
    channel=WECHAT,
    account="oKeb03XiaoWeiAgencyLiuzhou03",
    role=Role.PROVIDER,
    company=CHENGONG.company,
    provider=CHENGONG.provider,
)


class RealClock:
    """The platforms live in the same time as the processes."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def advance(self, by: timedelta, /) -> None:
        raise NotImplementedError("real time passes by itself")


@dataclass(eq=False)
class Hearer:
    """Whoever has a chat with the bot in it: what it said there, and what of it was looked at."""

    stage: "Stage"
    chat: str
    _seen: set[int] = field(default_factory=set)

    @property
    def heard(self) -> list[Entry]:
        return [one for one in self.stage.world.transcript(self.chat) if one.sender == BOT]

    @property
    def unread(self) -> list[Entry]:
        return [one for one in self.heard if one.id not in self._seen]

    def _find(self, fragments: Sequence[str]) -> Entry | None:
        return next(
            (one for one in self.unread if all(part in shown(one) for part in fragments)), None
        )

    async def sees(self, *fragments: str, within_s: float = PATIENCE_S) -> str:
        """The first message not looked at yet that contains all the fragments, once it is there."""
        found = await self.hears(*fragments, within_s=within_s)
        assert found is not None, self.stage.story(f"{self.chat} should see {fragments}")
        return found

    async def hears(self, *fragments: str, within_s: float) -> str | None:
        """The same, for whoever has a plan if it does not come."""
        if not await self.stage.happens(lambda: self._find(fragments) is not None, within_s):
            return None
        found = self._find(fragments)
        assert found is not None
        self._seen.add(found.id)
        return shown(found)

    def ignores_the_rest(self) -> None:
        self._seen |= {one.id for one in self.unread}


@dataclass(eq=False)
class Person(Hearer):
    actor: Actor = CHENGONG

    async def says(self, text: str) -> str | None:
        """Say something in private; what a WeChat callback answered, None where nothing did."""
        if self.actor.channel != WECHAT:
            await self.stage.say_on_qq(self.actor, text)
            return None
        return await self.stage.push(self.actor, {"MsgType": "text", "Content": text}, said=text)

    async def says_in_group(self, text: str) -> None:
        await self.stage.say_on_qq(self.actor, text, room=PROVIDER_GROUP.id)

    async def follows(self) -> str | None:
        event: Fields = {"MsgType": "event", "Event": "subscribe"}
        return await self.stage.push(self.actor, event, said="（关注）")

    async def sends_picture(self, name: str, content: bytes) -> str | None:
        blob = self.stage.world.keep("image", name, "image/png", content)
        return await self.stage.push_picture(self.actor, blob)


class Line:
    """The OneBot implementation's end of the WebSocket; it serves the bot's calls."""

    def __init__(self, world: World, http: aiohttp.ClientSession) -> None:
        self._api = OneBotApi(world, self_id=BOT_ACCOUNT, base_url="")
        self._http = http
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        return self._socket is not None and not self._socket.closed

    async def dial(self, process: Process) -> None:
        await self.hang_up()
        headers = {
            "Authorization": f"Bearer {ONEBOT_TOKEN}",
            "X-Self-ID": BOT_ACCOUNT,
            "X-Client-Role": "Universal",
        }
        self._socket = await self._http.ws_connect(
            f"ws://127.0.0.1:{process.port}/onebot/v11/ws", headers=headers
        )
        self._reading = asyncio.create_task(self._read(self._socket))

    async def send(self, frame: object, copies: int = 1) -> None:
        """Send an event so many times at once; raises ConnectionError where nobody listens."""
        if self._socket is None or self._socket.closed:
            raise ConnectionResetError("the line is down")
        text = frame if isinstance(frame, str) else json.dumps(frame, ensure_ascii=False)
        for _ in range(copies):
            await self._socket.send_str(text)

    async def hang_up(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reading is not None:
            await self._reading
        self._socket = self._reading = None

    async def close(self) -> None:
        await self.hang_up()
        await self._api.close()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            answer, _ = await self._api.answer(message.data)
            with suppress(ConnectionError):  # killed between its call and our answer
                await socket.send_str(json.dumps(answer, ensure_ascii=False))


class Stage:
    """Both platforms, in the process of the test."""

    def __init__(self, url: str, http: aiohttp.ClientSession, cast: Iterable[Actor]) -> None:
        self.url = url
        self.http = http
        self.world = World(RealClock(), cast, GROUPS)
        self.wechat_api = WeChatApi(ACCOUNT, self.world, url)
        self.line = Line(self.world, http)
        self.provider_group = Hearer(self, f"group:{PROVIDER_GROUP.id}")
        self.staff_group = Hearer(self, f"group:{STAFF_GROUP.id}")
        self.copies = 1  # how many times each message is delivered, at the same instant
        self._platform = WeChatPlatform(
            callback_url="", base_url=url, account=ACCOUNT, world=self.world
        )
        self._people: dict[str, Person] = {}
        self._doors: list[Process] = []
        self._turns = 0
        self._qq_ids = itertools.count(1_000_001)
        self._wechat_ids = itertools.count(24_000_000_000_000_001)

    def person(self, actor: Actor) -> Person:
        return self._people.setdefault(actor.account, Person(self, actor.account, actor=actor))

    @property
    def hearers(self) -> tuple[Hearer, ...]:
        return (*self._people.values(), self.provider_group, self.staff_group)

    async def connect(self, *doors: Process) -> None:
        """WeChat calls these processes in turns; the OneBot line goes to the first."""
        self._doors = list(doors)
        await self.line.dial(doors[0])

    async def bind(self, person: Person, installation: Installation) -> None:
        """Have somebody invited by a command, and let them send the code."""
        actor = person.actor
        kind, what = ("providers", f"--provider={actor.provider}")
        if actor.role is Role.STAFF:
            kind, what = ("staff", f"--role={actor.staff_role}")
        name = [f"--name={actor.name}"] if actor.role is Role.STAFF else []
        invited = await installation.command(kind, "invite", what, *name, "--json")
        assert invited.code == 0, invited.err
        await person.says(f"绑定 {invited.rows[0]['code']}")
        await person.sees("绑定好了")

    # -- what people do --------------------------------------------------------------------

    async def say_on_qq(self, actor: Actor, text: str, *, room: str | None = None) -> None:
        """Type on QQ; the frame goes out as often as this stage delivers."""
        chat = f"group:{room}" if room else actor.account
        entry = self.world.add(chat, actor.account, text)
        fields: dict[str, object] = {
            "self_id": int(BOT_ACCOUNT),
            "time": int(entry.at.timestamp()),
            "message_id": next(self._qq_ids),
            "user_id": int(actor.account),
            "raw_message": text,
            "sender": {"user_id": int(actor.account), "nickname": actor.name, "card": actor.card},
        }
        if room:
            fields["group_id"] = int(room)
        frame = (group if room else private)([segment("text", text=text)], **fields)
        await self.line.send(frame, self.copies)

    async def push(self, actor: Actor, fields: Fields, *, said: str) -> str | None:
        """Deliver a follower's message or event, all copies at once; the one reply to all."""
        letter = self.letter(actor, fields, said=said)
        bodies = await asyncio.gather(*(self.post(letter) for _ in range(self.copies)))
        assert len(set(bodies)) == 1, self.story(f"the copies of {said!r} got different answers")
        return self.show(actor, bodies[0])

    def letter(self, actor: Actor, fields: Fields, *, said: str) -> Fields:
        """What the platform will push, any number of times; the person has said it now."""
        at = self.world.add(actor.account, actor.account, said).at
        is_event = fields["MsgType"] == "event"
        self.world.windows[actor.account].grant(Scene.TAP if is_event else Scene.MESSAGE, at)
        return {
            "ToUserName": ACCOUNT.original_id,
            "FromUserName": actor.account,
            "CreateTime": int(at.timestamp()),
            **fields,
            **({} if is_event else {"MsgId": next(self._wechat_ids)}),
        }

    async def push_picture(self, actor: Actor, blob: Blob) -> str | None:
        url = f"{self.url}{blob.path}"
        fields: Fields = {"MsgType": "image", "PicUrl": url, "MediaId": blob.id}
        return await self.push(actor, fields, said=f"[{blob.name}]")

    async def post(self, push: Fields) -> str:
        """One delivery to the next process, signed by itself; raises ClientError, TimeoutError."""
        door = self._doors[self._turns % len(self._doors)]
        self._turns += 1
        query, body = self._platform.envelop(push)
        headers = {"Content-Type": "text/xml"}
        async with (
            asyncio.timeout(PUSH_WITHIN_S),
            self.http.post(
                f"{door.url}/wechat", params=query, data=io.BytesIO(body.encode()), headers=headers
            ) as response,
        ):
            response.raise_for_status()
            return await response.text()

    def show(self, actor: Actor, body: str) -> str | None:
        """Put a passive reply before the person; its text."""
        reply = self._platform.read_reply(body, to=actor.account)
        if reply is not None:
            self.world.add(actor.account, BOT, reply.text)
        return reply.text if reply is not None else None

    # -- waiting and telling ---------------------------------------------------------------

    async def happens(self, true: Callable[[], bool], within_s: float) -> bool:
        """Wait for something to happen in the world; whether it did."""
        news = self.world.watch()
        try:
            async with asyncio.timeout(within_s):
                while not true():
                    await news.get()
        except TimeoutError:
            return False
        finally:
            self.world.unwatch(news)
        return True

    async def settled(self, within_s: float = PATIENCE_S) -> None:
        """Wait until nothing is on its way to anybody, as /metrics of the first process says."""
        until = time.monotonic() + within_s
        while left := await self._on_the_way():
            assert time.monotonic() < until, self.story(f"still on the way: {left}")
            await asyncio.sleep(0.05)

    async def _on_the_way(self) -> str:
        async with self.http.get(f"{self._doors[0].url}/metrics") as response:
            lines = (await response.text()).splitlines()
        wanted = ('kebao_outbox_rows{status="queued"}', 'kebao_outbox_rows{status="sending"}')
        return " ".join(one for one in lines if one.startswith(wanted) and not one.endswith(" 0.0"))

    async def nothing_more_is_said(self) -> None:
        """Everything that was said has been looked at, and nothing is on its way."""
        await self.settled()
        left = [f"{one.chat}: {shown(e)}" for one in self.hearers for e in one.unread]
        assert not left, self.story(f"nobody expected {left}")

    def story(self, complaint: str) -> str:
        chats = {hearer.chat for hearer in self.hearers}
        entries = sorted(
            (one for chat in chats for one in self.world.transcript(chat)), key=lambda one: one.id
        )
        lines = [f"{one.chat}\t{one.name}：{shown(one)}" for one in entries]
        return "\n".join([complaint, *lines])


def shown(entry: Entry) -> str:
    """A bubble as text, with what the platform lets people tap below it."""
    return "\n".join([entry.text, *(one.label for one in entry.options if one.menu_id is not None)])


@asynccontextmanager
async def open_stage(*more: Actor) -> AsyncIterator[Stage]:
    """The platforms' servers, listening."""
    app = web.Application(client_max_size=8 << 20)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        stage = Stage("", http, [*CAST, COLLEAGUE, *more])
        app.add_routes(stage.wechat_api.routes(""))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        stage.url = site.name
        try:
            yield stage
        finally:
            await stage.line.close()
            await runner.cleanup()
