"""The tables of the processes tell what really happens: who hears of a step, what money moves."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from market import disputes, invoices, listings, modes, orders
from market.policy import Policy
from market.processes import Process
from tests.support.chat import Chat, Person
from tests.support.deals import disputed, judge
from tests.support.dispute_scenes import appealed, ruled_and_accepted
from tests.support.programmes import VOUCHERS, granted, paid_in, register
from tests.support.watching import Watch, promised, watched

AUTO = Policy(auto_review_below_fen=10_000_000)  # what costs less is published without staff
PROCESSES: tuple[Process[Any, Any], ...] = (
    modes.TENDER,
    modes.DIRECT,
    modes.PURCHASE,
    listings.LISTING,
    orders.ORDER,
    *disputes.DISPUTES,
    invoices.INVOICE,
)


@pytest.fixture
def policy() -> Policy:
    return AUTO


@pytest.fixture
def watch(chat: Chat) -> Watch:
    return watched(chat)


async def test_whoever_is_told_and_what_moves_is_what_the_tables_say(
    chat: Chat, watch: Watch
) -> None:
    provider = await chat.provider("陈工")
    rival = await chat.provider("周经理", "信达科技咨询有限公司")
    huang, wei = await chat.staff("小黄"), await chat.staff("小韦")
    for number, scene in enumerate(SCENES):
        await scene(chat, chat.buyer(f"客户{number}"), (provider, rival), (huang, wei))
        chat.everybody_has_read()

    names = {process.name for process in PROCESSES}
    assert {key: what for key, what in watch.seen().items() if key[0] in names} == promised(
        PROCESSES
    )


Pair = tuple[Person, Person]
Scene = Callable[[Chat, Person, Pair, Pair], Any]


async def _publish(chat: Chat, buyer: Person) -> str:
    await buyer.says("我们想做高新技术企业认定，在柳州，预算3万左右")
    await buyer.says("确认")
    return _number("D", buyer)


async def _bid(demand: str, *providers: Person) -> None:
    for place, provider in enumerate(providers):
        await provider.says(f"报价 {demand} {30000 + 1000 * place} 15天")
        await provider.says("1")


async def _open(buyer: Person, demand: str) -> None:
    await buyer.says(f"现在开标 {demand}")
    await buyer.says("确认")


async def _ordered(chat: Chat, buyer: Person, providers: Pair) -> str:
    demand = await _publish(chat, buyer)
    await _bid(demand, *providers)
    await _open(buyer, demand)
    await buyer.says(f"选A {demand}")
    await buyer.says("确认")
    return _number("O", buyer)


async def _paid(chat: Chat, buyer: Person, providers: Pair) -> str:
    order = await _ordered(chat, buyer, providers)
    await _pay(chat, buyer, order)
    return order


async def _pay(chat: Chat, buyer: Person, order: str) -> None:
    await buyer.says(f"付款 {order}")
    await buyer.says("1")
    page = next(m.text for m in reversed(buyer.unread) if "/sandbox/pay/" in m.text)
    await chat.pay(page.split("/sandbox/pay/")[1].split()[0])


async def _begun(chat: Chat, buyer: Person, providers: Pair) -> str:
    order = await _paid(chat, buyer, providers)
    await providers[0].says(f"开工 {order}")
    return order


async def _delivered(chat: Chat, buyer: Person, providers: Pair) -> str:
    order = await _begun(chat, buyer, providers)
    await providers[0].says(f"交付 {order} 申报书齐了")
    return order


def _number(letter: str, person: Person) -> str:
    found = re.findall(rf"{letter}\d+", " ".join(message.text for message in person.unread))
    assert found, person.chat.story(f"{person.name} has a number with {letter}")
    return str(found[-1])


async def _reviewed(chat: Chat, buyer: Person, _: Pair, staff: Pair) -> None:
    for words in ("驳回 写清楚要做什么", "通过"):
        await buyer.says("我们想做高新技术企业认定，在柳州，预算80万左右")
        await buyer.says("确认")
        demand = _number("D", buyer)
        await buyer.says(f"改 {demand} 预算90万")
        await buyer.says("确认")
        await staff[0].says(f"审 {demand} {words}")
        buyer.ignores_the_rest()
    await buyer.says("我们想做企业官网，预算80万左右")
    await buyer.says("确认")
    await buyer.says(f"撤 {_number('D', buyer)}")
    await buyer.says("确认")


async def _edited(chat: Chat, buyer: Person, providers: Pair, staff: Pair) -> None:
    demand = await _publish(chat, buyer)
    await _bid(demand, *providers)
    await staff[0].says(f"延期 {demand} 1天")
    await buyer.says(f"改 {demand} 预算2万")
    await buyer.says("确认")
    await buyer.says(f"撤 {demand}")
    await buyer.says("确认")


async def _nobody_bids(chat: Chat, buyer: Person, _: Pair, __: Pair) -> None:
    await _publish(chat, buyer)
    await chat.pass_(days=3)


async def _nobody_is_chosen(chat: Chat, buyer: Person, providers: Pair, staff: Pair) -> None:
    demand = await _publish(chat, buyer)
    await _bid(demand, *providers)
    await chat.pass_(days=3)
    await staff[0].says(f"延期 {demand} 1天")
    await chat.pass_(days=8)


async def _withdrawn_after_opening(chat: Chat, buyer: Person, providers: Pair, _: Pair) -> None:
    demand = await _publish(chat, buyer)
    await _bid(demand, *providers)
    await _open(buyer, demand)
    await buyer.says(f"撤 {demand}")
    await buyer.says("确认")


async def _cancelled(chat: Chat, buyer: Person, providers: Pair, _: Pair) -> None:
    for stage in (_ordered, _paid):
        order = await stage(chat, buyer, providers)
        await buyer.says(f"取消 {order}")
        await buyer.says("确认")
        buyer.ignores_the_rest()


async def _in_instalments(chat: Chat, buyer: Person, providers: Pair, _: Pair) -> None:
    order = await _ordered(chat, buyer, providers)
    await _propose(buyer, f"分期 {order} 2")
    await providers[0].says(f"不同意分期 {order} v2")
    await _propose(providers[0], f"分期 {order} 2")
    await buyer.says(f"不同意分期 {order} v3")
    await _propose(providers[0], f"分期 {order} 2")
    await buyer.says(f"同意分期 {order} v4")
    await _propose(buyer, f"分期 {order} 3")
    await providers[0].says(f"同意分期 {order} v5")
    await _pay(chat, buyer, order)
    await providers[0].says(f"开工 {order}")
    await providers[0].says(f"交付 {order} 第一部分")
    await buyer.says(f"验收 {order}")
    await buyer.says("确认")
    await providers[0].says(f"交付 {order} 第二部分")
    await _pass_with_a_reminder(chat, buyer, order)
    await providers[0].says(f"交付 {order} 第三部分")
    await buyer.says(f"验收 {order}")
    await buyer.says("确认")


async def _propose(person: Person, words: str) -> None:
    await person.says(words)
    await person.says("确认")


async def _never_paid(chat: Chat, buyer: Person, providers: Pair, _: Pair) -> None:
    await _ordered(chat, buyer, providers)
    await chat.pass_(days=4)


async def _paid_by_hand(chat: Chat, buyer: Person, providers: Pair, staff: Pair) -> None:
    order = await _ordered(chat, buyer, providers)
    await staff[0].says(f"收款 {order} 30000")
    await staff[1].says(f"确认收款 {order}")
    await buyer.says(f"取消 {order}")
    await buyer.says("确认")


async def _accepted(chat: Chat, buyer: Person, providers: Pair, _: Pair) -> None:
    order = await _delivered(chat, buyer, providers)
    await buyer.says(f"退回 {order} 缺一张表")
    await providers[0].says(f"交付 {order} 补齐了")
    await providers[0].says(f"交付 {order} 再换一版")
    await buyer.says(f"验收 {order}")
    await buyer.says("确认")


async def _accepted_by_the_clock(chat: Chat, buyer: Person, providers: Pair, _: Pair) -> None:
    order = await _delivered(chat, buyer, providers)
    await _pass_with_a_reminder(chat, buyer, order)


async def _pass_with_a_reminder(chat: Chat, buyer: Person, order: str) -> None:
    await chat.pass_(days=6)
    await buyer.says(f"进度 {order}")  # whoever writes can be reminded
    await chat.pass_(days=3)


async def _disputed(chat: Chat, buyer: Person, providers: Pair, staff: Pair) -> None:
    await judge([staff[0]], await disputed(chat, buyer, providers[0], 1_000), "退60% 缺一半")
    for stage in (_begun, _delivered):
        order = await stage(chat, buyer, providers)
        await buyer.says(f"申诉 {order} 做的不是我们要的")
        await buyer.says("确认")
        dispute = _number("J", buyer)
        await staff[0].says(f"判 {dispute} 退60% 只做了一部分")
        await staff[0].says("确认")
        await staff[1].says(f"同意 {dispute}")
        await staff[1].says("确认")
        buyer.ignores_the_rest()


async def _with_public_money(chat: Chat, buyer: Person, providers: Pair, staff: Pair) -> None:
    await register(chat, replace(VOUCHERS, ends_on=date(2030, 1, 1)))
    await paid_in(chat, staff, VOUCHERS.code, 100_000)
    await granted(chat, buyer, staff, 15_000)
    order = await _ordered(chat, buyer, providers)
    await buyer.says(f"用券 {order}")
    await _pay(chat, buyer, order)
    await buyer.says(f"取消 {order}")
    await buyer.says("确认")
    buyer.ignores_the_rest()
    order = await _ordered(chat, buyer, providers)
    await buyer.says(f"用券 {order}")
    await _pay(chat, buyer, order)
    await providers[0].says(f"开工 {order}")
    await buyer.says(f"申诉 {order} 做的不是我们要的")
    await buyer.says("确认")
    dispute = _number("J", buyer)
    await judge(staff, dispute, "退60% 只做了一部分")
    for person in (buyer, providers[0]):
        await person.says(f"接受 {dispute}")


async def _name(chat: Chat, buyer: Person, budget: str = "3万") -> str:
    await buyer.says(f"点名 桂知源 做高新技术企业认定，在柳州，预算{budget}")
    await buyer.says("确认")
    return _number("D", buyer)


async def _answer(demand: str, provider: Person) -> None:
    await provider.says(f"报价 {demand} 30000 15天")
    await provider.says("1")


async def _named_and_reviewed(chat: Chat, buyer: Person, _: Pair, staff: Pair) -> None:
    for words in ("驳回 写清楚要做什么", "通过"):
        demand = await _name(chat, buyer, "80万")
        await buyer.says(f"改 {demand} 预算90万")
        await buyer.says("确认")
        await staff[0].says(f"审 {demand} {words}")
        buyer.ignores_the_rest()
    demand = await _name(chat, buyer, "80万")
    await buyer.says(f"撤 {demand}")
    await buyer.says("确认")


async def _named_and_answered(chat: Chat, buyer: Person, providers: Pair, staff: Pair) -> None:
    demand = await _name(chat, buyer)
    await staff[0].says(f"延期 {demand} 1天")
    await buyer.says(f"改 {demand} 预算4万")
    await buyer.says("确认")
    await _answer(demand, providers[0])
    await staff[0].says(f"延期 {demand} 1天")
    await buyer.says(f"选A {demand}")
    await buyer.says("确认")


async def _named_and_dropped(chat: Chat, buyer: Person, providers: Pair, _: Pair) -> None:
    demand = await _name(chat, buyer)
    await buyer.says(f"撤 {demand}")
    await buyer.says("确认")
    buyer.ignores_the_rest()
    demand = await _name(chat, buyer)
    await _answer(demand, providers[0])
    await buyer.says(f"撤 {demand}")
    await buyer.says("确认")


async def _named_in_vain(chat: Chat, buyer: Person, providers: Pair, _: Pair) -> None:
    demand = await _name(chat, buyer)
    await providers[0].says(f"不接 {demand} 没档期")
    buyer.ignores_the_rest()
    await _name(chat, buyer)
    await chat.pass_(days=2)
    buyer.ignores_the_rest()
    demand = await _name(chat, buyer)
    await _answer(demand, providers[0])
    await chat.pass_(days=8)


async def _listed(chat: Chat, buyer: Person, providers: Pair, staff: Pair) -> None:
    for words in ("驳回 写清楚", "通过"):
        await providers[0].says("上架 科技查新 800元 3天")
        await providers[0].says("1")
        await staff[0].says(f"审 {_number('L', providers[0])} {words}")
    await buyer.says(f"买 {_number('L', providers[0])}")
    await buyer.says("确认")
    await providers[0].says(f"下架 {_number('L', providers[0])}")
    await providers[0].says("上架 科技查新 900元 3天")
    await providers[0].says("1")
    await providers[0].says(f"下架 {_number('L', providers[0])}")


async def _invoiced(chat: Chat, buyer: Person, providers: Pair, _: Pair) -> None:
    order = await _delivered(chat, buyer, providers)
    await buyer.says(f"验收 {order}")
    await buyer.says("确认")
    special = "税号 91350100M000100Y43 地址电话 科园大道1号 0771-5550000 开户行 工行 4510001"
    for kind, more in (("普票", ""), ("专票", special), ("普票", "")):
        await buyer.says(f"{kind} {order}")
        if buyer.unread and "还用上次" in buyer.unread[-1].text:
            await buyer.says("2")
        await buyer.says(f"抬头 某某科技有限公司 {more}")
        await buyer.says("确认")
        invoice = _number("F", buyer)
        if kind == "普票" and "F3003" in invoice:
            await buyer.says(f"取消发票 {invoice}")
            continue
        await providers[0].says(f"已开票 {invoice} 25442000000012345678")
        await providers[0].says(f"红冲 {invoice} 01 写错了")
        await buyer.says(f"同意红冲 {invoice}")


SCENES: tuple[Scene, ...] = (
    _reviewed,
    _edited,
    _nobody_bids,
    _nobody_is_chosen,
    _withdrawn_after_opening,
    _cancelled,
    _in_instalments,
    _never_paid,
    _paid_by_hand,
    _accepted,
    _accepted_by_the_clock,
    _disputed,
    _with_public_money,
    ruled_and_accepted,
    appealed,
    _named_and_reviewed,
    _named_and_answered,
    _named_and_dropped,
    _named_in_vain,
    _listed,
    _invoiced,
)
