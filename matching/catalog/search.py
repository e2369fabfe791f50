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

# Log-odds of "this names a service": fitted on the development utterances.
_GATE = {"bias": -3.2, "coverage": 5.2, "spoken": 2.6, "lead": 1.2, "off_topic": -5.5}
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
        top = scores[order[0]]
        if top <= 0:
            return Search("none", self._candidates(order[:k], scores, 1.0))
        fits = self._rerank(query, order[:_RERANKED], scores, top)
        order.sort(key=lambda i: (-scores[i], i))
        best = max(scores[order[0]], 1e-9)
        confidence = self._confidence(normal, query, said, order, scores, fits)
        lead = 1 - scores[order[1]] / best if len(order) > 1 else 1.0
        decision = "none"
        if confidence >= ASK_BELOW:
            decision = "match" if lead >= ANSWER_MARGIN else "choose"
        found = self._candidates(order[:k], scores, best, fits)
        return Search(decision, found, round(confidence, 3))

    def _candidates(
        self, items: Sequence[int], scores: Sequence[float], best: float,
        fits: dict[int, tuple[float, str]] | None = None,
    ) -> tuple[Candidate, ...]:  # fmt: skip
        return tuple(
            Candidate(
                self.services[i].code,
                self.services[i].name,
                round(max(scores[i], 0.0) / best, 4),
                (fits or {}).get(i, (0.0, ""))[1],
            )
            for i in items
        )

    def _rerank(
        self, query: str, items: Sequence[int], scores: list[float], top: float
    ) -> dict[int, tuple[float, str]]:
        """Add how near the nearest wording comes to the whole query; heals typos and word order."""
        from rapidfuzz import fuzz, process

        compared = letters_only(query)
        fits: dict[int, tuple[float, str]] = {}
        for i in items:
            near = process.extractOne(compared, self._compared[i], scorer=fuzz.ratio)
            if near is None:
                continue
            contained = [w for w in self._compared[i] if w in compared]
            longest = max(contained, key=len, default="")
            wording = self._wordings[i][near[2]]
            if longest:
                wording = self._wordings[i][self._compared[i].index(longest)]
            fits[i] = (near[1] / 100, wording)
            scores[i] += top * _FUZZ_WEIGHT * (near[1] / 100 + 0.12 * min(len(longest), 5))
        return fits

    def _confidence(
        self, normal: str, query: str, said: Sequence[str], order: Sequence[int],
        scores: Sequence[float], fits: dict[int, tuple[float, str]],
    ) -> float:  # fmt: skip
        """How sure it is that the utterance asks for a service at all."""
        best = order[0]
        wanted = self._grams[best]
        pairs = {g for g in said if len(g) > 1} or set(said)
        weight = sum(self._index.idf(g) for g in pairs) or 1.0
        coverage = sum(self._index.idf(g) for g in pairs if g in wanted) / weight
        compared = letters_only(query)
        spoken = max((len(w) for w in self._compared[best] if w in compared), default=0)
        rest = scores[order[4]] if len(order) > 4 else 0.0
        lead = 1 - rest / scores[best] if scores[best] else 0.0
        logit = (
            _GATE["bias"]
            + _GATE["coverage"] * max(coverage, fits.get(best, (0.0, ""))[0] * 0.8)
            + _GATE["spoken"] * min(spoken, 4) / 4
            + _GATE["lead"] * lead
            + (_GATE["off_topic"] if _off_topic().search(normal) else 0.0)
        )
        return 1 / (1 + exp(-logit))
