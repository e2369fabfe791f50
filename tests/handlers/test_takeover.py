"""A colleague talks in the bot's place, and what was done meanwhile is said at the end."""

import asyncio

from tests.support.chat import Chat, Person
from tests.support.deals import says_to_colleagues
from tests.support.steps import steps_of


async def published(chat: Chat, buyer: Person) -> None:
    await buyer.says("我们想做高新技术企业认定，在柳州，预算3万左右")
    await buyer.says("确认")
    chat.everybody_has_read()


async def test_while_a_colleague_talks_the_bot_carries_the_words_and_keeps_silent(
    chat: Chat,
) -> None:
    li, huang = chat.buyer("李总"), await chat.staff("小黄")
    await published(chat, li)

    await huang.says("接管 李总")
    huang.sees("已静默", "李总", "D1024", "归还")
    li.sees_nothing()
    await li.says("怎么还没人报价？")
    li.sees_nothing()
    huang.sees("李总：怎么还没人报价？")
    await li.says("帮助")
    li.sees_nothing()
    huang.sees("李总：帮助")
    await huang.says("您好，我是服务中心小黄，我看一下")
    li.sees("小黄：您好，我是服务中心小黄，我看一下")
    huang.sees("已转给 李总")
    await huang.says("谢谢")
    li.sees("小黄：谢谢")
    huang.sees("已转给 李总")

    await huang.says("归还")
    huang.sees("已归还 李总", "没有改动单子")
    li.sees("我是小科，我回来")
    await li.says("我的需求")
    li.sees("D1024")
    await huang.says("报表")
    huang.sees("没听懂")


async def test_the_handover_says_what_was_really_done(chat: Chat) -> None:
    li, huang = chat.buyer("李总"), await chat.staff("小黄")
    await published(chat, li)
    await huang.says("接管 D1024")
    huang.ignores_the_rest()

    await huang.says("延期 D1024 到周六18点")
    huang.sees("D1024 截标时间延到 11 月 21 日(周六) 18:00")
    li.ignores_the_rest()
    await huang.says("归还 已延到周六18点")
    told = huang.sees("已归还 李总", "D1024 截标时间延到 11 月 21 日(周六) 18:00")
    assert "没有对应的操作" not in told
    li.sees("我是小科", "D1024 截标时间延到 11 月 21 日(周六) 18:00")


async def test_a_claim_that_nobody_carried_out_is_pointed_out(chat: Chat) -> None:
    li, huang = chat.buyer("李总"), await chat.staff("小黄")
    await published(chat, li)
    await huang.says("接管 李总")
    huang.ignores_the_rest()

    await huang.says("归还 已延到周六18点")
    huang.sees("没有改动单子", "“已延到周六18点”", "没有对应的操作", "延期 D1024")
    assert "周六" not in li.sees("我是小科")


async def test_another_day_than_the_one_said_is_pointed_out(chat: Chat) -> None:
    li, huang = chat.buyer("李总"), await chat.staff("小黄")
    await published(chat, li)
    await huang.says("接管 李总")
    await huang.says("延期 D1024 1天")
    chat.everybody_has_read()

    await huang.says("归还 已延到下周三")
    huang.sees("D1024 截标时间延到 11 月 21 日(周六)", "没有对应的操作")
    assert "周三" not in li.sees("我是小科", "周六")


async def test_the_wait_counts_from_the_first_call(chat: Chat) -> None:
    li, huang = chat.buyer("李总"), await chat.staff("小黄")
    await li.says("人工")
    li.sees("正在叫人")
    chat.staff_group.sees("李总 找人工")
    await chat.pass_(minutes=11)
    li.sees("让您久等", "电话")
    await chat.pass_(minutes=29)
    await li.says("人工")
    li.sees("正在叫人")
    await chat.pass_(minutes=5)

    await huang.says("待办")
    huang.sees("找人工", "已等 45 分钟")
    await huang.says("接管 李总")
    huang.sees("从第一次叫人算起等了 45 分钟")
    await chat.pass_(minutes=30)
    chat.staff_group.ignores_the_rest()
    li.sees_nothing()


