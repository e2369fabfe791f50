"""The desk: what lies ready for every turn, and the mouth it speaks with."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from handlers.message import Choice, Media, Message
from market.demands import Terms
from market.doors import Priority, QuietHours
from market.fees import Deal, Fee
from market.policy import Policy
from market.services import Service
from matching import Matcher
from storage.unit_of_work import UnitOfWork


class Randomness(Protocol):
    def token(self) -> str:
        """An unguessable word of 22 letters and digits."""
        ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """The groups of the configuration, as (channel, room)."""

    provider: tuple[tuple[str, str], ...] = ()
    staff: tuple[tuple[str, str], ...] = ()
    roots: tuple[tuple[str, str], ...] = ()  # hear every day where the chain of receipts ends

    def role(self, channel: str, room: str) -> str | None:
        if (channel, room) in self.provider:
            return "provider"
        if (channel, room) in self.staff:
            return "staff"
        return None


@dataclass(slots=True)
class Desk:
    """The operator's rules and the shared, read-only knowledge of a process."""

    policy: Policy
    matcher: Matcher
    services: dict[str, Service]
    rooms: Rooms
    randomness: Randomness
    operator: str = "科宝服务中心"
    public_url: str = ""
    gateway: str = "sandbox"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    quiet: QuietHours = field(default_factory=QuietHours)
    working_hours: str = "8:30–18:00"
    second_opinions: bool = False  # whether this turn may stop for one

    def service_name(self, code: str | None) -> str:
        service = self.services.get(code or "")
        return service.name if service else "科技服务"

    def fee_for(self, terms: Terms, price_fen: int) -> Fee:
        """What the market would take for a demand's work at this price."""
        service = self.services.get(terms.service_code or "")
        deal = Deal(
            price_fen,
            service_code=terms.service_code or "",
            service_class=service.class1 if service else "",
            mode=terms.mode,
        )
        return self.policy.fees.fee_for(deal)

    def at_work(self, now: datetime) -> bool:
        """Whether somebody sits in the service centre at this moment."""
        local = now.astimezone(self.zone)
        begin, _, end = self.working_hours.replace("-", "–").partition("–")
        clock = f"{local:%H:%M}"
        return local.weekday() < 5 and begin.strip().zfill(5) <= clock < end.strip().zfill(5)


class Say:
    """Collects what this turn answers its sender: where they spoke, and privately."""

    def __init__(self, *, private: bool = True) -> None:
        self.private = private
        self.lines: list[str] = []
        self.choices: tuple[Choice, ...] = ()
        self.media: tuple[Media, ...] = ()
        self.whispered: list[str] = []
        self.whispered_choices: tuple[Choice, ...] = ()

    def __call__(self, text: str, *choices: Choice, media: tuple[Media, ...] = ()) -> None:
        """Answer where the person spoke."""
        self.lines.append(text)
        self.choices = choices or self.choices
        self.media += media

    def whisper(self, text: str, *choices: Choice) -> None:
        """Answer in private, whatever room the person spoke in."""
        self.whispered.append(text)
        self.whispered_choices = choices or self.whispered_choices

    def discreetly(self, line: str, text: str, *choices: Choice) -> None:
        """Answer in full where nobody listens; in a group one line there, the rest in private."""
        if self.private:
            self(text, *choices)
            return
        if line:
            self(line)
        self.whisper(text, *choices)

    def message(self, *, mention: str = "") -> Message | None:
        if not self.lines:
            return None
        return Message("\n".join(self.lines), self.choices, self.media, mention)

    def private_message(self) -> Message | None:
        if not self.whispered:
            return None
        return Message("\n".join(self.whispered), self.whispered_choices)


def tell(
    uow: UnitOfWork,
    person_id: int,
    text: str,
    *choices: Choice,
    key: str,
    priority: Priority,
    now: datetime,
    useless_after: datetime | None = None,
) -> None:
    """Decide to tell a person something, once per key; a reminder ends with what it is about."""
    body = Message(text, choices).to_json()
    uow.outbox.push(
        person_id, body, key=key, priority=priority, now=now, useless_after=useless_after
    )


def tell_staff(
    uow: UnitOfWork, desk: Desk, text: str, *, key: str, priority: Priority, now: datetime
) -> None:
    """Tell the staff groups, or every staff member where there is no such group."""
    if desk.rooms.staff:
        announce(uow, desk.rooms.staff, text, key=key, priority=priority, now=now)
        return
    for person_id in uow.parties.staff_ids():
        tell(uow, person_id, text, key=f"{key}:p{person_id}", priority=priority, now=now)


def ask_second_key(
    uow: UnitOfWork, desk: Desk, text: str, *, first: int, key: str, now: datetime
) -> None:
    """Ask the staff for a second key: one line in their groups, or everybody but the first."""
    if desk.rooms.staff:
        announce(uow, desk.rooms.staff, text, key=key, priority=Priority.MONEY, now=now)
        return
    for person_id in uow.parties.staff_ids():
        if person_id != first:
            tell(uow, person_id, text, key=f"{key}:p{person_id}", priority=Priority.MONEY, now=now)


def announce(
    uow: UnitOfWork,
    rooms: tuple[tuple[str, str], ...],
    text: str,
    *,
    key: str,
    priority: Priority,
    now: datetime,
) -> None:
    """Say one line in each of these groups."""
    body = Message(text).to_json()
    for channel, room in rooms:
        uow.outbox.push_to_room(
            channel, room, body, key=f"{key}:{channel}:{room}", priority=priority, now=now
        )
