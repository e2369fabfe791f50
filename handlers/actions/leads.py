"""What providers are told of a demand, and by which way."""

from datetime import datetime

from handlers.desk import Desk, announce, tell
from market.demands import Demand
from market.doors import Priority
from storage.unit_of_work import UnitOfWork


def tell_providers(
    uow: UnitOfWork,
    desk: Desk,
    demand: Demand,
    text: str,
    *,
    key: str,
    priority: Priority,
    now: datetime,
) -> None:
    """One line in each provider group; of a demand that names a provider, its people in private."""
    named = demand.terms.named_id
    if named is None:
        announce(uow, desk.rooms.provider, text, key=key, priority=priority, now=now)
        return
    for person_id in uow.parties.member_ids(named):
        tell(uow, person_id, text, key=f"{key}:{person_id}", priority=priority, now=now)
