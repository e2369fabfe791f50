"""定金招标: a tender that is taken seriously, because the buyer pays a part in advance."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.actions import utterances
from handlers.chat.drafts import ask_next, begin
from handlers.chat.needs import need_of
from handlers.chat.parsing import is_one_of
from handlers.conversation import Conversation, Draft
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import drafts as zh
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("deposits")

_WITH = re.compile(
    r"^(?:我们?)?(?:想要?|要)?(?:搞|做|来|弄|发布?|走)?(?:一?个)?(?:定金|订金|交定金)招标[\s:：,，]*(?P<need>.*)$",
    re.S,
)


@dataclass(frozen=True, slots=True)
class WithDeposit:
    need: str


def parse_with(heard: Heard) -> WithDeposit | None:
    """ "定金招标 做高企认定，柳州，预算3万"; or 交定金 while a draft is open."""
    if found := _WITH.match(heard.reading.normal):
        return WithDeposit(found["need"].strip())
    open_draft = heard.conversation.draft is not None
    return (
        WithDeposit("") if open_draft and is_one_of(heard, "交定金", "加定金", "付定金") else None
    )


def parse_without(heard: Heard) -> Draft | None:
    draft = heard.conversation.draft
    if draft is None or draft.deposit_fen is None:
        return None
    return draft if is_one_of(heard, "不要定金", "不交定金", "不付定金", "取消定金") else None


@router.on(parse_with)
def with_deposit(
    said: WithDeposit,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    if said.need:
        reading = desk.matcher.read(said.need, now.astimezone(desk.zone))
        need = need_of(reading) if reading.search.decision != "none" else None
        noted = utterances.note_need(uow, sender, reading, need.codes, now) if need else None
        services = need.services if need else ()
        begin(conversation, reading, services, desk, say, Draft(deposit_fen=0, utterance_id=noted))
        return
    draft = conversation.draft
    if draft is None or draft.reward or draft.named_id is not None or draft.editing is not None:
        conversation.park()
        conversation.draft = Draft(deposit_fen=0)
        conversation.ask("need")
        say(zh.WHAT_NEED)
        return
    ask_next(conversation, replace(draft, deposit_fen=0), desk, say)


@router.on(parse_without)
def without_deposit(draft: Draft, conversation: Conversation, desk: Desk, say: Say) -> None:
    ask_next(conversation, replace(draft, deposit_fen=None), desk, say)
