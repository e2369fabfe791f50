"""Not confirming: 不要 and 先别 leave a question, and what was left undone is said."""

from dataclasses import dataclass
from datetime import datetime

from handlers.chat.bid_cards import CARD_KINDS, drop, show
from handlers.chat.parsing import is_one_of
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import bids as zh_bids
from handlers.wording import hesitations as zh
from handlers.wording import parties as zh_parties
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("hesitations")

# fmt: off
_LATER = (
    "等等", "等一下", "等会", "等会儿", "等下", "先等等", "稍等", "待会", "晚点", "先放着",
    "先别", "先不", "先别急", "先不急", "想想", "再想想", "我再想想", "考虑一下", "我考虑一下",
)
_NO = (
    "不要", "别", "不", "不了", "NO", "N", "不确认", "不同意", "不是", "不对",
    "不提交", "先别提交", "先不提交",
)
_LEAVE = ("取消", "算了", "不用了", "手滑了")
# fmt: on
_BIDS = CARD_KINDS | {"withdraw_bid"}


@dataclass(frozen=True, slots=True)
class Hesitation:
    question: Question
    later: bool  # wants to think; else it is a no


def parse_hesitation(heard: Heard) -> Hesitation | None:
    """A no, or a not yet, to a question that 确认 would have answered."""
    question = heard.conversation.question
    if question is None or heard.sender.is_staff:
        return None
    asked = question.kind in zh.UNDONE or (question.kind == "draft" and "slot" not in question.args)
    if not (question.confirms and asked) and question.kind not in _BIDS:
        return None
    if is_one_of(heard, *_LATER):
        return Hesitation(question, later=True)
    left = is_one_of(heard, *_NO) or (question.kind in _BIDS and is_one_of(heard, *_LEAVE))
    return Hesitation(question, later=False) if left else None


@router.on(parse_hesitation)
def leave(
    said: Hesitation,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    conversation.question = None
    kind, args = said.question.kind, said.question.args
    if kind == "draft":
        editing = conversation.draft is not None and conversation.draft.editing is not None
        conversation.park()
        if editing:
            say(zh_parties.CANCELLED)
        else:
            say(zh_parties.DRAFT_KEPT, Choice("接着写", "继续"))
    elif kind == "withdraw_bid":
        say(zh_bids.not_withdrawn(f"D{args['demand_id']}"))
    elif kind not in CARD_KINDS:
        say(zh.UNDONE[kind])
    elif said.later:
        say(zh_bids.kept_aside(f"D{args['demand_id']}"))
    else:
        drop(conversation, args["demand_id"])
        say(zh_bids.given_up(f"D{args['demand_id']}"))
        show(sender, conversation, uow, desk, say, now)
