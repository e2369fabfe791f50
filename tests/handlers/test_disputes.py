"""Deciding disputes: consequence, confirmation, and a second person for large sums."""

import asyncio

from market.ledger import COMMISSION_INCOME, escrow, points, provider_payable, refund_payable
from tests.support.chat import Chat
from tests.support.deals import both_accept, disputed, says_to_colleagues


async def test_a_small_dispute_is_decided_after_its_consequence(chat: Chat) -> None:
    buyer, provider, huang = (
        chat.buyer("小林"),
        await chat.provider("陈工"),
        await chat.staff("小黄"),
    )
    dispute = await disputed(chat, buyer, provider, 8_000)

    await huang.says(f"判 {dispute} 退60% 缺对应表，核心章节可用")
    huang.sees("如果执行", "客户退 ¥4,800", "服务商得 ¥3,008", "佣金 ¥192", "确认？")
    await huang.says("确认")
    huang.sees(f"{dispute} 已裁决", "钱还在托管")
    buyer.sees(dispute, "退客户 ¥4,800", "缺对应表", f"接受 {dispute}", f"复议 {dispute} 理由")
    provider.sees(dispute, "付服务商 ¥3,008", "缺对应表", f"接受 {dispute}")
    await huang.says("确认")
    huang.sees("没有等您确认")
    assert await chat.balance(escrow("O2048")) == 800_000
    await both_accept(buyer, provider, dispute)
    buyer.sees("已裁决并执行", "退客户 ¥4,800")
    provider.sees("双方都接受了", "付服务商 ¥3,008")

    assert await chat.balance(escrow("O2048")) == 0
    assert await chat.balance(refund_payable("O2048")) == 480_000
    assert await chat.balance(provider_payable(await chat.provider_id(provider))) == 300_800
    assert await chat.balance(COMMISSION_INCOME) == 19_200
    assert await chat.balance(points(await chat.person_id(buyer))) == 0
    await huang.says("待办")
    huang.sees("应退款 O2048")


async def test_a_large_sum_takes_a_second_person(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    dispute = await disputed(chat, buyer, provider, 31_000)

    await wang.says(f"同意 {dispute}")
    wang.sees("还没有等您同意的裁决")
    await huang.says(f"判 {dispute} 退60%")
    huang.sees("客户退 ¥18,600", "请写一句")
    await huang.says("缺对应表，费用表套用他人数据，核心章节可用")
    huang.sees("客户退 ¥18,600", f"同意 {dispute}", "确认？")
    await huang.says("确认")
    huang.sees(f"同意 {dispute}", "才算数")
    chat.staff_group.sees(dispute, f"同意 {dispute}")
    buyer.sees_nothing()

    await huang.says(f"同意 {dispute}")
    huang.sees("第二位同事")
    await wang.says(dispute)
    wang.sees("裁决待第二人同意", "小黄提议退 60%", "客户退 ¥18,600")
    await wang.says(f"同意 {dispute}")
    wang.sees("已裁决", "没人复议，自动执行")
    buyer.sees("退客户 ¥18,600")
    provider.sees("付服务商")
    await wang.says(f"同意 {dispute}")
    wang.sees(dispute, "不能这样操作")
    await both_accept(buyer, provider, dispute)
    buyer.sees("已裁决并执行")
    provider.sees("双方都接受了")

    assert await chat.balance(escrow("O2048")) == 0
    refund = await chat.balance(refund_payable("O2048"))
    payout = await chat.balance(provider_payable(await chat.provider_id(provider)))
    assert (refund, payout) == (1_860_000, 1_165_600)
    assert refund + payout + await chat.balance(COMMISSION_INCOME) == 3_100_000


async def test_the_second_person_may_refuse(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    dispute = await disputed(chat, buyer, provider, 31_000)
    await huang.says(f"判 {dispute} 全退 没有做完")
    await huang.says("确认")
    chat.everybody_has_read()

    await wang.says(f"驳回 {dispute} 核心章节可用，不该全退")
    wang.sees("已驳回", "没有动钱")
    huang.sees("王主任没有同意", "不该全退")
    await wang.says(f"同意 {dispute}")
    wang.sees("还没有等您同意的裁决")

    assert await chat.balance(escrow("O2048")) == 3_100_000


async def test_a_proposal_is_not_replaced_while_a_second_person_reads_it(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    dispute = await disputed(chat, buyer, provider, 31_000)
    await huang.says(f"判 {dispute} 退10% 大体合格")
    await huang.says("确认")
    chat.everybody_has_read()

    await huang.says(f"判 {dispute} 全退 没有做完")
    await huang.says("确认")
    assert "已有一份裁决在等" in "".join(message.text for message in huang.unread)
    await wang.says(f"同意 {dispute}")
    wang.sees("已裁决", "客户退 ¥3,100")
    await both_accept(buyer, provider, dispute)
    chat.everybody_has_read()

    assert await chat.balance(refund_payable("O2048")) == 310_000
    chat.everybody_has_read()


async def test_eight_second_keys_at_once_make_one_ruling(chat: Chat) -> None:
    buyer, provider, huang = (
        chat.buyer("小林"),
        await chat.provider("陈工"),
        await chat.staff("小黄"),
    )
    crowd = [await chat.staff(f"同事{number}") for number in range(8)]
    dispute = await disputed(chat, buyer, provider, 31_000)
    await huang.says(f"判 {dispute} 不退 已按约定交付")
    await huang.says("确认")
    chat.everybody_has_read()

    await asyncio.gather(*(colleague.says(f"同意 {dispute}") for colleague in crowd))

    heard = [colleague.sees(dispute) for colleague in crowd]
    assert sum("双方都通知了" in text for text in heard) == 1
    buyer.sees("已裁决")
    buyer.sees_nothing()
    provider.sees("已裁决")
    chat.staff_group.ignores_the_rest()
    await both_accept(buyer, provider, dispute)
    chat.everybody_has_read()
    assert await chat.balance(provider_payable(await chat.provider_id(provider))) == 2_914_000


async def test_in_the_staff_group_a_casual_word_decides_nothing(chat: Chat) -> None:
    buyer, provider, huang = (
        chat.buyer("小林"),
        await chat.provider("陈工"),
        await chat.staff("小黄"),
    )
    dispute = await disputed(chat, buyer, provider, 8_000)

    await says_to_colleagues(huang, f"判 {dispute} 退60% 缺对应表")
    assert "¥" not in chat.staff_group.sees(dispute, "私聊")
    huang.sees("客户退 ¥4,800")
    await says_to_colleagues(huang, "好的")
    chat.staff_group.sees_nothing()
    assert await chat.balance(escrow("O2048")) == 800_000
    await says_to_colleagues(huang, "确认")
    chat.staff_group.sees(dispute, "已裁决")
    huang.sees("已裁决")
    await both_accept(buyer, provider, dispute)

    chat.everybody_has_read()
    assert await chat.balance(escrow("O2048")) == 0
