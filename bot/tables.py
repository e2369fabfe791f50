"""Tables in files: `.tsv`, `.xlsx` and `.json` as rows of named texts, defended and reported."""

import csv
import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.sections import nearest

MAX_FILE_BYTES = 16 << 20
MAX_ROWS = 100_000
MAX_CELL = 5_000  # characters; Excel itself stops at 32 767
SEPARATOR = "/"
# Controls, halves of surrogate pairs, and the code points that Unicode keeps from being
# characters: XML cannot hold them, and nobody typed them.
_NO_TEXT = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17))
    + "]"
)
ENDINGS = (".tsv", ".xlsx", ".json")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong where; row 0 means the whole file, an empty column the whole row.

    Rows count from 1: the header of a table, the first object of JSON.
    """

    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        place = f"row {self.row}" if self.row else ""
        place += f"{', ' if place else ''}{self.column}" if self.column else ""
        return f"{place}: {self.reason}" if place else self.reason


class FileProblems(Exception):
    """A file that cannot be imported, with everything there is to mend in it."""

    def __init__(self, path: Path, problems: Sequence[RowProblem]) -> None:
        super().__init__(str(path), *map(str, problems))
        self.path = path
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Columns:
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return self.required + self.optional


@dataclass(frozen=True, slots=True)
class Row:
    """One row. A column the file does not have reads as an empty text."""

    number: int
    cells: Mapping[str, str]
    problems: tuple[RowProblem, ...] = field(default=())

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def read_rows(
    path: Path, columns: Columns, *, endings: Collection[str] = ENDINGS
) -> tuple[Row, ...]:
    """All rows that are not blank, cells cleaned of stray white space.

    A cell that cannot be accepted is a problem of its row, for the caller to report together
    with its own findings.

    `endings`: what the file's name may end in; ".csv" can be among them.

    Raises:
        FileProblems: the file or its header is no good.
    """
    readers: dict[str, Callable[[bytes], Iterator[Sequence[object]]]] = {
        ".tsv": _read_tsv,
        ".csv": partial(_read_tsv, dialect="excel"),
        ".xlsx": _read_xlsx,
    }
    raw = bytes_of(path)
    ending = path.suffix.lower()
    try:
        if ending not in endings:
            raise unreadable(f"must end in {', '.join(endings)}")
        if ending == ".json":
            return tuple(_rows_of_objects(_read_json(raw), columns))
        return tuple(_rows_of_lines(readers[ending](raw), columns))
    except _Unreadable as error:
        raise FileProblems(path, error.problems) from None


def write_rows(path: Path, columns: Columns, rows: Iterable[Mapping[str, str]]) -> int:
    """Write the rows in the form the ending asks for; returns how many.

    The file appears whole or not at all. In spreadsheets a cell that would be taken for a formula
    gets an apostrophe in front, which `read_rows` takes off again.
    """
    from bot.workbooks import write_xlsx

    kept = [{name: _clean(row.get(name, "")) for name in columns.names} for row in rows]
    if path.suffix.lower() == ".json":
        content = (json.dumps(kept, ensure_ascii=False, indent=1) + "\n").encode()
    else:
        lines = [list(columns.names), *([_guarded(cell) for cell in row.values()] for row in kept)]
        if path.suffix.lower() == ".tsv":
            text = io.StringIO(newline="")
            csv.writer(text, dialect="excel-tab", lineterminator="\n").writerows(lines)
            content = text.getvalue().encode()
        elif path.suffix.lower() == ".xlsx":
            content = write_xlsx(lines)
        else:
            raise FileProblems(path, [RowProblem(0, "", f"must end in {', '.join(ENDINGS)}")])
    _replace(path, content)
    return len(kept)


class _Unreadable(Exception):
    def __init__(self, *problems: RowProblem) -> None:
        self.problems = problems


def unreadable(reason: str, *, row: int = 0, column: str = "") -> Exception:
    """For the readers of one format: the file as a whole cannot be read any further."""
    return _Unreadable(RowProblem(row, column, reason))


def bytes_of(path: Path) -> bytes:
    """What a file holds, if that is not too much. Raises FileProblems."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise FileProblems(path, [RowProblem(0, "", error.strerror or "cannot be read")]) from None
    if len(raw) > MAX_FILE_BYTES:
        raise FileProblems(path, [RowProblem(0, "", "is larger than 16 MiB")])
    return raw


def decoded(raw: bytes) -> str:
    """Text with or without a mark of its byte order. Raises UnicodeDecodeError."""
    return raw.decode("utf-8-sig")


def _decoded(raw: bytes) -> str:
    try:
        return decoded(raw)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise unreadable(
            f"is not UTF-8{_likely_encoding(raw)}; save it as UTF-8", row=line
        ) from None


