"""Rewards paid by WeChat Pay: given back where they came from, or by hand once orders came out."""

import pytest

from market.errands import ErrandKind
from market.ledger import cash_at, escrow
from market.policy import Policy
from tests.support.chat import Chat, Person
from tests.support.till import Till

pytestmark = pytest.mark.pay


@pytest.fixture
def policy() -> Policy:
    return Policy(auto_review_below_fen=10_000_000)


async def promised(till: Till, buyer: Person, words: str) -> None:
    """D1024, its pot O2048 paid by code."""
    await buyer.says(words)
    await buyer.says("确认")
    buyer.ignores_the_rest()
    number = await till.hands_out(buyer)
    assert await till.delivers(till.platform.pays(number)) == 204
    buyer.sees("赏金", "已进托管", "D1024 已发给服务商")


async def test_a_reward_that_is_withdrawn_goes_back_by_itself(chat: Chat, till: Till) -> None:
    buyer = chat.buyer("小林")
    await promised(till, buyer, "悬赏 800 元 征集展会口号")
    chat.group.ignores_the_rest()
    await buyer.says("撤 D1024")
    await buyer.says("确认")
    chat.everybody_has_read()

    await till.passes(minutes=10)

    errand = await till.errand(ErrandKind.REFUND)
    assert errand is not None
    assert errand.amount_fen == 80_000
    buyer.sees_among("O2048 已退款 ¥800", "微信支付原路退回")
    assert await chat.balance(cash_at("wechat")) == 0
    assert await till.audited() == []


async def test_what_came_out_of_a_reward_is_refunded_by_two_colleagues(
    chat: Chat, till: Till
) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wei = await chat.staff("小黄"), await chat.staff("小韦")
    await promised(till, buyer, "悬赏 800 元 2名 征集展会口号")
    await provider.says("投稿 D1024 科技兴桂")
    await buyer.says("选A D1024")
    await buyer.says("确认")
    await buyer.says("取消 O2049")
    await buyer.says("确认")
    chat.everybody_has_read()
    assert await till.errand(ErrandKind.REFUND) is None
    await huang.says("退款 O2049 280")
    await wei.says("确认退款 O2049")
    buyer.sees_among("O2049", "¥280")
    chat.everybody_has_read()

    await buyer.says("撤 D1024")
    await buyer.says("确认")
    await till.passes(minutes=10)
    chat.everybody_has_read()

    errand = await till.errand(ErrandKind.REFUND)
    assert errand is not None
    assert errand.amount_fen == 40_000
    assert await chat.balance(escrow("O2048")) == 0
    assert await chat.balance(cash_at("wechat")) == -12_000  # the provider's, not asked for yet
    assert await till.audited() == []
