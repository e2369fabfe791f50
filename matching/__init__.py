"""Matching understands: what a message says, which service it means, who can provide it.

Everything here is a pure function of the text, the given moment and the catalogue; the
index lives in memory and is never changed, so one `Matcher` serves any number of threads.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

from market.services import ProviderProfile, Service
from matching.catalog.meaning import Embed, Meaning, Wordings, wordings_of
from matching.catalog.providers import (
    NameSearch,
    ProviderCandidate,
    Providers,
    by_record,
    names_meant,
)
from matching.catalog.search import Candidate, Catalogue, Search
from matching.catalog.words import query_of
from matching.masking import impersonal
from matching.memory import Accepted, Memory, remembering, telling
from matching.opinions.answers import accept, read_answer
from matching.opinions.doubts import intent_doubt, kind_doubt, service_doubt
from matching.opinions.merging import merge_bids, merge_search, merge_slots
from matching.opinions.values import Answer, Doubt, Opinion, Unusable
from matching.parsing import parse_json
from matching.text.bids import BidReading, read_bids
from matching.text.contacts import Masked, find_contacts, mask_contacts
from matching.text.demands import slots_of, subject
from matching.text.found import Confidence
from matching.text.normalize import Folded, command, fold, squeeze
from matching.text.slots import Slots
from matching.text.tricks import claims_authority, collects_money
from matching.text.workdays import add_workdays

__all__ = [
    "Accepted", "Answer", "BidReading", "Candidate", "Confidence", "Doubt", "Embed", "Masked",
    "Matcher", "Meaning", "NameSearch", "Opinion", "ProviderCandidate", "Reading", "Search",
    "Slots", "Unusable", "Wordings", "add_workdays", "by_record", "claims_authority",
    "collects_money", "find_contacts", "impersonal", "intent_doubt", "kind_doubt",
    "mask_contacts", "merge_bids", "names_meant", "parse_json", "read_answer", "read_bids",
    "service_doubt", "telling", "wordings_of",
]  # fmt: skip


# Where the slots stand in a text does not depend on when it is read.
_ANY_MOMENT = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Reading:
    """One message, understood as far as anybody asks: a command is known by its words alone.

    Slots and services are found when they are first wanted, for they take five times as long.
    Whoever must not be kept waiting then asks beforehand. With an opinion, they are what the
    rules and the opinion say together.
    """

    text: str
    normal: str  # one spelling: half width, simplified, no emoji, single spaces
    command: str  # `normal` in capitals with D-1024 joined and slips of command words mended
    _folded: Folded = field(repr=False)
    _now: datetime = field(repr=False)
    _look_up: Callable[[str], Search] = field(repr=False, compare=False)
    opinion: Opinion | None = None
    _pondered: Search | None = field(default=None, repr=False)

    @cached_property
    def slots(self) -> Slots:
        return merge_slots(slots_of(self._folded, self._now), self.opinion)

    @cached_property
    def search(self) -> Search:
        """By the words, or by their meaning too if the reading was pondered."""
        found = self._pondered
        if found is None:
            found = self._look_up(subject(self.normal, self.slots))
        return merge_search(found, self.opinion)

    def services_for(self, words: str) -> tuple[Candidate, ...]:
        """Where some words of the message lead in the catalogue, likeliest first; () if nowhere."""
        found = self._look_up(squeeze(fold(words).text))
        return tuple(one for one in found.services if one.score > 0)

    def with_answer(self, answer: Answer, doubt: Doubt) -> "Reading":
        """This reading with the opinion an answer amounts to.

        Raises:
            Unusable: our grammar does not accept the words it points at.
        """
        return replace(self, opinion=accept(answer, doubt, self, self._now))


class Matcher:
    """The catalogue, its providers and what people confirmed; never changed once it is made."""

    def __init__(
        self,
        services: Sequence[Service],
        providers: Sequence[ProviderProfile] = (),
        accepted: Iterable[Accepted] = (),
    ) -> None:
        self._catalogue = Catalogue(services)
        self._meaning: Meaning | None = None
        self._providers = Providers(providers)
        self._names = {service.code: service.name for service in services}
        self._version = _digest(sorted(map(repr, services)))
        self._remember(accepted)

    def remembering(self, accepted: Iterable[Accepted]) -> "Matcher":
        """The same catalogue and providers with another memory, without indexing them again."""
        other = copy(self)
        other._remember(accepted)
        return other

    def _remember(self, accepted: Iterable[Accepted]) -> None:
        self._memory = Memory(each for each in accepted if each.code in self._names)
        self._name_version()

    def _name_version(self) -> None:
        known = sorted(map(repr, self._memory.accepted))
        heard = "+meaning" if self.hears_meaning else ""
        self.version = _digest([self._version, *known]) + heard

    def with_providers(
        self, changed: Iterable[ProviderProfile] = (), removed: Iterable[str] = ()
    ) -> "Matcher":
        """The same catalogue without some providers (credit codes), others added or changed."""
        return self._with(self._providers.changed(changed, removed))

    def updated(
        self, services: Sequence[Service], providers: Sequence[ProviderProfile]
    ) -> "Matcher":
        """As if made of these, with the same memory; what has not changed is not made again."""
        if _digest(sorted(map(repr, services))) != self._version:
            return Matcher(services, providers, self._memory.accepted)
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

    def with_meaning(self, meaning: Meaning) -> "Matcher":
        """The same, asking the meaning of what the words leave unclear."""
        wiser = copy(self)
        wiser._meaning = meaning
        wiser._name_version()
        return wiser

    @property
    def hears_meaning(self) -> bool:
        return self._meaning is not None

    def has_catalogue_of(self, other: "Matcher") -> bool:
        """Whether both search the same services, whoever provides them."""
        return self._version == other._version

    def may_ponder(self, reading: Reading) -> bool:
        """Whether the meaning is known here and the words of the reading leave it unclear."""
        return self._meaning is not None and reading.search.unclear

    def ponder(self, reading: Reading) -> Reading:
        """The reading with its meaning asked: some ten milliseconds, outside of any lock."""
        about = subject(reading.normal, reading.slots)
        return replace(reading, _pondered=self._search(about, meaning=self._meaning))

    def read(self, text: str, now: datetime) -> Reading:
        """Everything a message says; `now` is aware, in the person's zone. Never raises."""
        folded = fold(text)
        normal = squeeze(folded.text)
        return Reading(text, normal, command(normal), folded, now, self._search)

    def search(self, text: str, k: int = 5) -> Search:
        """The k likeliest services, best first, and whether to answer, to ask or to pass."""
        folded = fold(text)
        slots = slots_of(folded, _ANY_MOMENT)
        return self._search(subject(squeeze(folded.text), slots), k, self._meaning)

    def _search(self, asked: str, k: int = 5, meaning: Meaning | None = None) -> Search:
        found = self._catalogue.search(asked, k, meaning)
        recalled = self._memory.recall(query_of(asked)) if self._memory else None
        if recalled is None:
            return found
        known = remembering(found, recalled, self._names[recalled.code])
        return replace(known, unclear=False)

    def claimed_by(self, wording: str, code: str) -> Candidate | None:
        """Another service that already answers to a wording; None if `code` may have it."""
        found = self.search(wording)
        taken = found.decision == "match" and found.services[0].code != code
        return found.services[0] if taken else None

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


def _digest(rows: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:12]
