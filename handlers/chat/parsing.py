"""What the parsers of all nouns share: numbers in a command, whole-sentence patterns."""

import re

from handlers.routing import Heard

_DEMAND = re.compile(r"\bD[- ]?(\d{1,12})\b")
_ORDER = re.compile(r"\bO[- ]?(\d{1,12})\b|(?<![\dA-Z])0(\d{4,12})\b")  # 0 typed for O
_DISPUTE = re.compile(r"\bJ[- ]?(\d{1,12})\b")
_BARE = re.compile(r"(?<![\d.A-Z])(\d{4,9})(?![\d.])")
_EDGE = " 。，,.!！?？~～…、:：;；"


def demand_id(command: str) -> int | None:
    """The number after D, or a bare number of four digits and more."""
    found = _DEMAND.search(_spaced(command)) or _BARE.search(command)
    return int(found[1]) if found else None


def named_demand_id(command: str) -> int | None:
    """The number after D only."""
    found = _DEMAND.search(_spaced(command))
    return int(found[1]) if found else None


def order_id(command: str) -> int | None:
    """The number after O."""
    found = _ORDER.search(_spaced(command))
    return int(found[1] or found[2]) if found else None


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
    return re.sub(r"(?<=[\u4e00-\u9fff])(?=[A-Z0-9])|(?<=\d)(?=[\u4e00-\u9fff])", " ", command)
