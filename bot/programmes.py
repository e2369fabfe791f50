"""Public programmes as a table that an operator edits."""

from collections.abc import Collection, Iterable
from pathlib import Path

from bot.cells import Cells, read_as, repeated, shown
from bot.tables import SEPARATOR, Columns, RowProblem, write_rows
from market.programmes import Programme, ProgrammeKind

PROGRAMMES = Columns(
    required=("code", "kind", "name", "budget", "per_firm", "share", "ends_on"),
    optional=("services", "regions", "least", "basis", "link"),
)
_KINDS = {
    "创新券": ProgrammeKind.VOUCHER,
    "政府购买": ProgrammeKind.PURCHASE,
    "后补助": ProgrammeKind.SUBSIDY,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_CODE = r"[A-Z][A-Z0-9-]{2,30}"
_SERVICE = r"[0-9]{2}(?:\.[0-9]{2}){0,2}"


def read_programmes(
    path: Path, known_services: Collection[str] | None = None
) -> tuple[Programme, ...]:
    """The programmes of a file; with `known_services` their services must be of the catalogue.

    Raises:
        FileProblems: with every bad row of the file.
    """

    def convert(cells: Cells) -> Programme:
        return _programme(cells, known_services)

    return read_as(path, PROGRAMMES, convert, _conflicts)


def write_programmes(path: Path, programmes: Iterable[Programme]) -> int:
    """Write them in the form the ending asks for; returns how many."""
    return write_rows(path, PROGRAMMES, map(_cells, programmes))


def _programme(cells: Cells, known_services: Collection[str] | None) -> Programme:
    kind = cells.text("kind", required=True)
    if kind and kind not in _KINDS and kind not in set(ProgrammeKind):
        cells.problem("kind", f"must be {', '.join(_KINDS)}, not {shown(kind)}")
    services = cells.items("services")
    for code in services:
        known = known_services is None or any(one.startswith(code) for one in known_services)
        if not known:
            cells.problem("services", f"{code} is not in the catalogue")
    link = cells.text("link")
    if link and not link.startswith(("https://", "http://")):
        cells.problem("link", f"must be an address, not {shown(link)}")
    budget_fen, per_firm_fen = cells.fen("budget", required=True), cells.fen("per_firm")
    return Programme(
        code=cells.shaped("code", _CODE, "LZ-CXQ-2026", required=True),
        kind=_KINDS.get(kind, ProgrammeKind(kind) if kind in set(ProgrammeKind) else None)
        or ProgrammeKind.VOUCHER,
        name=cells.text("name", required=True),
        budget_fen=budget_fen,
        per_firm_fen=per_firm_fen or budget_fen,
        share_bp=cells.percent("share"),
        ends_on=cells.day("ends_on"),
        services=services,
        regions=cells.items("regions"),
        least_fen=cells.fen("least"),
        basis=cells.text("basis"),
        link=link,
    )


def _conflicts(found: list[tuple[int, Programme]]) -> Iterable[RowProblem]:
    yield from repeated(found, "code", lambda programme: programme.code)
    yield from repeated(found, "name", lambda programme: programme.name)


def _cells(programme: Programme) -> dict[str, str]:
    return {
        "code": programme.code,
        "kind": _NAMES[programme.kind],
        "name": programme.name,
        "budget": _yuan(programme.budget_fen),
        "per_firm": _yuan(programme.per_firm_fen),
        "share": f"{programme.share_bp / 100:g}%",
        "ends_on": programme.ends_on.isoformat(),
        "services": SEPARATOR.join(programme.services),
        "regions": SEPARATOR.join(programme.regions),
        "least": _yuan(programme.least_fen),
        "basis": programme.basis,
        "link": programme.link,
    }


def _yuan(fen: int) -> str:
    whole, cents = divmod(fen, 100)
    return f"{whole}.{cents:02}" if cents else str(whole)
