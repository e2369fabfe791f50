"""What both sides say to a ruling before its money moves: accept it, or appeal, once."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.appeals import accept_ruling, appeal_ruling
from handlers.actions.disputes import dispute_of, open_dispute_of, side_of
from handlers.actions.receipts import receipts_of
from handlers.chat.parsing import dispute_id, one_line, tail
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import disputes as zh
from market.disputes import DisputeStep
from market.errors import AppealRefused, NotFound
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("appeals")

LONGEST_REASON = 800


@dataclass(frozen=True, slots=True)
class Accept:
    dispute_id: int | None


@dataclass(frozen=True, slots=True)
class Appeal:
    dispute_id: int | None
    reason: str


_NUMBER = r"(?:J[- ]?\d{1,12}(?!\d))"
_ACCEPT = re.compile(
    rf"^(?:我们?)?(?:(?:接受|同意|认可|服从)\s*(?:裁决)?\s*{_NUMBER}(?:\s*的?裁决)?"
    rf"|(?:接受|同意|认可|服从)\s*裁决)[。!！]?$"
)
_APPEAL = re.compile(
    rf"^(?:我们?)?(?:(?:要求?|申请)?复议\s*{_NUMBER}?|(?:不同意|不接受|不服)\s*(?:裁决)?\s*{_NUMBER}"
    # A number that is none of ours must not become the reason of another appeal.
    r"|(?:不同意|不接受|不服)\s*裁决)(?![\s:：,，]*J[- ]?\d)\s*[:：,，]?\s*(.*)$",
    re.S,
)


def parse_accept(heard: Heard) -> Accept | None:
    return Accept(dispute_id(heard.command)) if _ACCEPT.match(heard.command) else None


def parse_appeal(heard: Heard) -> Appeal | None:
    found = _APPEAL.match(heard.command)
    if found is not None:
        return Appeal(dispute_id(heard.command), one_line(tail(heard, found[1])))
    question = heard.conversation.question
    if question is None or question.kind != "appeal_reason":
        return None
    reason = one_line(heard.reading.normal)
    return Appeal(question.args["dispute_id"], reason) if len(reason) > 3 else None


@router.on(parse_accept)
def accept(
    said: Accept,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    number = _meant(uow, said.dispute_id, sender)
    if number is None:
        say(zh.no_ruling())
        return
    conversation.question = None
    outcome = accept_ruling(uow, number, sender, desk, now)
    if outcome.is_executed:
        receipts = receipts_of(uow, outcome.division.transfers)
        theirs = [
            receipt
            for receipt in receipts
            if receipt.movement.concerns(person_id=sender.id, provider_id=sender.provider_id)
        ]
        say(zh.both_accepted(outcome.dispute, outcome.division, theirs))
        return
    side = side_of(outcome.division.order, sender)
    assert side is not None, "only a side accepts"
    say(zh.accepted(outcome.dispute, side, desk.policy, desk.zone))


@router.on(parse_appeal)
def appeal(
    said: Appeal,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """An appeal needs a reason: who decides anew begins with it."""
    number = _meant(uow, said.dispute_id, sender)
    if number is None:
        say(zh.no_ruling())
        return
    conversation.question = None
    if not said.reason:
        dispute, order = dispute_of(uow, number, sender)
        if side_of(order, sender) is None:
            raise NotFound(dispute.no)
        if dispute.appealed_at is not None:
            raise AppealRefused(dispute.no, why="appealed")
        dispute.after(DisputeStep.APPEAL)
        conversation.ask("appeal_reason", dispute_id=number)
        say(zh.why_appeal(dispute, desk.policy, desk.zone))
        return
    dispute = appeal_ruling(uow, number, sender, said.reason[:LONGEST_REASON], desk, now)
    say(zh.appealed(dispute, desk.policy, desk.zone))


def _meant(uow: UnitOfWork, number: int | None, sender: Sender) -> int | None:
    if number is not None:
        return number
    found = open_dispute_of(uow, sender, ruled=True)
    return None if found is None else found.id
