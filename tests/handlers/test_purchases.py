"""政府购买: beneficiary, authority and provider each say yes, and then it is paid."""

from dataclasses import replace

import pytest

from market.ledger import escrow, refund_payable
from market.programmes import budget, funds
from tests.handlers.test_refunds_and_payouts import audited
from tests.support.chat import STAFF_ROOM, Chat, Person
from tests.support.deals import agreed
from tests.support.programmes import PURCHASE, paid_in, register

PRICE = 42_000


@pytest.fixture
async def staff(chat: Chat) -> tuple[Person, Person]:
    return await chat.staff("小黄"), await chat.staff("王主任")


@pytest.fixture
async def waiting(chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]) -> None:
    """O2048 waits for its payment, and there is public money that could buy it."""
    await register(chat, PURCHASE)
    await paid_in(chat, staff, "ZF-2026", 100_000)
    await agreed(chat, *people, PRICE)


@pytest.mark.usefixtures("waiting")
async def test_three_parties_agree_and_the_authority_pays(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await buyer.says("这单政府能不能补贴")
    buyer.sees("1 高新区服务采购（政府购买）：主管部门同意的话全额出资")
    await buyer.says("1")
    buyer.sees("如果走政府购买", "全额出资 ¥42,000", "三方都同意才生效", "确认？")
    await buyer.says("确认")
    buyer.sees("O2048 已提交", "您已同意", "最晚 11 月 28 日(周六) 10:00")
    provider.sees("政府购买", "同意三方 O2048")
    await buyer.says("付款 O2048")
    buyer.sees("在等主管部门和服务商同意", "不用券 O2048")
    assert await chat.balance(escrow("O2048")) == 0

    await staff[0].says("待办")
    staff[0].sees("政府购买待同意 O2048")
    await staff[0].says("同意出资 O2048", room=STAFF_ROOM)
    chat.staff_group.sees("还等服务商同意")
    staff[0].ignores_the_rest()
    await staff[1].says("同意出资 O2048")
    staff[1].sees("已经同意过了")
    await provider.says("同意三方 O2048")
    buyer.sees("三方都同意了", "¥42,000 已在托管里")
    provider.sees_among("O2048", "已托管", "开工 O2048")
    provider.sees("三方都同意了")

    assert await chat.balance(escrow("O2048")) == PRICE * 100
    assert await chat.balance(funds("ZF-2026")) == 5_800_000
    for person, words in (
        (provider, "开工"),
        (provider, "交付 O2048 申报书齐了"),
        (buyer, "验收 O2048"),
        (buyer, "确认"),
    ):
        await person.says(words)
    chat.everybody_has_read()
    assert await chat.balance(escrow("O2048")) == 0
    assert await audited(chat) == []


@pytest.mark.usefixtures("waiting")
async def test_after_a_no_it_can_be_paid_in_another_way(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await buyer.says("政府购买 O2048")
    await buyer.says("确认")
    await provider.says("同意三方 O2048")
    chat.everybody_has_read()
    await staff[0].says("不出资 O2048 不在本年度目录")
    staff[0].sees("告诉客户")
    buyer.sees("主管部门没有同意政府购买（不在本年度目录）", "自己付 ¥42,000")
    await provider.says("同意三方 O2048")
    provider.sees("O2048", "不能这样操作")

    await buyer.says("在线支付")
    await chat.pay(buyer.sees("¥42,000").split("/sandbox/pay/")[1].split()[0])
    chat.everybody_has_read()
    assert await chat.balance(budget("ZF-2026")) == PURCHASE.budget_fen
    assert await audited(chat) == []


@pytest.mark.usefixtures("waiting")
async def test_cancelling_gives_the_authority_its_money_back_and_nobody_else(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await buyer.says("政府购买")
    await buyer.says("确认")
    await staff[0].says("同意出资 O2048")
    await provider.says("同意三方 O2048")
    chat.everybody_has_read()
    await buyer.says("取消 O2048")
    await buyer.says("确认")
    buyer.sees_among("已取消", "财政资金 ¥42,000 已退回原处")
    chat.everybody_has_read()

    assert await chat.balance(funds("ZF-2026")) == 10_000_000
    assert await chat.balance(refund_payable("O2048")) == 0
    await staff[0].says("待办")
    staff[0].sees("没有待办")
    assert await audited(chat) == []


@pytest.mark.usefixtures("waiting")
async def test_who_agrees_must_be_one_of_the_three(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, _ = people
    other = await chat.provider("李工", firm="信达科技咨询有限公司")
    await staff[0].says("同意出资 O2048")
    staff[0].sees("O2048", "不能这样操作")
    await buyer.says("政府购买 O2048")
    await buyer.says("确认")
    chat.everybody_has_read()
    await buyer.says("同意出资 O2048")
    buyer.sees("在岗同事")
    await other.says("同意三方 O2048")
    other.sees("没找到订单 O2048")
    await chat.pass_(days=11)
    chat.everybody_has_read()
    assert await chat.balance(budget("ZF-2026")) == PURCHASE.budget_fen
    assert await audited(chat) == []


async def test_without_the_money_nothing_is_promised(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, _ = people
    await register(chat, PURCHASE, replace(PURCHASE, code="ZF-2027", name="另一项采购"))
    await paid_in(chat, staff, "ZF-2026", 41_999)
    await agreed(chat, *people, PRICE)
    await buyer.says("政府购买 O2048")
    buyer.sees("财政款还没拨到")
    await buyer.says("政府购买 O2048 XX-2026")
    buyer.sees("没有对得上的政府购买项目")
