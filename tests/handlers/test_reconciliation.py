"""Bills of WeChat Pay against our books: what agrees is silent, what differs is somebody's task."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import update

from bot.gateways.bills import BillRunner
from handlers.actions.reconciliation import take_bill
from market.errands import BY_CODE
from market.reconciliation import Kind, Line
from storage.errands import errands
from storage.unit_of_work import UnitOfWork
from tests.support.bill_files import Trade, bill_of, trade_bill
from tests.support.chat import STAFF_ROOM, Chat, Person
from tests.support.till import Till
from tests.support.wechat_pay import MCH_ID

pytestmark = pytest.mark.pay
DAY = "2026-11-18"
PRICE = 3_200_000
NOON = datetime.fromisoformat(f"{DAY} 12:00+08:00")
STRAY = Trade("T99-stray", "4200000000000000777", 12_345)


async def take(chat: Chat, bill: Sequence[Line]) -> None:
    """As the command does with a file."""
    await chat.runner.run(
        partial(
            take_bill,
            gateway=BY_CODE,
            day=date.fromisoformat(DAY),
            lines=bill,
            now=chat.clock.now(),
        )
    )


async def lines(chat: Chat) -> tuple[Line, ...]:
    return await chat.runner.read(lambda uow: uow.bills.lines(BY_CODE, date.fromisoformat(DAY)))


def _forget_the_questions(uow: UnitOfWork) -> None:
    """As if every question had been given up."""
    uow.conn.execute(update(errands).values(done_at=NOON))


async def next_morning(chat: Chat, till: Till) -> None:
    """24 hours later it is 10 o'clock again: the bill of the day before can be had."""
    await chat.pass_(hours=24)
    await till.works()
    chat.everybody_has_read()
    chat.staff_group.ignores_the_rest()  # the root of the day's receipts


async def test_what_agrees_is_silent(chat: Chat, till: Till, people: tuple[Person, Person]) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    await till.paid_order(buyer, provider)
    await buyer.says("取消 O2048")
    await buyer.says("确认")
    await till.works()
    await till.delivers(till.platform.refund_notice(next(iter(till.platform.refunds))))
    till.platform.bills[DAY] = bill_of(till.platform)
    await till.reads_bills()
    assert "GET /v3/bill/tradebill" not in till.platform.asked, "before ten there is no bill"
    await huang.says("对账")
    huang.sees("还没有对过账", "10 点")

    await next_morning(chat, till)
    await till.reads_bills()

    assert till.platform.asked[-1] == "GET /v3/billdownload/file"
    await huang.says("待办")
    huang.sees("没有待办")
    await huang.says("对账")
    huang.sees("11 月 18 日(周三) 微信支付 已对", "都对得上")


