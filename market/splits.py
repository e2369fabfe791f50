"""Splits of the commission: who brought a deal about or looks after it has a part of ours.

A service station, a partner institute, whoever refers clients: each is an organisation among the
providers, with the same account, statement and payout as one. Buyer and provider pay nothing for
it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from market.fees import shares
from market.ledger import COMMISSION_INCOME, Transfer, escrow, provider_payable, transfers
from market.money import BP
from market.orders import Order


@dataclass(frozen=True, slots=True)
class SplitRule:
    """A part of the commission, in basis points of it, where all its conditions hold."""

    name: str
    provider: str  # the organisation's name, as it stands among the providers
    share_bp: int
    region: str = ""
    service_class: str = ""
    mode: str = ""

    def fits(self, *, region: str, service_class: str, mode: str) -> bool:
        return (
            self.region in region
            and self.service_class in ("", service_class)
            and self.mode in ("", mode)
        )


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who has a part of an order's commission, agreed with the award."""

    provider_id: int
    share_bp: int


def joined(recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """One entry for each organisation, in the order they come."""
    sums: dict[int, int] = {}
    for one in recipients:
        sums[one.provider_id] = sums.get(one.provider_id, 0) + one.share_bp
    return tuple(Recipient(provider_id, share_bp) for provider_id, share_bp in sums.items())


def divide_commission(
    order: Order, key: str, commission_fen: int, recipients: Sequence[Recipient]
) -> tuple[Transfer, ...]:
    """Each has their part, rounded down; fen left over are the market's before theirs.

    Raises:
        ValueError: parts of more than the whole.
    """
    own_bp = BP - sum(one.share_bp for one in recipients)
    own_fen, *parts = shares(commission_fen, [own_bp, *(one.share_bp for one in recipients)])
    held = escrow(order.no)
    return transfers(
        (f"{key}:commission", held, COMMISSION_INCOME, own_fen),
        *(
            (f"{key}/V{one.provider_id}:split", held, provider_payable(one.provider_id), fen)
            for one, fen in zip(recipients, parts, strict=True)
        ),
    )
