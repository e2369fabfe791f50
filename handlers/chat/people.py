"""Everybody's words: hello, help, binding, a human, points, one's own data."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.parties import (
    account_overview,
    ask_for_human,
    bind,
    close_account,
    open_business,
)
from handlers.actions.payouts import request_payout
from handlers.chat.evidence import took_files
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.message import Choice, Inbound, Kind
from handlers.routing import Heard, Router
from handlers.wording import parties as zh
from handlers.wording import payouts as zh_payouts
from market.ledger import points
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("people")


@dataclass(frozen=True, slots=True)
class Word:
    """One of the words that work anywhere."""

    word: str


@dataclass(frozen=True, slots=True)
class Bind:
    code: str


_BIND = re.compile(r"^绑定\s*[:：]?\s*([A-Z0-9-]{4,40})$")

_WORDS: dict[str, tuple[str, ...]] = {
    "help": ("帮助", "HELP", "菜单", "怎么用", "你能做什么", "你会什么", "功能"),
    "hello": ("你好", "您好", "在吗", "HI", "HELLO", "早", "早上好", "嗨", "有人吗", "START"),
    "human": ("人工", "转人工", "人工客服", "找人", "客服", "真人", "找客服", "叫人", "我要人工"),
    "robot": ("你是机器人吗", "你是机器人", "你是AI吗", "你是谁", "是真人吗"),
    "cancel": ("取消", "算了", "不用了", "退出", "重来", "返回"),
    "points": ("积分", "我的积分", "查积分", "会员", "多少积分"),
    "board": ("排行", "排行榜", "积分排行"),
    "redeem": ("兑换", "积分兑换", "换礼品"),
    "unsubscribe": ("退订", "TD", "T", "不要再发广告", "别发广告"),
    "export": ("导出我的数据", "导出数据", "我的数据"),
    "close": ("注销", "注销账号", "删除我的数据"),
    "shop": ("开店", "我是服务商", "入驻", "我要入驻"),
    "withdrawal": ("提现", "我要提现"),
    "thanks": ("谢谢", "谢了", "多谢", "辛苦了", "好的谢谢", "感谢"),
}
_BY_PHRASE = {phrase: word for word, phrases in _WORDS.items() for phrase in phrases}


def parse_word(heard: Heard) -> Word | None:
    if heard.conversation.question is not None and heard.command in {"要", "好"}:
        return None
    text = heard.command.strip("。，,.!！?？~～… ")
    word = _BY_PHRASE.get(text) or _BY_PHRASE.get(text.rstrip("吧了啊呀哦呢哈吗"))
    return Word(word) if word else None


def parse_bind(heard: Heard) -> Bind | None:
    found = _BIND.match(heard.command)
    return Bind(found[1]) if found else None


def parse_event(heard: Heard) -> Kind | None:
    return heard.inbound.kind if heard.inbound.kind is not Kind.TEXT else None


@router.on(parse_bind)
def bind_account(
    said: Bind, sender: Sender, inbound: Inbound, uow: UnitOfWork, say: Say, now: datetime
) -> None:
    """A one-time code makes somebody staff or a provider's member."""
    joined = bind(uow, said.code, sender, inbound, now)
    say(zh.bound(joined))


