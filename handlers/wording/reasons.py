"""How we say where a draft's service and values come from."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.wording.demands import budget
from handlers.wording.readings import RULES
from market.demands import Terms

_BUDGET = ("budget", "budget_vague", "budget_negotiable")
_SLOTS = {
    "deadline": "时间",
    "region": "地区",
    "quantity": "数量",
    "duration_days": "工期",
    "duration_workdays": "工期",
    "urgent": "加急",
}


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a service was thought of."""

    wording: str  # of the service itself: nobody hears what somebody else has said
    remembered: bool = False  # people confirmed it before for words like these


@dataclass(frozen=True, slots=True)
class Source:
    """The words that a value was read from, and the rule that read them."""

    words: str
    rule: str

    def __str__(self) -> str:
        how = RULES.get(self.rule)
        return f"读自“{self.words.strip()}”" + (f"（{how}）" if how else "")


def why(services: Mapping[str, Grounds], values: Mapping[str, Source], terms: Terms) -> str:
    """At most four lines: the services, the values, how to correct them."""
    guessed = [_guess(name, grounds) for name, grounds in services.items()]
    read = [f"{budget(terms)}，{values[slot]}" for slot in _BUDGET if slot in values]
    read += [f"{name}，{values[slot]}" for slot, name in _SLOTS.items() if slot in values]
    if not guessed and not read:
        return "这份草稿是按您选的填的，没有猜。要改直接说，如“预算改 5 万”。"
    lines = ["我是这样看出来的：", "；".join(guessed), "；".join(read)]
    return "\n".join([*filter(None, lines), "不对就直接说，如“预算改 5 万”。"])


def _guess(name: str, grounds: Grounds) -> str:
    if grounds.remembered:
        return f"{name}，和之前确认过的“{grounds.wording}”说法相近"
    return f"{name}，您说的接近“{grounds.wording}”"
