"""Labelled tables, and figures on them with the interval that their size allows."""

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.commands.console import UsageError

_RESAMPLES = 1000
_Outcome = TypeVar("_Outcome")


@dataclass(frozen=True, slots=True)
class Figure:
    """One quality on one table: a share of 0…1 (or per 100, if it says so) and 95 % of luck."""

    name: str
    value: float
    low: float
    high: float
    of: int  # rows, or readings, that it is a share of

    def fields(self) -> dict[str, object]:
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "of": self.of,
        }

    def __str__(self) -> str:
        return f"{self.name:<52} {self.value:6.3f}  ({self.low:.3f}–{self.high:.3f}, {self.of})"


def figure(
    name: str, outcomes: Sequence[_Outcome], statistic: Callable[[Sequence[_Outcome]], float]
) -> Figure:
    """The statistic of all outcomes, with a 95 % bootstrap interval that any run repeats."""
    dice = random.Random(20_26)
    drawn = sorted(
        statistic(dice.choices(outcomes, k=len(outcomes))) for _ in range(_RESAMPLES) if outcomes
    )
    low, high = (drawn[25], drawn[-26]) if drawn else (0.0, 0.0)
    return Figure(name, statistic(outcomes) if outcomes else 0.0, low, high, len(outcomes))


def share(outcomes: Sequence[bool]) -> float:
    return sum(outcomes) / len(outcomes) if outcomes else 0.0


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one row: what was read rightly, what was made up, what was missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0


def f1(tallies: Sequence[Tally]) -> float:
    """2·right / (2·right + wrong + missed); 1 if nothing was there and nothing was read."""
    right = sum(t.right for t in tallies)
    errors = sum(t.wrong + t.missed for t in tallies)
    return 2 * right / (2 * right + errors) if right + errors else 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """A tab-separated file with a header."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def read_table(path: Path, needed: Iterable[str]) -> Table:
    """Raises UsageError naming the file and the line, or the column that is missing."""
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error
    columns = tuple(lines[0].split("\t")) if lines else ()
    for column in needed:
        if column not in columns:
            raise UsageError(f"{path}: no column {column!r}; the header is {'/'.join(columns)}")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        values = line.split("\t")
        if len(values) > len(columns):
            raise UsageError(f"{path}:{number}: {len(values)} columns, the header has fewer")
        rows.append(dict(zip(columns, [*values, *[""] * len(columns)], strict=False)))
    return Table(path, columns, tuple(rows))


def expected_of(table: Table, row: dict[str, str]) -> dict[str, object]:
    """The JSON of a row's `expected`; {} if a list of several readings is expected."""
    value = offers_of(table, row)
    return value if isinstance(value, dict) else {}


def offers_of(table: Table, row: dict[str, str]) -> dict[str, object] | list[dict[str, object]]:
    """The JSON of a row's `expected`: one reading, or one for each offer of the message."""
    try:
        value = json.loads(row["expected"] or "{}")
    except json.JSONDecodeError as error:
        where = row.get("id") or row["text"]
        raise UsageError(f"{table.path}: row {where}: {error}") from error
    if isinstance(value, list):
        return [one for one in value if isinstance(one, dict)]
    return value if isinstance(value, dict) else {}
