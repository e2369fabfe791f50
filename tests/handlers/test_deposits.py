"""定金招标: a part is paid before the tender, and its fate is told before it is paid."""

import pytest

from market.ledger import escrow, provider_payable
from market.policy import Policy
from tests.handlers.test_rewards import RIVAL, pay
from tests.support.chat import Chat, Person


@pytest.fixture
def policy() -> Policy:
    return Policy(auto_review_below_fen=10_000_000)


async def tendered(chat: Chat, words: str = "定金招标 做高企认定，柳州，预算3万") -> Person:
    buyer = chat.buyer("小林")
    await buyer.says(words)
    buyer.ignores_the_rest()
    await buyer.says("确认")
    buyer.ignores_the_rest()
    await pay(chat, buyer, "D1024")
    buyer.sees("定金", "已进托管", "D1024 已发布")
    chat.group.sees("D1024", "客户已付定金")
    return buyer


async def chosen(chat: Chat, buyer: Person, *bids: tuple[Person, int | str]) -> None:
    """The first bid wins."""
    for provider, yuan in bids:
        await provider.says(f"报价 D1024 {yuan} 15天")
        await provider.says("1")
    await buyer.says("现在开标 D1024")
    await buyer.says("确认")
    await buyer.says("选A D1024")
    await buyer.says("确认")
    for provider, _ in bids:
        provider.ignores_the_rest()
    chat.group.ignores_the_rest()


async def test_the_deposit_is_a_part_of_the_price(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await buyer.says("定金招标 做高企认定，柳州，预算3万")
    buyer.sees(
        "定金 ¥9,000", "先付定金 ¥9,000 再发布", "只付余款", "没人报价：定金全退",
        "退 70%，30% 给投标（或中标）的服务商",
    )  # fmt: skip
    await buyer.says("确认")
    buyer.sees("O2048", "应付 ¥9,000")
    await pay(chat, buyer)
    buyer.sees("定金 ¥9,000 已进托管", "D1024 已发布", "密封")
    chat.group.sees("D1024", "客户已付定金", "报价 1024")

    await chosen(chat, buyer, (provider, 28000))
    buyer.sees_among("O2049", "应付 ¥19,000", "已扣定金 ¥9,000")
    await pay(chat, buyer, "O2049")
    buyer.sees_among("O2049 已付 ¥19,000")
    buyer.ignores_the_rest()
    assert await chat.balance(escrow("O2049")) == 2_800_000
    assert await chat.balance(escrow("O2048")) == 0
    provider.sees_among("O2049 客户已付款")
    await buyer.says("取消 O2049")
    buyer.sees("托管的钱退您 ¥25,300", "¥2,700 按说好的规则给服务商")
    await buyer.says("确认")
    buyer.sees("应退 ¥25,300")
    provider.sees("按规则给您 ¥2,700")
    assert await chat.balance(escrow("O2049")) == 0
    assert await chat.balance(provider_payable(await chat.provider_id(provider))) == 270_000


async def test_a_provider_who_does_not_begin_in_time_keeps_nothing(chat: Chat) -> None:
    provider = await chat.provider("陈工")
    buyer = await tendered(chat)
    await chosen(chat, buyer, (provider, 28000))
    await pay(chat, buyer, "O2049")
    await chat.pass_(hours=25)
    chat.staff_group.ignores_the_rest()
    provider.ignores_the_rest()
    buyer.ignores_the_rest()
    await buyer.says("取消 O2049")
    buyer.sees("托管的 ¥28,000 全额退给您")
    await buyer.says("确认")
    buyer.sees("应退 ¥28,000")
    provider.sees("客户在开工前取消了")


async def test_a_deposit_above_the_price_pays_it_all(chat: Chat) -> None:
    provider = await chat.provider("陈工")
    buyer = await tendered(chat, "定金招标 专利检索，柳州，预算200元")
    await chosen(chat, buyer, (provider, "80元"))
    buyer.sees_among("O2049", "定金够付全款", "¥80")
    buyer.ignores_the_rest()
    assert await chat.balance(escrow("O2049")) == 8_000
    assert await chat.balance(escrow("O2048")) == 0


async def test_who_does_not_pay_the_rest_leaves_a_part_to_the_chosen(chat: Chat) -> None:
    provider, rival = await chat.provider("陈工"), await chat.provider("周经理", RIVAL)
    buyer = await tendered(chat)
    await chosen(chat, buyer, (provider, 28000), (rival, 29000))
    await buyer.says("付款 O2049")
    assert "定金按说好的规则分" in buyer.sees_among("定金按说好的规则分")
    buyer.ignores_the_rest()
    await chat.pass_(days=3)
    chat.staff_group.ignores_the_rest()
    await buyer.says("进度 O2048")
    buyer.sees_among("定金按付款前说好的规则：退您 70%（¥6,300）", "其余 ¥2,700")
    buyer.ignores_the_rest()
    provider.sees_among("分给您 ¥2,700")
    provider.ignores_the_rest()
    rival.sees_nothing()
    assert await chat.balance(provider_payable(await chat.provider_id(provider))) == 270_000


async def test_who_leaves_before_paying_the_rest_hears_it_first(chat: Chat) -> None:
    provider = await chat.provider("陈工")
    buyer = await tendered(chat)
    await chosen(chat, buyer, (provider, 28000))
    buyer.ignores_the_rest()
    await buyer.says("取消 O2049")
    buyer.sees("如果取消 O2049", "定金退您 ¥6,300", "¥2,700")
    await buyer.says("确认")
    buyer.sees_among("退您 70%（¥6,300）")
    buyer.ignores_the_rest()
    provider.sees_among("分给您 ¥2,700")
    provider.ignores_the_rest()


async def test_without_a_bid_all_of_it_comes_back(chat: Chat) -> None:
    buyer = await tendered(chat)
    await chat.pass_(days=2)
    chat.staff_group.ignores_the_rest()
    await buyer.says("进度 O2048")
    buyer.sees_among("D1024 定金剩下的 ¥9,000 全部退给您")
    buyer.ignores_the_rest()


async def test_who_chooses_nobody_leaves_a_part_to_those_who_bid(chat: Chat) -> None:
    provider, rival = await chat.provider("陈工"), await chat.provider("周经理", RIVAL)
    buyer = await tendered(chat)
    for person in (provider, rival):
        await person.says("报价 D1024 28000 15天")
        await person.says("1")
    await chat.pass_(days=8)
    chat.staff_group.ignores_the_rest()
    await buyer.says("进度 O2048")
    buyer.sees_among("退您 70%（¥6,300）", "其余 ¥2,700 给投标的服务商")
    for person in (provider, rival):
        person.sees_among("分给您 ¥1,350")
        person.ignores_the_rest()
    buyer.ignores_the_rest()
    chat.group.ignores_the_rest()


async def test_the_deposit_can_be_taken_into_a_draft_and_out_of_it(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("想搞个定金招标")
    buyer.sees("要办什么")
    await buyer.says("做高企认定，柳州，预算5万")
    buyer.sees("定金 ¥15,000")
    await buyer.says("预算改成8万")
    buyer.sees("定金 ¥24,000")
    await buyer.says("不要定金")
    assert "定金" not in buyer.sees("报价密封")
    await buyer.says("交定金")
    buyer.sees("定金 ¥24,000")
