"""联合投标: each partner sees the split before they agree, and is paid their own share."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from handlers.actions.consortiums import answer_joint, ask_partners, leave_partners
from market.errors import MarketError
from market.ledger import provider_payable
from market.parties import Sender
from storage.unit_of_work import UnitOfWork
from tests.handlers.test_refunds_and_payouts import audited
from tests.support.chat import Chat, Person
from tests.support.crowds import CROWD
from tests.support.deals import both_accept

PRICE = 32_000


@pytest.fixture
async def firms(chat: Chat) -> tuple[Person, Person, Person]:
    return (
        await chat.provider("陈工"),
        await chat.provider("周经理", "信达科技咨询有限公司"),
        await chat.provider("覃姐", "柳创项目服务有限公司"),
    )


async def published(chat: Chat, buyer: Person, lead: Person) -> None:
    """D1024 with a bid of the lead."""
    await buyer.says("我们想做高新技术企业认定，在柳州，预算3万左右")
    await buyer.says("确认")
    await lead.says(f"报价 1024 {PRICE} 15天")
    await lead.says("1")
    chat.everybody_has_read()


async def ordered(chat: Chat, buyer: Person) -> None:
    """O2048, paid."""
    for words in ("现在开标", "确认", "选A", "确认"):
        await buyer.says(words)
    await buyer.says("在线支付")
    await chat.pay(buyer.unread[-1].text.split("/sandbox/pay/")[1].split()[0])
    chat.everybody_has_read()


async def earned(chat: Chat, person: Person) -> int:
    return await chat.balance(provider_payable(await chat.provider_id(person)))


async def test_partners_agree_and_each_is_paid_their_share(
    chat: Chat, firms: tuple[Person, Person, Person]
) -> None:
    buyer = chat.buyer("小林")
    lead, second, third = firms
    await published(chat, buyer, lead)

    await lead.says("联合投标 D1024 信达 30% 柳创 20%")
    lead.sees(
        "您牵头 50%", "信达科技咨询有限公司 30%、柳创项目服务有限公司 20%", "没同意的那份归您"
    )
    second.sees("桂知源", "¥32,000", "扣佣金后 ¥30,080", "您约得 ¥9,024", "同意联合 D1024")
    third.sees("您约得 ¥6,016")
    chat.group.sees_nothing()
    await second.says("同意联合 D1024")
    second.sees("您同意和 桂知源")
    lead.sees("信达科技咨询有限公司 同意联合投标", "柳创项目服务有限公司 等确认")
    await third.says("同意联合 D1024")
    third.ignores_the_rest()
    lead.ignores_the_rest()

    await buyer.says("现在开标")
    await buyer.says("确认")
    buyer.sees("价格从那时起给您看")
    buyer.sees("桂知源知识产权代理有限公司（联合 2 家）")
    chat.everybody_has_read()
    await buyer.says("看A")
    buyer.sees(
        "桂知源知识产权代理有限公司 牵头，联合 信达科技咨询有限公司 30%、柳创项目服务有限公司 20%"
    )
    await buyer.says("选A")
    buyer.sees("牵头，联合 信达科技咨询有限公司 30%")
    await buyer.says("确认")
    buyer.sees("由 桂知源知识产权代理有限公司 牵头，联合")
    second.sees("联合投标中标", "您分 30%")
    third.sees("您分 20%")
    await buyer.says("在线支付")
    await chat.pay(buyer.unread[-1].text.split("/sandbox/pay/")[1].split()[0])
    await lead.says("开工")
    await lead.says("交付 O2048 都做好了")
    await buyer.says("验收 O2048")
    chat.everybody_has_read()
    await buyer.says("确认")
    buyer.sees("已完成")
    lead.sees("入账 ¥15,040", "合作方按约分走 ¥15,040")
    second.sees("您的 30% 入账 ¥9,024", "提现")
    third.sees("您的 20% 入账 ¥6,016")

    assert [await earned(chat, one) for one in firms] == [1_504_000, 902_400, 601_600]
    await second.says("月结 本月")
    second.sees("1 笔入账，共 ¥9,024")
    assert await audited(chat) == []


async def test_who_has_not_agreed_at_the_opening_is_out(
    chat: Chat, firms: tuple[Person, Person, Person]
) -> None:
    buyer = chat.buyer("小林")
    lead, second, third = firms
    await published(chat, buyer, lead)
    await lead.says("联合投标 D1024 信达 30% 柳创 20%")
    await second.says("不同意联合 D1024")
    second.sees_among("记下了，不联合")
    chat.everybody_has_read()
    await buyer.says("现在开标")
    await buyer.says("确认")
    lead.sees("柳创项目服务有限公司 还没确认联合投标，没有算进去，那一份归您")
    chat.everybody_has_read()
    await third.says("同意联合 D1024")
    third.sees("没找到需求 D1024")
    await ordered_from_opened(chat, buyer)
    assert await chat.runner.read(lambda uow: uow.consortiums.of_order(2048)) == ()


async def ordered_from_opened(chat: Chat, buyer: Person) -> None:
    for words in ("选A", "确认", "在线支付"):
        await buyer.says(words)
    await chat.pay(buyer.unread[-1].text.split("/sandbox/pay/")[1].split()[0])
    chat.everybody_has_read()


async def test_a_new_price_is_asked_about_again_and_the_lead_may_go_alone(
    chat: Chat, firms: tuple[Person, Person, Person]
) -> None:
    buyer = chat.buyer("小林")
    lead, second, _ = firms
    await published(chat, buyer, lead)
    await lead.says("联合投标 D1024 信达 30%")
    await second.says("同意联合 D1024")
    chat.everybody_has_read()
    await lead.says("改价 D1024 20000")
    await lead.says("1")
    second.sees("¥20,000", "您约得 ¥5,640")
    chat.everybody_has_read()
    await lead.says("不联合 D1024")
    lead.sees("改回您独家投标")
    await second.says("报价 D1024 28000 9天")
    await second.says("1")
    chat.everybody_has_read()
    await lead.says("联合投标 D1024 信达 30%")
    lead.sees("有一家自己投了这个标")


async def test_what_cannot_be_joint_is_said(
    chat: Chat, firms: tuple[Person, Person, Person]
) -> None:
    buyer = chat.buyer("小林")
    lead, second, _ = firms
    await published(chat, buyer, lead)
    for words, answer in (
        ("联合投标", "先自己报价"),
        ("联合投标 D1024", "先自己报价"),
        ("联合投标 D1024 信达 95%", "您牵头至少留 10%"),
        ("联合投标 D1024 桂知源 30%", "写了自己"),
        ("联合投标 D1024 没有这家 30%", "没找到"),
        ("联合投标 D1024 邕企 30%", "还没有人绑定"),
        ("联合投标 D9999 信达 30%", "没找到"),
    ):
        await lead.says(words)
        lead.sees(answer)
    await second.says("联合投标 D1024 柳创 30%")
    second.sees("没找到需求 D1024")
    await second.says("同意联合 D1024")
    second.sees("没找到需求 D1024")
    await lead.says("联合投标 D1024 信达 30%")
    lead.ignores_the_rest()
    second.ignores_the_rest()
    await second.says("同意联合 D1024")
    await second.says("报价 D1024 28000 9天")
    await second.says("1")
    second.sees_among("您已同意和别家联合投这个标")
    second.ignores_the_rest()
    lead.ignores_the_rest()


async def test_a_ruling_is_divided_too(chat: Chat, firms: tuple[Person, Person, Person]) -> None:
    buyer, huang = chat.buyer("小林"), await chat.staff("小黄")
    lead, second, _ = firms
    await buyer.says("我们想做高新技术企业认定，在柳州，预算3万左右")
    await buyer.says("确认")
    await lead.says("报价 1024 8000 15天")
    await lead.says("1")
    await lead.says("联合投标 D1024 信达 30%")
    await second.says("同意联合 D1024")
    chat.everybody_has_read()
    await ordered(chat, buyer)
    await lead.says("开工")
    await buyer.says("申诉 O2048 缺知识产权对应表，费用表是别家公司的数据")
    await buyer.says("确认")
    await huang.says("判 J88 退60% 缺对应表")
    await huang.says("确认")
    await both_accept(buyer, lead, "J88")
    chat.everybody_has_read()
    assert await earned(chat, lead) + await earned(chat, second) == 300_800
    assert await earned(chat, second) == 90_240
    await buyer.says("进度 O2048")
    buyer.sees("退 ¥4,800，付 ¥3,008")
    assert await audited(chat) == []


async def test_partners_are_free_again_when_the_lead_leaves(
    chat: Chat, firms: tuple[Person, Person, Person]
) -> None:
    buyer = chat.buyer("小林")
    lead, second, third = firms
    await published(chat, buyer, lead)
    await lead.says("联合投标 D1024 信达 30% 柳创 20%")
    await second.says("同意联合 D1024")
    chat.everybody_has_read()

    await lead.says("撤标 D1024")
    await lead.says("确认")
    lead.ignores_the_rest()
    second.sees("桂知源知识产权代理有限公司 的报价不作数了", "报价 D1024")
    third.sees_nothing()
    await second.says("报价 1024 29000 15天")
    second.sees("核对一下")
    await second.says("1")
    second.sees("已投")
    chat.everybody_has_read()
    await second.says("联合投标 D1024 柳创 20%")
    third.sees("信达科技咨询有限公司 邀您联合投标 D1024")
    chat.everybody_has_read()
    assert await audited(chat) == []


async def test_nobody_joins_others_with_a_bid_of_their_own(
    chat: Chat, firms: tuple[Person, Person, Person]
) -> None:
    buyer = chat.buyer("小林")
    lead, second, _ = firms
    await published(chat, buyer, lead)
    await lead.says("联合投标 D1024 信达 30%")
    chat.everybody_has_read()
    await second.says("报价 1024 29000 15天")
    await second.says("1")
    chat.everybody_has_read()

    await second.says("同意联合 D1024")
    second.sees("您自己在这个标上有报价，要联合先撤标")
    await second.says("撤标 D1024")
    await second.says("确认")
    second.ignores_the_rest()
    await second.says("同意联合 D1024")
    second.sees("您同意和 桂知源")
    chat.everybody_has_read()


async def test_eight_at_once_agree_decline_ask_and_open(
    chat: Chat, firms: tuple[Person, Person, Person]
) -> None:
    buyer = chat.buyer("小林")
    lead, second, _ = firms
    await published(chat, buyer, lead)
    leads = Sender(await chat.person_id(lead), "陈工", provider_id=await chat.provider_id(lead))
    theirs = Sender(
        await chat.person_id(second), "周经理", provider_id=await chat.provider_id(second)
    )
    assert theirs.provider_id is not None
    asked = [(theirs.provider_id, 3_000)]
    desk, now = chat.desk, chat.clock.now()

    def ask(uow: UnitOfWork) -> object:
        return ask_partners(uow, 1024, leads, asked, desk, now)

    def leave(uow: UnitOfWork) -> object:
        return leave_partners(uow, 1024, leads, now)

    steps: list[Callable[[UnitOfWork], object]] = [
        ask,
        partial(answer_joint, demand_id=1024, sender=theirs, desk=desk, now=now, agrees=True),
        leave,
        partial(answer_joint, demand_id=1024, sender=theirs, desk=desk, now=now, agrees=False),
    ]
    await chat.runner.run(ask)
    ends = await asyncio.gather(
        *map(chat.runner.run, steps * (CROWD // len(steps))), return_exceptions=True
    )
    for end in ends:
        assert not isinstance(end, BaseException) or isinstance(end, MarketError), end
    await chat.settle()
    chat.everybody_has_read()
    await ordered(chat, buyer)
    partners = await chat.runner.read(lambda uow: uow.consortiums.of_order(2048))
    assert len(partners) <= 1
    assert all(one.person_id is not None for one in partners)
    assert await audited(chat) == []
