"""What the people of the demo can do, whichever platform they sit on."""

import hashlib
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.simulator.cast import WECHAT
from bot.simulator.onebot import NotConnected, OneBotPlatform
from bot.simulator.uploads import Upload
from bot.simulator.wechat import WeChatPlatform
from bot.simulator.world import Blob, Entry, Seat, World

_SPEECH_TYPES = {"image": "image", "audio": "voice", "video": "video"}
# 柳东新区, where the first buyer's factory would stand.
_HERE = (24.3907, 109.5381, "广西柳州市柳东新区官塘大道")
# One frame of silence in the format phones record.
_SILENCE = b"#!AMR\n" + b"\x3c" + bytes(31)


class NotPossible(ValueError):
    """What was asked for does not exist on that platform, or not for that person."""


@dataclass(frozen=True, slots=True)
class Said:
    """The platform accepted it. `reply` is the passive answer, if one came at once."""

    message_id: str
    reply: str | None = None

    def to_json(self) -> dict[str, object]:
        return {"message_id": self.message_id, "reply": self.reply}


class People:
    def __init__(self, world: World, wechat: WeChatPlatform, onebot: OneBotPlatform) -> None:
        self._world = world
        self._wechat = wechat
        self._onebot = onebot

    async def say(
        self,
        seat: Seat,
        text: str,
        *,
        message_id: str = "",
        menu_id: str | None = None,
        quote: object = None,
    ) -> Said:
        """Type a text; returns once the platform accepted it.

        A `message_id` used before is the same message delivered again: no second bubble.
        `quote` is the id of an entry of the same chat.

        Raises:
            NotPossible: not following, or nothing there to quote.
            NotConnected: the bot does not hold the line.
        """
        self._must_follow(seat)
        quoted = self._quoted(seat, quote)
        platform_id = self._platform_id(seat, message_id)
        if self._world.find(platform_id, seat.chat) is None:
            self._world.add(
                seat.chat,
                seat.actor.account,
                text,
                platform_id=platform_id,
                quote=quoted.text if quoted else "",
            )
        if seat.actor.channel == WECHAT:
            reply = await self._wechat.say(seat, text, message_id=platform_id, menu_id=menu_id)
            return Said(message_id or platform_id, reply)
        try:
            await self._onebot.say(seat, text, message_id=platform_id, quote=quoted)
        except NotConnected:
            self._note_offline(seat)
            raise
        return Said(message_id or platform_id)

    async def send_file(self, seat: Seat, upload: Upload) -> Said:
        """Send a picture, recording, video or any other file, as its content type says."""
        family = upload.content_type.partition("/")[0]
        kind = _SPEECH_TYPES.get(family, "file")
        blob = self._world.keep(kind, upload.name, upload.content_type, upload.content)
        return await self._send_blob(seat, blob)

    async def do(self, seat: Seat, event: str, details: Mapping[str, object]) -> Said:
        """Do one of the things that are not typing; raises NotPossible, NotConnected."""
        match event:
            case "location":
                return await self._send_location(seat, details)
            case "image":
                blob = self._world.keep("image", "照片.png", "image/png", sample_picture())
                return await self._send_blob(seat, blob)
            case "voice":
                blob = self._world.keep("voice", "语音.amr", "audio/amr", _SILENCE)
                heard = details.get("text")
                return await self._send_blob(seat, blob, heard=str(heard) if heard else None)
            case "recall":
                return await self._recall(seat, details.get("entry"))
        if seat.actor.channel == WECHAT:
            return await self._do_on_wechat(seat, event, details)
        if event == "subscribe" and seat.room is None:
            self._world.note(seat.chat, "已添加好友")
            await self._onebot.befriend(seat)
            return Said("")
        raise NotPossible(f"there is no {event} here")

    async def _do_on_wechat(self, seat: Seat, event: str, details: Mapping[str, object]) -> Said:
        match event:
            case "subscribe":
                self._world.note(seat.chat, "已关注")
                return Said("", await self._wechat.subscribe(seat, str(details.get("scene") or "")))
            case "unsubscribe":
                self._world.note(seat.chat, "已取消关注")
                await self._wechat.unsubscribe(seat)
                return Said("")
            case "scan":
                return Said("", await self._wechat.scan(seat, str(details.get("scene") or "")))
            case "click":
                self._must_follow(seat)
                return Said("", await self._wechat.click(seat, str(details.get("key") or "")))
        raise NotPossible(f"there is no {event} here")

    async def _send_blob(self, seat: Seat, blob: Blob, *, heard: str | None = None) -> Said:
        self._must_follow(seat)
        message_id = self._new_id(seat)
        self._world.add(
            seat.chat,
            seat.actor.account,
            heard or "",
            kind=blob.kind,
            media=(blob,),
            platform_id=message_id,
        )
        if seat.actor.channel == WECHAT:
            reply = await self._wechat.send_blob(seat, blob, message_id=message_id, heard=heard)
            return Said(message_id, reply)
        try:
            await self._onebot.send_blob(seat, blob, message_id=message_id)
        except NotConnected:
            self._note_offline(seat)
            raise
        return Said(message_id)

    async def _send_location(self, seat: Seat, details: Mapping[str, object]) -> Said:
        self._must_follow(seat)
        latitude = _degrees(details.get("latitude", _HERE[0]), 90)
        longitude = _degrees(details.get("longitude", _HERE[1]), 180)
        label = str(details.get("label") or _HERE[2])
        message_id = self._new_id(seat)
        self._world.add(
            seat.chat, seat.actor.account, label, kind="location", platform_id=message_id
        )
        if seat.actor.channel == WECHAT:
            reply = await self._wechat.send_location(
                seat, latitude=latitude, longitude=longitude, label=label, message_id=message_id
            )
            return Said(message_id, reply)
        try:
            await self._onebot.send_location(
                seat, latitude=latitude, longitude=longitude, label=label, message_id=message_id
            )
        except NotConnected:
            self._note_offline(seat)
            raise
        return Said(message_id)

    async def _recall(self, seat: Seat, entry_id: object) -> Said:
        entry = self._entry(seat, entry_id)
        if entry is None or entry.sender != seat.actor.account or not entry.platform_id:
            raise NotPossible("entry is the id of a message of one's own")
        self._world.recall(entry)
        if seat.actor.channel != WECHAT:  # an Official Account is never told
            await self._onebot.recall(seat, entry)
        return Said(entry.platform_id)

    def _quoted(self, seat: Seat, entry_id: object) -> Entry | None:
        if entry_id is None:
            return None
        entry = self._entry(seat, entry_id)
        if entry is None or not entry.platform_id or seat.actor.channel == WECHAT:
            raise NotPossible("quote is the id of a message of the same chat, not of a menu's")
        return entry

    def _entry(self, seat: Seat, entry_id: object) -> Entry | None:
        entries = self._world.transcript(seat.chat)
        return next((entry for entry in entries if entry.id == entry_id), None)

    def _must_follow(self, seat: Seat) -> None:
        if seat.actor.channel == WECHAT and seat.actor.account not in self._world.following:
            raise NotPossible(f"{seat.actor.name} does not follow the account")

    def _note_offline(self, seat: Seat) -> None:
        self._world.note(seat.chat, "机器人不在线，这条没有送到")

    def _new_id(self, seat: Seat) -> str:
        return self._wechat.new_id() if seat.actor.channel == WECHAT else self._onebot.new_id()

    def _platform_id(self, seat: Seat, wanted: str) -> str:
        """Return a number the platform could have given; the same word gives the same number."""
        if not wanted:
            return self._new_id(seat)
        largest = 2**63 - 1 if seat.actor.channel == WECHAT else 2**31 - 1
        if wanted.isascii() and wanted.isdigit() and 0 < int(wanted) <= largest:
            return str(int(wanted))
        return str(int.from_bytes(hashlib.sha256(wanted.encode()).digest()[:7]) % largest + 1)


def _degrees(value: object, largest: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > largest:
        raise NotPossible("latitude and longitude are degrees")
    return float(value)


def sample_picture(width: int = 240, height: int = 160) -> bytes:
    """Return a small PNG: soft diagonal stripes, enough to see that a picture arrived."""
    light, dark = b"\xdd\xe9\xe4", b"\xb9\xd3\xca"
    rows = b"".join(
        b"\0" + b"".join(dark if (x + y) // 20 % 2 else light for x in range(width))
        for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
