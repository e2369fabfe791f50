"""Payment gateways that are asked over a network: what they can do, and what can go wrong.

The sandbox's page and money by hand need nobody asked, so they have no part here.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from market.arrivals import Arrival, RefundState


class GatewayError(Exception):
    """`reason` is for staff and logs: it holds no secret and nothing that people wrote."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(GatewayError):
    """No usable answer. Whether it was done nobody knows: asking again is harmless."""


class Refused(GatewayError):
    """Understood, and not done. `code` is the gateway's own word for why."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(f"{code}：{reason}" if reason else code)
        self.code = code


class Misconfigured(GatewayError):
    """It will not talk to us before somebody mends the configuration, here or there."""


class PaymentState(StrEnum):
    PAID = "paid"
    OPEN = "open"  # can still be paid
    GONE = "gone"  # closed, unknown, or given back: cannot be paid


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a payment; `arrival` if it was paid."""

    state: PaymentState
    arrival: Arrival | None = None


@dataclass(frozen=True, slots=True)
class Refunded:
    state: RefundState
    amount_fen: int


class Gateway(Protocol):
    """All of it is idempotent: the same number is the same payment, refund or release.

    Everything raises a GatewayError.
    """

    async def open_code(
        self, no: str, *, amount_fen: int, description: str, expires_at: datetime
    ) -> str:
        """What the QR code says that pays this amount, frozen until `release`."""
        ...

    async def find(self, no: str) -> Found: ...

    async def close_code(self, no: str) -> None:
        """Nobody can pay it any more. Refused if somebody has."""
        ...

    async def refund(
        self, no: str, *, trade_no: str, amount_fen: int, total_fen: int, reason: str
    ) -> Refunded:
        """Give back `amount_fen` of a payment of `total_fen`; asking again tells how far it is."""
        ...

    async def release(self, no: str, *, transaction_id: str, reason: str) -> bool:
        """Let what is left of the payment be the merchant's; whether that is finished."""
        ...
