"""`kebao audit`: everything recomputed from its history, and what disagrees."""

import argparse
from typing import TYPE_CHECKING

from bot.commands.console import DONE, FAILED, Console, add_command
from bot.commands.databases import reading, settings_of

if TYPE_CHECKING:
    from bot.commands.console import Commands


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    add_command(
        commands,
        "audit",
        run,
        help_="recompute every balance, stock, state and number; exit 1 if anything disagrees",
        common=common,
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    from storage.audit import audit

    count = 0
    with reading(settings_of(arguments)) as uow:
        for found in audit(uow.conn):
            count += 1
            console.row(
                {
                    "subject": found.subject,
                    "what": found.what,
                    "expected": found.expected,
                    "found": found.found,
                },
                f"{found.subject}: {found.what} is {found.found}, "
                f"its history says {found.expected}",
            )
    if count:
        console.note(f"kebao: {count} disagreement{'s' if count > 1 else ''}")
        return FAILED
    console.row({"disagreements": 0}, "everything agrees with its history")
    return DONE
