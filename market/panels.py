"""Panels: three people without an interest in a dispute, each with a vote; the median decides."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from market.errors import NotFound, PanelRefused, VotedBefore

SEATS = 3
VOTE_WITHIN = timedelta(days=2)  # before staff are asked to see to it
DEALINGS_WITHIN = timedelta(days=180)


class Conflict(StrEnum):
    """Why somebody cannot decide about a dispute; the graver reason first."""

    SIDE = "side"  # the buyer, or of the provider's firm
    FIRM = "firm"  # of the buyer's firm
    RULED = "ruled"  # decided before, against which the appeal is
    DEALINGS = "dealings"  # they, or their firm, bid for or work with one of the sides
    LEFT = "left"  # gave the seat up, or was replaced


@dataclass(frozen=True, slots=True)
class Judge:
    """Somebody who might decide, as far as is stored; `provider_id` is of the firm they are of."""

    person_id: int
    name: str
    provider_id: int | None = None
    firm: str = ""  # its name, or the company they have given


@dataclass(frozen=True, slots=True)
class Sides:
    """Between whom a dispute is; `buyer_provider_id` if the buyer is of a firm of providers."""

    buyer_id: int
    buyer_firm: str
    buyer_provider_id: int | None
    provider_id: int


def conflict_of(
    judge: Judge,
    sides: Sides,
    *,
    ruled: Collection[int] = (),
    left: Collection[int] = (),
    deals: bool = False,
) -> Conflict | None:
    """Why this person must not decide; None if nothing speaks against it.

    `ruled` are those who decided before, `left` those who have given up a seat in this instance,
    `deals` says whether they had a bid or an order with either side within `DEALINGS_WITHIN`.
    """
    if judge.person_id == sides.buyer_id or judge.provider_id == sides.provider_id:
        return Conflict.SIDE
    firms = judge.provider_id is not None and judge.provider_id == sides.buyer_provider_id
    if firms or _is_same_firm(judge.firm, sides.buyer_firm):
        return Conflict.FIRM
    if judge.person_id in ruled:
        return Conflict.RULED
    if deals:
        return Conflict.DEALINGS
    return Conflict.LEFT if judge.person_id in left else None


def _is_same_firm(one: str, other: str) -> bool:
    plain = [name.replace(" ", "").casefold() for name in (one, other)]
    return bool(plain[0]) and plain[0] == plain[1]


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in the panel of one instance; once there is a vote it never changes."""

    dispute_id: int
    instance: int
    person_id: int
    named_by: int
    named_at: datetime
    refund_bp: int | None = None
    reason: str = ""
    voted_at: datetime | None = None
    left_at: datetime | None = None

    @property
    def has_voted(self) -> bool:
        return self.voted_at is not None


@dataclass(frozen=True, slots=True)
class Naming:
    """What another list of names changes: who comes and who goes."""

    comes: tuple[int, ...]
    goes: tuple[Seat, ...]


def name_panel(no: str, seats: Sequence[Seat], people: Sequence[int]) -> Naming:
    """Name three people, or others for those who have not voted; `seats` are the live ones.

    Raises:
        PanelRefused: not three different people, or a vote would be lost.
    """
    wanted = tuple(dict.fromkeys(people))
    if len(wanted) != SEATS:
        raise PanelRefused(no, why="size")
    goes = tuple(seat for seat in seats if seat.person_id not in wanted)
    if any(seat.has_voted for seat in goes):
        raise PanelRefused(no, why="voted")
    sitting = {seat.person_id for seat in seats}
    return Naming(tuple(one for one in wanted if one not in sitting), goes)


def seat_of(no: str, seats: Sequence[Seat], person_id: int) -> Seat:
    """The seat of this person. Raises NotFound: not on the panel reads as no such dispute."""
    for seat in seats:
        if seat.person_id == person_id:
            return seat
    raise NotFound(no)


def cast(no: str, seat: Seat, *, refund_bp: int, reason: str, now: datetime) -> Seat:
    """A vote, once and for all. Raises VotedBefore."""
    if seat.has_voted:
        raise VotedBefore(no)
    return replace(seat, refund_bp=refund_bp, reason=reason, voted_at=now)


def leave(no: str, seat: Seat, now: datetime) -> Seat:
    """Give up a seat before the vote. Raises VotedBefore."""
    if seat.has_voted:
        raise VotedBefore(no)
    return replace(seat, left_at=now)


def median_bp(seats: Sequence[Seat]) -> int | None:
    """What the panel has decided; None as long as a vote is missing."""
    votes = sorted(seat.refund_bp for seat in seats if seat.refund_bp is not None)
    return votes[SEATS // 2] if len(votes) == SEATS else None
