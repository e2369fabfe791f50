"""Disputes: the money stays in escrow until a ruling stands – accepted, unopposed or final.

How many people a ruling takes depends on the sum (`Track`); each track is a table of its steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from market.consortiums import Division, Partner, divide
from market.errors import AppealRefused
from market.ledger import (
    Transfer,
    escrow,
    refund_payable,
    transfers,
)
from market.money import split_bp
from market.orders import Order, Step, advance
from market.policy import Policy
from market.processes import Party, Process, Way
from market.public_parts import PublicPart, back
from market.splits import Recipient, divide_commission

ANSWER_WITHIN = timedelta(days=3)  # the other side's time before staff should decide
TWO_KEYS_ABOVE_FEN = 1_000_000  # from there on a second person must agree
LEAST_NOTICE = timedelta(days=1)  # silence is consent only of somebody who knew for so long
SIDES = (Party.BUYER, Party.PROVIDER)


class Track(StrEnum):
    """How many people a ruling takes; fixed when the dispute is opened, and told then."""

    SMALL = "small"  # one, and it is final at once
    SINGLE = "single"  # one
    DOUBLE = "double"  # one proposes, another agrees
    PANEL = "panel"  # three, by the median of their votes
    BEFORE = "before"  # from before there were appeals: carried out at once


class DisputeStatus(StrEnum):
    OPEN = "open"  # both sides are heard
    PROPOSED = "proposed"  # a second key is missing
    VOTING = "voting"  # a panel is named
    RULED = "ruled"  # the ruling waits: accepted by both, or appealed against, or time is up
    APPEALED = "appealed"  # both sides are heard again
    APPEAL_PROPOSED = "appeal_proposed"
    APPEAL_VOTING = "appeal_voting"
    EXECUTED = "executed"  # the money is divided


class DisputeStep(StrEnum):
    PROPOSE = "propose"
    REFUSE = "refuse"  # the proposal, by the second person or by whoever made it
    NAME = "name"  # the panel, or another member of it
    VOTE = "vote"
    RULE = "rule"
    ACCEPT = "accept"  # one of the two sides
    APPEAL = "appeal"
    EXECUTE = "execute"


_D, _S, _STAFF, _PANEL = DisputeStatus, DisputeStep, Party.STAFF, Party.PANEL
_MONEY = ("refund", "payout", "commission")
_JUDGE, _SECOND = "判 J… 退60% 理由", "另一人 同意 J…"
_HEARD = "答辩 J… 说明，补证据 J… 说明"

_Way: TypeAlias = Way[DisputeStatus, DisputeStep]

_RULED: tuple[_Way, ...] = (
    Way(_D.RULED, _S.ACCEPT, _D.RULED, by=SIDES, says="接受 J…"),
    Way(
        _D.RULED, _S.APPEAL, _D.APPEALED, by=SIDES,
        says="复议 J… 理由", tells=(*SIDES, _STAFF),
    ),
    Way(
        _D.RULED, _S.EXECUTE, _D.EXECUTED, by=(*SIDES, Party.CLOCK),
        says="双方都 接受 J…", tells=SIDES, money=_MONEY, after="appeal_window",
    ),
)  # fmt: skip

SMALL_CLAIM = Process(
    "small_claim",
    _D.OPEN,
    (
        Way(
            _D.OPEN, _S.EXECUTE, _D.EXECUTED, by=(_STAFF,),
            says=_HEARD, staff=_JUDGE, tells=SIDES, money=_MONEY,
        ),
    ),
)  # fmt: skip

SINGLE = Process(
    "dispute",
    _D.OPEN,
    (
        Way(
            _D.OPEN, _S.RULE, _D.RULED, by=(_STAFF,),
            says=_HEARD, staff=_JUDGE, tells=SIDES,
        ),
        *_RULED,
        Way(
            _D.APPEALED, _S.EXECUTE, _D.EXECUTED, by=(_STAFF,),
            says=_HEARD, staff=f"没判过的人 {_JUDGE}", tells=SIDES, money=_MONEY,
        ),
    ),
)  # fmt: skip

DOUBLE = Process(
    "dispute_of_two",
    _D.OPEN,
    (
        Way(
            _D.OPEN, _S.PROPOSE, _D.PROPOSED, by=(_STAFF,),
            says=_HEARD, staff=_JUDGE, tells=(_STAFF,),
        ),
        Way(
            _D.PROPOSED, _S.REFUSE, _D.OPEN, by=(_STAFF,),
            staff="驳回 J… 理由", tells=(_STAFF,),
        ),
        Way(_D.PROPOSED, _S.RULE, _D.RULED, by=(_STAFF,), staff=_SECOND, tells=SIDES),
        *_RULED,
        Way(
            _D.APPEALED, _S.PROPOSE, _D.APPEAL_PROPOSED, by=(_STAFF,),
            says=_HEARD, staff=f"没判过的人 {_JUDGE}", tells=(_STAFF,),
        ),
        Way(
            _D.APPEAL_PROPOSED, _S.REFUSE, _D.APPEALED, by=(_STAFF,),
            staff="驳回 J… 理由", tells=(_STAFF,),
        ),
        Way(
            _D.APPEAL_PROPOSED, _S.EXECUTE, _D.EXECUTED, by=(_STAFF,),
            staff=f"没判过的{_SECOND}", tells=SIDES, money=_MONEY,
        ),
    ),
)  # fmt: skip


def _sitting(at: DisputeStatus, voting: DisputeStatus, last: _Way) -> tuple[_Way, ...]:
    """A panel is named from `at`, and its last vote leads where `last` does."""
    named = "专家组 J… 三个人"
    return (
        Way(at, _S.NAME, voting, by=(_STAFF,), says=_HEARD, staff=named, tells=(*SIDES, _PANEL)),
        Way(voting, _S.NAME, voting, by=(_STAFF,), staff=named, tells=(_PANEL,)),
        Way(voting, _S.VOTE, voting, by=(_PANEL,), staff="投票 J… 退60% 理由"),
        last,
    )


PANEL = Process(
    "dispute_of_panel",
    _D.OPEN,
    (
        *_sitting(
            _D.OPEN, _D.VOTING,
            Way(
                _D.VOTING, _S.RULE, _D.RULED, by=(_PANEL,),
                staff="第三票 投票 J… 退60% 理由", tells=SIDES,
            ),
        ),
        *_RULED,
        *_sitting(
            _D.APPEALED, _D.APPEAL_VOTING,
            Way(
                _D.APPEAL_VOTING, _S.EXECUTE, _D.EXECUTED, by=(_PANEL,),
                staff="第三票 投票 J… 退60% 理由", tells=SIDES, money=_MONEY,
            ),
        ),
    ),
)  # fmt: skip

TRACKS = {
    Track.SMALL: SMALL_CLAIM,
    Track.SINGLE: SINGLE,
    Track.DOUBLE: DOUBLE,
    Track.PANEL: PANEL,
    Track.BEFORE: SMALL_CLAIM,
}
DISPUTES = (SMALL_CLAIM, SINGLE, DOUBLE, PANEL)


def track_for(at_stake_fen: int, policy: Policy) -> Track:
    """How many people decide about this sum, which is what is in escrow."""
    if at_stake_fen <= policy.small_claim_most_fen:
        return Track.SMALL
    if at_stake_fen <= TWO_KEYS_ABOVE_FEN:
        return Track.SINGLE
    return Track.DOUBLE if at_stake_fen <= policy.panel_above_fen else Track.PANEL


@dataclass(frozen=True, slots=True)
class Dispute:
    """The ruling in it is the one that stands, or is proposed and waits for its second key."""

    id: int  # number: J{id}
    order_id: int
    opened_by: int
    reason: str
    opened_at: datetime
    track: Track
    status: DisputeStatus = DisputeStatus.OPEN
    decision: str = ""
    refund_bp: int | None = None
    proposed_by: int | None = None  # None for a panel's
    decided_at: datetime | None = None
    appeal_by: datetime | None = None  # until then silence is no consent
    buyer_accepted_at: datetime | None = None
    provider_accepted_at: datetime | None = None
    appeal: str = ""  # why the first ruling is wrong
    appealed_by: int | None = None
    appealed_at: datetime | None = None
    executed_at: datetime | None = None

    @property
    def no(self) -> str:
        return f"J{self.id}"

    @property
    def process(self) -> Process[DisputeStatus, DisputeStep]:
        return TRACKS[self.track]

    @property
    def answer_by(self) -> datetime:
        return (self.appealed_at or self.opened_at) + ANSWER_WITHIN

    @property
    def instance(self) -> int:
        """1, and 2 after an appeal."""
        return 1 if self.appealed_at is None else 2

    def may(self, step: DisputeStep) -> bool:
        """Whether the table has a way for the step from here."""
        return (self.status, step) in self.process.steps

    def after(self, step: DisputeStep) -> DisputeStatus:
        """Where the step leads. Raises StepNotAllowed."""
        return self.process.advance(self.no, self.status, step)

    def accepted_at(self, side: Party) -> datetime | None:
        return self.buyer_accepted_at if side is Party.BUYER else self.provider_accepted_at

    @property
    def is_accepted(self) -> bool:
        return None not in (self.buyer_accepted_at, self.provider_accepted_at)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided in one instance, and by whom; by a panel where nobody is named."""

    dispute_id: int
    instance: int
    refund_bp: int
    reason: str
    decided_by: int | None
    agreed_by: int | None  # the second key, if it took two
    decided_at: datetime