async def test_two_hours_without_an_answer_remind_the_colleague(chat: Chat) -> None:
    li, huang = chat.buyer("李总"), await chat.staff("小黄")
    await published(chat, li)
    await huang.says("接管 李总")
    await huang.says("您好")
    chat.everybody_has_read()

    await chat.pass_(minutes=60)
    await li.says("在吗，还没好？")
    huang.sees("李总：在吗")
    await chat.pass_(minutes=60)
    await li.says("喂")
    huang.sees("李总：喂")
    await chat.pass_(minutes=59)
    huang.sees_nothing()
    await chat.pass_(minutes=2)
    huang.sees("李总 等了 2 小时", "归还")
    await huang.says("待办")
    huang.sees("接管后久未回话")
    await huang.says("抱歉，刚在开会")
    huang.sees("已转给")
    li.sees("小黄：抱歉")
    await chat.pass_(hours=3)
    huang.sees_nothing()


async def test_two_colleagues_do_not_talk_over_each_other(chat: Chat) -> None:
    li, huang, wang = chat.buyer("李总"), await chat.staff("小黄"), await chat.staff("王主任")
    await published(chat, li)
    await huang.says("接管 李总")
    huang.ignores_the_rest()

    await wang.says("接管 D1024")
    wang.sees("正由小黄接待")
    await wang.says("您好")
    wang.sees("王主任，我在")
    li.sees_nothing()
    await huang.says("归还")
    chat.everybody_has_read()
    await wang.says("接管 李总")
    wang.sees("已静默")


async def test_eight_colleagues_at_once_are_one_takeover(chat: Chat) -> None:
    li = chat.buyer("李总")
    crowd = [await chat.staff(f"同事{number}") for number in range(8)]
    await published(chat, li)

    await asyncio.gather(*(colleague.says("接管 李总") for colleague in crowd))

    heard = [colleague.sees("李总") for colleague in crowd]
    assert sum("已静默" in text for text in heard) == 1
    assert sum("正由同事" in text for text in heard) == 7
    winner = next(one for one, text in zip(crowd, heard, strict=True) if "已静默" in text)
    await li.says("在吗")
    winner.sees("李总：在吗")


async def test_namesakes_are_told_apart_by_number(chat: Chat) -> None:
    li, other, huang = chat.buyer("李总"), await chat.provider("李总"), await chat.staff("小黄")
    await published(chat, li)

    await huang.says("接管 李总")
    huang.sees("叫“李总”的有 2 位", "接管 P")
    await huang.says("接管 王五")
    huang.sees("没找到")
    await huang.says(f"接管 P{await chat.person_id(other)}")
    huang.sees("已静默")
    await huang.says("接管 D1024")
    huang.sees("您正在接待 李总", "归还")


async def test_commands_still_work_while_talking(chat: Chat) -> None:
    li, huang = chat.buyer("李总"), await chat.staff("小黄")
    await published(chat, li)
    await huang.says("接管 李总")
    huang.ignores_the_rest()

    await huang.says("待办")
    huang.sees("正在人工接待")
    await huang.says("帮助")
    huang.sees("待办")
    li.sees_nothing()


async def test_what_was_said_stays_in_the_history(chat: Chat) -> None:
    li, huang = chat.buyer("李总"), await chat.staff("小黄")
    await published(chat, li)
    await says_to_colleagues(huang, "接管 D1024")
    chat.staff_group.sees("已接管", "私聊")
    huang.sees("已静默")
    await li.says("价格能不能再谈")
    await huang.says("可以")
    await huang.says("归还")
    chat.everybody_has_read()

    steps = await steps_of(chat, f"P{await chat.person_id(li)}")
    assert [step for step, _ in steps] == [
        "take_over",
        "said_to_staff",
        "said_by_staff",
        "hand_back",
    ]
    assert steps[1][1] == "价格能不能再谈"


async def test_only_staff_take_over(chat: Chat) -> None:
    li, stranger = chat.buyer("李总"), chat.buyer("路人")
    await published(chat, li)

    await stranger.says("接管 李总")
    stranger.sees("只认绑定过的账号")
    await stranger.says("归还")
    stranger.sees("只认绑定过的账号")
