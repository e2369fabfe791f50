"""Both sides of a dispute: their answers and files are kept as evidence; where it stands."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.disputes import add_evidence, dispute_of, evidence_of, open_dispute_of
from handlers.actions.payouts import split_of
from handlers.chat.parsing import dispute_id, tail
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.message import Inbound
from handlers.routing import Heard, Router
from handlers.wording import disputes as zh
from market.disputes import Dispute
from market.errors import NotFound
from market.orders import Order
from market.parties import Sender
from storage.files import StoredFile
from storage.unit_of_work import UnitOfWork

router = Router("evidence")


@dataclass(frozen=True, slots=True)
class Evidence:
    dispute_id: int | None
    text: str


@dataclass(frozen=True, slots=True)
class DisputeProgress:
    dispute_id: int


_EVIDENCE = re.compile(
    r"^(?:我?要?答辩|补充?证据|补充?材料|举证|我的说明)\s*"
    r"(?:J[- ]?\d{1,12})?\s*[:：,，]?\s*(.*)$",
    re.S,
)
_PROGRESS = re.compile(r"^(?:进度|进展|状态|查|看看?|申诉)?\s*J[- ]?\d{1,12}$")


def parse_evidence(heard: Heard) -> Evidence | None:
    found = _EVIDENCE.match(heard.command)
    return Evidence(dispute_id(heard.command), tail(heard, found[1])) if found else None


def parse_progress(heard: Heard) -> DisputeProgress | None:
    named = dispute_id(heard.command)
    if named is None or not _PROGRESS.match(heard.command):
        return None
    return DisputeProgress(named)


@router.on(parse_evidence)
def take_evidence(
    said: Evidence,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> None:
    if said.dispute_id is not None:
        dispute, _ = dispute_of(uow, said.dispute_id, sender)
    else:
        found = open_dispute_of(uow, sender)
        if found is None:
            raise NotFound("您名下的申诉")
        dispute = found
    if not said.text:
        say(zh.say_what(dispute))
        return
    conversation.question = None
    say(zh.noted(dispute, add_evidence(uow, dispute.id, sender.id, said.text[:1000], now)))


@router.on(parse_progress)
def progress(said: DisputeProgress, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say) -> None:
    """Where a dispute stands, for both sides and for staff."""
    dispute, order = dispute_of(uow, said.dispute_id, sender)
    say.discreetly("", standing(uow, dispute, order, sender, desk))


def standing(uow: UnitOfWork, dispute: Dispute, order: Order, sender: Sender, desk: Desk) -> str:
    """Where it stands; the newest piece of evidence for staff only."""
    split = None if dispute.executed_at is None else split_of(uow, order)
    evidence = evidence_of(uow, dispute)
    last = evidence[-1].note if evidence and sender.is_staff else ""
    return zh.progress(dispute, order, len(evidence), split, last=last, zone=desk.zone)


def took_words(heard: Heard, sender: Sender, uow: UnitOfWork, say: Say, now: datetime) -> bool:
    """Words that mean nothing else, from somebody whose only live matter is a dispute."""
    if sender.is_staff or not heard.private or len(heard.reading.normal) < 4:
        return False
    dispute = open_dispute_of(uow, sender, only=True)
    if dispute is None:
        return False
    text = heard.reading.normal[:1000]
    say(zh.noted(dispute, add_evidence(uow, dispute.id, sender.id, text, now)))
    return True


def took_files(
    inbound: Inbound, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> bool:
    """Files of somebody whose only live matter is a dispute; only those we really have."""
    dispute = None if sender.is_staff else open_dispute_of(uow, sender, only=True)
    kept = [media for media in inbound.media if media.sha256]
    if dispute is None or not kept or len(kept) < len(inbound.media):
        return False
    number = 0
    for media in kept:
        token = desk.randomness.token()
        name = (media.name or media.kind)[:120]
        uow.files.add(StoredFile(token, media.sha256, name, media.size_bytes, now))
        note = f"文件 {name} {desk.public_url}/files/{token} {media.sha256}"
        number = add_evidence(uow, dispute.id, sender.id, note, now)
    say(zh.noted(dispute, number))
    return True
