"""发票: buyers ask for one, providers say that it is issued or taken back."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.actions.invoices import (
    agree_to_reversal,
    drop_invoice,
    due_for,
    issue_invoice,
    request_invoice,
    reverse_invoice,
)
from handlers.chat.parsing import is_one_of, order_id
from handlers.chat.picking import pick_order
from handlers.conversation import Conversation, Question
from handlers.desk import Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import invoices as zh
from market.errors import HeadingRefused, NotFound
from market.invoices import Heading, InvoiceStatus, Kind, Reason, check_heading
from market.orders import Order, OrderStatus
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("invoices")
answers = Router("headings of invoices")
SHOWN, WORDS_MOST = 4, 60

_ASKS = re.compile(
    r"^(?:我们?)?(?:想|需)?要?(?:请|帮我|给我|麻烦)?(?:开|补开)?(?:一?张|个)?"
    r"(?P<kind>发票|专票|普票|增?值?税?专用发票|普通发票)\s*(?:O[- ]?\d{1,12})?[吧了]?$"
)
_ISSUED = re.compile(
    r"^(?:已?开票|已开|发票已开)\s*F[- ]?(?P<no>\d{1,9})"
    r"\s*(?:号码|号)?[:：]?\s*(?P<number>\d{8,20})?$"
)
_DROPS = re.compile(r"^(?:取消|不要)发票\s*F[- ]?(?P<no>\d{1,9})$")
_REVERSES = re.compile(
    r"^(?:红冲|冲红)\s*F[- ]?(?P<no>\d{1,9})\s*(?P<code>0[1-4])?\s*(?P<words>.*)$", re.S
)
_AGREES = re.compile(r"^同意(?:红冲|冲红)\s*F[- ]?(?P<no>\d{1,9})$")
_LABELS = {
    "title": r"(?:发票)?抬头|公司名称|单位名称|名称|单位",
    "tax_no": r"税号|纳税人识别号|统一社会信用代码|信用代码|识别号",
    "address_phone": r"地址[、和及]?电话|地址|电话",
    "bank": r"开户行[、及和]?账号|开户银行|开户行|账号|银行账号",
}
# Set apart: the firm 南宁电话设备有限公司 has no telephone in its name.
_LABEL = re.compile(
    r"(?:^|(?<=[\s,，;；。、]))(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS.items())
    + ")"
)
_BARE_TAX_NO = re.compile(r"(?<![0-9A-Z])(?:[0-9A-Z]{18}|\d{15})(?![0-9A-Z])")
_EDGE = " 　,，;；:：、。是为\n"


@dataclass(frozen=True, slots=True)
class Asks:
    order_id: int | None
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class Mine:
    pass


@dataclass(frozen=True, slots=True)
class Issued:
    invoice_id: int
    number: str


@dataclass(frozen=True, slots=True)
class Drops:
    invoice_id: int


@dataclass(frozen=True, slots=True)
class Reverses:
    invoice_id: int
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Agrees:
    invoice_id: int


def parse_asks(heard: Heard) -> Asks | None:
    """ "发票", "开专票 O2048"; whether one can be had at all is a question, answered elsewhere."""
    found = _ASKS.match(heard.command)
    if found is None or heard.sender.is_staff:
        return None
    said = found["kind"]
    kind = Kind.SPECIAL if "专" in said else Kind.ORDINARY if "普" in said else None
    return Asks(order_id(heard.command), kind)


def parse_another(heard: Heard) -> Asks | None:
    if not heard.command.startswith("换抬头"):
        return None
    return Asks(order_id(heard.command), None)


def parse_mine(heard: Heard) -> Mine | None:
    return Mine() if is_one_of(heard, "我的发票", "要开的发票") else None


def parse_issued(heard: Heard) -> Issued | None:
    found = _ISSUED.match(heard.command)
    return Issued(int(found["no"]), found["number"] or "") if found else None


def parse_drops(heard: Heard) -> Drops | None:
    found = _DROPS.match(heard.command)
    return Drops(int(found["no"])) if found else None


def parse_reverses(heard: Heard) -> Reverses | None:
    found = _REVERSES.match(heard.command)
    if found is None:
        return None
    return Reverses(int(found["no"]), found["code"] or "", found["words"].strip(_EDGE)[:WORDS_MOST])


def parse_agrees(heard: Heard) -> Agrees | None:
    found = _AGREES.match(heard.command)
    return Agrees(int(found["no"])) if found else None


def read_heading(text: str, kind: Kind) -> Heading:
    """To whom an invoice is made out: labelled parts in any order, or a name and a tax number.

    Raises:
        HeadingRefused: what is missing or cannot be right.
    """
    parts: dict[str, list[str]] = {}
    marks = [*_LABEL.finditer(text)]
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=False):
        said = text[mark.end() : end].strip(_EDGE)
        if said and mark.lastgroup:
            parts.setdefault(mark.lastgroup, []).append(said)
    head = text[: marks[0].start()] if marks else text
    if "tax_no" not in parts and (bare := _BARE_TAX_NO.search(text.upper())):
        parts["tax_no"] = [bare.group()]
        head = head.replace(text[bare.start() : bare.end()], " ")
    if "title" not in parts and head.strip(_EDGE):
        parts["title"] = [head.strip(_EDGE)]
    tax_no = re.sub(r"\s", "", "".join(parts.get("tax_no", []))).upper()
    return check_heading(
        Heading(
            kind,
            " ".join(parts.get("title", [])),
            tax_no,
            " ".join(parts.get("address_phone", [])),
            " ".join(parts.get("bank", [])),
        )
    )


# --- buyers --------------------------------------------------------------------------------


@router.on(parse_asks)
def ask_for_one(
    said: Asks, sender: Sender, conversation: Conversation, uow: UnitOfWork, say: Say
) -> None:
    """With what was written the last time, if anything was; else to whom it shall be made out."""
    fitting = (OrderStatus.COMPLETED, OrderStatus.REFUNDED)
    order = pick_order(uow, sender, conversation, said.order_id, *fitting, buyer=True)
    due = due_for(uow, order)
    before = uow.invoices.heading_of(sender.id)
    if before is not None and said.kind in (None, before.kind):
        choices = (Choice("就用这个", "确认"), Choice("换一个", f"换抬头 {order.no}"))
        say(zh.as_before(order, before, due), *_confirm(conversation, order, before, choices))
        return
    _ask_heading(order, due, said.kind or Kind.ORDINARY, conversation, say)


def _ask_heading(order: Order, due: int, kind: Kind, conversation: Conversation, say: Say) -> None:
    say(zh.ask_heading(order, due, kind))
    conversation.ask("heading", order_id=order.id, invoice=str(kind))


def _confirm(
    conversation: Conversation, order: Order, heading: Heading, choices: tuple[Choice, ...]
) -> tuple[Choice, ...]:
    held: dict[str, Any] = {
        "invoice": str(heading.kind),
        "title": heading.title,
        "tax_no": heading.tax_no,
        "address_phone": heading.address_phone,
        "bank": heading.bank,
    }
    return conversation.ask("invoice", *choices, confirms=True, order_id=order.id, **held)


@router.on(parse_another)
def another_heading(
    said: Asks, sender: Sender, conversation: Conversation, uow: UnitOfWork, say: Say
) -> None:
    order = pick_order(uow, sender, conversation, said.order_id, buyer=True)
    _ask_heading(order, due_for(uow, order), Kind.ORDINARY, conversation, say)


@answers.answered("heading")
def take_heading(
    heard: Heard, sender: Sender, conversation: Conversation, uow: UnitOfWork, say: Say
) -> None:
    """The answer to "to whom": read back before it counts."""
    question = conversation.question
    assert question is not None
    order = pick_order(uow, sender, conversation, question.args["order_id"], buyer=True)
    due, kind = due_for(uow, order), Kind(question.args["invoice"])
    if is_one_of(heard, "专票", "要专票", "开专票"):
        _ask_heading(order, due, Kind.SPECIAL, conversation, say)
        return
    try:
        heading = read_heading(heard.inbound.text, kind)
    except HeadingRefused as refusal:
        say(zh.refused(refusal.fields))
        return
    choices = (Choice("确认", "确认"), Choice("重填", f"换抬头 {order.no}"))
    say(zh.confirm(order, heading, due), *_confirm(conversation, order, heading, choices))


@router.confirmed("invoice")
def really_ask(
    question: Question, sender: Sender, uow: UnitOfWork, say: Say, now: datetime
) -> None:
    args = question.args
    heading = Heading(
        Kind(args["invoice"]), args["title"], args["tax_no"], args["address_phone"], args["bank"]
    )
    say(zh.requested(request_invoice(uow, args["order_id"], sender.id, heading, now)))


@router.on(parse_mine)
def list_mine(said: Mine, sender: Sender, uow: UnitOfWork, say: Say) -> None:
    own = uow.invoices.of_buyer(sender.id, SHOWN)
    if not own and sender.provider_id is not None:
        say(zh.to_issue(uow.invoices.waiting_for(sender.provider_id, SHOWN)))
        return
    say(zh.mine(own) if own else zh.NONE_YET)


@router.on(parse_drops)
def drop(said: Drops, sender: Sender, uow: UnitOfWork, say: Say, now: datetime) -> None:
    say(zh.dropped_buyer(drop_invoice(uow, said.invoice_id, sender.id, now)))


@router.on(parse_agrees)
def agree(said: Agrees, sender: Sender, uow: UnitOfWork, say: Say, now: datetime) -> None:
    say(zh.agreed(agree_to_reversal(uow, said.invoice_id, sender.id, now)))


# --- providers -----------------------------------------------------------------------------


@router.on(parse_issued)
def issued(said: Issued, sender: Sender, uow: UnitOfWork, say: Say, now: datetime) -> None:
    if not said.number:
        say(zh.NO_NUMBER)
        return
    say(zh.issued_provider(issue_invoice(uow, said.invoice_id, sender, said.number, now)))


@router.on(parse_reverses)
def reverse(said: Reverses, sender: Sender, uow: UnitOfWork, say: Say, now: datetime) -> None:
    if sender.provider_id is None:
        raise NotFound(f"F{said.invoice_id}")
    if not said.code:
        say(zh.WHICH_REASON)
        return
    done = reverse_invoice(uow, said.invoice_id, sender, Reason(said.code), said.words, now)
    over = done.status is InvoiceStatus.REVERSED
    say(zh.reversal_done(done) if over else zh.reversal_asked(done))
