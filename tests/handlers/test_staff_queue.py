"""The queue of the service centre: what comes first, whom to call, what came of it."""

import pytest

from bot.channels.errors import WindowClosed
from market.ledger import escrow
from market.policy import Policy
from tests.support.chat import Chat, Person
from tests.support.deals import agreed, delivered, says_to_colleagues, submitted
from tests.support.steps import open_call, steps_of


@pytest.fixture
def policy() -> Policy:
    """Every demand is looked at by staff."""
    return Policy()


async def test_the_queue_puts_money_first_and_merges_what_is_many(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    for name in ("小林", "小陈"):
        await submitted(chat, chat.buyer(name), "想做高新技术企业认定，在柳州，预算3万")
        await chat.pass_(minutes=5)
    await open_call(chat, "D1024", note="选标提醒没送达")
    wei = chat.buyer("小韦")
    await wei.says("人工")
    wei.ignores_the_rest()
    chat.everybody_has_read()

    await huang.says("待办")

    lines = huang.sees("4 件待办").splitlines()
    assert "要打电话 D1024" in lines[1]
    assert "找人工" in lines[2]
    assert "新需求待审 ×2" in lines[3]
    assert "回数字" in lines[-1]


async def test_a_number_opens_the_item_and_the_oldest_of_many(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    first = await submitted(chat, chat.buyer("小林"), "想做高新技术企业认定，在柳州，预算3万")
    await chat.pass_(minutes=5)
    await submitted(chat, chat.buyer("小陈"), "想做高新技术企业认定，在南宁，预算2万")

    await huang.says("待办")
    huang.sees("1 新需求待审 ×2")
    await huang.says("1")
    huang.sees(first, "完整度", "推荐")
    await huang.says("通过")
    huang.sees(first, "已发布")
    chat.everybody_has_read()
    await huang.says("待办")
    huang.sees("1 件待办", "D1025")


async def called(chat: Chat, huang: Person) -> None:
    """A buyer with a phone, of whom the queue says that they must be called."""
    buyer = chat.buyer("李总")
    await submitted(chat, buyer, "想做高新技术企业认定，在柳州，预算3万")
    await buyer.says("电话 13800123456")
    buyer.sees("只给同事看")
    await huang.says("审 D1024 通过")
    await open_call(chat, "D1024", note="选标提醒没送达，请致电客户")
    await chat.pass_(hours=4)
    chat.everybody_has_read()


async def test_an_item_says_whom_to_call_and_looking_at_the_phone_leaves_a_trace(
    chat: Chat,
) -> None:
    huang = await chat.staff("小黄")
    await called(chat, huang)

    await huang.says("待办")
    huang.sees("要打电话 D1024", "已等 4 小时")
    await huang.says("1")
    card = huang.sees("选标提醒没送达", "李总", "138****3456", "显示 D1024", "已联系")
    assert "13800123456" not in card
    await huang.says("显示 D1024")
    huang.sees("13800123456", "已留痕")

    buyer_id = await chat.person_id(chat.buyer("李总"))
    assert ("reveal_phone", "D1024") in await steps_of(chat, f"P{buyer_id}")


async def test_a_reached_client_closes_the_item(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    await called(chat, huang)
    await huang.says("待办")
    await huang.says("1")
    huang.ignores_the_rest()

    await huang.says("已联系")
    huang.sees("D1024", "已联系")
    await huang.says("待办")
    huang.sees("没有待办")
    assert ("reached", "选标提醒没送达，请致电客户") in await steps_of(chat, "D1024/call")


async def test_a_client_who_did_not_answer_comes_back_later(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    await called(chat, huang)

    await huang.says("未接通 D1024")
    huang.sees("未接通", "再提醒")
    await huang.says("待办")
    huang.sees("没有待办")
    await chat.pass_(hours=2)
    chat.everybody_has_read()
    await huang.says("待办")
    huang.sees("要打电话 D1024", "已等 6 小时")


async def test_a_day_more_moves_the_closing_time_and_the_buyer_hears_it(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    await called(chat, huang)
    await huang.says("待办")
    await huang.says("1")
    huang.ignores_the_rest()

    await huang.says("延期 1 天")
    huang.sees("D1024 截标时间延到 11 月 21 日(周六)")
    chat.buyer("李总").sees("D1024 截标时间延到 11 月 21 日(周六)")
    await huang.says("延期 D1024 到周日18点")
    huang.sees("D1024 截标时间延到 11 月 22 日(周日) 18:00")
    chat.buyer("李总").sees("11 月 22 日(周日) 18:00")


async def test_an_item_without_a_clock_is_put_off(chat: Chat) -> None:
    huang, wei = await chat.staff("小黄"), chat.buyer("小韦")
    await wei.says("人工")
    chat.everybody_has_read()
    await huang.says("待办")
    await huang.says("1")
    huang.ignores_the_rest()

    await huang.says("延期 1 天")
    huang.sees("推到 11 月 19 日(周四)")
    await huang.says("待办")
    huang.sees("没有待办")


async def test_in_the_staff_group_the_queue_is_one_line_and_a_number_works(chat: Chat) -> None:
    huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
    await called(chat, huang)

    await says_to_colleagues(huang, "待办")
    chat.staff_group.sees("1 件待办", "回数字")
    huang.sees("要打电话 D1024")
    await says_to_colleagues(wang, "1")
    chat.staff_group.sees_nothing()
    wang.sees_nothing()
    await says_to_colleagues(huang, "1")
    line = chat.staff_group.sees("D1024", "私聊")
    assert "李总" not in line
    assert "138" not in line
    huang.sees("李总", "138****3456")
    await says_to_colleagues(huang, "已联系")
    chat.staff_group.sees("D1024", "已联系")


async def test_a_question_asked_in_private_is_not_answered_in_the_group(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    await called(chat, huang)
    await huang.says("待办")
    huang.sees("要打电话 D1024")

    await says_to_colleagues(huang, "1")
    chat.staff_group.sees_nothing()
    huang.sees_nothing()
    await huang.says("1")
    huang.sees("李总")


async def test_others_get_their_own_list(chat: Chat) -> None:
    buyer, provider, huang = (
        chat.buyer("小林"),
        await chat.provider("陈工"),
        await chat.staff("小黄"),
    )
    await submitted(chat, chat.buyer("小韦"), "想做高新技术企业认定，在柳州，预算3万")

    await provider.says("待办")
    provider.sees("没有等您办的事")
    await buyer.says("待办")
    buyer.sees("没有等您办的事")
    await says_to_colleagues(provider, "待办")
    chat.staff_group.sees_nothing()
    provider.sees("没有等您办的事")
    await huang.says("待办")
    huang.sees("新需求待审")


async def test_only_staff_see_phones(chat: Chat) -> None:
    huang, stranger = await chat.staff("小黄"), chat.buyer("路人")
    await called(chat, huang)

    await stranger.says("显示 D1024")
    assert "138" not in stranger.sees("只认绑定过的账号")


class TestAPaidOrder:
    @pytest.fixture
    def policy(self) -> Policy:
        return Policy(auto_review_below_fen=100_000_000)

    async def test_money_that_waits_for_its_second_key_comes_first(self, chat: Chat) -> None:
        buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
        huang, wang = await chat.staff("小黄"), await chat.staff("王主任")
        order = await agreed(chat, buyer, provider, 32_000)
        wei = chat.buyer("小韦")
        await wei.says("人工")
        await huang.says(f"收款 {order} 32000")
        chat.everybody_has_read()

        await wang.says("待办")
        wang.sees(f"1 💰 收款待第二人确认 {order}", "2 🙋 找人工")
        await wang.says("1")
        wang.sees("¥32,000", f"确认收款 {order}")
        await wang.says(f"确认收款 {order}")
        chat.everybody_has_read()
        await wang.says("待办")
        wang.sees("1 件待办", "找人工")

    async def test_a_client_who_was_reached_by_telephone_counts_as_reminded(
        self, chat: Chat
    ) -> None:
        buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
        huang = await chat.staff("小黄")
        order = await delivered(chat, buyer, provider, 32_000)
        chat.wechat.trouble = WindowClosed("45015")
        await chat.pass_(days=7, hours=1)
        chat.everybody_has_read()

        await huang.says("待办")
        huang.sees(f"要打电话 {order}")
        await huang.says(f"已联系 {order}")
        huang.sees("已联系")
        await chat.pass_(days=1)
        provider.sees_among("入账 ¥30,080")

        assert await chat.balance(escrow(order)) == 0
        chat.everybody_has_read()


async def test_a_decision_about_nothing_shows_the_only_one_that_waits(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    await huang.says("通过")
    huang.sees("没有等审的需求")
    buyer = chat.buyer("小林")
    first = await submitted(chat, buyer, "想做高新技术企业认定，在柳州，预算3万")

    await huang.says("通过")
    huang.sees(first)
    await huang.says("通过")
    huang.sees(first)
    buyer.sees(first, "已发布")
    chat.group.sees(first)

    second = await submitted(chat, buyer, "想做企业官网，预算5万，南宁")
    third = await submitted(chat, buyer, "想注册一个商标，预算2千，南宁")
    await huang.says("通过")
    huang.sees("等审的有", second, third)
