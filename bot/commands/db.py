"""`kebao db`: migrations of the configured database."""

import argparse
from typing import TYPE_CHECKING

from bot.commands.console import DONE, FAILED, CommandFailed, Console, add_command, add_group
from bot.commands.databases import embedded_file, engine_of, settings_of

if TYPE_CHECKING:
    from bot.commands.console import Commands


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    group = add_group(commands, "db", help_="migrations of the database", common=common)
    add_command(
        group, "upgrade", upgrade, help_="bring the database to this version", common=common
    )
    add_command(group, "current", show_current, help_="where the database stands", common=common)


def upgrade(arguments: argparse.Namespace, console: Console) -> int:
    from bot import schema

    with engine_of(settings_of(arguments)) as engine:
        before = schema.current(engine)
        try:
            with console.busy("upgrading"):
                schema.upgrade(engine)
        except schema.DatabaseAhead as error:
            raise CommandFailed(str(error)) from error
        after = schema.current(engine)
    text = (
        f"already at {after}"
        if before == after
        else f"upgraded from {before or 'nothing'} to {after}"
    )
    console.row({"before": before, "current": after}, text)
    return DONE


def show_current(arguments: argparse.Namespace, console: Console) -> int:
    """Exit 1 if the database is not where this version needs it."""
    from bot import schema

    settings = settings_of(arguments)
    if settings.database.embedded_path is not None:
        embedded_file(settings)  # opening would create an empty one
    with engine_of(settings) as engine:
        current, newest = schema.current(engine), schema.newest()
    text = f"{current or 'empty'}" + ("" if current == newest else f"; {newest} is needed")
    console.row({"current": current, "newest": newest}, text)
    return DONE if current == newest else FAILED
