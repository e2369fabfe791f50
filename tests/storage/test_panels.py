"""Who deals with whom, as far as is stored: what keeps somebody off a panel."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from market.orders import Order
from market.panels import Judge
from market.parties import StaffRole
from storage.unit_of_work import UnitOfWork
from tests.support.databases import Database
from tests.support.markets import NOW, awarded, completed, delivered, funded

LATER = timedelta(days=1)


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.engine.begin() as conn:
        yield conn


@pytest.fixture
def uow(conn: Connection) -> UnitOfWork:
    return UnitOfWork(conn)


@pytest.fixture
def order(uow: UnitOfWork) -> Order:
    """Between a buyer and provider 2; provider 1 bid in vain."""
    return awarded(uow)


def deals(
    uow: UnitOfWork, judge: Judge, order: Order, *, since: timedelta, firms: tuple[int, ...] = ()
) -> bool:
    """Whether the judge deals with the buyer of the order, or with these firms."""
    return uow.panels.has_dealings(
        judge, buyer_ids=[order.buyer_id], provider_ids=firms, since=NOW + since
    )


def test_who_has_nothing_with_either_side_has_no_dealings(uow: UnitOfWork, order: Order) -> None:
    assert not deals(uow, Judge(99, "韦"), order, since=-LATER, firms=(1, 2))
    assert not deals(uow, Judge(99, "韦", 77), order, since=-LATER, firms=(1, 2))


def test_an_order_that_is_not_over_counts_however_old_it_is(uow: UnitOfWork, order: Order) -> None:
    assert deals(uow, Judge(99, "韦", order.provider_id), order, since=LATER)
    assert deals(uow, Judge(order.buyer_id, "林"), order, since=LATER, firms=(order.provider_id,))


def test_an_order_that_is_over_counts_for_a_time(uow: UnitOfWork, order: Order) -> None:
    completed(uow, delivered(uow, funded(uow, order)))
    seller = Judge(99, "韦", order.provider_id)

    assert deals(uow, seller, order, since=-LATER)
    assert not deals(uow, seller, order, since=LATER)


def test_a_bid_in_vain_counts_for_a_time(uow: UnitOfWork, order: Order) -> None:
    rival = Judge(99, "韦", 1)

    assert deals(uow, rival, order, since=-LATER)
    assert not deals(uow, rival, order, since=LATER)


def test_who_asked_one_of_the_firms_for_a_bid_deals_with_it(uow: UnitOfWork, order: Order) -> None:
    asked = Judge(order.buyer_id, "林")

    assert uow.panels.has_dealings(asked, buyer_ids=[98], provider_ids=[1], since=NOW - LATER)
    assert not uow.panels.has_dealings(asked, buyer_ids=[98], provider_ids=[], since=NOW - LATER)


def test_judges_are_staff_and_experts_with_their_firms(uow: UnitOfWork, order: Order) -> None:
    expert, colleague = (uow.parties.add_person(name, NOW) for name in ("韦教授", "小黄"))
    uow.parties.join_staff(expert, StaffRole.EXPERT, NOW)
    uow.parties.join_staff(colleague, StaffRole.SERVICE_CENTER, NOW)
    uow.parties.join_provider(expert, 1, NOW)

    assert uow.panels.judges() == (Judge(expert, "韦教授", 1, ""), Judge(colleague, "小黄"))
    assert uow.parties.staff_ids() == (colleague,)
