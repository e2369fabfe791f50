"""Matching understands: what a message says, which service it means, who can provide it.

Everything here is a pure function of the text, the given moment and the catalogue; the
index lives in memory and is never changed, so one `Matcher` serves any number of threads.
"""

import hashlib
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from market.services import ProviderProfile, Service
from matching.catalog.providers import (
    NameSearch,
    ProviderCandidate,
    Providers,
    by_record,
    names_meant,
)
from matching.catalog.search import Candidate, Catalogue, Search
from matching.parsing import parse_json
from matching.text.bids import BidReading, read_bids
from matching.text.contacts import Masked, find_contacts, mask_contacts
from matching.text.demands import Slots, slots_of, subject
from matching.text.normalize import Folded, command, fold, squeeze
from matching.text.tricks import claims_authority, collects_money
from matching.text.workdays import add_workdays

__all__ = [
    "BidReading", "Candidate", "Masked", "Matcher", "NameSearch", "ProviderCandidate", "Reading",
    "Search", "Slots", "add_workdays", "by_record", "claims_authority",
    "collects_money", "find_contacts", "mask_contacts", "names_meant", "parse_json", "read_bids",
]  # fmt: skip


# Where the slots stand in a text does not depend on when it is read.
_ANY_MOMENT = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Reading:
    """One message, understood as far as anybody asks: a command is known by its words alone.

    Slots and services are found when they are first wanted, for they take five times as long.
    Whoever must not be kept waiting then asks beforehand.
    """

    text: str
    normal: str  # one spelling: half width, simplified, no emoji, single spaces
    command: str  # `normal` in capitals with D-1024 joined and slips of command words mended
    _folded: Folded = field(repr=False)
    _now: datetime = field(repr=False)
    _catalogue: Catalogue = field(repr=False, compare=False)

    @cached_property
    def slots(self) -> Slots:
        return slots_of(self._folded, self._now)

    @cached_property
    def search(self) -> Search:
        return self._catalogue.search(subject(self.normal, self.slots))


class Matcher:
    """The catalogue and its providers, ready to be searched; never changed once it is made."""

    def __init__(
        self, services: Sequence[Service], providers: Sequence[ProviderProfile] = ()
    ) -> None:
        self._catalogue = Catalogue(services)
        self._providers = Providers(providers)
        self.version = _version(services)

    def with_providers(
        self, changed: Iterable[ProviderProfile] = (), removed: Iterable[str] = ()
    ) -> "Matcher":
        """The same catalogue without some providers (credit codes), others added or changed."""
        return self._with(self._providers.changed(changed, removed))

    def updated(
        self, services: Sequence[Service], providers: Sequence[ProviderProfile]
    ) -> "Matcher":
        """As `Matcher(services, providers)`, but what has not changed is not prepared again."""
        if _version(services) != self.version:
            return Matcher(services, providers)
        return self._with(self._providers.updated(providers))

    @property
    def should_fold(self) -> bool:
        """Whether `folded` would make the search for providers faster again."""
        return self._providers.should_fold

    def folded(self) -> "Matcher":
        """The same answers, faster after many changes; takes seconds for 100 000 providers."""
        return self._with(self._providers.folded())

    def _with(self, providers: Providers) -> "Matcher":
        matcher = copy(self)
        matcher._providers = providers
        return matcher

    def read(self, text: str, now: datetime) -> Reading:
        """Everything a message says; `now` is aware, in the person's zone. Never raises."""
        folded = fold(text)
        normal = squeeze(folded.text)
        return Reading(text, normal, command(normal), folded, now, self._catalogue)

    def search(self, text: str, k: int = 5) -> Search:
        """The k likeliest services, best first, and whether to answer, to ask or to pass."""
        folded = fold(text)
        slots = slots_of(folded, _ANY_MOMENT)
        return self._catalogue.search(subject(squeeze(folded.text), slots), k)

    def rank_providers(
        self, *, service_code: str, region: str = "", text: str = "", k: int = 5
    ) -> tuple[ProviderCandidate, ...]:
        """The k best providers of a service, near the region, for what was asked.

        `by_record` then weighs what their orders say.
        """
        return self._providers.rank(service_code=service_code, region=region, text=text, k=k)

    def find_provider(self, text: str, k: int = 5) -> NameSearch:
        """Whom a name means, or a sentence with a name in it; at most k, best first."""
        return self._providers.find(text, k)


def _version(services: Sequence[Service]) -> str:
    rows = sorted(map(repr, services))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:12]
