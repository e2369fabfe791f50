"""`kebao programmes`: public programmes – vouchers, purchases, subsidies – from and to a file."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.catalog import refuse
from bot.commands.console import DONE, CommandFailed, Console, add_command, add_group
from bot.commands.databases import reading, settings_of, table_file, transaction

if TYPE_CHECKING:
    from bot.commands.console import Commands


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    group = add_group(
        commands, "programmes", help_="vouchers, purchases and subsidies, as a file", common=common
    )
    for name, run, help_ in (
        ("import", import_file, "add and update programmes from a .tsv, .xlsx or .json file"),
        ("export", export_file, "write the programmes into a .tsv, .xlsx or .json file"),
    ):
        add_command(group, name, run, help_=help_, common=common).add_argument(
            "file", type=Path, metavar="FILE"
        )


def import_file(arguments: argparse.Namespace, console: Console) -> int:
    from bot.clock import SystemClock
    from bot.files import FileProblems
    from bot.programmes import read_programmes
    from handlers.actions.vouchers import put_programme
    from market.errors import InsufficientFunds

    path = table_file(arguments.file, must_exist=True)
    settings = settings_of(arguments)
    with reading(settings) as uow:
        services = {service.code for service in uow.services.all()}
    try:
        with console.busy(f"reading {path.name}"):
            programmes = read_programmes(path, services or None)
    except FileProblems as error:
        return refuse(console, error)
    now = SystemClock().now()
    with transaction(settings) as uow:
        for programme in programmes:
            try:
                put_programme(uow, programme, now)
            except InsufficientFunds:
                raise CommandFailed(
                    f"{programme.code}: the budget is below what is granted already; "
                    "nothing was imported"
                ) from None
    console.row(
        {"imported": len(programmes), "file": str(path)}, f"imported {len(programmes)} programmes"
    )
    return DONE


def export_file(arguments: argparse.Namespace, console: Console) -> int:
    from bot.programmes import write_programmes

    path = table_file(arguments.file, must_exist=False)
    with reading(settings_of(arguments)) as uow:
        programmes = uow.programmes.all()
    with console.busy(f"writing {path.name}"):
        count = write_programmes(path, programmes)
    console.row({"exported": count, "file": str(path)}, f"exported {count} programmes to {path}")
    return DONE
