"""What a chat app makes of a message: the visible text and what in it can be tapped."""

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Option:
    """Something to tap. `menu_id` is set when the platform itself offers it, not only our eyes."""

    label: str
    say: str
    menu_id: str | None = None


@dataclass(frozen=True, slots=True)
class Bubble:
    text: str
    options: tuple[Option, ...] = ()


_ANCHOR = re.compile(r"<a\b[^>]*?\bhref\s*=\s*([\"'])(.*?)\1[^>]*>(.*?)</a>", re.I | re.S)
# A digit that opens an option: at the start of a line, or after a space or the end of a sentence.
_MARKER = re.compile(
    r"(?:^|(?<=[\s。！？：；，?!:;,]))([1-9１-９])(?:[.、．)）][ \u3000]*|[ \u3000]+)(?=[^\s\d])",
    re.M,
)
_SENTENCE_END = re.compile(r"[。！？；，]|\s{2}|\n")
_LONGEST_LABEL = 24


def rich_text(source: str) -> Bubble:
    """Read the two anchors WeChat understands in a text: web links and tappable answers."""
    options: list[Option] = []

    def show(match: re.Match[str]) -> str:
        target, label = unescape(match[2]), match[3]
        parts = urlsplit(target)
        if parts.scheme == "weixin" and parts.netloc == "bizmsgmenu":
            query = parse_qs(parts.query)
            said = query.get("msgmenucontent", [label])[0]
            options.append(Option(label, said, query.get("msgmenuid", [""])[0]))
            return label
        return f"{label} {target}" if parts.scheme in ("http", "https") else label

    return Bubble(_ANCHOR.sub(show, source), tuple(options))


def numbered_options(text: str) -> tuple[Option, ...]:
    """Find "1 发布　2 改" or one numbered line each: what a reader would answer with a digit.

    The numbers must run 1, 2, …, either in one line with nothing but their labels between them
    or each at the start of its line; a number inside a sentence is not an option.
    """
    markers = list(_MARKER.finditer(text))
    for start in reversed(range(len(markers))):
        options = _run(text, markers[start:])
        if len(options) > 1:
            return options
    return ()


def _run(text: str, markers: list[re.Match[str]]) -> tuple[Option, ...]:
    """Read the options that follow one another from the first marker, which must be a 1."""
    options: list[Option] = []
    marker = markers[0] if _digit(markers[0]) == 1 else None
    while marker:
        number = len(options) + 1
        rest = text[marker.end() :].partition("\n")[0]
        following = next(
            (m for m in markers if _digit(m) == number + 1 and _follows(m, marker)), None
        )
        if following and following.start() < marker.end() + len(rest):
            rest = rest[: following.start() - marker.end()]
        options.append(Option(_short(rest), str(number)))
        marker = following
    return tuple(options)


def _follows(marker: re.Match[str], earlier: re.Match[str]) -> bool:
    """Whether a marker stands after another one with a label between them, not a sentence."""
    if marker.start() < earlier.end():
        return False
    between = marker.string[earlier.end() : marker.start()]
    return between.endswith(("\n", "\u3000")) or not _SENTENCE_END.search(between.strip())


def _digit(marker: re.Match[str]) -> int:
    return int(marker[1])  # full-width digits are digits, too


def _short(label: str) -> str:
    label = _SENTENCE_END.split(label.strip())[0].strip()
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"
