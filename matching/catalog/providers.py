"""Rank the providers of a service by what they have done, where they are, and what they say."""

from collections.abc import Sequence
from dataclasses import dataclass

from market.services import ProviderProfile
from matching.catalog.index import GramIndex, grams
from matching.catalog.words import query_of
from matching.text.normalize import letters_only, normalize
from matching.text.regions import Place, find_region

_CASE, _SAME_CITY, _SAME_PROVINCE, _RATING = 0.06, 0.5, 0.2, 0.4
_FUZZY_FROM = 80.0  # a name that near was meant


@dataclass(frozen=True, slots=True)
class ProviderCandidate:
    """A provider who may do the work; `why` holds the facts that put it there."""

    name: str
    credit_code: str
    score: float
    why: tuple[str, ...] = ()


class Providers:
    """The searchable providers; immutable after construction."""

    def __init__(self, profiles: Sequence[ProviderProfile]) -> None:
        self._profiles = tuple(profiles)
        self._index = GramIndex(
            [
                (p.name, 3.0),
                *((text, 2.0) for text in p.fields),
                *((text, 1.0) for text in p.cases),
            ]
            for p in self._profiles
        )
        self._places = tuple(_place(p.region or p.address) for p in self._profiles)
        self._names = tuple(letters_only(normalize(p.name)) for p in self._profiles)
        self._of_service: dict[str, list[int]] = {}
        for i, profile in enumerate(self._profiles):
            for code in profile.service_codes:
                self._of_service.setdefault(code, []).append(i)

    def rank(
        self, *, service_code: str, region: str = "", text: str = "", k: int = 5
    ) -> tuple[ProviderCandidate, ...]:
        """The k best for a service; without a code, everybody is looked through by the text."""
        pool = (
            self._of_service.get(service_code, []) if service_code else range(len(self._profiles))
        )
        query = query_of(normalize(text)) if text else ""
        fit = self._index.score(dict.fromkeys(grams(query))) if query else []
        best = max((fit[i] for i in pool), default=0.0) if fit else 0.0
        wanted = _place(region)
        ranked = []
        for i in pool:
            score, why = self._facts(i, wanted)
            if best > 0:
                score += fit[i] / best
            ranked.append((score, i, why))
        if query:
            ranked = self._nearest_names(query, ranked)
        ranked.sort(key=lambda row: (-row[0], self._profiles[row[1]].credit_code))
        return tuple(
            ProviderCandidate(
                self._profiles[i].name, self._profiles[i].credit_code, round(s, 4), why
            )
            for s, i, why in ranked[:k]
        )

    def _facts(self, i: int, wanted: Place | None) -> tuple[float, tuple[str, ...]]:
        profile, place = self._profiles[i], self._places[i]
        score, why = 0.0, []
        if wanted is not None and place is not None and place.province == wanted.province:
            if wanted.city and place.city == wanted.city:
                score += _SAME_CITY
                why.append(f"同在{wanted.city.removesuffix('市')}")
            else:
                score += _SAME_PROVINCE
                why.append(f"同在{_short(wanted.province)}")
        if profile.cases:
            score += _CASE * min(len(profile.cases), 10)
            why.append(f"{len(profile.cases)} 个案例")
        if profile.rating:
            score += _RATING * (profile.rating - 300) / 200
            why.append(f"评分 {profile.rating / 100:.1f}")
        return score, tuple(why)

    def _nearest_names(
        self, query: str, ranked: list[tuple[float, int, tuple[str, ...]]]
    ) -> list[tuple[float, int, tuple[str, ...]]]:
        """A provider asked for by name, however misspelt, comes first."""
        from rapidfuzz import fuzz

        compared = letters_only(query)
        out = []
        for score, i, why in ranked:
            near = fuzz.partial_ratio(compared, self._names[i]) if len(compared) >= 3 else 0.0
            if near >= _FUZZY_FROM:
                out.append((score + 2 * near / 100, i, ("名称相近", *why)))
            else:
                out.append((score, i, why))
        return out


def _place(text: str) -> Place | None:
    if not text:
        return None
    parts = text.split("|")
    if len(parts) == 3:
        return Place(*parts)
    region = find_region(normalize(text))
    return region.place if region is not None else None


def _short(province: str) -> str:
    for tail in ("壮族自治区", "维吾尔自治区", "回族自治区", "自治区", "特别行政区", "省", "市"):
        if province.endswith(tail):
            return province.removesuffix(tail)
    return province
