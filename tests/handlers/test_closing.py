"""Closing an account: not in the middle of anything, and then for good."""

from tests.support.chat import Chat


async def test_nobody_leaves_work_or_a_demand_behind(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.working_order(buyer, provider)
    waiting = chat.buyer("小赵")
    await waiting.says("商标注册，南宁，预算2000")
    await waiting.says("确认")
    chat.everybody_has_read()

    for person, number in ((buyer, "O2048"), (provider, "O2048"), (waiting, "D1025")):
        await person.says("注销")
        person.sees("确认？")
        await person.says("确认")
        person.sees(number, "不能这样操作")


async def test_whoever_left_has_no_rights_any_more(chat: Chat) -> None:
    colleague, provider = await chat.staff("小黄"), await chat.provider("陈工")
    for person in (colleague, provider):
        await person.says("注销")
        person.sees("确认？")
        await person.says("确认")
        person.sees("已注销")

    await colleague.says("审 D1024 通过")
    colleague.sees("要由在岗同事来办")
    await provider.says("我的线索")
    provider.sees("报价要先绑定服务商")
