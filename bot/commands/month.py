"""`kebao month`: a month's money – openings, movements, closings – printed, or as a table."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.console import DONE, FAILED, Console, UsageError, add_command
from bot.commands.databases import reading, settings_of, table_file

if TYPE_CHECKING:
    from bot.commands.console import Commands
    from market.months import Month, Statement

_ENDINGS = (".csv", ".xlsx")


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    parser = add_command(
        commands,
        "month",
        run,
        help_="a month's money by account; exit 1 if bills of it are still unexplained",
        common=common,
    )
    parser.add_argument(
        "month", nargs="?", metavar="MONTH", help="2026-10 (default: the month that ended last)"
    )
    parser.add_argument(
        "--to", type=Path, metavar="FILE", help="write the table there (.csv .xlsx)"
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    from bot.clock import SystemClock
    from handlers.wording.months import rows

    month = _month(arguments.month, SystemClock().now())
    path = table_file(arguments.to, must_exist=False, endings=_ENDINGS) if arguments.to else None
    with reading(settings_of(arguments)) as uow, console.busy("summing"):
        statement = uow.months.statement(month)
        unexplained = uow.differences.count_open(until=month.last_day)
    if path is not None:
        path.write_bytes(_table(path, list(rows(statement))))
        console.note(f"kebao: wrote {path}")
    _print(statement, console)
    if unexplained:
        console.note(f"kebao: differences with bills that are open: {unexplained}")
        return FAILED
    return DONE


def _print(statement: "Statement", console: Console) -> None:
    for sheet in statement.sheets:
        moved = {entry.code: entry.change_fen for entry in sheet.entries}
        console.row(
            {
                "month": str(statement.month),
                "account": sheet.account,
                "opening_fen": sheet.opening_fen,
                "moved_fen": moved,
                "closing_fen": sheet.closing_fen,
            },
            f"{sheet.account:<20} {sheet.opening_fen / 100:>16,.2f} "
            f"{sum(moved.values()) / 100:>+16,.2f} {sheet.closing_fen / 100:>16,.2f}",
        )
    if not statement.sheets:
        console.note(f"kebao: no money had moved by the end of {statement.month}")


def _table(path: Path, lines: list[tuple[str, ...]]) -> bytes:
    import csv
    import io

    from bot.workbooks import write_xlsx

    if path.suffix.lower() == ".xlsx":
        return write_xlsx(lines)
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode("utf-8-sig")  # Excel takes what has no mark for GBK


def _month(given: str | None, now: datetime) -> "Month":
    from market.months import month_of, month_written
    from market.reconciliation import business_day

    today = month_of(business_day(now))
    if given is None:
        return today.before
    month = month_written(given)
    if month is None:
        raise UsageError(f"argument MONTH: must look like 2026-10, not {given!r}")
    if month > today:
        raise UsageError(f"argument MONTH: {month} has not begun")
    return month
