"""`kebao providers`: providers from and to a file, and invitations for their people."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.catalog import refuse
from bot.commands.console import DONE, CommandFailed, Console, add_command, add_group
from bot.commands.databases import reading, settings_of, table_file, transaction
from bot.commands.staff import invite

if TYPE_CHECKING:
    from bot.commands.console import Commands
    from storage.unit_of_work import UnitOfWork


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    group = add_group(commands, "providers", help_="providers and their people", common=common)
    for name, run, help_ in (
        ("import", import_file, "add and update providers from a .tsv, .xlsx or .json file"),
        ("export", export_file, "write the providers into a .tsv, .xlsx or .json file"),
    ):
        add_command(group, name, run, help_=help_, common=common).add_argument(
            "file", type=Path, metavar="FILE"
        )
    inviting = add_command(
        group,
        "invite",
        invite_person,
        help_="print a one-time code that makes its sender speak for a provider",
        common=common,
    )
    inviting.add_argument(
        "--provider", required=True, metavar="NAME", help="the provider's name, or a part of it"
    )


def import_file(arguments: argparse.Namespace, console: Console) -> int:
    from bot.files import FileProblems, read_providers

    path = table_file(arguments.file, must_exist=True)
    settings = settings_of(arguments)
    with reading(settings) as uow:
        codes = {service.code for service in uow.services.all()}
    try:
        with console.busy(f"reading {path.name}"):
            # Without a catalogue there is nothing to compare with.
            providers = read_providers(path, codes or None)
    except FileProblems as error:
        return refuse(console, error)
    with console.busy("storing"), transaction(settings) as uow:
        uow.providers.import_all(providers)
    text = f"imported {len(providers)} providers; a running service must be restarted to see them"
    console.row({"imported": len(providers), "file": str(path)}, text)
    return DONE


def export_file(arguments: argparse.Namespace, console: Console) -> int:
    from bot.files import write_providers

    path = table_file(arguments.file, must_exist=False)
    with reading(settings_of(arguments)) as uow:
        providers = uow.providers.all()
    with console.busy(f"writing {path.name}"):
        count = write_providers(path, providers)
    console.row({"exported": count, "file": str(path)}, f"exported {count} providers to {path}")
    return DONE


def invite_person(arguments: argparse.Namespace, console: Console) -> int:
    from market.errors import NotFound
    from storage.parties import Invitation

    with transaction(settings_of(arguments)) as uow:
        try:
            provider_id = uow.providers.find(arguments.provider)
        except NotFound:
            provider_id = _by_ear(uow, arguments.provider)
        name = uow.providers.name(provider_id)
        return invite(console, uow, Invitation(name, staff_role=None, provider_id=provider_id))


def _by_ear(uow: "UnitOfWork", wanted: str) -> int:
    """Whom a name means that is not written so in the database; raises CommandFailed."""
    from matching import Matcher

    found = Matcher((), uow.providers.all()).find_provider(wanted)
    if found.decision == "match":
        code = found.providers[0].credit_code
        return uow.providers.ids_by_credit_code([code])[code]
    if found.decision == "choose":
        names = ", ".join(one.name for one in found.providers)
        raise CommandFailed(f"{wanted!r} may be more than one provider: {names}")
    raise CommandFailed(f"no provider is named {wanted!r}")