def propose(dispute: Dispute, *, refund_bp: int, reason: str, by: int) -> Dispute:
    """One person's part of a ruling that takes two. Raises StepNotAllowed."""
    return replace(
        dispute,
        status=dispute.after(DisputeStep.PROPOSE),
        refund_bp=refund_bp,
        decision=reason,
        proposed_by=by,
    )


def refuse(dispute: Dispute) -> Dispute:
    """The proposal falls. Raises StepNotAllowed."""
    status = dispute.after(DisputeStep.REFUSE)
    return replace(dispute, status=status, refund_bp=None, decision="", proposed_by=None)


def rule(dispute: Dispute, *, policy: Policy, now: datetime) -> Dispute:
    """The ruling in it is complete, and can be appealed against. Raises StepNotAllowed."""
    return replace(
        dispute,
        status=dispute.after(DisputeStep.RULE),
        decided_at=now,
        appeal_by=now + policy.appeal_window,
    )


def execute(dispute: Dispute, now: datetime) -> Dispute:
    """The ruling, final or standing, is carried out. Raises StepNotAllowed."""
    status = dispute.after(DisputeStep.EXECUTE)
    assert dispute.refund_bp is not None, "there is a ruling"
    return replace(dispute, status=status, decided_at=dispute.decided_at or now, executed_at=now)


