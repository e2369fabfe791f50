"""Money that leaves: one colleague enters what was sent, another confirms it; 提现."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.payouts import confirm_payout, enter_payout
from handlers.chat.parsing import only_staff, plain_fen
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import payouts as zh
from market.parties import Sender
from market.payouts import PayoutKind
from storage.unit_of_work import UnitOfWork

router = Router("payouts")


@dataclass(frozen=True, slots=True)
class PayOut:
    kind: PayoutKind
    subject_id: int
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class ConfirmPayOut:
    kind: PayoutKind
    subject_id: int


_REFUND = r"(?:已?退款?)\s*(?P<refund>O[- ]?\d{1,12})"
_PAY = r"(?:已?打款|已?付款)\s*(?P<pay>V[- ]?\d{1,12})"
_ENTER = re.compile(rf"^(?:{_REFUND}|{_PAY})\s*[:：,，]?\s*(?P<amount>¥?\s*[\d.,]{{1,24}}\s*元?)?$")
_CONFIRM = re.compile(
    r"^确认\s*(?:退款\s*(?P<refund>O[- ]?\d{1,12})|(?:打款|付款)\s*(?P<pay>V[- ]?\d{1,12}))$"
)


def _named(found: re.Match[str]) -> tuple[PayoutKind, int]:
    kind = PayoutKind.REFUND if found["refund"] else PayoutKind.EARNINGS
    return kind, int((found["refund"] or found["pay"])[1:].lstrip("- "))


def parse_enter(heard: Heard) -> PayOut | None:
    """ "退款 O2048 1400", "已打款 V3 23500.50"; a buyer's 退款 cancels an order instead."""
    found = _ENTER.match(heard.command)
    if found is None or not heard.sender.is_staff:
        return None
    return PayOut(*_named(found), plain_fen(found["amount"] or ""))


def parse_confirm(heard: Heard) -> ConfirmPayOut | None:
    found = _CONFIRM.match(heard.command)
    return ConfirmPayOut(*_named(found)) if found else None


@router.on(parse_confirm)
def confirm(
    said: ConfirmPayOut,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The second key: naming it is the confirmation, a bare 确认 never is."""
    only_staff(sender)
    conversation.question = None
    payout = confirm_payout(uow, said.kind, said.subject_id, staff_id=sender.id, desk=desk, now=now)
    receipts = uow.receipts.for_causes([payout.paid_key])
    say.discreetly(zh.booked_line(payout), zh.booked(payout, receipts))


@router.on(parse_enter)
def enter(
    said: PayOut,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The first key. In a group its line is the one that asks for the second."""
    conversation.question = None
    if said.amount_fen is None:
        say.discreetly("", zh.which_amount(said.kind, said.subject_id))
        return
    entry = enter_payout(
        uow,
        said.kind,
        said.subject_id,
        staff_id=sender.id,
        amount_fen=said.amount_fen,
        desk=desk,
        now=now,
    )
    if entry.by == sender.id:
        say.discreetly("", zh.entered(entry.payout))
    else:
        first = uow.parties.person(entry.by).name
        say.discreetly("", zh.entered_before(entry.payout, first))
