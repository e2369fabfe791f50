"""What money that arrives by itself is for, whatever became of the order meanwhile."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.arrivals import Arrival, Mispaid, Surplus, arrive, returned
from market.errands import (
    LONGEST_PAUSE,
    Errand,
    ErrandKind,
    errand_no,
    payment_id_of,
    trade_no,
)
from market.ledger import cash_at, escrow, refund_payable, totals
from market.orders import Order, OrderStatus
from market.payments import Funding, Payment, PaymentStatus

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
ORDER = Order(
    id=2048,
    demand_id=1024,
    bid_id=1,
    buyer_id=1,
    provider_id=2,
    provider_person_id=3,
    title="高企认定",
    price_fen=3_200_000,
    status=OrderStatus.AWAITING_PAYMENT,
    created_at=NOW,
    pay_by=NOW + timedelta(hours=48),
)
PAYMENT = Payment(
    id=20481,
    order_id=2048,
    gateway="wechat",
    token="token",
    amount_fen=3_200_000,
    status=PaymentStatus.WAITING,
    created_at=NOW,
)
PAID = Arrival("4200001", 3_200_000)


@pytest.mark.parametrize("status", [PaymentStatus.WAITING, PaymentStatus.VOID])
def test_money_for_an_order_that_waits_funds_it(status: PaymentStatus) -> None:
    """Even by a code that we had given up: the client paid."""
    funding = arrive(ORDER, replace(PAYMENT, status=status), PAID, NOW)

    assert isinstance(funding, Funding)
    assert funding.order.status is OrderStatus.FUNDED
    assert funding.payment.status is PaymentStatus.SETTLED
    assert funding.payment.transaction_id == "4200001"
    assert totals(funding.transfers) == {cash_at("wechat"): -3_200_000, escrow("O2048"): 3_200_000}


@pytest.mark.parametrize(
    "status", [status for status in OrderStatus if status is not OrderStatus.AWAITING_PAYMENT]
)
def test_money_for_an_order_that_does_not_wait_goes_back(status: OrderStatus) -> None:
    surplus = arrive(replace(ORDER, status=status), PAYMENT, PAID, NOW)

    assert isinstance(surplus, Surplus)
    back = returned(PAYMENT.no, "wechat", 3_200_000)
    assert totals(surplus.transfers) == {
        cash_at("wechat"): -3_200_000,
        refund_payable("T20481"): 3_200_000,
    }
    assert set(totals([*surplus.transfers, back]).values()) == {0}


@pytest.mark.parametrize("paid_fen", [1, 3_199_999, 3_200_001, 320_000_000])
@pytest.mark.parametrize("status", list(OrderStatus))
def test_another_amount_books_nothing(paid_fen: int, status: OrderStatus) -> None:
    mispaid = arrive(replace(ORDER, status=status), PAYMENT, Arrival("4200001", paid_fen), NOW)

    assert isinstance(mispaid, Mispaid)
    assert mispaid.payment.status is PaymentStatus.MISPAID


@pytest.mark.parametrize(
    "status", [PaymentStatus.SETTLED, PaymentStatus.SURPLUS, PaymentStatus.MISPAID]
)
@pytest.mark.parametrize("paid_fen", [3_200_000, 1])
def test_hearing_of_it_again_changes_nothing(status: PaymentStatus, paid_fen: int) -> None:
    assert arrive(ORDER, replace(PAYMENT, status=status), Arrival("1", paid_fen), NOW) is None


@given(st.integers(1, 10**15), st.text(min_size=20, max_size=24))
def test_numbers_are_what_a_gateway_takes_and_lead_back(payment_id: int, token: str) -> None:
    payment = replace(PAYMENT, id=payment_id, token=token)

    number = trade_no(payment)

    assert 6 <= len(number) <= 32
    assert all(character.isascii() and character.isalnum() for character in number.replace("-", ""))
    assert payment_id_of(number) == payment_id
    assert payment_id_of(errand_no(payment, ErrandKind.REFUND)) == payment_id


@pytest.mark.parametrize(
    "number", ["", "T", "20481-a", "T٣-a", "R20481-a", "O2048-a", "T" + "9" * 19 + "-a"]
)
def test_other_numbers_are_none_of_ours(number: str) -> None:
    assert payment_id_of(number) is None


def test_pauses_grow_up_to_ten_minutes() -> None:
    errand = Errand(1, ErrandKind.OPEN, 20481, NOW)
    pauses = []
    for _ in range(20):
        errand = errand.failed("no answer", NOW)
        pauses.append(errand.due_at - NOW)

    assert pauses[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
