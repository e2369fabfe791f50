"""What somebody missed while they could not be told: each matter once, nothing that is over."""

import re
from dataclasses import dataclass
from datetime import datetime

from storage.outbox import OutboxRow
from storage.unit_of_work import UnitOfWork

LOOKED_AT = 50
# "O2048:accept-reminder:202612091000:…": reminders of one kind about one thing.
_REMINDER = re.compile(r"^[A-Z]\d+:[a-z_-]*(?:remind|late)[a-z_-]*")


@dataclass(frozen=True, slots=True)
class Digest:
    """What to show now; `left` matters wait for the next time."""

    shown: tuple[OutboxRow, ...]
    left: int


def take_digest(uow: UnitOfWork, person_id: int, most: int, now: datetime) -> Digest:
    """Choose what is shown and mark it, with the older ones that say the same."""
    waiting = uow.outbox.waiting_for(person_id, LOOKED_AT)
    useless = [row for row in waiting if _is_useless(row, now)]
    uow.outbox.give_up([row.id for row in useless], now, why="nothing can be done about it now")
    fresh = [row for row in waiting if not _is_useless(row, now)]
    newest = {_matter(row): row for row in sorted(fresh, key=lambda row: row.id)}
    shown = [row for row in fresh if newest[_matter(row)] is row][:most]
    told = {_matter(row) for row in shown}
    covered = [row.id for row in fresh if _matter(row) in told]
    uow.outbox.mark_shown(covered, now)
    return Digest(tuple(shown), uow.outbox.count_waiting(person_id))


def _is_useless(row: OutboxRow, now: datetime) -> bool:
    return row.useless_after is not None and row.useless_after <= now


def _matter(row: OutboxRow) -> str:
    found = _REMINDER.match(row.key)
    return found.group() if found else row.body
