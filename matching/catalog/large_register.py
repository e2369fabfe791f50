"""The register of providers when it is large: arrays, and beside them what changed since."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from market.services import ProviderProfile
from matching.catalog.firms import (
    SAME_CITY,
    SAME_PROVINCE,
    Firm,
    Texts,
    firm,
    fit,
    grams,
    spelt,
    telling,
    texts_of,
)
from matching.catalog.names import Said
from matching.catalog.postings import Postings
from matching.catalog.reasons import states
from matching.catalog.small_register import Fitting
from matching.text.regions import Place

FOLD_AT = 256  # changes beside the arrays: more would be felt in every search
_NAME_BUDGET = 4  # a name is looked up by the rarest grams of a quarter of the records
_LEAST_BUDGET = 2_000
_HALVINGS = 16


def _names_of(one: Firm) -> Texts:
    return (one.name.core, 1), (one.name.heard, 1)


def _number(gram: str) -> int:
    return ord(gram) if len(gram) == 1 else ord(gram[0]) << 16 | ord(gram[1])


class _Arrays:
    """All firms as they were when the arrays were made, numbered in the order of their keys."""

    def __init__(self, firms: Iterable[Firm]) -> None:
        self.firms = tuple(sorted(firms, key=attrgetter("key")))
        self.texts = Postings(texts_of(one.profile) for one in self.firms)
        self.names = Postings(_names_of(one) for one in self.firms)
        self.worth = np.array([one.worth for one in self.firms], np.float64)
        self._provinces: dict[str, int] = {}
        self._cities: dict[tuple[str, str], int] = {}
        places = [one.place for one in self.firms]
        self._province = np.array([self._province_no(place) for place in places], np.int32)
        self._city = np.array([self._city_no(place) for place in places], np.int32)
        of_service: dict[str, list[int]] = {}
        for at, one in enumerate(self.firms):
            for code in one.profile.service_codes:
                of_service.setdefault(code, []).append(at)
        self.of_service = {code: np.array(at, np.int32) for code, at in of_service.items()}

    def _province_no(self, place: Place | None) -> int:
        if place is None:
            return -1
        return self._provinces.setdefault(place.province, len(self._provinces))

    def _city_no(self, place: Place | None) -> int:
        if place is None or not place.city:
            return -1
        return self._cities.setdefault((place.province, place.city), len(self._cities))

    def find(self, credit_code: str) -> int | None:
        at = bisect_left(self.firms, credit_code, key=lambda one: one.profile.credit_code)
        if at < len(self.firms) and self.firms[at].profile.credit_code == credit_code:
            return at
        return None

    def within(self, pool: NDArray[np.int32], province: str) -> NDArray[np.int32]:
        here: NDArray[np.int32] = pool[self._province[pool] == self._provinces.get(province, -2)]
        return here

    def nearby(self, pool: NDArray[np.int32], wanted: Place | None) -> NDArray[np.float64]:
        """As `Firm.nearby`, for many."""
        if wanted is None:
            return np.zeros(len(pool))
        here = self._province[pool] == self._provinces.get(wanted.province, -2)
        city = self._cities.get((wanted.province, wanted.city), -2) if wanted.city else -2
        return np.where(self._city[pool] == city, SAME_CITY, np.where(here, SAME_PROVINCE, 0.0))


@dataclass(frozen=True, slots=True)
class _Added:
    """A firm that is not in the arrays yet."""

    firm: Firm
    texts: Texts
    names: Texts


@dataclass(frozen=True, slots=True)
class _Since:
    """What changed since the arrays were made.

    `more_texts` and `more_names`: how many more records hold a gram now.
    """

    removed: frozenset[int]
    added: Mapping[str, _Added]  # by credit code
    more_texts: Mapping[str, int]
    more_names: Mapping[str, int]


class LargeRegister:
    """Hundreds of thousands of firms; immutable: a change makes a register that shares the arrays.

    The same firms give the same answers, whatever the order in which they came and went.
    """

    def __init__(self, firms: Iterable[Firm]) -> None:
        self._arrays = _Arrays(firms)
        self._since = _Since(frozenset(), {}, {}, {})

    def __len__(self) -> int:
        since = self._since
        return len(self._arrays.firms) - len(since.removed) + len(since.added)

    @property
    def firms(self) -> tuple[Firm, ...]:
        gone, added = self._since.removed, self._since.added.values()
        kept = [one for at, one in enumerate(self._arrays.firms) if at not in gone]
        return tuple(sorted((*kept, *(one.firm for one in added)), key=attrgetter("key")))

    @property
    def should_fold(self) -> bool:
        return len(self._since.added) + len(self._since.removed) >= FOLD_AT

    def folded(self) -> "LargeRegister":
        """The same firms, all in the arrays: seconds for 100 000, so never while somebody waits."""
        return LargeRegister(self.firms)

    def changed(
        self, profiles: Iterable[ProviderProfile], removed: Iterable[str]
    ) -> "LargeRegister":
        """The register without some credit codes, and with these providers added or changed."""
        edit = _Edit(self._arrays, self._since)
        for code in removed:
            edit.remove(code)
        for profile in profiles:
            edit.remove(profile.credit_code)
            edit.add(firm(profile))
        changed = LargeRegister.__new__(LargeRegister)
        changed._arrays = self._arrays
        changed._since = edit.done()
        return changed

    def shortlist(
        self,
        service_code: str,
        text: str,
        *,
        wanted: Place | None,
        within: str,
        stated: Sequence[str],
        most: int,
    ) -> list[Fitting]:
        """As the small register's, but for a text only its rarer grams are looked up."""
        arrays = self._arrays
        pool = self._pool(service_code, within, stated)
        added = [
            one
            for one in self._since.added.values()
            if (not service_code or service_code in one.firm.profile.service_codes)
            and (not within or (one.firm.place and one.firm.place.province == within))
            and states(one.firm.profile, stated)
        ]
        factors = self._factors(text, arrays.texts, self._since.more_texts, len(self))
        fits = arrays.texts.score(_numbered(factors))[pool] if factors else np.zeros(len(pool))
        fits_added = [fit(one.texts, factors) for one in added]
        best = max(float(fits.max(initial=0.0)), *fits_added, 0.0) or 1.0
        shares = fits / best
        scores = arrays.worth[pool] + arrays.nearby(pool, wanted) + shares
        rows = [
            (-float(scores[at]), arrays.firms[pool[at]], float(shares[at]))
            for at in _order(scores, most)
        ]
        for one, its in zip(added, fits_added, strict=True):
            share = its / best
            rows.append((-(one.firm.worth + one.firm.nearby(wanted) + share), one.firm, share))
        first = nsmallest(most, rows, key=lambda row: (row[0], row[1].key))
        return [(one, share) for _, one, share in first]

    def namesakes(self, asked: Said, most: int) -> list[Fitting]:
        """Whose names share the rarest characters, pairs and sounds with what was asked for."""
        arrays, since = self._arrays, self._since
        budget = max(len(self) // _NAME_BUDGET, _LEAST_BUDGET)
        text = f"{asked.text} {asked.heard}"
        factors = self._factors(text, arrays.names, since.more_names, budget)
        if not factors:
            return []
        scores = arrays.names.score(_numbered(factors))
        if since.removed:
            scores[list(since.removed)] = 0.0
        rows = [(-float(scores[at]), arrays.firms[at]) for at in _order(scores, most)]
        rows += [(-fit(one.names, factors), one.firm) for one in since.added.values()]
        first = nsmallest(most, rows, key=lambda row: (row[0], row[1].key))
        return [(one, score / first[0][0]) for score, one in first if score < 0]

    def _pool(self, service_code: str, within: str, stated: Sequence[str]) -> NDArray[np.int32]:
        arrays = self._arrays
        if service_code:
            pool = arrays.of_service.get(service_code, np.zeros(0, np.int32))
        else:
            pool = np.arange(len(arrays.firms), dtype=np.int32)
        if within:
            pool = arrays.within(pool, within)
        if stated:
            needed = {_number(gram) for word in stated for gram in grams(spelt(word))}
            pool = np.intersect1d(pool, arrays.texts.holders(needed), assume_unique=True)
            holds = [states(arrays.firms[at].profile, stated) for at in pool]
            pool = pool[np.array(holds, np.bool_)]
        if self._since.removed:
            pool = pool[~np.isin(pool, list(self._since.removed))]
        return pool

    def _factors(
        self, text: str, postings: Postings, more: Mapping[str, int], budget: int
    ) -> dict[str, float]:
        wanted = list(grams(text))
        counts = postings.counts([_number(gram) for gram in wanted])
        now = {gram: n + more.get(gram, 0) for gram, n in zip(wanted, counts, strict=True)}
        return telling(now, len(self), budget)


class _Edit:
    """Changes in the making, on copies."""

    def __init__(self, arrays: _Arrays, since: _Since) -> None:
        self._arrays = arrays
        self._removed, self._added = set(since.removed), dict(since.added)
        self._more_texts, self._more_names = dict(since.more_texts), dict(since.more_names)

    def remove(self, credit_code: str) -> None:
        """Forget a firm; nothing happens if there is none."""
        added = self._added.pop(credit_code, None)
        if added is not None:
            self._count(added, -1)
            return
        at = self._arrays.find(credit_code)
        if at is not None and at not in self._removed:
            self._removed.add(at)
            self._count(_prepared(self._arrays.firms[at]), -1)

    def add(self, one: Firm) -> None:
        added = self._added[one.profile.credit_code] = _prepared(one)
        self._count(added, 1)

    def done(self) -> _Since:
        return _Since(frozenset(self._removed), self._added, self._more_texts, self._more_names)

    def _count(self, one: _Added, by: int) -> None:
        for texts, more in ((one.texts, self._more_texts), (one.names, self._more_names)):
            for gram in {gram for text, _ in texts for gram in grams(text)}:
                more[gram] = more.get(gram, 0) + by


def _prepared(one: Firm) -> _Added:
    return _Added(one, texts_of(one.profile), _names_of(one))


def _numbered(factors: Mapping[str, float]) -> dict[int, float]:
    return {_number(gram): factor for gram, factor in factors.items()}


def _order(scores: NDArray[np.float64], most: int) -> list[int]:
    """Where the highest scores are, best first, of those alike the first."""
    order: list[int]
    if most >= len(scores):
        order = np.argsort(-scores, kind="stable").tolist()
        return order
    enough = np.flatnonzero(scores >= _least(scores, most))
    order = enough[np.argsort(-scores[enough], kind="stable")[:most]].tolist()
    return order


def _least(scores: NDArray[np.float64], most: int) -> float:
    """A score that at least `most` reach, and not many more unless they are alike.

    By halving: scores are alike by thousands, which numpy's own partition takes long over.
    """
    low, high = float(scores.min()), float(scores.max())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        reaching = scores[scores >= middle]
        if len(reaching) < most:
            high = middle
            continue
        scores, low = reaching, middle
        if len(reaching) <= 2 * most:
            break
    return low
