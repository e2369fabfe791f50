""" "不对，是查新": the service of an open draft was read wrongly; the rest of it stays."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.actions import utterances
from handlers.chat.drafts import ask_next, ask_which, fill_draft, take_need
from handlers.chat.needs import SURE, need_of, parse_need
from handlers.chat.slots import merge
from handlers.conversation import Conversation, Draft
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import drafts as zh
from matching import Reading
from storage.unit_of_work import UnitOfWork

router = Router("corrections")

_EDGE = r"[,，。.!！:：\s]*"
_WANTED = r"(?:我们?|咱们?)?(?:说的)?(?:是要|是想|想要|[是要想])?[办做搞弄]?(?:的是)?"
_CORRECTED = (
    # 不是高企，是查新
    re.compile(rf"^不[是要办做][^,，。]{{1,20}}{_EDGE}而?(?:我们?)?(?:是|[要想][办做搞]?)(?:的是)?(?P<meant>.{{2,40}})$"),
    # 不对，我要做查新；弄错了，查新
    re.compile(rf"^(?:不对|不是|错了|[弄搞看]错了|理解错了)[啊呀吧的哦]?{_EDGE}{_WANTED}(?P<meant>.{{2,40}})$"),
)  # fmt: skip
# 改成查新: so a place, a date or a sum is changed too, which only a clear service overrules.
_CHANGED = re.compile(r"^(?:服务|项目|类别)?[改换][成为](?P<meant>.{2,40})$")
_ENOUGH = 3  # letters that name a service beside a sum, a place or a number


@dataclass(frozen=True, slots=True)
class Correction:
    draft: Draft
    words: str  # what was meant
    changed: bool = False  # "改成…", which people say of anything


def parse_correction(heard: Heard) -> Correction | None:
    """Only while a draft's own questions are open; whether a service is meant is seen later."""
    draft, question = heard.conversation.draft, heard.conversation.question
    if draft is None or draft.service_code is None or draft.editing is not None:
        return None
    if question is not None and question.kind != "draft":
        return None
    for pattern in _CORRECTED:
        if found := pattern.match(heard.reading.normal):
            return Correction(draft, found["meant"])
    found = _CHANGED.match(heard.reading.normal)
    return Correction(draft, found["meant"], changed=True) if found else None


@router.on(parse_correction)
def correct_service(
    said: Correction,
    heard: Heard,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Put the service that was meant into the draft; anything else is an answer as ever."""
    meant = desk.matcher.read(said.words, now.astimezone(desk.zone))
    need = need_of(meant) if _names_a_service(meant, said) else None
    if need is None or need.codes == (said.draft.service_code,):
        whole = None if meant.slots.spans else parse_need(heard)
        if whole is None:
            fill_draft(said.draft, heard, conversation, desk, say)
        else:
            take_need(whole, heard, heard.sender, conversation, uow, desk, say, now)
        return
    code = need.codes[0] if len(need.codes) == 1 else None
    utterances.correct(uow, heard.sender, said.draft, code)
    name = desk.service_name(code) if code is not None else ""
    draft = merge(replace(said.draft, service_code=code, service_name=name), meant)
    if code is None:
        conversation.draft = draft
        ask_which(need.services, conversation, say)
        return
    ask_next(conversation, draft, desk, say, lead=zh.corrected(said.draft, draft))


def _names_a_service(meant: Reading, said: Correction) -> bool:
    """ "5个样品", "加急" and "高新区" sound like services, and correct something else."""
    search, left = meant.search, meant.normal
    for words in filter(None, meant.slots.spans.values()):
        left = left.replace(words, "")
    if left != meant.normal and len(left.strip(" ,，。")) < _ENOUGH:
        return False
    if search.decision == "choose" and not said.changed:
        return search.confidence >= SURE
    return search.decision == "match"
