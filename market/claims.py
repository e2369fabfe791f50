"""Claims for a subsidy (后补助): the buyer has paid, and applies to an authority afterwards.

The money goes from the authority to the firm; the market keeps how far it is, and what proves it.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from market.errors import ClaimRefused
from market.orders import Order, OrderStatus
from market.processes import Party, Process, Way
from market.programmes import Programme


class ClaimStatus(StrEnum):
    READY = "ready"  # the papers are there, nothing is handed in
    SUBMITTED = "submitted"
    PAID = "paid"
    REFUSED = "refused"
    MISSED = "missed"  # its last day passed before it was handed in


class ClaimStep(StrEnum):
    SUBMIT = "submit"
    PAY = "pay"
    REFUSE = "refuse"
    MISS = "miss"


_C, _BUYER = ClaimStatus, Party.BUYER

CLAIM = Process(
    "claim",
    ClaimStatus.READY,
    (
        Way(_C.READY, ClaimStep.SUBMIT, _C.SUBMITTED, by=(_BUYER,), says="补助已交 O…"),
        Way(_C.SUBMITTED, ClaimStep.PAY, _C.PAID, by=(_BUYER,), says="补助到账 O… 金额"),
        Way(_C.SUBMITTED, ClaimStep.REFUSE, _C.REFUSED, by=(_BUYER,), says="补助没批 O… 理由"),
        Way(  # the day after its last one
            _C.READY, ClaimStep.MISS, _C.MISSED, by=(Party.CLOCK,), tells=(_BUYER,),
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """`amount_fen` is what may be claimed, `paid_fen` what came."""

    id: int
    order_id: int
    person_id: int
    programme: str
    amount_fen: int
    due_on: date
    token: str  # the unguessable part of its papers' address
    status: ClaimStatus
    begun_at: datetime
    paid_fen: int = 0
    reason: str = ""

    @property
    def order_no(self) -> str:
        return f"O{self.order_id}"


def claimable_fen(order: Order, programme: Programme, refunded_fen: int) -> int:
    """What may be claimed: a share of what the buyer has paid themselves and not got back.

    Raises:
        ClaimRefused: the work is not accepted yet, or nothing of their own money stayed in it.
    """
    if order.status not in {OrderStatus.COMPLETED, OrderStatus.REFUNDED}:
        raise ClaimRefused(order.no, why="not_accepted")
    own_fen = order.price_fen - order.public_fen - refunded_fen
    amount_fen = programme.share_of(own_fen) if own_fen > 0 else 0
    if order.funded_at is None or amount_fen <= 0:
        raise ClaimRefused(order.no, why="nothing_paid")
    return amount_fen


def advance(claim: Claim, step: ClaimStep, *, paid_fen: int = 0, reason: str = "") -> Claim:
    """The claim after a step. Raises StepNotAllowed where the table has no way."""
    status = CLAIM.advance(claim.order_no, claim.status, step)
    return replace(claim, status=status, paid_fen=paid_fen, reason=reason)