async def test_what_a_lost_notice_explains_is_asked_for_and_booked(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    await chat.awarded_order(buyer, provider)
    number = await till.hands_out(buyer)
    till.platform.pays(number)  # and its notice is lost, and nobody answered our questions
    till.platform.bills[DAY] = bill_of(till.platform)
    await chat.runner.run(_forget_the_questions)
    chat.clock.advance(timedelta(days=1))

    await till.reads_bills()

    buyer.sees("收据 R20481", "¥32,000")
    provider.sees("已托管")
    await chat.pass_(minutes=16)
    await huang.says("对账")
    huang.sees("都对得上")
    chat.staff_group.ignores_the_rest()


async def test_money_that_nobody_knows_is_a_task_with_a_number(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    await till.paid_order(buyer, provider)
    await provider.says("开工")
    till.platform.bills[DAY] = bill_of(till.platform, more=[STRAY])
    await next_morning(chat, till)

    await till.reads_bills()

    await huang.says("待办")
    huang.sees("1 件待办", "对账有差异 K101", "账单有 ¥123.45，账上没有")
    await huang.says("1")
    huang.sees("账单有 ¥123.45，账上没有：11-18 微信支付收款 T99-stray", "对平 K101 原因")
    await huang.says("已联系 K101")
    huang.sees("打过电话不算办完", "对平 K101")
    await huang.says("对平 K101")
    huang.sees("写明原因")
    await huang.says("对平 K101 测试付款，商户平台已退", room=STAFF_ROOM)
    chat.staff_group.sees("K101 已对平")
    huang.sees("没有动账", "都对平了")
    await huang.says("对平 K101 再来一次")
    huang.sees("K101 已经对平了", "不用再办")
    await buyer.says("对平 K101 我说的")
    assert "K101" not in buyer.unread[-1].text or "同事" in buyer.unread[-1].text
    buyer.ignores_the_rest()

    # The same bill again: what a colleague closed stays closed.
    await take(chat, [*await lines(chat)])
    await huang.says("待办")
    huang.sees("没有待办")


async def test_another_amount_and_a_payment_the_bill_does_not_have(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    await till.paid_order(buyer, provider)
    await provider.says("开工")
    ordered = next(iter(till.platform.orders.values()))
    wrong = Trade(ordered.no, ordered.transaction_id, PRICE - 1)
    till.platform.bills[DAY] = trade_bill([wrong])
    await next_morning(chat, till)
    await till.reads_bills()
    await huang.says("K101")
    huang.sees("O2048", "账单 ¥31,999.99，账上 ¥32,000")

    # The next day's bill has nothing to do with it; a corrected one closes it by itself.
    till.platform.bills["2026-11-19"] = bill_of(till.platform, ordered.no)
    await next_morning(chat, till)
    await till.reads_bills()
    await huang.says("对账")
    huang.sees("还有 1 处对不上", "K101")
    await take(chat, [Line(ordered.transaction_id, ordered.no, Kind.PAYMENT, PRICE, NOON)])
    await huang.says("对账")
    huang.sees("都对得上")
    await take(chat, [])
    await huang.says("待办")
    huang.sees("对账有差异 K")
    await huang.says("1")
    huang.sees("O2048", "账上有 ¥32,000，账单没有")


@pytest.mark.parametrize("spoilt", ["cut", "forged", "garbage"])
async def test_a_bill_that_cannot_be_believed_is_tried_again_and_staff_hear_of_it(
    chat: Chat, till: Till, people: tuple[Person, Person], spoilt: str
) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    await till.paid_order(buyer, provider)
    await provider.says("开工")
    good = bill_of(till.platform)
    till.platform.bills[DAY] = good
    changes: dict[str, Callable[[], None]] = {
        "cut": lambda: till.platform.bills.update({DAY: good[:-40]}),
        "forged": lambda: setattr(till.platform, "announces", lambda bill: bill + b" "),
        "garbage": lambda: till.platform.bills.update({DAY: b"<html>502</html>"}),
    }
    changes[spoilt]()
    await next_morning(chat, till)

    for _ in range(3):
        await till.reads_bills()
        await chat.pass_(hours=2, minutes=1)
    chat.staff_group.ignores_the_rest()
    await huang.says("待办")
    huang.sees("1 件待办", "账单没取到")
    await huang.says("1")
    huang.sees("11-18 的账单没取到", "kebao reconcile")

    till.platform.bills[DAY], till.platform.announces = good, lambda bill: bill
    await till.reads_bills()
    await huang.says("待办")
    huang.sees("没有待办")


async def test_two_processes_read_the_same_bill_once(
    chat: Chat, till: Till, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    await till.paid_order(buyer, provider)
    till.platform.bills[DAY] = trade_bill([STRAY])
    await next_morning(chat, till)
    other = BillRunner(chat.runner, till.gateway, chat.clock, mch_id=MCH_ID)

    read = await asyncio.gather(till.bills.run_due(), other.run_due())
    assert sum(read) == 1
    same = await lines(chat)
    await asyncio.gather(*(take(chat, same) for _ in range(8)))
    await till.works()

    await huang.says("对账")
    huang.sees("还有 2 处对不上", "K101", "K102")
