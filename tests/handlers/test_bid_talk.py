"""Providers talk as they do: several bids, changed minds, prices that are not yet prices."""

import pytest

from tests.support.chat import Chat, Person


async def publish(chat: Chat, *texts: str) -> Person:
    """D1024, D1025 … of one buyer; nobody has unread messages."""
    buyer = chat.buyer("小林")
    for text in texts:
        await buyer.says(text)
        await buyer.says("确认")
    chat.everybody_has_read()
    return buyer


TWO = ("高企认定，柳州，预算3万", "高企认定，南宁，预算4万")


@pytest.mark.parametrize(
    "words", ["报价 1025 五百 3天", "1025 五百 3天", "接 1025 500 3天", "改价 1025 500 3天"]
)
async def test_another_number_is_another_bid_whatever_is_open(chat: Chat, words: str) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")
    await provider.says("报价 1024 3万2 15天")
    await provider.says("1")
    await provider.says("1024 不做了")
    chat.everybody_has_read()

    await provider.says(words)

    provider.sees("D1025", "¥500", "3 天", "1 提交")


async def test_a_card_that_lies_open_is_kept_while_another_bid_comes(chat: Chat) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")

    await provider.says("报价 1024 28000 10天")
    provider.sees("D1024", "¥28,000")
    await provider.says("1025 一千二百 5天")
    provider.sees("D1025", "¥1,200", "D1024 还没提交")
    await provider.says("1")
    provider.sees("已投 D1025")
    provider.sees("D1024", "¥28,000", "10 天", "1 提交")
    await provider.says("1")
    provider.sees("已投 D1024")
    chat.everybody_has_read()


async def test_words_without_another_number_amend_the_open_card(chat: Chat) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")
    await provider.says("报价 1024 28000 10天")
    provider.sees("¥28,000")

    await provider.says("报价 8000 12天")
    provider.sees("D1024", "¥8,000", "12 天")
    await provider.says("含税")
    provider.sees("D1024", "¥8,000", "12 天", "含税")
    await provider.says("改 9千 开票")
    provider.sees("D1024", "¥9,000", "12 天", "含税")


async def test_two_bids_in_one_message_are_two_cards(chat: Chat) -> None:
    buyer = await publish(chat, *TWO)
    provider = await chat.provider("陈工")

    await provider.says("D1024 2.8万 10天，D1025 450元 3天")
    provider.sees("D1024", "¥28,000", "10 天", "一次一张", "D1025")
    await provider.says("1")
    provider.sees("已投 D1024")
    provider.sees("D1025", "¥450", "3 天", "1 提交")
    await provider.says("1")
    provider.sees("已投 D1025")
    buyer.ignores_the_rest()


async def test_two_bids_in_the_group_are_two_cards_in_private(chat: Chat) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")

    await provider.says_in_group("1024 2.8万 10天 1025 450元 3天")
    chat.group.sees("D1024、D1025", "私信核对")
    provider.sees("D1024", "¥28,000", "10 天", "D1025")
    await provider.says("2")
    provider.sees("D1024 怎么改", "¥28,000", "工期")
    await provider.says("2.7万")
    provider.sees("D1024", "¥27,000", "10 天", "D1025")
    await provider.says("取消")
    provider.sees("D1024", "没有提交")
    provider.sees("D1025", "¥450")


async def test_a_group_bid_keeps_the_card_that_lies_open_in_private(chat: Chat) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")
    await provider.says("报价 1024 28000 10天")
    provider.sees("D1024")

    await provider.says_in_group("1025 450元 3天")

    chat.group.sees("D1025")
    provider.sees("D1025", "¥450", "D1024 还没提交")


@pytest.mark.parametrize("in_group", [False, True])
async def test_one_price_for_two_demands_is_asked_apart(chat: Chat, in_group: bool) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")

    if in_group:
        await provider.says_in_group("D1024 D1025 两个一起做 2w")
        chat.group.sees("D1024、D1025")
    else:
        await provider.says("D1024 D1025 两个一起做 2w")

    provider.sees("分开报价", "D1024", "D1025")


async def test_what_is_paid_for_an_item_is_told_beside_the_price(chat: Chat) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")

    await provider.says("1024 六万八 一个月 不含官费900")

    provider.sees("¥68,000", "30 天", "不含官费", "备注：不含官费900")


async def test_a_range_is_no_price_yet(chat: Chat) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")

    await provider.says("D1024 两万八到三万 半个月左右")
    provider.sees("¥28,000 还是 ¥30,000", "1 ¥28,000")
    await provider.says("2")
    provider.sees("D1024", "¥30,000", "15 天", "半个月左右", "1 提交")
    await provider.says("12天")
    assert "左右" not in provider.sees("¥30,000", "12 天")


@pytest.mark.parametrize("words", ["2", "改", "改一下"])
async def test_wanting_to_change_a_bid_is_told_how(chat: Chat, words: str) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")
    await provider.says("报价 1024 28000 10天")
    provider.sees("1 提交")

    await provider.says(words)
    provider.sees("价格", "工期", "含不含", "¥28,000")
    await provider.says("1")
    provider.sees("已投 D1024")
    chat.everybody_has_read()


async def test_changing_instead_of_withdrawing_starts_from_the_sealed_bid(chat: Chat) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")
    await provider.says("报价 1024 28000 10天 含官费")
    await provider.says("1")
    await provider.says("1024 不做了")
    chat.everybody_has_read()

    await provider.says("2")
    provider.sees("D1024 怎么改", "¥28,000")
    await provider.says("31500")
    provider.sees("¥31,500", "10 天", "含官费", "旧价作废")


