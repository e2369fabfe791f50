"""`kebao receipt`: the text that a receipt's hash is over, for `sha256sum`."""

import argparse
import re
from typing import TYPE_CHECKING

from bot.commands.console import DONE, FAILED, CommandFailed, Console, UsageError, add_command
from bot.commands.databases import reading, settings_of

if TYPE_CHECKING:
    from bot.commands.console import Commands


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    parser = add_command(
        commands,
        "receipt",
        run,
        help_="print what a receipt states, exactly as it is hashed: pipe it to sha256sum",
        common=common,
    )
    parser.add_argument("number", metavar="NUMBER", help="R20481")


def run(arguments: argparse.Namespace, console: Console) -> int:
    from market.receipts import canonical, is_unaltered

    number = _number(arguments.number)
    with reading(settings_of(arguments)) as uow:
        receipt = uow.receipts.find(number)
    if receipt is None:
        raise CommandFailed(f"there is no receipt R{number}")
    text = canonical(number, receipt.movement, receipt.previous)
    unaltered = is_unaltered(receipt)
    console.row(
        {"number": receipt.no, "text": text, "hash": receipt.hash, "unaltered": unaltered},
        text.removesuffix("\n"),
    )
    if not unaltered:
        console.note(f"kebao: {receipt.no} was altered: it was sealed with {receipt.hash}")
        return FAILED
    return DONE


def _number(given: str) -> int:
    found = re.fullmatch(r"[Rr]?[- ]?(\d{1,12})", given.strip())
    if found is None:
        raise UsageError(f"NUMBER must look like R20481, not {given!r}")
    return int(found[1])
