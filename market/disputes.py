"""Disputes: the money stays in escrow until staff decide which share goes back."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from market.ledger import (
    COMMISSION_INCOME,
    Transfer,
    escrow,
    provider_payable,
    refund_payable,
    transfers,
)
from market.money import split_bp
from market.orders import Order, Step, advance
from market.policy import Policy

ANSWER_WITHIN = timedelta(days=3)  # the other side's time before staff should decide
TWO_KEYS_ABOVE_FEN = 1_000_000  # from there on a second person must agree


@dataclass(frozen=True, slots=True)
class Dispute:
    id: int  # number: J{id}
    order_id: int
    opened_by: int
    reason: str
    opened_at: datetime
    decision: str = ""
    refund_bp: int | None = None
    proposed_by: int | None = None
    decided_at: datetime | None = None

    @property
    def no(self) -> str:
        return f"J{self.id}"

    @property
    def answer_by(self) -> datetime:
        return self.opened_at + ANSWER_WITHIN


@dataclass(frozen=True, slots=True)
class Decision:
    order: Order
    refund_fen: int
    commission_fen: int
    payout_fen: int
    transfers: tuple[Transfer, ...]


def decide(order: Order, *, refund_bp: int, policy: Policy, now: datetime) -> Decision:
    """Divide the escrow: refund rounded down to a fen, commission on the rest, rounded down.

    Refund, commission and payout add up to the price.

    Raises:
        StepNotAllowed: the order is not in dispute.
        ValueError: a rate outside 0…10 000.
    """
    status = advance(order, Step.SETTLE)
    refund_fen, earned_fen = split_bp(order.price_fen, refund_bp)
    commission_fen, payout_fen = order.fee(policy.fees).of(earned_fen)
    held = escrow(order.no)
    return Decision(
        order=replace(order, status=status, completed_at=now),
        refund_fen=refund_fen,
        commission_fen=commission_fen,
        payout_fen=payout_fen,
        transfers=transfers(
            (f"{order.no}:refund", held, refund_payable(order.no), refund_fen),
            (f"{order.no}:payout", held, provider_payable(order.provider_id), payout_fen),
            (f"{order.no}:commission", held, COMMISSION_INCOME, commission_fen),
        ),
    )
