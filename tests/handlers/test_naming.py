"""点名: one provider is asked by name; nobody else hears of it, and its offer is seen at once."""

import pytest

from tests.support.chat import Chat, Person

FIRM = "桂知源知识产权代理有限公司"


async def asked(chat: Chat) -> tuple[Person, Person, Person]:
    """D1024 asks 陈工's firm alone; 周经理 is of another one."""
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    rival = await chat.provider("周经理", "信达科技咨询有限公司")
    await buyer.says("点名 桂知源 做高企认定，柳州，预算3万")
    buyer.sees(f"只问{FIRM}", "需求草稿", f"只问 {FIRM}", "只发给", "24 小时内答复")
    await buyer.says("确认")
    buyer.sees(f"D1024 已发给{FIRM}", "别家看不到", "11 月 19 日(周四) 09:00")
    provider.sees("D1024 有客户点名请您做", "高新技术企业", "只问了您一家", "不接 D1024")
    return buyer, provider, rival


async def test_the_offer_is_seen_at_once_and_can_be_chosen(chat: Chat) -> None:
    buyer, provider, rival = await asked(chat)
    chat.group.sees_nothing()
    rival.sees_nothing()

    await provider.says("报价 1024 28000 15天")
    provider.sees("28,000", "提交后客户马上看到")
    await provider.says("1")
    provider.sees("D1024 的报价已发给客户", "轮到客户")
    buyer.sees(FIRM, "答复了 D1024", "¥28,000", "15 天", "选A D1024")

    await buyer.says("选A D1024")
    buyer.sees("如果选 A", "成交价 ¥28,000")
    await buyer.says("确认")
    buyer.sees("O2048")
    provider.sees("O2048")
    chat.group.sees_nothing()
    rival.sees_nothing()


async def test_the_one_who_is_asked_may_say_no_and_why(chat: Chat) -> None:
    buyer, provider, rival = await asked(chat)

    await provider.says("不接 D1024 年底没档期")
    provider.sees("D1024 已替您回了客户")
    buyer.sees(f"{FIRM} 这次接不了 D1024：年底没档期", "重发 D1024")
    await provider.says("报价 1024 28000 15天")
    provider.sees("没有投成")

    await buyer.says("重发 D1024")
    buyer.sees("D1024 的内容照旧", "需求草稿", "报价密封")
    await buyer.says("点名 信达")
    buyer.sees("只问信达科技咨询有限公司", "需求草稿")
    await buyer.says("确认")
    buyer.sees("D1025 已发给信达科技咨询有限公司")
    rival.sees("D1025 有客户点名请您做")
    chat.group.sees_nothing()


async def test_without_an_answer_the_buyer_can_ask_everybody(chat: Chat) -> None:
    buyer, provider, _ = await asked(chat)
    await buyer.says("进度 D1024")
    buyer.sees(f"轮到{FIRM}答复", "到点没有答复会流标")
    await buyer.says("现在开标 D1024")
    buyer.sees(f"轮到{FIRM}答复")
    await buyer.says("重发 D1024")
    buyer.sees("还在问", "撤 D1024")

    await chat.pass_(days=1)

    buyer.sees(f"{FIRM} 到时间没有答复 D1024", "没有任何费用", "重发 D1024")
    await buyer.says("重发 D1024")
    buyer.sees("内容照旧", "请大家报价")
    await buyer.says("确认")
    buyer.sees("D1025 已发布")
    chat.group.sees("D1025")
    provider.sees_nothing()


async def test_nobody_else_can_see_it_or_bid_on_it(chat: Chat) -> None:
    buyer, provider, rival = await asked(chat)

    await rival.says("我的线索")
    rival.sees("没有开着的线索")
    for words in ("报价 1024 20000 5天", "不接 D1024", "进度 D1024", "D1024"):
        await rival.says(words)
        seen = rival.sees()
        assert "高新" not in seen, seen
        assert "30,000" not in seen, seen
    await rival.says("1024 能做，20000", room="800001")
    rival.ignores_the_rest()
    chat.group.sees_nothing()
    await provider.says("1024 能做，28000 15天", room="800001")  # the group must not learn of it
    chat.group.sees_nothing()
    provider.sees("D1024 客户只问了您一家", "私信")

    await provider.says("我的线索")
    provider.sees("D1024")
    buyer.sees_nothing()


