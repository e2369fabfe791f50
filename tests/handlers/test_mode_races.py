"""Eight at once on what comes before an order: one legal end, and the books of it agree."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import combinations_with_replacement

import pytest

from handlers.actions.bids import place_bid
from handlers.actions.contracts import answer_proposal, propose_instalments
from handlers.actions.demands import (
    decline_demand,
    expire_choice,
    submit_demand,
    withdraw_demand,
)
from handlers.actions.listings import (
    approve_listing,
    buy_listing,
    reject_listing,
    submit_listing,
    withdraw_listing,
)
from handlers.actions.openings import open_demand_bids
from handlers.actions.orders import expire_payment
from handlers.actions.payments import begin_payment, lock_payable, settle_payment
from handlers.actions.rewards import choose_work, send_work
from handlers.desk import Desk
from market.bids import Offer
from market.demands import Terms
from market.errors import MarketError
from market.listings import Listing, ListingStatus
from market.parties import Sender
from market.rewards import Reward, RewardKind
from storage.audit import audit
from storage.unit_of_work import UnitOfWork
from tests.handlers.test_races import FIRM, ROUNDS
from tests.support.chat import Chat
from tests.support.crowds import CROWD


@dataclass(frozen=True, slots=True)
class Ring:
    desk: Desk
    now: datetime
    subject_id: int
    buyer_id: int
    provider: Sender
    staff_id: int


Step = Callable[[UnitOfWork, Ring], object]


def offer(uow: UnitOfWork, ring: Ring) -> object:
    return place_bid(uow, ring.subject_id, ring.provider, Offer(900_001), ring.desk, ring.now)


def decline(uow: UnitOfWork, ring: Ring) -> object:
    return decline_demand(uow, ring.subject_id, ring.provider, "没档期", ring.now)


def give_up(uow: UnitOfWork, ring: Ring) -> object:
    return withdraw_demand(uow, ring.subject_id, ring.buyer_id, ring.desk, ring.now)


def close(uow: UnitOfWork, ring: Ring) -> object:
    return open_demand_bids(uow, ring.subject_id, buyer_id=None, desk=ring.desk, now=ring.now)


def approve(uow: UnitOfWork, ring: Ring) -> object:
    return approve_listing(uow, ring.subject_id, ring.staff_id, ring.now)


def reject(uow: UnitOfWork, ring: Ring) -> object:
    return reject_listing(uow, ring.subject_id, ring.staff_id, "写清楚", ring.now)


def take_off(uow: UnitOfWork, ring: Ring) -> object:
    return withdraw_listing(uow, ring.subject_id, ring.provider, ring.now)


def buy(uow: UnitOfWork, ring: Ring) -> object:
    return buy_listing(
        uow, ring.subject_id, ring.buyer_id, ring.desk, ring.now,
        express=False, on_site=False, seen_fen=900_001,
    )  # fmt: skip


def named(uow: UnitOfWork, desk: Desk, now: datetime, people: tuple[int, Sender, int]) -> int:
    buyer, provider, _ = people
    terms = Terms("高新认定", "想做", budget_max_fen=1_000_000, named_id=provider.provider_id)
    return submit_demand(uow, buyer, terms, desk, now).id


def listed(uow: UnitOfWork, desk: Desk, now: datetime, people: tuple[int, Sender, int]) -> int:
    _, provider, _ = people
    draft = Listing(
        0, provider.provider_id or 0, provider.id, "08.01.01", "科技查新", Offer(900_001),
        None, None, ListingStatus.IN_REVIEW, now,
    )  # fmt: skip
    return submit_listing(uow, draft, desk, now).id


def on_sale(uow: UnitOfWork, desk: Desk, now: datetime, people: tuple[int, Sender, int]) -> int:
    listing_id = listed(uow, desk, now, people)
    approve_listing(uow, listing_id, people[2], now)
    return listing_id


def agree(uow: UnitOfWork, ring: Ring) -> object:
    return answer_proposal(
        uow, ring.subject_id, ring.provider, version=2, agrees=True, now=ring.now
    )


def refuse(uow: UnitOfWork, ring: Ring) -> object:
    return answer_proposal(
        uow, ring.subject_id, ring.provider, version=2, agrees=False, now=ring.now
    )


def pay(uow: UnitOfWork, ring: Ring) -> object:
    order = uow.orders.lock(ring.subject_id)
    token = begin_payment(uow, order, "sandbox", ring.desk, ring.now).token
    return settle_payment(uow, token, ring.desk, ring.now)


def proposed(uow: UnitOfWork, desk: Desk, now: datetime, people: tuple[int, Sender, int]) -> int:
    """An order whose buyer has proposed two instalments."""
    buyer, _, _ = people
    order = buy_listing(
        uow, on_sale(uow, desk, now, people), buyer, desk, now,
        express=False, on_site=False, seen_fen=900_001,
    )  # fmt: skip
    propose_instalments(uow, order.id, Sender(buyer, "小林"), (1, 1), seen_version=2, now=now)
    return order.id


def pay_reward(uow: UnitOfWork, ring: Ring) -> object:
    pot = uow.orders.find_pot(ring.subject_id)
    assert pot is not None
    token = begin_payment(uow, lock_payable(uow, pot.id), "sandbox", ring.desk, ring.now).token
    return settle_payment(uow, token, ring.desk, ring.now)


def not_paid(uow: UnitOfWork, ring: Ring) -> object:
    pot = uow.orders.find_pot(ring.subject_id)
    assert pot is not None
    expire_payment(uow, pot.id, ring.desk, ring.now)
    return None


def send(uow: UnitOfWork, ring: Ring) -> object:
    return send_work(uow, ring.subject_id, ring.provider, "一份", ring.desk, ring.now)


def choose(uow: UnitOfWork, ring: Ring) -> object:
    return choose_work(uow, ring.subject_id, ring.buyer_id, "A", ring.desk, ring.now)


def expire(uow: UnitOfWork, ring: Ring) -> object:
    return expire_choice(uow, ring.subject_id, ring.desk, ring.now)


def promised(uow: UnitOfWork, desk: Desk, now: datetime, people: tuple[int, Sender, int]) -> int:
    """A reward of two pieces that waits for its money."""
    reward = Reward(RewardKind.PIECE, (900_001, 900_001))
    return submit_demand(uow, people[0], Terms("问卷", "问卷", reward=reward), desk, now).id


def held(uow: UnitOfWork, desk: Desk, now: datetime, people: tuple[int, Sender, int]) -> int:
    """The same, paid, with one piece that waits to be taken."""
    demand_id = promised(uow, desk, now, people)
    ring = Ring(desk, now, demand_id, people[0], people[1], people[2])
    pay_reward(uow, ring)
    send(uow, ring)
    return demand_id


def closed(uow: UnitOfWork, desk: Desk, now: datetime, people: tuple[int, Sender, int]) -> int:
    demand_id = held(uow, desk, now, people)
    return open_demand_bids(uow, demand_id, buyer_id=None, desk=desk, now=now).id


PLACES = {
    named: (offer, decline, give_up, close),
    listed: (approve, reject, take_off),
    on_sale: (buy, take_off),
    proposed: (agree, refuse, pay),
    promised: (pay_reward, not_paid, give_up),
    held: (send, choose, close, give_up),
    closed: (choose, expire, give_up),
}
RACES = [
    pytest.param(begin, one, other, id=f"{begin.__name__}-{one.__name__}-{other.__name__}")
    for begin, steps in PLACES.items()
    for one, other in combinations_with_replacement(steps, 2)
]


@pytest.mark.parametrize(("begin", "one", "other"), RACES)
async def test_whoever_comes_first_there_is_one_end(
    chat: Chat, begin: Callable[..., int], one: Step, other: Step
) -> None:
    def enter(uow: UnitOfWork) -> Ring:
        buyer, person, staff = (uow.parties.add_person(n, now) for n in ("小林", "陈工", "小黄"))
        provider = Sender(person, "陈工", provider_id=uow.providers.find(FIRM))
        subject = begin(uow, chat.desk, now, (buyer, provider, staff))
        return Ring(chat.desk, now, subject, buyer, provider, staff)

    def take(step: Step, ring: Ring, uow: UnitOfWork) -> None:
        step(uow, ring)

    for _ in range(ROUNDS):
        now = chat.clock.now()
        ring = await chat.runner.run(enter)
        crowd = [partial(take, step, ring) for step in (one, other) * (CROWD // 2)]

        ends = await asyncio.gather(*map(chat.runner.run, crowd), return_exceptions=True)

        for end in ends:
            assert end is None or isinstance(end, MarketError), end
        assert any(end is None for end in ends), "somebody came first"
    # It knows which ways there are, that an order has one chosen bid, and what waits has a clock.
    assert await chat.runner.read(lambda uow: list(audit(uow.conn))) == []
    chat.everybody_has_read()
