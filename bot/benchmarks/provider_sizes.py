"""Providers by name in registers of growing size: how fast, how big, how often the right one."""

import gc
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from bot.benchmarks.peers import bm25s_pairs, rapidfuzz_extract, tantivy_pairs
from bot.benchmarks.registers import mangled, register
from bot.benchmarks.skipped import Skipped, is_there, missing
from bot.benchmarks.stopwatch import Meter
from market.services import ProviderProfile
from matching import Matcher
from matching.catalog.names import asked_name

SIZES = (63, 1_000, 10_000, 100_000)
LARGE = 1_000_000
QUERIES = 200
_PATIENCE_S = 10.0  # for each subject: then it has fewer queries
_TOP = 10
_CHANGES = 100
_BY_LINE_MOST = {"rapidfuzz WRatio": 10_000, "bm25s char 1+2": 100_000}
_TANTIVY = "tantivy ngram(1,2)"

Made = TypeVar("Made")
Find = Callable[[str], Sequence[int]]
"""A sentence to the numbers of records, best first."""


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One subject at one size. `mb` is what the process grew by, None where nobody can say."""

    name: str
    spent_s: tuple[float, ...]
    build_s: float | None = None
    mb: float | None = None
    ranks: tuple[int, ...] = ()  # of the right record, from 0; 99 if it is not among the ten
    ratios: dict[str, float] = field(default_factory=dict)

    def quantile_ms(self, share: float) -> float:
        ordered = sorted(self.spent_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000

    def recall(self, k: int) -> float:
        return sum(rank < k for rank in self.ranks) / len(self.ranks)

    def fields(self) -> dict[str, object]:
        found: dict[str, object] = {
            "name": self.name,
            "per_s": round(len(self.spent_s) / sum(self.spent_s), 1),
            "p50_ms": round(self.quantile_ms(0.5), 4),
            "p95_ms": round(self.quantile_ms(0.95), 4),
            "p99_ms": round(self.quantile_ms(0.99), 4),
            "of": len(self.spent_s),
        }
        if self.build_s is not None:
            found["build_s"] = round(self.build_s, 2)
        if self.mb is not None:
            found["mb"] = round(self.mb, 1)
        if self.ranks:
            found["recall_at_1"] = round(self.recall(1), 3)
            found["recall_at_5"] = round(self.recall(5), 3)
        return found | {key: round(ratio, 3) for key, ratio in self.ratios.items()}

    def __str__(self) -> str:
        words = [
            f"{self.name:<40} p50 {self.quantile_ms(0.5):9.3f} ms  "
            f"p95 {self.quantile_ms(0.95):9.3f} ms"
        ]
        if self.build_s is not None:
            words.append(f"built {self.build_s:6.2f} s")
        if self.mb is not None:
            words.append(f"{self.mb:7.1f} MB")
        if self.ranks:
            words.append(f"recall@1 {self.recall(1):.3f} @5 {self.recall(5):.3f}")
            words.append(f"of {len(self.ranks)}")
        words += [f"{key} {ratio:.2f}" for key, ratio in self.ratios.items()]
        return "  ".join(words)


def sizes(wanted: Iterable[int], meter: Meter) -> Iterator[SizeRow | Skipped]:
    """For each size: the mangled names, then a change and a need of our own."""
    yield from missing()
    for size in wanted:
        yield from _of_size(size, meter)


def _of_size(size: int, meter: Meter) -> Iterator[SizeRow | Skipped]:
    steps = _Steps(meter, QUERIES + 7)
    profiles = list(register(size))
    steps.done()
    dice = random.Random(size)
    asked = [(at, mangled(profiles[at].name, dice)) for at in dice.choices(range(size), k=QUERIES)]
    matcher, ours = _built(f"{size}: kebao", lambda: Matcher((), profiles))
    steps.done()
    numbers = {one.credit_code: at for at, one in enumerate(profiles)}

    def find(sentence: str) -> list[int]:
        return [numbers[c.credit_code] for c in matcher.find_provider(sentence, _TOP).providers]

    subjects: list[tuple[SizeRow, Find]] = [(ours, find)]
    texts = [_document(one) for one in profiles]
    for name, make in _PEERS.items():
        if size > _BY_LINE_MOST.get(name, size):
            yield Skipped(f"{size}: {name}", "takes too long at this size")
        elif name not in _OPTIONAL or is_there(name):
            peer, row = _built(f"{size}: {name}", partial(make, texts))
            # Peers get what is left of the sentence without the words of asking, as we look it up.
            subjects.append((row, _without_asking(peer)))
        steps.done()
    rows = _in_turns(subjects, asked, steps)
    by_name = {row.name: row for row in rows}
    tantivy = by_name.get(f"{size}: {_TANTIVY}")
    if tantivy is not None:
        ratio = tantivy.quantile_ms(0.5) / rows[0].quantile_ms(0.5)
        rows[0] = replace(rows[0], ratios={"of_peer": ratio})
    yield from rows
    yield from _changes(size, matcher, profiles)
    yield _needs(size, matcher)


_OPTIONAL = ("bm25s char 1+2", _TANTIVY)
_PEERS: dict[str, Callable[[Sequence[str]], Find]] = {
    "rapidfuzz ratio": lambda texts: rapidfuzz_extract(texts, "ratio", _TOP),
    "rapidfuzz WRatio": lambda texts: rapidfuzz_extract(texts, "WRatio", _TOP),
    "bm25s char 1+2": lambda texts: bm25s_pairs(texts, _TOP),
    _TANTIVY: lambda texts: tantivy_pairs(texts, _TOP),
}


class _Steps:
    """Tells the meter how far a size has come."""

    def __init__(self, meter: Meter, total: int) -> None:
        self._meter, self._total, self._so_far = meter, total, 0

    def done(self) -> None:
        self._so_far += 1
        self._meter(min(self._so_far, self._total), self._total)


def _document(one: ProviderProfile) -> str:
    return " ".join((one.name, *one.fields, *one.cases)).lower()


def _without_asking(find: Find) -> Find:
    return lambda sentence: find(asked_name(sentence))


def _built(name: str, make: Callable[[], Made]) -> tuple[Made, SizeRow]:
    gc.collect()
    before, begun = _resident_mb(), time.perf_counter()
    made = make()
    spent = time.perf_counter() - begun
    gc.collect()
    after = _resident_mb()
    grown = max(after - before, 0.0) if after is not None and before is not None else None
    return made, SizeRow(name, (), spent, grown)


def _resident_mb() -> float | None:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * 4096 / 1e6


def _in_turns(
    subjects: Sequence[tuple[SizeRow, Find]], asked: Sequence[tuple[int, str]], steps: _Steps
) -> list[SizeRow]:
    """Every sentence to every subject, so that a busy machine disturbs all alike."""
    spent: list[list[float]] = [[] for _ in subjects]
    ranks: list[list[int]] = [[] for _ in subjects]
    for _, find in subjects:
        find(asked[0][1])  # caches and imports are not what we measure
    for wanted, sentence in asked:
        for at, (_, find) in enumerate(subjects):
            if sum(spent[at]) > _PATIENCE_S:
                continue
            begun = time.perf_counter()
            found = find(sentence)
            spent[at].append(time.perf_counter() - begun)
            ranks[at].append(next((i for i, one in enumerate(found) if one == wanted), 99))
        steps.done()
    return [
        replace(row, spent_s=tuple(spent[at]), ranks=tuple(ranks[at]))
        for at, (row, _) in enumerate(subjects)
    ]


def _changes(size: int, matcher: Matcher, profiles: Sequence[ProviderProfile]) -> Iterator[SizeRow]:
    """One provider more, one provider less: each makes a matcher that shares what is unchanged."""
    added, removed = [], []
    for one in islice(profiles, _CHANGES):
        new = replace(one, name=f"新{one.name}", credit_code=f"92{one.credit_code}")
        begun = time.perf_counter()
        matcher = matcher.with_providers([new])
        added.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        matcher = matcher.with_providers(removed=[one.credit_code])
        removed.append(time.perf_counter() - begun)
    yield SizeRow(f"{size}: kebao, one more", tuple(added))
    yield SizeRow(f"{size}: kebao, one less", tuple(removed))


_NEEDS = (
    "想做高企认定，最好有制糖自控的经验",
    "汽车起动机的专利布局，轴承寿命也要做",
    "给芒果测一下农残，米粉包装也测",
    "做个小程序，接数据平台",
    "水质检测和噪声监测一起做",
)


def _needs(size: int, matcher: Matcher) -> SizeRow:
    spent = []
    for text in _NEEDS * (QUERIES // len(_NEEDS)):
        begun = time.perf_counter()
        matcher.rank_providers(service_code="05.01.01", region="柳州", text=text, k=_TOP)
        spent.append(time.perf_counter() - begun)
    return SizeRow(f"{size}: kebao, a need of one service", tuple(spent))
