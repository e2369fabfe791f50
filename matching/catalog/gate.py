"""Whether an utterance asks for a service of the catalogue at all.

A search always finds a best service. What tells a request from talk is how much of it the
service explains, and whether it is worded like what people wrote who wanted a service
(`data/examples.tsv`) or like everything else they write (`data/not_services.txt`).
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from math import exp, log, sqrt

from matching.catalog.index import grams
from matching.catalog.meaning import Nearness
from matching.catalog.words import lines

# Log-odds of "this asks for a service", fitted by logistic regression on the tables of eight
# authors, each read without its own author's examples and talk; neighbouring trades count twice.
BIAS = -3.4
WEIGHTS = {
    "score": 8.38,  # of the best service, whole at 90
    "spoken": 0.67,  # characters of a name or alias said whole, of four
    "private": -4.31,  # the words of private life, of two
    "business": 2.86,  # the words of those who speak for a firm, of two
    "topic": 7.13,  # how much likelier its grams are among requests than in talk
}
# The same where the meaning was asked too, fitted on what the words leave open.
MEANING_BIAS = -2.34
MEANING_WEIGHTS = {
    "score": 7.69,
    "spoken": 0.69,
    "private": -3.53,
    "business": 2.16,
    "topic": 5.25,
    "near": 3.86,  # of the nearest service
    "talk": -6.48,  # of talk
}
_SMOOTHING = 0.1
_WHOLE = 4  # characters; shorter wordings are said inside of other words by chance


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
    grams: Collection[str]  # different ones, of what is left without the words of asking
    score: float  # BM25 of the best service
    spoken: str  # its longest wording said whole, if any
    nearness: Nearness | None = None  # in meaning, where that was asked


class Gate:
    """Weighs evidence against what is asked for and what is only said; immutable."""

    def __init__(self, asked: Iterable[str], talk: Iterable[str]) -> None:
        """`asked`: what those say who want a service; both as they are looked up."""
        ours, theirs = (
            Counter(gram for text in texts for gram in set(grams(text))) for texts in (asked, talk)
        )
        totals = log(ours.total() or 1) - log(theirs.total() or 1)
        self._odds = {
            gram: log((ours[gram] + _SMOOTHING) / (theirs[gram] + _SMOOTHING)) - totals
            for gram in ours.keys() | theirs.keys()
        }
        # Of a gram that one request had and no talk.
        self._once = log((1 + _SMOOTHING) / _SMOOTHING) - totals

    def features(self, found: Evidence) -> dict[str, float]:
        """The named, scaled signals of one utterance, each about 0…1 or -1…1."""
        features = {
            "score": min(found.score, 90.0) / 90,
            "spoken": min(len(found.spoken), _WHOLE) / _WHOLE,
            "private": _said("off_topic.txt", found.normal),
            "business": _said("business.txt", found.normal),
            "topic": self._topic(found),
        }
        if found.nearness is not None:
            features["near"] = max(found.nearness.services)
            features["talk"] = found.nearness.talk
        return features

    def _topic(self, found: Evidence) -> float:
        """Whether it is worded like a request (1) or like talk (-1)."""
        # An operator's new alias may be made of words that only talk had. Where little else is
        # said, it counts as though one request had had it.
        named = set(grams(found.spoken)) if len(found.spoken) >= _WHOLE else set()
        if 2 * len(named) < len(found.grams):
            named = set()
        odds = 0.0
        for gram in found.grams:
            told = self._odds.get(gram, 0.0)
            odds += max(told, self._once) if gram in named else told
        # Grams of one sentence repeat each other: the more there are, the less each adds.
        return max(-1.0, min(1.0, odds / sqrt(max(len(found.grams), 1)) / 8))

    def confidence(self, found: Evidence) -> float:
        """The probability, 0…1, that a service is asked for."""
        features = self.features(found)
        bias, weights = BIAS, WEIGHTS
        if found.nearness is not None:
            bias, weights = MEANING_BIAS, MEANING_WEIGHTS
        logit = bias + sum(weight * features[name] for name, weight in weights.items())
        return 1 / (1 + exp(-logit))
