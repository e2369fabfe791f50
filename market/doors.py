"""Doors: by which account a push may reach a person now, when pushes are rationed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import IntEnum


class Priority(IntEnum):
    """What is worth a scarce push, most first."""

    REPLY = 0  # an answer that missed its passive reply
    MONEY = 1
    DEADLINE = 2
    BID = 3
    STATUS = 4
    POINTS = 5  # never a push of its own
    PROMOTION = 6


# How many sends of a window a push must leave for more important ones.
RESERVE = {
    Priority.REPLY: 0,
    Priority.MONEY: 0,
    Priority.DEADLINE: 0,
    Priority.BID: 1,
    Priority.STATUS: 2,
    Priority.PROMOTION: 3,
}

# Whoever spoke this recently is not disturbed by an answer at night.
AWAKE_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class SendWindow:
    """What a message or event of a person lets us send back: `count` sends within `lasts`."""

    event: bool  # opened by a menu click, scan or subscription, not by a message
    count: int
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours in which we do not ring, in the operator's zone; may pass midnight."""

    begin: time = time(22)
    end: time = time(8)

    def until(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When the quiet ends if it is quiet now, else None."""
        local = now.astimezone(zone)
        clock = local.time()
        if self.begin == self.end:
            return None
        if self.begin < self.end:
            quiet = self.begin <= clock < self.end
        else:
            quiet = clock >= self.begin or clock < self.end
        if not quiet:
            return None
        ends = local.replace(hour=self.end.hour, minute=self.end.minute, second=0, microsecond=0)
        return (ends if clock < self.end else ends + timedelta(days=1)).astimezone(now.tzinfo)


@dataclass(frozen=True, slots=True)
class DoorLine:
    """One account of a person: reachable or not, rationed or not, how many sends are left."""

    index: int
    reachable: bool
    rationed: bool
    message_left: int  # sends left in the window a message opened, 0 once it has closed
    event_left: int
    spoke_at: datetime


@dataclass(frozen=True, slots=True)
class Open:
    """Send through the line `index`; `event` says which window pays, None if none does."""

    index: int
    event: bool | None


@dataclass(frozen=True, slots=True)
class Later:
    """Try again then."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """Show it with the person's next message."""


def choose_door(
    priority: Priority,
    lines: Sequence[DoorLine],
    *,
    quiet_until: datetime | None,
    now: datetime,
) -> Open | Later | Hold:
    """The cheapest open door: an unrationed account, then a window that can spare a send."""
    reachable = sorted(
        (line for line in lines if line.reachable), key=lambda line: line.spoke_at, reverse=True
    )
    if not reachable or priority is Priority.POINTS:
        return Hold()
    awake = now - reachable[0].spoke_at <= AWAKE_FOR
    if quiet_until is not None and priority is not Priority.REPLY and not awake:
        return Later(quiet_until)
    for line in reachable:
        if not line.rationed:
            return Open(line.index, event=None)
    for line in reachable:
        if line.message_left > RESERVE[priority]:
            return Open(line.index, event=False)
        if line.event_left > 0:
            return Open(line.index, event=True)
    return Hold()
