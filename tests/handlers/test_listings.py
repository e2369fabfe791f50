"""一口价: work on the shelf, looked at by staff, bought as it is, paid and done like any order."""

import pytest

from storage.unit_of_work import UnitOfWork
from tests.support.chat import Chat, Person

FIRM = "桂知源知识产权代理有限公司"


async def on_sale(chat: Chat) -> tuple[Person, Person, Person]:
    """L501: a patent search for ¥800 in 3 days, 加急 +¥200, 上门 +¥300."""
    provider, staff = await chat.provider("陈工"), await chat.staff("小黄")
    await provider.says("上架 科技查新 800元 3天 含税 加急200 上门300")
    provider.sees("上架【科技查新】¥800", "3 天", "加急 +¥200、上门 +¥300", "佣金 6% ¥48", "1 上架")
    await provider.says("1")
    provider.sees("L501 已提交")
    chat.staff_group.sees("一口价待审 L501 科技查新 ¥800", FIRM)
    await staff.says("审 L501 通过")
    staff.sees("L501 已上架")
    provider.sees("L501 科技查新 已上架")
    return chat.buyer("小林"), provider, staff


async def test_it_is_bought_with_an_option_and_done_like_any_order(chat: Chat) -> None:
    buyer, provider, _ = await on_sale(chat)

    await buyer.says("一口价 查新")
    buyer.sees("可以直接买", "L501 科技查新 ¥800", FIRM, "买 L501")
    await buyer.says("买 L501")
    buyer.sees("科技查新 ¥800", "还可以加：加急 +¥200、上门 +¥300")
    await buyer.says("加急")
    buyer.sees(
        "¥800 + 加急 ¥200 = ¥1,000",
        "验收后才付给对方",
        "还可以加：上门 +¥300，回“买 L501 加急 上门”",
    )
    await buyer.says("确认")
    buyer.sees("O2048 科技查新", FIRM)
    provider.sees("L501 科技查新 卖出一份（加急），订单 O2048，¥1,000")
    chat.group.sees_nothing()

    await buyer.says("在线支付")
    await chat.pay(buyer.unread[-1].text.split("/sandbox/pay/")[1].split()[0])
    for words in ("开工", "交付 O2048 查新报告"):
        await provider.says(words)
    await buyer.says("验收")
    await buyer.says("确认")
    buyer.sees_among("O2048", "验收")
    chat.everybody_has_read()


async def test_one_confirmation_said_twice_buys_once(chat: Chat) -> None:
    buyer, _, _ = await on_sale(chat)
    await buyer.says("买 L501")
    await buyer.says("确认", message_id="the same")
    await buyer.says("确认", message_id="the same")
    chat.everybody_has_read()

    buyer_id = await chat.person_id(buyer)

    def orders(uow: UnitOfWork) -> int:
        return len(uow.orders.of_buyer(buyer_id, 10))

    assert await chat.runner.read(orders) == 1


async def test_a_price_that_changed_meanwhile_is_asked_again(chat: Chat) -> None:
    buyer, provider, staff = await on_sale(chat)
    await buyer.says("买 L501")
    buyer.sees("¥800")
    await provider.says("上架 科技查新 900元 3天")
    await provider.says("1")
    await staff.says("审 L502 通过")
    chat.group.ignores_the_rest()
    chat.staff_group.ignores_the_rest()
    provider.ignores_the_rest()
    staff.ignores_the_rest()

    await buyer.says("确认")

    buyer.sees("L501 已下架", "一口价")
    await buyer.says("一口价")
    seen = buyer.sees("L502", "¥900")
    assert "L501" not in seen


async def test_what_is_not_there_is_refused_kindly(chat: Chat) -> None:
    buyer, provider, _ = await on_sale(chat)

    await buyer.says("买 L999")
    buyer.sees("L999")
    await provider.says("买 L501")
    provider.sees("如果买 L501")
    await provider.says("确认")
    provider.sees("L501", "自己")
    await provider.says("下架 L501")
    provider.sees("L501 科技查新 已下架")
    await buyer.says("买 L501")
    await buyer.says("确认")
    buyer.ignores_the_rest()
    await buyer.says("一口价")
    buyer.sees("现在没有可以直接买的")
    await buyer.says("下架 L501")
    buyer.sees("绑定")
    await buyer.says("上架 科技查新 800元 3天")
    buyer.sees("绑定")
    await buyer.says("审 L501 通过")
    buyer.sees("在岗同事")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("上架", "要上架什么"),
        ("上架 科技查新", "还差一个固定的价"),
        ("上架 科技查新 800-1000元 3天", "还差一个固定的价"),
        ("上架 科技查新 0元", "还差一个固定的价"),
        ("上架 火星移民套餐 800元", "没看出是目录里哪一项"),
    ],
)
async def test_what_is_missing_is_asked_for(chat: Chat, words: str, wanted: str) -> None:
    provider = await chat.provider("陈工")

    await provider.says(words)

    provider.sees(wanted)


async def test_a_colleague_may_say_no_and_why(chat: Chat) -> None:
    provider, staff = await chat.provider("陈工"), await chat.staff("小黄")
    await provider.says("上架 科技查新 800元 3天")
    await provider.says("1")
    chat.everybody_has_read()

    await staff.says("待办")
    staff.sees("一口价待审")
    await staff.says("1")
    staff.sees("L501", "审 L501 通过")
    await staff.says("审 L501 驳回 写清楚几个工作日")
    staff.sees("L501 已驳回")
    provider.sees("L501 没有通过审核：写清楚几个工作日")
    await provider.says("我的上架")
    provider.sees("还没有上架")


async def test_the_page_of_a_product_shows_what_can_be_bought(chat: Chat) -> None:
    buyer, _, _ = await on_sale(chat)

    await buyer.says("目录 06.03.01")
    assert "L501" not in buyer.sees("科技项目申报指导")
    await buyer.says("目录 08.01.01")
    buyer.sees("【科技查新】", "一口价 L501 ¥800", "买 L501")
