"""Paying by WeChat's code, from the picture to the money that is released or given back."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.gateways.account import NOTIFY_PATH
from market.errands import ErrandKind
from market.ledger import cash_at, escrow
from storage.orders import orders
from tests.support.chat import Chat, Person
from tests.support.databases import Database
from tests.support.till import Till

pytestmark = pytest.mark.pay
PRICE = 3_200_000


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
    buyer.sees("收据 R20481")
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

    closing = await till.errand(ErrandKind.CLOSE)
    assert closing is not None
    assert (closing.tries, closing.error) == (0, ""), "what was paid is not closed"
    buyer.sees_among("收据 R20481")
    buyer.ignores_the_rest()  # a second code may have been on its way
    provider.sees("已托管")
    await till.passes(hours=3)
    assert {order.state for order in till.platform.orders.values()} <= {"SUCCESS", "CLOSED"}
    buyer.ignores_the_rest()
    provider.ignores_the_rest()
    chat.staff_group.ignores_the_rest()


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
    huang.sees("应收 ¥32,000", "没有入账", "T20481")
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
    unknown = number.replace("T20481", "T20482")
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


async def test_eight_processes_at_once_do_an_errand_once(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    await buyer.says("在线支付")
    buyer.sees("正在向微信支付")

    ran = await asyncio.gather(*(till.errands.run_due() for _ in range(8)))
    await chat.settle()

    assert sum(ran) == 1
    assert till.platform.asked == ["POST /v3/pay/transactions/native"]
    buyer.sees("扫一扫")
    buyer.sees_nothing()


async def test_eight_notices_at_once_fund_the_order_once(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    notice = till.platform.pays(await till.hands_out(buyer))
    chat.clock.advance(timedelta(minutes=2))
    answers = await asyncio.gather(
        *(till.delivers(notice) for _ in range(8)), till.errands.run_due()
    )

    assert answers[:8] == [204] * 8
    await chat.settle()
    buyer.sees("收据 R20481")
    provider.sees("已托管")
    buyer.sees_nothing()
    assert await chat.balance(cash_at("wechat")) == -PRICE


async def test_staff_hear_before_wechat_pay_lets_the_money_go_by_itself(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    await till.paid_order(buyer, provider)
    await provider.says("开工")
    await chat.pass_(days=28)
    chat.everybody_has_read()

    await huang.says("办 gateway O2048")
    huang.sees("微信支付要人看 O2048", "¥32,000", "最多冻结 30 天", "12 月 18 日", "单独保管")

    await chat.pass_(days=3)
    await provider.says("交付 O2048 都做好了")
    await buyer.says("验收 O2048")
    await buyer.says("确认")
    await till.works()
    chat.everybody_has_read()
    assert till.platform.released == {}, "there is nothing left to release"
    assert await till.left_to_do() == []


async def test_a_notice_that_cannot_be_booked_in_time_is_asked_for_again(
    chat: Chat,
    till: Till,
    people: tuple[Person, Person],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The platform hangs up after five seconds: an honest refusal brings it back."""
    monkeypatch.setattr("bot.web.payments.ANSWER_WITHIN_S", 0.2)
    buyer, provider = people
    await chat.awarded_order(buyer, provider)
    notice = till.platform.pays(await till.hands_out(buyer))

    with database.engine.begin() as conn:  # somebody else is at this order, for long
        conn.execute(select(orders).with_for_update()).all()
        async with till.http.post(
            till.url + NOTIFY_PATH, data=notice.body, headers=notice.headers
        ) as response:
            assert response.status == 503
    assert await till.delivers(notice) == 204

    buyer.sees("收据 R20481")
    provider.sees("已托管")
    buyer.sees_nothing()
