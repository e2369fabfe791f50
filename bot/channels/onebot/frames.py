"""Reading JSON from an implementation: typed fields, or BrokenFrame with the field's name."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

MAX_FRAME_BYTES = 1 << 20

_QQ_NUMBER = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
_MESSAGE_ID = re.compile(r"[!-~]{1,128}")
# Neither UTF-8 nor PostgreSQL can hold these, yet JSON can spell them.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MILLISECONDS_FROM = 10**11  # in seconds that is the year 5138
_LAST_SECOND = 253_402_300_799  # of the year 9999


class BrokenFrame(Exception):
    """A frame is not what the protocol says; `field` is where, "" for the frame as a whole."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field or 'frame'} must be {expected}")
        self.field = field


def clean(text: str) -> str:
    """The text without what no database and no wire can carry."""
    return _UNSTORABLE.sub("\ufffd", text)


def is_qq_number(text: str) -> bool:
    return bool(_QQ_NUMBER.fullmatch(text))


def read_frame(text: str) -> "Fields":
    """The JSON object of a text frame; raises BrokenFrame."""
    if len(text) > MAX_FRAME_BYTES or len(text.encode()) > MAX_FRAME_BYTES:
        raise BrokenFrame("", f"at most {MAX_FRAME_BYTES} bytes")
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        # ValueError also stands for integers of thousands of digits.
        raise BrokenFrame("", "JSON") from None
    if not isinstance(raw, dict):
        raise BrokenFrame("", "an object")
    return Fields(raw)


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of a frame. Every reader raises BrokenFrame if the value is of another type.

    Implementations send null for "none" as often as they leave the field out: both are absent.
    """

    raw: Mapping[str, object]
    path: str = ""

    def has(self, name: str) -> bool:
        return self.raw.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        value = self.raw.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise BrokenFrame(self._named(name), "text")
        return clean(value)

    def integer(self, name: str) -> int:
        value = self.raw.get(name)
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value, re.ASCII):
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise BrokenFrame(self._named(name), "an integer")
        return value

    def qq_number(self, name: str) -> str:
        """The number of an account or a group, sent as a number or as text."""
        value = self._id(name)
        if not is_qq_number(value):
            raise BrokenFrame(self._named(name), "a QQ number")
        return value

    def message_id(self, name: str) -> str:
        """An opaque id: an int32 that may be negative, or text."""
        value = self._id(name)
        if not _MESSAGE_ID.fullmatch(value):
            raise BrokenFrame(self._named(name), "an id")
        return value

    def moment(self, name: str) -> datetime:
        seconds = self.integer(name)
        if seconds >= _MILLISECONDS_FROM:
            # NapCat falls back to JavaScript's clock when QQ sends no time.
            seconds //= 1000
        if not 0 < seconds <= _LAST_SECOND:
            raise BrokenFrame(self._named(name), "a time in seconds")
        return datetime.fromtimestamp(seconds, UTC)

    def inside(self, name: str) -> "Fields":
        value = self.raw.get(name)
        if not isinstance(value, Mapping):
            raise BrokenFrame(self._named(name), "an object")
        return Fields(value, self._named(name))

    def inside_or_empty(self, name: str) -> "Fields":
        return self.inside(name) if self.has(name) else Fields({}, self._named(name))

    def each(self, name: str) -> Iterator["Fields"]:
        """The objects of a list."""
        values = self.raw.get(name)
        if not isinstance(values, list):
            raise BrokenFrame(self._named(name), "a list")
        for position, value in enumerate(values):
            path = f"{self._named(name)}[{position}]"
            if not isinstance(value, Mapping):
                raise BrokenFrame(path, "an object")
            yield Fields(value, path)

    def _id(self, name: str) -> str:
        value = self.raw.get(name)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise BrokenFrame(self._named(name), "a number or text")
        if isinstance(value, int) and abs(value) >= 10**20:
            raise BrokenFrame(self._named(name), "an id")
        return str(value)

    def _named(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name