def accept(dispute: Dispute, side: Party, now: datetime) -> Dispute:
    """This side will not appeal; saying so again changes nothing. Raises StepNotAllowed."""
    dispute = replace(dispute, status=dispute.after(DisputeStep.ACCEPT))
    if dispute.accepted_at(side) is not None:
        return dispute
    if side is Party.BUYER:
        return replace(dispute, buyer_accepted_at=now)
    return replace(dispute, provider_accepted_at=now)


def appeal(
    dispute: Dispute, side: Party, *, by: int, reason: str, lapsed: bool, now: datetime
) -> Dispute:
    """Once per dispute, by either side: the ruling falls, and it is decided anew.

    `lapsed`: the time is over, and this side was told of it in time.

    Raises:
        AppealRefused: this side has accepted the ruling, is too late, or it is final.
        StepNotAllowed: nothing is decided yet.
    """
    if dispute.appealed_at is not None:
        raise AppealRefused(dispute.no, why="appealed")
    if dispute.status is DisputeStatus.EXECUTED or lapsed:
        raise AppealRefused(dispute.no, why="small" if dispute.appeal_by is None else "late")
    status = dispute.after(DisputeStep.APPEAL)
    if dispute.accepted_at(side) is not None:
        raise AppealRefused(dispute.no, why="accepted")
    return replace(
        dispute, status=status, appeal=reason, appealed_by=by, appealed_at=now,
        decision="", refund_bp=None, proposed_by=None, decided_at=None,
        buyer_accepted_at=None, provider_accepted_at=None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    order: Order
    refund_fen: int  # in money and to public money together
    public_fen: int
    commission_fen: int
    payout_fen: int
    transfers: tuple[Transfer, ...]
    division: Division  # of the payout

    @property
    def money_back_fen(self) -> int:
        return self.refund_fen - self.public_fen


def decide(
    order: Order,
    *,
    refund_bp: int,
    policy: Policy,
    now: datetime,
    public: PublicPart | None = None,
    partners: Sequence[Partner] = (),
    recipients: Sequence[Recipient] = (),
) -> Decision:
    """Divide what is in escrow: refund rounded down to a fen, commission on the rest.

    Refund, commission and payout add up to it. Of the refund that part goes back to public money
    that it had in the price. The provider owes the fee of all they earned with
    the order, accepted instalments included, less what was taken with those.

    Raises:
        StepNotAllowed: the order is not in dispute.
        ValueError: a rate outside 0…10 000.
    """
    status = advance(order, Step.SETTLE)
    refund_fen, earned_fen = split_bp(order.unreleased_fen, refund_bp)
    commission_fen = _commission(order, earned_fen, policy)
    payout_fen = earned_fen - commission_fen
    held, (public_fen, money_fen) = escrow(order.no), order.parts_of(refund_fen)
    division = divide(order, order.no, payout_fen, partners)
    return Decision(
        order=replace(order, status=status, completed_at=now),
        refund_fen=refund_fen,
        public_fen=public_fen,
        commission_fen=commission_fen,
        payout_fen=payout_fen,
        transfers=(
            *transfers((f"{order.no}:refund", held, refund_payable(order.no), money_fen)),
            *divide_commission(order, order.no, commission_fen, recipients),
            *division.transfers,
            *back(public, public_fen),
        ),
        division=division,
    )


def _commission(order: Order, earned_fen: int, policy: Policy) -> int:
    fee, released_fen = order.fee(policy.fees), order.released_fen
    taken = fee.of_part(released_fen, before_fen=0, whole_fen=order.price_fen).part
    # A part of a capped fee may come to a fen more than the fee of the part.
    return min(max(fee.of(released_fen + earned_fen).part - taken, 0), earned_fen)
