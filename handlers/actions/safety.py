"""What becomes of attempts to get round the rules: written down, and staff hear of some."""

from datetime import datetime

from handlers.desk import Desk, tell_staff
from handlers.wording import safety as zh
from market.doors import Priority
from market.parties import Sender
from matching import mask_contacts
from storage.unit_of_work import UnitOfWork


def note_attempt(uow: UnitOfWork, sender: Sender, text: str, now: datetime) -> None:
    uow.history.add(
        f"P{sender.id}",
        "attempt",
        "",
        now,
        person_id=sender.id,
        note=mask_contacts(text[:300]).text,
    )


def report_collection(
    uow: UnitOfWork, sender: Sender, text: str, *, room: str, desk: Desk, now: datetime
) -> None:
    """Somebody collects money in a group: the staff look at it, once an hour per person."""
    note_attempt(uow, sender, text, now)
    subject = f"P{sender.id}"
    note = zh.collection_note(sender, mask_contacts(text[:80]).text)
    uow.tasks.open("risk", subject, now, note=note, urgency=1)
    tell_staff(
        uow,
        desk,
        zh.collection_for_staff(subject, room),
        key=f"{subject}:collects:{now:%Y%m%d%H}",
        priority=Priority.DEADLINE,
        now=now,
    )
