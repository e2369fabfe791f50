"""Matching understands: what a message says, which service it means, who can provide it.

Everything here is a pure function of the text, the given moment and the catalogue; the
index lives in memory and is never changed, so one `Matcher` serves any number of threads.
"""

import hashlib
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

from market.services import ProviderProfile, Service
from matching.catalog.meaning import Embed, Meaning, Wordings, wordings_of
from matching.catalog.providers import ProviderCandidate, Providers
from matching.catalog.search import Candidate, Catalogue, Search
from matching.parsing import parse_json
from matching.text.bids import BidReading, read_bids
from matching.text.contacts import Masked, find_contacts, mask_contacts
from matching.text.demands import Slots, slots_of, subject
from matching.text.normalize import Folded, command, fold, squeeze
from matching.text.tricks import claims_authority, collects_money
from matching.text.workdays import add_workdays

__all__ = [
    "BidReading", "Candidate", "Embed", "Masked", "Matcher", "Meaning", "ProviderCandidate",
    "Reading", "Search", "Slots", "Wordings", "add_workdays", "claims_authority",
    "collects_money", "find_contacts", "mask_contacts", "parse_json", "read_bids", "wordings_of",
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
    _pondered: Search | None = field(default=None, repr=False)

    @cached_property
    def slots(self) -> Slots:
        return slots_of(self._folded, self._now)

    @cached_property
    def search(self) -> Search:
        """By the words, or by their meaning too if the reading was pondered."""
        if self._pondered is not None:
            return self._pondered
        return self._catalogue.search(subject(self.normal, self.slots))


class Matcher:
    """The catalogue and its providers, ready to be searched."""

    def __init__(
        self, services: Sequence[Service], providers: Sequence[ProviderProfile] = ()
    ) -> None:
        self._catalogue = Catalogue(services)
        self._meaning: Meaning | None = None
        self._providers = Providers(providers)
        rows = sorted(map(repr, (*services, *providers)))
        self.version = hashlib.sha256("\n".join(rows).encode()).hexdigest()[:12]

    def with_meaning(self, meaning: Meaning) -> "Matcher":
        """The same, asking the meaning of what the words leave unclear."""
        wiser = copy(self)
        wiser._meaning = meaning
        wiser.version = f"{self.version}+meaning"
        return wiser

    def may_ponder(self, reading: Reading) -> bool:
        """Whether the meaning is known here and the words of the reading leave it unclear."""
        return self._meaning is not None and reading.search.unclear

    def ponder(self, reading: Reading) -> Reading:
        """The reading with its meaning asked: some ten milliseconds, outside of any lock."""
        about = subject(reading.normal, reading.slots)
        search = self._catalogue.search(about, meaning=self._meaning)
        return replace(reading, _pondered=search)

    def read(self, text: str, now: datetime) -> Reading:
        """Everything a message says; `now` is aware, in the person's zone. Never raises."""
        folded = fold(text)
        normal = squeeze(folded.text)
        return Reading(text, normal, command(normal), folded, now, self._catalogue)

    def search(self, text: str, k: int = 5) -> Search:
        """The k likeliest services, best first, and whether to answer, to ask or to pass."""
        folded = fold(text)
        slots = slots_of(folded, _ANY_MOMENT)
        return self._catalogue.search(subject(squeeze(folded.text), slots), k, self._meaning)

    def rank_providers(
        self, *, service_code: str, region: str = "", text: str = "", k: int = 5
    ) -> tuple[ProviderCandidate, ...]:
        """The k best providers of a service, near the region, for what was asked."""
        return self._providers.rank(service_code=service_code, region=region, text=text, k=k)
