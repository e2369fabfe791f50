"""What the parsers of all nouns share: numbers in a command, whole-sentence patterns."""

import re
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from handlers.routing import Heard
from market.errors import NotYourRole
from market.parties import Sender

END_OF_DAY = time(18)

_DEMAND = re.compile(r"\bD[- ]?(\d{1,12})\b")
_ORDER = re.compile(r"\bO[- ]?(\d{1,12})\b|(?<![\dA-Z])0(\d{4,12})\b")  # 0 typed for O
_DISPUTE = re.compile(r"\bJ[- ]?(\d{1,12})\b")
_BARE = re.compile(r"(?<![\d.A-Z])(\d{4,9})(?![\d.])")
# "验收 O2048", "验收：2048": an order's number behind a command word, if there is one.
ORDER_HEAD = r"\s*(?:订单)?\s*(?:[O0]?[- ]?\d{4,12})?\s*[:：,，]?\s*"
_PARTED = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Z0-9])|(?<=\d)(?=[\u4e00-\u9fff])")
_ASKED_AT_ONCE = 256  # a dozen parsers ask the same command for the same number
_EDGE = " 。，,.!！?？~～…、:：;；"


# 32000, 32,000.50元; 1,2,3 and 0.001 are no sums.
_PLAIN_YUAN = re.compile(r"¥?\s*(\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.(\d{1,2}))?\s*元?")


def plain_fen(text: str) -> int | None:
    """A sum as a colleague types it, in fen: digits, with thousands parted or not; else None."""
    found = _PLAIN_YUAN.fullmatch(text.strip())
    if found is None:
        return None
    return int(found[1].replace(",", "")) * 100 + int((found[2] or "0").ljust(2, "0"))


@lru_cache(_ASKED_AT_ONCE)
def demand_id(command: str) -> int | None:
    """The number after D, or a bare number of four digits and more."""
    found = _DEMAND.search(_spaced(command)) or _BARE.search(command)
    return int(found[1]) if found else None


@lru_cache(_ASKED_AT_ONCE)
def named_demand_id(command: str) -> int | None:
    """The number after D only."""
    found = _DEMAND.search(_spaced(command))
    return int(found[1]) if found else None


@lru_cache(_ASKED_AT_ONCE)
def order_id(command: str) -> int | None:
    """The number after O."""
    found = _ORDER.search(_spaced(command))
    return int(found[1] or found[2]) if found else None


@lru_cache(_ASKED_AT_ONCE)
def dispute_id(command: str) -> int | None:
    found = _DISPUTE.search(_spaced(command))
    return int(found[1]) if found else None


def after_head(heard: Heard, head: str) -> str | None:
    """The person's own words behind a command's head and number; None if it is another command.

    Read in the normal text, not in the upper-case command: they are stored and shown.
    """
    text = heard.reading.normal
    if heard.command != heard.reading.command or not heard.command.startswith(head):
        return None
    rest = re.sub(r"^\s*[DOJdoj0]?[- ]?\d{2,12}", "", text[len(head) :], count=1)
    return rest.strip(_EDGE + "　")


def is_one_of(heard: Heard, *phrases: str) -> bool:
    """Whether the whole message, without final particles, is one of these phrases."""
    text = heard.command.strip(_EDGE)
    return text in phrases or text.rstrip("吧了啊呀哦呢哈的") in phrases


def _spaced(command: str) -> str:
    """Chinese letters are word characters too: part them from the numbers."""
    return _PARTED.sub(" ", command)


def only_staff(sender: Sender) -> None:
    """Raises NotYourRole for everybody who is not bound as staff."""
    if not sender.is_staff:
        raise NotYourRole("staff")


def days_said(words: str) -> int | None:
    """``1 天``, ``两天``; None if no number of days is said."""
    found = re.search(r"(\d{1,2}|[一二两三四五六七])\s*[天日](?!\s*\d)", words)
    if found is None:
        return None
    if found[1].isdecimal():
        return int(found[1])
    return "零一二三四五六七".index(found[1].replace("两", "二"))


def moment_said(deadline: date | datetime | None, zone: ZoneInfo) -> datetime | None:
    """A day or hour that was read, as a moment: a day without an hour ends with office hours."""
    if deadline is None:
        return None
    if isinstance(deadline, datetime):
        return deadline.astimezone(UTC)
    return datetime.combine(deadline, END_OF_DAY, zone).astimezone(UTC)


def one_line(text: str) -> str:
    """What people wrote on several lines, for messages that have few."""
    return " ".join(text.split())


def tail(heard: Heard, upper: str) -> str:
    """The person's own spelling of the last part of a command."""
    normal = heard.reading.normal
    return normal[len(normal) - len(upper) :].strip() if upper else ""
