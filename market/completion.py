"""Accepting work: the escrow is released, by instalments where the contract has some."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from market.consortiums import Division, Partner, divide
from market.ledger import (
    POINTS_ISSUED,
    Transfer,
    points,
    transfers,
)
from market.orders import Order, OrderStatus, Step, advance
from market.policy import Policy
from market.splits import Recipient, divide_commission


@dataclass(frozen=True, slots=True)
class Completion:
    """What an acceptance moves. `milestone` is the instalment accepted, `share_fen` its worth.

    The order is as it stands afterwards: complete, or at work on the next instalment.
    """

    order: Order
    milestone: int
    share_fen: int
    commission_fen: int
    payout_fen: int
    points_earned: int
    transfers: tuple[Transfer, ...]
    division: Division  # of the payout

    @property
    def is_whole(self) -> bool:
        return self.order.status is OrderStatus.COMPLETED


def acceptance_key(order: Order) -> str:
    """What the keys of the transfers for the current instalment begin with."""
    return order.no if order.milestones == 1 else f"{order.no}:{order.milestone}"


def complete(
    order: Order,
    policy: Policy,
    now: datetime,
    partners: Sequence[Partner] = (),
    recipients: Sequence[Recipient] = (),
) -> Completion:
    """Release an instalment, or the whole: payout to the provider and its partners, commission
    to us.

    The commission is the fee the order was made with, rounded down to a whole fen, so a
    remainder goes to the provider and payout plus commission always equal the instalment; those of
    all instalments add up to the fee of the price. The last acceptance brings the buyer points
    for the whole price.

    Raises:
        StepNotAllowed: the order is not waiting for acceptance.
    """
    status = advance(order, Step.ACCEPT if order.is_last else Step.RELEASE)
    commission_fen, payout_fen = order.fee(policy.fees).of_part(
        order.share_fen, before_fen=order.released_fen, whole_fen=order.price_fen
    )
    earned = order.price_fen // 100 * policy.points_per_yuan if order.is_last else 0
    key = acceptance_key(order)
    division = divide(order, key, payout_fen, partners)
    return Completion(
        order=_after(order, status, now),
        milestone=order.milestone,
        share_fen=order.share_fen,
        commission_fen=commission_fen,
        payout_fen=payout_fen,
        points_earned=earned,
        transfers=(
            *division.transfers,
            *divide_commission(order, key, commission_fen, recipients),
            *transfers((f"{order.no}:points", POINTS_ISSUED, points(order.buyer_id), earned)),
        ),
        division=division,
    )


def _after(order: Order, status: OrderStatus, now: datetime) -> Order:
    if order.is_last:
        return replace(order, status=status, completed_at=now)
    return replace(
        order,
        status=status,
        milestone=order.milestone + 1,
        deliver_by=None,
        delivered_at=None,
        accept_by=None,
        reminded_at=None,
        returns_used=0,
    )
