"""Panels in chat: staff name three people, who read the case and vote, each in private."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.disputes import dispute_of, evidence_of, side_by_id
from handlers.actions.panels import (
    Candidate,
    candidates,
    live_seats,
    lock_for_panel,
    lock_seat,
    name_members,
    recuse,
    vote,
    would_be,
)
from handlers.chat.parsing import one_line, tail
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import panels as zh
from market.errors import VotedBefore
from market.panels import VOTE_WITHIN
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("panels")

PIECES_SHOWN = 4
CANDIDATES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class NamePanel:
    dispute_id: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vote:
    dispute_id: int
    refund_percent: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Recuse:
    dispute_id: int


@dataclass(frozen=True, slots=True)
class CaseFile:
    dispute_id: int
    page: int


_NAME = re.compile(r"^(?:请|换)?专家组\s*J[- ]?(\d{1,12})[\s:：,，]*(.*)$", re.S)
_VOTE = re.compile(
    r"^(?:投票|表决|我投)\s*J[- ]?(\d{1,12})\s*"
    r"(?:退款?\s*(?:给客户)?\s*(\d{1,3})\s*%|(全退|全额退款?)|(不退款?))?\s*[,，:：]?\s*(.*)$",
    re.S,
)
_RECUSE = re.compile(r"^(?:我?要?回避|退出专家组)\s*J[- ]?(\d{1,12})(?:\D.*)?$", re.S)
_FILE = re.compile(
    r"^(?:看看?)?(?:案卷|卷宗|材料)\s*J[- ]?(\d{1,12})(?:\s+(?:第\s*)?(\d{1,3})\s*页?)?$"
)


def _may_sit(sender: Sender) -> bool:
    return sender.is_staff or sender.is_expert


def parse_name(heard: Heard) -> NamePanel | None:
    found = _NAME.match(heard.command) if heard.sender.is_staff else None
    if found is None:
        return None
    names = re.split(r"[\s,，、;；和]+", tail(heard, found[2]))
    return NamePanel(int(found[1]), tuple(name for name in names if name))


def parse_vote(heard: Heard) -> Vote | None:
    found = _VOTE.match(heard.command) if _may_sit(heard.sender) else None
    if found is None:
        return None
    percent = 100 if found[3] else 0 if found[4] else int(found[2]) if found[2] else None
    return Vote(int(found[1]), percent, one_line(tail(heard, found[5])))


def parse_recuse(heard: Heard) -> Recuse | None:
    found = _RECUSE.match(heard.command) if _may_sit(heard.sender) else None
    return Recuse(int(found[1])) if found else None


def parse_file(heard: Heard) -> CaseFile | None:
    found = _FILE.match(heard.command) if _may_sit(heard.sender) else None
    return CaseFile(int(found[1]), int(found[2] or 1)) if found else None


@router.on(parse_name)
def name_panel(
    said: NamePanel,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Without names: whom one can ask, and who must stay away and why."""
    dispute = lock_for_panel(uow, said.dispute_id)
    everybody = candidates(uow, dispute, now)
    if not said.names:
        _show_candidates(said.dispute_id, everybody, conversation, uow, say)
        return
    question = conversation.question
    listed: list[int] = []
    if question is not None and question.kind == "panel":
        listed = question.args["ids"] if question.args["dispute_id"] == dispute.id else []
    by_name = {one.judge.name: one.judge.person_id for one in everybody}
    people = []
    for name in said.names:
        number = int(name) if name.isdecimal() and len(name) < 3 else 0
        meant = listed[number - 1] if 0 < number <= len(listed) else by_name.get(name)
        if meant is None:
            say.discreetly("", zh.who(dispute.no, name))
            return
        people.append(meant)
    now_named = name_members(uow, dispute.id, tuple(people), staff_id=sender.id, desk=desk, now=now)
    conversation.question = None
    names = [uow.parties.person(seat.person_id).name for seat in now_named.seats]
    text = zh.seated(now_named.dispute, names, now + VOTE_WITHIN, desk.zone)
    say.discreetly(zh.seated_line(now_named.dispute), text)


def _show_candidates(
    dispute_id: int,
    everybody: tuple[Candidate, ...],
    conversation: Conversation,
    uow: UnitOfWork,
    say: Say,
) -> None:
    dispute = uow.disputes.lock(dispute_id)
    order = uow.orders.find(dispute.order_id)
    seats = {seat.person_id: seat for seat in live_seats(uow, dispute)}
    free = [one.judge for one in everybody if one.conflict is None][:CANDIDATES_SHOWN]
    bound = [(one.judge.name, one.conflict) for one in everybody if one.conflict is not None]
    sitting = [
        (one.judge.name, seats[one.judge.person_id].has_voted)
        for one in everybody
        if one.judge.person_id in seats
    ]
    conversation.ask("panel", dispute_id=dispute.id, ids=[judge.person_id for judge in free])
    text = zh.choose(dispute, order, [judge.name for judge in free], bound, sitting)
    say.discreetly(zh.choose_line(dispute), text)


@router.confirmed("vote")
def really_vote(
    question: Question,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    conversation.question = None
    args = question.args
    given = vote(
        uow,
        args["dispute_id"],
        person_id=sender.id,
        refund_bp=args["refund_bp"],
        reason=args["reason"],
        desk=desk,
        now=now,
    )
    if given.outcome is None:
        say(zh.voted(given.dispute, given.votes))
        return
    say(zh.voted_last(given.dispute, given.outcome.division))


@router.on(parse_vote)
def ask_vote(
    said: Vote,
    heard: Heard,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """A vote is for nobody else's eyes: only in private, and only after what it means."""
    if not heard.private:
        say(zh.privately(f"J{said.dispute_id}"))
        return
    dispute, seat = lock_seat(uow, said.dispute_id, sender.id, now)
    if seat.has_voted:
        raise VotedBefore(dispute.no)
    if said.refund_percent is None or said.refund_percent > 100 or len(said.reason) < 2:
        say(zh.vote_how(dispute.no))
        return
    refund_bp = said.refund_percent * 100
    would = would_be(uow, dispute, refund_bp, desk, now)
    choices = conversation.ask(
        "vote",
        Choice("确认", "确认"),
        Choice("再想想", "取消"),
        confirms=True,
        dispute_id=dispute.id,
        refund_bp=refund_bp,
        reason=said.reason[:300],
    )
    say(zh.question(dispute, would, desk.policy, desk.zone), *choices)


@router.on(parse_recuse)
def give_up_seat(
    said: Recuse,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> None:
    dispute = recuse(uow, said.dispute_id, sender.id, now)
    conversation.question = None
    say.discreetly("", zh.left(dispute))


@router.on(parse_file)
def show_file(said: CaseFile, sender: Sender, uow: UnitOfWork, say: Say) -> None:
    """What both sides have said and sent, page by page, by sides and not by names."""
    dispute, order = dispute_of(uow, said.dispute_id, sender)
    pieces = [
        (side_by_id(uow, order, entry.person_id), entry.note) for entry in evidence_of(uow, dispute)
    ]
    text = zh.case_file(dispute, order, pieces, page=said.page, shown=PIECES_SHOWN)
    say.discreetly("", text)
