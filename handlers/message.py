"""Channel-neutral values: what arrives from people and what is said to them."""

import json
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from enum import StrEnum

from market.doors import SendWindow


class Kind(StrEnum):
    """What a person did. Everything typed, tapped or spoken with a transcript is TEXT."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"  # without a usable transcript
    VIDEO = "video"
    LOCATION = "location"
    LINK = "link"
    FILE = "file"
    SUBSCRIBE = "subscribe"  # started following, became a friend
    UNSUBSCRIBE = "unsubscribe"
    SCAN = "scan"  # of a QR code of ours; `scene` says which
    NOTICE = "notice"  # the platform tells us something nobody said; never answered
    OTHER = "other"  # a message of a type we do not know


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, recording or file. `ref` is the platform's id for it, or our own path.

    `sha256` and `size_bytes` are known once the content was fetched.
    """

    kind: str  # image, voice, video, file
    ref: str
    name: str = ""
    sha256: str = ""
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    latitude: float
    longitude: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message or event from one account on one channel.

    `message_id` is unique within the channel: the same id is the same message, however often
    and wherever it is delivered. `addressed` is false for group talk that does not name the bot.
    """

    channel: str  # "wechat", "onebot"
    message_id: str
    account: str  # who spoke: openid, QQ number
    kind: Kind
    sent_at: datetime
    text: str = ""
    room: str | None = None  # group id; None in private
    via: str = ""  # which account of ours received it
    addressed: bool = True
    quoted_id: str = ""  # message id of a quoted message
    quoted_text: str = ""
    nickname: str = ""
    media: tuple[Media, ...] = ()
    place: Place | None = None
    scene: str = ""  # of a scan; key of a menu click
    event: str = ""  # the platform's own name of an event, for the record
    passive: bool = False  # the platform takes our answer in its own response
    window: SendWindow | None = None  # what this lets us send later, unasked


def to_json(value: object) -> str:
    """Values of ours as JSON; moments and days as ISO says."""
    return _encode(value)


def _plain(value: object) -> object:
    """What JSON does not know: `asdict` would copy all that it does know, too."""
    if is_dataclass(value):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return str(value)


# Made once: `json.dumps` makes an encoder for every call that wants anything special.
_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=_plain, check_circular=False
).encode


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to tap or to number. `say` is what a person would type for the same effect."""

    label: str
    say: str


@dataclass(frozen=True, slots=True)
class Message:
    """Something said to a person or a room. `mention` is the account to @ in a group."""

    text: str
    choices: tuple[Choice, ...] = ()
    media: tuple[Media, ...] = ()
    mention: str = ""

    @property
    def unsaid_choices(self) -> tuple[Choice, ...]:
        """The choices, unless the text itself lists them all by their numbers."""
        listed = (
            any(f"{number}{mark}{choice.label}" in self.text for mark in (" ", "）", ". ", "、"))
            for number, choice in enumerate(self.choices, start=1)
        )
        return () if all(listed) else self.choices

    def to_json(self) -> str:
        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> "Message":
        raw = json.loads(text)
        return cls(
            text=raw["text"],
            choices=tuple(Choice(**choice) for choice in raw["choices"]),
            media=tuple(Media(**item) for item in raw["media"]),
            mention=raw["mention"],
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """What a turn answers its sender with; None as `message` means silence.

    `at` is when the turn was first taken: a repeated delivery gets the very same reply.
    """

    message: Message | None
    at: datetime
