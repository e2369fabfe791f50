"""A small in-memory BM25 index over what weighted fields are written with and sound like."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice
from math import log
from struct import Struct

from matching.text.pinyin import heard_pairs

_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")
K1, B = 4.0, 0.75  # many wordings a service, so a gram of several of them keeps counting
# Impacts of 64 documents stand side by side in one large integer, so that one addition adds them
# all: thirty times as fast as one by one. Two thousand grams of the heaviest do not fill a lane.
_LANES, _LANE_BITS, _ONE = 64, 32, 1 << 14
_BLOCK = Struct(f"<{_LANES}I")
# A bigram is a word or half of one; a single character says a little less and repeats more.
UNIGRAM_WEIGHT = 0.8
# Only pairs written as nobody writes them are listened to, so a sound stands for a slip.
SOUND_WEIGHT = 0.6


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


def sounds(text: str) -> list[str]:
    """The pairs of syllables a text sounds like, marked apart from what is written."""
    return [f"'{sound}" for sound, _ in heard_pairs(text.lower())]


def _factor(gram: str) -> float:
    if gram.startswith("'"):
        return SOUND_WEIGHT
    return UNIGRAM_WEIGHT if len(gram) == 1 else 1.0


class GramIndex:
    """Documents of weighted fields; immutable once built."""

    def __init__(self, documents: Iterable[Sequence[tuple[str, float]]]) -> None:
        counts: list[defaultdict[str, float]] = []
        lengths: list[float] = []
        for fields in documents:
            weights: defaultdict[str, float] = defaultdict(float)
            for text, weight in fields:
                for gram in (*grams(text), *sounds(text)):
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
        self._blocks: list[dict[str, int]] = []
        for start in range(0, self.size, _LANES):
            packed: defaultdict[str, int] = defaultdict(int)
            for item in range(start, min(start + _LANES, self.size)):
                norm = K1 * (1 - B + B * lengths[item] / average)
                for gram, tf in counts[item].items():
                    impact = self._idf[gram] * tf * (K1 + 1) / (tf + norm) * _factor(gram)
                    packed[gram] += round(impact * _ONE) << (_LANE_BITS * (item - start))
                counts[item] = defaultdict(float)  # no longer needed, and there are many
            self._blocks.append(dict(packed))

    def idf(self, gram: str) -> float:
        """How much a gram tells apart; one never seen tells the most."""
        return self._idf.get(gram, self._unknown)

    def score(self, query: Iterable[str]) -> list[float]:
        """One score per document, in their order."""
        said = list(query)
        sums = [sum(impacts.get(gram, 0) for gram in said) for impacts in self._blocks]
        lanes = (
            lane for one in sums for lane in _BLOCK.unpack(one.to_bytes(_BLOCK.size, "little"))
        )
        return [lane / _ONE for lane in islice(lanes, self.size)]

    def slips(self, text: str) -> list[str]:
        """How the pairs sound that no document writes: 高薪 is looked for as gao'xin."""
        return [f"'{sound}" for sound, pair in heard_pairs(text.lower()) if pair not in self._idf]

    def __contains__(self, gram: object) -> bool:
        return gram in self._idf
