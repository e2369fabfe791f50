"""`kebao check`: what is wrong with this installation, and how to mend it."""

import argparse
from typing import TYPE_CHECKING

from bot.commands.console import DONE, FAILED, Console, add_command
from bot.commands.databases import settings_of

if TYPE_CHECKING:
    from bot.commands.console import Commands


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    parser = add_command(
        commands,
        "check",
        run,
        help_="configuration, database, clock, credentials: what is wrong and how to mend it",
        common=common,
    )
    parser.add_argument(
        "--online", action="store_true", help="also ask the platforms whether they know us"
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    from bot.checks import examine
    from bot.findings import Verdict

    settings = settings_of(arguments)
    failed = False
    for finding in examine(settings, online=arguments.online):
        failed = failed or finding.verdict is Verdict.WRONG
        mend = f"\n      {finding.mend}" if finding.mend else ""
        console.row(
            {
                "check": finding.check,
                "verdict": finding.verdict,
                "message": finding.message,
                "mend": finding.mend,
            },
            f"{finding.verdict:<5} {finding.check}: {finding.message}{mend}",
        )
    return FAILED if failed else DONE
