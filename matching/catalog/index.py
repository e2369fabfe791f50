"""A small in-memory BM25 index over the one- and two-character grams of weighted fields."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import log

_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")
K1, B = 2.0, 0.75
# A bigram is a word or half of one; a single character says little and repeats everywhere.
UNIGRAM_WEIGHT = 0.35


def grams(text: str) -> list[str]:
    """Characters and neighbouring pairs of the Han runs, and Latin words and numbers whole."""
    out: list[str] = []
    for run in _WORD.findall(text.lower()):
        if run.isascii():
            out.append(run)
            continue
        out.extend(run)
        out.extend(run[i : i + 2] for i in range(len(run) - 1))
    return out


class GramIndex:
    """Documents of weighted fields; immutable once built."""

    def __init__(self, documents: Iterable[Sequence[tuple[str, float]]]) -> None:
        counts: list[defaultdict[str, float]] = []
        lengths: list[float] = []
        for fields in documents:
            weights: defaultdict[str, float] = defaultdict(float)
            for text, weight in fields:
                for gram in grams(text):
                    weights[gram] += weight
            counts.append(weights)
            lengths.append(sum(weights.values()))
        self.size = len(counts)
        average = sum(lengths) / self.size if self.size else 1.0
        frequency = Counter(gram for weights in counts for gram in weights)
        self._idf = {
            gram: log(1 + (self.size - n + 0.5) / (n + 0.5)) for gram, n in frequency.items()
        }
        self._unknown = log(1 + (self.size + 0.5) / 0.5)
        self._postings: dict[str, list[tuple[int, float]]] = {gram: [] for gram in frequency}
        for item, weights in enumerate(counts):
            norm = K1 * (1 - B + B * lengths[item] / average)
            for gram, tf in weights.items():
                impact = self._idf[gram] * tf * (K1 + 1) / (tf + norm)
                factor = UNIGRAM_WEIGHT if len(gram) == 1 else 1.0
                self._postings[gram].append((item, impact * factor))

    def idf(self, gram: str) -> float:
        """How much a gram tells apart; one never seen tells the most."""
        return self._idf.get(gram, self._unknown)

    def score(self, query: Iterable[str]) -> list[float]:
        """One score per document, in their order."""
        scores = [0.0] * self.size
        for gram in query:
            for item, impact in self._postings.get(gram, ()):
                scores[item] += impact
        return scores

    def __contains__(self, gram: object) -> bool:
        return gram in self._idf
