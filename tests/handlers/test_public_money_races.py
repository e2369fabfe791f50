"""Eight at once on public money: a voucher and a programme are never spent twice, nor in part."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import combinations_with_replacement

import pytest

from handlers.actions.awards import award_bid
from handlers.actions.bids import place_bid
from handlers.actions.demands import submit_demand
from handlers.actions.openings import open_demand_bids
from handlers.actions.orders import cancel_order, expire_payment
from handlers.actions.payments import begin_payment, lock_payable, settle_payment
from handlers.actions.public_money import take_off, use_voucher
from handlers.actions.purchases import agree, ask_purchase, decline
from handlers.actions.vouchers import (
    ask_for_voucher,
    confirm_appropriation,
    enter_appropriation,
    grant_voucher,
    lapse_voucher,
    propose_voucher,
    put_programme,
)
from handlers.desk import Desk
from market.bids import Offer
from market.demands import Terms
from market.errors import MarketError
from market.parties import Sender, StaffRole
from market.programmes import Programme, funds
from market.vouchers import VoucherStatus
from storage.audit import audit
from storage.unit_of_work import UnitOfWork
from tests.handlers.test_races import FIRM, ROUNDS
from tests.support.chat import Chat
from tests.support.crowds import CROWD
from tests.support.programmes import FIRM_CODE, PURCHASE, VOUCHERS

PRICE, GRANTED = 2_000_001, 1_500_000  # half the price twice is more than was granted


@dataclass(frozen=True, slots=True)
class Ring:
    """Two orders of one buyer, with one voucher and one programme that would buy one of them."""

    desk: Desk
    now: datetime
    first: int
    second: int
    buyer: Sender
    provider: Sender
    staff: tuple[Sender, Sender]
    voucher_id: int
    codes: tuple[str, str]


Step = Callable[[UnitOfWork, Ring], object]


def use_first(uow: UnitOfWork, ring: Ring) -> object:
    return use_voucher(uow, ring.first, ring.buyer.id, ring.voucher_id, ring.desk, ring.now)


def use_second(uow: UnitOfWork, ring: Ring) -> object:
    return use_voucher(uow, ring.second, ring.buyer.id, None, ring.desk, ring.now)


def leave(uow: UnitOfWork, ring: Ring) -> object:
    return take_off(uow, ring.first, ring.buyer.id, ring.now)


def pay(uow: UnitOfWork, ring: Ring) -> object:
    order = lock_payable(uow, ring.first)
    payment = begin_payment(uow, order, "sandbox", ring.desk, ring.now)
    return settle_payment(uow, payment.token, ring.desk, ring.now)


def cancel(uow: UnitOfWork, ring: Ring) -> object:
    return cancel_order(uow, ring.first, ring.buyer.id, ring.desk, ring.now)


def expire(uow: UnitOfWork, ring: Ring) -> None:
    expire_payment(uow, ring.first, ring.desk, ring.now)


def lapse(uow: UnitOfWork, ring: Ring) -> None:
    lapse_voucher(uow, ring.voucher_id, ring.now)


def buy(uow: UnitOfWork, ring: Ring) -> object:
    return ask_purchase(uow, ring.first, ring.buyer.id, "", ring.desk, ring.now)


def agree_all(uow: UnitOfWork, ring: Ring) -> object:
    agree(uow, ring.first, ring.staff[0], ring.desk, ring.now)
    return agree(uow, ring.first, ring.provider, ring.desk, ring.now)


def refuse(uow: UnitOfWork, ring: Ring) -> object:
    return decline(uow, ring.first, ring.provider, "不做", ring.desk, ring.now)


CHECKOUT = (use_first, use_second, leave, pay, cancel, expire, lapse, buy)
AFTER_ASKING = (agree_all, refuse, expire, cancel, leave)


def enter(uow: UnitOfWork, ring: Ring) -> Ring:
    """Both programmes paid in, a voucher granted, two orders to be paid."""
    people = [uow.parties.add_person(name, ring.now) for name in ("小林", "陈工", "小黄", "王主任")]
    staff = (
        Sender(people[2], "小黄", staff_role=StaffRole.OFFICE),
        Sender(people[3], "王主任", staff_role=StaffRole.OFFICE),
    )
    ring = replace(
        ring,
        buyer=Sender(people[0], "小林"),
        provider=Sender(people[1], "陈工", provider_id=uow.providers.find(FIRM)),
        staff=staff,
    )
    for programme, code in zip((VOUCHERS, PURCHASE), ring.codes, strict=True):
        _open(uow, replace(programme, code=code, services=(), regions=()), ring)
    voucher, _ = ask_for_voucher(
        uow, ring.codes[0], "华成", FIRM_CODE, ring.buyer, ring.desk, ring.now
    )
    propose_voucher(uow, voucher.id, GRANTED, staff[0], ring.desk, ring.now)
    grant_voucher(uow, voucher.id, staff[1], ring.desk, ring.now)
    first, second = _order(uow, ring), _order(uow, ring)
    return replace(ring, first=first, second=second, voucher_id=voucher.id)


def _open(uow: UnitOfWork, programme: Programme, ring: Ring) -> None:
    put_programme(uow, programme, ring.now)
    paid = PRICE + 1
    enter_appropriation(uow, programme.code, paid, ring.staff[0], ring.desk, ring.now)
    confirm_appropriation(uow, programme.code, ring.staff[1], ring.desk, ring.now)


def _order(uow: UnitOfWork, ring: Ring) -> int:
    terms = Terms(title="高新认定", text="想做高新认定", budget_max_fen=3_000_000)
    demand = submit_demand(uow, ring.buyer.id, terms, ring.desk, ring.now)
    place_bid(uow, demand.id, ring.provider, Offer(PRICE, days=10), ring.desk, ring.now)
    open_demand_bids(uow, demand.id, buyer_id=ring.buyer.id, desk=ring.desk, now=ring.now)
    return award_bid(uow, demand.id, ring.buyer.id, "A", ring.desk, ring.now).id


async def race(chat: Chat, before: tuple[Step, ...], one: Step, other: Step, number: int) -> None:
    nobody = Sender(0, "")
    ring = Ring(
        chat.desk, chat.clock.now(), 0, 0, nobody, nobody, (nobody, nobody), 0,
        (f"CXQ-{number}", f"ZF-{number}"),
    )  # fmt: skip
    ring = await chat.runner.run(partial(enter, ring=ring))
    for step in before:
        await chat.runner.run(partial(_take, step, ring))
    crowd = [partial(_take, step, ring) for step in (one, other) * (CROWD // 2)]

    ends = await asyncio.gather(*map(chat.runner.run, crowd), return_exceptions=True)

    for end in ends:
        assert not isinstance(end, BaseException) or isinstance(end, MarketError), end
    await chat.runner.read(partial(_never_too_much, ring=ring))


def _take(step: Step, ring: Ring, uow: UnitOfWork) -> None:
    step(uow, ring)


def _never_too_much(uow: UnitOfWork, ring: Ring) -> None:
    parts = [uow.public_parts.of_order(no) for no in (ring.first, ring.second)]
    voucher = uow.vouchers.lock(ring.voucher_id)
    of_voucher = sum(one.amount_fen for one in parts if one and one.voucher_id is not None)
    assert of_voucher <= GRANTED
    for code in ring.codes:
        assert uow.ledger.available(funds(code)) >= 0
    left = uow.ledger.available(voucher.account)
    assert left == 0 or voucher.status is VoucherStatus.GRANTED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(one, other, id=f"{one.__name__}-{other.__name__}")
        for one, other in combinations_with_replacement(CHECKOUT, 2)
    ],
)
async def test_at_checkout_nothing_is_spent_twice(chat: Chat, one: Step, other: Step) -> None:
    for number in range(-(-ROUNDS // 2)):
        await race(chat, (), one, other, number)
    assert await chat.runner.read(lambda uow: list(audit(uow.conn))) == []
    chat.everybody_has_read()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(one, other, id=f"{one.__name__}-{other.__name__}")
        for one, other in combinations_with_replacement(AFTER_ASKING, 2)
    ],
)
async def test_a_purchase_is_agreed_or_not(chat: Chat, one: Step, other: Step) -> None:
    for number in range(-(-ROUNDS // 2)):
        await race(chat, (buy,), one, other, number)
    assert await chat.runner.read(lambda uow: list(audit(uow.conn))) == []
    chat.everybody_has_read()


@pytest.mark.parametrize("other", [leave, pay, cancel, expire, lapse])
async def test_a_voucher_that_is_on_an_order(chat: Chat, other: Step) -> None:
    for number in range(-(-ROUNDS // 2)):
        await race(chat, (use_first,), pay, other, number)
    assert await chat.runner.read(lambda uow: list(audit(uow.conn))) == []
    chat.everybody_has_read()
