"""Catalogue and providers as files: every row is validated before any is used."""

import re
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

from bot.tables import (
    SEPARATOR,
    Columns,
    FileProblems,
    Row,
    RowProblem,
    read_rows,
    write_rows,
)
from market.services import ProviderProfile, Service

__all__ = [
    "CATALOG",
    "PROVIDERS",
    "FileProblems",
    "RowProblem",
    "read_catalog",
    "read_providers",
    "write_catalog",
    "write_providers",
]

CATALOG = Columns(
    required=("code", "class1", "class2", "name", "description", "aliases"),
    optional=("process", "price_rule", "days", "materials", "online"),
)
PROVIDERS = Columns(
    required=(
        "name", "credit_code", "class", "fields", "service_codes", "cases",
        "region", "address", "phone", "email", "im",
    ),
    optional=("kind", "non_profit", "rating"),
)  # fmt: skip

T = TypeVar("T")

_CODE = r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}"
# A person who works for themselves gives their identity number, which is as long.
_CREDIT_CODE, _CREDIT_EXAMPLE = r"[0-9A-Z]{18}", "91450100MA5N000000"
_PHONE = r"\+?[0-9][0-9()（） ./,，、;；转-]{4,60}"
_EMAIL = r"[^\s@/]{1,64}@[^\s@/]{1,190}\.[^\s@/.]{2,63}"
_YES = frozenset({"是", "yes", "true", "1", "y"})
_NO = frozenset({"否", "no", "false", "0", "n", ""})


def read_catalog(path: Path) -> tuple[Service, ...]:
    """The services of a file, in its order.

    Raises:
        FileProblems: with every bad row of the file.
    """
    return _read(path, CATALOG, _service, _catalog_conflicts)


def write_catalog(path: Path, services: Iterable[Service]) -> int:
    """Write the services in the form the ending asks for; returns how many."""
    return write_rows(path, CATALOG, map(_service_cells, services))


def read_providers(
    path: Path, known_codes: Collection[str] | None = None
) -> tuple[ProviderProfile, ...]:
    """The providers of a file; with `known_codes` their services must be of the catalogue.

    Raises:
        FileProblems: with every bad row of the file.
    """

    def provider(cells: "_Cells") -> ProviderProfile:
        return _provider(cells, known_codes)

    return _read(path, PROVIDERS, provider, _provider_conflicts)


def write_providers(path: Path, providers: Iterable[ProviderProfile]) -> int:
    """Write the providers in the form the ending asks for; returns how many."""
    return write_rows(path, PROVIDERS, map(_provider_cells, providers))


class _Cells:
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
            self.problem(column, f"must look like {example}, not {_shown(value)}")
        return value

    def items(self, column: str) -> tuple[str, ...]:
        items = (item.strip() for item in self._row[column].split(SEPARATOR))
        return tuple(dict.fromkeys(filter(None, items)))

    def yes(self, column: str) -> bool:
        value = self._row[column].lower()
        if value not in _YES | _NO:
            self.problem(column, f"must be 是 or 否, not {_shown(value)}")
        return value in _YES

    def days(self, column: str) -> int | None:
        value = self._row[column]
        if not value:
            return None
        if not re.fullmatch(r"[0-9]{1,4}", value) or not 1 <= int(value) <= 3650:
            self.problem(column, f"must be whole days from 1 to 3650, not {_shown(value)}")
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
            self.problem(column, f"must be stars from 0 to 5, such as 4.8, not {_shown(value)}")
            return None
        return int(hundredths)


def _read(
    path: Path,
    columns: Columns,
    convert: Callable[[_Cells], T],
    conflicts: Callable[[list[tuple[int, T]]], Iterable[RowProblem]],
) -> tuple[T, ...]:
    found: list[tuple[int, T]] = []
    problems: list[RowProblem] = []
    for row in read_rows(path, columns):
        cells = _Cells(row)
        found.append((row.number, convert(cells)))
        problems += cells.problems
    problems += conflicts(found)
    if not found:
        problems.append(RowProblem(0, "", "holds no rows"))
    if problems:
        raise FileProblems(path, sorted(problems, key=lambda one: one.row))
    return tuple(value for _, value in found)


def _service(cells: _Cells) -> Service:
    return Service(
        code=cells.shaped("code", _CODE, "05.01.03", required=True),
        class1=cells.text("class1", required=True),
        class2=cells.text("class2", required=True),
        name=cells.text("name", required=True),
        description=cells.text("description", required=True),
        aliases=cells.items("aliases"),
        process=cells.items("process"),
        price_rule=cells.text("price_rule"),
        days=cells.days("days"),
        materials=cells.items("materials"),
        online=cells.yes("online"),
    )


