"""Reminders: in time, once in the digest, and none about what is over."""

from bot.channels.errors import WindowClosed
from tests.support.chat import Chat
from tests.support.deals import agreed, delivered


async def test_an_unpaid_order_is_reminded_a_day_before_it_closes(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    order = await agreed(chat, buyer, provider, 32_000)

    await chat.pass_(hours=chat.desk.policy.pay_within.total_seconds() / 3600 - 23)
    buyer.sees(f"{order} 还没付款", "应付 ¥32,000", f"付款 {order}")
    await chat.pass_(hours=24)
    await buyer.says("你好")
    buyer.sees(order, "到期没有付款")
    provider.ignores_the_rest()


async def test_reminders_that_waited_are_shown_once_and_none_is_over(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    order = await delivered(chat, buyer, provider, 8_000)
    chat.wechat.trouble = WindowClosed("no window")
    await chat.pass_(days=9)
    chat.wechat.trouble = None
    chat.everybody_has_read()

    await buyer.says("你好")
    digest = buyer.sees("您不在时")
    assert digest.count(f"{order} 等您验收") == 1
    assert "11 月 25 日" not in digest
    assert "11 月 28 日" in digest
    await buyer.says("你好")
    assert "您不在时" not in buyer.sees("您好")


async def test_a_transfer_that_is_said_to_be_sent_is_looked_for(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang = await chat.staff("小黄")
    order = await agreed(chat, buyer, provider, 450)

    await buyer.says("付了 到账没")
    buyer.sees(order, "还没收到款", "对公转账")
    await buyer.says("对公转账")
    buyer.ignores_the_rest()
    for words in ("我已经转了450", "付了 到账没"):
        await buyer.says(words)
        buyer.sees(order, "已提醒财务核对")
    await huang.says("待办")
    huang.sees("应收 ¥450", "客户说")


async def test_a_demand_that_came_to_nothing_says_why(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await buyer.says("高企认定，柳州，预算3万")
    await buyer.says("确认")
    await chat.pass_(days=8)
    chat.everybody_has_read()

    await buyer.says("我的需求")
    buyer.sees("D1024", "流标：没有报价")
    await buyer.says("进度 D1024")
    assert "付款" not in buyer.sees("D1024", "流标：没有报价")
    await buyer.says("高企认定，柳州，预算3万")
    await buyer.says("确认")
    await provider.says("报价 1025 3万 15个工作日 含官费")
    await provider.says("1")
    await chat.pass_(days=20)
    chat.everybody_has_read()
    await buyer.says("进度 D1025")
    buyer.sees("流标：没有选定")
