"""Works and answers for a reward: sent by providers, looked at and chosen by the buyer."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.bids import bid_by_letter, opened_bids
from handlers.actions.openings import open_demand_bids
from handlers.actions.rewards import choose_work, send_work
from handlers.chat.parsing import demand_id
from handlers.chat.picking import pick_demand
from handlers.conversation import Conversation, Question
from handlers.desk import Desk, Say
from handlers.message import Choice
from handlers.routing import Heard, Router
from handlers.wording import rewards as zh
from market.bids import fingerprint
from market.demands import Demand, advance
from market.errors import NotYourRole
from market.modes import DemandStatus, DemandStep
from market.parties import Sender
from matching import mask_contacts
from storage.unit_of_work import UnitOfWork

router = Router("rewards")
group = Router("rewards in groups")
WORK_MOST = 2000  # characters of one work; files come with the delivery


@dataclass(frozen=True, slots=True)
class SendWork:
    demand_id: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Works:
    demand_id: int | None


@dataclass(frozen=True, slots=True)
class CloseNow:
    demand_id: int | None


_SEND = re.compile(
    r"^(?:投稿|交稿|回答|答题|答|我来答|我投)\s*[:：]?\s*"
    r"(?P<no>D[- ]?\d{3,12}|\d{4,9})?[\s:：,，]*(?P<text>.*)$",
    re.S | re.I,
)


def parse_send(heard: Heard) -> SendWork | None:
    """ "投稿 D1024 …", "回答 1024 …": a work or an answer, with its number."""
    # In the provider's own spelling: it is what the buyer sees, and what the fingerprint proves.
    found = _SEND.match(heard.reading.text.strip()) or _SEND.match(heard.reading.normal)
    if found is None or (found["no"] is None and not heard.command.startswith(("投稿", "交稿"))):
        return None
    return SendWork(demand_id((found["no"] or "").upper()), found["text"].strip()[:WORK_MOST])


_WORKS = re.compile(
    r"^(?:看稿|稿件|看看?稿件?|看答案|有哪些(?:稿|答案)|更多稿件)\s*(?:D[- ]?\d+)?$"
)


def parse_works(heard: Heard) -> Works | None:
    return Works(demand_id(heard.command)) if _WORKS.match(heard.command) else None


_CLOSE = re.compile(r"^(?:现在|马上|提前)?(?:截稿|停止收稿|不收了)\s*(?:D[- ]?\d+)?$")


def parse_close(heard: Heard) -> CloseNow | None:
    return CloseNow(demand_id(heard.command)) if _CLOSE.match(heard.command) else None


@router.on(parse_send)
def send(
    said: SendWork, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    if not sender.is_provider:
        raise NotYourRole("provider")
    if said.demand_id is None or not said.text:
        say(zh.WHICH)
        return
    text = mask_contacts(said.text).text
    sent = send_work(uow, said.demand_id, sender, text, desk, now)
    say(zh.taken(sent.demand, sent.mark, desk.zone, revised=sent.revised))


def parse_group_send(heard: Heard) -> SendWork | None:
    said = parse_send(heard) if heard.sender.is_provider else None
    return said if said is not None and said.demand_id is not None and said.text else None


@group.on(parse_group_send)
def send_in_group(
    said: SendWork, sender: Sender, uow: UnitOfWork, desk: Desk, say: Say, now: datetime
) -> None:
    """One line in the group, the fingerprint in private."""
    assert said.demand_id is not None
    text = mask_contacts(said.text).text
    sent = send_work(uow, said.demand_id, sender, text, desk, now)
    say(zh.taken_in_group(sent.demand))
    say.whisper(zh.taken(sent.demand, sent.mark, desk.zone, revised=sent.revised))


@router.on(parse_works)
def list_works(
    said: Works, sender: Sender, conversation: Conversation, uow: UnitOfWork, say: Say
) -> None:
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.GIVE)
    show_works(demand, conversation, uow, say)


def show_works(demand: Demand, conversation: Conversation, uow: UnitOfWork, say: Say) -> None:
    bids = opened_bids(uow, demand)
    conversation.demand_id = demand.id
    names = uow.providers.names(bid.provider_id for bid in bids)
    say(zh.works(demand, bids, dict(names)))


def show_work(demand: Demand, letter: str, uow: UnitOfWork, say: Say) -> None:
    """The whole text of one of them."""
    bid = bid_by_letter(uow, demand, letter)
    mark = fingerprint(demand.no, bid.provider_id, bid.offer, bid.salt)
    say(zh.whole(demand, bid, uow.providers.name(bid.provider_id), mark))


@router.on(parse_close)
def close_now(
    said: CloseNow, sender: Sender, conversation: Conversation, uow: UnitOfWork, say: Say
) -> None:
    demand = pick_demand(uow, sender, conversation, said.demand_id, DemandStep.OPEN_BIDS)
    advance(demand, DemandStep.OPEN_BIDS)
    count = uow.bids.count_placed(demand.id)
    if count == 0:
        say(zh.works(demand, (), {}))
        return
    conversation.demand_id = demand.id
    say(
        zh.close_question(demand, count),
        *conversation.ask(
            "close_works", Choice("确认截稿", "确认"), confirms=True, demand_id=demand.id
        ),
    )


@router.confirmed("close_works")
def really_close(
    question: Question,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    demand = open_demand_bids(
        uow, question.args["demand_id"], buyer_id=sender.id, desk=desk, now=now
    )
    show_works(demand, conversation, uow, say)


def ask_choice(
    demand: Demand, letter: str, conversation: Conversation, uow: UnitOfWork, say: Say
) -> None:
    """What choosing this work means; 确认 counts for the version that is shown here."""
    reward = demand.terms.reward
    assert reward is not None, "the caller knows that there is one"
    advance(demand, DemandStep.AWARD)
    bid = bid_by_letter(uow, demand, letter)
    given = len(uow.orders.of_demand(demand.id))
    conversation.demand_id = demand.id
    say(
        zh.choose_question(
            demand,
            bid,
            uow.providers.name(bid.provider_id),
            reward.prize_fen(given),
            len(reward.prizes_fen) - given - 1,
        ),
        *conversation.ask(
            "really_choose_work",
            Choice("确认", "确认"),
            Choice("再看看", f"看稿 {demand.no}"),
            confirms=True,
            demand_id=demand.id,
            letter=bid.letter,
            version=bid.version,
        ),
    )


@router.confirmed("really_choose_work")
def really_choose(
    question: Question,
    sender: Sender,
    conversation: Conversation,
    uow: UnitOfWork,
    desk: Desk,
    say: Say,
    now: datetime,
) -> None:
    order = choose_work(
        uow,
        question.args["demand_id"],
        sender.id,
        question.args["letter"],
        desk,
        now,
        seen_version=question.args["version"],
    )
    conversation.order_id = order.id
    demand = uow.demands.find(order.demand_id)
    reward = demand.terms.reward
    assert reward is not None, "it was chosen for one"
    left = len(reward.prizes_fen) - len(uow.orders.of_demand(demand.id))
    say(zh.chosen(demand, order, left if demand.status is not DemandStatus.AWARDED else 0))
