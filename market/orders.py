"""Orders: agreed work with the client's money in escrow, step by step to acceptance."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from market.errors import StepNotAllowed


class OrderStatus(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    FUNDED = "funded"  # money in escrow, work not started
    IN_PROGRESS = "in_progress"
    DELIVERED = "delivered"  # the buyer checks
    COMPLETED = "completed"
    DISPUTED = "disputed"
    CANCELLED = "cancelled"  # before payment
    REFUNDED = "refunded"  # after payment
    EXPIRED = "expired"  # not paid in time


class Step(StrEnum):
    FUND = "fund"
    START = "start"
    DELIVER = "deliver"
    ACCEPT = "accept"
    RETURN = "return"
    DISPUTE = "dispute"
    CANCEL = "cancel"
    EXPIRE = "expire"
    SETTLE = "settle"  # staff decide a dispute


STEPS: dict[tuple[OrderStatus, Step], OrderStatus] = {
    (OrderStatus.AWAITING_PAYMENT, Step.FUND): OrderStatus.FUNDED,
    (OrderStatus.AWAITING_PAYMENT, Step.CANCEL): OrderStatus.CANCELLED,
    (OrderStatus.AWAITING_PAYMENT, Step.EXPIRE): OrderStatus.EXPIRED,
    (OrderStatus.FUNDED, Step.START): OrderStatus.IN_PROGRESS,
    (OrderStatus.FUNDED, Step.CANCEL): OrderStatus.REFUNDED,
    (OrderStatus.IN_PROGRESS, Step.DELIVER): OrderStatus.DELIVERED,
    (OrderStatus.IN_PROGRESS, Step.DISPUTE): OrderStatus.DISPUTED,
    (OrderStatus.DELIVERED, Step.DELIVER): OrderStatus.DELIVERED,  # a newer version
    (OrderStatus.DELIVERED, Step.ACCEPT): OrderStatus.COMPLETED,
    (OrderStatus.DELIVERED, Step.RETURN): OrderStatus.IN_PROGRESS,
    (OrderStatus.DELIVERED, Step.DISPUTE): OrderStatus.DISPUTED,
    (OrderStatus.DISPUTED, Step.SETTLE): OrderStatus.REFUNDED,
}


@dataclass(frozen=True, slots=True)
class Order:
    id: int  # number: O{id}
    demand_id: int
    bid_id: int
    buyer_id: int
    provider_id: int
    provider_person_id: int  # who is told
    title: str
    price_fen: int
    status: OrderStatus
    created_at: datetime
    pay_by: datetime
    funded_at: datetime | None = None
    started_at: datetime | None = None
    deliver_by: datetime | None = None
    delivered_at: datetime | None = None
    accept_by: datetime | None = None
    completed_at: datetime | None = None
    returns_used: int = 0
    reminded_at: datetime | None = None  # an acceptance reminder that was delivered

    @property
    def no(self) -> str:
        return f"O{self.id}"


def advance(order: Order, step: Step) -> OrderStatus:
    """Where the step leads. Raises StepNotAllowed where the table has no way."""
    to = STEPS.get((order.status, step))
    if to is None:
        raise StepNotAllowed(order.no, status=order.status, step=step)
    return to
