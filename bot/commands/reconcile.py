"""`kebao reconcile`: the lines of a bill in a file against our books, day by day."""

import argparse
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.console import DONE, FAILED, CommandFailed, Console, UsageError, add_command
from bot.commands.databases import settings_of, table_file, transaction

if TYPE_CHECKING:
    from bot.commands.console import Commands
    from market.reconciliation import Line
    from storage.differences import Found

_GATEWAYS = ("offline", "wechat", "sandbox")
_HEADER = (
    "The table has a header: time (2026-11-18 10:02:03), transaction_id, "
    "kind (收款, 退款 or 打款), amount (yuan, above zero), and if wanted number (O2048, V3) "
    "and state (成功, 处理中 or 失败). "
    "WeChat Pay's own trade bill is read as it is."
)


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    parser = add_command(
        commands,
        "reconcile",
        run,
        help_="compare a bank's or gateway's bill with our books; exit 1 if anything differs",
        common=common,
    )
    parser.epilog = _HEADER
    parser.add_argument("file", type=Path, metavar="FILE", help="the bill (.csv .tsv .xlsx .json)")
    parser.add_argument(
        "--gateway",
        choices=_GATEWAYS,
        default="offline",
        help="whose bill it is (default: offline)",
    )
    parser.add_argument("--day", metavar="DAY", help="only this day, such as 2026-11-18")


def run(arguments: argparse.Namespace, console: Console) -> int:
    from bot.bills import ENDINGS, read_bill
    from bot.clock import SystemClock
    from bot.tables import FileProblems
    from handlers.actions.reconciliation import take_bill

    path = table_file(arguments.file, must_exist=True, endings=ENDINGS)
    wanted = _day(arguments.day)
    settings = settings_of(arguments)
    try:
        lines = read_bill(path, console.bar("reading"))
    except FileProblems as problems:
        raise CommandFailed("\n".join([f"{path.name}:", *map(str, problems.problems)])) from None
    days = _by_day(lines, wanted)
    now, found = SystemClock().now(), list["Found"]()
    draw = console.bar("comparing")
    with transaction(settings) as uow:
        for done, (day, of_day) in enumerate(days.items()):
            draw(done, len(days))
            if day >= _today(now):
                raise CommandFailed(f"{day} is not over: its bill cannot be whole")
            found += take_bill(uow, arguments.gateway, day, of_day, now)
    draw(len(days), len(days))
    for row in found:
        console.row(_fields(row), _text(row))
    if found:
        console.note(f"kebao: {len(found)} difference{'s' if len(found) > 1 else ''}")
        return FAILED
    count = sum(map(len, days.values()))
    console.row(
        {"differences": 0, "lines": count, "days": len(days)},
        f"bill and books agree ({count} lines, {len(days)} day{'s' if len(days) != 1 else ''})",
    )
    return DONE


def _by_day(lines: "tuple[Line, ...]", wanted: date | None) -> "dict[date, list[Line]]":
    days: dict[date, list[Line]] = defaultdict(list)
    if wanted is not None:
        days[wanted] = []  # a day without a line is a bill, too
    for line in lines:
        if wanted is None or line.day == wanted:
            days[line.day].append(line)
    return dict(sorted(days.items()))


def _fields(row: "Found") -> dict[str, object]:
    return {
        "number": row.no,
        "gateway": row.gateway,
        "day": row.day.isoformat(),
        "sort": row.sort,
        "kind": row.kind,
        "subject": row.subject,
        "trade_number": row.number,
        "transaction_id": row.transaction_id,
        "bill_fen": row.bill_fen,
        "books_fen": row.books_fen,
        "bill_state": row.bill_state,
        "books_state": row.books_state,
    }


def _text(row: "Found") -> str:
    from handlers.wording.reconciliation import note

    return f"{row.no} {note(row)}"


def _day(given: str | None) -> date | None:
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise UsageError(f"argument --day: must look like 2026-11-18, not {given!r}") from None


def _today(now: datetime) -> date:
    from market.reconciliation import business_day

    return business_day(now)
