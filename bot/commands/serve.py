"""`kebao demo` and `kebao run`: the service."""

import argparse
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.commands.console import DONE, CommandFailed, Console, UsageError, add_command
from bot.commands.databases import settings_of

if TYPE_CHECKING:
    from bot.commands.console import Commands
    from bot.settings import Settings

ROLES = ("web", "dispatch", "schedule")
DEMO_PORT = 8080
DEMO_DATA = Path("kebao-data")


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    demo = add_command(
        commands, "demo", run_demo, help_="the service with simulated platforms", common=common
    )
    demo.add_argument("--port", type=_port, default=DEMO_PORT, metavar="PORT")
    demo.add_argument("--data", type=Path, default=DEMO_DATA, metavar="DIR")
    demo.add_argument("--fresh", action="store_true", help="forget what happened before")
    demo.add_argument("--lexical", action="store_true", help="match by words alone")
    service = add_command(commands, "run", run, help_="the service", common=common)
    service.add_argument(
        "--only",
        type=_roles,
        default=frozenset(ROLES),
        metavar="ROLES",
        help=f"some of {','.join(ROLES)}: several processes share the work",
    )


def run_demo(arguments: argparse.Namespace, console: Console) -> int:
    from bot import logs
    from bot.demo import demo

    logs.configure("info", "json" if arguments.json else "text")
    _run(
        demo(
            port=arguments.port,
            data=arguments.data,
            fresh=arguments.fresh,
            lexical=arguments.lexical,
        )
    )
    return DONE


def run(arguments: argparse.Namespace, console: Console) -> int:
    settings = settings_of(arguments)
    _require_a_purpose(settings)
    from bot import logs
    from bot.app import serve

    form = "json" if arguments.json else settings.logs.format
    logs.configure(settings.logs.level, form, secrets=settings.secrets())
    for name in settings.unavailable:
        console.note(f"kebao: [{name}] is not available in this version and stays off")
    _run(serve(settings, arguments.only))
    return DONE


def _require_a_purpose(settings: "Settings") -> None:
    if settings.wechat is None and settings.onebot is None:
        raise UsageError("neither [wechat] nor [onebot] is configured; try: kebao demo")


def _run(service: Coroutine[Any, Any, None]) -> None:
    from bot import loops

    try:
        loops.run(service)
    except OSError as error:
        # A port in use, a folder we may not write: the operator's to mend, not a bug.
        raise CommandFailed(str(error)) from error


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"must be a port from 0 to 65535, not {text!r}")
    return int(text)


def _roles(text: str) -> frozenset[str]:
    roles = frozenset(part.strip() for part in text.split(",") if part.strip())
    if unknown := sorted(roles - set(ROLES)):
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(ROLES)}")
    if not roles:
        raise argparse.ArgumentTypeError(f"must name some of {', '.join(ROLES)}")
    return roles
