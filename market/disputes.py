"""Disputes: the money stays in escrow until staff decide which share goes back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from market.consortiums import Division, Partner, divide
from market.ledger import (
    COMMISSION_INCOME,
    Transfer,
    escrow,
    refund_payable,
    transfers,
)
from market.money import split_bp
from market.orders import Order, Step, advance
from market.policy import Policy
from market.public_parts import PublicPart, back

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
            *transfers(
                (f"{order.no}:refund", held, refund_payable(order.no), money_fen),
                (f"{order.no}:commission", held, COMMISSION_INCOME, commission_fen),
            ),
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
