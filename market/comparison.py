"""Comparing opened bids like for like: what an offer leaves out is added to its price."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from market.bids import Bid, Offer
from market.money import split_bp


class Basis(StrEnum):
    """How far a cost that was left out is known."""

    FIXED = "fixed"  # the same whoever does the work
    USUAL = "usual"  # the operator's estimate
    RATE = "rate"  # a share of the price
    UNKNOWN = "unknown"  # not in the table, so not in the sum


USUAL_COSTS: dict[str, tuple[Basis, int]] = {
    "官费": (Basis.FIXED, 90_000),
    "审计": (Basis.USUAL, 600_000),
    "加急费": (Basis.USUAL, 100_000),
    "差旅": (Basis.USUAL, 80_000),
    "材料费": (Basis.USUAL, 50_000),
    "检测费": (Basis.USUAL, 150_000),
    "评审费": (Basis.USUAL, 200_000),
    "专家费": (Basis.USUAL, 200_000),
    "培训": (Basis.USUAL, 200_000),
    "查新费": (Basis.USUAL, 80_000),
    "翻译费": (Basis.USUAL, 60_000),
    "公证费": (Basis.USUAL, 30_000),
    "登记费": (Basis.FIXED, 30_000),
    "快递费": (Basis.USUAL, 2_000),
}
"""What an excluded item usually costs the buyer, in fen: the operator's defaults, no statistics."""

TAX_ITEM = "税"
TAX_BP = 600  # of the price, for an offer without tax: VAT on modern services


@dataclass(frozen=True, slots=True)
class Extra:
    """What the buyer pays beside the price. `cost_fen` is 0 where nobody knows it."""

    item: str
    cost_fen: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class Comparable:
    """A bid with what it leaves out; what an offer does not exclude, its price covers."""

    bid: Bid
    extras: tuple[Extra, ...]

    @property
    def total_fen(self) -> int:
        """The price and every cost left out that the table knows."""
        return self.bid.offer.price_fen + sum(extra.cost_fen for extra in self.extras)

    @property
    def is_converted(self) -> bool:
        return bool(self.extras)


class LossReason(StrEnum):
    TOTAL = "total"  # dearer like for like
    INCLUDED = "included"  # leaves out what the chosen one covers
    DURATION = "duration"
    CHOICE = "choice"  # nothing that can be counted


def extras(offer: Offer) -> tuple[Extra, ...]:
    """What the buyer of this offer pays beside its price, each item once, in its order."""
    found = {item: _extra(item) for item in offer.excluded if item != "税费"}
    if offer.tax == "excl" or "税费" in offer.excluded:
        tax_fen = split_bp(offer.price_fen, TAX_BP).part
        found[TAX_ITEM] = Extra(TAX_ITEM, tax_fen, Basis.RATE)
    return tuple(found.values())


def _extra(item: str) -> Extra:
    basis, cost_fen = USUAL_COSTS.get(item, (Basis.UNKNOWN, 0))
    return Extra(item, cost_fen, basis)


def compare(bids: Iterable[Bid]) -> tuple[Comparable, ...]:
    """The bids by what they cost in all, cheapest first; of equals the earlier one."""
    compared = [Comparable(bid, extras(bid.offer)) for bid in bids]
    return tuple(sorted(compared, key=lambda one: (one.total_fen, one.bid.id)))


def median_fen(compared: Sequence[Comparable]) -> int:
    """The median of the totals; of two middle ones their mean, rounded down to a fen."""
    totals = sorted(one.total_fen for one in compared)
    middle = len(totals) // 2
    if len(totals) % 2:
        return totals[middle]
    return (totals[middle - 1] + totals[middle]) // 2


def loss_reasons(lost: Comparable, chosen: Comparable) -> tuple[LossReason, ...]:
    """Why a bid may have lost, from what both offered and from nothing else."""
    reasons = []
    if lost.total_fen > chosen.total_fen:
        reasons.append(LossReason.TOTAL)
    if {extra.item for extra in lost.extras} - {extra.item for extra in chosen.extras}:
        reasons.append(LossReason.INCLUDED)
    if not reasons and _is_slower(lost.bid.offer, chosen.bid.offer):
        reasons.append(LossReason.DURATION)
    return tuple(reasons) or (LossReason.CHOICE,)


def _is_slower(offer: Offer, other: Offer) -> bool:
    """Only lengths in the same unit are compared: working days are no days."""
    if offer.workdays and other.workdays:
        return offer.workdays > other.workdays
    return bool(offer.days and other.days and offer.days > other.days)


def all_promise(dues: Iterable[date | None], needed_by: date | None) -> bool:
    """Whether every offer is due by the day it is needed; no offers promise nothing."""
    promised = list(dues)
    if needed_by is None or not promised:
        return False
    return all(due is not None and due <= needed_by for due in promised)
