"""Looking around: the nine classes, a class's products, one product."""

import re
from dataclasses import dataclass

from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import catalogue as zh
from storage.unit_of_work import UnitOfWork

router = Router("catalogue")
LISTED = 2  # ways to buy it at once, on a product's page


@dataclass(frozen=True, slots=True)
class Browse:
    what: str  # "" for the classes


def parse_browse(heard: Heard) -> Browse | None:
    found = re.match(r"^(?:目录|逛服务|服务目录|逛逛|有什么服务|看服务)\s*(.*)$", heard.command)
    return Browse(found[1].strip()) if found else None


@router.on(parse_browse)
def browse(said: Browse, conversation: Conversation, uow: UnitOfWork, desk: Desk, say: Say) -> None:
    services = desk.services.values()
    classes = list(dict.fromkeys(service.class1 for service in services))
    if said.what in desk.services:
        service = desk.services[said.what]
        choices = conversation.ask("browse", Choice("就办这个", f"发需求 {service.name}"))
        on_sale = uow.listings.listed((service.code,), LISTED)
        say(zh.product(service, on_sale), *choices)
        return
    if said.what in classes:
        products = [service for service in services if service.class1 == said.what]
        choices = tuple(Choice(item.name, f"目录 {item.code}") for item in products)
        conversation.ask("browse", *choices)
        say(zh.products(said.what, products), *choices)
        return
    choices = tuple(Choice(name, f"目录 {name}") for name in classes)
    conversation.ask("browse", *choices)
    say(zh.classes(classes), *choices)
