"""Bring a message into one spelling while remembering where every character came from."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Protocol

MAX_CHARS = 2000  # nobody states a demand in more, and every grammar here is at worst quadratic

_CQ = re.compile(r"\[CQ:[^\]\n]*\]")
_SPACES = re.compile(r"\s+")
_EDGES = " \t\n,.;:!?~、。…·-—_*'\"“”‘’「」『』()[]<>《》"
_PLAIN = re.compile("[\x20-\x7e\u4e00-\u9fef]*")  # what folding leaves as it is
_SCRATCH = re.compile(r"[\W_]+")


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


@cache
def _converter() -> _Converter:
    # opencc costs 27 ms and 6 MB, so the first message pays for it and the import does not.
    from opencc import OpenCC

    converter: _Converter = OpenCC("t2s")
    return converter


@lru_cache(maxsize=8192)
def _fold_char(char: str) -> str:
    """NFKC of one character; invisible ones vanish, pictures and control characters are spaces."""
    category = unicodedata.category(char)
    if category in {"Cf", "Mn", "Me", "Cs", "Co", "Cn"} or char in "\u3164\ufe0f":
        return ""
    if category in {"So", "Sk", "Cc"} and char != "\n":
        folded = unicodedata.normalize("NFKC", char)
        return folded if folded != char and folded.isalnum() else " "
    return unicodedata.normalize("NFKC", char).replace("〜", "~")


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` in one spelling; `starts[i]`/`ends[i]` locate its i-th character in `source`."""

    source: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def original(self, start: int, end: int) -> str:
        """The exact substring of the source that became ``text[start:end]``."""
        left, right = self.span(start, end)
        return self.source[left:right]

    def span(self, start: int, end: int) -> tuple[int, int]:
        if start >= end:
            return 0, 0
        return self.starts[start], self.ends[end - 1]


@lru_cache(64)  # a turn folds its words for every question about them
def fold(text: str) -> Folded:
    """Cut, NFKC-fold and simplify a message, dropping CQ codes and emoji; lines are kept."""
    source = text[:MAX_CHARS]
    if _PLAIN.fullmatch(source) and "[CQ:" not in source:
        places = range(len(source))
        return Folded(source, _simplify(source), tuple(places), tuple(i + 1 for i in places))
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    holes = {m.start(): m.end() for m in _CQ.finditer(source)}
    i = 0
    while i < len(source):
        if i in holes:
            folded, end = " ", holes[i]
        else:
            folded, end = _fold_char(source[i]), i + 1
        if not folded and ends and unicodedata.category(source[i])[0] == "M":
            ends[-1] = end  # the keycap around a digit belongs to the digit
        for char in folded:
            chars.append(char)
            starts.append(i)
            ends.append(end)
        i = end
    joined = "".join(chars)
    return Folded(source, _simplify(joined), tuple(starts), tuple(ends))


def _simplify(text: str) -> str:
    if text.isascii():
        return text
    simplified = _converter().convert(text)
    # Phrase rules that change the length would break the map back to the source.
    if len(simplified) == len(text):
        return simplified
    return "".join(s if len(s := _converter().convert(char)) == 1 else char for char in text)


def squeeze(text: str) -> str:
    """One space for any run of white space, and no punctuation at the edges."""
    return _SPACES.sub(" ", text).strip(_EDGES)


def normalize(text: str) -> str:
    """The spelling every grammar and the catalogue work on."""
    return squeeze(fold(text).text)


def letters_only(text: str) -> str:
    """Lower-case letters and digits of a normal text: what two wordings are compared by."""
    return _SCRATCH.sub("", text.lower())


@cache
def command_slips() -> tuple[tuple[str, str], ...]:
    """Common slips of command words and what was meant, longest first."""
    lines = files("matching").joinpath("data/command_slips.tsv").read_text("utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return tuple(sorted(((p[0], p[1]) for p in pairs), key=lambda pair: -len(pair[0])))


_NUMBER = re.compile(r"(?<![A-Za-z0-9])([DOJRQ])\s*[-–—_#.]?\s*(\d{1,8})(?!\d)")


def command(normal: str) -> str:
    """A normal text as commands are looked up: Latin in capitals, ``d-1024`` as ``D1024``.

    A slip is mended only where it is the whole first word: 代办专利 is no slip of 待办.
    """
    text = _NUMBER.sub(_joined, normal.upper())
    if not text.startswith(_slips()):  # nearly always
        return text
    for slip, meant in command_slips():
        if text.startswith(slip) and not is_han(text[len(slip) : len(slip) + 1]):
            return meant + text[len(slip) :]
    return text


def _joined(number: re.Match[str]) -> str:
    return number[1] + number[2]  # a template would be taken apart anew at every match


@cache
def _slips() -> tuple[str, ...]:
    return tuple(slip for slip, _ in command_slips())


def is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"
