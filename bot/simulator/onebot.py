"""Plays a OneBot v11 implementation: dials the bot, tells it what people say, serves its calls."""

import asyncio
import json
import logging
import secrets
from collections.abc import Coroutine, Mapping

import aiohttp

from bot.simulator.cast import BOT_ACCOUNT, BOT_NAME
from bot.simulator.onebot_api import OneBotApi
from bot.simulator.world import Blob, Entry, Seat, World

log = logging.getLogger(__name__)

_FIRST_RETRY_S, _LONGEST_RETRY_S = 0.2, 3.0

Segment = dict[str, object]
Event = dict[str, object]


class NotConnected(ConnectionError):
    """The bot does not hold the line, so nobody can reach it."""


class OneBotPlatform:
    def __init__(
        self,
        *,
        url: str,
        base_url: str,
        access_token: str,
        world: World,
        self_id: str = BOT_ACCOUNT,
        heartbeat_s: float = 15.0,
        wait_for_line_s: float = 5.0,
    ) -> None:
        self.self_id = self_id
        self._url = url
        self._base_url = base_url
        self._access_token = access_token
        self._world = world
        self._heartbeat_s = heartbeat_s
        self.wait_for_line_s = wait_for_line_s
        self._api = OneBotApi(world, self_id=self_id, base_url=base_url)
        self._line: aiohttp.ClientWebSocketResponse | None = None
        self._connected = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._spawn(self._keep_connected())

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._api.close()

    @staticmethod
    def new_id() -> str:
        # Ids of the real thing are 32-bit and scattered; so a restart does not repeat them.
        return str(secrets.randbelow(2**31 - 1) + 1)

    # -- what people do --------------------------------------------------------------------

    async def say(self, seat: Seat, text: str, *, message_id: str, quote: Entry | None) -> None:
        """Tell the bot what somebody typed; raises NotConnected."""
        segments = self._mentions(text)
        if quote is not None:
            segments.insert(0, {"type": "reply", "data": {"id": quote.platform_id}})
        await self._message(seat, segments, message_id)

    async def send_blob(self, seat: Seat, blob: Blob, *, message_id: str) -> None:
        kind = {"image": "image", "voice": "record", "video": "video"}.get(blob.kind, "file")
        data = {
            "file": blob.name,
            "file_id": blob.id,
            "url": self._base_url + blob.path,
            "file_size": str(len(blob.content)),
        }
        await self._message(seat, [{"type": kind, "data": data}], message_id)

    async def send_location(
        self, seat: Seat, *, latitude: float, longitude: float, label: str, message_id: str
    ) -> None:
        data = {"lat": f"{latitude:.6f}", "lon": f"{longitude:.6f}", "title": label, "content": ""}
        await self._message(seat, [{"type": "location", "data": data}], message_id)

    async def befriend(self, seat: Seat) -> None:
        """Tell the bot that somebody became its friend."""
        event = {
            "post_type": "notice",
            "notice_type": "friend_add",
            "user_id": int(seat.actor.account),
        }
        await self._hand_over(event)

    async def recall(self, seat: Seat, entry: Entry) -> None:
        """Somebody takes back a message of theirs."""
        event: Event = {
            "post_type": "notice",
            "notice_type": "group_recall" if seat.room else "friend_recall",
            "user_id": int(seat.actor.account),
            "message_id": int(entry.platform_id),
        }
        if seat.room:
            event |= {"group_id": int(seat.room.id), "operator_id": int(seat.actor.account)}
        await self._hand_over(event)

    async def _message(self, seat: Seat, segments: list[Segment], message_id: str) -> None:
        event: Event = {
            "post_type": "message",
            "message_type": "group" if seat.room else "private",
            "sub_type": "normal" if seat.room else "friend",
            "message_id": int(message_id),
            "user_id": int(seat.actor.account),
            "message": segments,
            "raw_message": raw_message(segments),
            "font": 14,
            "sender": {
                "user_id": int(seat.actor.account),
                "nickname": seat.actor.name,
                "sex": "unknown",
                "age": 0,
            },
        }
        if seat.room:
            event["group_id"] = int(seat.room.id)
            event["sender"] = {
                "user_id": int(seat.actor.account),
                "nickname": seat.actor.name,
                "card": seat.actor.card,
                "role": "member",
            }
        await self._hand_over(event)

    def _mentions(self, text: str) -> list[Segment]:
        """Split a text at "@小科" and "@" other members, as the app does on picking a name."""
        names = {BOT_NAME: self.self_id} | {a.name: a.account for a in self._world.cast.values()}
        segments: list[Segment] = []
        rest = text
        while rest:
            found = [(at, name) for name in names if (at := rest.find(f"@{name}")) >= 0]
            if not found:
                break
            at, name = min(found)
            if rest[:at]:
                segments.append({"type": "text", "data": {"text": rest[:at]}})
            segments.append({"type": "at", "data": {"qq": names[name]}})
            rest = rest[at + len(name) + 1 :]
        if rest:
            segments.append({"type": "text", "data": {"text": rest}})
        return segments

    # -- delivering ------------------------------------------------------------------------

    async def _hand_over(self, event: Event) -> None:
        """Deliver as today's troubles have it; raises NotConnected."""
        event = self._stamped(event)
        if self._world.troubles.late_s:
            self._spawn(self._deliver_later(event, self._world.troubles.late_s))
        else:
            await self._deliver(event)

    def _stamped(self, event: Event) -> Event:
        moment = int(self._world.clock.now().timestamp())
        return {"time": moment, "self_id": int(self.self_id)} | event

    async def _deliver_later(self, event: Event, late_s: float) -> None:
        await asyncio.sleep(late_s)
        try:
            await self._deliver(event)
        except NotConnected:
            log.warning("a late message found nobody at the other end")

    async def _deliver(self, event: Event) -> None:
        for _ in range(2 if self._world.troubles.twice else 1):
            await self._send(event)

    async def _send(self, frame: Mapping[str, object]) -> None:
        try:
            async with asyncio.timeout(self.wait_for_line_s):
                await self._connected.wait()
            assert self._line is not None
            await self._line.send_str(json.dumps(frame, ensure_ascii=False))
        except (TimeoutError, ConnectionError) as error:
            raise NotConnected("the bot does not hold the OneBot line") from error

    # -- the line --------------------------------------------------------------------------

    async def _keep_connected(self) -> None:
        retry_s = _FIRST_RETRY_S
        async with aiohttp.ClientSession() as session:
            while True:
                if not self._world.troubles.unreachable:
                    try:
                        await self._hold_line(session)
                        retry_s = _FIRST_RETRY_S
                    except (aiohttp.ClientError, OSError, TimeoutError) as error:
                        log.debug("no line to the bot yet: %s", error)
                await asyncio.sleep(retry_s)
                retry_s = min(retry_s * 2, _LONGEST_RETRY_S)

    async def _hold_line(self, session: aiohttp.ClientSession) -> None:
        headers = {
            "Authorization": f"Bearer {self._access_token}",
            "X-Self-ID": self.self_id,
            "X-Client-Role": "Universal",
            "User-Agent": "OneBot/11",
        }
        async with session.ws_connect(self._url, headers=headers, max_msg_size=16 << 20) as line:
            self._line = line
            await line.send_str(json.dumps(self._meta("lifecycle", sub_type="connect")))
            self._connected.set()
            self._world.online(True)
            beating = asyncio.create_task(self._beat(line))
            try:
                async for frame in line:
                    if frame.type is aiohttp.WSMsgType.TEXT:
                        await self._serve(line, frame.data)
            finally:
                beating.cancel()
                await asyncio.gather(beating, return_exceptions=True)
                self._connected.clear()
                self._line = None
                self._world.online(False)

    async def _serve(self, line: aiohttp.ClientWebSocketResponse, data: str) -> None:
        answer, notices = await self._api.answer(data)
        await line.send_str(json.dumps(answer, ensure_ascii=False))
        for notice in notices:
            # Not awaited: the line must go on being read while the notice is on its way.
            self._spawn(self._deliver_later(self._stamped(notice), 0))

    async def _beat(self, line: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            await asyncio.sleep(self._heartbeat_s)
            status = {"online": True, "good": True}
            beat = self._meta("heartbeat", status=status, interval=int(self._heartbeat_s * 1000))
            await line.send_str(json.dumps(beat))

    def _meta(self, kind: str, **more: object) -> Event:
        return self._stamped({"post_type": "meta_event", "meta_event_type": kind} | more)

    async def hang_up(self) -> None:
        """Drop the line as a lost network does; it is dialled again unless unreachable."""
        if self._line is not None:
            await self._line.close()

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def raw_message(segments: list[Segment]) -> str:
    """The same message as a CQ-code string."""
    return "".join(_cq(segment) for segment in segments)


def _cq(segment: Segment) -> str:
    data = segment["data"]
    assert isinstance(data, dict)
    if segment["type"] == "text":
        return _escape(str(data["text"]))
    inside = ",".join(f"{name}={_escape(str(value), ',')}" for name, value in data.items())
    return f"[CQ:{segment['type']},{inside}]"


def _escape(text: str, also: str = "") -> str:
    text = text.replace("&", "&amp;").replace("[", "&#91;").replace("]", "&#93;")
    return text.replace(",", "&#44;") if also else text
