"""Events of an implementation → `Inbound`.

What makes a message "the same" (OneBot itself delivers once and gives no global id):

- Private: `self_id:message_id`. The id is a hash the implementation made up for its own account.
- Group: several bots of ours hear the same words under different ids. QQ numbers the messages of
  a group, so `group:user:seq` is the same from every bot, where the implementation tells it
  (NapCat `real_seq`, go-cqhttp and others `message_seq`).
- Group without such a number, several bots connected: `group:user:time:hash of the text`.
  Limits: the same words twice within a second count once; bots on implementations of which only
  one tells the number, or of which one connects between the two copies, are heard twice.
- A quoted message is named by `self_id:message_id`, the form in which `Receipt` names what we
  said. A quotation heard first by another bot than the one that spoke names an id of that bot's.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Sequence

from bot.channels.onebot import cq
from bot.channels.onebot.cq import Segment
from bot.channels.onebot.frames import BrokenFrame, Fields
from handlers.message import Inbound, Kind, Media, Place

CHANNEL = "onebot"
MAX_NICKNAME = 32

_MEDIA = {"image": "image", "record": "voice", "video": "video", "file": "file"}
_MEDIA_KIND = {"image": Kind.IMAGE, "voice": Kind.VOICE, "video": Kind.VIDEO, "file": Kind.FILE}
_LINKS = ("share", "json", "xml", "music", "forward", "contact")
_SAYS_NOTHING = ("text", "at", "reply")
# Letters and signs that show nothing although Unicode does not call them format characters.
_BLANK = re.compile("[\u034f\u115f\u1160\u2800\u3164\uffa0\ufe00-\ufe0f]")


def read_event(event: Fields, *, ours: Collection[str] = ()) -> Inbound | None:
    """What somebody did, or None for what concerns nobody: heartbeats, our own words, others'.

    `ours` are the numbers of all bots of ours that are connected; the receiving one need not be
    among them.

    Raises:
        BrokenFrame: a field we read is absent or of another type.
    """
    post_type = event.text("post_type")
    if post_type == "message":
        return _read_message(event, ours)
    if post_type == "notice":
        return _read_notice(event, ours)
    if post_type == "request":
        return _read_request(event)
    return None  # meta events; message_sent, which is an echo of ourselves; what we do not know


def _read_message(event: Fields, ours: Collection[str]) -> Inbound | None:
    self_id, user_id = event.qq_number("self_id"), event.qq_number("user_id")
    message_type, sub_type = event.text("message_type"), event.text("sub_type", "")
    # All anonymous members of a group share one number: it is nobody's account.
    if message_type not in ("private", "group") or sub_type in ("anonymous", "notice"):
        return None
    if user_id == self_id or user_id in ours:
        return None  # two bots of ours must never talk to each other

    segments = cq.read_segments(event)
    media = tuple(_media(segment) for segment in segments if segment.type in _MEDIA)
    text = cq.plain_text(segments).strip()
    quoted = next((one for one in segments if one.type == "reply"), None)
    room = event.qq_number("group_id") if message_type == "group" else None
    shared_id = _shared_id(event, text=text, alone=len({*ours, self_id}) == 1)
    called = _called(segments, {*ours, self_id} if shared_id else {self_id})
    return Inbound(
        channel=CHANNEL,
        message_id=shared_id or f"{self_id}:{event.message_id('message_id')}",
        account=user_id,
        kind=_kind(text, segments, media),
        sent_at=event.moment("time"),
        text=text,
        room=room,
        # Whichever bot brings it, the one that was called should answer.
        via=called or self_id,
        addressed=room is None or called is not None,
        quoted_id=f"{self_id}:{cq.value_of(quoted, 'id')}" if quoted else "",
        nickname=_nickname(event.inside_or_empty("sender")),
        media=media,
        place=next((_place(one) for one in segments if one.type == "location"), None),
    )


def _shared_id(event: Fields, *, text: str, alone: bool) -> str | None:
    """An id that all bots in the group agree on; None if there is none, or none is needed."""
    if event.text("message_type") != "group":
        return None
    spoken = f"{event.qq_number('group_id')}:{event.qq_number('user_id')}"
    # NapCat fills message_seq with its own message_id: that is no number of the group's.
    for name, meaningless in (
        ("real_seq", ("0",)),
        ("message_seq", ("0", event.message_id("message_id"))),
    ):
        if event.has(name) and (sequence := event.message_id(name)) not in meaningless:
            return f"{spoken}:{sequence}"
    if alone:
        return None
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return f"{spoken}:{int(event.moment('time').timestamp())}:{digest}"


def _called(segments: Sequence[Segment], bots: Collection[str]) -> str | None:
    """The first of these bots that is @-ed. `@all` calls everybody, hence nobody."""
    calls = (cq.value_of(one, "qq") for one in segments if one.type == "at")
    return next((number for number in calls if number in bots), None)


def _kind(text: str, segments: Sequence[Segment], media: Sequence[Media]) -> Kind:
    if text or all(one.type in _SAYS_NOTHING for one in segments):
        return Kind.TEXT
    if media:
        return _MEDIA_KIND[media[0].kind]
    if any(one.type == "location" for one in segments):
        return Kind.LOCATION
    return Kind.LINK if any(one.type in _LINKS for one in segments) else Kind.OTHER


def _media(segment: Segment) -> Media:
    name = segment.data.get("name") or segment.data.get("file", "")
    ref = cq.value_of(segment, "url", "file_id", "file")
    return Media(_MEDIA[segment.type], ref=ref, name=_file_name(name))


def _place(segment: Segment) -> Place:
    try:
        latitude, longitude = (float(cq.value_of(segment, name)) for name in ("lat", "lon"))
    except ValueError:
        raise BrokenFrame("location.lat", "a number") from None
    # Written so that NaN is refused too.
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise BrokenFrame("location.lat", "a place on Earth")
    return Place(latitude, longitude, segment.data.get("title", ""))


def _file_name(name: str) -> str:
    """The last part of a name somebody chose, for display; never a path, never an address."""
    return "" if "://" in name else name.replace("\\", "/").rpartition("/")[2][:128]


def _nickname(sender: Fields) -> str:
    return normal_name(sender.text("card", "")) or normal_name(sender.text("nickname", ""))


def normal_name(name: str) -> str:
    """A name fit for display: nothing invisible, nothing that turns the line around.

    For display only. No role is ever derived from a name.
    """
    visible = "".join(one for one in name if unicodedata.category(one)[0] != "C" or one.isspace())
    return " ".join(_BLANK.sub("", visible).split())[:MAX_NICKNAME].strip()


def _read_notice(event: Fields, ours: Collection[str]) -> Inbound | None:
    notice = event.text("notice_type")
    if notice == "friend_add":
        return _event(event, Kind.SUBSCRIBE, name=notice)
    if notice == "group_decrease" and event.text("sub_type", "") == "kick_me":
        return _event(event, Kind.NOTICE, name="group_decrease.kick_me", who="operator_id")
    if notice in ("group_upload", "offline_file"):
        return _read_file(event, ours, name=notice)
    return None


def _read_file(event: Fields, ours: Collection[str], *, name: str) -> Inbound | None:
    if event.qq_number("user_id") in {*ours, event.qq_number("self_id")}:
        return None
    file = event.inside("file")
    ref = next((file.text(one) for one in ("url", "id") if file.text(one, "")), None)
    if ref is None:
        raise BrokenFrame(f"{file.path}.id", "there")
    media = Media("file", ref=ref, name=_file_name(file.text("name", "")))
    return _event(event, Kind.FILE, name=name, media=media)


def _read_request(event: Fields) -> Inbound:
    request, sub_type = event.text("request_type"), event.text("sub_type", "")
    name = f"request.{request}.{sub_type}" if sub_type else f"request.{request}"
    # The comment is what a stranger wrote: it is kept out of `text`, where handlers look.
    return _event(event, Kind.NOTICE, name=name, scene=event.text("flag", ""))


def _event(
    event: Fields,
    kind: Kind,
    *,
    name: str,
    who: str = "user_id",
    media: Media | None = None,
    scene: str = "",
) -> Inbound:
    """An event that is no message. It has no id either: what it says stands for it."""
    self_id, sent_at = event.qq_number("self_id"), event.moment("time")
    account = event.qq_number(who if event.has(who) else "user_id")
    room = event.qq_number("group_id") if event.has("group_id") else None
    said = f"{room}:{account}:{scene}:{media.ref if media else ''}"
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    return Inbound(
        channel=CHANNEL,
        message_id=f"{self_id}:{name}:{int(sent_at.timestamp())}:{digest}",
        account=account,
        kind=kind,
        sent_at=sent_at,
        room=room,
        via=self_id,
        addressed=room is None,
        media=(media,) if media else (),
        scene=scene,
        event=name,
    )
