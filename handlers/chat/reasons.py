""" "为什么" while a demand is put together: which words led to the service and to every value."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.chat.slots import terms_of
from handlers.conversation import Draft
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import reasons as zh

router = Router("reasons")

_WHY = re.compile(
    r"^(?:为什么|为啥|为何|凭什么|依据呢?|怎么(?:看|听|判断)出来的?|你怎么知道的?)"
    r"(?:是?这[个项些样]|这么(?:说|认为|填))?[啊呢呀]?[?？!。]*$"
)


@dataclass(frozen=True, slots=True)
class Why:
    draft: Draft


def parse_why(heard: Heard) -> Why | None:
    draft = heard.conversation.draft
    if draft is None or not draft.text or not _WHY.match(heard.command):
        return None
    return Why(draft)


@router.on(parse_why)
def tell_why(asked: Why, heard: Heard, desk: Desk, say: Say, now: datetime) -> None:
    """The draft's own words are read again, so what is told is what was done."""
    question = heard.conversation.question
    offered: dict[str, str] = question.args.get("names", {}) if question is not None else {}
    wanted = dict(offered)
    if asked.draft.service_code is not None:
        wanted[asked.draft.service_code] = asked.draft.service_name
    services: dict[str, zh.Grounds] = {}
    values: dict[str, zh.Source] = {}
    for line in asked.draft.text.splitlines():
        reading = desk.matcher.read(line, now.astimezone(desk.zone))
        search = reading.search
        for place, found in enumerate(search.services):
            if found.code in wanted and found.why:
                grounds = zh.Grounds(found.why, remembered=search.remembered and place == 0)
                services.setdefault(wanted[found.code], grounds)
        # What was said later has taken the place of what was said before.
        values.update(
            {slot: zh.Source(one.text, one.rule) for slot, one in reading.slots.found.items()}
        )
    say(zh.why(services, values, terms_of(asked.draft)), *(question.choices if question else ()))
