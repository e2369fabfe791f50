"""Deciding disputes: who gets what first, then 确认; large sums take a second person."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.disputes import lock_undecided, waits_for_answer
from handlers.actions.judging import (
    agree_decision,
    check_judge,
    propose_decision,
    refuse_decision,
)
from handlers.actions.public_money import spent_on
from handlers.actions.receipts import receipts_of
from handlers.actions.rulings import Outcome
from handlers.chat.parsing import one_line, only_staff, tail
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import judging as zh
from market.disputes import Track, decide
from market.errors import NotFound
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("disputes")


@dataclass(frozen=True, slots=True)
class Judge:
    dispute_id: int
    refund_percent: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Agree:
    dispute_id: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refuse:
    dispute_id: int
    reason: str


_JUDGE = re.compile(
    r"^(?:判|裁决)\s*J?[- ]?(\d{1,12})\s*"
    r"(?:退款?\s*(?:给客户)?\s*(\d{1,3})\s*%|(全退|全额退款?)|(不退款?))?\s*[,，:：]?\s*(.*)$",
    re.S,
)
_AGREE = re.compile(r"^同意\s*(?:裁决)?\s*J[- ]?(\d{1,12})(?:[\s,，。:：]+(.*))?$", re.S)
_REFUSE = re.compile(r"^(?:驳回|不同意)\s*(?:裁决)?\s*J[- ]?(\d{1,12})[\s,，。:：]*(.*)$", re.S)


def parse_judge(heard: Heard) -> Judge | None:
    found = _JUDGE.match(heard.command)
    if found is None:
        return _reason_of_asked(heard)
    percent = 100 if found[3] else 0 if found[4] else int(found[2]) if found[2] else None
    return Judge(int(found[1]), percent, one_line(tail(heard, found[5])))


def _reason_of_asked(heard: Heard) -> Judge | None:
    """The sentence we asked for after "判 J88 退60%"."""
    question = heard.conversation.question
    if question is None or question.kind != "judge_reason" or not heard.private:
        return None
    args = question.args
    reason = one_line(heard.reading.normal)
    return Judge(args["dispute_id"], args["percent"], reason) if len(reason) > 3 else None


def parse_agree(heard: Heard) -> Agree | None:
    """The second key; a side that says the same accepts the ruling, see `chat.appeals`."""
    found = _AGREE.match(heard.command) if heard.sender.is_staff else None
    return Agree(int(found[1]), tail(heard, found[2] or "")) if found else None


def parse_refuse(heard: Heard) -> Refuse | None:
    found = _REFUSE.match(heard.command) if heard.sender.is_staff else None
    return Refuse(int(found[1]), one_line(tail(heard, found[2]))) if found else None


@router.on(parse_agree)
def agree(
    said: Agree,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """The second key: naming the dispute is the confirmation."""
    only_staff(sender)
    conversation.question = None
    done = agree_decision(
        uow,
        said.dispute_id,
        staff_id=sender.id,
        reason=said.reason[:200],
        desk=desk,
        now=now,
    )
    _say_done(uow, done, desk, say)


@router.on(parse_refuse)
def refuse(
    said: Refuse, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    """The second person does not agree: it can be decided anew."""
    only_staff(sender)
    dispute = refuse_decision(
        uow, said.dispute_id, staff_id=sender.id, reason=said.reason[:200], now=now
    )
    say(zh.refused(dispute))


@router.confirmed("judge")
def really_judge(
    question: Question,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    args = question.args
    _only_judges(uow, args["dispute_id"], sender)
    conversation.question = None
    done = propose_decision(
        uow,
        args["dispute_id"],
        staff_id=sender.id,
        refund_bp=args["refund_bp"],
        reason=args["reason"],
        desk=desk,
        now=now,
    )
    if done.waits_for_second:
        # The group hears of it by the line that asks for the second key.
        say.discreetly("", zh.waits_for_second(done.dispute))
        return
    _say_done(uow, done, desk, say)


def _only_judges(uow: UnitOfWork, dispute_id: int, sender: Sender) -> None:
    """Staff, and experts where the sum is so small that one of them decides.

    Raises:
        NotYourRole: nobody of these.
        NotFound: not theirs to decide.
    """
    if not sender.is_expert:
        only_staff(sender)
        return
    dispute = uow.disputes.lock(dispute_id)
    if dispute.track is not Track.SMALL:
        raise NotFound(dispute.no)


def _say_done(uow: UnitOfWork, done: Outcome, desk: Desk, say: Say) -> None:
    receipts = receipts_of(uow, done.division.transfers) if done.is_executed else ()
    text = zh.done(done.dispute, done.division, receipts, desk.zone)
    say.discreetly(zh.done_line(done.dispute), text)


@router.on(parse_judge)
def judge(
    said: Judge,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """A decision: who gets what, and the question whether to go on."""
    _only_judges(uow, said.dispute_id, sender)
    dispute = lock_undecided(uow, said.dispute_id)
    check_judge(uow, dispute, sender.id, now)
    order = uow.orders.find(dispute.order_id)
    if said.refund_percent is None or said.refund_percent > 100:
        say.discreetly("", zh.judge_how(dispute.no))
        return
    refund_bp = said.refund_percent * 100
    public = spent_on(uow, order)
    would = decide(order, refund_bp=refund_bp, policy=desk.policy, now=now, public=public)
    if not said.reason:
        conversation.ask("judge_reason", dispute_id=dispute.id, percent=said.refund_percent)
        say.discreetly("", zh.reason_wanted(dispute, would))
        return
    choices = conversation.ask(
        "judge",
        Choice("确认", "确认"),
        Choice("算了", "取消"),
        confirms=True,
        dispute_id=dispute.id,
        refund_bp=refund_bp,
        reason=said.reason[:300],
    )
    early = waits_for_answer(uow, dispute, now)
    text = zh.question(dispute, would, desk.policy, desk.zone, early=early)
    say.discreetly(zh.question_line(dispute), text, *choices)
