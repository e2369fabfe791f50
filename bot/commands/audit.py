"""`kebao audit`: everything recomputed from its history, and what disagrees."""

import argparse
from dataclasses import asdict
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

    with reading(settings_of(arguments)) as uow:
        findings = list(audit(uow.conn, console.bar("auditing")))
    for finding in findings:
        console.row(
            asdict(finding),
            f"{finding.subject}: {finding.what} is {finding.found}, "
            f"its history says {finding.expected}",
        )
    if findings:
        console.note(f"kebao: {len(findings)} disagreement{'s' if len(findings) > 1 else ''}")
        return FAILED
    console.row({"disagreements": 0}, "everything agrees with its history")
    return DONE
