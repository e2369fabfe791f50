"""What providers ask about the deal itself: the money, the client, wanting out."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.chat.bid_withdrawals import WithdrawBid, ask_withdraw
from handlers.chat.orders import Progress, progress
from handlers.chat.parsing import named_demand_id, order_id
from handlers.chat.picking import pick_order
from handlers.conversation import Conversation
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import providers as zh
from market.errors import NotFound
from market.orders import OrderStatus
from market.parties import Sender
from storage.unit_of_work import UnitOfWork

router = Router("providers")

LONGEST = 24  # characters: more than that is a story
_MONEY = re.compile(
    r"^(?:我们?的?|那个?)?(?:钱|款|货款|尾款|款项)[呢啊在]*(?:到了?没有?|呢|到了吗|哪去了|去哪了)?[啊呀]?$|"
    r"(?:收到|到)(?:钱|款|账)(?:了?没有?|了?吗)|给钱了?[没吗]|付款了?[没吗]|什么时候结账|结款"
)
_CLIENT = re.compile(
    r"(?:客户|甲方|买家|对方|雇主|需求方).{0,4}(?:是?谁|哪家|哪个公司|什么公司|叫什么|名字)|"
    r"谁.{0,2}(?:客户|甲方|买家)"
)
_OUT = re.compile(r"退单|弃单|毁约|(?:不想|不愿|没法|不能)(?:再|继续)?(?:做|干|接)(?:下去)?了")
_LIVE = frozenset({OrderStatus.AWAITING_PAYMENT, OrderStatus.FUNDED, OrderStatus.IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class AboutMoney:
    order_id: int | None


@dataclass(frozen=True, slots=True)
class WhoIsClient:
    pass


@dataclass(frozen=True, slots=True)
class WantsOut:
    order_id: int | None
    demand_id: int | None


def parse_money(heard: Heard) -> AboutMoney | None:
    return AboutMoney(order_id(heard.command)) if _asks(heard, _MONEY) else None


def parse_client(heard: Heard) -> WhoIsClient | None:
    return WhoIsClient() if _asks(heard, _CLIENT) else None


def parse_wants_out(heard: Heard) -> WantsOut | None:
    if not _asks(heard, _OUT):
        return None
    return WantsOut(order_id(heard.command), named_demand_id(heard.command))


def _asks(heard: Heard, pattern: re.Pattern[str]) -> bool:
    said = heard.command.strip(" 。，,.!！?？~～…")
    return heard.sender.is_provider and len(said) <= LONGEST and pattern.search(said) is not None


@router.on(parse_money)
def where_is_money(
    said: AboutMoney,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    progress(Progress(said.order_id), sender, conversation, uow, desk, say, now)


@router.on(parse_client)
def tell_no_client(said: WhoIsClient, say: Say) -> None:
    say(zh.CLIENT)


@router.on(parse_wants_out)
def explain_way_out(
    said: WantsOut,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    """After the award nobody leaves by a word; before it the bid can be withdrawn."""
    try:
        order = pick_order(uow, sender, conversation, said.order_id, *_LIVE, buyer=False)
    except NotFound:
        if said.order_id is not None:
            raise
        order = None
    if order is None or (said.order_id is None and order.status not in _LIVE):
        ask_withdraw(WithdrawBid(said.demand_id), sender, conversation, uow, desk, say, now)
        return
    say(zh.way_out(order, desk.zone), Choice("人工", "人工"), Choice("接着做", f"进度 {order.no}"))
