"""Money that leaves: refunds and providers' earnings take two colleagues, once, exactly."""

import asyncio

from sqlalchemy import Connection

from market.ledger import cash_at, provider_payable, refund_payable
from storage.audit import audit
from tests.support.chat import Chat, Person
from tests.support.deals import agreed, both_accept, disputed, says_to_colleagues


async def paid_order(chat: Chat, buyer: Person, provider: Person, price: int) -> str:
    """An order at this price in yuan whose work could begin; returns its number."""
    order = await agreed(chat, buyer, provider, price)
    await buyer.says("在线支付")
    await chat.pay(buyer.sees("/sandbox/pay/").split("/sandbox/pay/")[1].split()[0])
    chat.everybody_has_read()
    return order


async def earned(chat: Chat, buyer: Person, provider: Person, price: int) -> str:
    """An accepted order: the provider has earned it; returns what staff call the provider."""
    await paid_order(chat, buyer, provider, price)
    for person, words in (
        (provider, "开工"),
        (provider, "交付 O2048 都做好了"),
        (buyer, "验收 O2048"),
        (buyer, "确认"),
    ):
        await person.says(words)
    chat.everybody_has_read()
    return f"V{await chat.provider_id(provider)}"


async def audited(chat: Chat) -> list[str]:
    def look(conn: Connection) -> list[str]:
        return [str(finding) for finding in audit(conn)]

    return await chat.runner.read(lambda uow: look(uow.conn))


