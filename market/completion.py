"""Completing an order: the buyer accepts the work and the escrow is released."""

from dataclasses import dataclass, replace
from datetime import datetime

from market.ledger import (
    COMMISSION_INCOME,
    POINTS_ISSUED,
    Transfer,
    escrow,
    points,
    provider_payable,
    transfers,
)
from market.orders import Order, Step, advance
from market.policy import Policy


@dataclass(frozen=True, slots=True)
class Completion:
    order: Order
    commission_fen: int
    payout_fen: int
    points_earned: int
    transfers: tuple[Transfer, ...]


def complete(order: Order, policy: Policy, now: datetime) -> Completion:
    """Release the escrow: payout to the provider, commission to us, points to the buyer.

    The commission is the fee the order was made with, rounded down to a whole fen, so a
    remainder goes to the provider and payout plus commission always equal ``order.price_fen``.

    Raises:
        StepNotAllowed: the order is not waiting for acceptance.
    """
    status = advance(order, Step.ACCEPT)
    commission_fen, payout_fen = order.fee(policy.fees).of(order.price_fen)
    earned = order.price_fen // 100 * policy.points_per_yuan
    held, payee = escrow(order.no), provider_payable(order.provider_id)
    return Completion(
        order=replace(order, status=status, completed_at=now),
        commission_fen=commission_fen,
        payout_fen=payout_fen,
        points_earned=earned,
        transfers=transfers(
            (f"{order.no}:payout", held, payee, payout_fen),
            (f"{order.no}:commission", held, COMMISSION_INCOME, commission_fen),
            (f"{order.no}:points", POINTS_ISSUED, points(order.buyer_id), earned),
        ),
    )
