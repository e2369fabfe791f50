"""Words of the service centre that belong to no other noun yet."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.actions.utterances import astray
from handlers.chat.parsing import only_staff
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import staff as zh
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("staff")

# In a turn others wait for; `kebao catalog missed` looks further back.
ASTRAY_SINCE, ASTRAY_MOST = timedelta(days=30), 150


@dataclass(frozen=True, slots=True)
class Broadcast:
    pass


def parse_broadcast(heard: Heard) -> Broadcast | None:
    return Broadcast() if re.match(r"^(广播|群发)", heard.command) else None


@router.on(parse_broadcast)
def broadcast(said: Broadcast, sender: Sender, say: Say) -> None:
    only_staff(sender)
    say(zh.NO_BROADCAST)


@dataclass(frozen=True, slots=True)
class WhatWasMissed:
    pass


def parse_missed(heard: Heard) -> WhatWasMissed | None:
    return WhatWasMissed() if heard.sender.is_staff and heard.command == "没听懂" else None


@router.on(parse_missed)
def show_missed(said: WhatWasMissed, uow: UnitOfWork, desk: Desk, say: Say, now: datetime) -> None:
    """What people said that was not understood; what becomes an alias is decided elsewhere."""
    found = astray(uow, desk.services, since=now - ASTRAY_SINCE, most=ASTRAY_MOST)
    say.discreetly(zh.missed_line(found), zh.missed(found, desk.service_name))
