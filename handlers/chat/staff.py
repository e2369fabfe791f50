"""Words of the service centre that belong to no other noun yet."""

import re
from dataclasses import dataclass

from handlers.chat.parsing import only_staff
from handlers.desk import Say
from handlers.routing import Heard, Router
from handlers.wording import staff as zh
from market.parties import Sender

router = Router("staff")


@dataclass(frozen=True, slots=True)
class Broadcast:
    pass


def parse_broadcast(heard: Heard) -> Broadcast | None:
    return Broadcast() if re.match(r"^(广播|群发)", heard.command) else None


@router.on(parse_broadcast)
def broadcast(said: Broadcast, sender: Sender, say: Say) -> None:
    only_staff(sender)
    say(zh.NO_BROADCAST)
