"""Vouchers: a firm asks for one; colleagues grant it and enter what authorities pay in."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.public_money import today_of
from handlers.actions.vouchers import (
    ask_for_voucher,
    confirm_appropriation,
    enter_appropriation,
    grant_voucher,
    propose_voucher,
    refuse_voucher,
)
from handlers.chat.invoices import read_heading
from handlers.chat.parsing import only_staff, plain_fen, tail
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import vouchers as zh
from market.errors import HeadingRefused, NotFound
from market.invoices import Kind
from market.parties import Sender
from market.programmes import Programme, ProgrammeKind, budget, funds
from storage.unit_of_work import UnitOfWork

router = Router("vouchers")
answers = Router("firms that ask for vouchers")
staff = Router("vouchers, for colleagues")
CODE = r"[A-Z][A-Z0-9-]{2,30}"


@dataclass(frozen=True, slots=True)
class Mine:
    pass


@dataclass(frozen=True, slots=True)
class AskFor:
    code: str  # "" if none was named


@dataclass(frozen=True, slots=True)
class Propose:
    voucher_id: int
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class Grant:
    voucher_id: int


@dataclass(frozen=True, slots=True)
class Refuse:
    voucher_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class PayIn:
    code: str
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class ConfirmPayIn:
    code: str


@dataclass(frozen=True, slots=True)
class Overview:
    pass


_MINE = re.compile(r"^(?:我的|看看?|查)?(?:创新券|券|优惠券)(?:余额|进度)?$")
_ASK = re.compile(rf"^(?:我们?)?(?:想|要)?(?:申请|申领|领)(?:一?张)?创新券\s*(?P<code>{CODE})?$")
_PROPOSE = re.compile(r"^(?:发券|批券)\s*Q[- ]?(?P<no>\d{3,9})\s*[:：,，]?\s*(?P<sum>.{0,24})$")
_GRANT = re.compile(r"^确认(?:发券|批券)\s*Q[- ]?(?P<no>\d{3,9})$")
_REFUSE = re.compile(
    r"^(?:不发券|不批券|不发|不批)\s*Q[- ]?(?P<no>\d{3,9})\s*[:：,，]?\s*(?P<why>.*)$", re.S
)
_PAY_IN = re.compile(rf"^(?:拨款|财政到账)\s*(?P<code>{CODE})\s*[:：,，]?\s*(?P<sum>.{{0,24}})$")
_CONFIRM = re.compile(rf"^确认拨款\s*(?P<code>{CODE})$")
_OVERVIEW = re.compile(r"^(?:看看?|查)?(?:财政资金|政策资金|资金池|财政余额)$")


def parse_mine(heard: Heard) -> Mine | None:
    return Mine() if _MINE.match(heard.command) and not heard.sender.is_staff else None


def parse_ask(heard: Heard) -> AskFor | None:
    found = _ASK.match(heard.command)
    return AskFor(found["code"] or "") if found and not heard.sender.is_staff else None


def parse_propose(heard: Heard) -> Propose | None:
    found = _PROPOSE.match(heard.command)
    return Propose(int(found["no"]), plain_fen(found["sum"] or "")) if found else None


def parse_grant(heard: Heard) -> Grant | None:
    found = _GRANT.match(heard.command)
    return Grant(int(found["no"])) if found else None


def parse_refuse(heard: Heard) -> Refuse | None:
    found = _REFUSE.match(heard.command)
    return Refuse(int(found["no"]), tail(heard, found["why"]).strip(" 。")) if found else None


def parse_pay_in(heard: Heard) -> PayIn | None:
    found = _PAY_IN.match(heard.command)
    return PayIn(found["code"], plain_fen(found["sum"] or "")) if found else None


def parse_confirm(heard: Heard) -> ConfirmPayIn | None:
    found = _CONFIRM.match(heard.command)
    return ConfirmPayIn(found["code"]) if found else None


def parse_overview(heard: Heard) -> Overview | None:
    return Overview() if heard.sender.is_staff and _OVERVIEW.match(heard.command) else None


# --- firms ---------------------------------------------------------------------------------


def _open_programmes(uow: UnitOfWork, desk: Desk, now: datetime) -> list[Programme]:
    today = today_of(desk, now)
    return [
        one
        for one in uow.programmes.all()
        if one.kind is ProgrammeKind.VOUCHER and today <= one.ends_on
    ]


@router.on(parse_mine)
def list_mine(
    said: Mine, sender: Sender, conversation: Conversation, uow: UnitOfWork, say: Say
) -> None:
    mine = uow.vouchers.of_person(sender.id, zh.SHOWN)
    if not mine:
        say(zh.NO_VOUCHER)
        return
    names = uow.programmes.names(one.programme for one in mine)
    lines = [
        zh.voucher_line(one, names[one.programme], uow.ledger.available(one.account))
        for one in mine
    ]
    say(zh.mine(lines))


@router.on(parse_ask)
def ask(
    said: AskFor,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Which programme, then for which firm: that of the last invoice, if there was one."""
    known = _open_programmes(uow, desk, now)
    if said.code:
        known = [one for one in known if one.code == said.code]
        if not known:
            raise NotFound(said.code)
    if not known:
        say(zh.NO_PROGRAMME)
        return
    if len(known) > 1:
        choices = [Choice(one.name, f"申请创新券 {one.code}") for one in known[: zh.SHOWN]]
        say(zh.which(known), *conversation.ask("which_programme", *choices))
        return
    programme = known[0]
    heading = uow.invoices.heading_of(sender.id)
    if heading is not None and heading.tax_no:
        _confirm_firm(programme, heading.title, heading.tax_no, conversation, say)
        return
    conversation.ask("voucher_firm", code=programme.code)
    say(zh.WHOSE)


