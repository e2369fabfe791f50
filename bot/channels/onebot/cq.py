"""Messages as segments, and as strings with CQ codes such as ``[CQ:at,qq=10001]``."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.channels.onebot.frames import BrokenFrame, Fields, clean

# A value must escape "[", so one attempt never reads past the next "[": however many codes are
# left unclosed, parsing stays linear. The quantifiers are possessive for the same reason.
_CODE = re.compile(r"\[CQ:([A-Za-z0-9_.-]++)((?:,[A-Za-z0-9_.-]++=[^,\[\]]*+)*+),?\]")
_NAME = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a message. `data` holds the parameters, unescaped."""

    type: str
    data: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        return {"type": self.type, "data": dict(self.data)}


def text(content: str) -> Segment:
    return Segment("text", {"text": content})


def parse_cq(string: str) -> tuple[Segment, ...]:
    """Read a string message. What is not a whole code is plain text; nothing is refused."""
    return tuple(_parse(string))


def _parse(string: str) -> Iterator[Segment]:
    begin = 0
    for code in _CODE.finditer(string):
        if begin < code.start():
            yield text(_unescape(string[begin : code.start()]))
        pairs = (pair.partition("=") for pair in code[2].split(",")[1:])
        yield Segment(code[1], {key: _unescape(value) for key, _, value in pairs})
        begin = code.end()
    if begin < len(string):
        yield text(_unescape(string[begin:]))


def to_cq(segments: Iterable[Segment]) -> str:
    """Write segments as a string message; `parse_cq` reads the same segments again."""
    return "".join(_written(segment) for segment in segments)


def _written(segment: Segment) -> str:
    if segment.type == "text":
        return _escape(segment.data.get("text", ""))
    assert _NAME.fullmatch(segment.type)
    assert all(_NAME.fullmatch(key) for key in segment.data)
    values = (f",{key}={_escape_value(value)}" for key, value in segment.data.items())
    return f"[CQ:{segment.type}{''.join(values)}]"


def read_segments(event: Fields, name: str = "message") -> tuple[Segment, ...]:
    """The segments of a message sent either as a string or as an array; raises BrokenFrame."""
    if isinstance(event.raw.get(name), str):
        return parse_cq(event.text(name))
    return tuple(_read_segment(fields) for fields in event.each(name))


def _read_segment(fields: Fields) -> Segment:
    kind, data = fields.text("type"), fields.inside_or_empty("data")
    if kind == "text":
        return text(data.text("text", ""))
    # Implementations add lists and objects of their own; we read none of those.
    scalars = ((key, _scalar(value)) for key, value in data.raw.items())
    return Segment(kind, {key: value for key, value in scalars if value is not None})


def _scalar(value: object) -> str | None:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    return clean(value) if isinstance(value, str) else None


def plain_text(segments: Iterable[Segment]) -> str:
    """What was typed, without pictures, faces and mentions."""
    return "".join(one.data.get("text", "") for one in segments if one.type == "text")


def value_of(segment: Segment, *names: str) -> str:
    """The first of these parameters that is not empty; raises BrokenFrame if none is."""
    for name in names:
        if value := segment.data.get(name):
            return value
    raise BrokenFrame(f"{segment.type}.{names[0]}", "there")


def _escape(content: str) -> str:
    return content.replace("&", "&amp;").replace("[", "&#91;").replace("]", "&#93;")


def _escape_value(value: str) -> str:
    return _escape(value).replace(",", "&#44;")


def _unescape(content: str) -> str:
    # The ampersand last: "&amp;#91;" stands for the five letters "&#91;".
    brackets = content.replace("&#44;", ",").replace("&#91;", "[").replace("&#93;", "]")
    return brackets.replace("&amp;", "&")
