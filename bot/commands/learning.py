"""`kebao catalog missed` and `learn`: what was not understood, and words added for it."""

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.commands.console import DONE, FAILED, Console, UsageError, add_command
from bot.commands.databases import reading, settings_of, transaction

if TYPE_CHECKING:
    from bot.commands.console import Commands
    from market.services import Service
    from matching.proposals import Pile

READ_MOST = 5_000  # utterances
ALIAS_MOST = 30  # characters


def register(group: "Commands", common: argparse.ArgumentParser) -> None:
    missed = add_command(
        group,
        "missed",
        show_missed,
        help_="what people said that was missed or read wrongly, with aliases to consider",
        common=common,
    )
    missed.add_argument(
        "--since", type=_days, default=30, metavar="DAYS", help="how far back (default: 30)"
    )
    learn = add_command(
        group, "learn", learn_alias, help_="add an alias to a service", common=common
    )
    learn.add_argument("code", metavar="CODE", help="of the service, such as 05.01.03")
    learn.add_argument("alias", metavar="ALIAS", help="what people call it")


def show_missed(arguments: argparse.Namespace, console: Console) -> int:
    from bot.clock import SystemClock
    from handlers.actions.utterances import astray

    since = SystemClock().now() - timedelta(days=arguments.since)
    with reading(settings_of(arguments)) as uow:
        services = {service.code: service for service in uow.services.all()}
        with console.busy("reading what was missed"):
            piles = astray(uow, services, since=since, most=READ_MOST)
    for pile in piles:
        console.row(_fields(pile, services), _words(pile, services))
    if not piles:
        console.note(f"nothing was missed or corrected in {arguments.since} days")
    return DONE


def learn_alias(arguments: argparse.Namespace, console: Console) -> int:
    """Refused, with the reason, if the words belong to another service already."""
    alias = _alias(arguments.alias)
    with transaction(settings_of(arguments)) as uow:
        services = {service.code: service for service in uow.services.all()}
        if arguments.code not in services:
            raise UsageError(f"argument CODE: no service has the code {arguments.code}")
        service = services[arguments.code]
        if refused := _objection(alias, service, tuple(services.values())):
            console.note(f"kebao: not added: {refused}")
            return FAILED
        uow.services.add_alias(service.code, alias)
    console.row(
        {"code": service.code, "name": service.name, "alias": alias},
        f"{service.code} {service.name} answers to “{alias}” now; a running service learns it"
        " within a minute\nkeep your own file in step: kebao catalog export FILE",
    )
    return DONE


def _alias(written: str) -> str:
    from matching.text.normalize import letters_only, normalize

    # A list in a file is parted by slashes: inside of a wording they are wide, as on import.
    alias = " ".join(normalize(written).split()).replace("/", "／")
    if not 2 <= len(letters_only(alias)) <= ALIAS_MOST:
        raise UsageError(f"argument ALIAS: must have 2 to {ALIAS_MOST} letters")
    return alias


def _objection(alias: str, service: "Service", catalogue: "tuple[Service, ...]") -> str | None:
    """Why the service must not be called so; None if it may."""
    from dataclasses import replace

    from matching import Matcher, find_contacts
    from matching.text.normalize import letters_only

    if find_contacts(alias):
        return "it holds a way to reach somebody"
    for other in catalogue:
        if letters_only(alias) in map(letters_only, (other.name, *other.aliases)):
            return f"{other.code} {other.name} is called so already"
    if taken := Matcher(catalogue).claimed_by(alias, service.code):
        return f"it is closer to {taken.code} {taken.name} (“{taken.why}”)"
    taught = replace(service, aliases=(*service.aliases, alias))
    others = (taught if other is service else other for other in catalogue)
    first = Matcher(tuple(others)).search(alias).services[0]
    if first.code != service.code:
        return f"even so it would lead to {first.code} {first.name}"
    return None


def _fields(pile: "Pile", services: "dict[str, Service]") -> dict[str, object]:
    return {
        "said": list(pile.said),
        "times": pile.times,
        "people": pile.people,
        "asked_person": pile.asked_person,
        "services": [
            {"code": code, "name": _name(code, services), "times": times}
            for code, times in pile.codes
        ],
        "aliases": [{"alias": alias, "times": times} for alias, times in pile.aliases],
    }


def _words(pile: "Pile", services: "dict[str, Service]") -> str:
    lines = [f"{pile.times} × by {pile.people}: {pile.said[0]}"]
    lines += [f"      also: {said}" for said in pile.said[1:4]]
    lines += [f"  {times:3} → {code} {_name(code, services)}" for code, times in pile.codes]
    if pile.asked_person:
        lines.append(f"  {pile.asked_person:3} → asked for a person")
    if pile.codes:
        code = pile.codes[0][0]
        lines += [
            f'  {times:3} in: kebao catalog learn {code} "{alias}"' for alias, times in pile.aliases
        ]
    return "\n".join(lines)


def _name(code: str, services: "dict[str, Service]") -> str:
    return services[code].name if code in services else "(no longer in the catalogue)"


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 3660:
        raise argparse.ArgumentTypeError(f"must be from 1 to 3660, not {text!r}")
    return int(text)
