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


# --- stand-still ---------------------------------------------------------------------------


async def asked_with_a_rival(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> Person:
    """A purchase is asked for, and somebody else had bid; returns them."""
    buyer, provider = people
    rival = await chat.provider("周经理", firm="信达科技咨询有限公司")
    await register(chat, PURCHASE)
    await paid_in(chat, staff, "ZF-2026", 100_000)
    await buyer.says("我们想做高新技术企业认定，在柳州，预算3万左右")
    await buyer.says("确认")
    for person, words in (
        (provider, f"报价 1024 {PRICE} 15天"),
        (provider, "1"),
        (rival, "报价 1024 43000 20天"),
        (rival, "1"),
        (buyer, "现在开标"),
        (buyer, "确认"),
        (buyer, "选A D1024"),
        (buyer, "确认"),
    ):
        await person.says(words)
    chat.everybody_has_read()
    await buyer.says("政府购买 O2048")
    await buyer.says("确认")
    rival.sees(
        "公示：O2048", "出资 ¥42,000", "成交供应商 桂知源", "11 月 21 日(周六) 10:00", "质疑 O2048"
    )
    chat.everybody_has_read()
    return rival


async def test_public_money_stands_still_until_bidders_had_their_say(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, provider = people
    rival = await asked_with_a_rival(chat, people, staff)
    await provider.says("同意三方 O2048")
    provider.ignores_the_rest()
    await staff[0].says("同意出资 O2048")
    staff[0].sees("还在公示，11 月 21 日(周六) 10:00 之后")
    await provider.says("质疑 O2048 我不服")
    provider.sees("没找到订单 O2048")
    await rival.says("质疑 O2048")
    rival.sees("要写理由")
    await rival.says("质疑 O2048 成交方没有这个资质")
    rival.sees("质疑已记下", "答复前不会出资")
    await rival.says("质疑 O2048 再说一次")
    rival.sees("已经质疑过了")

    await chat.pass_(days=3, hours=1)
    chat.everybody_has_read()
    await staff[0].says("同意出资 O2048")
    staff[0].sees("1 条质疑还没答复", "驳回质疑 O2048 理由")
    await staff[0].says("待办")
    staff[0].sees("质疑待答复 O2048")
    await staff[0].says("驳回质疑 O2048 资质原件已核对")
    staff[0].sees("1 条质疑已答复", "同意出资 O2048")
    rival.sees("质疑不成立：资质原件已核对")
    await rival.says("质疑 O2048 还是不服")
    rival.sees("公示已经结束")
    await buyer.says("在吗")
    chat.everybody_has_read()
    await staff[0].says("同意出资 O2048")
    staff[0].sees("三方都同意了")
    chat.everybody_has_read()
    assert await chat.balance(escrow("O2048")) == PRICE * 100
    assert await audited(chat) == []


async def test_an_objection_that_is_right_ends_the_purchase(
    chat: Chat, people: tuple[Person, Person], staff: tuple[Person, Person]
) -> None:
    buyer, _ = people
    rival = await asked_with_a_rival(chat, people, staff)
    await staff[0].says("质疑成立 O2048 没人质疑")
    staff[0].sees("没有等答复的质疑")
    await rival.says("质疑 O2048 成交方没有这个资质")
    rival.ignores_the_rest()
    await rival.says("质疑成立 O2048 我自己批")
    rival.sees("在岗同事")
    await staff[0].says("质疑成立 O2048 资质已过期")
    staff[0].sees("政府购买已撤下")
    rival.sees("质疑成立", "资质已过期")
    buyer.sees("主管部门没有同意政府购买（资质已过期）", "自己付 ¥42,000")
    chat.everybody_has_read()
    assert await chat.balance(budget("ZF-2026")) == PURCHASE.budget_fen
    assert await audited(chat) == []
