"""A provider prepared for being searched: where it is, what it is worth before anything is asked.

What is said here of a gram holds for the small and for the large register alike.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log

from market.services import ProviderProfile
from matching.catalog.names import FirmName, firm_name
from matching.text.normalize import fold
from matching.text.regions import Place, find_region

NAME, FIELD, CASE = 3, 2, 1
SAME_CITY, SAME_PROVINCE = 0.5, 0.2
_CASE, _MOST_CASES, _RATING = 0.06, 10, 0.4
_SINGLE = 0.5  # a character alone repeats more and says less than a pair
_RUN = re.compile(r"[a-z0-9\u3400-\u9fff\ue000-\uf8ff]+")  # the last are sounds
LEAST_GRAMS = 4  # looked up even if everybody has them


@dataclass(frozen=True, slots=True)
class Firm:
    """One record; `worth` is what its cases and its rating count."""

    profile: ProviderProfile
    place: Place | None
    worth: float
    name: FirmName

    @property
    def key(self) -> tuple[str, str]:
        """What ties are broken by."""
        return self.profile.credit_code, self.profile.name

    def nearby(self, wanted: Place | None) -> float:
        """How much its place counts for somebody who wants one there."""
        if wanted is None or self.place is None or self.place.province != wanted.province:
            return 0.0
        return SAME_CITY if wanted.city and self.place.city == wanted.city else SAME_PROVINCE


def firm(profile: ProviderProfile) -> Firm:
    worth = _CASE * min(len(profile.cases), _MOST_CASES)
    if profile.rating:
        worth += _RATING * (profile.rating - 300) / 200
    return Firm(
        profile, place_of(profile.region or profile.address), worth, firm_name(profile.name)
    )


Texts = tuple[tuple[str, int], ...]
"""A record's name, fields and cases, folded, with their weights, the weightiest first."""


def texts_of(one: ProviderProfile) -> Texts:
    return (
        (spelt(one.name), NAME),
        (spelt(" ".join(one.fields)), FIELD),
        (spelt(" ".join(one.cases)), CASE),
    )


def spelt(text: str) -> str:
    return fold(text).text.lower()


@lru_cache(maxsize=4096)
def place_of(text: str) -> Place | None:
    if not text:
        return None
    parts = text.split("|")
    if len(parts) == 3:
        return Place(*parts)
    region = find_region(spelt(text))
    return region.place if region is not None else None


def grams(text: str) -> dict[str, None]:
    """The distinct Han characters and neighbouring pairs of a folded text, in their order."""
    found: dict[str, None] = {}
    for run in _RUN.findall(text):
        found.update((char, None) for char in run if "\u3400" <= char <= "\u9fff")
        found.update((run[at : at + 2], None) for at in range(len(run) - 1))
    return found


def telling(counts: Mapping[str, int], size: int, budget: int) -> dict[str, float]:
    """What each gram counts, the rarest first, for as many records as the budget allows.

    `counts`: in how many of the `size` records it is. What nobody has is left out.
    """
    factors: dict[str, float] = {}
    spent = 0
    for gram, count in sorted(counts.items(), key=lambda row: (row[1], row[0])):
        if count <= 0:
            continue
        spent += count
        if spent > budget and len(factors) >= LEAST_GRAMS:
            break
        factors[gram] = log(1 + size / count) * (_SINGLE if len(gram) == 1 else 1.0)
    return factors


def fit(texts: Texts, factors: Mapping[str, float]) -> float:
    """Of each gram its factor times the weight of the weightiest text it is in."""
    score = 0.0
    for gram, factor in factors.items():
        for text, weight in texts:
            if gram in text:
                score += weight * factor
                break
    return score
