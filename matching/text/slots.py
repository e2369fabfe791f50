"""What one message says about a demand, as plain values with the words they were read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from matching.text.found import Found


@dataclass(frozen=True, slots=True)
class Slots:
    """What one message says; money in fen, days are days of the person's zone."""

    budget_min_fen: int | None = None
    budget_max_fen: int | None = None
    budget_approx: bool = False
    budget_vague: bool = False
    budget_negotiable: bool = False
    budget_unit: str = ""
    budget_ambiguous: tuple[int, ...] = ()
    deadline: date | datetime | None = None
    not_before: date | datetime | None = None
    time_ref: date | None = None  # 上周五下的单: points back, demands nothing
    duration_days: int | None = None
    duration_workdays: int | None = None
    region: str = ""
    region_zone: str = ""
    quantity: Decimal | None = None
    quantity_unit: str = ""
    phone: str = ""
    email: str = ""
    percent: Decimal | None = None
    company: str = ""
    order_no: str = ""
    urgent: bool = False
    ambiguous: tuple[str, ...] = ()  # slots said in a way that must be asked about
    found: Mapping[str, Found] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def spans(self) -> dict[str, str]:
        """The exact words of every slot."""
        return {slot: found.text for slot, found in self.found.items()}

    @property
    def has_budget(self) -> bool:
        return self.budget_min_fen is not None or self.budget_max_fen is not None

    def to_json(self) -> dict[str, object]:
        """The slots that were said, by name, in the forms of the command line's JSON."""
        out: dict[str, object] = {}
        for name in ("budget_min_fen", "budget_max_fen", "duration_days", "duration_workdays"):
            if (value := getattr(self, name)) is not None:
                out[name] = value
        for name in ("budget_approx", "budget_vague", "budget_negotiable", "urgent"):
            if getattr(self, name):
                out[name] = True
        for name in ("budget_unit", "region", "region_zone", "quantity_unit", "phone", "email",
                     "company", "order_no"):  # fmt: skip
            if value := getattr(self, name):
                out[name] = value
        for name in ("deadline", "not_before", "time_ref"):
            if (value := getattr(self, name)) is not None:
                out[name] = moment_json(value)
        for name in ("quantity", "percent"):
            if (value := getattr(self, name)) is not None:
                out[name] = _plain(value)
        if self.budget_ambiguous:
            out["budget_ambiguous"] = list(self.budget_ambiguous)
        if self.ambiguous:
            out["ambiguous"] = self.ambiguous[0] if len(self.ambiguous) == 1 else [*self.ambiguous]
        return out


def moment_json(value: date | datetime) -> str:
    """``2026-11-27`` or ``2026-11-24T15:00``."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    return value.isoformat()


def _plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
