"""Joint bids (联合投标): one provider leads, partners agree to a share of what is paid out."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from market.errors import PartnersRefused
from market.fees import shares
from market.ledger import Transfer, escrow, provider_payable, transfers
from market.money import BP
from market.orders import Order

PARTNERS_MOST = 4
SHARE_LEAST_BP, LEAD_LEAST_BP = 100, 1_000  # a partner has at least 1 %, the lead keeps 10 %


class PartnerStatus(StrEnum):
    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    DROPPED = "dropped"  # taken out by the lead, or without an answer when the bids were opened


JOINED = frozenset({PartnerStatus.ASKED, PartnerStatus.AGREED})


@dataclass(frozen=True, slots=True)
class Partner:
    """A share of a bid, or of the order that came of it, in basis points of what is paid out."""

    provider_id: int
    share_bp: int
    status: PartnerStatus = PartnerStatus.AGREED
    person_id: int | None = None  # who agreed, and is told


def check_shares(demand_no: str, lead_id: int, partners: Sequence[tuple[int, int]]) -> None:
    """Whether (provider, share) can be partners of this lead.

    Raises:
        PartnersRefused: with the reason.
    """
    ids = [provider_id for provider_id, _ in partners]
    if not partners or len(partners) > PARTNERS_MOST:
        raise PartnersRefused(demand_no, why="count")
    if lead_id in ids or len(set(ids)) < len(ids):
        raise PartnersRefused(demand_no, why="twice")
    bps = [share_bp for _, share_bp in partners]
    if min(bps) < SHARE_LEAST_BP or sum(bps) > BP - LEAD_LEAST_BP:
        raise PartnersRefused(demand_no, why="shares")


@dataclass(frozen=True, slots=True)
class Portion:
    """What one partner gets of a payout."""

    partner: Partner
    fen: int
    transfer: Transfer


@dataclass(frozen=True, slots=True)
class Division:
    """A payout among the lead and its partners; all parts add up to it."""

    lead_fen: int
    portions: tuple[Portion, ...]
    transfers: tuple[Transfer, ...]


def divide(order: Order, key: str, payout_fen: int, partners: Sequence[Partner]) -> Division:
    """Divide what an order pays out; `key` is what the keys of its transfers begin with.

    Each part is rounded down; fen left over go to the largest remainders, the lead before its
    partners.
    """
    lead_bp = BP - sum(partner.share_bp for partner in partners)
    lead_fen, *parts = shares(payout_fen, [lead_bp, *(one.share_bp for one in partners)])
    held = escrow(order.no)
    portions = tuple(
        Portion(partner, fen, transfer)
        for partner, fen in zip(partners, parts, strict=True)
        for transfer in transfers(
            (
                f"{key}/V{partner.provider_id}:payout",
                held,
                provider_payable(partner.provider_id),
                fen,
            )
        )
    )
    own = transfers((f"{key}:payout", held, provider_payable(order.provider_id), lead_fen))
    return Division(lead_fen, portions, (*own, *(one.transfer for one in portions)))
