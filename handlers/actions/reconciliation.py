"""Reconciling with a gateway: bills that are wanted, read, compared, and what comes of it.

The bills of a gateway are locked from the oldest day to the newest, before anything else here.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from handlers.wording import reconciliation as zh
from market.errands import BY_CODE, ErrandKind, payment_id_of
from market.errors import StepNotAllowed
from market.parties import Sender
from market.reconciliation import (
    BUSINESS_ZONE,
    Difference,
    Kind,
    Line,
    business_day,
    reconcile,
)
from storage.bills import Bill
from storage.differences import Found
from storage.unit_of_work import UnitOfWork

READY_AT = time(10)  # "次日 9 点启动生成，建议 10 点后获取"
KEPT_FOR = timedelta(days=90)  # WeChat Pay has bills of three months
ASKING_TAKES = timedelta(minutes=15)  # for what a lost notice explains
OLD_DAYS_LOOKED_AT = 31
ASK_STAFF_AFTER = 3  # tries
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=2)
RECHECK = "bill_recheck"  # the deadline; its subject is the day, counted


def due_at(day: date) -> datetime:
    """From when on the bill of a day can be had."""
    return datetime.combine(day + timedelta(days=1), READY_AT, BUSINESS_ZONE)


def want_bills(uow: UnitOfWork, gateway: str, now: datetime) -> None:
    """Note every day whose bill can be had by now and is not noted yet.

    The first is that of the first payment there; days while nothing ran are made up for.
    """
    newest = uow.bills.newest(gateway)
    if newest is not None:
        day = newest.day + timedelta(days=1)
    else:
        begun = uow.payments.first_at(gateway)
        if begun is None:
            return
        day = business_day(begun)
    day = max(day, business_day(now - KEPT_FOR))
    while (due := due_at(day)) <= now:
        uow.bills.want(gateway, day, due)
        day += timedelta(days=1)


def take_bill(
    uow: UnitOfWork, gateway: str, day: date, lines: Sequence[Line], now: datetime
) -> tuple[Found, ...]:
    """Keep a day's bill, compare it, and look again at older days that it may explain.

    Reading the same bill again, here or in another process, changes nothing. What a lost notice
    of the gateway explains is asked for, and becomes a task only if asking did not help.

    Returns the day's differences, without those that a colleague has closed.
    """
    uow.bills.want(gateway, day, now)
    days = sorted({day, *uow.differences.open_days(gateway, OLD_DAYS_LOOKED_AT)})
    uow.bills.lock(gateway, days)
    uow.bills.keep(gateway, day, lines, now)
    uow.tasks.close("bill", bill_subject(gateway, day), now)
    for each in days:
        _compare(uow, gateway, each, now, asks=gateway == BY_CODE)
    return uow.differences.open_of_day(gateway, day)


def recheck(uow: UnitOfWork, day: date, now: datetime) -> None:
    """The gateway has been asked meanwhile: what is left of that day is for people."""
    _compare(uow, BY_CODE, day, now, asks=False)


def _compare(uow: UnitOfWork, gateway: str, day: date, now: datetime, *, asks: bool) -> None:
    """Bring the rows and tasks of a day, whose bill is locked, up to what is found now.

    `asks`: what a lost notice explains is asked for, and is no task before that was answered.
    """
    before = {row.key: row for row in uow.differences.open_of_day(gateway, day)}
    waits = False
    for difference in _differences(uow, gateway, day):
        row = uow.differences.note(gateway, day, difference, now)
        before.pop(row.key, None)
        if row.closed_at is not None:
            continue
        if asks and difference.is_late and _ask(uow, difference, now):
            waits = True
        else:
            _open_task(uow, row, now)
    if waits:
        uow.deadlines.set(RECHECK, day.toordinal(), now + ASKING_TAKES)
    for row in before.values():
        uow.differences.close(row.id, now)
        uow.tasks.close("reconcile", row.no, now)


def _open_task(uow: UnitOfWork, row: Found, now: datetime) -> None:
    """What a colleague has put off stays put off, unless it has become something else."""
    known, note = uow.tasks.find("reconcile", row.no), zh.note(row)
    if known is None or known.note != note:
        uow.tasks.open("reconcile", row.no, now, note=note, urgency=0)


def bill_failed(
    uow: UnitOfWork, bill: Bill, error: str, now: datetime, *, pause: timedelta | None = None
) -> None:
    """It could not be had or believed: again later, and staff hear of it at the third time."""
    wait = min(FIRST_PAUSE * (1 << min(bill.tries, 12)), LONGEST_PAUSE)
    uow.bills.failed(bill, error, now + (pause or wait))
    if bill.tries + 1 >= ASK_STAFF_AFTER:
        subject = bill_subject(bill.gateway, bill.day)
        uow.tasks.open("bill", subject, now, note=zh.no_bill(bill.day, error), urgency=1)


def close_difference(
    uow: UnitOfWork, difference_id: int, reason: str, sender: Sender, now: datetime
) -> Found:
    """A colleague has looked at a difference and says what it was.

    Raises:
        NotFound: there is no such difference.
        StepNotAllowed: it was closed before.
    """
    row = uow.differences.lock(difference_id)
    if row.closed_at is not None:
        raise StepNotAllowed(row.no, status="reconciled", step="reconcile")
    uow.differences.close(row.id, now, by=sender.id, reason=reason)
    uow.history.add(row.no, "reconcile", "closed", now, person_id=sender.id, note=reason)
    uow.tasks.close("reconcile", row.no, now)
    return row


def bill_subject(gateway: str, day: date) -> str:
    return f"{gateway}/{day.isoformat()}"


def _differences(uow: UnitOfWork, gateway: str, day: date) -> tuple[Difference, ...]:
    lines = uow.bills.lines(gateway, day)
    records = uow.booked.records(gateway, day, [line.number for line in lines])
    elsewhere = uow.bills.elsewhere(gateway, day, [record.number for record in records])
    return reconcile(day, lines, records, elsewhere)


def _ask(uow: UnitOfWork, difference: Difference, now: datetime) -> bool:
    """Let the gateway be asked about what it says was done; whether there is hope in that."""
    assert difference.line is not None
    payment_id = payment_id_of(difference.line.number)
    if payment_id is None:
        return False
    if difference.line.kind is Kind.PAYMENT:
        uow.errands.ask_again(ErrandKind.QUERY, payment_id, now)
        return True
    return uow.errands.hasten(ErrandKind.REFUND, payment_id, now)
