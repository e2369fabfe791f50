"""Excel workbooks: the first sheet as lines of cells, with what hostile archives do kept out."""

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from xml.parsers import expat

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from bot.tables import MAX_ROWS, unreadable

MAX_ENTRIES = 500
MAX_UNPACKED_BYTES = 128 << 20
MAX_RATIO = 200  # an honest sheet packs to a fiftieth at most
MAX_COLUMNS = 100

# What openpyxl raises on workbooks that break its expectations.
_BROKEN = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RuntimeError,
    OSError, EOFError, SyntaxError, zipfile.BadZipFile, zlib.error, InvalidFileException,
)  # fmt: skip


def read_xlsx(raw: bytes) -> Iterator[Sequence[object]]:
    """The rows of the first sheet; formulas give the value they last had."""
    _check_archive(raw)
    with warnings.catch_warnings():
        # openpyxl warns of decorations it ignores, such as data validation; so do we.
        warnings.simplefilter("ignore", UserWarning)
        try:
            book = openpyxl.load_workbook(
                io.BytesIO(raw), read_only=True, data_only=True, keep_links=False
            )
            sheet = book.worksheets[0]
            # The size a sheet claims may be anything; the cells themselves are counted.
            sheet.reset_dimensions()
            lines = list(
                sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS, values_only=True)
            )
            book.close()
        except _BROKEN as error:
            raise unreadable(f"is not a readable workbook ({type(error).__name__})") from None
    yield from lines


def write_xlsx(lines: Sequence[Sequence[str]]) -> bytes:
    """A workbook with one sheet, all cells text, so that 05.01.03 does not become a date."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("kebao")
    sheet.freeze_panes = "A2"
    for number, line in enumerate(lines):
        cells = []
        for text in line:
            cell = WriteOnlyCell(sheet, value=text)
            cell.data_type = "s"
            cell.number_format = "@"
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _check_archive(raw: bytes) -> None:
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise unreadable("is an old .xls or has a password; save it as .xlsx without one")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise unreadable(f"holds more than {MAX_ENTRIES} files")
            # Python reads no more of an entry than its stated size, so that can be trusted.
            if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
                raise unreadable("unpacks to more than 128 MiB")
            if any(_is_bomb(entry) for entry in entries):
                raise unreadable(f"is packed more than {MAX_RATIO} times")
            for entry in entries:
                if PurePosixPath(entry.filename).suffix in (".xml", ".rels", ".vml"):
                    _refuse_doctype(archive, entry)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError):
        raise unreadable("is not an .xlsx workbook") from None


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > 1 << 20 and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)


class _Begun(Exception):
    """The first element was reached: no DOCTYPE can follow."""


def _refuse_doctype(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """A workbook has no use for a DTD; entities are how XML files explode or read others."""

    def begun(*_: object) -> None:
        raise _Begun

    def doctype(*_: object) -> None:
        raise unreadable("holds a document type definition")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begun
    parser.StartDoctypeDeclHandler = doctype
    with archive.open(entry) as file:
        try:
            while chunk := file.read(1 << 16):
                parser.Parse(chunk, False)
        except _Begun:
            return
        except expat.ExpatError:
            raise unreadable(f"holds broken XML in {entry.filename[:60]}") from None
