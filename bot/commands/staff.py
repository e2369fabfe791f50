"""`kebao staff`: invitations for the operator's own people."""

import argparse
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.commands.console import DONE, Console, UsageError, add_command, add_group
from bot.commands.databases import settings_of, transaction

if TYPE_CHECKING:
    from bot.commands.console import Commands
    from storage.parties import Invitation
    from storage.unit_of_work import UnitOfWork

# Read aloud and typed on a phone: no 0/O, 1/I/L, U/V.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
CODE_LENGTH = 10  # 48 bits, of which nobody gets many tries in a day
VALID_FOR = timedelta(hours=24)


def register(commands: "Commands", common: argparse.ArgumentParser) -> None:
    from market.parties import StaffRole

    group = add_group(commands, "staff", help_="the operator's people", common=common)
    parser = add_command(
        group,
        "invite",
        invite_staff,
        help_="print a one-time code that makes its sender staff",
        common=common,
    )
    parser.add_argument("--role", required=True, choices=[role.value for role in StaffRole])
    parser.add_argument("--name", required=True, metavar="NAME", help="the person's name")


def invite_staff(arguments: argparse.Namespace, console: Console) -> int:
    from market.parties import StaffRole
    from storage.parties import Invitation

    name = arguments.name.strip()
    if not name or len(name) > 40:
        raise UsageError("argument --name: must have 1 to 40 characters")
    invitation = Invitation(name, staff_role=StaffRole(arguments.role), provider_id=None)
    with transaction(settings_of(arguments)) as uow:
        return invite(console, uow, invitation)


def invite(console: Console, uow: "UnitOfWork", invitation: "Invitation") -> int:
    """Print a fresh code; only its hash is kept."""
    from bot.clock import SystemClock

    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    expires_at = SystemClock().now().replace(microsecond=0) + VALID_FOR
    uow.parties.invite(code, invitation, expires_at)
    text = f"{invitation.name}: send the bot “绑定 {code}” before {expires_at:%Y-%m-%d %H:%M} UTC"
    console.row({"code": code, "expires_at": expires_at.isoformat()}, text)
    return DONE
