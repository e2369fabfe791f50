"""`kebao parse`: what the grammar reads in a message."""

import argparse
import json
import re
from datetime import datetime
from typing import TYPE_CHECKING

from bot.commands.console import DONE, Console, add_command
from bot.commands.match import HOME, texts

if TYPE_CHECKING:
    from bot.commands.console import Commands


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    parser = add_command(commands, "parse", run, help_="read the slots of a message", common=common)
    parser.add_argument(
        "text",
        nargs="?",
        metavar="TEXT",
        help=r"without it: one per line of stdin, line ends in a message written as \n",
    )
    parser.add_argument("--as", dest="as_", required=True, choices=("demand", "bid", "contact"))
    parser.add_argument(
        "--now",
        type=_moment,
        metavar="ISO8601",
        help="when it was said; without an offset, in China (default: now)",
    )
    parser.add_argument(
        "--open",
        type=_demand_nos,
        default=(),
        metavar="D1024,D1030",
        help="demands that take bids: a bid without a number may mean the only one",
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    from bot.clock import SystemClock
    from matching import parse_json

    now = arguments.now or SystemClock().now().astimezone(HOME)
    for text in texts(arguments.text):
        said = text.replace(r"\n", "\n")
        fields = parse_json(said, as_=arguments.as_, now=now, open_nos=arguments.open)
        words = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
        console.row(fields, "\n".join(words) + "\n")
    return DONE


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"must be a moment such as 2026-11-22T10:30:00+08:00, not {text!r}"
        raise argparse.ArgumentTypeError(message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=HOME)


def _demand_nos(text: str) -> tuple[str, ...]:
    numbers = tuple(part.strip().upper() for part in text.split(",") if part.strip())
    if wrong := [number for number in numbers if not re.fullmatch(r"D[1-9][0-9]{0,17}", number)]:
        raise argparse.ArgumentTypeError(f"must be like D1024,D1030; {wrong[0]!r} is not")
    return numbers