def _provider(cells: _Cells, known_codes: Collection[str] | None) -> ProviderProfile:
    codes = cells.items("service_codes")
    for code in codes:
        if not re.fullmatch(_CODE, code):
            cells.problem("service_codes", f"must look like 05.01.03, not {_shown(code)}")
        elif known_codes is not None and code not in known_codes:
            cells.problem("service_codes", f"{code} is not in the catalogue")
    return ProviderProfile(
        name=cells.text("name", required=True),
        credit_code=cells.shaped("credit_code", _CREDIT_CODE, _CREDIT_EXAMPLE, required=True),
        class_name=cells.text("class", required=True),
        fields=cells.items("fields"),
        service_codes=codes,
        cases=cells.items("cases"),
        region=cells.text("region"),
        address=cells.text("address"),
        phone=cells.shaped("phone", _PHONE, "0771-1234567"),
        email=cells.shaped("email", _EMAIL, "name@example.org"),
        im=cells.text("im"),
        kind=cells.text("kind") or "企业",
        non_profit=cells.yes("non_profit"),
        rating=cells.stars("rating"),
    )


def _catalog_conflicts(found: list[tuple[int, Service]]) -> Iterable[RowProblem]:
    yield from _repeated(found, "code", lambda service: service.code)
    yield from _repeated(found, "name", lambda service: service.name)
    # 05.01.03 lies in class 05 and subclass 05.01: their names must be the same in all rows.
    yield from _disagreeing(found, "class1", 2, lambda service: service.class1)
    yield from _disagreeing(found, "class2", 5, lambda service: service.class2)


def _provider_conflicts(found: list[tuple[int, ProviderProfile]]) -> Iterable[RowProblem]:
    yield from _repeated(found, "credit_code", lambda provider: provider.credit_code)
    yield from _repeated(found, "name", lambda provider: provider.name)


def _repeated(
    found: list[tuple[int, T]], column: str, key: Callable[[T], str]
) -> Iterable[RowProblem]:
    first: dict[str, int] = {}
    for number, value in found:
        text = key(value)
        if text and first.setdefault(text, number) != number:
            yield RowProblem(number, column, f"{_shown(text)} is already in row {first[text]}")


def _disagreeing(
    found: list[tuple[int, Service]], column: str, length: int, key: Callable[[Service], str]
) -> Iterable[RowProblem]:
    first: dict[str, tuple[int, str]] = {}
    for number, service in found:
        name, prefix = key(service), service.code[:length]
        if not name or not re.fullmatch(_CODE, service.code):
            continue  # already a problem of its own
        row, known = first.setdefault(prefix, (number, name))
        if name != known:
            reason = f"{prefix} is {_shown(known)} in row {row}, here it is {_shown(name)}"
            yield RowProblem(number, column, reason)


def _service_cells(service: Service) -> dict[str, str]:
    return {
        "code": service.code,
        "class1": service.class1,
        "class2": service.class2,
        "name": service.name,
        "description": service.description,
        "aliases": _joined(service.aliases),
        "process": _joined(service.process),
        "price_rule": service.price_rule,
        "days": "" if service.days is None else str(service.days),
        "materials": _joined(service.materials),
        "online": _yes_no(service.online),
    }


def _provider_cells(provider: ProviderProfile) -> dict[str, str]:
    return {
        "name": provider.name,
        "credit_code": provider.credit_code,
        "class": provider.class_name,
        "fields": _joined(provider.fields),
        "service_codes": _joined(provider.service_codes),
        "cases": _joined(provider.cases),
        "region": provider.region,
        "address": provider.address,
        "phone": provider.phone,
        "email": provider.email,
        "im": provider.im,
        "kind": provider.kind,
        "non_profit": _yes_no(provider.non_profit),
        "rating": "" if provider.rating is None else str(Decimal(provider.rating) / 100),
    }


def _joined(items: Iterable[str]) -> str:
    # An item that came by another way than a file may hold the separator itself.
    return SEPARATOR.join(item.replace(SEPARATOR, "／") for item in items)


def _yes_no(value: bool) -> str:
    return "是" if value else "否"


def _shown(value: str) -> str:
    return f'"{value if len(value) <= 40 else value[:39] + "…"}"'
