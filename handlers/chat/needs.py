"""Which services a sentence asks for: one, a choice of three, or several at once."""

import re
from dataclasses import dataclass

from handlers.chat.counter_answers import refuses
from handlers.desk import Desk
from handlers.routing import Heard
from matching import Reading

VAGUE = 0.6  # how near the second candidate must come
SURE = 0.5  # how sure the matcher must be of each of several needs
SURER = 0.6  # the same, of what a longer sentence seems to ask for besides
SHORT = 12  # characters: a need said this briefly may mean any of a family of services

_SEVERAL = re.compile(r"都要|都做|都办|都想|两个都|一起办|还要(?![出带有能含])|另外")
# In a longer sentence only these begin another need: everything else may be about the first.
_BESIDES = re.compile(
    r"顺便|顺带|另外|此外|(?:还|也)(?:想|要|得|需要|打算)(?![求出带有能含])|同时(?:也|还)|再(?:帮|办|做|找|申请|申报|注册|报名)"
)
_LONGEST = 120  # characters
_BETWEEN = re.compile(
    r"[和与跟及、,，;；+]|还有|以及|都要|都做|都办|都想|还要(?![出带有能含])|另外|两个都|一起办"
)


@dataclass(frozen=True, slots=True)
class Need:
    """A sentence that asks for a service."""

    services: tuple[tuple[str, str], ...]  # (code, name): one if it is clear, else up to three

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(code for code, _ in self.services)


def parse_need(heard: Heard) -> Need | None:
    """A sentence whose words lead to a service of the catalogue."""
    search = heard.reading.search
    if search.decision == "none" or _is_about_a_number(heard):
        return None
    if heard.sender.provider_id is not None and refuses(heard.reading.normal):
        return None  # "不能再少了" answers a price
    if heard.sender.is_staff and search.decision != "match":
        return None  # colleagues say 报表 and mean their own work
    return need_of(heard.reading)


def need_of(reading: Reading) -> Need:
    """The likeliest service if it is clear, else three."""
    search = reading.search
    most = 1 if search.decision == "match" and not _is_vague(reading) else 3
    return Need(tuple((found.code, found.name) for found in search.services[:most]))


def several_needs(reading: Reading, desk: Desk) -> list[tuple[str, str]]:
    """ "查新和年费都要": two services or three, each named clearly; [] for anything else."""
    said = reading.normal
    if len(said) <= 2 * SHORT and _SEVERAL.search(said):
        parts, sure = _BETWEEN.split(said), SURE
    elif len(said) <= _LONGEST and _BESIDES.search(said):
        parts, sure = _BESIDES.split(said), SURER
    else:
        return []
    found = [desk.matcher.search(part, k=1) for part in parts if len(part.strip()) >= 2]
    named = {
        search.services[0].code: search.services[0].name
        for search in found
        if search.decision != "none" and search.confidence >= sure
    }
    return list(named.items()) if 2 <= len(named) <= 3 else []


def _is_about_a_number(heard: Heard) -> bool:
    """ "撤 O2050": short words about a demand or an order that exists are no new need."""
    return len(heard.command) <= SHORT and bool(re.search(r"[DOJ]\d{2,}", heard.command))


def _is_vague(reading: Reading) -> bool:
    """ "想搞个高新": a short word for a family of services, of which one is only likelier."""
    first, second = reading.search.services[:2]
    related = first.code[:5] == second.code[:5]
    return len(reading.normal) <= SHORT and related and second.score > VAGUE * first.score
