"""Money by hand: one colleague enters what arrived, another confirms it."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.payments import confirm_payment, enter_payment
from handlers.chat.parsing import only_staff, order_id, plain_fen
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import payments as zh
from market.parties import Sender
from market.payments import funding_key
from storage.unit_of_work import UnitOfWork

router = Router("offline payments")


@dataclass(frozen=True, slots=True)
class Collect:
    order_id: int
    amount_fen: int | None


@dataclass(frozen=True, slots=True)
class ConfirmCollect:
    order_id: int


def parse_collect(heard: Heard) -> Collect | None:
    """ "收款 O2048 32000": a plain number is yuan, other words are read as a sum."""
    wanted = order_id(heard.command)
    if not heard.command.startswith("收款") or wanted is None:
        return None
    rest = re.sub(r"^收款\s*[O0]?[- ]?\d+\s*", "", heard.command)
    if (fen := plain_fen(rest)) is not None:
        return Collect(wanted, fen)
    slots = heard.reading.slots
    exact = slots.budget_min_fen == slots.budget_max_fen and not slots.budget_approx
    return Collect(wanted, slots.budget_min_fen if exact else None)


_CONFIRM = re.compile(r"^(确认\s*收款|收款\s*确认)")


def parse_confirm(heard: Heard) -> ConfirmCollect | None:
    wanted = order_id(heard.command)
    named = _CONFIRM.match(heard.command)
    return ConfirmCollect(wanted) if named and wanted is not None else None


@router.on(parse_confirm)
def confirm(
    said: ConfirmCollect,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The second key: naming the order is the confirmation, a bare 确认 never is."""
    only_staff(sender)
    conversation.question = None
    order = confirm_payment(uow, said.order_id, staff_id=sender.id, desk=desk, now=now)
    receipts = uow.receipts.for_causes([funding_key(order)])
    say.discreetly(zh.booked_line(order), zh.booked(order, receipts))


@router.on(parse_collect)
def collect(
    said: Collect,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The first key. In a group its line is the one that asks for the second."""
    only_staff(sender)
    conversation.question = None
    if said.amount_fen is None:
        say.discreetly("", zh.collect_amount(said.order_id))
        return
    entry = enter_payment(
        uow, said.order_id, staff_id=sender.id, amount_fen=said.amount_fen, desk=desk, now=now
    )
    if entry.by == sender.id:
        say.discreetly("", zh.entered(entry.order))
    else:
        first = uow.parties.person(entry.by).name
        say.discreetly("", zh.entered_before(entry.order, first))
