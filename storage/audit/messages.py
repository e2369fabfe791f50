"""The outbox: what is settled is settled."""

from collections.abc import Iterator

from sqlalchemy import select

from storage.audit.findings import Finding, member
from storage.audit.look import Look
from storage.outbox import OutboxStatus, outbox

_UNSETTLED = {OutboxStatus.QUEUED, OutboxStatus.SENDING}


def messages(look: Look) -> Iterator[Finding]:
    """A message is settled exactly if its outcome is written down with its moment."""
    columns = (outbox.c.key, outbox.c.status, outbox.c.settled_at, outbox.c.lease_until)
    wrong = (
        outbox.c.status.not_in(list(OutboxStatus))
        | (outbox.c.status.in_(_UNSETTLED) == outbox.c.settled_at.is_not(None))
        | ((outbox.c.status == OutboxStatus.SENDING) & outbox.c.lease_until.is_(None))
    )
    for row in look.rows(select(*columns).where(wrong).order_by(outbox.c.id)):
        if member(OutboxStatus, row.status) is None:
            yield Finding(row.key, "status", "one of the outbox's", row.status)
        elif row.status == OutboxStatus.SENDING and row.lease_until is None:
            yield Finding(row.key, "lease when sending", "a moment", "nothing")
        else:
            expected, found = ("nothing", "a moment") if row.settled_at else ("a moment", "nothing")
            yield Finding(row.key, f"settled_at when {row.status}", expected, found)