def _likely_encoding(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return " but UTF-16"
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return " but probably GBK"


def _read_tsv(raw: bytes, dialect: str = "excel-tab") -> Iterator[Sequence[object]]:
    reader = csv.reader(io.StringIO(_decoded(raw), newline=""), dialect=dialect, strict=True)
    number = 0
    while True:
        try:
            line = next(reader, None)
        except csv.Error as error:
            if "field larger" in str(error):
                reason = f"a cell is longer than {MAX_CELL} characters"
            else:
                reason = (
                    "a cell that begins with a quotation mark must end with one, "
                    "and quotation marks inside it must be doubled"
                )
            raise unreadable(reason, row=number + 1) from None
        if line is None:
            return
        number += 1
        yield [_unguarded(cell) for cell in line]


def _read_xlsx(raw: bytes) -> Iterator[Sequence[object]]:
    from bot.workbooks import read_xlsx

    for line in read_xlsx(raw):
        yield [_unguarded(cell) if isinstance(cell, str) else cell for cell in line]


def _read_json(raw: bytes) -> list[object]:
    try:
        document = json.loads(_decoded(raw), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise unreadable(f"is not JSON: {error.msg}", row=error.lineno) from None
    except RecursionError:
        raise unreadable("is nested too deeply") from None
    if not isinstance(document, list):
        raise unreadable("must be a list of objects, one for each row")
    if len(document) > MAX_ROWS:
        raise unreadable(f"has more than {MAX_ROWS} rows")
    return document


class _Object(dict[str, object]):
    """A JSON object that remembers which of its keys came twice."""

    repeated: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, object]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        found.repeated = tuple(sorted({key for key in keys if keys.count(key) > 1}))
    return found


def _rows_of_lines(lines: Iterator[Sequence[object]], columns: Columns) -> Iterator[Row]:
    header = [_clean(_text(cell)).lower() for cell in next(lines, ())]
    while header and not header[-1]:
        header.pop()
    problems = list(_header_problems(header, columns))
    if problems:
        raise _Unreadable(*problems)
    for number, line in enumerate(lines, start=2):
        if number > MAX_ROWS + 1:
            raise unreadable(f"has more than {MAX_ROWS} rows")
        values = [_text(cell) for cell in line]
        if not any(value.strip() for value in values):
            continue
        surplus = any(value.strip() for value in values[len(header) :])
        reason = f"has {len(values)} cells where the header has {len(header)}"
        found = [RowProblem(number, "", reason)] if surplus else []
        yield _row(number, dict(zip(header, values, strict=False)), found)


def _rows_of_objects(items: list[object], columns: Columns) -> Iterator[Row]:
    for number, item in enumerate(items, start=1):
        if not isinstance(item, _Object):
            yield _row(number, {}, [RowProblem(number, "", "must be an object")])
            continue
        found = [RowProblem(number, key, "occurs twice") for key in item.repeated]
        found += [
            RowProblem(number, key, _unknown(key, columns))
            for key in item
            if key not in columns.names
        ]
        cells: dict[str, str] = {}
        for column in columns.names:
            try:
                cells[column] = _json_text(item.get(column))
            except ValueError as error:
                found.append(RowProblem(number, column, str(error)))
        yield _row(number, cells, found)


def _header_problems(header: list[str], columns: Columns) -> Iterator[RowProblem]:
    if not any(header):
        yield RowProblem(
            1, "", f"the header row is missing; it reads: {' '.join(columns.required)}"
        )
        return
    for position, name in enumerate(header):
        if not name:
            yield RowProblem(1, f"column {position + 1}", "has no name")
        elif name not in columns.names:
            yield RowProblem(1, name[:60], _unknown(name, columns))
        elif name in header[:position]:
            yield RowProblem(1, name, "occurs twice")
    for name in columns.required:
        if name not in header:
            yield RowProblem(1, name, "the column is missing")


def _unknown(name: str, columns: Columns) -> str:
    return f"is not a known column; did you mean {nearest(name, columns.names)}?"


def _row(number: int, values: Mapping[str, str], problems: list[RowProblem]) -> Row:
    cells = {}
    for column, value in values.items():
        cells[column] = _clean(value)
        if len(value) > MAX_CELL:
            cells[column] = ""
            problems.append(RowProblem(number, column, f"is longer than {MAX_CELL} characters"))
        elif _NO_TEXT.search(cells[column]):
            problems.append(RowProblem(number, column, "holds characters that are not text"))
    return Row(number, cells, tuple(problems))


def _text(value: object) -> str:
    """A cell of a spreadsheet as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _json_text(value: object) -> str:
    if isinstance(value, list):
        items = [_json_text(item) for item in value]
        if any(isinstance(item, list) or SEPARATOR in str(item) for item in value):
            raise ValueError(f'items of a list must not hold "{SEPARATOR}"')
        return SEPARATOR.join(items)
    if isinstance(value, dict):
        raise ValueError("must be a text, a number or a list of texts")
    return _text(value)


def _clean(text: str) -> str:
    """White space of every kind, line ends in a cell included, becomes single spaces."""
    return re.sub(r"\s+", " ", text).strip()


# Spreadsheets take such a cell for a formula; the full-width forms too, in some languages.
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠]")


def _guarded(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
