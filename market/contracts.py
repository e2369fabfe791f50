"""Contracts: what the two sides of an order agree to, as one text that both confirm by its hash.

A contract is drafted from the chosen bid and the product's standard steps, in one instalment. A
change is a new version, which nobody has confirmed; a version is agreed once both have said yes to
its hash. Until then the order stands under the one before.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from market.bids import Offer
from market.errors import (
    ContractChanged,
    InstalmentsRefused,
    NothingToConfirm,
    ProposalLimitReached,
)
from market.money import BP
from market.orders import Order, OrderStatus, Step, advance
from market.processes import Party
from market.receipts import short

FORM = "kebao contract 1"  # the first line of the canonical text; another form, another number
INSTALMENTS_MOST = 6
PROPOSALS_MOST = 8  # for one order: every one is a push to the other side
SIDES = (Party.BUYER, Party.PROVIDER)


class ContractStatus(StrEnum):
    DRAFT = "draft"  # a key is missing
    AGREED = "agreed"  # both keys: the order stands under it
    REFUSED = "refused"  # one side said no
    SUPERSEDED = "superseded"  # another version is agreed, or the order was paid under another


@dataclass(frozen=True, slots=True)
class Milestone:
    """One instalment: delivered, accepted and paid on its own.

    `days` are of the contract's unit and run from the start of the work, or from the acceptance
    of the instalment before: the time the buyer takes to look is not the provider's.
    """

    title: str
    share_fen: int
    days: int | None = None


@dataclass(frozen=True)
class Contract:
    """One version. Nothing in it ever changes; the milestones' shares add up to the price."""

    order_id: int
    version: int  # 1, 2, …
    buyer_id: int
    provider_id: int
    title: str
    price_fen: int
    duration: int | None
    in_workdays: bool
    included: tuple[str, ...]
    excluded: tuple[str, ...]
    tax: str
    note: str
    steps: tuple[str, ...]  # the product's standard steps, in order
    milestones: tuple[Milestone, ...]
    drafted_by: Party
    drafted_at: datetime

    @property
    def shares_fen(self) -> tuple[int, ...]:
        return tuple(milestone.share_fen for milestone in self.milestones)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical text."""
        return hashlib.sha256(canonical(self).encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        """The first 32 bits of the hash as people compare them: ``7f3a·91c2``."""
        return short(self.hash)


@dataclass(frozen=True, slots=True)
class Answer:
    """A side's key to one version, or its no. `hash` is what they confirmed."""

    side: Party
    agrees: bool
    person_id: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A contract with what was said to it."""

    contract: Contract
    answers: tuple[Answer, ...] = ()

    @property
    def is_agreed(self) -> bool:
        return all(self.has_key_of(side) for side in SIDES)

    @property
    def is_refused(self) -> bool:
        return any(not answer.agrees for answer in self.answers)

    def has_key_of(self, side: Party) -> bool:
        """Whether this side said yes to exactly this text."""
        hashed = self.contract.hash
        return any(a.side is side and a.agrees and a.hash == hashed for a in self.answers)

    def awaits(self, side: Party) -> bool:
        """Whether only this side's word is missing."""
        return not self.is_refused and not self.is_agreed and not self.has_key_of(side)

    def with_answer(self, answer: Answer) -> "Version":
        return replace(self, answers=(*self.answers, answer))


def canonical(contract: Contract) -> str:
    """What is hashed: lines of UTF-8, each a name and a value, ``-`` for nothing, LF at each end.

    Lists have one line for each item, in their order. Names of people are not in it.
    """
    unit = "workdays" if contract.in_workdays else "days"
    lines = (
        FORM,
        f"order O{contract.order_id}",
        f"version {contract.version}",
        f"buyer P{contract.buyer_id}",
        f"provider V{contract.provider_id}",
        f"title {_told(contract.title)}",
        f"price_fen {contract.price_fen}",
        f"duration {_length(contract.duration, unit)}",
        f"tax {_told(contract.tax)}",
        f"note {_told(contract.note)}",
        *(f"included {_told(item)}" for item in contract.included),
        *(f"excluded {_told(item)}" for item in contract.excluded),
        *(f"step {_told(step)}" for step in contract.steps),
        *(
            f"instalment {number} {m.share_fen} fen {_length(m.days, unit)} {_told(m.title)}"
            for number, m in enumerate(contract.milestones, start=1)
        ),
    )
    assert all("\n" not in line for line in lines), "a value of two lines could pretend a third"
    return "".join(f"{line}\n" for line in lines)


def draft(order: Order, offer: Offer, steps: Sequence[str], now: datetime) -> Contract:
    """The first version: the chosen bid as it is, in one instalment, drafted by the provider.

    With the bid the provider has offered all of it, so it is theirs; the buyer's key is the
    payment.
    """
    duration = offer.workdays or offer.days
    return Contract(
        order_id=order.id,
        version=1,
        buyer_id=order.buyer_id,
        provider_id=order.provider_id,
        title=_plain(order.title),
        price_fen=order.price_fen,
        duration=duration,
        in_workdays=bool(offer.workdays),
        included=tuple(map(_plain, offer.included)),
        excluded=tuple(map(_plain, offer.excluded)),
        tax=_plain(offer.tax),
        note=_plain(offer.note),
        steps=tuple(map(_plain, steps)),
        milestones=(Milestone(_plain(order.title), order.price_fen, duration),),
        drafted_by=Party.PROVIDER,
        drafted_at=now,
    )


