"""Kebao learns from what people say: what they confirm, what they correct, what it missed."""

from datetime import timedelta

from sqlalchemy import select

from storage.unit_of_work import UnitOfWork
from storage.utterances import utterances
from tests.support.chat import Chat, Person

MISSED = "那个老太婆老是念叨要去北边敲钟"
NEAR = "老是念叨要去北边敲钟"


async def kept(chat: Chat) -> list[tuple[str, str, str | None]]:
    """(said, outcome, code) of every utterance, the oldest first."""

    def look(uow: UnitOfWork) -> list[tuple[str, str, str | None]]:
        columns = (utterances.c.said, utterances.c.outcome, utterances.c.code)
        rows = uow.conn.execute(select(*columns).order_by(utterances.c.id))
        return [(row.said, row.outcome, row.code) for row in rows]

    return await chat.runner.read(look)


async def published(chat: Chat, person: Person, *words: str) -> None:
    for said in words:
        await person.says(said)
    await person.says("确认")
    assert "D10" in person.unread[-1].text, chat.story("nothing was published")
    chat.everybody_has_read()


async def test_what_was_published_is_remembered_without_who_said_it(chat: Chat) -> None:
    buyer = chat.buyer("韦姐")
    await published(
        chat, buyer, "我叫韦小兰，想给芒果测一下农药残留，预算2千，南宁，电话13878123456"
    )

    ((said, outcome, code),) = await kept(chat)
    assert (outcome, code) == ("accepted", "03.02.02")
    for secret in ("韦小兰", "2千", "13878123456"):
        assert secret not in said
    assert "农药残留" in said


async def test_commands_chatter_in_groups_and_colleagues_words_are_not_kept(chat: Chat) -> None:
    buyer, colleague = chat.buyer("小林"), await chat.staff("小黄")
    provider = await chat.provider("陈工")
    for person, words in (
        (buyer, "帮助"),
        (buyer, "我的需求"),
        (buyer, "你好"),
        (colleague, "想做商标注册，南宁，预算2000"),
        (colleague, MISSED),
        (provider, "便宜点也行的啊兄弟"),
    ):
        await person.says(words)
    await provider.says_in_group("想做商标注册，南宁，预算2000", at_bot=True)
    chat.everybody_has_read()

    assert await kept(chat) == []


