"""悬赏, 计件 and 提问: a reward is promised, and its rule is told before anything is paid."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.chat.drafts import ask_next
from handlers.chat.parsing import is_one_of
from handlers.chat.slots import TEXT_MOST
from handlers.conversation import Conversation, Draft
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import rewards as zh
from market.rewards import RewardKind, prizes
from matching import mask_contacts

router = Router("promises")
LEAST_FEN = 100  # of a prize

_KINDS = {"悬赏": RewardKind.BOUNTY, "计件": RewardKind.PIECE, "提问": RewardKind.QUESTION}
_PROMISES = re.compile(
    r"^(?:我们?|公司)?(?:想|要|想要)?(?:发布?|发个)?(?:现金|全款|有偿)?"
    r"(?P<kind>悬赏|计件|提问)(?:任务)?[\s:：,，]*(?P<rest>.*)$",
    re.S,
)
_SUM = re.compile(
    r"^(?:每[份件条个题])?\s*¥?\s*(?P<sum>[\d.,]+\s*[万千Kk]?|[零一二两三四五六七八九十百千万]+)\s*"
    r"(?:元|块钱?|圆|RMB)?\s*(?:[/每一]?[份件条个题])?[\s,，:：]*",
    re.I,
)
_MANY = re.compile(
    r"^(?:[xX×*]\s*)?(?:要|共|一共|找|收)?\s*(?P<many>\d{1,4}|[一二两三四五六七八九十]+)\s*"
    r"(?:名|位|个人|人|份|件|条|张)[\s,，:：]*"
)
_RATIO = re.compile(
    r"^(?:按|比例)?\s*(?P<ratio>\d{1,3}(?:\s*[:：]\s*\d{1,3})+)\s*(?:分)?[\s,，:：]*"
)
_DIGITS = {mark: index for index, mark in enumerate("零一二三四五六七八九十")} | {"两": 2}


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised: `sum_words` as they were said, `rest` is what for."""

    kind: RewardKind
    sum_words: str
    many: int
    ratio: tuple[int, ...]
    rest: str


@dataclass(frozen=True, slots=True)
class How:
    kind: RewardKind


@dataclass(frozen=True, slots=True)
class Other:
    """Another sum for the reward that is being drafted; None: the rule once more."""

    fen: int | None


def parse_promise(heard: Heard) -> Promise | None:
    """ "悬赏 3000 元 征集 LOGO", "悬赏 1000 按 5:3:2 …", "计件 20 元 50 份 …", "提问 50 元 …"."""
    # In the buyer's own spelling: what for becomes the title.
    found = _PROMISES.match(heard.reading.text.strip())
    if found is None or not _SUM.match(found["rest"]):
        found = _PROMISES.match(heard.reading.normal)
    if found is None:
        return None
    kind, rest = _KINDS[found["kind"]], found["rest"]
    summed = _SUM.match(rest)
    rest = rest[summed.end() :] if summed else rest
    many = 1
    ratio: tuple[int, ...] = ()
    if counted := _MANY.match(rest):
        many, rest = _number(counted["many"]), rest[counted.end() :]
    if parted := _RATIO.match(rest):
        ratio = tuple(int(part) for part in re.split(r"\s*[:：]\s*", parted["ratio"]))
        rest = rest[parted.end() :]
    return Promise(kind, summed["sum"] if summed else "", many, ratio, rest.strip())


def _number(words: str) -> int:
    if words.isdecimal():
        return int(words)
    tens, ten, ones = words.partition("十")
    if not ten:
        return _DIGITS[words[0]]
    return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)


_HOW = re.compile(
    r"^(?:怎么|如何|怎样|咋)(?:发|做|弄|搞)?(?:个|一个)?(?P<kind>悬赏|计件|提问)|"
    r"^(?P<what>悬赏|计件|提问)(?:是什么|怎么(?:弄|做|发|搞|回事|用)|的?规则|咋弄)"
)