def _confirm_firm(
    programme: Programme, firm: str, credit_code: str, conversation: Conversation, say: Say
) -> None:
    held = {"code": programme.code, "firm": firm, "credit_code": credit_code}
    choices = conversation.ask(
        "voucher", Choice("确认", "确认"), Choice("换一家", f"换企业 {programme.code}"),
        confirms=True, **held,
    )  # fmt: skip
    say(zh.confirm_firm(programme, firm, credit_code), *choices)


@dataclass(frozen=True, slots=True)
class AnotherFirm:
    code: str


_ANOTHER = re.compile(rf"^换企业\s*(?P<code>{CODE})$")


def parse_another(heard: Heard) -> AnotherFirm | None:
    found = _ANOTHER.match(heard.command)
    return AnotherFirm(found["code"]) if found else None


@router.on(parse_another)
def another_firm(said: AnotherFirm, conversation: Conversation, say: Say) -> None:
    conversation.ask("voucher_firm", code=said.code)
    say(zh.WHOSE)


@answers.answered("voucher_firm")
def take_firm(heard: Heard, conversation: Conversation, uow: UnitOfWork, say: Say) -> None:
    """The answer to "which firm": read back before it counts."""
    question = conversation.question
    assert question is not None
    try:
        heading = read_heading(heard.inbound.text, Kind.ORDINARY)
    except HeadingRefused:
        say(zh.NOT_A_FIRM)
        return
    if not heading.tax_no or not heading.title:
        say(zh.NOT_A_FIRM)
        return
    programme = uow.programmes.find(question.args["code"])
    _confirm_firm(programme, heading.title, heading.tax_no, conversation, say)


@router.confirmed("voucher")
def really_ask(
    question: Question, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    args = question.args
    voucher, fresh = ask_for_voucher(
        uow, args["code"], args["firm"], args["credit_code"], sender, desk, now
    )
    say(zh.asked(voucher, uow.programmes.find(voucher.programme), fresh=fresh))


# --- colleagues ----------------------------------------------------------------------------


@staff.on(parse_propose)
def propose(
    said: Propose, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    """The first key. In a group its line is the one that asks for the second."""
    only_staff(sender)
    if said.amount_fen is None:
        say.discreetly("", zh.AMOUNT_WANTED.format(no=f"Q{said.voucher_id}"))
        return
    voucher = propose_voucher(uow, said.voucher_id, said.amount_fen, sender, desk, now)
    say.discreetly("", zh.proposed(voucher))


@staff.on(parse_grant)
def grant(
    said: Grant, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    """The second key: naming it is the confirmation, a bare 确认 never is."""
    only_staff(sender)
    voucher = grant_voucher(uow, said.voucher_id, sender, desk, now)
    say.discreetly(zh.granted_line(voucher), zh.granted_staff(voucher))


@staff.on(parse_refuse)
def refuse(said: Refuse, sender: Sender, uow: UnitOfWork, say: Say, now: datetime) -> None:
    only_staff(sender)
    if len(said.reason) < 2:
        say.discreetly("", zh.REASON_WANTED.format(no=f"Q{said.voucher_id}"))
        return
    voucher = refuse_voucher(uow, said.voucher_id, said.reason[:100], sender, now)
    say.discreetly("", zh.refused_staff(voucher))


@staff.on(parse_pay_in)
def pay_in(
    said: PayIn, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    only_staff(sender)
    if said.amount_fen is None or said.amount_fen == 0:
        say.discreetly("", zh.PAID_IN_AMOUNT.format(code=said.code))
        return
    programme, entered = enter_appropriation(uow, said.code, said.amount_fen, sender, desk, now)
    say.discreetly("", zh.entered(programme, entered))


@staff.on(parse_confirm)
def confirm_pay_in(
    said: ConfirmPayIn, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    only_staff(sender)
    programme, booked, receipt = confirm_appropriation(uow, said.code, sender, desk, now)
    say.discreetly(zh.booked_line(programme), zh.booked(programme, booked, receipt))


@staff.on(parse_overview)
def overview(said: Overview, uow: UnitOfWork, say: Say) -> None:
    lines = [
        zh.programme_line(
            one,
            free_fen=uow.ledger.available(budget(one.code)),
            paid_in_fen=uow.ledger.available(funds(one.code)),
        )
        for one in uow.programmes.all()
    ]
    say.discreetly("私聊发您了。", zh.overview(lines))
