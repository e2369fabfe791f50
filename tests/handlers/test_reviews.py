"""Reviewing demands: doubts, reasons, better words that the buyer agrees to, invitations."""

import asyncio

import pytest

from market.policy import Policy
from tests.support.chat import Chat
from tests.support.deals import says_to_colleagues, submitted
from tests.support.steps import steps_of

PROMISING = "想做高新技术企业认定，在柳州，预算3万，要求包过"


@pytest.fixture
def policy() -> Policy:
    """Every demand is looked at by staff."""
    return Policy()


async def test_the_card_shows_what_is_missing_what_is_doubtful_and_who_fits(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    await submitted(chat, chat.buyer("小林"), PROMISING)

    await huang.says("审 D1024")
    huang.sees("完整度", "“包过”", "建议改成“按要求准备并提交材料”", "推荐：1 ", "5 ", "为什么1")
    await huang.says("为什么1")
    huang.sees("1 ", "匹配分", "邀 D1024 1")
    await huang.says("为什么9")
    huang.sees("只有 1–5")


async def test_staff_reword_invite_and_set_the_closing_in_one_sentence(chat: Chat) -> None:
    huang, lin = await chat.staff("小黄"), chat.buyer("小林")
    await submitted(chat, lin, PROMISING)
    await huang.says("审 D1024")
    huang.ignores_the_rest()

    await huang.says("改，邀 1 2 4，截标周五")
    huang.sees(
        "D1024 改为",
        "按要求准备并提交材料",
        "邀 3 家",
        "11 月 20 日(周五) 18:00 截标",
        "发给客户？",
    )
    chat.group.sees_nothing()
    await huang.says("发")
    huang.sees("已发给客户确认")
    asked = lin.sees("“包过”→“按要求准备并提交材料”", "同意修改 D1024", "不同意 D1024")
    assert "要求包过" not in asked
    chat.group.sees_nothing()
    await lin.says("待办")
    lin.sees("D1024 等您看修改", "同意修改 D1024")

    await lin.says("同意修改 D1024")
    lin.sees("D1024 已发布", "11 月 20 日(周五) 18:00 截标")
    chat.group.sees("D1024", "11 月 20 日(周五) 18:00 截标")
    huang.sees("客户同意了 D1024", "没有绑定账号")
    lin.sees_nothing()
    await lin.says("同意修改 D1024")
    lin.sees("D1024", "不能这样操作")
    steps = [step for step, _ in await steps_of(chat, "D1024/amendment")]
    assert steps == ["propose", "agree"]


async def test_a_buyer_who_keeps_their_words_sends_it_back_to_staff(chat: Chat) -> None:
    huang, lin = await chat.staff("小黄"), chat.buyer("小林")
    await submitted(chat, lin, PROMISING)
    await huang.says("审 D1024 改 高企认定申报，按要求准备材料并答辩")
    huang.sees("改为：高企认定申报，按要求准备材料并答辩", "发给客户？")
    await huang.says("确认")
    huang.sees("已发给客户")
    lin.sees("高企认定申报，按要求准备材料并答辩")

    await lin.says("不同意 D1024 还要加专利布局")
    lin.sees("不按那样改", "还没有发布")
    huang.sees("客户不同意修改：还要加专利布局")
    chat.group.sees_nothing()
    await huang.says("待办")
    huang.sees("新需求待审 D1024", "客户不同意修改")


async def test_nobody_agrees_for_the_buyer(chat: Chat) -> None:
    huang, lin, other = await chat.staff("小黄"), chat.buyer("小林"), chat.buyer("小陈")
    await submitted(chat, lin, PROMISING)
    await huang.says("审 D1024 改")
    await huang.says("发")
    chat.everybody_has_read()

    for stranger in (other, huang):
        await stranger.says("同意修改 D1024")
        stranger.sees("没找到需求 D1024")
    chat.group.sees_nothing()


async def test_forbidden_words_are_not_proposed_either(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    await submitted(chat, chat.buyer("小林"), "想做高新技术企业认定，在柳州，预算3万")

    await huang.says("审 D1024 改")
    huang.sees("没有要改的禁用词", "审 D1024 改 新的文字")
    await huang.says("审 D1024 改 保证授权，不过退款")
    huang.sees("还没改", "保证授权")


async def test_a_demand_changed_meanwhile_is_looked_at_again(chat: Chat) -> None:
    huang, lin = await chat.staff("小黄"), chat.buyer("小林")
    await submitted(chat, lin, PROMISING)
    await huang.says("审 D1024 改")
    await huang.says("发")
    await lin.says("改 D1024 预算5万")
    await lin.says("确认")
    chat.everybody_has_read()

    await lin.says("同意修改 D1024")
    lin.sees("后来又改过", "再看一遍")
    chat.group.sees_nothing()
    await huang.says("待办")
    huang.sees("新需求待审 D1024", "客户自己又改过")


async def test_an_amendment_nobody_answers_becomes_a_call(chat: Chat) -> None:
    huang, lin = await chat.staff("小黄"), chat.buyer("小林")
    await submitted(chat, lin, PROMISING)
    await huang.says("审 D1024 改")
    await huang.says("发")
    await chat.pass_(hours=25)
    chat.everybody_has_read()

    await huang.says("待办")
    huang.sees("要打电话 D1024", "修改发给客户一天没有回")
    await lin.says("同意修改 D1024")
    lin.sees("D1024 已发布")
    chat.everybody_has_read()
    await huang.says("待办")
    huang.sees("没有待办")


async def test_invitations_reach_the_chosen_providers(chat: Chat) -> None:
    huang, lin = await chat.staff("小黄"), chat.buyer("小林")
    await submitted(chat, lin, "想做高新技术企业认定，在柳州，预算3万")
    await huang.says("审 D1024")
    first = huang.sees("推荐：1 ").split("推荐：1 ")[1].split(" ")[0]
    provider = await chat.provider("陈工", first)

    await huang.says("邀 D1024 1 3")
    huang.sees("邀了 1 家", f"已通知：{first}", "要打电话的")
    provider.sees("服务中心邀您报价：D1024", "报价 1024")
    lin.sees("D1024 已发布")
    chat.group.sees("D1024")
    ((_, reasons),) = await steps_of(chat, "D1024/invitations")
    assert reasons.startswith(f"{first}（")
    await huang.says("邀 D1024 9")
    huang.sees("只有 1–5")


async def test_the_second_of_two_that_approve_hears_who_was_first(chat: Chat) -> None:
    huang, wang, lin = await chat.staff("小黄"), await chat.staff("王主任"), chat.buyer("小林")
    await submitted(chat, lin, "想做高新技术企业认定，在柳州，预算3万")

    await huang.says("审 D1024 通过")
    huang.sees("D1024 已发布")
    lin.sees("D1024 已发布")
    chat.group.sees("D1024")
    await wang.says("审 D1024 驳回 预算太低")
    wang.sees("D1024 小黄在 11 月 18 日(周三) 10:00 已经处理过了", "正在收报价")
    lin.sees_nothing()


async def test_eight_approvals_at_once_publish_once(chat: Chat) -> None:
    crowd = [await chat.staff(f"同事{number}") for number in range(8)]
    lin = chat.buyer("小林")
    await submitted(chat, lin, "想做高新技术企业认定，在柳州，预算3万")

    await asyncio.gather(*(colleague.says("审 D1024 通过") for colleague in crowd))

    heard = [colleague.sees("D1024") for colleague in crowd]
    assert sum("已发布到服务商群" in text for text in heard) == 1
    assert sum("已经处理过了" in text for text in heard) == 7
    lin.sees("D1024 已发布")
    lin.sees_nothing()
    chat.group.sees("D1024")
    chat.group.sees_nothing()


async def test_rejecting_takes_a_reason_that_the_buyer_hears(chat: Chat) -> None:
    huang, lin = await chat.staff("小黄"), chat.buyer("小林")
    await submitted(chat, lin, "想做高新技术企业认定，在柳州，预算3万")

    await huang.says("审 D1024 驳回")
    huang.sees("一句理由")
    await huang.says("审 D1024 驳回 请补充企业规模")
    huang.sees("已驳回")
    lin.sees("没有通过审核：请补充企业规模")


async def test_in_the_staff_group_a_review_is_one_line(chat: Chat) -> None:
    huang, lin = await chat.staff("小黄"), chat.buyer("小林")
    await submitted(chat, lin, PROMISING)

    await says_to_colleagues(huang, "审 D1024")
    assert "预算" not in chat.staff_group.sees("D1024", "私聊")
    huang.sees("完整度", "“包过”")
    await says_to_colleagues(huang, "改，邀 1 2，截标周五")
    chat.staff_group.sees("D1024", "确认")
    huang.sees("改为")
    await says_to_colleagues(huang, "确认")
    chat.staff_group.sees("已发给客户确认")
    lin.sees("同意修改 D1024")


async def test_nobody_else_reviews(chat: Chat) -> None:
    lin, provider = chat.buyer("小林"), await chat.provider("陈工")
    await submitted(chat, lin, "想做高新技术企业认定，在柳州，预算3万")

    for person in (lin, provider):
        for words in ("审 D1024 通过", "审 D1024 驳回 不行", "邀 D1024 1", "审 D1024 改 新的文字"):
            await person.says(words)
            person.sees("只认绑定过的账号")
    chat.group.sees_nothing()
