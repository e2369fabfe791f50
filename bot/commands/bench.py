"""`kebao bench`: how fast it is, beside a floor and peers measured in the same run."""

import argparse
from typing import TYPE_CHECKING

from bot.commands.console import DONE, Console, UsageError, add_command

if TYPE_CHECKING:
    from bot.commands.console import Commands


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    parser = add_command(
        commands,
        "bench",
        run,
        help_="benchmarks, each against its floor and its peers",
        common=common,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="one of them (default: all)")


def run(arguments: argparse.Namespace, console: Console) -> int:
    from bot import logs
    from bot.benchmarks import BENCHMARKS

    logs.configure("error")  # what we warn operators of is on purpose here
    if arguments.name is not None and arguments.name not in BENCHMARKS:
        names = ", ".join(BENCHMARKS)
        raise UsageError(f"argument NAME: {arguments.name!r} is none of {names}")
    for name, benchmark in BENCHMARKS.items():
        if arguments.name in (None, name):
            for row in benchmark(console.meter(name)):
                console.row(row.fields(), str(row))
    return DONE
