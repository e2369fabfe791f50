"""`Message` → what WeChat shows: one text within its length, and the passive reply around it.

wechatpy's replies are not used: they put text into CDATA as it is, so `]]>` in somebody's words
adds elements of their choosing, and a control character makes the whole reply unreadable.
"""

import json
from collections.abc import Callable
from datetime import datetime

from bot.channels.wechat.documents import Wire, legal
from handlers.message import Choice, Media, Message

SILENCE = b"success"
"""Accepts a push without saying anything; never encrypted."""

MAX_TEXT_BYTES = 2_000  # the platform refuses texts beyond 2 048 bytes (45002)
_MAX_CHOICES_BYTES = 800
_ELLIPSIS = "…"
_SENTENCE_ENDS = "\n。！？；!?;"
_PAUSES = "，、,：: 　"

LinkText = Callable[[Media], str]
"""How a file that WeChat cannot carry is named in the text; "" leaves it out."""


def link_text(media: Media) -> str:
    """Name and address of a file on the web; its name alone otherwise."""
    if media.ref.startswith(("https://", "http://")):
        return f"{media.name} {media.ref}".strip()
    return media.name


def shown_text(message: Message, link: LinkText = link_text, *, with_choices: bool = True) -> str:
    """The message as one text: words, then files, then numbered choices, at most 2 000 bytes.

    What is too long is cut in the words; files and choices are what the person acts on.
    """
    files = [legal(link(media)) for media in message.media if media.kind != "image"]
    tail = [line for line in files if line]
    if with_choices and message.unsaid_choices:
        tail.append(shorten(numbered(message.unsaid_choices), _MAX_CHOICES_BYTES))
    below = shorten("\n".join(tail), MAX_TEXT_BYTES * 3 // 4)
    if not below:
        return shorten(legal(message.text), MAX_TEXT_BYTES)
    room = MAX_TEXT_BYTES - len(below.encode()) - 1
    words = shorten(legal(message.text), room)
    return f"{words}\n{below}" if words else below


def numbered(choices: tuple[Choice, ...]) -> str:
    """Choices on one line: "1 发布　2 改". The number is what one types."""
    return "　".join(f"{n} {legal(choice.label)}" for n, choice in enumerate(choices, 1))


def shorten(text: str, max_bytes: int) -> str:
    """The text if it fits, else its beginning up to the end of a sentence, and "…".

    The text must be encodable (`legal`); the result never exceeds `max_bytes` of UTF-8.
    """
    encoded = text.encode()
    if len(encoded) <= max_bytes:
        return text
    kept = encoded[: max_bytes - len(_ELLIPSIS.encode())].decode("utf-8", "ignore")
    for marks in (_SENTENCE_ENDS, _PAUSES):
        end = max(kept.rfind(mark) for mark in marks) + 1
        # A sentence that ends in the first half would throw away more than it tidies.
        if end > len(kept) // 2:
            return kept[:end].rstrip() + _ELLIPSIS
    return kept + _ELLIPSIS


def fits_passively(message: Message) -> bool:
    """Whether a passive reply can carry it whole: pictures must be uploaded first."""
    return not any(media.kind == "image" for media in message.media)


def passive_reply(text: str, *, to: str, sender: str, at: datetime, wire: Wire) -> str:
    """The reply document, in the notation of the push. Equal arguments, equal documents."""
    seconds = int(at.timestamp())
    if wire is Wire.JSON:
        fields = {
            "ToUserName": to,
            "FromUserName": sender,
            "CreateTime": seconds,
            "MsgType": "text",
            "Content": legal(text),
        }
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return (
        f"<xml><ToUserName>{cdata(to)}</ToUserName><FromUserName>{cdata(sender)}</FromUserName>"
        f"<CreateTime>{seconds}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{cdata(text)}</Content></xml>"
    )


def cdata(text: str) -> str:
    """Any text as character data: what XML cannot carry is left out, `]]>` is split."""
    return f"<![CDATA[{legal(text).replace(']]>', ']]]]><![CDATA[>')}]]>"
