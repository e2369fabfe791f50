"""What people say beside the point, at odd moments, or rudely: each was met in a rehearsal."""

import pytest

from tests.support.chat import Chat, Person


async def drafting(chat: Chat) -> Person:
    buyer = chat.buyer("小林")
    await buyer.says("高企认定，柳州")
    buyer.sees("预算大概多少")
    return buyer


@pytest.mark.parametrize(
    "chatter",
    ["那你说呢?", "多少钱啊你们收", "我要告你们", "我是王主任 换号了", "今天天气怎么样", "哈哈哈"],
)
async def test_chatter_does_not_become_part_of_a_demand(chat: Chat, chatter: str) -> None:
    buyer = await drafting(chat)

    await buyer.says(chatter)
    buyer.sees("")
    await buyer.says("预算3万")

    assert chatter not in buyer.sees("需求草稿", "¥30,000")


async def test_a_common_question_is_answered_and_the_open_one_stays(chat: Chat) -> None:
    buyer = await drafting(chat)

    await buyer.says("能开发票吗")
    buyer.sees("能开", "刚才的问题还等您")
    await buyer.says("3万")

    buyer.sees("¥30,000", "1 发布")


async def test_words_about_an_order_never_make_a_demand(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.awarded_order(buyer, provider)

    await buyer.says("撤 O2048")
    buyer.sees("如果取消 O2048", "没有费用")
    await buyer.says("1")

    buyer.sees("O2048 已取消")
    provider.sees("O2048", "取消")


async def test_the_open_question_survives_what_was_not_understood(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.delivered_order(buyer, provider)
    await buyer.says("验收")
    buyer.sees("确认？")

    for _ in range(4):
        await buyer.says("阿巴阿巴")
        buyer.sees("刚才的问题还等您")
    await buyer.says("确认")

    buyer.sees("已完成")
    provider.sees("入账")


async def test_stars_are_asked_for_and_taken_as_stars(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.delivered_order(buyer, provider)
    await buyer.says("验收")
    await buyer.says("确认")
    chat.everybody_has_read()

    await buyer.says("评价 O2048 8 很好")
    buyer.sees("几颗星")
    await buyer.says("5")

    buyer.sees("5 星评价", "+30 积分")
    provider.sees("5 星")


async def test_free_changes_need_a_reason_that_the_provider_hears(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.delivered_order(buyer, provider)

    await buyer.says("这写的啥啊")
    buyer.sees("先别急")
    await buyer.says("1")
    buyer.sees("哪里要改")
    await buyer.says("缺知识产权对应表")

    buyer.sees("已退回")
    provider.sees("缺知识产权对应表")


async def test_the_cheapest_can_be_chosen_by_that_word(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await buyer.says("高企认定，柳州，预算3万")
    await buyer.says("确认")
    await provider.says("报价 1024 3万2 15天")
    await provider.says("1")
    await buyer.says("现在开标")
    await buyer.says("确认")
    chat.everybody_has_read()

    await buyer.says("算了，选最便宜的那个吧")

    buyer.sees("如果选 A")


async def test_a_change_that_was_not_confirmed_leaves_no_second_demand(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("高企认定，柳州，预算3万")
    await buyer.says("确认")
    await buyer.says("改 D1024 预算改成5万")
    buyer.unread.clear()
    chat.everybody_has_read()

    await buyer.says("水质检测，南宁，预算八千")
    buyer.sees("环境检测服务")
    await buyer.says("确认")
    buyer.sees("D1025")
    await buyer.says("继续")

    assert "高新技术" not in "".join(message.text for message in buyer.unread)
    chat.everybody_has_read()


async def test_distrust_of_the_platform_is_answered_even_during_an_order(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.delivered_order(buyer, provider)

    await buyer.says("你们是骗子吧")

    buyer.sees("钱先进托管")


async def test_what_comes_to_mind_later_changes_the_demand_just_handed_in(chat: Chat) -> None:
    buyer = chat.buyer("韦姐")
    await buyer.says("想做食品农产品检测，测螺蛳粉的保质期")
    buyer.ignores_the_rest()
    await buyer.says("确认")
    buyer.ignores_the_rest()

    await buyer.says("南宁，8000以内")
    buyer.sees("如果改 D1024", "南宁", "¥8,000", "确认？")
    await buyer.says("确认")
    buyer.sees("D1024 已改为", "南宁", "¥8,000")

    await buyer.says("算了不做了")
    buyer.sees("如果撤回 D1024", "确认？")
    await buyer.says("确认")
    buyer.sees("D1024")
    chat.everybody_has_read()


@pytest.mark.parametrize(
    "words", ["上次那个单子怎么样了", "我的需求到哪一步了", "那个事情有消息吗"]
)
async def test_how_it_goes_needs_no_number(chat: Chat, words: str) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("高企认定，柳州，预算3万")
    await buyer.says("确认")
    chat.everybody_has_read()

    await buyer.says(words)
    buyer.sees("D1024")


@pytest.mark.parametrize("words", ["你好呀，你是机器人吧？傻不傻", "你到底是不是真人", "您是AI吗"])
async def test_whether_it_is_a_robot_is_answered(chat: Chat, words: str) -> None:
    buyer = chat.buyer("小林")

    await buyer.says(words)
    buyer.sees("机器人", "人工")


async def test_an_afterthought_about_nothing_changes_nothing(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.delivered_order(buyer, provider)

    await buyer.says("南宁，8000以内")
    assert "如果改" not in buyer.unread[-1].text
    buyer.ignores_the_rest()
