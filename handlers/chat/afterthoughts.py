"""What a buyer adds after a demand was handed in, without its number: a budget, a date, a no."""

import re
from datetime import datetime

from handlers.chat.demands import Change, Withdraw, change, withdraw
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.routing import Heard
from market.modes import DemandStatus
from market.parties import Sender
from matching import Slots
from storage.unit_of_work import UnitOfWork

_LONGEST = 40  # characters: more than that tells of something else
_GIVES_UP = re.compile(
    r"^(?:算了|那|还是|先|暂时|这个|我们?)*[,，\s]*(?:不(?:做|办|要|搞|弄|需要|想做|想办|用)了?|取消吧?|撤了?吧)"
    r"(?:吧|啊|哈|哦|这个|那个|了)*[。!！~]*$"
)
_ADDED = ("budget_min_fen", "budget_max_fen", "deadline", "region")
_BEFORE_THE_OPENING = {DemandStatus.IN_REVIEW, DemandStatus.OPEN}


def took_afterthought(
    heard: Heard,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> bool:
    """Read words nobody else understood as about the demand that was last talked of.

    Nothing is done by it: the change or the withdrawal is read back and waits for 确认.
    """
    wanted = conversation.demand_id
    busy = conversation.draft is not None or conversation.question is not None
    if wanted is None or busy or not heard.private or len(heard.command) > _LONGEST:
        return False
    gives_up = bool(_GIVES_UP.match(heard.command))
    if not gives_up and not _adds_something(heard.reading.slots):
        return False
    demand = uow.demands.find(wanted)
    if demand.buyer_id != sender.id or demand.status not in _BEFORE_THE_OPENING:
        return False
    if gives_up:
        withdraw(Withdraw(wanted), sender, conversation, uow, say)
    else:
        change(Change(wanted, heard.reading.normal), sender, conversation, uow, desk, say, now)
    return True


def _adds_something(slots: Slots) -> bool:
    return any(getattr(slots, name) for name in _ADDED)
