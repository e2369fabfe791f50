"""From an utterance to the services it may mean: score, rerank, and decide whether to ask."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp

from market.services import Service
from matching.catalog.index import GramIndex, grams
from matching.text.normalize import letters_only

NAME, ALIAS, DESCRIPTION = 3.0, 2.0, 1.0
_RERANKED = 12
_FUZZ_WEIGHT = 0.22  # of the lexical best: enough to order near ties, not to overturn a clear lead

# Log-odds of "this names a service", fitted on the development utterances and small talk.
_GATE = {
    "bias": -3.1,
    "coverage": 0.94,  # the share of what was said that the service's words explain
    "evidence": 5.62,  # how much of telling wording was said at all
    "spoken": 1.97,  # a name or alias was said whole
    "near": 2.65,  # how near the whole comes to a name or alias
    "off_topic": -3.2,  # the words of private life
}
_FULL_EVIDENCE = 16.0  # idf; about three pairs of characters that occur in one service only
ASK_BELOW = 0.5
ANSWER_MARGIN = 0.16


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


@cache
def _lines(name: str) -> tuple[str, ...]:
    text = files("matching").joinpath(f"data/{name}").read_text("utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def _fillers() -> re.Pattern[str]:
    return re.compile(
        "|".join(map(re.escape, sorted(_lines("fillers.txt"), key=len, reverse=True)))
    )


@cache
def _off_topic() -> re.Pattern[str]:
    return re.compile("|".join(_lines("off_topic.txt")))


@cache
def _term_slips() -> tuple[re.Pattern[str], dict[str, str]]:
    pairs = dict(line.split("\t") for line in _lines("term_slips.tsv"))
    longest_first = sorted(pairs, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), pairs


def mend_terms(text: str) -> str:
    """Repair homophones of the market's terms: 高薪企业 → 高新企业."""
    pattern, pairs = _term_slips()
    return pattern.sub(lambda match: pairs[match.group()], text)


def without_fillers(text: str) -> str:
    """Drop the words of asking (我想找个…多少钱), unless nothing else was said."""
    rest = _fillers().sub(" ", text)
    return rest if letters_only(rest) else text


class Catalogue:
    """The searchable catalogue; immutable after construction."""

    def __init__(self, services: Sequence[Service]) -> None:
        self.services = tuple(sorted(services, key=lambda s: s.code))
        self._index = GramIndex(
            [
                (s.name.lower(), NAME),
                *((alias, ALIAS) for alias in s.aliases),
                (s.description, DESCRIPTION),
            ]
            for s in self.services
        )
        self._wordings = tuple(tuple(dict.fromkeys((s.name, *s.aliases))) for s in self.services)
        self._compared = tuple(tuple(map(letters_only, w)) for w in self._wordings)
        self._grams = tuple(
            frozenset(g for text in (*w, s.description) for g in grams(text))
            for w, s in zip(self._wordings, self.services, strict=True)
        )

    def search(self, normal: str, k: int = 5) -> Search:
        """The k likeliest services for a normal text, best first; ties go by code."""
        if not self.services:
            return Search("none", ())
        query = without_fillers(mend_terms(normal.lower()))
        said = grams(query)
        scores = self._index.score(dict.fromkeys(said))
        order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
        fits = self._rerank(query, order[:_RERANKED], scores)
        order.sort(key=lambda i: (-scores[i], i))
        best, second = scores[order[0]], scores[order[1]] if len(order) > 1 else 0.0
        found = tuple(self._candidate(i, scores[i], best, fits.get(i)) for i in order[:k])
        if best <= 0:
            return Search("none", found)
        confidence = self._confidence(normal, said, order, fits)
        decision = "none"
        if confidence >= ASK_BELOW:
            decision = "match" if second <= best * (1 - ANSWER_MARGIN) else "choose"
        return Search(decision, found, round(confidence, 3))

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

    def _confidence(
        self, normal: str, said: Sequence[str], order: Sequence[int], fits: dict[int, "_Fit"]
    ) -> float:
        """How sure it is that the utterance asks for a service at all."""
        best = fits[order[0]]
        wanted = self._grams[order[0]]
        for rival in order[1:3]:
            if rival in fits and fits[rival].spoken:  # 查新和年费都要 names two
                wanted |= self._grams[rival]
        pairs = {g for g in said if len(g) > 1} or set(said)
        weight = sum(self._index.idf(g) for g in pairs) or 1.0
        evidence = sum(self._index.idf(g) for g in pairs if g in wanted)
        logit = (
            _GATE["bias"]
            + _GATE["coverage"] * evidence / weight
            + _GATE["evidence"] * min(evidence / _FULL_EVIDENCE, 1.0)
            + _GATE["spoken"] * min(best.spoken, 4) / 4
            + _GATE["near"] * best.near
            + (_GATE["off_topic"] if _off_topic().search(normal) else 0.0)
        )
        return 1 / (1 + exp(-logit))


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a service's wordings compare with the query."""

    near: float  # 0…1, of the nearest wording to all that was said
    wording: str  # the longest said whole, else the nearest
    spoken: int  # characters of the longest said whole
