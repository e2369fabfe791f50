"""Bids: sealed offers of providers, each with a fingerprint that proves it was not altered."""

import hashlib
import json
from dataclasses import astuple, dataclass
from datetime import datetime
from enum import StrEnum


class BidStatus(StrEnum):
    PLACED = "placed"
    SUSPENDED = "suspended"  # the demand was changed; its provider has to confirm
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"  # suspended and not confirmed; unlike a withdrawal it is not counted
    CHOSEN = "chosen"
    LOST = "lost"


LIVE = frozenset({BidStatus.PLACED, BidStatus.SUSPENDED})
GONE = frozenset({BidStatus.WITHDRAWN, BidStatus.LAPSED})


@dataclass(frozen=True, slots=True)
class Offer:
    """What a provider offers. Exactly one of days and workdays is usually known."""

    price_fen: int
    days: int | None = None
    workdays: int | None = None
    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    tax: str = ""  # "incl", "excl" or unknown
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bid:
    id: int
    demand_id: int
    provider_id: int
    person_id: int  # who spoke for the provider
    letter: str  # A, B, C …: kept for good
    version: int
    offer: Offer
    salt: str
    status: BidStatus
    placed_at: datetime


def fingerprint(demand_no: str, provider_id: int, offer: Offer, salt: str) -> str:
    """A short commitment to the offer, for example ``7f3a·91c2``.

    The first 32 bits of SHA-256 over the offer and a secret salt: enough to see that nothing was
    altered, while the salt keeps anybody from trying out prices before the opening.
    """
    told = json.dumps([demand_no, provider_id, *astuple(offer), salt], ensure_ascii=False)
    digest = hashlib.sha256(told.encode()).hexdigest()
    return f"{digest[:4]}·{digest[4:8]}"


def letter_of(index: int) -> str:
    """The public name of a demand's bid by order of arrival: 0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
