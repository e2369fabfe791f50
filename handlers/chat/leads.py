"""Leads: what is open to bids, what became of what is not, and whether it was changed."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from handlers.chat.parsing import is_one_of
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import bids as zh
from handlers.wording.demands import brief_state
from market.bids import BidStatus
from market.demands import Demand, takes_bids
from market.errors import NotFound, NotYourRole, WantsWork
from market.modes import DemandStatus
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("leads")
SHOWN = 4


@dataclass(frozen=True, slots=True)
class Leads:
    pass


def parse_leads(heard: Heard) -> Leads | None:
    return (
        Leads() if is_one_of(heard, "我的线索", "线索", "看线索", "有什么单", "我的报价") else None
    )


@router.on(parse_leads)
def list_leads(
    said: Leads, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    if not sender.is_provider:
        raise NotYourRole("provider")
    open_ones = [d for d in uow.demands.open_to(sender.provider_id, 50) if takes_bids(d, now)]
    lines = [_lead_line(uow, d, sender, desk) for d in open_ones[:SHOWN]]
    say(zh.leads(lines, len(open_ones) - len(lines)))


def say_closed(
    number: str, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    wants_no_price(number, uow)
    state, lines = _alternatives(number, sender, uow, desk, now)
    say.whisper(zh.expired_lead(number, state, lines))


def wants_no_price(number: str, uow: UnitOfWork) -> None:
    """Raises WantsWork for an open reward: it is not closed, only not to be bid on."""
    with suppress(NotFound):
        demand = uow.demands.find(int(number.removeprefix("D")))
        if demand.terms.reward is not None and demand.status is DemandStatus.OPEN:
            raise WantsWork(demand.no)


def answer_late(
    number: str, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    """A reply to a lead that is gone: one line in the group, what is open in private."""
    state, lines = _alternatives(number, sender, uow, desk, now)
    if state == zh.UNKNOWN_LEAD or not uow.demands.find(int(number.removeprefix("D"))).is_public:
        return
    say(zh.group_closed(number, state))
    say.whisper(zh.expired_lead(number, state, lines))


def _alternatives(
    number: str, sender: Sender, uow: UnitOfWork, desk: Desk, now: datetime
) -> tuple[str, list[str]]:
    """How the demand stands, as far as providers ever heard of it, and what is open."""
    demand: Demand | None = None
    with suppress(NotFound):
        demand = uow.demands.find(int(number.removeprefix("D")))
    hidden = demand is not None and not demand.is_for(sender.provider_id)
    if demand is not None and (hidden or demand.published_at is None):
        demand = None
    state = zh.UNKNOWN_LEAD if demand is None else brief_state(demand)
    open_ones = [d for d in uow.demands.open_to(sender.provider_id, 50) if takes_bids(d, now)]
    if demand is not None:
        open_ones.sort(key=lambda d: d.terms.service_code != demand.terms.service_code)
    return state, [_lead_line(uow, d, sender, desk) for d in open_ones[:2]]


def _lead_line(uow: UnitOfWork, demand: Demand, sender: Sender, desk: Desk) -> str:
    mine = uow.bids.of_provider(demand.id, sender.provider_id or 0)
    placed = mine is not None and mine.status is BidStatus.PLACED
    return zh.lead_item(demand, "（已投）" if placed else "", desk.zone)
