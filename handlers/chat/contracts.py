"""Contracts in the chat: reading one, proposing instalments, and the other side's answer."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from handlers.actions.contracts import (
    Proposal,
    answer_choices,
    answer_proposal,
    propose_instalments,
    shown_version,
    side_of,
    waiting_for,
    would_propose,
)
from handlers.chat.parsing import ORDER_HEAD
from handlers.chat.picking import pick_order
from handlers.conversation import Conversation, Question
from handlers.desk import Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import contracts as zh
from market.contracts import Version, pending, percentages
from market.errors import NotFound
from market.orders import Order, OrderStatus
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("contracts")


@dataclass(frozen=True, slots=True)
class Read:
    order_id: int | None


@dataclass(frozen=True, slots=True)
class Instalments:
    """`parts` are the numbers as they were said, "" none; `percent` if they must make 100."""

    order_id: int | None
    count: int | None
    parts: tuple[str, ...]
    percent: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """`version` is the one that the words name; None if they name none."""

    order_id: int
    version: int | None
    agrees: bool


_READ = re.compile(rf"^(?:看看?)?合同{ORDER_HEAD}$")
_ANSWER = re.compile(
    r"^(?P<no>不)?(?:同意|接受|要|确认)(?:这个|这样)?分期\s*(?:O[- ]?)?"
    r"(?P<order>\d{4,12})\s*(?:V\s?(?P<version>\d{1,3}))?$"
)
_IN_ONE = re.compile(
    rf"^(?:改?(?:成|回)?(?:一次付清|一次性?付(?:款|清)?|全款)|不分期){ORDER_HEAD}$"
)
_DIGITS = {mark: number for number, mark in enumerate("一二三四五六七八九十", start=1)} | {"两": 2}
_COUNT = r"\d{1,2}|[一二两三四五六七八九十]"
_PART = r"\d{1,3}(?:\.\d{1,2})?"
_PARTS = rf"{_PART}\s*%?(?:\s*(?:[,，、/:：+]|和|\s)\s*{_PART}\s*%?)+"
_WISH = r"(?:我们?)?(?:能不能|可不可以|可以|能|想|要|申请|希望|改[成为]|改)*"
_NUMBER = re.compile(r"(?:订单)?\s*(?:(?<![A-Z])[O0][- ]?|(?<!\d))(\d{4,12})(?!\d)\s*[:：,，]?")
_SHARED = re.compile(r"([一二三四五六七八九]{2,6})开")  # 四六开, 三三四开
_PLAN = re.compile(
    rf"^{_WISH}(?:分期(?:付款|付)?|(?:分|改)(?:成|为)?(?=\s*(?:{_COUNT})\s*期))"
    rf"\s*(?:(?P<count>{_COUNT})\s*期(?:付款|付)?)?\s*[:：,，]?\s*"
    rf"(?:(?P<parts>{_PARTS})|(?P<bare>{_COUNT})\s*期?)?(?:吗|行吗|可以吗|吧)?$"
)


def parse_read(heard: Heard) -> Read | None:
    if not _READ.match(heard.command) or not _is_about_an_order(heard):
        return None
    return Read(_number_in(heard.command))


def _is_about_an_order(heard: Heard) -> bool:
    """Without a number these are also words about a need: "合同", "可以分期吗"."""
    talk = heard.conversation
    named = _number_in(heard.command) is not None
    return named or (talk.order_id is not None and talk.draft is None)


def _number_in(command: str) -> int | None:
    found = _NUMBER.search(command)
    return int(found[1]) if found else None


def parse_answer(heard: Heard) -> Answered | None:
    """ "同意分期 O2048 v2", "不同意分期 O2048"."""
    found = _ANSWER.match(heard.command)
    if found is None:
        return None
    version = int(found["version"]) if found["version"] else None
    return Answered(int(found["order"]), version, agrees=not found["no"])


def parse_plan(heard: Heard) -> Instalments | None:
    """ "分期 O2048 3", "分 2 期 30% 70%", "分期 O2048 3:3:4", "一次付清 O2048"."""
    wanted = _number_in(heard.command)
    if not _is_about_an_order(heard):
        return None
    if _IN_ONE.match(heard.command):
        return Instalments(wanted, 1, (), percent=False)
    command = _NUMBER.sub(" ", heard.command).strip()
    command = _SHARED.sub(lambda found: ":".join(str(_DIGITS[d]) for d in found[1]), command)
    found = _PLAN.match(command)
    if found is None:
        return None
    said = found["parts"] or ""
    parts = tuple(re.findall(_PART, said))
    count = found["count"] or found["bare"]
    return Instalments(wanted, _count(count) if count else None, parts, percent="%" in said)


def _count(said: str) -> int:
    return _DIGITS.get(said) or int(said)


def _weights(order: Order, said: Instalments) -> tuple[int, ...] | None:
    """Whole weights; None where it is not clear how many parts are meant."""
    if said.parts:
        if said.count not in (None, len(said.parts)):
            return None
        # In hundredths: 33.33% is as whole as 3:3:4.
        hundredths = tuple(int(Decimal(part) * 100) for part in said.parts)
        return percentages(order.no, hundredths) if said.percent else hundredths
    return None if said.count is None else (1,) * said.count


@router.on(parse_read)
def read(said: Read, sender: Sender, conversation: Conversation, uow: UnitOfWork, say: Say) -> None:
    if sender.is_staff and said.order_id is not None:
        order = uow.orders.find(said.order_id)
        say(zh.shown(order, shown_version(uow, order), None))
        return
    order = _pick(uow, sender, conversation, said.order_id)
    show(order, shown_version(uow, order), sender, conversation, say)


def show(
    order: Order, version: Version, sender: Sender, conversation: Conversation, say: Say
) -> None:
    """A version to read; if it waits for the reader, 确认 answers exactly this one."""
    side = side_of(order, sender)
    if pending(order, version) is None or not version.awaits(side):
        say(zh.shown(order, version, side))
        return
    yes, no = answer_choices(order, version)
    say(
        zh.shown(order, version, side),
        *conversation.ask(
            "answer_contract",
            Choice(yes.label, "确认"),
            no,
            confirms=True,
            order_id=order.id,
            version=version.contract.version,
        ),
    )


@router.on(parse_plan)
def plan(
    said: Instalments,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> None:
    """What the proposal would be, in fen, before it goes to the other side."""
    order = _pick(uow, sender, conversation, said.order_id)
    weights = _weights(order, said)
    if weights is None:
        say(zh.how_many(order))
        return
    version = would_propose(uow, order, sender, weights, now)
    say(
        zh.would_propose(order, version),
        *conversation.ask(
            "propose_contract",
            Choice("提给对方", "确认"),
            confirms=True,
            order_id=order.id,
            weights=list(weights),
            version=version.contract.version,
        ),
    )


@router.confirmed("propose_contract")
def really_propose(
    question: Question, sender: Sender, uow: UnitOfWork, say: Say, now: datetime
) -> None:
    done = propose_instalments(
        uow,
        question.args["order_id"],
        sender,
        tuple(question.args["weights"]),
        seen_version=question.args["version"],
        now=now,
    )
    say(zh.proposal_sent(done.order, done.version))


@router.on(parse_answer)
def answer(
    said: Answered,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> None:
    """With its version it counts; without, what would be agreed to is read first."""
    order = _pick(uow, sender, conversation, said.order_id)
    if said.version is None and said.agrees:
        show(order, shown_version(uow, order), sender, conversation, say)
        return
    version = said.version or shown_version(uow, order).contract.version
    _answer(order.id, version, sender, uow, say, now, agrees=said.agrees)


@router.confirmed("answer_contract")
def really_agree(
    question: Question, sender: Sender, uow: UnitOfWork, say: Say, now: datetime
) -> None:
    args = question.args
    _answer(args["order_id"], args["version"], sender, uow, say, now, agrees=True)


def took_number(
    heard: Heard,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> bool:
    """Read a bare 1 or 2 as the answer to the one proposal that this person was pushed.

    Who was told of several versions may mean an earlier one: they read the newest first.
    """
    if not heard.private or conversation.question is not None or heard.command not in {"1", "2"}:
        return False
    waiting = waiting_for(uow, sender)
    if len(waiting) != 1:
        return False
    asked: Proposal = waiting[0]
    version = asked.version.contract.version
    if heard.command == "1" and version > 2:
        show(asked.order, asked.version, sender, conversation, say)
    else:
        _answer(asked.order.id, version, sender, uow, say, now, agrees=heard.command == "1")
    return True


def _answer(
    order_id: int,
    version: int,
    sender: Sender,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
    *,
    agrees: bool,
) -> None:
    done = answer_proposal(uow, order_id, sender, version=version, agrees=agrees, now=now)
    side = side_of(done.order, sender)
    say(zh.in_force(done.order, done.version, side) if agrees else zh.kept(done.order))


def _pick(uow: UnitOfWork, sender: Sender, conversation: Conversation, wanted: int | None) -> Order:
    """The order named, on whichever side; else the newest that waits for payment, then any.

    Raises:
        NotFound: absent, or somebody else's: the two read the same.
    """
    if wanted is not None:
        order = uow.orders.lock(wanted)
        side_of(order, sender)
        conversation.order_id = order.id
        return order
    sides = (False, True) if sender.is_provider else (True,)
    for buyer in sides:
        try:
            return pick_order(
                uow, sender, conversation, None, OrderStatus.AWAITING_PAYMENT, buyer=buyer
            )
        except NotFound:
            continue
    raise NotFound("您名下的订单")
