"""Fields of a push → `Inbound`: every message and event type of the platform, known or not."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime

from bot.channels.wechat.documents import Fields, legal
from bot.channels.wechat.refusals import Refused
from handlers.message import Inbound, Kind, Media, Place

CHANNEL = "wechat"
MAX_TEXT = 10_000
SAY_PREFIX = "say:"
"""Begins the ids of our own menu messages; what follows is what the tap says."""

_ACCOUNT = re.compile(r"[\w@.\-]{1,64}")
_MEDIA_ID = re.compile(r"[\w\-=+/.]{1,512}", re.ASCII)
_NUMBER = re.compile(r"\s*[+-]?\d{1,4}(\.\d{1,20})?\s*", re.ASCII)
_LAST_SECOND = 4_102_444_800  # 2100-01-01: later ones would overflow when deadlines are added
_LONGEST_KEY = 128  # of an event inside a message id, which is a database key


def read_inbound(fields: Fields) -> Inbound:
    """What the push says somebody did.

    Raises:
        Refused: 400, and nothing else, if a field that matters is missing, repeated or not
            of its type.
    """
    kind = _text(fields, "MsgType", required=True)
    if kind == "event":
        return _event(fields)
    return _READERS.get(kind, _unknown)(fields)


# Messages


def _words(fields: Fields) -> Inbound:
    """Typed text, or a tap in one of our menu messages (which arrives as its label)."""
    if "Content" not in fields:
        raise Refused(400, "Content is missing")
    said = _text(fields, "Content", limit=MAX_TEXT)
    tapped = _text(fields, "bizmsgmenuid", limit=MAX_TEXT)
    if tapped.startswith(SAY_PREFIX):
        said = tapped.removeprefix(SAY_PREFIX)
    return _message(fields, Kind.TEXT, text=said, scene=tapped)


def _image(fields: Fields) -> Inbound:
    # By MediaId only: PicUrl is an address of somebody else's choosing.
    return _message(fields, Kind.IMAGE, media=(_media(fields, "image"),))


def _voice(fields: Fields) -> Inbound:
    # Recognition is absent without the permission and "" when nothing was understood.
    said = _text(fields, "Recognition", limit=MAX_TEXT).strip()
    kind = Kind.TEXT if said else Kind.VOICE
    return _message(fields, kind, text=said, media=(_media(fields, "voice"),))


def _video(fields: Fields) -> Inbound:
    return _message(fields, Kind.VIDEO, media=(_media(fields, "video"),))


def _location(fields: Fields) -> Inbound:
    label = _text(fields, "Label", limit=200)
    place = Place(
        latitude=_degrees(fields, "Location_X", 90),
        longitude=_degrees(fields, "Location_Y", 180),
        label=label,
    )
    return _message(fields, Kind.LOCATION, text=label, place=place)


def _link(fields: Fields) -> Inbound:
    parts = [_text(fields, name, limit=2_000) for name in ("Title", "Description", "Url")]
    return _message(fields, Kind.LINK, text="\n".join(part for part in parts if part))


def _mini_program(fields: Fields) -> Inbound:
    return _message(fields, Kind.LINK, text=_text(fields, "Title", limit=2_000))


def _file(fields: Fields) -> Inbound:
    name, ref = _text(fields, "Title", limit=255), _text(fields, "FileKey", limit=512)
    size_bytes = _whole(_text(fields, "FileTotalLen") or "0", "FileTotalLen")
    file = Media(kind="file", ref=ref, name=name, size_bytes=size_bytes)
    return _message(fields, Kind.FILE, text=name, media=(file,) if ref else ())


def _unknown(fields: Fields) -> Inbound:
    kind = _text(fields, "MsgType")
    if kind.startswith("device_") or kind == "hardware":
        return _message(fields, Kind.NOTICE, event=kind)  # machines talking: nobody said it
    return _message(fields, Kind.OTHER, event=kind[:64])


_READERS: dict[str, Callable[[Fields], Inbound]] = {
    "text": _words,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _location,
    "link": _link,
    "miniprogrampage": _mini_program,
    "file": _file,
}


def _message(
    fields: Fields,
    kind: Kind,
    *,
    text: str = "",
    scene: str = "",
    event: str = "",
    media: tuple[Media, ...] = (),
    place: Place | None = None,
) -> Inbound:
    account, sent_at = _account(fields, "FromUserName"), _moment(fields)
    if "MsgId" in fields or not event:
        message_id = str(_whole(_text(fields, "MsgId", required=True), "MsgId"))
    else:  # a type of tomorrow need not have one
        message_id = _made_up_id(account, sent_at, event)
    return Inbound(
        channel=CHANNEL,
        message_id=message_id,
        account=account,
        kind=kind,
        sent_at=sent_at,
        text=text,
        via=_account(fields, "ToUserName"),
        media=media,
        place=place,
        scene=scene,
        event=event,
    )


# Events


_EVENT_KINDS = {
    "click": Kind.TEXT,
    "subscribe": Kind.SUBSCRIBE,
    "unsubscribe": Kind.UNSUBSCRIBE,
    "scan": Kind.SCAN,
}
"""What counts as said or done by a person. Everything else – VIEW, LOCATION, reports of jobs,
customer-service sessions, types of tomorrow – is a notice: kept, never answered."""


def _event(fields: Fields) -> Inbound:
    event = _text(fields, "Event", required=True, limit=64)
    kind = _EVENT_KINDS.get(event.lower(), Kind.NOTICE)
    # Reports of jobs have no EventKey; their MsgID tells two of one second apart.
    key = _text(fields, "EventKey", limit=2_000) or _text(fields, "MsgID", limit=64)
    text = ""
    if kind is Kind.TEXT:
        text = key  # our menu's keys are the words they stand for
    elif kind is Kind.NOTICE:
        text = _text(fields, "Status", limit=200)
    account, sent_at = _account(fields, "FromUserName"), _moment(fields)
    return Inbound(
        channel=CHANNEL,
        message_id=_made_up_id(account, sent_at, event, key),
        account=account,
        kind=kind,
        sent_at=sent_at,
        text=text,
        via=_account(fields, "ToUserName"),
        # The code of a person who follows through it arrives with a prefix, a follower's bare.
        scene=key.removeprefix("qrscene_"),
        event=event,
    )


def _made_up_id(account: str, sent_at: datetime, event: str, key: str = "") -> str:
    """What stands for a MsgId where the platform gives none; its repetitions agree on it."""
    if len(key) > _LONGEST_KEY:
        key = hashlib.sha256(key.encode()).hexdigest()
    return f"{account}:{int(sent_at.timestamp())}:{event}:{key}"


# Fields


def _text(fields: Fields, name: str, *, required: bool = False, limit: int = 1_000) -> str:
    """A field as legal text, cut to its limit; "" if absent."""
    value = fields.get(name, "")
    if isinstance(value, dict) and not value:
        value = ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # JSON pushes carry numbers
    if not isinstance(value, str):
        raise Refused(400, f"{name} is not one value")
    if required and not value:
        raise Refused(400, f"{name} is missing")
    return legal(value[:limit])


def _account(fields: Fields, name: str) -> str:
    value = _text(fields, name, required=True)
    if not _ACCOUNT.fullmatch(value):
        raise Refused(400, f"{name} is not an account")
    return value


def _media(fields: Fields, kind: str) -> Media:
    ref = _text(fields, "MediaId", required=True)
    if not _MEDIA_ID.fullmatch(ref):
        raise Refused(400, "MediaId is not an id")
    return Media(kind=kind, ref=ref)


def _whole(value: str, name: str) -> int:
    value = value.strip()
    if not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise Refused(400, f"{name} is not a whole number")
    return int(value)


def _moment(fields: Fields) -> datetime:
    seconds = _whole(_text(fields, "CreateTime", required=True), "CreateTime")
    if seconds >= _LAST_SECOND:
        raise Refused(400, "CreateTime is out of this century")
    return datetime.fromtimestamp(seconds, UTC)


def _degrees(fields: Fields, name: str, most: int) -> float:
    value = fields.get(name)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(400, f"{name} is not a number")
    if not abs(value) <= most:  # also refuses NaN
        raise Refused(400, f"{name} is not on Earth")
    return float(value)
