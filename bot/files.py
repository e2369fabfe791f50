"""Catalogue and providers as files: every row is validated before any is used."""

import re
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from bot.cells import Cells, read_as, repeated, shown
from bot.tables import SEPARATOR, Columns, FileProblems, RowProblem, write_rows
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


def read_catalog(path: Path) -> tuple[Service, ...]:
    """The services of a file, in its order.

    Raises:
        FileProblems: with every bad row of the file.
    """
    return read_as(path, CATALOG, _service, _catalog_conflicts)


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

    def provider(cells: "Cells") -> ProviderProfile:
        return _provider(cells, known_codes)

    return read_as(path, PROVIDERS, provider, _provider_conflicts)


def write_providers(path: Path, providers: Iterable[ProviderProfile]) -> int:
    """Write the providers in the form the ending asks for; returns how many."""
    return write_rows(path, PROVIDERS, map(_provider_cells, providers))


def _service(cells: Cells) -> Service:
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


def _provider(cells: Cells, known_codes: Collection[str] | None) -> ProviderProfile:
    codes = cells.items("service_codes")
    for code in codes:
        if not re.fullmatch(_CODE, code):
            cells.problem("service_codes", f"must look like 05.01.03, not {shown(code)}")
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
    yield from repeated(found, "code", lambda service: service.code)
    yield from repeated(found, "name", lambda service: service.name)
    # 05.01.03 lies in class 05 and subclass 05.01: their names must be the same in all rows.
    yield from _disagreeing(found, "class1", 2, lambda service: service.class1)
    yield from _disagreeing(found, "class2", 5, lambda service: service.class2)


def _provider_conflicts(found: list[tuple[int, ProviderProfile]]) -> Iterable[RowProblem]:
    yield from repeated(found, "credit_code", lambda provider: provider.credit_code)
    yield from repeated(found, "name", lambda provider: provider.name)


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
            reason = f"{prefix} is {shown(known)} in row {row}, here it is {shown(name)}"
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
