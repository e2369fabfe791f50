"""The same for the modes that are paid in advance: their tables tell what really happens."""

from collections.abc import Callable
from typing import Any

import pytest

from market import modes, pots
from market.policy import Policy
from tests.handlers.test_rewards import RIVAL
from tests.support.chat import Chat, Person
from tests.support.watching import Watch, promised, watched

SMALL_BELOW = 10_000_000
Act = Callable[[Chat, "Cast"], Any]

# How it is said for a small sum and for one that staff look at, and how something is sent.
MODES = {
    "bounty": ("悬赏 900 元 2名 征集口号", "悬赏 90万 2名 征集口号", "投稿"),
    "piece": ("计件 20 元 2份 问卷", "计件 60万 2份 问卷", "投稿"),
    "question": ("提问 50 元 高企要几个专利", "提问 20万 高企要几个专利", "回答"),
    "deposit": (
        "定金招标 做高新技术企业认定，在柳州，预算3万",
        "定金招标 做高新技术企业认定，在柳州，预算80万",
        "报价",
    ),
}


@pytest.fixture
def policy() -> Policy:
    return Policy(auto_review_below_fen=SMALL_BELOW)


class Cast:
    """Who plays, and what they say in one of the modes."""

    def __init__(self, chat: Chat, mode: str, buyer: Person, *others: Person) -> None:
        self.chat, self.mode, self.buyer = chat, mode, buyer
        self.provider, self.rival, self.huang, self.wei = others
        self.small, self.large, self.sends = MODES[mode]

    async def confirms(self, *words: str) -> None:
        for each in words:
            await self.buyer.says(each)
            await self.buyer.says("确认")

    async def submitted(self, words: str) -> str:
        self.buyer.ignores_the_rest()
        await self.confirms(words)
        mine = await self.chat.person_id(self.buyer)
        demands = await self.chat.runner.read(lambda uow: uow.demands.of_buyer(mine, 1))
        return demands[0].no

    async def published(self) -> str:
        demand = await self.submitted(self.small)
        await self.pays(demand)
        return demand

    async def pays(self, no: str) -> None:
        await self.buyer.says(f"付款 {no}")
        await self.buyer.says("1")
        page = next(m.text for m in reversed(self.buyer.unread) if "/sandbox/pay/" in m.text)
        await self.chat.pay(page.split("/sandbox/pay/")[1].split()[0])

    async def sent(self, demand: str, *people: Person) -> None:
        for person in people or (self.provider, self.rival):
            if self.sends == "报价":
                await person.says(f"报价 {demand} 28000 15天")
                await person.says("1")
            else:
                await person.says(f"{self.sends} {demand} 请看")

    async def closes(self, demand: str) -> None:
        await self.confirms(f"{'现在开标' if self.mode == 'deposit' else '截稿'} {demand}")


async def reviewed(cast: Cast) -> None:
    for words in ("驳回 写清楚要做什么", "通过"):
        demand = await cast.submitted(cast.large)
        await cast.confirms(f"改 {demand} 要加急")
        await cast.huang.says(f"审 {demand} {words}")
    demand = await cast.submitted(cast.large)
    await cast.confirms(f"撤 {demand}")


async def not_paid(cast: Cast) -> None:
    demand = await cast.submitted(cast.small)
    await cast.confirms(f"撤 {demand}")
    await cast.submitted(cast.small)
    await cast.chat.pass_(days=3)


async def nobody_sends(cast: Cast) -> None:
    demand = await cast.published()
    await cast.huang.says(f"延期 {demand} 1天")
    await cast.chat.pass_(days=9)


async def nobody_is_chosen(cast: Cast) -> None:
    demand = await cast.published()
    await cast.sent(demand)
    if cast.mode == "deposit":
        await cast.confirms(f"改 {demand} 预算2万")
        await cast.sent(demand)
    await cast.chat.pass_(days=3 if cast.mode in {"question", "deposit"} else 9)
    await cast.huang.says(f"延期 {demand} 1天")
    await cast.chat.pass_(days=9)


async def withdrawn(cast: Cast) -> None:
    demand = await cast.published()
    await cast.sent(demand)
    await cast.confirms(f"撤 {demand}")
    demand = await cast.published()
    await cast.sent(demand)
    await cast.closes(demand)
    await cast.confirms(f"撤 {demand}")


async def chosen_while_open(cast: Cast) -> None:
    if cast.mode == "deposit":
        return
    demand = await cast.published()
    third = await cast.chat.provider(f"黄总{cast.mode}", "柳创项目服务有限公司")
    await cast.sent(demand, cast.provider, cast.rival, third)
    await cast.confirms(f"选A {demand}", f"选B {demand}")


async def chosen_after_closing(cast: Cast) -> None:
    demand = await cast.published()
    third = await cast.chat.provider(f"韦总{cast.mode}", "邕企科服咨询有限公司")
    await cast.sent(demand, cast.provider, cast.rival, third)
    await cast.closes(demand)
    await cast.confirms(f"选A {demand}", f"选B {demand}")
    if cast.mode == "deposit":
        order = (await cast.chat.runner.read(lambda uow: uow.orders.of_demand(int(demand[1:]))))[0]
        await cast.pays(order.no)


SCENES = (
    reviewed,
    not_paid,
    nobody_sends,
    nobody_is_chosen,
    withdrawn,
    chosen_while_open,
    chosen_after_closing,
)


@pytest.mark.parametrize("mode", MODES)
async def test_whoever_is_told_and_what_moves_is_what_the_tables_say(chat: Chat, mode: str) -> None:
    watch: Watch = watched(chat)
    provider = await chat.provider("陈工")
    rival = await chat.provider("周经理", RIVAL)
    huang, wei = await chat.staff("小黄"), await chat.staff("小韦")
    for number, scene in enumerate(SCENES):
        buyer = chat.buyer(f"客户{number}")
        await scene(Cast(chat, mode, buyer, provider, rival, huang, wei))
        chat.everybody_has_read()

    process = modes.PROCESSES[mode]
    seen = {taken: what for taken, what in watch.seen().items() if taken[0] == mode}
    assert seen == promised((process,))
    of_pots = {taken: what for taken, what in watch.seen().items() if taken[0] == "pot"}
    for way in pots.POT.ways:
        told, moved = of_pots.get(("pot", str(way.at), str(way.step)), (set(), set()))
        assert told <= set(way.tells), way
        assert moved <= set(way.money), way
