"""What the market takes: told before anybody confirms, and kept as it was agreed."""

from dataclasses import replace

import pytest

from market.fees import Fee, Rule
from market.ledger import COMMISSION_INCOME, provider_payable
from market.policy import Policy
from tests.support.chat import Chat
from tests.support.deals import both_accept

LARGE = Rule(Fee(400, name="大单"), from_fen=3_000_000)


@pytest.fixture
def policy() -> Policy:
    return Policy(auto_review_below_fen=100_000_000, fee_rules=(LARGE,))


async def test_a_provider_sees_what_arrives_before_the_bid_binds(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await buyer.says("高企认定，柳州，预算3万")
    await buyer.says("确认")
    chat.everybody_has_read()

    await provider.says("报价 D1024 29000 15天")
    provider.sees("中标后佣金 6% ¥1,740，验收后到手 ¥27,260")
    await provider.says("改价 D1024 32000")
    provider.sees("中标后佣金 4% ¥1,280，验收后到手 ¥30,720")
    await provider.says("1")
    chat.everybody_has_read()

    await buyer.says("现在开标")
    await buyer.says("确认")
    chat.everybody_has_read()
    await buyer.says("选A D1024")
    buyer.sees("成交价 ¥32,000", "除了成交价您不用付别的")


async def test_a_later_schedule_changes_no_order(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.delivered_order(buyer, provider)
    chat.desk = replace(
        chat.desk, policy=replace(chat.desk.policy, fee_rules=(), commission_bp=900)
    )

    await provider.says("进度 O2048")
    provider.sees("自动付您 ¥30,720")
    await buyer.says("验收 O2048")
    await buyer.says("确认")

    provider.sees("入账 ¥30,720", "佣金 4% ¥1,280")
    provider_id = await chat.provider_id(provider)
    assert await chat.balance(provider_payable(provider_id)) == 3_072_000
    assert await chat.balance(COMMISSION_INCOME) == 128_000
    chat.everybody_has_read()


async def test_a_ruling_takes_the_agreed_rate_of_what_was_earned(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wei = await chat.staff("小黄"), await chat.staff("小韦")
    await chat.delivered_order(buyer, provider)
    chat.desk = replace(chat.desk, policy=replace(chat.desk.policy, fee_rules=(), commission_bp=0))
    await buyer.says("申诉 O2048 做的不是我们要的")
    await buyer.says("确认")
    for staff, words in ((huang, ("判 J88 退50% 一半可用", "确认")), (wei, ("同意 J88", "确认"))):
        for word in words:
            await staff.says(word)
    chat.everybody_has_read()
    await both_accept(buyer, provider, "J88")

    assert await chat.balance(COMMISSION_INCOME) == 64_000  # 4% of ¥16,000
    chat.everybody_has_read()