async def test_a_refund_is_under_way_until_two_colleagues_have_recorded_it(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    order = await paid_order(chat, buyer, provider, 1_400)

    await buyer.says(f"取消 {order}")
    buyer.sees("全额退")
    await buyer.says("确认")
    buyer.sees("已取消", "退款中：应退 ¥1,400，同事处理中")
    chat.everybody_has_read()
    await buyer.says(f"进度 {order}")
    assert "已退款" not in buyer.sees("退款中：应退 ¥1,400，同事处理中")

    await huang.says(f"确认退款 {order}")
    huang.sees("还没有人录入退款", f"退款 {order}")
    await huang.says(f"退款 {order} 140")
    huang.sees("应付出 ¥1,400", "¥140", "没有入账")
    await huang.says(f"退款 {order} 1400")
    huang.sees("¥1,400", "已录入", f"确认退款 {order}")
    assert "1,400" not in chat.staff_group.sees(order, f"确认退款 {order}")
    await huang.says(f"确认退款 {order}")
    huang.sees("第二位同事")
    await wang.says(f"退款 {order} 1400")
    wang.sees("小黄已经录过")
    await buyer.says(f"进度 {order}")
    buyer.sees("退款中：应退 ¥1,400")
    assert await chat.balance(refund_payable(order)) == 140_000

    await wang.says(f"确认退款 {order}")
    wang.sees("已入账")
    buyer.sees("已退款 ¥1,400")
    await buyer.says(f"进度 {order}")
    buyer.sees("已退款 ¥1,400")
    await wang.says(f"确认退款 {order}")
    wang.sees("已退款", "不能这样操作")
    await huang.says("待办")
    huang.sees("没有待办")

    assert await chat.balance(refund_payable(order)) == 0
    assert await chat.balance(cash_at("sandbox")) == 0
    assert await audited(chat) == []


async def test_after_a_ruling_both_sides_see_the_split(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    dispute = await disputed(chat, buyer, provider, 8_000)
    await huang.says(f"判 {dispute} 退60% 缺对应表")
    await huang.says("确认")
    chat.everybody_has_read()
    await both_accept(buyer, provider, dispute)
    chat.everybody_has_read()

    for person in (buyer, provider):
        await person.says("进度 O2048")
        person.sees("退款中：应退 ¥4,800，同事处理中", "退 ¥4,800，付 ¥3,008")
    await huang.says("退款 O2048 4800")
    await wang.says("确认退款 O2048")
    chat.everybody_has_read()
    for person in (buyer, provider):
        await person.says("进度 O2048")
        person.sees("已退款 ¥4,800", "退 ¥4,800，付 ¥3,008")

    assert await audited(chat) == []


async def test_earnings_are_asked_for_once_and_sent_by_two(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    firm = await earned(chat, buyer, provider, 25_000)
    payable = provider_payable(await chat.provider_id(provider))

    await provider.says("提现")
    provider.sees("¥23,500", "已交给财务")
    await provider.says("提现")
    provider.sees("¥23,500", "已经申请了", "不用再申请")
    await huang.says("待办")
    huang.sees("提现申请", "桂知源", "¥23,500")
    await huang.says("1")
    huang.sees("提现 ¥23,500", f"已打款 {firm}", f"确认打款 {firm}")
    await huang.says("已联系")
    huang.sees("打过电话不算", f"已打款 {firm}")
    await huang.says(f"已打款 {firm} 23500")
    huang.sees("¥23,500", "已录入", f"确认打款 {firm}")
    chat.staff_group.sees(firm, f"确认打款 {firm}")
    await huang.says(f"确认打款 {firm}")
    huang.sees("第二位同事")
    assert await chat.balance(payable) == 2_350_000
    assert await audited(chat) == []

    await wang.says(f"确认打款 {firm}")
    wang.sees("已入账")
    provider.sees("提现 ¥23,500", "已打款")
    assert await chat.balance(payable) == 0
    assert await chat.balance(cash_at("offline")) == 2_350_000
    await provider.says("提现")
    provider.sees("没有可提现")
    await wang.says(f"确认打款 {firm}")
    wang.sees("已打款", "不能这样操作")
    assert await audited(chat) == []


async def test_eight_second_keys_at_once_send_the_earnings_once(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang = await chat.staff("小黄")
    crowd = [await chat.staff(f"同事{number}") for number in range(8)]
    firm = await earned(chat, buyer, provider, 25_000)
    await provider.says("提现")
    await huang.says(f"已打款 {firm} 23500")
    chat.everybody_has_read()

    await asyncio.gather(*(colleague.says(f"确认打款 {firm}") for colleague in crowd))

    heard = [colleague.sees(firm) for colleague in crowd]
    assert sum("已入账" in text for text in heard) == 1
    assert sum("不能这样操作" in text for text in heard) == 7
    provider.sees("已打款")
    provider.sees_nothing()
    assert await chat.balance(cash_at("offline")) == 2_350_000
    assert await audited(chat) == []


async def test_in_the_staff_group_no_sum_that_leaves_is_said(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    firm = await earned(chat, buyer, provider, 25_000)
    await provider.says("提现")

    await says_to_colleagues(huang, f"已打款 {firm} 23500")
    assert "23,500" not in chat.staff_group.sees(firm, "第二位同事")
    huang.sees("¥23,500")
    await says_to_colleagues(wang, f"确认打款 {firm}")
    assert "23,500" not in chat.staff_group.sees(firm, "已入账")

    chat.everybody_has_read()


async def test_a_call_closes_no_task_about_money(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang = await chat.staff("小黄")
    order = await agreed(chat, buyer, provider, 400)
    await buyer.says("对公转账")
    buyer.ignores_the_rest()

    await huang.says("待办")
    huang.sees("等对公转账到账", "应收 ¥400，")
    await huang.says(f"已联系 {order}")
    huang.sees("打过电话不算", f"收款 {order} 金额")
    await huang.says(f"收款 {order} 400")
    huang.sees("已录入")
    await huang.says(f"已联系 {order}")
    huang.sees("打过电话不算", f"确认收款 {order}")
    chat.everybody_has_read()
    await huang.says("待办")
    huang.sees("2 件待办")


async def test_only_bound_staff_send_money(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    firm = await earned(chat, buyer, provider, 25_000)
    await provider.says("提现")
    chat.everybody_has_read()

    for words in (f"确认打款 {firm}", "确认退款 O2048"):
        await provider.says(words)
        provider.sees("只认绑定过的账号")
    await provider.says(f"已打款 {firm} 23500")
    provider.ignores_the_rest()

    assert await chat.balance(provider_payable(await chat.provider_id(provider))) == 2_350_000