async def test_the_one_chosen_of_three_is_what_was_meant(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("我们想搞个高新")
    buyer.sees("您是想要")
    assert await kept(chat) == [("我们想搞个高新", "", None)]

    await buyer.says("2")
    buyer.sees("记下了")
    ((_, outcome, code),) = await kept(chat)
    assert outcome == "accepted"
    assert code is not None


async def test_a_message_delivered_twice_is_counted_once(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    for _ in range(2):
        await buyer.says("想做商标注册，南宁，预算2000", message_id="wx-1")
    for _ in range(2):
        await buyer.says("确认", message_id="wx-2")
    chat.everybody_has_read()

    assert [outcome for _, outcome, _ in await kept(chat)] == ["accepted"]
    (words,) = await chat.runner.read(lambda uow: uow.utterances.accepted(9))
    assert len(words.people) == 1


async def test_a_service_read_wrongly_is_corrected_and_the_rest_of_the_draft_stays(
    chat: Chat,
) -> None:
    buyer = chat.buyer("韦姐")
    await buyer.says("想给芒果测一下农药残留，预算2千，南宁")
    buyer.sees("食品农产品检测")

    await buyer.says("不对，我们是要做商标注册，柳州")
    buyer.sees("不是食品农产品检测，改成商标注册代理", "¥2,000", "柳州")
    await buyer.says("确认")
    buyer.sees("D1024", "商标注册代理")
    chat.group.ignores_the_rest()

    ((_, outcome, code),) = await kept(chat)
    assert (outcome, code) == ("corrected", "05.05.01")


async def test_correcting_an_amount_is_no_other_service(chat: Chat) -> None:
    buyer = chat.buyer("韦姐")
    await buyer.says("想给芒果测一下农药残留，预算2千，南宁")
    buyer.sees("¥2,000")

    for words in ("不是2千，是3千", "改成3千", "不对，3千"):
        await buyer.says(words)
        buyer.sees("食品农产品检测", "¥3,000")
    for words in ("改成加急", "不对，是5个样品", "改成柳州高新区"):
        await buyer.says(words)
        buyer.sees("食品农产品检测")

    assert [outcome for _, outcome, _ in await kept(chat)] == [""]


async def test_none_of_the_three_was_meant(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("我们想搞个高新")
    buyer.sees("您是想要")
    await buyer.says("都不是")
    buyer.sees("换个说法")
    await published(chat, buyer, "商标注册，南宁，预算2000")

    assert [(outcome, code) for _, outcome, code in await kept(chat)] == [
        ("missed", None),
        ("accepted", "05.05.01"),
    ]


async def test_what_was_missed_is_told_to_the_staff_with_what_was_meant(chat: Chat) -> None:
    colleague = await chat.staff("小黄")
    for name, words in (("小林", MISSED), ("小赵", NEAR)):
        buyer = chat.buyer(name)
        await buyer.says(words)
        buyer.sees("没听懂")
        await published(chat, buyer, "商标注册，南宁，预算2000")
    lost = chat.buyer("小钱")
    await lost.says("那个什么的事情你们这里管不管")
    lost.sees("没听懂")
    await lost.says("人工")
    chat.everybody_has_read()

    await colleague.says("没听懂")
    told = colleague.sees("3 句，分 2 类", "2 人 2 次→商标注册代理", "可加别名", "catalog learn")
    assert "还不知道要什么" in told

    await lost.says("没听懂")  # not a colleague: these are words like any other
    assert "类" not in lost.sees("没听懂")


async def test_what_was_confirmed_is_found_again_in_other_words(chat: Chat) -> None:
    first, second = chat.buyer("小林"), chat.buyer("小赵")
    await first.says(f"发需求 {MISSED}")
    first.sees("您是想要")
    await first.says("商标注册，南宁，预算2000")
    chat.everybody_has_read()
    await second.says(NEAR)
    second.sees("没听懂")

    await published(chat, first, f"发需求 {MISSED}", "1", "不限", "面议")
    await chat.take_up_news()
    await second.says(NEAR)
    second.sees("记下了")
    await second.says("为什么")
    why = second.sees("和之前确认过的“", "”说法相近")
    assert "敲钟" not in why


async def test_two_who_meant_different_things_leave_it_open(chat: Chat) -> None:
    for name, service in (("小林", "商标注册"), ("小赵", "科技查新")):
        buyer = chat.buyer(name)
        await buyer.says(f"发需求 {MISSED}")
        await buyer.says("1")
        await buyer.says(f"不对，我要做{service}")
        await published(chat, buyer, "不限", "面议")
    await chat.take_up_news()

    third = chat.buyer("小钱")
    await third.says(NEAR)
    third.sees("没听懂")


async def test_whoever_leaves_takes_their_words_along(chat: Chat) -> None:
    first, second = chat.buyer("小林"), chat.buyer("小赵")
    await first.says(f"发需求 {MISSED}")
    await first.says("1")
    chat.everybody_has_read()
    await first.says("导出我的数据")
    first.sees("1 句", "存 180 天", "去北边敲钟")
    await chat.take_up_news()
    await second.says(NEAR)
    second.sees("记下了")

    await first.says("注销")
    first.sees("说法记录")
    await first.says("确认")
    first.sees("已注销")
    assert [said for said, *_ in await kept(chat)] == [NEAR]
    await chat.take_up_news()
    third = chat.buyer("小钱")
    await third.says(NEAR)
    third.sees("没听懂")


async def test_words_are_kept_for_half_a_year_and_drafts_for_a_month(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("想做商标注册，南宁，预算2000")
    buyer.sees("需求草稿")

    chat.clock.advance(timedelta(days=29))
    await chat.clockwork.tidy()
    assert [outcome for _, outcome, _ in await kept(chat)] == [""]
    chat.clock.advance(timedelta(days=2))
    await chat.clockwork.tidy()
    assert [outcome for _, outcome, _ in await kept(chat)] == ["dropped"]
    chat.clock.advance(timedelta(days=150))
    await chat.clockwork.tidy()
    assert await kept(chat) == []