async def test_a_change_and_a_withdrawal_reach_only_the_one_who_is_asked(chat: Chat) -> None:
    buyer, provider, rival = await asked(chat)

    await buyer.says("改 D1024 预算2万")
    buyer.sees("如果改 D1024", "¥20,000")
    await buyer.says("确认")
    buyer.sees("D1024 已改为")
    provider.sees("D1024 要求有改动", "¥20,000")
    await buyer.says("撤 D1024")
    buyer.sees("如果撤回 D1024")
    await buyer.says("确认")
    buyer.sees("D1024 已撤回")
    provider.sees("D1024", "客户已撤回")
    rival.sees_nothing()
    chat.group.sees_nothing()


async def test_the_name_may_come_first_or_last(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await chat.provider("陈工")

    await buyer.says("点名")
    buyer.sees("请谁、办什么")
    await buyer.says("桂知源")
    buyer.sees(f"只问{FIRM}", "办什么")
    await buyer.says("做高企认定，柳州，预算3万")
    buyer.sees("需求草稿", f"只问 {FIRM}")
    await buyer.says("不点名")
    buyer.sees("请大家报价", "报价密封")
    await buyer.says("就找桂知源")
    buyer.sees(f"只问{FIRM}", "只发给")


@pytest.mark.parametrize(
    "words",
    [
        "直接找桂知源帮我们做高企认定，柳州，预算3万",
        "问 @桂知源 高企认定，柳州，预算3万",
        "我想点名桂知源，做高企认定，柳州，预算3万",
        "指定 桂知源知识产权 高企认定 柳州 预算3万",
    ],
)
async def test_many_ways_to_name_somebody(chat: Chat, words: str) -> None:
    buyer = chat.buyer("小林")
    await chat.provider("陈工")

    await buyer.says(words)

    buyer.sees(f"只问{FIRM}", "需求草稿", "高新技术企业", "柳州市", "¥30,000")


async def test_a_name_that_nobody_has_or_who_cannot_be_reached(chat: Chat) -> None:
    buyer = chat.buyer("小林")

    await buyer.says("点名 火星探测集团 做高企认定")
    buyer.sees("没找到叫“火星探测集团”")
    await buyer.says("点名 桂知源 做高企认定")
    buyer.sees(FIRM, "还没有在这里绑定账号", "人工")
    await buyer.says("直接找人工")
    assert "没找到" not in buyer.sees()


async def test_nobody_names_their_own_firm(chat: Chat) -> None:
    provider = await chat.provider("陈工")

    await provider.says("点名 桂知源 做高企认定")

    provider.sees("不能点名自己")


async def test_the_price_can_be_talked_over(chat: Chat) -> None:
    buyer, provider, _ = await asked(chat)
    await provider.says("报价 1024 32000 15天")
    await provider.says("1")
    chat.everybody_has_read()

    await buyer.says("还价 A 30000")
    buyer.sees("已转给 A")
    provider.sees("D1024 客户问：¥30,000 可以吗")
    await provider.says("同意还价 D1024")
    provider.ignores_the_rest()
    buyer.sees("D1024", "¥30,000")


async def test_not_taking_a_public_one_needs_no_answer(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await buyer.says("高企认定，柳州，预算3万")
    await buyer.says("确认")
    chat.everybody_has_read()

    await provider.says("不接 D1024")

    provider.sees("不接不用回")
    buyer.sees_nothing()


async def test_staff_approve_a_large_one_but_cannot_invite_others_to_it(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    staff = await chat.staff("小黄")
    await buyer.says("点名 桂知源 做高企认定，柳州，预算面议")
    await buyer.says("确认")
    buyer.ignores_the_rest()
    chat.staff_group.sees("D1024", f"只问 {FIRM}")

    await staff.says("审 D1024")
    assert "推荐" not in staff.sees("客户只问了这一家", "审 D1024 通过")
    await staff.says("邀 D1024 1 2")
    staff.ignores_the_rest()
    provider.sees_nothing()
    await staff.says("审 D1024 通过")
    staff.sees(f"D1024 已发给{FIRM}，只有它看得到")
    buyer.sees(f"D1024 已发给{FIRM}")
    provider.sees("D1024 有客户点名请您做")
