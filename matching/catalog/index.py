"""A small in-memory BM25 index over what weighted fields are written with and sound like."""

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from math import log
from struct import Struct

from matching.text.pinyin import heard_pairs

_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")
K1, B = 4.0, 0.75  # many wordings a service, so a gram of several of them keeps counting
# Impacts of 64 documents stand side by side in one large integer, so that one addition adds them
# all: thirty times as fast as one by one. Two thousand grams of the heaviest do not fill a lane.
_LANES, _LANE_BITS, _ONE = 64, 32, 1 << 14
_BLOCK = Struct(f"<{_LANES}I")
_LANE = (1 << _LANE_BITS) - 1
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
        postings = _Postings()
        for fields in documents:
            postings.add(fields)
        self.size = len(postings.lengths)
        average = sum(postings.lengths) / max(self.size, 1)
        norms = [K1 * (1 - B + B * length / average) for length in postings.lengths]
        self._only: dict[str, int] = {}  # what a single document has: its number and the impact
        self._frequency: dict[str, int] = {}  # the others, and how many documents have them
        self._blocks: list[dict[str, int]] = [{} for _ in range(0, self.size, _LANES)]
        for gram, found in postings.by_gram():
            n = len(found)
            rarity = log(1 + (self.size - n + 0.5) / (n + 0.5)) * _factor(gram)
            impacts = [
                (item, round(rarity * tf * (K1 + 1) / (tf + norms[item]) * _ONE))
                for item, tf in found
            ]
            if n == 1:
                self._only[gram] = impacts[0][0] << _LANE_BITS | impacts[0][1]
                continue
            self._frequency[gram] = n
            for block, some in groupby(impacts, lambda impact: impact[0] // _LANES):
                lanes = (impact << _LANE_BITS * (item % _LANES) for item, impact in some)
                self._blocks[block][gram] = sum(lanes)

    def score(self, query: Iterable[str]) -> list[float]:
        """One score per document, in their order."""
        said = list(query)
        sums = [sum(impacts.get(gram, 0) for gram in said) for impacts in self._blocks]
        lanes = [
            lane for one in sums for lane in _BLOCK.unpack(one.to_bytes(_BLOCK.size, "little"))
        ]
        for gram in said:
            if (only := self._only.get(gram)) is not None:
                lanes[only >> _LANE_BITS] += only & _LANE
        return [lane / _ONE for lane in islice(lanes, self.size)]

    def slips(self, text: str) -> list[str]:
        """How the pairs sound that no document writes: 高薪 is looked for as gao'xin."""
        return [f"'{sound}" for sound, pair in heard_pairs(text.lower()) if pair not in self]

    def __contains__(self, gram: object) -> bool:
        return gram in self._only or gram in self._frequency


class _Postings:
    """Which documents have a gram, and what it weighs in each.

    In arrays and with one string a gram: what building leaves behind in small objects is never
    given back, and took as much memory again as the index.
    """

    def __init__(self) -> None:
        self.lengths: list[float] = []
        self._ids: dict[str, int] = {}
        self._grams, self._items, self._weights = array("L"), array("L"), array("d")

    def add(self, fields: Sequence[tuple[str, float]]) -> None:
        weights: defaultdict[int, float] = defaultdict(float)
        for text, weight in fields:
            for gram in (*grams(text), *sounds(text)):
                weights[self._ids.setdefault(gram, len(self._ids))] += weight
        self._grams.extend(weights)
        self._items.extend([len(self.lengths)] * len(weights))
        self._weights.extend(weights.values())
        self.lengths.append(sum(weights.values()))

    def by_gram(self) -> Iterator[tuple[str, list[tuple[int, float]]]]:
        """Every gram with its documents in their order."""
        order = sorted(range(len(self._grams)), key=self._grams.__getitem__)
        groups = groupby(order, self._grams.__getitem__)
        for gram, (_, places) in zip(self._ids, groups, strict=True):
            yield gram, [(self._items[at], self._weights[at]) for at in places]