def parse_how(heard: Heard) -> How | None:
    """ "怎么悬赏", "提问是什么": the way to say it, with the example."""
    found = _HOW.match(heard.command)
    return How(_KINDS[found["kind"] or found["what"]]) if found else None


_CHANGES = re.compile(
    r"(?:改|加|减|提|降|换|涨)?(?:成|到|为)?\s*"
    r"¥?[\d.,一二三四五六七八九十百千万两kK]+\s*(?:元|块钱?)?"
)


def parse_other(heard: Heard) -> Other | None:
    """ "改成1000", "1200元吧", "什么规则": about the reward on the card."""
    draft, question = heard.conversation.draft, heard.conversation.question
    if draft is None or not draft.reward or question is None or question.kind != "draft":
        return None
    if is_one_of(heard, "规则", "什么规则", "有什么规则", "怎么退", "会退吗", "怎么收费"):
        return Other(None)
    if heard.command in {"1", "2"} or not _CHANGES.fullmatch(heard.command.rstrip("吧。了")):
        return None
    slots = heard.reading.slots
    return Other(slots.budget_max_fen or slots.budget_min_fen)


@router.on(parse_how)
def explain(said: How, say: Say) -> None:
    say(zh.no_matter(said.kind))


@router.on(parse_other)
def other_sum(said: Other, conversation: Conversation, desk: Desk, say: Say) -> None:
    """The same prizes of another sum, in the same proportion; by the piece, of another price."""
    draft = conversation.draft
    assert draft is not None, "it was there when this was read"
    if said.fen is None:
        ask_next(conversation, draft, desk, say)
        return
    many = len(draft.prizes_fen)
    try:
        given = (
            (said.fen,) * many
            if draft.reward == RewardKind.PIECE
            else prizes(said.fen, draft.prizes_fen)
        )
    except ValueError:
        given = ()
    if not given or min(given) < LEAST_FEN:
        say(zh.too_little(LEAST_FEN))
        return
    ask_next(conversation, replace(draft, prizes_fen=given), desk, say)


@router.on(parse_promise)
def promise(
    said: Promise,
    conversation: Conversation,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The draft of a reward; everything that 确认 means is on it."""
    local = now.astimezone(desk.zone)
    fen = None
    if said.sum_words:
        slots = desk.matcher.read(f"预算{said.sum_words}元", local).slots
        fen = slots.budget_min_fen if slots.budget_min_fen == slots.budget_max_fen else None
    if fen is None or not said.rest:
        asks = said.kind is RewardKind.QUESTION
        missing = zh.WHAT_QUESTION if asks else zh.WHAT
        say(missing if fen is None and not said.rest else _gap(said.kind, fen))
        return
    if max(said.many, len(said.ratio)) > desk.policy.prizes_most:
        say(zh.too_many(desk.policy.prizes_most))
        return
    try:
        given = _prizes(said, fen)
    except ValueError:
        given = ()
    if not given or min(given) < LEAST_FEN:
        say(zh.too_little(LEAST_FEN))
        return
    search = desk.matcher.read(said.rest, local).search
    # Of a question it only says who is asked first; of a work it is on the card of the fees.
    sure = {"match", "choose"} if said.kind is RewardKind.QUESTION else {"match"}
    draft = Draft(
        text=mask_contacts(said.rest).text[:TEXT_MOST],
        service_code=search.services[0].code if search.decision in sure else None,
        reward=str(said.kind),
        prizes_fen=given,
    )
    conversation.park()
    ask_next(conversation, draft, desk, say)


def _gap(kind: RewardKind, fen: int | None) -> str:
    return zh.no_amount(kind) if fen is None else zh.no_matter(kind)


def _prizes(said: Promise, fen: int) -> tuple[int, ...]:
    """The prizes meant. Raises ValueError: too little to be parted so."""
    if said.kind is RewardKind.QUESTION:
        return (fen,)
    if said.kind is RewardKind.PIECE:
        return (fen,) * said.many
    return prizes(fen, said.ratio or (1,) * said.many)