@router.on(parse_word)
def answer_word(
    said: Word,
    heard: Heard,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    conversation.misses = 0
    match said.word:
        case "help":
            say(zh.help_for(sender))
        case "hello":
            say(zh.hello(sender, desk.operator), *_FRONT_DOORS)
        case "robot":
            say(zh.ROBOT)
        case "human":
            ask_for_human(uow, sender, desk, now)
            say(zh.human_coming(desk.working_hours, desk.at_work(now)))
        case "cancel":
            _cancel(conversation, say)
        case "points":
            say(zh.points(uow.ledger.balance(points(sender.id))))
        case "board":
            say(zh.BOARD)
        case "redeem":
            say(zh.redeem(uow.ledger.balance(points(sender.id))))
        case "unsubscribe":
            uow.parties.set_marketing(sender.id, wanted=False)
            say(zh.UNSUBSCRIBED)
        case "export":
            say(account_overview(uow, sender, desk))
        case "close":
            conversation.ask("close_account", confirms=True)
            say(zh.CLOSE_QUESTION)
        case "shop":
            say(open_business(uow, sender, desk, now))
        case "withdrawal":
            say(_withdraw(uow, sender, desk, now))
        case "thanks":
            say(zh.WELCOME)


_FRONT_DOORS = (
    Choice("发需求", "发需求"),
    Choice("逛服务目录", "目录"),
    Choice("我是服务商", "开店"),
)


def _withdraw(uow: UnitOfWork, sender: Sender, desk: Desk, now: datetime) -> str:
    request = request_payout(uow, sender, now)
    if request is None:
        return zh_payouts.NOTHING_TO_PAY
    if request.fresh:
        return zh_payouts.asked(request.payout)
    return zh_payouts.asked_before(request.payout, desk.zone)


def _cancel(conversation: Conversation, say: Say) -> None:
    """Leave what was being asked; a draft is kept, not lost."""
    had = conversation.question is not None or conversation.draft is not None
    kept = conversation.draft is not None
    conversation.park()
    if not kept and had:
        say(zh.CANCELLED)
    elif kept:
        say(zh.DRAFT_KEPT, Choice("接着写", "继续"))
    else:
        say(zh.NOTHING_TO_CANCEL)


@router.confirmed("close_account")
def really_close(sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime) -> None:
    say(close_account(uow, sender, now))


events = Router("events")


@events.on(parse_event)
def answer_event(
    kind: Kind,
    inbound: Inbound,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """What is not text: say what we can do with it, and what to type instead."""
    match kind:
        case Kind.SUBSCRIBE | Kind.SCAN:
            say(zh.hello(sender, desk.operator), *_FRONT_DOORS)
        case Kind.VOICE:
            say(zh.VOICE)
        case Kind.IMAGE if took_files(inbound, sender, uow, desk, say, now):
            pass
        case Kind.IMAGE:
            say(zh.image(provider=sender.is_provider))
        case Kind.VIDEO:
            say(zh.VIDEO)
        case Kind.LINK:
            say(zh.LINK)
        case Kind.OTHER:
            say(zh.UNKNOWN_KIND)


def parse_nothing(heard: Heard) -> Word | None:
    """A message of spaces, emoji or punctuation."""
    if heard.inbound.kind is Kind.TEXT and not heard.reading.normal.strip():
        return Word("nothing")
    return None


nothing = Router("nothing")


@nothing.on(parse_nothing)
def answer_nothing(said: Word, conversation: Conversation, say: Say) -> None:
    if conversation.question is None:
        say(zh.NOTHING_SAID)
    else:
        say(zh.NOTHING_SAID_TO_QUESTION)


_DISTRUST = re.compile(r"骗子|骗人|骗钱|诈骗|假的吧|靠谱吗|可靠吗|安全吗|会不会跑路|正规吗")
_ABUSE = re.compile(
    r"傻[逼比X]|傻瓜|SB|白痴|滚|废物|去死|妈的|他妈|操你|神经病|脑残|智障|垃圾机器人"
)
_PRICE = re.compile(r"^(多少钱|什么价|价格|怎么收费|收费标准|贵不贵|要多少钱)[啊呢吗]?$")


_ABOUT_US = re.compile(r"你们|平台|小科")


def parse_mood(heard: Heard) -> Word | None:
    """Distrust and anger at the bot itself; about an order it is a complaint, see orders."""
    text = heard.command
    about_us = heard.conversation.order_id is None or _ABOUT_US.search(text)
    if about_us and _DISTRUST.search(text) and len(text) <= 20:
        return Word("distrust")
    if _ABUSE.search(text) and len(text) <= 20:
        return Word("abuse")
    return Word("price") if _PRICE.match(text) else None


@router.on(parse_mood)
def answer_mood(said: Word, say: Say) -> None:
    match said.word:
        case "distrust":
            say(zh.TRUST)
        case "abuse":
            say(zh.CALM, Choice("人工", "人工"))
        case "price":
            say(zh.WHICH_PRICE)


_WORRIED = re.compile(r"(别|不要|不能|不会).{0,6}(发出去|泄露|告诉别人|公开|给别人|外传)")


def parse_assurance(heard: Heard) -> Word | None:
    """ "不要发出去啊": worries about who sees what."""
    worried = _WORRIED.search(heard.command)
    return Word("privacy") if worried else None


@router.on(parse_assurance)
def reassure(said: Word, say: Say) -> None:
    say(zh.PRIVACY)
