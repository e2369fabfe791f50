"""Splits of the commission: which rules fit, and that the parts are the whole."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.money import BP
from market.orders import Order, OrderStatus
from market.splits import Recipient, SplitRule, divide_commission, joined

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
ORDER = Order(2048, 1024, 1, 1, 1, 1, "高企", 100, OrderStatus.DELIVERED, NOW, NOW, funded_at=NOW)
DEAL = {"region": "柳州市", "service_class": "科技咨询服务", "mode": "tender"}


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        (SplitRule("x", "工作站", 2_000), True),
        (SplitRule("x", "工作站", 2_000, region="柳州"), True),
        (SplitRule("x", "工作站", 2_000, region="南宁"), False),
        (SplitRule("x", "工作站", 2_000, service_class="科技咨询服务", mode="tender"), True),
        (SplitRule("x", "工作站", 2_000, service_class="科技咨询服务", mode="direct"), False),
        (SplitRule("x", "工作站", 2_000, service_class="培训服务"), False),
    ],
)
def test_every_condition_must_hold(rule: SplitRule, fits: bool) -> None:
    assert rule.fits(**DEAL) is fits


def test_an_organisation_has_one_part() -> None:
    given_ = [Recipient(2, 1_000), Recipient(3, 500), Recipient(2, 700)]

    assert joined(given_) == (Recipient(2, 1_700), Recipient(3, 500))


@given(
    st.integers(0, 10**9),
    st.lists(st.integers(1, BP), max_size=5).filter(lambda bps: sum(bps) <= BP),
)
def test_the_parts_are_the_whole(commission: int, bps: list[int]) -> None:
    recipients = [Recipient(number, bp) for number, bp in enumerate(bps, start=2)]

    moves = divide_commission(ORDER, "O2048", commission, recipients)

    assert sum(move.amount for move in moves) == commission
    for one in recipients:
        got = sum(move.amount for move in moves if move.credit.name == f"payable:{one.provider_id}")
        assert abs(got - commission * one.share_bp / BP) < 1


def test_more_than_the_whole_is_a_fault() -> None:
    with pytest.raises(ValueError, match="cannot share"):
        divide_commission(ORDER, "O2048", 100, [Recipient(2, 6_000), Recipient(3, 6_000)])
