"""`kebao bench`: how fast it is, beside a floor and peers measured in the same run."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.console import DONE, Console, UsageError, add_command

if TYPE_CHECKING:
    from bot.commands.console import Commands

_JUDGED = ("match", "parse")  # have a quality besides a speed


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    parser = add_command(
        commands,
        "bench",
        run,
        help_="benchmarks, each against its floor and its peers",
        common=common,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="one of them (default: all)")
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="labelled tables, for `match` and `parse`: measure the quality on them",
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        default="",
        help="a PostgreSQL server for turns and money (default: $KEBAO_TEST_DATABASE_URL); "
        "a database of its own is made on it, and dropped",
    )
    parser.add_argument(
        "--sizes",
        action="store_true",
        help="for `match`: providers by name among 63 to 100,000; some minutes, and 2 GB if bm25s "
        "is installed",
    )
    parser.add_argument(
        "--large",
        action="store_true",
        help="for `match`: the same, and among a million; for `money`: a million transfers",
    )
    parser.add_argument(
        "--lexical", action="store_true", help="`match` by words alone, without the model"
    )
    parser.add_argument(
        "--oracle",
        action="store_true",
        help="with `parse` and tables of demands: hear jionlp too, and show where it disagrees; "
        "it is installed into an environment of its own in the cache (300 MB, partly GPL)",
    )
    parser.add_argument("--long", action="store_true", help="also a minute of turns at full load")


def run(arguments: argparse.Namespace, console: Console) -> int:
    from bot import logs
    from bot.benchmarks import BENCHMARKS
    from bot.benchmarks.provider_sizes import LARGE, SIZES
    from bot.benchmarks.stopwatch import Options

    logs.configure("error")  # what we warn operators of is on purpose here
    if arguments.name is not None and arguments.name not in BENCHMARKS:
        names = ", ".join(BENCHMARKS)
        raise UsageError(f"argument NAME: {arguments.name!r} is none of {names}")
    if arguments.files and arguments.name not in _JUDGED:
        raise UsageError(f"argument FILE: only {' and '.join(_JUDGED)} are measured on tables")
    if arguments.oracle and not (arguments.name == "parse" and arguments.files):
        raise UsageError("argument --oracle: only for parse, on tables")
    by_size = arguments.sizes or (arguments.large and arguments.name != "money")
    if by_size and (arguments.name != "match" or arguments.files):
        raise UsageError("--sizes and --large are for `match` without tables, --large for `money`")
    sizes = ((*SIZES, LARGE) if arguments.large else SIZES) if by_size else ()
    options = Options(
        arguments.database,
        arguments.long,
        tuple(arguments.files),
        sizes,
        large=arguments.large,
        lexical=arguments.lexical,
        oracle=arguments.oracle,
    )
    for name, benchmark in BENCHMARKS.items():
        if arguments.name in (None, name):
            for row in benchmark(console.meter(name), options):
                console.row(row.fields(), str(row))
    return DONE
