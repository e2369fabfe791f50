"""A provider confirms a bid on a demand that was changed."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.suspensions import confirm_bid, suspended_bids
from handlers.chat.bid_withdrawals import WithdrawBid, ask_withdraw
from handlers.chat.parsing import demand_id
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.routing import Heard, Router
from handlers.wording import suspensions as zh
from market.bids import fingerprint
from market.errors import NotFound
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("suspended bids")
group = Router("suspended bids in groups")

_AS_BEFORE = re.compile(
    r"^(?:D?\d{4,9})?[\s,，]*(?:报价|价格|标)?(?:照旧|照原样|照原来|不变|维持原价|维持不变|不用改|继续有效)"
    r"(?:吧|的|就行)?[\s,，]*(?:D?\d{4,9})?[。!！]?$"
)


@dataclass(frozen=True, slots=True)
class AsBefore:
    demand_id: int | None


def parse_as_before(heard: Heard) -> AsBefore | None:
    """ "照旧 D1024", "1024 维持原价"."""
    if not heard.sender.is_provider or not _AS_BEFORE.match(heard.command):
        return None
    return AsBefore(demand_id(heard.command))


@group.on(parse_as_before)
@router.on(parse_as_before)
def keep_bid(
    said: AsBefore,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    wanted = said.demand_id or _latest_suspended(uow, sender)
    demand, bid = confirm_bid(uow, wanted, sender, now)
    conversation.demand_id = demand.id
    mark = fingerprint(demand.no, bid.provider_id, bid.offer, bid.salt)
    say.whisper(zh.confirmed(demand, bid, mark, desk.zone))


def took_number(
    heard: Heard,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> bool:
    """Read a bare number as the answer to the one push that asked to confirm a bid."""
    if sender.provider_id is None or not heard.private or conversation.question is not None:
        return False
    waiting = suspended_bids(uow, sender.provider_id)
    if len(waiting) != 1 or heard.command not in {"1", "2", "3"}:
        return False
    asked = waiting[0].demand_id
    if heard.command == "1":
        keep_bid(AsBefore(asked), sender, conversation, uow, desk, say, now)
    elif heard.command == "2":
        say(zh.which_price(asked))
    else:
        ask_withdraw(WithdrawBid(asked), sender, conversation, uow, desk, say, now)
    return True


def _latest_suspended(uow: UnitOfWork, sender: Sender) -> int:
    for bid in suspended_bids(uow, sender.provider_id or 0):
        return bid.demand_id
    raise NotFound("您待确认的报价")
