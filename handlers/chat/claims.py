"""后补助: a subsidy applied for after the work is done – the papers, and how far it is."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.claims import begin_claim, move_claim
from handlers.chat.parsing import order_id, plain_fen, tail
from handlers.chat.picking import pick_order
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import claims as zh
from market.claims import ClaimStep
from market.orders import OrderStatus
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("claims")
OVER = (OrderStatus.COMPLETED, OrderStatus.REFUNDED)


@dataclass(frozen=True, slots=True)
class Begin:
    order_id: int | None


@dataclass(frozen=True, slots=True)
class Submitted:
    order_id: int | None


@dataclass(frozen=True, slots=True)
class Paid:
    order_id: int | None
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    order_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Mine:
    pass


_NO = r"(?:O[- ]?\d{3,12})?"
_BEGIN = re.compile(rf"^(?:我?要?申请|补助材料|看补助)(?:后?补助|补贴)?\s*{_NO}$")
_SUBMITTED = re.compile(rf"^(?:后?补助|补贴)(?:材料)?已?(?:经)?(?:交|提交|递交)了?\s*{_NO}$")
_PAID = re.compile(
    rf"^(?:后?补助|补贴)已?到账了?\s*{_NO}\s*[:：,，]?\s*(?P<sum>[¥\d.,]{{1,24}}\s*元?)?$"
)
_REFUSED = re.compile(rf"^(?:后?补助|补贴)没(?:有)?批\s*{_NO}\s*[:：,，]?\s*(?P<why>.*)$", re.S)
_MINE = re.compile(r"^(?:我的|看)(?:后?补助|补贴)$")


def parse_begin(heard: Heard) -> Begin | None:
    """ "申请补助 O2048"; without an order's number only in exactly these words."""
    if heard.sender.is_staff or not re.search(r"补助|补贴", heard.command):
        return None
    return Begin(order_id(heard.command)) if _BEGIN.match(heard.command) else None


def parse_submitted(heard: Heard) -> Submitted | None:
    return Submitted(order_id(heard.command)) if _SUBMITTED.match(heard.command) else None


def parse_paid(heard: Heard) -> Paid | None:
    found = _PAID.match(heard.command)
    return Paid(order_id(heard.command), plain_fen(found["sum"] or "")) if found else None


def parse_refused(heard: Heard) -> Refused | None:
    found = _REFUSED.match(heard.command)
    if found is None:
        return None
    return Refused(order_id(heard.command), tail(heard, found["why"]).strip(" 。")[:100])


def parse_mine(heard: Heard) -> Mine | None:
    return Mine() if _MINE.match(heard.command) else None


@router.on(parse_begin)
def begin(
    said: Begin,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    order = pick_order(uow, sender, conversation, said.order_id, *OVER, buyer=True)
    claim, programme = begin_claim(uow, order.id, sender.id, desk, now)
    say(zh.begun(claim, programme, desk.public_url))


@router.on(parse_submitted)
def submitted(
    said: Submitted,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> None:
    order = pick_order(uow, sender, conversation, said.order_id, *OVER, buyer=True)
    say(zh.submitted(move_claim(uow, order.id, sender.id, ClaimStep.SUBMIT, now)))


@router.on(parse_paid)
def paid(
    said: Paid,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> None:
    order = pick_order(uow, sender, conversation, said.order_id, *OVER, buyer=True)
    if not said.amount_fen:
        say(zh.HOW_MUCH.format(no=order.no))
        return
    claim = move_claim(uow, order.id, sender.id, ClaimStep.PAY, now, paid_fen=said.amount_fen)
    say(zh.paid(claim))


@router.on(parse_refused)
def refused(
    said: Refused,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> None:
    order = pick_order(uow, sender, conversation, said.order_id, *OVER, buyer=True)
    if not said.reason:
        say(zh.WHY_NOT.format(no=order.no))
        return
    claim = move_claim(uow, order.id, sender.id, ClaimStep.REFUSE, now, reason=said.reason)
    say(zh.refused(claim))


@router.on(parse_mine)
def list_mine(said: Mine, sender: Sender, uow: UnitOfWork, say: Say) -> None:
    mine = uow.claims.of_person(sender.id, zh.SHOWN)
    if not mine:
        say(zh.NONE_YET)
        return
    say(zh.mine(mine, uow.programmes.names(one.programme for one in mine)))
