"""Saying things on QQ through OneBot: a `Delivery` becomes one call with array segments."""

import asyncio
import base64
import re
from collections.abc import Iterator
from pathlib import Path

from bot.channels import Delivery, Receipt
from bot.channels.errors import ContentRefused, PermanentlyRefused
from bot.channels.onebot import cq
from bot.channels.onebot.connections import Connections
from bot.channels.onebot.cq import Segment
from bot.channels.onebot.failures import Answer
from bot.channels.onebot.frames import BrokenFrame, Fields, clean, is_qq_number
from bot.channels.onebot.inbound import CHANNEL
from handlers.message import Choice, Media, Message

MAX_PICTURE_BYTES = 10 << 20

_ADDRESS = re.compile(r"https?://\S+|base64://[A-Za-z0-9+/=]+")
# What an implementation calls a picture it has received. No slash: it must not name a file of
# the other machine. An ending: the id of another platform would only be refused.
_PLATFORM_FILE = re.compile(
    r"[\w{}-][\w.{}-]{0,120}\.(?:jpe?g|png|gif|webp|bmp|image)", re.ASCII | re.I
)


class OneBotChannel:
    """Sends through whichever implementation is connected to this process.

    Pictures of ours lie under `pictures`; no other file of this machine is ever read, because a
    media reference may have come from a stranger. Files cannot be sent in the standard: they
    become a line with their name and address.
    """

    def __init__(self, connections: Connections, *, pictures: Path | None = None) -> None:
        self._connections = connections
        self._pictures = pictures.resolve() if pictures else None

    @property
    def name(self) -> str:
        return CHANNEL

    @property
    def is_open(self) -> bool:
        return bool(self._connections.speaking())

    async def send(self, delivery: Delivery) -> Receipt:
        """Send once. `Receipt.platform_id` is what `Inbound.quoted_id` says when it is quoted.

        Raises:
            ChannelError: of `bot.channels.errors`; OutcomeUnknown if no answer came.
        """
        assert (delivery.account is None) != (delivery.room is None)
        number = delivery.room or delivery.account or ""
        if not is_qq_number(number):
            raise PermanentlyRefused(f"{number!r} is not a QQ number")
        segments = await asyncio.to_thread(self._segments, delivery)
        if not segments:
            raise ContentRefused("nothing to say")
        in_room = delivery.room is not None
        answer = await self._connections.call(
            "send_group_msg" if in_room else "send_private_msg",
            {
                "group_id" if in_room else "user_id": int(number),
                "message": [segment.to_json() for segment in segments],
            },
            via=delivery.via,
            room=delivery.room,
        )
        if failure := answer.failure():
            raise failure
        return Receipt(_sent_id(answer))

    def _segments(self, delivery: Delivery) -> list[Segment]:
        """The message in parts. Reads pictures from the disk."""
        message, written = delivery.message, []
        pictures = [self._picture(one) for one in message.media]
        lines = [*_lines(message), *_files(message.media, pictures)]
        # Nobody but an account: "all" would call the whole group.
        if delivery.room and is_qq_number(message.mention):
            written.append(Segment("at", {"qq": message.mention}))
            lines[:1] = [f" {line}" for line in lines[:1]]
        if lines:
            written.append(cq.text(clean("\n".join(lines))))
        return written + [one for one in pictures if one is not None]

    def _picture(self, media: Media) -> Segment | None:
        """An image segment; None for what is no picture or cannot be shown as one."""
        if media.kind != "image":
            return None
        if content := self._read(media.ref):
            return Segment("image", {"file": f"base64://{content}"})
        if _ADDRESS.fullmatch(media.ref) or _PLATFORM_FILE.fullmatch(media.ref):
            return Segment("image", {"file": media.ref})
        return None

    def _read(self, ref: str) -> str:
        """A picture of ours in base64; "" if there is none that can be sent."""
        if self._pictures is None or "://" in ref:
            return ""
        try:
            path = (self._pictures / ref).resolve()
            if not path.is_relative_to(self._pictures) or not path.is_file():
                return ""
            if path.stat().st_size > MAX_PICTURE_BYTES:
                return ""
            return base64.b64encode(path.read_bytes()).decode()
        except (OSError, ValueError):
            return ""  # no name a file can have, or taken away meanwhile


def _lines(message: Message) -> list[str]:
    lines = [message.text] if message.text else []
    if message.unsaid_choices:
        lines.append(_numbered(message.unsaid_choices))
    return lines


def _numbered(choices: tuple[Choice, ...]) -> str:
    """All choices in one line: QQ has no buttons here, people answer with the number."""
    labels = (" ".join(choice.label.split()) for choice in choices)
    return "　".join(f"{number} {label}" for number, label in enumerate(labels, start=1))


def _files(media: tuple[Media, ...], pictures: list[Segment | None]) -> Iterator[str]:
    """A line for everything that is not sent as a picture."""
    for one, picture in zip(media, pictures, strict=True):
        if picture is None:
            address = one.ref if re.match(r"https?://", one.ref) else ""
            yield " ".join(part for part in ("📎", one.name, address) if part)


def _sent_id(answer: Answer) -> str:
    try:
        message_id = Fields({"data": answer.data}).inside("data").message_id("message_id")
    except BrokenFrame:
        return ""  # sent without an id: "async", or an implementation that tells none
    return f"{answer.self_id}:{message_id}"
