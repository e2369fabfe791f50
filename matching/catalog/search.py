"""From an utterance to the services it may mean: score, rerank, and decide whether to ask."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, inf

from market.services import Service
from matching.catalog.gate import Evidence, Gate
from matching.catalog.index import GramIndex, grams
from matching.catalog.meaning import Meaning, Nearness, fused
from matching.catalog.words import examples, lines, query_of
from matching.text.normalize import letters_only

NAME, ALIAS, DESCRIPTION, EXAMPLE = 3.0, 2.0, 1.0, 1.0
_WHOLE = 4  # characters; a shorter alias is said inside of other words by chance
_RERANKED = 4
_FUZZ_WEIGHT = 0.22  # of the lexical best: enough to order near ties, not to overturn a clear lead

# Below the first it is not a service; below the second, or with a rival so near, we ask which.
ASK_FROM, ANSWER_FROM = 0.4, 0.74
ANSWER_MARGIN = 0.24
CHANCE_MARGIN = 0.04  # the same, where the second was only said as a part of it
SPOKEN_MARGIN = 0.1  # for the only one whose name or alias was said whole

# With the meaning asked, margins are in deviations over the services, words and meaning together.
MEANING_ASK_FROM, MEANING_ANSWER_FROM = 0.41, 0.8
MEANING_MARGIN = 0.9
# Asking costs a hundred times what the words cost: it is for what they leave open.
SURE_MARGIN = 0.3  # an answer of words alone with the second so far behind stands
SURELY_TALK = 0.05  # confidence; below it no meaning makes a request of it


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
    unclear: bool = False  # the words leave it open, and the meaning has not been asked


def _asked(service: Service) -> tuple[str, ...]:
    """What people say who want a service; its own wordings where no example is known.

    Else the gate would take the catalogue's style for the topic: it is not written as people talk.
    """
    return examples().get(service.name) or (
        service.name.lower(), *service.aliases, service.description
    )  # fmt: skip


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
            (said for s in self.services for said in _asked(s)),
            map(query_of, lines("not_services.txt")),
        )

    def search(self, normal: str, k: int = 5, meaning: Meaning | None = None) -> Search:
        """The k likeliest services for a normal text, best first; ties go by code.

        `meaning` is asked only about what the words leave unclear.
        """
        if not self.services:
            return Search("none", ())
        heard = self._hear(normal)
        by_words = self._by_words(heard, k)
        if meaning is None or not by_words.unclear:
            return by_words
        nearness = meaning.near(heard.query)
        if nearness is None:
            return replace(by_words, unclear=False)
        return self._by_meaning(heard, nearness, k)

    def _hear(self, normal: str) -> "_Heard":
        query = query_of(normal)
        said = grams(query)
        scores = self._index.score(dict.fromkeys((*said, *self._index.slips(query))))
        order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
        found_at = scores[order[0]]
        fits = self._rerank(query, order[:_RERANKED], scores)
        order.sort(key=lambda i: (-scores[i], i))
        best = fits[order[0]]
        spoken = best.wording if best.spoken else ""
        evidence = Evidence(normal, tuple(dict.fromkeys(said)), found_at, spoken)
        return _Heard(query, scores, order, fits, evidence)

    def _by_words(self, heard: "_Heard", k: int) -> Search:
        scores, order, fits = heard.scores, heard.order, heard.fits
        best, second = scores[order[0]], scores[order[1]] if len(order) > 1 else 0.0
        found = tuple(
            self._candidate(i, max(scores[i], 0.0) / best if best > 0 else 0.0, fits.get(i))
            for i in order[:k]
        )
        if best <= 0:
            return Search("none", found)
        confidence = self._gate.confidence(heard.evidence)
        decision = "none"
        if confidence >= ASK_FROM:
            margin = self._margin(fits, order)
            clear = confidence >= ANSWER_FROM and second <= best * (1 - margin)
            decision = "match" if clear else "choose"
        sure = decision == "match" and second <= best * (1 - SURE_MARGIN)
        unclear = not sure and confidence >= SURELY_TALK
        return Search(decision, found, round(confidence, 3), unclear=unclear)

    def _by_meaning(self, heard: "_Heard", nearness: Nearness, k: int) -> Search:
        scores = fused(heard.scores, nearness.services)
        order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
        best, second = scores[order[0]], scores[order[1]] if len(order) > 1 else -inf
        fits = heard.fits | {
            i: self._fit(letters_only(heard.query), i)
            for i in order[:k]
            if i not in heard.fits and heard.scores[i] > 0
        }
        found = tuple(self._candidate(i, exp(scores[i] - best), fits.get(i)) for i in order[:k])
        confidence = self._gate.confidence(replace(heard.evidence, nearness=nearness))
        decision = "none"
        if confidence >= MEANING_ASK_FROM:
            clear = confidence >= MEANING_ANSWER_FROM and second <= best - MEANING_MARGIN
            decision = "match" if clear else "choose"
        return Search(decision, found, round(confidence, 3))

    def _margin(self, fits: dict[int, "_Fit"], order: Sequence[int]) -> float:
        """How far the second must be behind the first for an answer, as a share of the first."""
        rival = fits.get(order[1]) if len(order) > 1 else None
        said = fits[order[0]].spoken
        if said < _WHOLE or (rival is not None and rival.spoken >= said):
            return ANSWER_MARGIN
        # 质检 is said inside of 水质检测 by chance.
        by_chance = rival is not None and rival.wording in fits[order[0]].wording
        return CHANCE_MARGIN if by_chance else SPOKEN_MARGIN

    def _candidate(self, item: int, share: float, fit: "_Fit | None") -> Candidate:
        service = self.services[item]
        relative = round(share, 4)
        why = fit.wording if fit is not None and relative > 0 else ""
        return Candidate(service.code, service.name, relative, why)

    def _rerank(self, query: str, items: Sequence[int], scores: list[float]) -> dict[int, "_Fit"]:
        """Add how near the nearest wording comes to the whole query; heals typos and word order."""
        compared = letters_only(query)
        top = scores[items[0]]
        fits = {i: self._fit(compared, i) for i in items}
        for i, fit in fits.items():
            scores[i] += top * _FUZZ_WEIGHT * (fit.near + 0.12 * min(fit.spoken, 5))
        return fits

    def _fit(self, compared: str, item: int) -> "_Fit":
        from rapidfuzz import fuzz, process

        nearest = process.extractOne(compared, self._compared[item], scorer=fuzz.ratio)
        assert nearest is not None
        _, near, at = nearest
        spoken = max((w for w in self._compared[item] if w in compared), key=len, default="")
        if spoken:
            at = self._compared[item].index(spoken)
        return _Fit(near / 100, self._wordings[item][at], len(spoken))


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a service's wordings compare with the query."""

    near: float  # 0…1, of the nearest wording to all that was said
    wording: str  # the longest said whole, else the nearest
    spoken: int  # characters of the longest said whole


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the words alone tell."""

    query: str
    scores: list[float]  # of every service, by code
    order: list[int]  # best first
    fits: dict[int, _Fit]  # of the best
    evidence: Evidence
