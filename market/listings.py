"""Listings: work at a fixed price with options, bought without a tender (直接购买)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from market.bids import Offer
from market.errors import OptionNotOffered
from market.processes import Party, Process, Way

EXPRESS, ON_SITE = "加急", "上门"


class ListingStatus(StrEnum):
    IN_REVIEW = "in_review"
    LISTED = "listed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # by the provider, or replaced by a newer one


class ListingStep(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"


_L, _PROVIDER, _STAFF = ListingStatus, Party.PROVIDER, Party.STAFF

LISTING = Process(
    "listing",
    ListingStatus.IN_REVIEW,
    (
        Way(
            _L.IN_REVIEW, ListingStep.APPROVE, _L.LISTED, by=(_STAFF,),
            says="上架 服务 价格 工期，再回 1", staff="审 L… 通过", tells=(_PROVIDER,),
        ),
        Way(
            _L.IN_REVIEW, ListingStep.REJECT, _L.REJECTED, by=(_STAFF,),
            staff="审 L… 驳回 理由", tells=(_PROVIDER,),
        ),
        Way(_L.IN_REVIEW, ListingStep.WITHDRAW, _L.WITHDRAWN, by=(_PROVIDER,), says="下架 L…"),
        Way(_L.LISTED, ListingStep.WITHDRAW, _L.WITHDRAWN, by=(_PROVIDER,), says="下架 L…"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listing:
    """What a provider sells as it is. A surcharge is None where the option is not offered."""

    id: int  # number: L{id}
    provider_id: int
    person_id: int  # who is told
    service_code: str
    title: str
    offer: Offer
    express_fen: int | None
    on_site_fen: int | None
    status: ListingStatus
    created_at: datetime
    reason: str = ""  # why rejected

    @property
    def no(self) -> str:
        return f"L{self.id}"


def advance(listing: Listing, step: ListingStep) -> ListingStatus:
    """Where the step leads. Raises StepNotAllowed where the table has no way."""
    return LISTING.advance(listing.no, listing.status, step)


def priced(listing: Listing, *, express: bool, on_site: bool) -> Offer:
    """The offer with the options taken: their price added, their names among what is included.

    Raises:
        OptionNotOffered: the listing has no such option.
    """
    price, included = listing.offer.price_fen, list(listing.offer.included)
    for taken, name, surcharge in (
        (express, EXPRESS, listing.express_fen),
        (on_site, ON_SITE, listing.on_site_fen),
    ):
        if not taken:
            continue
        if surcharge is None:
            raise OptionNotOffered(listing.no, name)
        price += surcharge
        included.append(name)
    return replace(listing.offer, price_fen=price, included=tuple(included))
