"""发票: asked for by the buyer, issued by the provider, taken back with a reason."""

import asyncio
from functools import partial

import pytest

from handlers.actions.invoices import request_invoice
from market.errors import MarketError
from market.invoices import Heading, Invoice, Kind, check_character
from storage.audit import audit
from storage.unit_of_work import UnitOfWork
from tests.support.chat import Chat, Person
from tests.support.crowds import CROWD

TAX_NO = "91450100MA5K3A4B7" + check_character("91450100MA5K3A4B7")
TITLE = "南宁某某科技有限公司"


async def finished(chat: Chat) -> tuple[Person, Person]:
    """O2048, ¥32,000, accepted."""
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.delivered_order(buyer, provider)
    await buyer.says("验收")
    await buyer.says("确认")
    chat.everybody_has_read()
    return buyer, provider


async def requested(chat: Chat, buyer: Person, words: str) -> None:
    await buyer.says(words)
    buyer.sees("1 确认")
    await buyer.says("1")
    buyer.sees("F3001 已转给服务商")


async def test_an_invoice_is_asked_for_issued_and_told(chat: Chat) -> None:
    buyer, provider = await finished(chat)

    await buyer.says("开发票")
    buyer.sees("O2048 开普票 ¥32,000", "抬头和税号", "专票")
    await buyer.says(f"抬头 {TITLE} 税号 {TAX_NO}")
    buyer.sees("O2048 开 ¥32,000", TITLE, TAX_NO, "1 确认")
    await buyer.says("1")
    buyer.sees("F3001 已转给服务商")
    provider.sees("O2048", "¥32,000", TITLE, TAX_NO, "已开票 F3001")

    await provider.says("我的发票")
    provider.sees("要开的发票", "F3001")
    await provider.says("已开票 F3001")
    provider.sees("发票号码也发给我")
    await provider.says("已开票 F3001 25442000000012345678")
    provider.sees("F3001 记下了")
    buyer.sees("F3001（O2048）发票开好了", "普票 ¥32,000", "25442000000012345678")
    await buyer.says("我的发票")
    buyer.sees("F3001", "已开 25442000000012345678")
    await buyer.says("发票 O2048")
    buyer.sees("已经有发票 F3001")


async def test_the_next_one_needs_no_writing(chat: Chat) -> None:
    buyer, provider = await finished(chat)
    await buyer.says("发票")
    buyer.sees("抬头")
    await requested(chat, buyer, f"{TITLE} {TAX_NO}")
    provider.sees("F3001")
    await buyer.says("取消发票 F3001")
    buyer.sees("F3001 已取消")
    provider.sees("不用开")

    await buyer.says("发票 O2048")
    buyer.sees("还用上次的开票信息", TITLE, "1 就用这个", "2 换一个")
    await buyer.says("2")
    buyer.sees("把抬头和税号发给我")
    await buyer.says("抬头 韦小燕")
    buyer.sees("普票：韦小燕")
    await buyer.says("确认")
    buyer.sees("F3002 已转给服务商")
    provider.sees("韦小燕")


async def test_what_is_wrong_is_named_and_may_be_written_again(chat: Chat) -> None:
    buyer, provider = await finished(chat)
    await buyer.says("开专票 O2048")
    buyer.sees("地址电话", "开户行账号")

    await buyer.says(f"抬头 {TITLE} 税号 {TAX_NO[:-1]}")
    buyer.sees("还差或不对", "税号", "地址电话", "开户行")
    await requested(
        chat,
        buyer,
        f"抬头 {TITLE} 税号 {TAX_NO} 地址电话 科园大道1号 0771-5550000 开户行 工行高新支行 4510001",
    )
    provider.sees("专票", "工行高新支行")


async def test_a_special_one_is_taken_back_only_with_the_buyers_word(chat: Chat) -> None:
    buyer, provider = await finished(chat)
    await buyer.says("专票")
    buyer.sees("开户行账号")
    await requested(
        chat,
        buyer,
        f"抬头 {TITLE} 税号 {TAX_NO} 地址电话 科园大道1号 0771-5550000 开户行 工行高新支行 4510001",
    )
    await provider.says("已开票 F3001 25442000000012345678")
    chat.everybody_has_read()

    await provider.says("红冲 F3001")
    provider.sees("01 开票有误")
    await provider.says("红冲 F3001 01 税号抄错了")
    provider.sees("F3001 是专票，已请客户确认")
    buyer.sees("服务商要红冲 F3001", "开票有误，税号抄错了", "同意红冲 F3001")
    await provider.says("同意红冲 F3001")
    provider.sees("F3001")
    await buyer.says("同意红冲 F3001")
    buyer.sees("F3001 已同意红冲")
    provider.sees("客户已同意红冲")
    await buyer.says("同意红冲 F3001")
    buyer.sees("F3001 现在已红冲")
    assert await chat.runner.read(lambda uow: list(audit(uow.conn))) == []


async def test_before_acceptance_there_is_nothing_to_invoice(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await chat.working_order(buyer, provider)

    await buyer.says("发票 O2048")
    buyer.sees("O2048 验收后就能开发票")
    for words in ("能开发票吗", "能开专票吗"):
        await buyer.says(words)
        buyer.sees("能开")
    await buyer.says("我的发票")
    buyer.sees("还没有要过发票")


@pytest.mark.parametrize(
    "words", ["已开票 F3001 25442000000012345678", "红冲 F3001 01", "取消发票 F3001"]
)
async def test_strangers_can_do_nothing_with_it(chat: Chat, words: str) -> None:
    buyer, provider = await finished(chat)
    await buyer.says("发票")
    buyer.sees("抬头")
    await requested(chat, buyer, f"{TITLE} {TAX_NO}")
    provider.ignores_the_rest()
    rival = await chat.provider("周经理", "信达科技咨询有限公司")

    await rival.says(words)

    assert TITLE not in rival.sees("F3001")
    buyer.sees_nothing()
    provider.sees_nothing()


async def test_whoever_leaves_takes_the_heading_along(chat: Chat) -> None:
    buyer, _ = await finished(chat)
    await buyer.says("发票")
    buyer.sees("抬头")
    await requested(chat, buyer, f"{TITLE} {TAX_NO}")
    buyer_id = await chat.person_id(buyer)
    await buyer.says("注销")
    await buyer.says("确认")
    chat.everybody_has_read()

    assert await chat.runner.read(lambda uow: uow.invoices.heading_of(buyer_id)) is None


async def test_eight_at_once_ask_for_one_invoice(chat: Chat) -> None:
    buyer, provider = await finished(chat)
    buyer_id, now = await chat.person_id(buyer), chat.clock.now()

    def ask(uow: UnitOfWork) -> Invoice:
        return request_invoice(uow, 2048, buyer_id, Heading(Kind.ORDINARY, "韦小燕"), now)

    ends = await asyncio.gather(
        *(chat.runner.run(partial(ask)) for _ in range(CROWD)), return_exceptions=True
    )

    assert sum(isinstance(end, Invoice) for end in ends) == 1
    assert all(isinstance(end, Invoice | MarketError) for end in ends), ends
    await chat.settle()
    provider.sees("F3001")
