"""Questions everybody asks, at any point of a talk: answered, and what was open stays open."""

import re
from dataclasses import dataclass

from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import parties as zh_parties
from handlers.wording import questions as zh

router = Router("questions")
LONGEST = 24  # characters: more than that is a story, not one of these questions

_ASKED = (
    (zh.WHO, r"你们?是(谁|干什么|什么(平台|公司|人)|哪(里|家)的)|什么平台|干嘛的"),
    (
        zh_parties.ROBOT,
        r"[你您](?:到底|究竟)?(?:是不是|是)?个?(?:机器人|真人|AI|人工智能|电脑|活人)(?!工)",
    ),
    (zh.INVOICE, r"发票|开票|开.{0,2}[专普]票"),
    (zh.REFUND, r"(能|可以|可不可以|怎么)(退|取消|反悔)|不满意(能|可以)?退|违约金"),
    (
        zh.PHONE,
        r"(电话|微信|联系方式|手机号?)(给我|发我|是多少|多少)|(要|给我)[A-Z]?的?(电话|联系方式)",
    ),
    (zh.RELAY, r"(帮|替)我(问|跟|和|转告|告诉|催)|你(跟|和|问)他(说|讲|们)?"),
    (zh.WHICH_IS_BETTER, r"(哪个|哪家|谁家?)(好|靠谱|划算|合适)|推荐哪(个|家)"),
    (zh.CONTRACT, r"(有|签|怎么签)合同(吗|么)?|合同(怎么|在哪)"),
)
_PATTERNS = tuple((words, re.compile(pattern)) for words, pattern in _ASKED)
_ANY = re.compile("|".join(pattern for _, pattern in _ASKED))  # most messages ask none of them
_HOW_LONG = re.compile(r"(多久|多长时间|几天|什么时候)(能|可以)?(好|办好|办完|做完|出来|拿到|下来)")


@dataclass(frozen=True, slots=True)
class Asked:
    answer: str


def parse_question(heard: Heard) -> Asked | None:
    text = heard.command
    if len(text) > LONGEST or heard.sender.is_staff:
        return None
    if _HOW_LONG.search(text) and heard.conversation.order_id is None:
        return Asked("")
    if _ANY.search(text) is None:
        return None
    return next(Asked(words) for words, pattern in _PATTERNS if pattern.search(text))


@router.on(parse_question)
def answer(said: Asked, conversation: Conversation, desk: Desk, say: Say) -> None:
    draft = conversation.draft
    service = desk.services.get(draft.service_code or "") if draft is not None else None
    say(said.answer or zh.how_long(service))
    if conversation.question is not None and draft is not None:
        say(zh.STILL_OPEN)
