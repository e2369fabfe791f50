"""What the clock does: nothing is lost, nobody loses anything unwarned."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest

from bot.channels.errors import PermanentlyRefused, Unavailable, WindowClosed
from handlers.jobs.deadlines import act_on
from market.ledger import escrow, points
from storage.unit_of_work import UnitOfWork
from tests.support.chat import Chat
from tests.support.databases import Database


async def test_bidding_closes_by_itself_and_the_buyer_compares(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await buyer.says("高企认定，柳州，预算3万")
    await buyer.says("确认")
    await provider.says("报价 1024 3万2 15天")
    await provider.says("1")
    chat.everybody_has_read()

    await chat.pass_(hours=48)

    chat.group.sees("D1024 已开标", "A ")
    buyer.sees("D1024 收到 1 份报价", "¥32,000", "选A D1024")


async def test_bidding_that_closes_without_a_bid_ends_kindly(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("高企认定，柳州，预算3万")
    await buyer.says("确认")
    chat.everybody_has_read()

    await chat.pass_(hours=48)

    buyer.sees("D1024", "没有收到报价", "没有任何费用")


async def test_a_bid_after_closing_is_none(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await buyer.says("高企认定，柳州，预算3万")
    await buyer.says("确认")
    await provider.says("报价 1024 3万2 15天")
    provider.sees("核对一下")
    chat.everybody_has_read()
    chat.clock.advance(timedelta(hours=48))

    await provider.says("1")

    provider.sees("已经截标")
    chat.everybody_has_read()


async def test_an_order_nobody_pays_closes_and_costs_nothing(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.awarded_order(buyer, provider)

    await chat.pass_(hours=49)
    provider.sees("O2048", "已关闭")
    buyer.sees("O2048 还没付款")  # a day before
    await buyer.says("付款 O2048")

    buyer.sees("超时未付款", "不能这样操作")
    assert await chat.balance(escrow("O2048")) == 0


async def test_work_is_accepted_by_the_clock_only_after_a_delivered_reminder(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.delivered_order(buyer, provider)
    await chat.pass_(hours=40)
    await buyer.says("在吗")  # opens the window that the reminder of the fourth day needs
    await chat.pass_(hours=47)
    await buyer.says("在吗")
    chat.everybody_has_read()

    await chat.pass_(days=4)

    buyer.sees_among("O2048 等您验收", "视为通过")
    provider.sees_among("入账 ¥30,080")
    assert await chat.balance(points(await chat.person_id(buyer))) == 32_000
    chat.everybody_has_read()


async def test_without_a_delivered_reminder_staff_must_call(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.delivered_order(buyer, provider)
    chat.wechat.trouble = WindowClosed("45015")

    await chat.pass_(days=8)

    assert await chat.balance(escrow("O2048")) == 3_200_000
    staff = await chat.staff("小黄")
    await staff.says("待办")
    staff.sees("O2048", "电话")
    await buyer.says("在吗")
    buyer.sees("您不在时", "O2048")
    chat.everybody_has_read()


async def test_a_push_waits_while_the_platform_is_down_and_comes_once(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.working_order(buyer, provider)
    chat.wechat.trouble = Unavailable("busy")
    await provider.says("交付 O2048 都做好了")
    provider.sees("已交客户")
    buyer.sees_nothing()

    chat.wechat.trouble = None
    await chat.pass_(hours=1)

    buyer.sees("O2048 已交付第 1 版")
    buyer.sees_nothing()


async def test_who_left_is_not_written_to_until_they_are_back(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.working_order(buyer, provider)
    chat.wechat.trouble = PermanentlyRefused("43004")
    await provider.says("交付 O2048 都做好了")
    provider.sees("已交客户")

    chat.wechat.trouble = None
    await chat.pass_(hours=2)
    buyer.sees_nothing()
    await buyer.says("我回来了")

    buyer.sees("您不在时发生了 1 件事", "O2048 已交付第 1 版")


async def test_at_night_nobody_is_rung_awake(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.working_order(buyer, provider)
    await chat.pass_(hours=13)  # 23:00
    await provider.says("交付 O2048 都做好了")
    provider.sees("已交客户")
    buyer.sees_nothing()

    await chat.pass_(hours=8)
    chat.staff_group.sees_nothing()
    await chat.pass_(hours=1)

    buyer.sees("O2048 已交付第 1 版")
    chat.staff_group.sees("收据链截至 11 月 19 日(周四) 00:00", "R20481")


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
async def test_the_clock_and_a_turn_wait_for_each_other_in_one_direction_only(
    chat: Chat, database: Database
) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("高企认定，柳州，预算3万")
    await buyer.says("确认")
    chat.everybody_has_read()
    now = chat.clock.now() + timedelta(hours=48)

    def sweep() -> bool:
        with database.engine.begin() as conn:
            uow = UnitOfWork(conn)
            (closing,) = (due for due in uow.deadlines.due(now, 9) if due.kind == "demand_closes")
            return act_on(uow, closing, chat.desk, now)

    with ThreadPoolExecutor(1) as pool:
        with database.engine.begin() as conn:
            turn = UnitOfWork(conn)
            demand = turn.demands.lock(1024)
            acted = pool.submit(sweep)
            wait([acted], timeout=0.3)  # it comes in the middle of the turn
            turn.deadlines.clear(demand.id, "demand_closes")
        assert not acted.result(timeout=10)
