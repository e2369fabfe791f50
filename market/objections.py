"""Objections (质疑) against a purchase by an authority: while it stands still, bidders may speak.

Public money is not agreed to before the time is over and every objection is answered.
"""

from dataclasses import dataclass
from datetime import datetime

from market.errors import StandStill, StepNotAllowed


@dataclass(frozen=True, slots=True)
class Objection:
    id: int
    order_id: int
    provider_id: int
    person_id: int
    reason: str
    at: datetime
    answered_at: datetime | None = None
    upheld: bool = False
    answer: str = ""


def check_open(order_no: str, ends_at: datetime, now: datetime) -> None:
    """Whether bidders may still object. Raises StepNotAllowed."""
    if now >= ends_at:
        raise StepNotAllowed(order_no, status="standstill_over", step="object")


def check_over(order_no: str, ends_at: datetime, open_count: int, now: datetime) -> None:
    """Whether an authority may say yes. Raises StandStill."""
    if now < ends_at or open_count:
        raise StandStill(order_no, until=ends_at, objections=open_count)
