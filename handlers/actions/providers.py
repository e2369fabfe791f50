"""Finding providers: who fits a demand, who is meant by a name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.desk import Desk
from market.demands import Demand
from market.errors import NotFound
from matching import ProviderCandidate, by_record
from storage.unit_of_work import UnitOfWork

SUGGESTED = 5
_WEIGHED = 20  # of whom the orders are looked up
NAMESAKES_SHOWN = 4
_AND = re.compile("[和跟与]")


@dataclass(frozen=True, slots=True)
class Meant:
    """Who is meant by names; if `unclear` is not empty, `namesakes` are who may be meant by it."""

    providers: tuple[ProviderCandidate, ...]
    unclear: str = ""
    namesakes: tuple[ProviderCandidate, ...] = ()


def suggestions(
    demand: Demand, uow: UnitOfWork, desk: Desk, now: datetime
) -> tuple[ProviderCandidate, ...]:
    """The providers that fit a demand best, with reasons from their records and their orders."""
    if demand.terms.service_code is None:
        return ()
    likely = desk.matcher.rank_providers(
        service_code=demand.terms.service_code,
        region=demand.terms.region,
        text=demand.terms.text,
        k=_WEIGHED,
    )
    return weighed(likely, uow, desk, now, SUGGESTED)


def weighed(
    found: Sequence[ProviderCandidate], uow: UnitOfWork, desk: Desk, now: datetime, k: int
) -> tuple[ProviderCandidate, ...]:
    """The k best of these when what their orders say counts too."""
    records = uow.orders.track_records([one.credit_code for one in found], now)
    return by_record(found, records, most_open=desk.policy.open_orders_most, k=k)


def meant_by(names: Sequence[str], desk: Desk) -> Meant:
    """Who is meant by each of these names, up to the first that several providers go by.

    Raises:
        NotFound: nobody is called anything like it.
    """
    found: list[ProviderCandidate] = []
    for name in names:
        search = desk.matcher.find_provider(name, NAMESAKES_SHOWN)
        if search.decision == "match":
            found.append(search.providers[0])
            continue
        parts = [part.strip() for part in _AND.split(name) if part.strip()]
        if len(parts) > 1:  # "桂知源和信达": a name with an "and" in it was found as a whole
            both = meant_by(parts, desk)
            found.extend(both.providers)
            if both.unclear:
                return Meant(tuple(found), both.unclear, both.namesakes)
        elif search.decision == "choose":
            return Meant(tuple(found), name, search.providers)
        else:
            raise NotFound(f"叫“{name[:20]}”的服务商")
    return Meant(tuple({one.credit_code: one for one in found}.values()))
