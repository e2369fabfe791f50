"""Providers are spoken of by name: invited, asked about, chosen; several of a name are asked."""

import pytest

from market.policy import Policy
from tests.support.chat import Chat
from tests.support.deals import submitted
from tests.support.steps import steps_of

PROMISING = "想做高新技术企业认定，在柳州，预算3万，要求包过"
GUIZHI, XINDA = "桂知源知识产权代理有限公司", "信达科技咨询有限公司"


@pytest.fixture
def policy() -> Policy:
    """Every demand is looked at by staff."""
    return Policy()


async def test_staff_invite_by_name_however_it_is_written(chat: Chat) -> None:
    huang, provider = await chat.staff("小黄"), await chat.provider("陈工", GUIZHI)
    await submitted(chat, chat.buyer("小林"), "想做高新技术企业认定，在柳州，预算3万")
    await huang.says("审 D1024")
    huang.ignores_the_rest()

    await huang.says("邀 桂智源、信达，截标周五")
    huang.sees("邀了 1 家", f"已通知：{GUIZHI}", f"要打电话的：{XINDA}", "11 月 20 日(周五) 18:00")
    provider.sees("服务中心邀您报价：D1024")
    ((_, reasons),) = await steps_of(chat, "D1024/invitations")
    assert reasons.startswith(f"{GUIZHI}（点名、")
    chat.everybody_has_read()


async def test_numbers_and_names_stand_together(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    await submitted(chat, chat.buyer("小林"), "想做高新技术企业认定，在柳州，预算3万")
    await huang.says("审 D1024")
    first = huang.sees("推荐：1 ").split("推荐：1 ")[1].split(" ")[0]

    await huang.says(f"邀 D1024 1 {first} 绿邕环境")
    huang.sees("要打电话的：", first, "绿邕环境监测有限公司")
    ((_, reasons),) = await steps_of(chat, "D1024/invitations")
    assert reasons.count(first) == 1
    chat.everybody_has_read()


async def test_two_joined_by_and_are_two(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    await submitted(chat, chat.buyer("小林"), "想做高新技术企业认定，在柳州，预算3万")

    await huang.says("邀 D1024 桂知源和信达")
    huang.sees(GUIZHI, XINDA)
    chat.everybody_has_read()


async def test_a_name_of_several_is_asked_about_and_the_plan_is_kept(chat: Chat) -> None:
    huang, lin = await chat.staff("小黄"), chat.buyer("小林")
    await submitted(chat, lin, PROMISING)
    await huang.says("审 D1024")
    huang.ignores_the_rest()

    await huang.says("改，邀 1 壮乡，截标周五")
    asked = huang.sees("“壮乡”可能是：1 ", "　2 ", "回数字选一家")
    second = asked.split("　2 ")[1].split("（")[0].split("\n")[0]
    await huang.says("2")
    huang.sees("D1024 改为", "邀 2 家", second, "11 月 20 日(周五) 18:00 截标", "发给客户？")


async def test_a_name_that_nobody_has_is_said_so(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    await submitted(chat, chat.buyer("小林"), PROMISING)

    await huang.says("邀 D1024 张三丰武馆")
    huang.sees("没找到", "张三丰武馆")
    chat.group.sees_nothing()


async def test_new_words_that_invite_experts_are_no_names(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    await submitted(chat, chat.buyer("小林"), PROMISING)

    await huang.says("审 D1024 改 高企认定申报，邀请专家评审，邀 1，截标周五")
    huang.sees("改为：高企认定申报，邀请专家评审", "邀 1 家")


@pytest.mark.parametrize(
    "said",
    [
        "帮我找一下桂知源的联系方式",
        "查一下桂智源电话",
        "桂知源知识产权的电话是多少",
        "服务商 桂知源",
    ],
)
async def test_a_buyer_hears_who_it_is_but_no_contacts(said: str, chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says(said)
    card = buyer.sees(f"{GUIZHI}（柳州市）", "个案例", "评分 4.8", "合同成立")
    assert "0772" not in card
    assert "@" not in card


async def test_staff_see_the_contacts_and_that_is_written_down(chat: Chat) -> None:
    huang = await chat.staff("小黄")
    await huang.says("帮我找一下桂知源的联系方式")
    huang.sees(GUIZHI, "0772-0000101", "已留痕")
    assert [step for step, _ in await steps_of(chat, "服务商 914502030000010114")] == [
        "reveal_phone"
    ]


async def test_several_of_a_name_are_listed_and_one_is_shown(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("帮我找一下壮乡的联系方式")
    buyer.sees("“壮乡”可能是：1 ", "　2 ")
    await buyer.says("1")
    buyer.sees("壮乡", "合同成立")


async def test_a_name_that_nobody_has_leads_to_the_need(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("帮我找一下张三丰武馆的联系方式")
    buyer.sees("没找到叫“张三丰武馆”的服务商", "直接说要办的事")


@pytest.mark.parametrize("said", ["你们的电话是多少", "客户的联系方式给我", "A的电话给我"])
async def test_whose_phone_it_is_not_a_provider_is_another_question(said: str, chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says(said)
    text = buyer.sees("")
    assert "没找到叫" not in text


async def test_the_bidder_named_is_chosen_as_by_its_letter(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    first = await chat.provider("陈工", GUIZHI)
    second = await chat.provider("周经理", XINDA)
    huang = await chat.staff("小黄")
    await submitted(chat, buyer, "想做高新技术企业认定，在柳州，预算3万")
    await huang.says("审 D1024 通过")
    for provider, price in ((first, 32_000), (second, 29_500)):
        await provider.says(f"报价 D1024 {price} 15天 含官费")
        await provider.says("1")
    await buyer.says("现在开标")
    await buyer.says("确认")
    chat.everybody_has_read()

    await buyer.says("选绿邕环境 D1024")
    buyer.sees("没找到", "绿邕环境")
    await buyer.says("就选信打科技")
    buyer.sees(XINDA, "¥29,500", "确认")
    await buyer.says("选桂知源 D1024")
    buyer.sees(GUIZHI, "¥32,000", "确认")
