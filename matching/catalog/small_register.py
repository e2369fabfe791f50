"""The register of providers while it is small: whatever is asked, all are looked at."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter

from market.services import ProviderProfile
from matching.catalog.firms import Firm, Texts, firm, fit, grams, telling, texts_of
from matching.catalog.names import Said
from matching.catalog.reasons import states
from matching.text.regions import Place

Fitting = tuple[Firm, float]
"""A firm and how well a text fits it, from 0 to 1 for the best."""


class SmallRegister:
    """Up to some thousands of firms in the order of their keys; immutable."""

    def __init__(self, firms: Iterable[Firm], texts: Mapping[str, Texts] | None = None) -> None:
        self.firms = tuple(sorted(firms, key=attrgetter("key")))
        known = texts or {}
        self._texts = {
            one.profile.credit_code: known.get(one.profile.credit_code) or texts_of(one.profile)
            for one in self.firms
        }
        self._of_service: dict[str, list[Firm]] = {}
        for one in self.firms:
            for code in one.profile.service_codes:
                self._of_service.setdefault(code, []).append(one)

    def __len__(self) -> int:
        return len(self.firms)

    def changed(
        self, profiles: Iterable[ProviderProfile], removed: Iterable[str]
    ) -> "SmallRegister":
        """The register without some credit codes, and with these providers added or changed."""
        firms = {one.profile.credit_code: one for one in self.firms}
        texts = dict(self._texts)
        for code in removed:
            firms.pop(code, None)
        for profile in profiles:
            firms[profile.credit_code] = firm(profile)
            texts.pop(profile.credit_code, None)
        return SmallRegister(firms.values(), texts)

    def shortlist(
        self,
        service_code: str,
        text: str,
        *,
        wanted: Place | None,
        within: str,
        stated: Sequence[str],
        most: int,
    ) -> list[Fitting]:
        """The likeliest for a service (any, without a code) and a folded text, best first.

        `within` is a province that they must be in, if it is not empty; `stated` are
        qualifications that they must state.
        """
        pool: Sequence[Firm] = self.firms
        if service_code:
            pool = self._of_service.get(service_code, ())
        if within:
            pool = [one for one in pool if one.place and one.place.province == within]
        pool = [one for one in pool if states(one.profile, stated)]
        factors = self._factors(text)
        fits = [fit(self._texts[one.profile.credit_code], factors) for one in pool]
        best = max(fits, default=0.0) or 1.0
        rows = [
            (one.worth + one.nearby(wanted) + fits[at] / best, one, fits[at] / best)
            for at, one in enumerate(pool)
        ]
        rows.sort(key=itemgetter(0), reverse=True)  # those alike stay in the order of their keys
        return [(one, share) for _, one, share in rows[:most]]

    def _factors(self, text: str) -> dict[str, float]:
        wanted = grams(text)
        if not wanted:
            return {}
        joined = ["\n".join(one for one, _ in texts) for texts in self._texts.values()]
        counts = {gram: sum(gram in one for one in joined) for gram in wanted}
        return telling(counts, len(joined), len(joined))

    def namesakes(self, asked: Said, most: int) -> list[Fitting]:
        """Whose names sound likeliest like what was asked for, best first."""
        from rapidfuzz import fuzz, process

        heard = [one.name.heard for one in self.firms]
        found = process.extract(asked.heard, heard, scorer=fuzz.partial_ratio, limit=most)
        best = found[0][1] if found and found[0][1] else 1.0
        return [(self.firms[at], score / best) for _, score, at in found]
