"""Contracts in conversations: drafted, put into instalments, agreed by two keys, paid in steps."""

import pytest

from market.ledger import (
    COMMISSION_INCOME,
    escrow,
    points,
    provider_payable,
)
from storage.audit import audit
from tests.support.chat import Chat, Person
from tests.support.deals import agreed

People = tuple[Person, Person]


async def in_instalments(chat: Chat, people: People, words: str, price: int = 32_000) -> str:
    """An order under a contract that both agreed to; it waits for payment."""
    buyer, provider = people
    order = await agreed(chat, buyer, provider, price)
    await buyer.says(f"分期 {order} {words}")
    await buyer.says("确认")
    await provider.says("1")
    provider.sees_among("双方已确认")
    chat.everybody_has_read()
    return order


async def begun(chat: Chat, people: People, order: str) -> None:
    buyer, provider = people
    await buyer.says(f"付款 {order}")
    await buyer.says("1")
    await chat.pay(buyer.sees_among("/sandbox/pay/").split("/sandbox/pay/")[1].split()[0])
    await provider.says(f"开工 {order}")
    chat.everybody_has_read()


async def audited(chat: Chat) -> list[object]:
    return await chat.runner.read(lambda uow: list(audit(uow.conn)))


async def test_a_simple_deal_has_a_contract_that_paying_agrees_to(
    chat: Chat, people: People
) -> None:
    buyer, provider = people
    order = await agreed(chat, buyer, provider, 32_000)

    await buyer.says(f"合同 {order}")
    shown = buyer.sees(f"{order} 合同 v1", "¥32,000", "15 天", "含官费", "一次付清", "付款即确认")
    await provider.says(f"合同 {order}")
    provider.sees("客户付款即确认")
    await begun(chat, people, order)
    await buyer.says("合同")

    mark = shown.split("v1 ")[1][:9]
    assert len(mark) == 9
    assert mark[4] == "·"
    buyer.sees(f"v1 {mark}", "双方已确认")
    assert await audited(chat) == []


async def test_instalments_are_proposed_agreed_and_paid_one_by_one(
    chat: Chat, people: People
) -> None:
    buyer, provider = people
    order = await agreed(chat, buyer, provider, 32_000)

    await buyer.says(f"分期 {order} 3")
    buyer.sees("分 3 期", "1）¥10,666.66", "3）¥10,666.68", "5 天", "仍一次进托管", "确认？")
    provider.sees_nothing()
    await buyer.says("确认")
    buyer.sees("v2", "已发给对方")
    provider.sees("客户提出分 3 期", "v2", "¥10,666.68", "1 确认　2 不同意")
    await provider.says("1")
    mark = provider.sees("v2", "双方已确认", "轮到客户付款").split("v2 ")[1][:9]
    buyer.sees(f"v2 {mark}", "双方已确认", f"付款 {order}")
    await begun(chat, people, order)
    provider_id = await chat.provider_id(provider)
    assert await chat.balance(escrow(order)) == 3_200_000

    await provider.says(f"进度 {order}")
    provider.sees("第 1/3 期", "11 月 23 日", "¥32,000 在托管")
    await provider.says(f"交付 {order} 诊断报告")
    provider.sees("第 1/3 期", "已交客户")
    buyer.sees("已交付第 1/3 期", "诊断报告")
    await buyer.says(f"验收 {order}")
    buyer.sees("第 1/3 期", "¥10,666.66 付给服务商", "确认？")
    await buyer.says("确认")
    buyer.sees("第 1/3 期已验收", "第 2/3 期", "¥21,333.34 还在托管")
    provider.sees("第 1/3 期验收通过", "入账 ¥10,026.67", "佣金 ¥639.99", "收据 R", "第 2/3 期")
    assert await chat.balance(escrow(order)) == 2_133_334
    assert await chat.balance(provider_payable(provider_id)) == 1_002_667
    assert await chat.balance(points(await chat.person_id(buyer))) == 0
    assert await audited(chat) == []

    for number in (2, 3):
        await provider.says(f"交付 {order} 材料 {number}")
        chat.everybody_has_read()
        await buyer.says(f"验收 {order}")
        buyer.sees(f"第 {number}/3 期")
        await buyer.says("确认")
    buyer.sees_among("已完成", "32000 积分")
    provider.sees_among("验收通过", "最后一期 ¥10,666.68", "佣金 6% ¥1,920")
    chat.everybody_has_read()
    assert await chat.balance(escrow(order)) == 0
    assert await chat.balance(COMMISSION_INCOME) == 192_000
    assert await chat.balance(provider_payable(provider_id)) == 3_008_000
    assert await chat.balance(points(await chat.person_id(buyer))) == 32_000
    assert await audited(chat) == []


async def test_the_provider_may_propose_and_the_buyer_may_refuse(
    chat: Chat, people: People
) -> None:
    buyer, provider = people
    order = await agreed(chat, buyer, provider, 10_000)

    await provider.says("能先付一半吗")
    provider.sees("还没付款", f"分期 {order} 2")
    await provider.says(f"分 2 期 30% 70% {order}")
    provider.sees("1）¥3,000", "2）¥7,000", "确认？")
    await provider.says("确认")
    provider.sees("已发给对方")
    buyer.sees("服务商提出分 2 期", f"同意分期 {order} v2", f"不同意分期 {order} v2")
    await buyer.says(f"不同意分期 {order} v2")
    buyer.sees("还按原来的合同")
    provider.sees("客户不同意", "还按原来的合同")
    await buyer.says(f"合同 {order}")
    buyer.sees("v1", "一次付清", "付款即确认")
    await buyer.says(f"同意分期 {order} v2")

    buyer.sees("没有等您确认的分期")
    assert await audited(chat) == []
    chat.everybody_has_read()


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ("分期 3", ("1）¥3,333.33", "3）¥3,333.34")),
        ("分两期 四六开", ("1）¥4,000", "2）¥6,000")),
        ("能不能分三期，三三四开", ("1）¥3,000", "2）¥3,000", "3）¥4,000")),
        ("分 2 期 30% 70%", ("1）¥3,000", "2）¥7,000")),
        ("分期 1:1:2", ("1）¥2,500", "3）¥5,000")),
    ],
)
async def test_shares_are_said_in_many_ways(
    chat: Chat, people: People, words: str, parts: tuple[str, ...]
) -> None:
    buyer, provider = people
    await agreed(chat, buyer, provider, 10_000)

    await buyer.says(words)

    buyer.sees(*parts, "确认？")
