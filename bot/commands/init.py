"""`kebao init`: a commented configuration to begin with."""

import argparse
import os
from importlib.resources import files
from typing import TYPE_CHECKING

from bot.commands.console import DONE, CommandFailed, Console, add_command

if TYPE_CHECKING:
    from bot.commands.console import Commands


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    add_command(
        commands,
        "init",
        run,
        help_="write a commented configuration; never overwrites",
        common=common,
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    from bot.settings import DEFAULT_FILE

    path = arguments.config or DEFAULT_FILE
    example = files("bot").joinpath("data/config.example.toml").read_bytes()
    try:
        # Created and opened in one step, so that no file that appears meanwhile is lost;
        # for its owner only, in case a secret is written into it after all.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandFailed(f"{path} exists and is left as it is") from None
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(example)
    console.row({"written": str(path)}, f"wrote {path}; edit it, then run: kebao check")
    return DONE
