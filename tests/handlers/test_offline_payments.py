"""Money that arrives outside a gateway takes two colleagues."""

import asyncio

from market.ledger import cash_at, escrow
from tests.support.chat import Chat
from tests.support.deals import agreed, says_to_colleagues


async def test_two_colleagues_fund_an_order(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    order = await agreed(chat, buyer, provider, 32_000)

    await huang.says(f"收款 {order} 32000")
    huang.sees(order, "已录入", "还没有入账", f"确认收款 {order}")
    chat.staff_group.sees(order, f"确认收款 {order}")
    assert await chat.balance(escrow(order)) == 0

    await wang.says(f"确认收款 {order}")
    wang.sees("已入托管")
    buyer.sees("收据 R", "¥32,000")
    provider.sees("已托管")
    assert await chat.balance(escrow(order)) == 3_200_000
    assert await chat.balance(cash_at("offline")) == -3_200_000


async def test_the_first_key_cannot_be_the_second(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    order = await agreed(chat, buyer, provider, 32_000)
    await huang.says(f"收款 {order} 32000")
    chat.everybody_has_read()

    await huang.says(f"确认收款 {order}")
    huang.sees(order, "第二位同事")
    await huang.says("确认")
    huang.sees("没有等您确认")
    await wang.says(f"收款 {order} 32000")
    wang.sees("小黄已经录过", f"确认收款 {order}")
    await huang.says(f"确认收款 {order}")
    huang.sees("第二位同事")

    assert await chat.balance(escrow(order)) == 0


async def test_the_wrong_sum_is_not_entered(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    order = await agreed(chat, buyer, provider, 32_000)

    await huang.says(f"收款 {order} 3200")
    huang.sees("应付 ¥32,000", "收到的是 ¥3,200", "没有入账")
    await huang.says(f"收款 {order}")
    huang.sees("收到多少", f"收款 {order} 32000")
    await wang.says(f"确认收款 {order}")
    wang.sees(order, "还没有人录入")

    assert await chat.balance(escrow(order)) == 0


async def test_confirming_again_moves_nothing(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    order = await agreed(chat, buyer, provider, 32_000)
    await huang.says(f"收款 {order} 三万二")
    await wang.says(f"确认收款 {order}")
    chat.everybody_has_read()

    await wang.says(f"确认收款 {order}")
    wang.sees(order, "已托管", "不能这样操作")
    await wang.says("确认")
    wang.sees("没有等您确认")
    await huang.says(f"收款 {order} 32000")
    huang.sees(order, "不能这样操作")

    assert await chat.balance(escrow(order)) == 3_200_000


async def test_eight_second_keys_at_once_fund_once(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang = await chat.staff("小黄")
    crowd = [await chat.staff(f"同事{number}") for number in range(8)]
    order = await agreed(chat, buyer, provider, 32_000)
    await huang.says(f"收款 {order} 32000")
    chat.everybody_has_read()

    await asyncio.gather(*(colleague.says(f"确认收款 {order}") for colleague in crowd))

    heard = [colleague.sees(order) for colleague in crowd]
    assert sum("已入托管" in text for text in heard) == 1
    assert sum("不能这样操作" in text for text in heard) == 7
    buyer.sees("收据 R")
    buyer.sees_nothing()
    provider.sees("已托管")
    assert await chat.balance(escrow(order)) == 3_200_000


async def test_in_the_staff_group_no_sum_is_said(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    order = await agreed(chat, buyer, provider, 32_000)

    await says_to_colleagues(huang, f"收款 {order} 32000")
    assert "32,000" not in chat.staff_group.sees(order, "第二位同事")
    chat.staff_group.sees_nothing()
    huang.sees("¥32,000", "已录入")
    await says_to_colleagues(wang, f"确认收款 {order}")
    assert "32,000" not in chat.staff_group.sees(order, "已入托管")
    wang.sees("已入托管")

    chat.everybody_has_read()


async def test_only_bound_staff_handle_money(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    order = await agreed(chat, buyer, provider, 32_000)

    for person in (buyer, provider):
        await person.says(f"收款 {order} 32000")
        person.sees("只认绑定过的账号")
        await person.says(f"确认收款 {order}")
        person.sees("只认绑定过的账号")

    assert await chat.balance(escrow(order)) == 0
