"""Which records hold a gram: arrays for hundreds of thousands of records, built once.

numpy is loaded with this module, and this module only when a register is large.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

Fields = Sequence[tuple[str, int]]
"""Folded texts of one record, each with its weight of 1, 2 or 3."""

_CHUNK_BITS = 12  # records that are sorted at once: memory stays small, whatever the size
_PAIR = 16  # bits of the second character in a gram of two
_HAN = (0x3400, 0x9FFF)
_SOUNDS = (0xE000, 0xF8FF)  # see `matching.text.pinyin.sounded`


def _kinds() -> NDArray[np.uint8]:
    """Of every character: 2 stands for itself and in pairs, 1 in pairs only, 0 parts words."""
    kinds = np.zeros(0x10000, np.uint8)
    kinds[_HAN[0] : _HAN[1] + 1] = 2
    kinds[_SOUNDS[0] : _SOUNDS[1] + 1] = 1
    for letter in "0123456789abcdefghijklmnopqrstuvwxyz":
        kinds[ord(letter)] = 1
    return kinds


_KINDS = _kinds()


def _characters(texts: Iterable[str]) -> NDArray[np.int64]:
    raw = np.frombuffer("\n".join(texts).encode("utf-32-le", "replace"), np.uint32)
    return np.where(raw < len(_KINDS), raw, 0).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Chunk:
    grams: NDArray[np.int64]  # distinct, ascending
    counts: NDArray[np.int64]  # records of each
    records: NDArray[np.int32]
    weights: NDArray[np.uint8]


_NONE: NDArray[Any] = np.zeros(0, np.uint8)


class Postings:
    """The records of every gram, numbered as they were given; immutable."""

    def __init__(self, documents: Iterable[Fields]) -> None:
        self.size = 0
        chunks: list[_Chunk] = []
        # Grown in place and given back whole, so that building leaves no holes in the heap.
        records, weights = bytearray(), bytearray()
        rest = iter(documents)
        while batch := list(islice(rest, 1 << _CHUNK_BITS)):
            chunk = _sort(batch, self.size)
            records += chunk.records.tobytes()
            weights += chunk.weights.tobytes()
            chunks.append(replace(chunk, records=_NONE, weights=_NONE))
            self.size += len(batch)
        self._merge(chunks, np.frombuffer(records, np.int32), np.frombuffer(weights, np.uint8))

    def _merge(
        self, chunks: list[_Chunk], records: NDArray[np.int32], weights: NDArray[np.uint8]
    ) -> None:
        """From gram after gram in each chunk to one run of records for every gram."""
        grams = [chunk.grams for chunk in chunks]
        self._grams = np.unique(np.concatenate(grams)) if grams else np.zeros(0, np.int64)
        count = np.zeros(len(self._grams), np.int64)
        for chunk in chunks:
            count[np.searchsorted(self._grams, chunk.grams)] += chunk.counts
        self._starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(count)))
        self._records, self._weights = np.empty_like(records), np.empty_like(weights)
        filled, begin = self._starts[:-1].copy(), 0
        for chunk in chunks:
            slots = np.searchsorted(self._grams, chunk.grams)
            ends = np.cumsum(chunk.counts)
            end = begin + int(ends[-1]) if len(ends) else begin
            to = np.repeat(filled[slots] - (ends - chunk.counts), chunk.counts)
            to += np.arange(end - begin)
            self._records[to], self._weights[to] = records[begin:end], weights[begin:end]
            filled[slots] += chunk.counts
            begin = end

    @property
    def bytes(self) -> int:
        arrays = (self._grams, self._starts, self._records, self._weights)
        return sum(int(array.nbytes) for array in arrays)

    def counts(self, grams: Sequence[int]) -> list[int]:
        """How many records hold each gram."""
        counts: list[int] = (self._ends(grams) - self._begins(grams)).tolist()
        return counts

    def score(self, factors: Mapping[int, float]) -> NDArray[np.float64]:
        """For each record the sum of factor × weight over the grams it holds, in their order."""
        grams = list(factors)
        bounds = zip(self._begins(grams).tolist(), self._ends(grams).tolist(), strict=True)
        slices = [(a, b, f) for (a, b), f in zip(bounds, factors.values(), strict=True) if a < b]
        if not slices:
            return np.zeros(self.size, np.float64)
        records = np.concatenate([self._records[a:b] for a, b, _ in slices])
        values = np.concatenate([self._weights[a:b] * f for a, b, f in slices])
        return np.bincount(records, values, self.size).astype(np.float64, copy=False)

    def holders(self, grams: Iterable[int]) -> NDArray[np.int32]:
        """The records that hold all of these grams, ascending; at least one gram is given."""
        wanted = list(grams)
        bounds = zip(self._begins(wanted).tolist(), self._ends(wanted).tolist(), strict=True)
        lists = sorted((self._records[a:b] for a, b in bounds), key=len)
        common = lists[0]
        for records in lists[1:]:
            common = np.intersect1d(common, records, assume_unique=True)
        return common

    def _slots(self, grams: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        wanted = np.asarray(grams, np.int64)
        if not len(self._grams):
            return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
        slots = np.minimum(np.searchsorted(self._grams, wanted), len(self._grams) - 1)
        return slots, self._grams[slots] == wanted

    def _begins(self, grams: Sequence[int]) -> NDArray[np.int64]:
        slots, known = self._slots(grams)
        return np.where(known, self._starts[slots], 0)

    def _ends(self, grams: Sequence[int]) -> NDArray[np.int64]:
        slots, known = self._slots(grams)
        return np.where(known, self._starts[slots + 1] if len(self._grams) else 0, 0)


def _sort(documents: Sequence[Fields], first: int) -> _Chunk:
    """Every gram of these records once a record, with its greatest weight."""
    texts = [text for fields in documents for text, _ in fields]
    chars = _characters(texts)
    lengths = np.array([len(text) + 1 for text in texts], np.int64)  # each ends with a line
    of_text = np.repeat(np.arange(len(texts)), lengths)[: len(chars)]
    record = np.repeat(np.arange(len(documents)), [len(fields) for fields in documents])
    weight = np.array([w for fields in documents for _, w in fields], np.int64)
    tail = ((record << 2) | weight)[of_text]
    kinds = _KINDS[chars]
    pairs = (kinds[:-1] > 0) & (kinds[1:] > 0)
    shift = _CHUNK_BITS + 2
    single = (chars << shift | tail)[kinds == 2]
    double = ((((chars[:-1] << _PAIR) | chars[1:]) << shift) | tail[:-1])[pairs]
    keys = np.concatenate((single, double))
    keys.sort()
    # The same gram of the same record stands together, its greatest weight last.
    last = np.append(keys[1:] >> 2 != keys[:-1] >> 2, True)[: len(keys)]
    keys = keys[last]
    grams, counts = np.unique(keys >> shift, return_counts=True)
    records = ((keys >> 2) & ((1 << _CHUNK_BITS) - 1)) + first
    return _Chunk(grams, counts, records.astype(np.int32), (keys & 3).astype(np.uint8))