@pytest.mark.parametrize("in_group", [False, True])
async def test_asking_for_silence_does_not_hide_a_bid(chat: Chat, in_group: bool) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")
    words = "1024 我出1500，7天，别告诉别人哈"

    if in_group:
        await provider.says_in_group(words)
        assert "1500" not in chat.group.sees("✔ 收到 D1024")
    else:
        await provider.says(words)

    provider.sees("D1024", "¥1,500", "7 天")


async def test_a_relative_price_needs_no_number_when_one_demand_is_open(chat: Chat) -> None:
    await publish(chat, TWO[0])
    provider = await chat.provider("陈工")

    await provider.says_in_group("跟上面那家一样 便宜两千")
    chat.group.sees("D1024")
    provider.sees("看不到（也不能告诉您）别家价格")
    await provider.says("29500 12天")
    provider.sees("D1024", "¥29,500", "12 天")
    await provider.says_in_group("9999 还要吗")
    chat.group.sees_nothing()


@pytest.mark.parametrize("yes", ["嗯嗯可以的", "行吧", "可以的", "好滴", "没毛病", "OK的"])
async def test_a_bid_is_submitted_in_many_words(chat: Chat, yes: str) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")
    await provider.says("报价 1024 28000 10天")
    provider.sees("1 提交")

    await provider.says_in_group(yes)
    provider.sees_nothing()
    await provider.says(yes)

    provider.sees("已投 D1024")
    chat.everybody_has_read()


@pytest.mark.parametrize("later", ["先别", "等等", "等一下", "再想想"])
async def test_a_bid_waits_for_who_wants_to_think(chat: Chat, later: str) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")
    await provider.says("报价 1024 28000 10天")
    provider.sees("1 提交")

    await provider.says(later)
    provider.sees("D1024", "还没提交", "留着")
    await provider.says("好的")
    provider.sees("没有等您确认的事")
    await provider.says("报价 D1024")
    provider.sees("D1024", "¥28,000", "10 天", "1 提交")


@pytest.mark.parametrize("no", ["不要", "别", "取消"])
async def test_a_bid_that_is_not_wanted_is_put_away(chat: Chat, no: str) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")
    await provider.says("报价 1024 28000 10天")
    provider.sees("1 提交")

    await provider.says(no)
    provider.sees("D1024", "没有提交")
    await provider.says("报价 D1024")
    provider.sees("还差价格")


@pytest.mark.parametrize("no", ["不要", "先别", "等等", "再想想"])
async def test_what_a_buyer_does_not_confirm_stays_undone(chat: Chat, no: str) -> None:
    buyer = chat.buyer("小林")
    await chat.delivered_order(buyer, await chat.provider("陈工"))
    await buyer.says("验收")
    buyer.sees("确认？")

    await buyer.says(no)
    buyer.sees("没有验收", "在托管")
    await buyer.says("好的")
    buyer.sees("没有等您确认的事")


@pytest.mark.parametrize("words", ["收到钱没", "钱呢", "我的钱呢", "钱呢？"])
async def test_a_provider_asks_for_the_money(chat: Chat, words: str) -> None:
    provider = await chat.provider("陈工")
    await chat.delivered_order(chat.buyer("小林"), provider)

    await provider.says(words)

    provider.sees("O2048", "轮到客户验收", "在托管")


async def test_who_the_client_is_comes_with_the_contract(chat: Chat) -> None:
    await publish(chat, TWO[0])
    provider = await chat.provider("陈工")

    await provider.says("你们这客户谁啊")

    assert "小林" not in provider.sees("合同成立后", "联系方式")


async def test_nobody_leaves_an_order_by_a_word(chat: Chat) -> None:
    provider = await chat.provider("陈工")
    await chat.working_order(chat.buyer("小林"), provider)

    await provider.says("我不想做了 退单")

    provider.sees("O2048", "¥32,000 在托管", "不能自己退单", "人工")


async def test_a_later_1_does_not_submit_what_lay_open_before(chat: Chat) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")
    await provider.says("报价 1024 28000 10天")
    provider.sees("1 提交")

    await provider.says("D1024 D1025 都做 3万")
    provider.sees("分开报价")
    await provider.says("1")
    assert "已投" not in provider.sees("")
    await provider.says("报价 D1024")
    provider.sees("D1024", "¥28,000", "1 提交")


async def test_a_closed_demand_beside_an_open_one_mixes_nothing(chat: Chat) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")

    await provider.says("D1025 8000 10天；D9999 7000 3天")

    provider.sees("D9999 现在不收标", "D1025", "¥8,000", "10 天")


async def test_a_sealed_bid_is_named_to_be_changed(chat: Chat) -> None:
    await publish(chat, *TWO)
    provider = await chat.provider("陈工")
    await provider.says("报价 1024 28000 10天")
    await provider.says("1")
    chat.everybody_has_read()

    await provider.says("报价 1024")
    provider.sees("怎么改", "¥28,000", "10 天")
    await provider.says("改价 1024 27000")
    provider.sees("¥27,000", "10 天")


async def test_a_provider_may_need_something_and_still_bid_in_between(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await buyer.says("高企认定，柳州，预算3万")
    await buyer.says("确认")
    chat.everybody_has_read()

    await provider.says("发明专利申请，预算1万，南宁")
    provider.sees("需求草稿", "专利申请代理", "¥10,000")
    await provider.says("报价 1024 3万2 15天")
    provider.sees("核对一下：D1024", "¥32,000")

    chat.everybody_has_read()
