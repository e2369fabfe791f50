"""Cells of a table by type, and its rows as things: every row is validated before any is used."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

from bot.tables import SEPARATOR, Columns, FileProblems, Row, RowProblem, read_rows

T = TypeVar("T")

_YES = frozenset({"是", "yes", "true", "1", "y"})
_NO = frozenset({"否", "no", "false", "0", "n", ""})
_YUAN = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,10})(?:\.(\d{1,2}))?")
_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?%?")


class Cells:
    """Reads the cells of one row by type, noting what is wrong with them."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self.problems = list(row.problems)

    def problem(self, column: str, reason: str) -> None:
        self.problems.append(RowProblem(self._row.number, column, reason))

    def text(self, column: str, *, required: bool = False) -> str:
        value = self._row[column]
        # A cell that already has a problem reads as empty: one reason is enough.
        if required and not value and not any(one.column == column for one in self.problems):
            self.problem(column, "must not be empty")
        return value

    def shaped(self, column: str, shape: str, example: str, *, required: bool = False) -> str:
        value = self.text(column, required=required)
        if value and not re.fullmatch(shape, value):
            self.problem(column, f"must look like {example}, not {shown(value)}")
        return value

    def items(self, column: str) -> tuple[str, ...]:
        items = (item.strip() for item in self._row[column].split(SEPARATOR))
        return tuple(dict.fromkeys(filter(None, items)))

    def yes(self, column: str) -> bool:
        value = self._row[column].lower()
        if value not in _YES | _NO:
            self.problem(column, f"must be 是 or 否, not {shown(value)}")
        return value in _YES

    def days(self, column: str) -> int | None:
        value = self._row[column]
        if not value:
            return None
        if not re.fullmatch(r"[0-9]{1,4}", value) or not 1 <= int(value) <= 3650:
            self.problem(column, f"must be whole days from 1 to 3650, not {shown(value)}")
            return None
        return int(value)

    def stars(self, column: str) -> int | None:
        """Hundredths of a star, from 0 to 500."""
        value = self._row[column]
        if not value:
            return None
        try:
            hundredths = Decimal(value) * 100
        except InvalidOperation:
            hundredths = Decimal("NaN")
        if not (hundredths.is_finite() and 0 <= hundredths <= 500 and hundredths % 1 == 0):
            self.problem(column, f"must be stars from 0 to 5, such as 4.8, not {shown(value)}")
            return None
        return int(hundredths)

    def fen(self, column: str, *, required: bool = False) -> int:
        """Yuan, such as 20000 or 20,000.50."""
        value = self.text(column, required=required)
        found = _YUAN.fullmatch(value)
        if found is None:
            if value:
                self.problem(column, f"must be yuan, such as 20000.50, not {shown(value)}")
            return 0
        return int(found[1].replace(",", "")) * 100 + int((found[2] or "0").ljust(2, "0"))

    def percent(self, column: str) -> int:
        """Basis points, from 1 to 10 000."""
        value = self.text(column, required=True)
        found = _PERCENT.fullmatch(value)
        rate_bp = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0")) if found else 0
        if value and not 1 <= rate_bp <= 10_000:
            self.problem(column, f"must be a percentage up to 100, such as 50%, not {shown(value)}")
        return rate_bp

    def day(self, column: str) -> date:
        value = self.text(column, required=True)
        try:
            return date.fromisoformat(value)
        except ValueError:
            if value:
                self.problem(column, f"must be a day, such as 2026-12-20, not {shown(value)}")
            return date.min


def read_as(
    path: Path,
    columns: Columns,
    convert: Callable[[Cells], T],
    conflicts: Callable[[list[tuple[int, T]]], Iterable[RowProblem]],
) -> tuple[T, ...]:
    found: list[tuple[int, T]] = []
    problems: list[RowProblem] = []
    for row in read_rows(path, columns):
        cells = Cells(row)
        found.append((row.number, convert(cells)))
        problems += cells.problems
    problems += conflicts(found)
    if not found:
        problems.append(RowProblem(0, "", "holds no rows"))
    if problems:
        raise FileProblems(path, sorted(problems, key=lambda one: one.row))
    return tuple(value for _, value in found)


def repeated(
    found: list[tuple[int, T]], column: str, key: Callable[[T], str]
) -> Iterable[RowProblem]:
    first: dict[str, int] = {}
    for number, value in found:
        text = key(value)
        if text and first.setdefault(text, number) != number:
            yield RowProblem(number, column, f"{shown(text)} is already in row {first[text]}")


def shown(value: str) -> str:
    return f'"{value if len(value) <= 40 else value[:39] + "…"}"'
