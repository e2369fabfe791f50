"""Invoices (发票): providers issue them to buyers; the market keeps what was asked and done."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from market.errors import HeadingRefused, NothingToInvoice
from market.orders import Order, OrderStatus
from market.processes import Party, Process, Way

# GB 32100-2015: the alphabet without I, O, S, V, Z, and the weights of the first 17 characters.
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_OLD_TAX_NO = re.compile(r"\d{15}")
_TITLE_LEAST, _TITLE_MOST, _LINE_MOST = 2, 60, 120


class Kind(StrEnum):
    ORDINARY = "普票"
    SPECIAL = "专票"  # its tax can be deducted, so taking it back needs the buyer


class Reason(StrEnum):
    """Why an invoice is taken back, by the tax office's codes."""

    MISTAKE = "01"
    RETURNED = "02"
    ENDED = "03"
    ALLOWANCE = "04"


class InvoiceStatus(StrEnum):
    REQUESTED = "requested"
    ISSUED = "issued"
    REVERSING = "reversing"  # a 专票 waits for its buyer
    REVERSED = "reversed"
    DROPPED = "dropped"  # by the buyer, before it was issued


class InvoiceStep(StrEnum):
    ISSUE = "issue"
    DROP = "drop"
    REVERSE = "reverse"
    ASK = "ask"
    AGREE = "agree"


_I, _BUYER, _PROVIDER = InvoiceStatus, Party.BUYER, Party.PROVIDER

INVOICE = Process(
    "invoice",
    InvoiceStatus.REQUESTED,
    (
        Way(
            _I.REQUESTED, InvoiceStep.ISSUE, _I.ISSUED, by=(_PROVIDER,),
            says="已开票 F… 号码", tells=(_BUYER,),
        ),
        Way(
            _I.REQUESTED, InvoiceStep.DROP, _I.DROPPED, by=(_BUYER,),
            says="取消发票 F…", tells=(_PROVIDER,),
        ),
        Way(  # 普票
            _I.ISSUED, InvoiceStep.REVERSE, _I.REVERSED, by=(_PROVIDER,),
            says="红冲 F… 03 说明", tells=(_BUYER,),
        ),
        Way(  # 专票
            _I.ISSUED, InvoiceStep.ASK, _I.REVERSING, by=(_PROVIDER,),
            says="红冲 F… 03 说明", tells=(_BUYER,),
        ),
        Way(
            _I.REVERSING, InvoiceStep.AGREE, _I.REVERSED, by=(_BUYER,),
            says="同意红冲 F…", tells=(_PROVIDER,),
        ),
    ),
)  # fmt: skip
ALIVE = frozenset({InvoiceStatus.REQUESTED, InvoiceStatus.ISSUED, InvoiceStatus.REVERSING})


@dataclass(frozen=True, slots=True)
class Heading:
    """To whom an invoice is made out. A person has no tax number, and gets a 普票."""

    kind: Kind
    title: str
    tax_no: str = ""
    address_phone: str = ""
    bank: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    id: int  # number: F{id}
    order_id: int
    buyer_id: int
    provider_id: int
    person_id: int  # of the provider: who is told
    heading: Heading
    amount_fen: int
    status: InvoiceStatus
    requested_at: datetime
    number: str = ""  # the tax office's own
    issued_at: datetime | None = None
    reason: str = ""  # code and words
    reversed_at: datetime | None = None

    @property
    def no(self) -> str:
        return f"F{self.id}"


def advance(invoice: Invoice, step: InvoiceStep) -> InvoiceStatus:
    """Where the step leads. Raises StepNotAllowed where the table has no way."""
    return INVOICE.advance(invoice.no, invoice.status, step)


def way_back(invoice: Invoice) -> InvoiceStep:
    """How an issued invoice is taken back: the buyer of a 专票 has to agree."""
    return InvoiceStep.ASK if invoice.heading.kind is Kind.SPECIAL else InvoiceStep.REVERSE


def check_heading(heading: Heading) -> Heading:
    """The heading as it is kept.

    Raises:
        HeadingRefused: with the fields that are missing or cannot be right.
    """
    wrong = []
    if not _TITLE_LEAST <= len(heading.title) <= _TITLE_MOST:
        wrong.append("title")
    if heading.tax_no and not is_tax_no(heading.tax_no):
        wrong.append("tax_no")
    if heading.kind is Kind.SPECIAL:
        required = ("tax_no", "address_phone", "bank")
        wrong += [name for name in required if not getattr(heading, name) and name not in wrong]
    if any(len(each) > _LINE_MOST for each in (heading.address_phone, heading.bank)):
        wrong.append("length")
    if wrong:
        raise HeadingRefused(tuple(wrong))
    return heading


def is_tax_no(text: str) -> bool:
    """18 characters with their check character (GB 32100-2015), or an old one of 15 digits."""
    if _OLD_TAX_NO.fullmatch(text):
        return True
    if len(text) != len(_WEIGHTS) + 1 or any(char not in _ALPHABET for char in text):
        return False
    return text[-1] == check_character(text[:-1])


def check_character(head: str) -> str:
    """The last character that belongs to the first 17 of a unified social credit code."""
    total = sum(_ALPHABET.index(char) * weight for char, weight in zip(head, _WEIGHTS, strict=True))
    return _ALPHABET[-total % len(_ALPHABET)]


def amount_due(order: Order, refunded_fen: int) -> int:
    """What an invoice is made out for: what was paid and kept.

    Raises:
        NothingToInvoice: the work is not accepted yet, or everything went back.
    """
    over = order.status in {OrderStatus.COMPLETED, OrderStatus.REFUNDED}
    kept = order.price_fen - refunded_fen if over and order.funded_at is not None else 0
    if kept <= 0:
        raise NothingToInvoice(order.no, over=over)
    return kept
