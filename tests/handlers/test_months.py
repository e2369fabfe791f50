"""月结: what a month brought, for staff the whole market's, for a provider only their own."""

import io
from datetime import timedelta

import openpyxl
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.months import month_routes
from handlers.chat.months import which_month
from market.months import Month
from tests.handlers.test_refunds_and_payouts import earned
from tests.support.chat import STAFF_ROOM, Chat, Person

NOVEMBER = Month(2026, 11)


@pytest.mark.parametrize(
    ("said", "month"),
    [
        ("", Month(2026, 10)),
        ("上月", Month(2026, 10)),
        ("本月", NOVEMBER),
        ("2026-9", Month(2026, 9)),
        ("2025年12月", Month(2025, 12)),
        ("10月份", Month(2026, 10)),
        ("12月", Month(2025, 12)),
        ("13月", None),
        ("明年", None),
    ],
)
def test_which_month_is_meant(said: str, month: Month | None) -> None:
    assert which_month(said, NOVEMBER) == month


async def sheet(chat: Chat, words: str) -> list[tuple[str, ...]]:
    """The workbook behind the address that was told."""
    app = web.Application()
    app.add_routes(month_routes(chat.runner, chat.clock))
    path = "/months/" + words.split("/months/")[1].split()[0]
    async with TestClient(TestServer(app)) as client:
        answer = await client.get(path)
        if answer.status != 200:
            return []
        assert "attachment" in answer.headers["Content-Disposition"]
        book = openpyxl.load_workbook(io.BytesIO(await answer.read()))
    return [tuple(str(cell or "") for cell in row) for row in book.worksheets[0].values]


async def test_a_month_adds_up_for_staff_and_for_the_provider(
    chat: Chat, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    firm = await earned(chat, buyer, provider, 25_000)
    await provider.says("提现")
    await huang.says(f"已打款 {firm} 23500")
    await wang.says(f"确认打款 {firm}")
    chat.everybody_has_read()

    await huang.says("月结 本月")
    words = huang.sees(
        "2026 年 11 月到现在：收款 ¥25,000，退款 ¥0，打款 ¥23,500，佣金 ¥1,500。",
        "托管 ¥0，应付服务商 ¥0，应退客户 ¥0",
        "银行 -¥23,500、演示付款 ¥25,000",  # it came by the page, and went by the bank
        "还没导入过账单",
    )
    table = await sheet(chat, words)
    assert ("佣金收入", "从托管划出佣金", "1", "1500.00") in table
    assert ("演示付款账上的钱", "月末余额", "", "25000.00") in table
    assert table[-1] == ("借贷相抵（应为 0）", "", "", "0.00")

    await provider.says("对账单 本月")
    provider.ignores_the_rest()
    await provider.says("月结 本月")
    own = provider.sees("1 笔入账，共 ¥23,500（已扣佣金 ¥1,500）", "提现 ¥23,500", "月末余额 ¥0")
    table = await sheet(chat, own)
    title = "高新技术企业培育服务与认定咨询"
    assert ("O2048", title, "25000.00", "1500.00", "23500.00") in table
    assert not any("佣金收入" in row for row in table)

    await chat.pass_(hours=25)
    chat.everybody_has_read()
    chat.staff_group.ignores_the_rest()
    assert await sheet(chat, words) == [], "an address runs out after a day"


async def test_a_month_carries_over_into_the_next(
    chat: Chat, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    await earned(chat, buyer, provider, 25_000)
    chat.clock.advance(timedelta(days=14))  # to the second of December

    await provider.says("月结")
    provider.sees("2026 年 11 月对账单：1 笔入账", "月初余额 ¥0，月末余额 ¥23,500")
    await provider.says("月结 本月")
    provider.sees("12 月到现在：0 笔入账", "月初余额 ¥23,500，月末余额 ¥23,500")
    await huang.says("月结", room=STAFF_ROOM)
    chat.staff_group.sees("2026 年 11 月的月结私聊发您了")
    huang.sees("11 月月结：收款 ¥25,000", "应付服务商 ¥23,500", "回“月结 2026-10”")
    await huang.says("月结 2027-01")
    huang.sees("2027 年 1 月还没开始")
    await huang.says("月结 大前天")
    huang.sees("没看懂是哪个月", "月结 2026-10")


async def test_a_buyer_has_no_month_and_sees_nobody_elses(
    chat: Chat, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    await earned(chat, buyer, provider, 25_000)

    await buyer.says("月结 本月")

    assert "23,500" not in buyer.unread[-1].text
    assert "/months/" not in buyer.unread[-1].text
    buyer.ignores_the_rest()
