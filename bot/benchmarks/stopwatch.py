"""Measuring several subjects fairly: in turns, so that a busy machine disturbs all alike."""

import gc
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

Meter = Callable[[int, int], None]
Work = Callable[[], int]
"""Does something once and returns how many items that were."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a benchmark may be asked for beside its name."""

    database: str = ""  # a PostgreSQL server on which a scratch database may be made
    long: bool = False
    files: tuple[Path, ...] = ()  # labelled tables: then it is quality that is measured
    sizes: tuple[int, ...] = ()  # registers of so many providers: then these are measured
    large: bool = False  # a market of a million transfers
    lexical: bool = False  # without the model of sentences, even if it is installed
    oracle: bool = False  # hear somebody else's grammar on the tables as well


class Line(Protocol):
    """What a benchmark yields: shown as a line of words, or as JSON."""

    def fields(self) -> dict[str, object]: ...


SECONDS = 1.5  # for each subject
SLICE_S = 0.05


@dataclass(frozen=True, slots=True)
class Row:
    """One subject. Latencies are of one call, however many items it handles."""

    name: str
    per_s: float
    p50_ms: float
    p99_ms: float
    ratios: Mapping[str, float] = field(default_factory=dict)

    def fields(self) -> dict[str, object]:
        return {
            "name": self.name,
            "per_s": round(self.per_s, 1),
            "p50_ms": round(self.p50_ms, 4),
            "p99_ms": round(self.p99_ms, 4),
            **{key: round(ratio, 3) for key, ratio in self.ratios.items()},
        }

    def __str__(self) -> str:
        ratios = "".join(f"  {key} {ratio:.2f}" for key, ratio in self.ratios.items())
        times = f"p50 {self.p50_ms:9.3f} ms  p99 {self.p99_ms:9.3f} ms"
        return f"{self.name:<28} {self.per_s:>12,.0f}/s  {times}{ratios}"


@dataclass(slots=True)
class _Tally:
    items: int = 0
    spent: list[float] = field(default_factory=list)


def measure(subjects: Mapping[str, Work], meter: Meter) -> list[Row]:
    """One row per subject, in the order given."""
    tallies = {name: _Tally() for name in subjects}
    for work in subjects.values():
        work()  # caches, imports and prepared statements are not what we measure
    gc.collect()
    # The same time for everybody: a slow subject has few calls, not a long turn.
    rounds = max(1, round(SECONDS / SLICE_S))
    for done in range(rounds):
        for name, work in subjects.items():
            _run_slice(work, tallies[name])
        meter(done + 1, rounds)
    return [
        row_of(name, items=tally.items, wall_s=sum(tally.spent), spent=tally.spent)
        for name, tally in tallies.items()
    ]


def against(ours: Row, **others: Row) -> Row:
    """Our row with its ratios: ``against(ours, of_raw=floor)``."""
    ratios = {key: ours.per_s / other.per_s for key, other in others.items()}
    return Row(ours.name, ours.per_s, ours.p50_ms, ours.p99_ms, ratios)


def _run_slice(work: Work, tally: _Tally) -> None:
    end = time.perf_counter() + SLICE_S
    while True:
        begun = time.perf_counter()
        tally.items += work()
        now = time.perf_counter()
        tally.spent.append(now - begun)
        if now >= end:
            return


def row_of(name: str, *, items: int, wall_s: float, spent: Iterable[float]) -> Row:
    """A row from seconds that were measured elsewhere: over all, and of each call."""
    ordered = sorted(spent)
    return Row(
        name,
        per_s=items / wall_s,
        p50_ms=_quantile(ordered, 0.50) * 1000,
        p99_ms=_quantile(ordered, 0.99) * 1000,
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
