"""Money that WeChat Pay gives back: of orders that end early, and what nobody owed."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from market.errands import ErrandKind
from market.ledger import cash_at, escrow, refund_payable
from storage.errands import errands
from tests.support.chat import Chat, Person
from tests.support.till import Till

pytestmark = pytest.mark.pay
PRICE = 3_200_000


async def test_what_is_paid_twice_goes_back(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    first = await till.hands_out(buyer)
    chat.clock.advance(timedelta(minutes=115))
    till.platform.closes = False
    await buyer.says("付款 O2048")
    await till.works()
    chat.everybody_has_read()
    # Both codes are paid before anything of it reaches us; the notices come in disorder.
    (second,) = [order for order in till.platform.orders.values() if order.no != first]
    old, new = till.platform.pays(first), till.platform.pays(second.no)

    assert await till.delivers(new) == 204
    buyer.sees("收据 R20481")
    provider.sees("已托管")
    assert await till.delivers(old) == 204
    buyer.sees("O2048 订单已经付过", "¥32,000", "收据 R20482", "原路退回")
    await till.works()

    buyer.sees("O2048 已退款 ¥32,000", "原路退回")
    (refund,) = till.platform.refunds.values()
    assert refund["out_trade_no"] == first
    assert refund["amount"] == {"refund": PRICE, "total": PRICE, "currency": "CNY"}
    assert await till.statuses() == ["surplus", "settled"]
    assert await chat.balance(escrow("O2048")) == PRICE
    assert await chat.balance(refund_payable("T20481")) == 0
    assert await chat.balance(cash_at("wechat")) == -PRICE
    assert await till.delivers(old) == 204
    buyer.sees_nothing()


@pytest.mark.parametrize("closed_by", ["cancelled", "expired"])
async def test_what_is_paid_for_a_closed_order_goes_back(
    chat: Chat, till: Till, people: tuple[Person, Person], closed_by: str
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    number = await till.hands_out(buyer)
    if closed_by == "cancelled":
        await buyer.says("取消 O2048")
        await buyer.says("确认")
    else:
        chat.clock.advance(timedelta(hours=47))
        await buyer.says("进度 O2048")
        chat.clock.advance(timedelta(hours=2))
        await chat.clockwork.sweep()
        await chat.settle()
    chat.everybody_has_read()

    assert await till.delivers(till.platform.pays(number)) == 204

    buyer.sees("O2048 订单已经关闭", "¥32,000", "原路退回")
    await till.works()
    buyer.sees("已退款 ¥32,000")
    assert await till.statuses() == ["surplus"]
    assert await chat.balance(escrow("O2048")) == 0
    assert await chat.balance(cash_at("wechat")) == 0


async def test_a_cancelled_order_is_refunded_once_by_itself(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    number = await till.paid_order(buyer, provider)

    await buyer.says("取消 O2048")
    await buyer.says("确认")
    buyer.sees("全额退")
    buyer.sees("退款中：应退 ¥32,000，微信支付原路退回")
    chat.everybody_has_read()
    await huang.says("退款 O2048 32000")
    huang.sees("微信支付正在原路退回")
    till.platform.down = True
    await till.passes(minutes=5)
    till.platform.down = False
    await till.passes(minutes=10)

    buyer.sees("O2048 已退款 ¥32,000", "原路退回")
    (refund,) = till.platform.refunds.values()
    assert (refund["out_trade_no"], refund["out_refund_no"]) == (number, f"{number}-refund")
    assert await chat.balance(refund_payable("O2048")) == 0
    assert await chat.balance(cash_at("wechat")) == 0
    assert await till.delivers(till.platform.refund_notice(f"{number}-refund")) == 204
    await till.works()
    assert not any("unfreeze" in path for path in till.platform.asked), "nothing is left to free"
    await buyer.says("进度 O2048")
    buyer.sees("已退款 ¥32,000")
    await huang.says("退款 O2048 32000")
    huang.sees("不能这样操作")
    chat.staff_group.ignores_the_rest()


async def test_a_refund_that_takes_its_time_is_told_of_by_a_notice(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    number = await till.paid_order(buyer, provider)
    till.platform.refund_state = "PROCESSING"
    await buyer.says("取消 O2048")
    await buyer.says("确认")
    await till.works()
    chat.everybody_has_read()
    assert await chat.balance(refund_payable("O2048")) == PRICE

    notice = till.platform.refund_notice(f"{number}-refund")
    assert [await till.delivers(notice) for _ in range(15)] == [204] * 15

    buyer.sees("已退款 ¥32,000")
    buyer.sees_nothing()
    assert await chat.balance(cash_at("wechat")) == 0


async def test_an_abnormal_refund_waits_for_staff_and_is_booked_when_mended(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    number = await till.paid_order(buyer, provider)
    till.platform.refund_state = "ABNORMAL"
    await buyer.says("取消 O2048")
    await buyer.says("确认")
    await till.works()
    chat.everybody_has_read()
    await huang.says("待办")
    huang.sees("微信支付要人看 O2048", "异常")

    till.platform.refunds[f"{number}-refund"]["status"] = "SUCCESS"
    await till.passes(hours=2)

    buyer.sees("已退款 ¥32,000")
    await huang.says("待办")
    huang.sees("没有待办")
    chat.staff_group.ignores_the_rest()


async def test_a_refund_that_the_gateway_closes_is_done_by_two_colleagues(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    await till.paid_order(buyer, provider)
    till.platform.refund_state = "CLOSED"
    await buyer.says("取消 O2048")
    await buyer.says("确认")
    await till.works()
    chat.everybody_has_read()

    await huang.says("退款 O2048 32000")
    huang.sees("已录入")
    await wang.says("确认退款 O2048")
    wang.sees("已入账")

    buyer.sees("已退款 ¥32,000")
    assert await chat.balance(refund_payable("O2048")) == 0
    chat.staff_group.ignores_the_rest()


async def test_after_a_ruling_the_refund_goes_first_and_the_rest_is_released(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    await till.paid_order(buyer, provider)
    for person, said in (
        (provider, "开工"),
        (provider, "交付 O2048 都做好了"),
        (buyer, "申诉 O2048 缺知识产权对应表，费用表是别家公司的数据"),
        (huang, "判 J88 退60% 缺对应表"),
        (huang, "确认"),
        (wang, "同意 J88"),
        (buyer, "接受 J88"),
        (provider, "接受 J88"),
    ):
        await person.says(said)
    till.platform.refund_state = "PROCESSING"
    await till.works()
    chat.everybody_has_read()
    assert await chat.balance(refund_payable("O2048")) == 1_920_000
    assert till.platform.released == {}

    (number,) = till.platform.refunds
    assert await till.delivers(till.platform.refund_notice(number)) == 204
    await till.works()

    buyer.sees("已退款 ¥19,200")
    assert len(till.platform.released) == 1
    assert await chat.balance(cash_at("wechat")) == -(PRICE - 1_920_000)
    chat.staff_group.ignores_the_rest()


async def test_what_nobody_grants_becomes_a_task_and_is_tried_again(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    await till.paid_order(buyer, provider)
    till.platform.trouble = (403, "NOT_ENOUGH")
    await buyer.says("取消 O2048")
    await buyer.says("确认")
    await till.works()
    chat.everybody_has_read()
    await huang.says("待办")
    huang.sees("微信支付要人看 O2048")
    await huang.says("1")
    huang.sees("退款一直不成", "NOT_ENOUGH")

    till.platform.trouble = None
    await till.passes(minutes=31)

    buyer.sees("已退款 ¥32,000")
    chat.staff_group.ignores_the_rest()


async def test_a_refund_that_was_tampered_with_is_found_by_the_audit(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await till.paid_order(buyer, provider)
    await buyer.says("取消 O2048")
    await buyer.says("确认")
    await till.works()
    chat.everybody_has_read()
    assert await till.audited() == []

    async def alter(amount_fen: int) -> None:
        change = update(errands).where(errands.c.kind == ErrandKind.REFUND)
        await chat.runner.run(lambda uow: uow.conn.execute(change.values(amount_fen=amount_fen)))

    await alter(PRICE - 1)
    (finding,) = await till.audited()
    await alter(PRICE)

    assert "O2048:refund-returned" in finding
