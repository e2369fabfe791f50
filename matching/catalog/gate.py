"""Whether an utterance asks for a service of the catalogue at all.

A search always finds a best service. What tells a request from talk is how much of it the
service explains, and whether its words are those of the catalogue or those of everything else
people write, of which `data/not_services.txt` keeps examples.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from math import exp, log

from matching.catalog.index import grams
from matching.catalog.meaning import Nearness
from matching.catalog.words import lines

# Log-odds of "this asks for a service", fitted by logistic regression on the tables of seven
# authors, each read without its own author's examples and talk.
BIAS = -3.44
WEIGHTS = {
    "score": 11.18,  # of the best service, whole at 90
    "spoken": 0.35,  # characters of a name or alias said whole, of four
    "private": -5.33,  # the words of private life, of two
    "business": 2.99,  # the words of those who speak for a firm, of two
    "topic": 8.04,  # how much likelier the words are in the catalogue than in talk, a pair
}
# The same where the meaning was asked too.
MEANING_BIAS = -0.61
MEANING_WEIGHTS = {
    "score": 8.31,
    "spoken": 1.17,
    "private": -4.43,
    "business": 2.08,
    "topic": 3.91,
    "near": 3.9,  # of the nearest service
    "talk": -9.96,  # of talk
}
_SMOOTHING = 0.3


def pairs(text: str) -> set[str]:
    """Neighbouring characters and Latin words: what a topic is told by."""
    return {gram for gram in grams(text) if len(gram) > 1}


@cache
def _patterns(file: str) -> re.Pattern[str]:
    return re.compile("|".join(lines(file)))


def _said(file: str, normal: str) -> float:
    """How many different wordings of a file a text has, of two."""
    return min(len(set(_patterns(file).findall(normal))), 2) / 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a search found, for the gate to weigh."""

    normal: str  # the whole utterance
    pairs: Collection[str]  # of what is left without the words of asking
    score: float  # BM25 of the best service
    spoken: int  # characters of its longest wording said whole
    nearness: Nearness | None = None  # in meaning, where that was asked


class Gate:
    """Weighs evidence against the wordings of one catalogue; immutable."""

    def __init__(self, wordings: Iterable[str], talk: Iterable[str]) -> None:
        catalogue: Counter[str] = Counter(p for text in wordings for p in pairs(text.lower()))
        other: Counter[str] = Counter(p for text in talk for p in pairs(text))
        ours, theirs = log(catalogue.total() or 1), log(other.total() or 1)
        self._odds = {
            pair: log((catalogue[pair] + _SMOOTHING) / (other[pair] + _SMOOTHING)) - ours + theirs
            for pair in catalogue.keys() | other.keys()
        }

    def features(self, found: Evidence) -> dict[str, float]:
        """The named, scaled signals of one utterance, each about 0…1 or -1…1."""
        odds = [self._odds[pair] for pair in found.pairs if pair in self._odds]
        told = max(len(found.pairs), 1)
        features = {
            "score": min(found.score, 90.0) / 90,
            "spoken": min(found.spoken, 4) / 4,
            "private": _said("off_topic.txt", found.normal),
            "business": _said("business.txt", found.normal),
            "topic": max(-1.0, min(1.0, sum(odds) / told / 4)),
        }
        if found.nearness is not None:
            features["near"] = max(found.nearness.services)
            features["talk"] = found.nearness.talk
        return features

    def confidence(self, found: Evidence) -> float:
        """The probability, 0…1, that a service is asked for."""
        features = self.features(found)
        bias, weights = BIAS, WEIGHTS
        if found.nearness is not None:
            bias, weights = MEANING_BIAS, MEANING_WEIGHTS
        logit = bias + sum(weight * features[name] for name, weight in weights.items())
        return 1 / (1 + exp(-logit))
