"""Taking a bid back: what it costs first, and what to say when the demand was changed."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.bids import withdraw_bid
from handlers.chat.bid_cards import drop
from handlers.chat.parsing import demand_id, is_one_of
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import bids as zh
from handlers.wording import suspensions as zh_suspensions
from market.bids import GONE, LIVE, BidStatus
from market.demands import Demand
from market.errors import NotFound
from market.modes import DemandStatus
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("bid withdrawals")
group = Router("bid withdrawals in groups")


@dataclass(frozen=True, slots=True)
class WithdrawBid:
    demand_id: int | None


@dataclass(frozen=True, slots=True)
class ChangedTerms:
    pass


def parse_withdraw_bid(heard: Heard) -> WithdrawBid | None:
    """ "撤标 D1024", "1024 不做了"."""
    if not heard.sender.is_provider:
        return None
    if re.match(r"^(撤标|撤回?报价|弃标)", heard.command) or re.match(
        r"^(?:D?\d{3,9}|算算|算了|亏)?[^\d]{0,8}(不做|不接|不干|撤标|放弃|不投)了?$", heard.command
    ):
        return WithdrawBid(demand_id(heard.command))
    return None


def parse_changed_terms(heard: Heard) -> ChangedTerms | None:
    return ChangedTerms() if heard.sender.is_provider and is_one_of(heard, "要求变了") else None


@group.on(parse_withdraw_bid)
@router.on(parse_withdraw_bid)
def ask_withdraw(
    said: WithdrawBid,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """Withdrawing: what it costs first."""
    demand = _bid_demand(uow, sender, said.demand_id)
    if demand.status is not DemandStatus.OPEN:
        conversation.demand_id = demand.id
        say.whisper(zh.too_late_to_withdraw(demand))
        return
    assert sender.provider_id is not None
    bid = uow.bids.of_provider(demand.id, sender.provider_id)
    suspended = bid is not None and bid.status is BidStatus.SUSPENDED
    used = uow.bids.count_withdrawn(sender.provider_id, now)
    choices = conversation.ask(
        "withdraw_bid",
        Choice("撤", "确认"),
        Choice("改价", "改价"),
        Choice("手滑了", "取消"),
        confirms=True,
        demand_id=demand.id,
    )
    if suspended:
        say.whisper(zh_suspensions.withdraw_question(demand), *choices)
        return
    say.whisper(zh.withdraw_question(demand, used, desk.policy.withdrawal_limit), *choices)


@router.on(parse_changed_terms)
def check_changed_terms(
    said: ChangedTerms,
    conversation: Conversation,
    sender: Sender,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> None:
    """ "要求变了": staff compare it with the demand's history."""
    demand = _bid_demand(uow, sender, conversation.demand_id)
    note = zh.terms_changed_note(demand, uow.providers.name(sender.provider_id or 0))
    uow.tasks.open("terms", demand.no, now, note=note, urgency=3)
    say(zh.terms_being_checked(demand))


@router.confirmed("withdraw_bid")
def really_withdraw(
    question: Question,
    conversation: Conversation,
    sender: Sender,
    uow: UnitOfWork,
    say: Say,
    now: datetime,
) -> None:
    drop(conversation, question.args["demand_id"])
    say(zh.withdrawn(withdraw_bid(uow, question.args["demand_id"], sender, now)))


def _bid_demand(uow: UnitOfWork, sender: Sender, wanted: int | None) -> Demand:
    """The demand whose bid is meant: the one named, else the provider's latest live bid."""
    if wanted is not None:
        demand = uow.demands.find(wanted)
        bid = uow.bids.of_provider(demand.id, sender.provider_id or 0)
        if bid is None or bid.status in GONE:
            raise NotFound(demand.no)
        return demand
    for bid in uow.bids.of_provider_latest(sender.provider_id or 0, 5):
        if bid.status in LIVE:
            return uow.demands.find(bid.demand_id)
    raise NotFound("您的报价")
