"""Whatever is typed where an amount is wanted: right to the fen, or refused with a kind reason."""

import pytest

from market.ledger import escrow
from storage.unit_of_work import UnitOfWork
from tests.support.chat import Chat

RIGHT = {
    "32000": 3_200_000,
    "３２０００": 3_200_000,
    "32,000": 3_200_000,
    "32000.5": 3_200_050,
    "32000.05": 3_200_005,
    "三万二": 3_200_000,
    "3万2千": 3_200_000,
    "一百二": 12_000,
    "1.5万": 1_500_000,
    "1.23456万": 1_234_560,
}
REFUSED = (
    "", "0", "０", "零", "-0", "-5000", "负五千", "0.001", "32000.005", "1e400", "1e5", "NaN",
    "inf", "∞", "9" * 20, "1,2,3", "32 000", "3'2000", "百", "0.5",
)  # fmt: skip


async def offered(chat: Chat) -> int | None:
    def look(uow: UnitOfWork) -> int | None:
        bids = uow.bids.of_demand(1024)
        return bids[0].offer.price_fen if bids else None

    return await chat.runner.read(look)


async def test_the_price_of_a_bid(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await buyer.says("高企认定，柳州，预算3万")
    await buyer.says("确认")
    chat.everybody_has_read()
    for amount in REFUSED:
        await provider.says(f"报价 D1024 {amount} 10天")
        assert "核对一下" not in provider.unread[-1].text, chat.story(f"{amount!r} is no price")
        await provider.says("1")
        assert await offered(chat) is None, amount
        await provider.says("取消")
        chat.everybody_has_read()
    for amount, fen in RIGHT.items():
        await provider.says(f"报价 D1024 {amount} 10天")
        await provider.says("1")
        assert await offered(chat) == fen, amount
        chat.everybody_has_read()


async def test_money_that_a_colleague_enters(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang, wei = await chat.staff("小黄"), await chat.staff("小韦")
    await chat.awarded_order(buyer, provider)
    for amount in (*REFUSED, *(words for words, fen in RIGHT.items() if fen != 3_200_000)):
        await huang.says(f"收款 O2048 {amount}")
        said = huang.unread[-1].text
        assert "把金额带上" in said or "金额对不上，没有入账" in said, chat.story(repr(amount))
        await wei.says("确认收款 O2048")
        assert await chat.balance(escrow("O2048")) == 0
        chat.everybody_has_read()

    await huang.says("收款 O2048 三万二")
    await wei.says("确认收款 O2048")
    assert await chat.balance(escrow("O2048")) == 3_200_000
    chat.everybody_has_read()


@pytest.mark.parametrize("amount", REFUSED)
async def test_money_that_a_colleague_sends_back(chat: Chat, amount: str) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    huang = await chat.staff("小黄")
    await chat.awarded_order(buyer, provider)
    await huang.says("收款 O2048 32000")
    await (await chat.staff("小韦")).says("确认收款 O2048")
    await buyer.says("取消 O2048")
    await buyer.says("确认")
    chat.everybody_has_read()

    await huang.says(f"退款 O2048 {amount}")

    assert "已录入" not in huang.unread[-1].text, chat.story(repr(amount))
    chat.everybody_has_read()
