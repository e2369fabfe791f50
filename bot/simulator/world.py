"""The demo's little world: people, their chats, what is wrong today, and who is watching."""

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.simulator.bubbles import Option
from bot.simulator.cast import BOT_NAME, WECHAT, Actor, Group
from bot.simulator.windows import SendWindows

BOT = "bot"
SYSTEM = "system"
_MEDIA_BUDGET_BYTES = 64 * 1024 * 1024

News = tuple[str, object]  # what happened, and its JSON


class Clock(Protocol):
    def now(self) -> datetime: ...
    def advance(self, by: timedelta, /) -> object: ...


class UnknownSeat(LookupError):
    """Nobody sits there."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A person in a chat: the one place where they can say something."""

    account: str  # "<account>" in private, "<account>@<group>" in a group
    actor: Actor
    room: Group | None = None

    @property
    def chat(self) -> str:
        return f"group:{self.room.id}" if self.room else self.actor.account


@dataclass(frozen=True, slots=True)
class Blob:
    """A picture, recording or file somebody sent, kept in memory."""

    id: str
    kind: str  # image, voice, video, file
    name: str
    content_type: str
    content: bytes
    created_at: datetime

    @property
    def path(self) -> str:
        return f"/sim/files/{self.id}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One bubble of a chat. `sender` is an account, "bot" or "system"."""

    id: int
    chat: str
    at: datetime
    sender: str
    name: str
    text: str
    kind: str = "text"
    options: tuple[Option, ...] = ()
    media: tuple[Blob, ...] = ()
    platform_id: str = ""
    quote: str = ""

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "chat": self.chat,
            "at": self.at.isoformat(),
            "from": self.sender,
            "name": self.name,
            "text": self.text,
            "kind": self.kind,
            "choices": [asdict(option) for option in self.options],
            "media": [
                {
                    "id": blob.id,
                    "kind": blob.kind,
                    "name": blob.name,
                    "url": blob.path,
                    "size_bytes": len(blob.content),
                }
                for blob in self.media
            ],
            "message_id": self.platform_id,
            "quote": self.quote,
        }


@dataclass(frozen=True, slots=True)
class Troubles:
    """What goes wrong on purpose."""

    twice: bool = False  # every message reaches the bot two times, at the same moment
    late_s: float = 0  # … or this much later, in real seconds
    busy: bool = False  # the platforms' APIs answer "system busy"
    unreachable: bool = False  # the platforms' APIs cut the line
    window_closed: bool = False  # every send to a follower is answered 45015


