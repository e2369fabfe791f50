"""A demand that is changed in substance: bids wait until their providers confirm them."""

from market.bids import BidStatus
from storage.unit_of_work import UnitOfWork
from tests.support.chat import Chat, Person


async def tendered(chat: Chat) -> tuple[Person, Person]:
    """D1024 with one sealed bid of ¥32,000."""
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await buyer.says("高企认定，柳州，预算3万，12月25日前要")
    await buyer.says("确认")
    await provider.says("报价 D1024 32000 15天")
    await provider.says("1")
    chat.everybody_has_read()
    return buyer, provider


async def changed(buyer: Person, words: str) -> None:
    await buyer.says(f"改 D1024 {words}")
    buyer.sees("如果改 D1024", "确认？")
    await buyer.says("确认")


async def status_of(chat: Chat) -> BidStatus:
    def look(uow: UnitOfWork) -> BidStatus:
        return uow.bids.of_demand(1024)[0].status

    return await chat.runner.read(look)


async def test_a_bid_waits_until_it_is_confirmed_for_the_changed_demand(chat: Chat) -> None:
    buyer, provider = await tendered(chat)

    await changed(buyer, "12月20日前要")

    buyer.sees("D1024 已改为", "已投的 1 份先暂停", "截标顺延到")
    chat.group.sees("D1024 要求有改动")
    provider.sees(
        "由 12 月 25 日",
        "改到 12 月 20 日",
        "先暂停",
        "12:00 前",
        "不计违约",
        "截标顺延到",
        "1 照旧",
    )
    assert await status_of(chat) is BidStatus.SUSPENDED

    await provider.says("1")
    provider.sees("D1024 已恢复，指纹不变")
    assert await status_of(chat) is BidStatus.PLACED

    await provider.says("照旧 D1024")  # once more
    provider.sees("已恢复，指纹不变")


async def test_who_does_not_answer_is_out_without_blame_and_may_bid_again(chat: Chat) -> None:
    buyer, provider = await tendered(chat)
    await changed(buyer, "12月20日前要")
    chat.everybody_has_read()

    await chat.pass_(hours=36)
    provider.sees("没等到您确认", "不计违约", "还能重新投")
    assert await status_of(chat) is BidStatus.LAPSED

    await provider.says("报价 D1024 33000 10天")
    await provider.says("1")
    assert await status_of(chat) is BidStatus.PLACED
    chat.everybody_has_read()
    await provider.says("撤标 D1024")
    provider.sees("近 90 天您撤过 0 次")


async def test_another_price_is_an_answer_too(chat: Chat) -> None:
    buyer, provider = await tendered(chat)
    await changed(buyer, "12月20日前要")
    chat.everybody_has_read()

    await provider.says("改价 D1024 35000")
    await provider.says("1")
    assert await status_of(chat) is BidStatus.PLACED
    chat.everybody_has_read()
    await buyer.says("现在开标 D1024")
    await buyer.says("确认")
    assert "¥35,000" in buyer.unread[-1].text
    chat.everybody_has_read()


async def test_leaving_a_changed_demand_is_not_counted(chat: Chat) -> None:
    buyer, provider = await tendered(chat)
    await changed(buyer, "12月20日前要")
    chat.everybody_has_read()

    await provider.says("3")
    provider.sees("如果撤标 D1024", "不计违约")
    await provider.says("确认")
    provider.sees("D1024 的报价已撤")
    assert await status_of(chat) is BidStatus.LAPSED


async def test_a_slip_of_the_pen_and_a_higher_budget_suspend_nothing(chat: Chat) -> None:
    buyer, provider = await tendered(chat)

    await changed(buyer, "预算4万")

    buyer.sees("D1024 已改为", "¥40,000")
    provider.sees_nothing()
    chat.group.sees("D1024 要求有改动", "¥40,000")
    assert await status_of(chat) is BidStatus.PLACED


async def test_opening_early_leaves_out_who_has_not_confirmed(chat: Chat) -> None:
    buyer, provider = await tendered(chat)
    rival = await chat.provider("周经理", "信达科技咨询有限公司")
    await rival.says("报价 D1024 30000 10天")
    await rival.says("1")
    await changed_after_reading(chat, buyer)
    await rival.says("照旧 D1024")
    rival.sees("已恢复")

    await buyer.says("现在开标 D1024")
    buyer.sees("已投的 1 份", "另有 1 份还没按新要求确认")
    await buyer.says("确认")

    provider.sees("没等到您确认")
    buyer.sees("¥30,000")
    chat.everybody_has_read()


async def changed_after_reading(chat: Chat, buyer: Person) -> None:
    chat.everybody_has_read()
    await changed(buyer, "12月20日前要")
    chat.everybody_has_read()


async def test_nobody_confirms_what_is_not_theirs(chat: Chat) -> None:
    await tendered(chat)
    rival = await chat.provider("周经理", "信达科技咨询有限公司")

    await rival.says("照旧 D1024")

    rival.sees("D1024")
    assert await status_of(chat) is BidStatus.PLACED


async def test_a_demand_withdrawn_meanwhile_is_told_to_who_waits(chat: Chat) -> None:
    buyer, provider = await tendered(chat)
    await changed_after_reading(chat, buyer)

    await buyer.says("撤 D1024")
    await buyer.says("确认")

    provider.sees("D1024 客户已撤回")
    chat.everybody_has_read()
