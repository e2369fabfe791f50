"""月结: a month's money – to staff that of the market, to a provider their own."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.months import open_link
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import months as zh
from market.months import Month, month_of, month_written
from market.parties import Sender
from market.reconciliation import business_day
from storage.unit_of_work import UnitOfWork

router = Router("months")


@dataclass(frozen=True, slots=True)
class Statement:
    which: str  # as it was said


_ASKED = re.compile(r"^(?:看|查)?(?:月结单?|月度?账单|月度?对账单?|月报)\s*(.{0,12})$")
_NUMBER = re.compile(r"(?:(20\d{2})\s*年?\s*)?(\d{1,2})\s*月份?")


def parse_statement(heard: Heard) -> Statement | None:
    """ "月结", "月结 2026-10", "月结 上个月"; buyers have no month here."""
    if not (heard.sender.is_staff or heard.sender.is_provider):
        return None
    found = _ASKED.match(heard.command)
    return Statement(found[1].strip(" 的。?？")) if found else None


def which_month(said: str, today: Month) -> Month | None:
    """Without a word the month that ended last; a bare number is the latest month of that name."""
    if said in {"", "上月", "上个月"}:
        return today.before
    if said in {"本月", "这个月", "当月", "这月"}:
        return today
    if (written := month_written(said)) is not None:
        return written
    found = _NUMBER.fullmatch(said)
    if found is None or not 1 <= int(found[2]) <= 12:
        return None
    number = int(found[2])
    year = int(found[1]) if found[1] else today.year - (number > today.number)
    return Month(year, number)


@router.on(parse_statement)
def statement(
    said: Statement, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    today = month_of(business_day(now))
    month = which_month(said.which, today)
    if month is None:
        say(zh.NO_MONTH)
        return
    if month > today:
        say(zh.NOT_BEGUN.format(month=zh.title(month)))
        return
    so_far = month == today
    link = open_link(uow, month, None if sender.is_staff else sender.provider_id, sender, desk, now)
    if sender.is_staff:
        has_bills = bool(uow.bills.latest(1))
        open_count = uow.differences.count_open(until=month.last_day) if has_bills else None
        words = zh.summary(uow.months.statement(month), open_count, link, so_far=so_far)
    else:
        assert sender.provider_id is not None, "nobody else's words are read"
        own = uow.months.of_provider(sender.provider_id, month)
        words = zh.of_provider(own, link, so_far=so_far)
    say.discreetly(zh.in_group(month), words)
