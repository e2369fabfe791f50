"""Rank the providers of a service by what they have done and where they are; find one by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from market.services import ProviderProfile
from market.track_records import TrackRecord
from matching.catalog.firms import Firm, firm, place_of
from matching.catalog.names import asked_name, likeness, nearness, said, was_named
from matching.catalog.reasons import proven, qualifications, reasons, states
from matching.catalog.small_register import Fitting, SmallRegister
from matching.catalog.words import query_of
from matching.text.normalize import letters_only, normalize
from matching.text.regions import Place

if TYPE_CHECKING:
    from matching.catalog.large_register import LargeRegister

LARGE_FROM = 1_000  # records; below it everybody is looked at, and numpy is not loaded
UPDATED_MOST = 256  # changes: more are quicker made anew
SHORTLIST = 100  # of a service are weighed one by one
NAMESAKES = 40  # are compared letter by letter
ENOUGH_NEARBY = 3  # in the province asked for: then nobody from elsewhere is shown
_NAMED, _NAME_LEAST = 2.0, 3
_TEXT_MOST = 400  # characters of a text in which a name is looked for
# Of a name: below the first nobody is meant; from the second, so far ahead, it is the one.
_ASK_FROM, _SURE_FROM, _AHEAD = 0.66, 0.76, 0.05
_RARITY = 0.5  # what a name shares counts so much by how rare it is, beside how much it is
_ON_TIME, _USUAL_PERCENT, _LOAD = 0.005, 80, 0.04


@dataclass(frozen=True, slots=True)
class ProviderCandidate:
    """A provider who may do the work; `why` holds the facts that put it there."""

    name: str
    credit_code: str
    score: float
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NameSearch:
    """`decision`: "match" (the first is meant), "choose" (ask which), "none" (nobody)."""

    decision: str
    providers: tuple[ProviderCandidate, ...]


class Providers:
    """The searchable providers, one record a credit code; immutable, so threads may share it."""

    def __init__(self, profiles: Iterable[ProviderProfile] = ()) -> None:
        firms = {profile.credit_code: firm(profile) for profile in profiles}.values()
        self._register: SmallRegister | LargeRegister = (
            _large(firms) if len(firms) >= LARGE_FROM else SmallRegister(firms)
        )

    def __len__(self) -> int:
        return len(self._register)

    def changed(
        self, profiles: Iterable[ProviderProfile] = (), removed: Iterable[str] = ()
    ) -> "Providers":
        """Without the removed credit codes, and with these providers added or changed.

        A large register takes well under 5 ms for one; see `should_fold`.
        """
        register: SmallRegister | LargeRegister = self._register.changed(profiles, removed)
        if isinstance(register, SmallRegister) and len(register) >= LARGE_FROM:
            register = _large(register.firms)
        return _of(register)

    def updated(self, profiles: Sequence[ProviderProfile]) -> "Providers":
        """Exactly these providers: from what there is if little has changed, else made anew."""
        known = {one.profile.credit_code: one.profile for one in self._register.firms}
        changed = [one for one in profiles if known.get(one.credit_code) != one]
        removed = known.keys() - {one.credit_code for one in profiles}
        if len(changed) + len(removed) > UPDATED_MOST:
            return Providers(profiles)
        return self.changed(changed, removed).folded_if_due()

    def folded_if_due(self) -> "Providers":
        return self.folded() if self.should_fold else self

    @property
    def should_fold(self) -> bool:
        """Whether so much has changed that `folded` would make every search faster."""
        return not isinstance(self._register, SmallRegister) and self._register.should_fold

    def folded(self) -> "Providers":
        """The same, searched as if it had been made anew; takes seconds for 100 000."""
        if isinstance(self._register, SmallRegister):
            return self
        return _of(self._register.folded())

    def rank(
        self, *, service_code: str, region: str = "", text: str = "", k: int = 5
    ) -> tuple[ProviderCandidate, ...]:
        """The k best for a service; without a code, everybody is looked through by the text.

        Whoever does not state a qualification that the text asks for is left out if anybody
        does, and whoever is elsewhere if there are enough nearby.
        """
        wanted = place_of(region)
        query = query_of(normalize(text)) if text else ""
        stated = qualifications(query)
        found = self._fitting(service_code, query, wanted, stated, max(k, SHORTLIST))
        if not found and stated:
            stated = ()
            found = self._fitting(service_code, query, wanted, stated, max(k, SHORTLIST))
        rows = {one.profile.credit_code: (one, share, 0.0) for one, share in found}
        for one in self._named(service_code, query):
            share = rows.get(one.profile.credit_code, (one, 0.0))[1]
            rows[one.profile.credit_code] = (one, share, _NAMED)
        ranked = sorted(
            (-round(one.worth + one.nearby(wanted) + share + named, 4), code, one, named)
            for code, (one, share, named) in rows.items()
        )
        candidates = []
        for score, code, one, named in ranked[:k]:
            why = reasons(one, query, wanted, stated if states(one.profile, stated) else ())
            why = ("名称相近", *why) if named else why
            candidates.append(ProviderCandidate(one.profile.name, code, -score, why))
        return tuple(candidates)

    def find(self, text: str, k: int = 5) -> NameSearch:
        """Whom a name or a sentence with a name in it means, however misspelt; ties go by code."""
        asked = said(asked_name(text))
        rows = []
        for one, share in self._register.namesakes(asked, NAMESAKES):
            near = nearness(asked, one.name)
            if near >= _ASK_FROM:
                like = (near + likeness(asked, one.name) + _RARITY * share) / (3 + _RARITY)
                rows.append((-like, one.profile.credit_code, near, one))
        rows.sort(key=itemgetter(0, 1))
        found = tuple(
            ProviderCandidate(one.profile.name, code, round(near, 4), reasons(one))
            for _, code, near, one in rows[:k]
        )
        if not found:
            return NameSearch("none", ())
        ahead = len(rows) == 1 or rows[1][0] - rows[0][0] >= _AHEAD
        exact = [code for _, code, _, one in rows if one.name.core == asked.text]
        sure = exact == [rows[0][1]] or (ahead and rows[0][2] >= _SURE_FROM)
        return NameSearch("match" if sure else "choose", found)

    def _fitting(
        self,
        service_code: str,
        query: str,
        wanted: Place | None,
        stated: Sequence[str],
        most: int,
    ) -> list[Fitting]:
        """Those of the province, if they are enough; else of everywhere."""
        found: list[Fitting] = []
        for within in (wanted.province, "") if wanted is not None else ("",):
            found = self._register.shortlist(
                service_code, query, wanted=wanted, within=within, stated=stated, most=most
            )
            if len(found) >= ENOUGH_NEARBY:
                break
        return found

    def _named(self, service_code: str, query: str) -> list[Firm]:
        """Who offers the service and is named in the query."""
        asked = said(letters_only(query)[:_TEXT_MOST])
        if len(asked.text) < _NAME_LEAST:
            return []
        return [
            one
            for one, _ in self._register.namesakes(asked, NAMESAKES)
            if (not service_code or service_code in one.profile.service_codes)
            and was_named(asked, one.name)
        ]


def by_record(
    candidates: Iterable[ProviderCandidate],
    records: Mapping[str, TrackRecord],
    *,
    most_open: int,
    k: int,
) -> tuple[ProviderCandidate, ...]:
    """The k best when their orders count too, by credit code; who has `most_open` comes last."""
    rows = []
    for one in candidates:
        record = records.get(one.credit_code, TrackRecord())
        score = one.score - _LOAD * record.open_orders
        if (percent := record.on_time_percent) is not None:
            score += _ON_TIME * (percent - _USUAL_PERCENT)
        why = (*one.why, *proven(record))
        rows.append((record.open_orders >= most_open, replace(one, score=round(score, 4), why=why)))
    rows.sort(key=lambda row: (row[0], -row[1].score, row[1].credit_code))
    return tuple(one for _, one in rows[:k])


def names_meant(text: str, names: Mapping[int, str]) -> tuple[int, ...]:
    """Whose name a text says, of these few: one key if it is clear, several if not, or none."""
    few = Providers(ProviderProfile(name, f"{key:020}", "") for key, name in names.items())
    found = few.find(text, len(names) or 1)
    meant = found.providers[:1] if found.decision == "match" else found.providers
    return tuple(int(one.credit_code) for one in meant)


def _large(firms: Iterable[Firm]) -> "LargeRegister":
    from matching.catalog.large_register import LargeRegister

    return LargeRegister(firms)


def _of(register: "SmallRegister | LargeRegister") -> Providers:
    providers = Providers.__new__(Providers)
    providers._register = register
    return providers
