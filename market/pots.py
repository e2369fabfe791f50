"""Pots: money a buyer puts up before it is known who earns it – a reward, or a deposit.

A pot is paid like an order and has a number like an order, but no provider. What is chosen later
makes orders, and their money comes out of the pot; what is left when the demand ends goes by the
rule that the buyer read before paying.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from market.fees import shares
from market.ledger import Transfer, escrow, provider_payable, refund_payable, transfers
from market.money import split_bp
from market.orders import Order, OrderStatus, Step
from market.policy import Policy
from market.processes import Party, Process, Way

_O, _BUYER = OrderStatus, Party.BUYER

POT = Process(
    "pot",
    OrderStatus.AWAITING_PAYMENT,
    (
        Way(
            _O.AWAITING_PAYMENT, Step.FUND, _O.FUNDED, by=(Party.GATEWAY, Party.STAFF),
            says="付款 O…", staff="收款 O… 金额，另一人 确认收款 O…",
            tells=(_BUYER,), money=("funding",),
        ),
        Way(_O.AWAITING_PAYMENT, Step.CANCEL, _O.CANCELLED, by=(_BUYER,), says="撤 D…"),
        Way(
            _O.AWAITING_PAYMENT, Step.EXPIRE, _O.EXPIRED, by=(Party.CLOCK,),
            tells=(_BUYER,), after="pay_within",
        ),
        Way(  # a prize of several
            _O.FUNDED, Step.ALLOT, _O.FUNDED, by=(_BUYER,),
            says="选A D…", money=("allotted",),
        ),
        Way(  # the last prize, or the deposit of an order that is paid
            _O.FUNDED, Step.SPEND, _O.COMPLETED, by=(_BUYER, Party.GATEWAY, Party.STAFF),
            says="选A D…", money=("allotted",),
        ),
        Way(
            _O.FUNDED, Step.SETTLE, _O.REFUNDED, by=(_BUYER, Party.CLOCK),
            says="撤 D…", staff="退款 O… 金额，另一人 确认退款 O…",
            tells=(_BUYER, Party.BIDDERS), money=("refund", "payout"),
        ),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pot:
    id: int  # number: O{id}, from the numbers of orders
    demand_id: int
    buyer_id: int
    title: str
    price_fen: int
    status: OrderStatus
    created_at: datetime
    pay_by: datetime
    back_bp: int  # how much comes back when nothing is taken; what the buyer read, for good
    funded_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def no(self) -> str:
        return f"O{self.id}"

    @property
    def due_fen(self) -> int:
        return self.price_fen

    @property
    def unreleased_fen(self) -> int:
        """What of it the gateway may still keep frozen: orders made of it release nothing there."""
        return self.price_fen

    @property
    def process(self) -> Process[OrderStatus, Step]:
        return POT


Payable = Order | Pot  # what a buyer can pay


def kept_fen(order: Order, pot: Pot, policy: Policy, now: datetime) -> int:
    """What a provider keeps when the buyer cancels a paid order before it is begun.

    Without it choosing somebody and cancelling would be the way around the rule of the pot. Who
    has not begun in time keeps nothing.
    """
    if order.funded_at is None or now > order.funded_at + policy.start_within:
        return 0
    return split_bp(order.prepaid_fen, 10_000 - pot.back_bp).part


def deposit_fen(budget_fen: int | None, policy: Policy) -> int:
    """What a tender with a deposit takes in advance: a rate of the budget, at least the floor."""
    return max(policy.deposit_floor_fen, split_bp(budget_fen or 0, policy.deposit_bp).part)


@dataclass(frozen=True, slots=True)
class Allotment:
    pot: Pot
    order: Order
    transfers: tuple[Transfer, ...]


def allot(pot: Pot, order: Order, *, left_fen: int, now: datetime) -> Allotment:
    """What an order has prepaid goes from the pot, of which `left_fen` are left, into its escrow.

    Raises:
        StepNotAllowed: the pot is not funded, or closed.
        ValueError: more than is left.
    """
    if order.prepaid_fen > left_fen:
        raise ValueError(f"{pot.no} holds {left_fen} fen, not {order.prepaid_fen}")
    is_all = order.prepaid_fen == left_fen
    status = POT.advance(pot.no, pot.status, Step.SPEND if is_all else Step.ALLOT)
    return Allotment(
        pot=replace(pot, status=status, completed_at=now if is_all else None),
        order=order,
        transfers=transfers(
            (f"{order.no}:allotted", escrow(pot.no), escrow(order.no), order.prepaid_fen)
        ),
    )


def shared_fen(pot: Pot, left_fen: int) -> int:
    """What of the rest does not come back when somebody has worked or offered in vain."""
    return split_bp(left_fen, 10_000 - pot.back_bp).part


@dataclass(frozen=True, slots=True)
class Share:
    """What one of those gets who worked or offered in vain."""

    provider_id: int
    fen: int
    transfer: Transfer


@dataclass(frozen=True, slots=True)
class Ending:
    pot: Pot
    refund_fen: int
    refund: tuple[Transfer, ...]
    consolations: tuple[Share, ...]


def settle_pot(pot: Pot, *, left_fen: int, consoled: Sequence[int], now: datetime) -> Ending:
    """The demand has ended: what is left goes back, or `back_bp` of it, and the rest is shared.

    It is shared in equal parts by the providers of `consoled`, if there are any; the buyer gets
    the fen of the rounding of the rate, the first of the providers those of the sharing.

    Raises:
        StepNotAllowed: the pot is not funded, or closed.
    """
    status = POT.advance(pot.no, pot.status, Step.SETTLE)
    shared = shared_fen(pot, left_fen) if consoled else 0
    parts = shares(shared, [1] * len(consoled)) if consoled else ()
    held = escrow(pot.no)
    return Ending(
        pot=replace(pot, status=status, completed_at=now),
        refund_fen=left_fen - shared,
        refund=transfers((f"{pot.no}:refund", held, refund_payable(pot.no), left_fen - shared)),
        consolations=tuple(
            Share(provider_id, fen, transfer)
            for provider_id, fen in zip(consoled, parts, strict=True)
            for transfer in transfers(
                (f"{pot.no}/V{provider_id}:payout", held, provider_payable(provider_id), fen)
            )
        ),
    )
