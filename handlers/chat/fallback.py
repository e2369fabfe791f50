"""What nobody understood: own it, change the question, offer a human at the third time."""

import re
from datetime import datetime

from handlers.actions.utterances import note_missed
from handlers.chat.evidence import took_words
from handlers.conversation import Conversation
from handlers.desk import Say
from handlers.message import Choice, Kind
from handlers.routing import Heard, Router, confirms
from handlers.wording import fallback as zh
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("fallback")


def parse_idle_confirmation(heard: Heard) -> Conversation | None:
    return heard.conversation if confirms(heard.command) else None


def parse_anything(heard: Heard) -> Conversation | None:
    return heard.conversation if heard.inbound.kind is Kind.TEXT else None


@router.on(parse_idle_confirmation)
def nothing_to_confirm(talk: Conversation, say: Say) -> None:
    say(zh.NOTHING_TO_CONFIRM)


@router.on(parse_anything)
def not_understood(
    talk: Conversation, heard: Heard, sender: Sender, uow: UnitOfWork, say: Say, now: datetime
) -> None:
    asked = talk.question is not None and talk.question.confirms
    if not asked and took_words(heard, sender, uow, say, now):
        return
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
    elif talk.misses >= 3:
        say(zh.THIRD, Choice("人工", "人工"), Choice("看看能办什么", "目录"))
    elif talk.misses == 2:
        say(zh.SECOND, Choice("逛服务目录", "目录"))
    else:
        say(zh.first(sender))
