"""The command line: `kebao COMMAND …`; exit 0 done, 1 failed, 2 wrong usage or configuration."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.commands import (
    audit,
    backups,
    bench,
    catalog,
    check,
    db,
    init,
    match,
    month,
    parse,
    programmes,
    providers,
    receipts,
    reconcile,
    serve,
    staff,
)
from bot.commands.console import FAILED, USAGE, CommandFailed, Console, UsageError

_GROUPS = (
    serve, init, check, db, catalog, providers, programmes, staff, match, parse, audit, receipts,
    reconcile, month, bench, backups,
)  # fmt: skip
_INTERRUPTED = 130  # as shells say it: 128 + SIGINT


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kebao",
        description="科宝: a chat-first marketplace for science-and-technology services.",
        parents=[_common()],
        allow_abbrev=False,
    )
    parser.set_defaults(config=None, json=False)
    commands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
    for group in _GROUPS:
        group.register(commands, _common())
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _speak_utf8()
    arguments = build_parser().parse_args(_arguments() if argv is None else argv)
    # Here and not above: asking for help should not pay for reading configurations.
    from bot import logs
    from bot.settings import SettingsError

    console = Console(as_json=arguments.json)
    logs.configure("warning")
    try:
        code = int(arguments.run(arguments, console))
        sys.stdout.flush()
        return code
    except UsageError as error:
        return _explain(console, "usage", (str(error),), USAGE)
    except SettingsError as error:
        return _explain(console, "configuration", error.problems, USAGE)
    except CommandFailed as error:
        return _explain(console, "failed", (str(error),), FAILED)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read us, such as `head`, has seen enough. What is still buffered must not
        # fail once more when the interpreter closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _speak_utf8() -> None:
    """Chinese goes in and out the same under cron, whose locale knows ASCII only."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _arguments() -> list[str]:
    return [os.fsencode(argument).decode("utf-8", "replace") for argument in sys.argv[1:]]


def _common() -> argparse.ArgumentParser:
    """The arguments that work with every command, before it and after it."""
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    common.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        default=argparse.SUPPRESS,
        help="the configuration (default: config.toml)",
    )
    common.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print one JSON object per line",
    )
    return common


def _explain(console: Console, kind: str, problems: tuple[str, ...], code: int) -> int:
    for problem in problems:
        console.note(f"kebao: {problem}")
    if console.as_json:
        console.row({"error": kind, "problems": list(problems)}, "")
    return code
