"""Months: a statement for whoever may see it, and the address of its workbook."""

from datetime import datetime, timedelta

from handlers.desk import Desk
from market.months import Month
from market.parties import Sender
from storage.months import MonthLink
from storage.unit_of_work import UnitOfWork

LINK_LASTS = timedelta(hours=24)


def open_link(
    uow: UnitOfWork,
    month: Month,
    provider_id: int | None,
    sender: Sender,
    desk: Desk,
    now: datetime,
) -> str:
    """An unguessable address of the month's workbook; without a provider, of the whole market."""
    link = MonthLink(desk.randomness.token(), month, provider_id, sender.id, now + LINK_LASTS)
    uow.months.add_link(link, now)
    return f"{desk.public_url}/months/{link.token}"