class World:
    """Everything the simulated platforms know. One event loop, no locks."""

    def __init__(self, clock: Clock, cast: Iterable[Actor], groups: Iterable[Group]) -> None:
        self.id = secrets.token_hex(8)  # a page that sees another one begins anew
        self.clock = clock
        self.cast = {actor.account: actor for actor in cast}
        self.groups = {group.id: group for group in groups}
        self.windows = {
            actor.account: SendWindows() for actor in self.cast.values() if actor.channel == WECHAT
        }
        self.following = set(self.windows)
        self.troubles = Troubles()
        self.menu: list[dict[str, object]] = []
        self.connected = False  # whether the bot holds the OneBot line
        self.seats = {seat.account: seat for seat in self._seats()}
        self._people = {alias: a.account for a in self.cast.values() for alias in (a.key, a.name)}
        self._places = {alias: g.id for g in self.groups.values() for alias in (g.key, g.name)}
        self._chats: dict[str, list[Entry]] = {seat.chat: [] for seat in self.seats.values()}
        self._entries: dict[int, Entry] = {}
        self._blobs: dict[str, Blob] = {}
        self._last_id = 0
        self._watchers: set[asyncio.Queue[News | None]] = set()

    def _seats(self) -> Iterable[Seat]:
        for actor in self.cast.values():
            yield Seat(actor.account, actor)
        for group in self.groups.values():
            for account in group.members:
                yield Seat(f"{account}@{group.id}", self.cast[account], group)

    def seat(self, account: str, room: str | None = None) -> Seat:
        """Return the seat called `account`, or that of the account in a room; UnknownSeat.

        People and groups answer to their number, their key and their name: "xiaolin", "小林",
        "chengong@providers".
        """
        name = f"{account}@{room}" if room and "@" not in account else account
        who, at, where = name.partition("@")
        seat = self.seats.get(f"{self._people.get(who, who)}{at}{self._places.get(where, where)}")
        if seat is None:
            raise UnknownSeat(name)
        return seat

    def name_of(self, account: str) -> str:
        return self.cast[account].name if account in self.cast else account

    # -- chats -----------------------------------------------------------------------------

    def add(
        self,
        chat: str,
        sender: str,
        text: str,
        *,
        kind: str = "text",
        options: tuple[Option, ...] = (),
        media: tuple[Blob, ...] = (),
        platform_id: str = "",
        quote: str = "",
    ) -> Entry:
        self._last_id += 1
        entry = Entry(
            id=self._last_id,
            chat=chat,
            at=self.clock.now(),
            sender=sender,
            name={BOT: BOT_NAME, SYSTEM: ""}.get(sender) or self.name_of(sender),
            text=text,
            kind=kind,
            options=options,
            media=media,
            platform_id=platform_id,
            quote=quote,
        )
        self._chats.setdefault(chat, []).append(entry)
        self._entries[entry.id] = entry
        self.tell("entry", entry.to_json())
        return entry

    def note(self, chat: str, text: str) -> Entry:
        """Add a line that no person said: the app itself speaks."""
        return self.add(chat, SYSTEM, text, kind="system")

    def transcript(self, chat: str, *, after: int = 0) -> list[Entry]:
        return [entry for entry in self._chats[chat] if entry.id > after]

    def find(self, platform_id: str, chat: str | None = None) -> Entry | None:
        """The newest entry with this platform id, in one chat or anywhere."""
        entries = self._chats.get(chat, []) if chat else self._entries.values()
        return next((e for e in reversed(list(entries)) if e.platform_id == platform_id), None)

    def recall(self, entry: Entry) -> Entry:
        """Take a bubble back: its place stays, its content is gone for everybody."""
        gone = replace(
            entry,
            text=f"{entry.name}撤回了一条消息",
            kind="recalled",
            options=(),
            media=(),
            quote="",
        )
        chat = self._chats[entry.chat]
        chat[chat.index(entry)] = gone
        self._entries[entry.id] = gone
        self.tell("entry", gone.to_json())
        return gone

    # -- media -----------------------------------------------------------------------------

    def keep(self, kind: str, name: str, content_type: str, content: bytes) -> Blob:
        """Store content under a fresh id; the oldest goes when memory would grow too far."""
        blob = Blob(
            id=secrets.token_urlsafe(24),
            kind=kind,
            name=name,
            content_type=content_type,
            content=content,
            created_at=self.clock.now(),
        )
        self._blobs[blob.id] = blob
        while sum(len(b.content) for b in self._blobs.values()) > _MEDIA_BUDGET_BYTES:
            del self._blobs[next(iter(self._blobs))]
        return blob

    def blob(self, blob_id: str) -> Blob | None:
        return self._blobs.get(blob_id)

    # -- the world at large ----------------------------------------------------------------

    def advance(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.tell_state()

    def trouble(self, troubles: Troubles) -> None:
        self.troubles = troubles
        self.tell_state()

    def online(self, connected: bool) -> None:
        self.connected = connected
        self.tell_state()

    def state(self) -> dict[str, object]:
        now = self.clock.now()
        return {
            "world": self.id,
            "now": now.isoformat(),
            "connected": self.connected,
            "troubles": asdict(self.troubles),
            "menu": self.menu,
            "windows": {
                account: {
                    "following": account in self.following,
                    "open": [
                        {
                            "scene": window.scene,
                            "remaining": window.remaining,
                            "total": window.total,
                            "expires_at": window.expires_at.isoformat(),
                        }
                        for window in windows.current(now)
                    ],
                }
                for account, windows in self.windows.items()
            },
        }

    # -- watching --------------------------------------------------------------------------

    def watch(self) -> asyncio.Queue[News | None]:
        """A queue for one spectator until `unwatch`; None in it says that the show is over."""
        queue: asyncio.Queue[News | None] = asyncio.Queue()
        self._watchers.add(queue)
        return queue

    def unwatch(self, queue: asyncio.Queue[News | None]) -> None:
        self._watchers.discard(queue)

    def dismiss(self) -> None:
        """Send every spectator home."""
        for queue in self._watchers:
            queue.put_nowait(None)

    def tell(self, event: str, data: object) -> None:
        for queue in self._watchers:
            queue.put_nowait((event, data))

    def tell_state(self) -> None:
        self.tell("state", self.state())
