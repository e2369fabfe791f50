"""Orders: agreed work with the client's money in escrow, step by step to acceptance."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from market.fees import NO_CAP, Fee, Schedule
from market.money import Split
from market.processes import Party, Process, Way


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
    PROPOSE = "propose"  # another contract, in instalments
    AGREE = "agree"
    DECLINE = "decline"
    FUND = "fund"
    START = "start"
    DELIVER = "deliver"
    RELEASE = "release"  # an instalment is accepted, and more are to come
    ACCEPT = "accept"  # the last one, or the whole
    RETURN = "return"
    DISPUTE = "dispute"
    CANCEL = "cancel"
    EXPIRE = "expire"
    SETTLE = "settle"  # the ruling on a dispute is carried out; a pot's rest goes by its rule
    ALLOT = "allot"  # a part of a pot becomes an order's
    SPEND = "spend"  # the last of a pot does


_O, _BUYER, _PROVIDER, _STAFF = OrderStatus, Party.BUYER, Party.PROVIDER, Party.STAFF

ORDER = Process(
    "order",
    OrderStatus.AWAITING_PAYMENT,
    (
        Way(
            _O.AWAITING_PAYMENT, Step.PROPOSE, _O.AWAITING_PAYMENT, by=(_BUYER, _PROVIDER),
            says="分期 O… 3", tells=(_BUYER, _PROVIDER),
        ),
        Way(
            _O.AWAITING_PAYMENT, Step.AGREE, _O.AWAITING_PAYMENT, by=(_BUYER, _PROVIDER),
            says="同意分期 O… v2", tells=(_BUYER, _PROVIDER),
        ),
        Way(
            _O.AWAITING_PAYMENT, Step.DECLINE, _O.AWAITING_PAYMENT, by=(_BUYER, _PROVIDER),
            says="不同意分期 O… v2", tells=(_BUYER, _PROVIDER),
        ),
        Way(
            _O.AWAITING_PAYMENT, Step.FUND, _O.FUNDED, by=(Party.GATEWAY, _STAFF),
            says="付款 O…", staff="收款 O… 金额，另一人 确认收款 O…",
            tells=(_BUYER, _PROVIDER), money=("funding", "public", "promise-kept"),
        ),
        Way(
            _O.AWAITING_PAYMENT, Step.CANCEL, _O.CANCELLED, by=(_BUYER,),
            says="取消 O…", tells=(_PROVIDER,),
        ),
        Way(
            _O.AWAITING_PAYMENT, Step.EXPIRE, _O.EXPIRED, by=(Party.CLOCK,),
            tells=(_BUYER, _PROVIDER), after="pay_within",
        ),
        Way(
            _O.FUNDED, Step.START, _O.IN_PROGRESS, by=(_PROVIDER,),
            says="开工 O…", tells=(_BUYER,),
        ),
        Way(
            _O.FUNDED, Step.CANCEL, _O.REFUNDED, by=(_BUYER,),
            says="取消 O…", staff="退款 O… 金额，另一人 确认退款 O…",
            tells=(_PROVIDER,), money=("refund", "public-back", "promise-renewed"),
        ),
        Way(
            _O.IN_PROGRESS, Step.DELIVER, _O.DELIVERED, by=(_PROVIDER,),
            says="交付 O… 文字或文件", tells=(_BUYER,),
        ),
        Way(
            _O.IN_PROGRESS, Step.DISPUTE, _O.DISPUTED, by=(_BUYER,),
            says="申诉 O… 理由", tells=(_PROVIDER, _STAFF),
        ),
        Way(  # a newer version
            _O.DELIVERED, Step.DELIVER, _O.DELIVERED, by=(_PROVIDER,),
            says="交付 O… 文字或文件", tells=(_BUYER,),
        ),
        Way(  # the next instalment begins
            _O.DELIVERED, Step.RELEASE, _O.IN_PROGRESS, by=(_BUYER, Party.CLOCK),
            says="验收 O…", tells=(_BUYER, _PROVIDER), money=("payout", "commission"),
            after="acceptance_window",
        ),
        Way(
            _O.DELIVERED, Step.ACCEPT, _O.COMPLETED, by=(_BUYER, Party.CLOCK),
            says="验收 O…", tells=(_BUYER, _PROVIDER), money=("payout", "commission", "points"),
            after="acceptance_window",
        ),
        Way(
            _O.DELIVERED, Step.RETURN, _O.IN_PROGRESS, by=(_BUYER,),
            says="退回 O… 理由", tells=(_PROVIDER,),
        ),
        Way(
            _O.DELIVERED, Step.DISPUTE, _O.DISPUTED, by=(_BUYER,),
            says="申诉 O… 理由", tells=(_PROVIDER, _STAFF),
        ),
        Way(
            _O.DISPUTED, Step.SETTLE, _O.REFUNDED,
            by=(_BUYER, _PROVIDER, _STAFF, Party.PANEL, Party.CLOCK),
            says="双方都 接受 J…", staff="判 J… 退60% 理由，见申诉",
            tells=(_BUYER, _PROVIDER),
            money=("refund", "public-back", "promise-renewed", "payout", "commission"),
            after="appeal_window",
        ),
    ),
)  # fmt: skip
STEPS = ORDER.steps


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
    # Agreed with the award; None in orders from before there was a schedule.
    fee_bp: int | None = None
    fee_least_fen: int | None = None
    fee_most_fen: int | None = None
    fee_name: str | None = None
    # The contract it stands under; None in orders from before there were contracts.
    contract_version: int | None = None
    shares_fen: tuple[int, ...] = ()  # of the instalments, adding up to the price; () is one
    milestone: int = 1  # the instalment that is worked on; the last one stays
    bid_version: int = 1  # of the bid, as it was chosen
    pot_id: int | None = None  # what was paid before there was a provider, see market.pots
    prepaid_fen: int = 0  # how much of the price comes out of the pot
    public_fen: int = 0  # how much of it public money pays, see market.public_parts

    @property
    def no(self) -> str:
        return f"O{self.id}"

    @property
    def due_fen(self) -> int:
        """What the buyer has to pay; 0 where the pot pays for all."""
        return self.price_fen - self.prepaid_fen - self.public_fen

    @property
    def process(self) -> Process[OrderStatus, Step]:
        return ORDER

    @property
    def milestones(self) -> int:
        return len(self.shares_fen) or 1

    @property
    def is_last(self) -> bool:
        return self.milestone == self.milestones

    @property
    def share_fen(self) -> int:
        """What is paid out with the next acceptance, commission included."""
        return self.shares_fen[self.milestone - 1] if self.shares_fen else self.price_fen

    @property
    def released_fen(self) -> int:
        """What earlier acceptances have paid out, commission included."""
        return sum(self.shares_fen[: self.milestone - 1])

    @property
    def unreleased_fen(self) -> int:
        """The rest of the price: as long as the order lives it is in escrow."""
        return self.price_fen - self.released_fen

    def parts_of(self, refund_fen: int) -> Split:
        """What of a refund goes back to public money, rounded down, and what to the buyer."""
        part = refund_fen * self.public_fen // self.price_fen
        return Split(part, refund_fen - part)

    def under(self, version: int, shares_fen: tuple[int, ...]) -> "Order":
        """The order under this contract.

        Raises:
            ValueError: the shares are not the price.
        """
        if sum(shares_fen) != self.price_fen or min(shares_fen) <= 0:
            raise ValueError(f"{self.no}: {shares_fen} fen are not {self.price_fen}")
        in_one = len(shares_fen) == 1
        return replace(
            self, contract_version=version, shares_fen=() if in_one else shares_fen, milestone=1
        )

    def fee(self, schedule: Schedule) -> Fee:
        """What the market takes: as agreed, whatever has become of the schedule since."""
        if self.fee_bp is None:
            return schedule.default
        most = NO_CAP if self.fee_most_fen is None else self.fee_most_fen
        return Fee(self.fee_bp, self.fee_least_fen or 0, most, self.fee_name or "")

    def with_fee(self, fee: Fee) -> "Order":
        return replace(
            self,
            fee_bp=fee.rate_bp,
            fee_least_fen=fee.least_fen,
            fee_most_fen=fee.most_fen,
            fee_name=fee.name,
        )


def advance(order: Order, step: Step) -> OrderStatus:
    """Where the step leads. Raises StepNotAllowed where the table has no way."""
    return ORDER.advance(order.no, order.status, step)