def in_instalments(
    order: Order, newest: Contract, weights: Sequence[int], *, by: Party, now: datetime
) -> Contract:
    """The next version: the same work and price, in as many instalments as there are weights.

    Raises:
        StepNotAllowed: the order is paid, or over.
        ProposalLimitReached: there were too many before.
        InstalmentsRefused: more than six, or one of them of less than a fen.
    """
    advance(order, Step.PROPOSE)
    if newest.version > PROPOSALS_MOST:
        raise ProposalLimitReached(order.no, PROPOSALS_MOST)
    shares_fen = split_price(order.no, newest.price_fen, weights)
    count = len(shares_fen)
    titles = _titles(newest, count)
    lengths = _lengths(newest.duration, count)
    return replace(
        newest,
        version=newest.version + 1,
        milestones=tuple(map(Milestone, titles, shares_fen, lengths)),
        drafted_by=by,
        drafted_at=now,
    )


def split_price(order_no: str, price_fen: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Divide a price by whole weights: each share rounded down, the last one takes the remainder.

    Raises:
        InstalmentsRefused: none or more than six of them, or a share of less than a fen.
    """
    whole = sum(weights)
    if not 1 <= len(weights) <= INSTALMENTS_MOST or min(weights) <= 0:
        raise InstalmentsRefused(order_no, count=len(weights))
    first = [price_fen * weight // whole for weight in weights[:-1]]
    shares_fen = (*first, price_fen - sum(first))
    if min(shares_fen) <= 0:
        raise InstalmentsRefused(order_no, count=len(weights))
    return shares_fen


def percentages(order_no: str, rates_bp: Sequence[int]) -> tuple[int, ...]:
    """Rates in basis points as weights. Raises InstalmentsRefused unless they make the whole."""
    if sum(rates_bp) != BP:
        raise InstalmentsRefused(order_no, count=len(rates_bp), sum_bp=sum(rates_bp))
    return tuple(rates_bp)


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an answer: the version with it, and the order, which may stand under it now.

    `agreed` says whether this was the second key.
    """

    version: Version
    order: Order
    agreed: bool


def answer(
    order: Order,
    newest: Version | None,
    *,
    version: int,
    side: Party,
    agrees: bool,
    person_id: int,
    now: datetime,
) -> Answered:
    """A side says yes or no to the version it has read.

    Raises:
        StepNotAllowed: the order is paid, or over.
        ContractChanged: there is a newer version than the one that was read.
        NothingToConfirm: nothing waits for this side.
    """
    advance(order, Step.AGREE if agrees else Step.DECLINE)
    if newest is None or newest.contract.version < version or not _waits(order, newest, side):
        raise NothingToConfirm(order.no)
    if newest.contract.version != version:
        raise ContractChanged(order.no, version=newest.contract.version)
    said = newest.with_answer(Answer(side, agrees, person_id, newest.contract.hash, now))
    if said.is_agreed:
        order = order.under(said.contract.version, said.contract.shares_fen)
    return Answered(said, order, agreed=said.is_agreed)


def _waits(order: Order, newest: Version, side: Party) -> bool:
    # The contract the order already stands under is confirmed by paying.
    return newest.contract.version != order.contract_version and newest.awaits(side)


def pending(order: Order, newest: Version | None) -> Version | None:
    """The version that somebody still has to answer; None where nothing is proposed."""
    if newest is None or order.status is not OrderStatus.AWAITING_PAYMENT:
        return None
    return newest if any(_waits(order, newest, side) for side in SIDES) else None


def status_of(order: Order, version: Version) -> ContractStatus:
    """What a version is worth now."""
    if version.is_refused:
        return ContractStatus.REFUSED
    standing = order.contract_version or 0
    if version.contract.version < standing:
        return ContractStatus.SUPERSEDED
    if version.is_agreed:
        return ContractStatus.AGREED
    return (
        ContractStatus.DRAFT
        if order.status is OrderStatus.AWAITING_PAYMENT
        else ContractStatus.SUPERSEDED
    )


def key_by_paying(order: Order, standing: Version, now: datetime) -> Answer | None:
    """The buyer's yes to the contract they pay for; None if they have said so before."""
    if standing.has_key_of(Party.BUYER):
        return None
    return Answer(Party.BUYER, True, order.buyer_id, standing.contract.hash, now)


def key_by_bidding(contract: Contract, person_id: int) -> Answer:
    """The provider's yes to the first version, which says what they bid."""
    return Answer(Party.PROVIDER, True, person_id, contract.hash, contract.drafted_at)


def _titles(contract: Contract, count: int) -> list[str]:
    """The standard steps in `count` runs of about the same length; "" where there are too few."""
    steps = contract.steps
    if count == 1:
        return [contract.title]
    if len(steps) < count:
        return [""] * count
    cuts = [len(steps) * at // count for at in range(count + 1)]
    return ["、".join(steps[begin:end]) for begin, end in pairwise(cuts)]


def _lengths(duration: int | None, count: int) -> list[int | None]:
    """The time in equal parts, earlier ones the longer; a day at least for each."""
    if duration is None:
        return [None] * count
    ends = [-(-duration * at // count) for at in range(count + 1)]
    return [max(end - begin, 1) for begin, end in pairwise(ends)]


def _length(days: int | None, unit: str) -> str:
    return "-" if days is None else f"{days} {unit}"


def _plain(text: str) -> str:
    """On one line: people's words may have several."""
    return " ".join(text.split())


def _told(text: str) -> str:
    return text or "-"
