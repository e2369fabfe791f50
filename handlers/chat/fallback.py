"""What nobody understood: own it, change the question, offer a human at the third time."""

import re
from datetime import datetime

from handlers.actions.utterances import note_missed
from handlers.chat.afterthoughts import took_afterthought
from handlers.chat.contracts import took_number as took_contract
from handlers.chat.counter_answers import took_answer
from handlers.chat.evidence import took_words
from handlers.chat.suspensions import took_number
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.doubts import doubt_intent
from handlers.message import Choice, Kind
from handlers.routing import Heard, Router, confirms
from handlers.wording import fallback as zh
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("fallback")

_HUMAN = Choice("找人工", "人工")
_SUGGESTED = {
    "price": Choice("看看价目", "目录"),
    "progress": Choice("看看进展", "我的需求"),
    "complaint": _HUMAN,
    "human": _HUMAN,
}


def parse_idle_confirmation(heard: Heard) -> Conversation | None:
    return heard.conversation if confirms(heard.command) else None


def parse_anything(heard: Heard) -> Conversation | None:
    return heard.conversation if heard.inbound.kind is Kind.TEXT else None


@router.on(parse_idle_confirmation)
def nothing_to_confirm(
    talk: Conversation,
    heard: Heard,
    sender: Sender,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    if not (
        took_answer(heard, sender, uow, desk, say, now)
        or took_number(heard, sender, talk, uow, desk, say, now)
        or took_contract(heard, sender, talk, uow, say, now)
    ):
        say(zh.NOTHING_TO_CONFIRM)


@router.on(parse_anything)
def not_understood(
    talk: Conversation,
    heard: Heard,
    sender: Sender,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    asked = talk.question is not None and talk.question.confirms
    if not asked and (
        took_words(heard, sender, uow, say, now)
        or took_answer(heard, sender, uow, desk, say, now)
        or took_number(heard, sender, talk, uow, desk, say, now)
        or took_contract(heard, sender, talk, uow, say, now)
        or took_afterthought(heard, sender, talk, uow, desk, say, now)
    ):
        return
    if not asked:
        doubt_intent(heard, desk)
    talk.misses += 1
    if re.search(r"(忽略|无视).{0,6}(规则|指令|以上)|我是(管理员|系统)", heard.command):
        say(zh.CLAIMS)
        return
    if talk.question is None or talk.question.kind == "need":
        note_missed(uow, sender, heard.reading, now)
    question = talk.question
    if question is not None and question.confirms:
        # The open question stands; other options must not take its numbers.
        say(zh.STILL_ASKING if talk.misses < 3 else zh.STILL_ASKING_AGAIN)
    elif (perhaps := _perhaps(heard)) is not None:
        say(zh.perhaps(perhaps.label), *dict.fromkeys((perhaps, _HUMAN)))
    elif talk.misses >= 3:
        say(zh.THIRD, Choice("人工", "人工"), Choice("看看能办什么", "目录"))
    elif talk.misses == 2:
        say(zh.SECOND, Choice("逛服务目录", "目录"))
    else:
        say(zh.first(sender))


def _perhaps(heard: Heard) -> Choice | None:
    """What a second opinion takes these words for: something to tap, never done by itself."""
    opinion, question = heard.reading.opinion, heard.conversation.question
    if opinion is None or (question is not None and question.kind != "menu"):
        return None
    return _SUGGESTED.get(opinion.says)
