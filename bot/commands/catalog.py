"""`kebao catalog`: the catalogue from and to a file, and what it has yet to learn."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands import learning
from bot.commands.console import DONE, FAILED, Console, add_command, add_group
from bot.commands.databases import reading, settings_of, table_file, transaction

if TYPE_CHECKING:
    from bot.commands.console import Commands
    from bot.files import FileProblems


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    group = add_group(
        commands, "catalog", help_="the catalogue, as a file or by a word", common=common
    )
    for name, run, help_ in (
        ("import", import_file, "replace the catalogue by that of a .tsv, .xlsx or .json file"),
        ("export", export_file, "write the catalogue into a .tsv, .xlsx or .json file"),
    ):
        add_command(group, name, run, help_=help_, common=common).add_argument(
            "file", type=Path, metavar="FILE"
        )
    learning.register(group, common)


def import_file(arguments: argparse.Namespace, console: Console) -> int:
    from bot.files import FileProblems, read_catalog

    path = table_file(arguments.file, must_exist=True)
    settings = settings_of(arguments)
    try:
        with console.busy(f"reading {path.name}"):
            services = read_catalog(path)
    except FileProblems as error:
        return refuse(console, error)
    with transaction(settings) as uow:
        uow.services.replace_all(services)
    text = f"imported {len(services)} services; a running service sees them within a minute"
    console.row({"imported": len(services), "file": str(path)}, text)
    return DONE


def export_file(arguments: argparse.Namespace, console: Console) -> int:
    from bot.files import write_catalog

    path = table_file(arguments.file, must_exist=False)
    with reading(settings_of(arguments)) as uow:
        services = uow.services.all()
    with console.busy(f"writing {path.name}"):
        count = write_catalog(path, services)
    console.row({"exported": count, "file": str(path)}, f"exported {count} services to {path}")
    return DONE


def refuse(console: Console, error: "FileProblems") -> int:
    """List every bad row; nothing was imported."""
    for problem in error.problems:
        fields = {"row": problem.row, "column": problem.column, "reason": problem.reason}
        console.row(fields, f"{error.path.name}: {problem}")
    count = len(error.problems)
    console.note(f"kebao: nothing imported: {count} problem{'s' if count > 1 else ''}")
    return FAILED
