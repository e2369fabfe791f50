"""From an utterance to the services it may mean: score, rerank, and decide whether to ask."""

from collections.abc import Sequence
from dataclasses import dataclass

from market.services import Service
from matching.catalog.gate import Evidence, Gate, pairs
from matching.catalog.index import GramIndex, grams
from matching.catalog.words import examples, lines, query_of
from matching.text.normalize import letters_only

NAME, ALIAS, DESCRIPTION, EXAMPLE = 3.0, 2.0, 1.0, 1.0
_WHOLE = 4  # characters; a shorter alias is said inside of other words by chance
_RERANKED = 4
_FUZZ_WEIGHT = 0.22  # of the lexical best: enough to order near ties, not to overturn a clear lead

# Below the first it is not a service; below the second, or with a rival so near, we ask which.
ASK_FROM, ANSWER_FROM = 0.32, 0.74
ANSWER_MARGIN = 0.22
SPOKEN_MARGIN = 0.12  # for the only one whose name or alias was said whole


@dataclass(frozen=True, slots=True)
class Candidate:
    """A service that may be meant; `score` is of the best in this search, `why` what it matched."""

    code: str
    name: str
    score: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """`decision`: "match" (the first is meant), "choose" (ask which), "none" (no service)."""

    decision: str
    services: tuple[Candidate, ...]
    confidence: float = 0.0
    remembered: bool = False  # decided by what people confirmed before


class Catalogue:
    """The searchable catalogue; immutable after construction."""

    def __init__(self, services: Sequence[Service]) -> None:
        self.services = tuple(sorted(services, key=lambda s: s.code))
        self._index = GramIndex(
            [
                (s.name.lower(), NAME),
                *((alias, ALIAS) for alias in s.aliases),
                (s.description, DESCRIPTION),
                *((utterance, EXAMPLE) for utterance in examples().get(s.name, ())),
            ]
            for s in self.services
        )
        self._wordings = tuple(tuple(dict.fromkeys((s.name, *s.aliases))) for s in self.services)
        self._compared = tuple(tuple(map(letters_only, w)) for w in self._wordings)
        self._gate = Gate(
            (t for s in self.services for t in (s.name, *s.aliases, s.description)),
            map(query_of, lines("not_services.txt")),
        )

    def search(self, normal: str, k: int = 5) -> Search:
        """The k likeliest services for a normal text, best first; ties go by code."""
        if not self.services:
            return Search("none", ())
        query = query_of(normal)
        said = grams(query)
        scores = self._index.score(dict.fromkeys((*said, *self._index.slips(query))))
        order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
        found_at = scores[order[0]]
        fits = self._rerank(query, order[:_RERANKED], scores)
        order.sort(key=lambda i: (-scores[i], i))
        best, second = scores[order[0]], scores[order[1]] if len(order) > 1 else 0.0
        found = tuple(self._candidate(i, scores[i], best, fits.get(i)) for i in order[:k])
        if best <= 0:
            return Search("none", found)
        confidence = self._gate.confidence(
            Evidence(normal, pairs(query) or set(said), found_at, fits[order[0]].spoken)
        )
        decision = "none"
        if confidence >= ASK_FROM:
            margin = self._margin(fits, order)
            clear = confidence >= ANSWER_FROM and second <= best * (1 - margin)
            decision = "match" if clear else "choose"
        return Search(decision, found, round(confidence, 3))

    def _margin(self, fits: dict[int, "_Fit"], order: Sequence[int]) -> float:
        """How far the second must be behind the first for an answer, as a share of the first."""
        rival = fits.get(order[1]) if len(order) > 1 else None
        said = fits[order[0]].spoken
        named = said >= _WHOLE and (rival is None or rival.spoken < said)
        return SPOKEN_MARGIN if named else ANSWER_MARGIN

    def _candidate(self, item: int, score: float, best: float, fit: "_Fit | None") -> Candidate:
        service = self.services[item]
        relative = round(max(score, 0.0) / best, 4) if best > 0 else 0.0
        why = fit.wording if fit is not None and relative > 0 else ""
        return Candidate(service.code, service.name, relative, why)

    def _rerank(self, query: str, items: Sequence[int], scores: list[float]) -> dict[int, "_Fit"]:
        """Add how near the nearest wording comes to the whole query; heals typos and word order."""
        from rapidfuzz import fuzz, process

        compared = letters_only(query)
        top = scores[items[0]]
        fits: dict[int, _Fit] = {}
        for i in items:
            nearest = process.extractOne(compared, self._compared[i], scorer=fuzz.ratio)
            assert nearest is not None
            _, near, at = nearest
            spoken = max((w for w in self._compared[i] if w in compared), key=len, default="")
            if spoken:
                at = self._compared[i].index(spoken)
            fits[i] = _Fit(near / 100, self._wordings[i][at], len(spoken))
            scores[i] += top * _FUZZ_WEIGHT * (near / 100 + 0.12 * min(len(spoken), 5))
        return fits


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a service's wordings compare with the query."""

    near: float  # 0…1, of the nearest wording to all that was said
    wording: str  # the longest said whole, else the nearest
    spoken: int  # characters of the longest said whole
