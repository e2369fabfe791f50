"""Paying by WeChat's code, from the picture to the money that is released or given back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from market.errands import ErrandKind
from market.ledger import cash_at, escrow, refund_payable
from tests.support.chat import Chat, Person
from tests.support.till import Till, open_till

pytestmark = pytest.mark.pay
PRICE = 3_200_000


@pytest.fixture
async def till(chat: Chat, tmp_path: Path) -> AsyncIterator[Till]:
    async with open_till(chat, tmp_path) as till:
        yield till
        assert till.platform.unsigned == 0, "a request of ours was not signed"
        assert await till.audited() == []


@pytest.fixture
async def people(chat: Chat) -> tuple[Person, Person]:
    return chat.buyer("小林"), await chat.provider("陈工")


async def test_a_client_pays_by_code_and_the_money_stays_frozen_until_acceptance(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)

    await buyer.says("付款 O2048")
    buyer.sees("1 在线支付")
    await buyer.says("1")
    buyer.sees("O2048 应付 ¥32,000", "正在向微信支付取付款码")
    await till.works()
    picture = buyer.unread[-1].media[0]
    words = buyer.sees("应付 ¥32,000", "扫一扫", "(周三) 12:00 前有效", "付款 O2048")

    ordered = till.platform.the_order()
    assert ordered.request["amount"] == {"total": PRICE, "currency": "CNY"}
    assert ordered.request["settle_info"] == {"profit_sharing": True}
    assert ordered.request["time_expire"] == "2026-11-18T12:00:00+08:00"
    assert ordered.request["notify_url"] == "https://kebao.example/pay/wechat/notify"
    assert (await till.media.read(picture)).startswith(b"\x89PNG")
    status, page = await till.page(words.split("/wechat/pay/")[1].split()[0])
    assert (status, "¥32,000" in page, "data:image/png" in page) == (200, True, True)

    assert await till.delivers(till.platform.pays(ordered.no)) == 204
    buyer.sees("收据 R20481", "¥32,000", "托管")
    provider.sees("已托管", "开工 O2048")
    assert await chat.balance(escrow("O2048")) == PRICE

    for person, said in (
        (provider, "开工"),
        (provider, "交付 O2048 都做好了"),
        (buyer, "验收 O2048"),
    ):
        await person.says(said)
    await till.works()
    assert till.platform.released == {}
    await buyer.says("确认")
    await till.works()
    chat.everybody_has_read()
    (released,) = till.platform.released.values()
    assert released["transaction_id"] == ordered.transaction_id
    assert await till.left_to_do() == ["query"]
    await till.passes(hours=3)
    chat.everybody_has_read()
    assert await till.left_to_do() == []


async def test_the_same_notice_fifteen_times_has_one_effect(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    notice = till.platform.pays(await till.hands_out(buyer))

    answers = [await till.delivers(notice) for _ in range(15)]

    assert answers == [204] * 15
    buyer.sees("收据 R20481")
    provider.sees("已托管")
    buyer.sees_nothing()
    assert await chat.balance(cash_at("wechat")) == -PRICE


async def test_a_code_is_shown_again_and_replaced_once_it_has_run_out(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    first = await till.hands_out(buyer)

    await buyer.says("付款 O2048")
    assert buyer.unread[-1].media
    buyer.sees("扫一扫", "前有效")
    assert list(till.platform.orders) == [first]

    await till.passes(minutes=115)
    chat.everybody_has_read()
    await buyer.says("付款 O2048")
    buyer.sees("正在向微信支付取付款码")
    await till.works()
    buyer.sees("扫一扫", "(周三) 13:55 前有效")
    second = till.platform.the_order().no
    assert second != first
    assert till.platform.orders[first].state == "CLOSED"

    assert await till.delivers(till.platform.pays(second)) == 204
    buyer.sees("收据 R20482")
    provider.sees("已托管")
    assert await till.statuses() == ["void", "settled"]


async def test_without_a_notice_the_payment_is_found_by_asking(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    number = await till.hands_out(buyer)
    lost = till.platform.pays(number)

    await till.passes(minutes=3)

    buyer.sees("收据 R20481")
    provider.sees("已托管")
    # It comes after all, after hours of being repeated.
    chat.clock.advance(timedelta(hours=6))
    lost = till.platform.paid_notice(till.platform.orders[number])
    assert await till.delivers(lost) == 204
    buyer.sees_nothing()


async def test_saying_that_it_is_paid_looks_at_once(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    till.platform.pays(await till.hands_out(buyer))

    await buyer.says("付了 到账没")
    buyer.sees("我去微信支付核对一下")
    await till.works()

    buyer.sees("收据 R20481")
    provider.sees("已托管")


async def test_a_code_that_was_paid_just_before_it_ran_out_still_counts(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    first = await till.hands_out(buyer)
    chat.clock.advance(timedelta(minutes=115))
    await buyer.says("付款 O2048")
    buyer.sees("正在向微信支付")

    till.platform.pays(first)  # before the errand that would close it
    await till.works()

    buyer.sees_among("收据 R20481")
    buyer.ignores_the_rest()  # a second code may have been on its way
    provider.sees("已托管")
    await till.passes(hours=3)
    assert {order.state for order in till.platform.orders.values()} <= {"SUCCESS", "CLOSED"}
    buyer.ignores_the_rest()
    provider.ignores_the_rest()
    chat.staff_group.ignores_the_rest()


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
    buyer.sees("收据 R20482")
    provider.sees("已托管")
    assert await till.delivers(old) == 204
    buyer.sees("O2048 订单已经付过", "¥32,000", "R20481", "原路退回")
    await till.works()

    buyer.sees("O2048 已退款 ¥32,000", "原路退回")
    (refund,) = till.platform.refunds.values()
    assert refund["out_trade_no"] == first
    assert refund["amount"] == {"refund": PRICE, "total": PRICE, "currency": "CNY"}
    assert await till.statuses() == ["surplus", "settled"]
    assert await chat.balance(escrow("O2048")) == PRICE
    assert await chat.balance(refund_payable("R20481")) == 0
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


@pytest.mark.parametrize("paid_fen", [1, PRICE - 1, PRICE + 1])
async def test_another_amount_funds_nothing_and_staff_look(
    chat: Chat, till: Till, people: tuple[Person, Person], paid_fen: int
) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    await chat.awarded_order(buyer, provider)
    notice = till.platform.pays(await till.hands_out(buyer), paid_fen)

    assert [await till.delivers(notice) for _ in range(3)] == [204] * 3

    buyer.sees("O2048 收到一笔付款", "对不上", "没有入账")
    provider.sees_nothing()
    assert await chat.balance(escrow("O2048")) == 0
    assert await till.statuses() == ["mispaid"]
    await huang.says("待办")
    huang.sees("微信支付要人看 O2048")
    await huang.says("1")
    huang.sees("应收 ¥32,000", "没有入账", "R20481")
    await huang.says("已联系 O2048")
    huang.sees("销了")
    assert await till.delivers(notice) == 204
    await huang.says("待办")
    huang.sees("没有待办")


async def test_money_of_another_currency_funds_nothing(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    number = await till.hands_out(buyer)

    assert await till.delivers(till.platform.pays(number, PRICE, "JPY")) == 204

    buyer.sees("对不上", "没有入账")
    assert await chat.balance(escrow("O2048")) == 0


async def test_a_gateway_that_is_away_for_an_hour_loses_nothing(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    await chat.awarded_order(buyer, provider)
    till.platform.down = True

    await buyer.says("在线支付")
    buyer.sees("正在向微信支付取付款码")
    await till.passes(hours=1)
    buyer.sees("微信支付暂时没有回应", "没有扣您的钱", "对公转账 O2048")
    buyer.sees_nothing()
    await huang.says("待办")
    huang.sees("微信支付要人看 O2048", "生成付款码一直不成")

    till.platform.down = False
    await till.passes(minutes=11)
    buyer.sees("扫一扫", "前有效")
    await huang.says("待办")
    huang.sees("没有待办")
    assert await till.delivers(till.platform.pays(till.platform.the_order().no)) == 204
    buyer.sees("收据 R20481")
    provider.sees("已托管")


async def test_after_a_long_absence_the_code_is_a_fresh_one(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    """A number keeps the time limit it was first sent with, so it needs another number."""
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    till.platform.trouble = (500, "SYSTEM_ERROR")
    await buyer.says("在线支付")
    await till.passes(hours=5)
    chat.everybody_has_read()

    till.platform.trouble = None
    await till.passes(minutes=11)

    buyer.sees("扫一扫", "前有效")
    assert await till.delivers(till.platform.pays(till.platform.the_order().no)) == 204
    buyer.sees("收据")
    provider.sees("已托管")


async def test_an_answer_that_nobody_signed_is_no_answer(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    till.platform.forges = True
    await buyer.says("在线支付")
    await till.works()
    buyer.sees("正在向微信支付")
    buyer.sees("暂时没有回应")
    errand = await till.errand(ErrandKind.OPEN)
    assert errand is not None
    assert errand.error == "the answer is not signed by WeChat Pay"

    till.platform.forges = False
    chat.clock.advance(timedelta(seconds=5))
    await till.works()

    buyer.sees("扫一扫")
    assert len(till.platform.orders) == 1


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


async def test_a_transfer_that_arrives_first_closes_the_code(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    await chat.awarded_order(buyer, provider)
    number = await till.hands_out(buyer)
    await buyer.says("对公转账 O2048")
    await huang.says("收款 O2048 32000")
    await wang.says("确认收款 O2048")
    chat.everybody_has_read()

    await till.works()

    assert till.platform.orders[number].state == "CLOSED"
    assert await till.statuses() == ["void", "settled"]


async def test_a_notice_before_our_own_commit_is_asked_for_again(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    number = await till.hands_out(buyer)
    early = till.platform.pays(number)
    unknown = number.replace("R20481", "R20482")
    stranger = till.platform.paid_notice(till.platform.orders[number], out_trade_no=unknown)

    assert await till.delivers(stranger) == 503
    assert await till.delivers(early) == 204

    buyer.sees("收据 R20481")
    provider.sees("已托管")


async def test_who_dies_at_an_errand_is_followed_by_another(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    """Killed after the platform made the code and before we wrote it down."""
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    await buyer.says("在线支付")
    buyer.sees("正在向微信支付")
    now = chat.clock.now()
    (errand,) = await chat.runner.run(
        lambda uow: uow.errands.claim(now, lease=timedelta(seconds=60), limit=8)
    )
    payment = await chat.runner.read(lambda uow: uow.payments.find(errand.payment_id))
    assert payment is not None

    await till.works()
    buyer.sees_nothing()  # somebody may still be at it
    await till.passes(minutes=2)

    buyer.sees("扫一扫")
    assert len(till.platform.orders) == 1


async def test_what_was_made_twice_by_two_processes_is_said_once(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    await buyer.says("在线支付")
    buyer.sees("正在向微信支付")

    # The first was so slow that its lease ran out in the middle.
    def stall() -> None:
        chat.clock.advance(timedelta(seconds=61))

    till.platform.on_order = stall

    await till.works()
    await till.works()

    buyer.sees("扫一扫")
    buyer.sees_nothing()
    assert len(till.platform.orders) == 1


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
