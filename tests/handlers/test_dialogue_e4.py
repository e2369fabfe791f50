"""Two bids at once, a comparison like for like, and a price that is haggled over."""

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from handlers.message import Inbound, Kind
from market.bids import Bid, BidStatus
from market.negotiations import LIVE, NegotiationStatus
from storage.demands import demands
from storage.negotiations import negotiations
from storage.orders import orders
from storage.unit_of_work import UnitOfWork
from tests.support.chat import PROVIDER_ROOM, Chat, Person

NEED = "我们想做高新技术企业认定，在柳州，预算3万左右，12月25日前要"
OFFER_A = "报价 D1024 32000 15个工作日 含官费"
OFFER_B = "报价 D1024 29500 12个工作日 不含官费 不含审计"


@dataclass
class Market:
    """A buyer whose demand D1024 has the sealed bids A and B."""

    chat: Chat
    buyer: Person
    a: Person
    b: Person


@pytest.fixture
async def sealed(chat: Chat) -> Market:
    buyer = chat.buyer("小林")
    a = await chat.provider("陈工")
    b = await chat.provider("周经理", "信达科技咨询有限公司")
    await buyer.says(NEED)
    await buyer.says("确认")
    for provider, offer in ((a, OFFER_A), (b, OFFER_B)):
        await provider.says(offer)
        await provider.says("1")
    for somebody in (buyer, a, b, chat.group):
        somebody.ignores_the_rest()
    return Market(chat, buyer, a, b)


@pytest.fixture
async def opened(sealed: Market) -> Market:
    await sealed.buyer.says("现在开标")
    await sealed.buyer.says("确认")
    sealed.buyer.ignores_the_rest()
    sealed.chat.group.ignores_the_rest()
    return sealed


async def test_a_price_is_haggled_over_and_agreed(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    a = await chat.provider("陈工")
    b = await chat.provider("周经理", "信达科技咨询有限公司")
    await buyer.says(NEED)
    buyer.ignores_the_rest()
    await buyer.says("确认")
    buyer.sees("D1024 已发布")
    chat.group.sees("D1024")

    for provider, offer in ((a, OFFER_A), (b, OFFER_B)):
        await provider.says(offer)
        provider.sees("核对一下")
    await say_at_once(chat, (a, "1"), (b, "1"))
    a.sees("已投 D1024")
    b.sees("已投 D1024")
    buyer.sees("D1024 已收到 1 份报价", "密封", "数量 1、承诺 12 月 25 日(周五)前")
    buyer.sees_nothing()
    await chat.pass_(minutes=30)
    told = buyer.sees("D1024 已收到 2 份报价", "数量 2、都承诺 12 月 25 日(周五)前", "现在开标")
    assert "¥" not in told

    await buyer.says("现在开标")
    buyer.sees("如果现在开标", "不能再收新标", "2 份不能再改", "确认？")
    await buyer.says("确认")
    chat.group.sees("已开标")
    letters = await letters_of(chat)
    first, second = letters[await chat.provider_id(a)], letters[await chat.provider_id(b)]
    compared = buyer.sees(
        f"{first}　¥32,000　15 个工作日　含官费",
        f"{second}　¥29,500　12 个工作日　不含官费 ¥900、不含审计（参考价 ¥6,000） → 折算 ¥36,400",
        "本次中位 ¥34,200",
        f"“议价 {first}”",
    )
    assert compared.index("¥32,000") < compared.index("¥29,500"), "cheapest in all comes first"

    await buyer.says(f"{first}能便宜点不")
    buyer.sees("可以替您", "每标最多 3 轮", "想说多少？")
    await buyer.says("3万")
    buyer.sees(
        f"已转给 {first}：“¥30,000 可以吗？”", "11 月 19 日(周四) 18:00", "别家的标也替您留着"
    )
    a.sees(
        "¥30,000 可以吗", "11 月 19 日(周四) 18:00", "同意还价 D1024", "还价 D1024", "不还 D1024"
    )
    b.sees_nothing()

    await chat.pass_(hours=23)
    await a.says("还价 D1024 31000 多送一次修改")
    a.sees("已回客户：¥31,000，多送一次修改")
    buyer.sees(f"{first} 回：¥31,000，多送一次修改")

    await buyer.says("1")
    a.sees("客户接受 ¥31,000", "指纹")
    buyer.sees(f"如果选 {first}", "成交价 ¥31,000", "多送一次修改", "确认？")
    await buyer.says("确认")
    buyer.sees("O2048", "应付 ¥31,000")
    a.sees("中标", "¥31,000")
    b.sees("未中标", "名次 2/2", "总价/包含项")
    chat.group.sees("已成交")


@pytest.mark.parametrize(
    "words", ["31000，多送一次修改", "最低31000 多送一次修改", "那就3万1,多送一次修改"]
)
async def test_a_counter_offer_may_be_said_in_plain_words(opened: Market, words: str) -> None:
    await opened.buyer.says("还价 A 30000")
    opened.buyer.ignores_the_rest()
    opened.a.ignores_the_rest()

    await opened.a.says(words)

    opened.a.sees("已回客户：¥31,000，多送一次修改")
    opened.buyer.sees("A 回：¥31,000，多送一次修改")


async def test_agreeing_in_plain_words_is_read_back_first(opened: Market) -> None:
    await opened.buyer.says("还价 A 30000")
    opened.buyer.ignores_the_rest()
    opened.a.ignores_the_rest()

    await opened.a.says("可以")
    opened.a.sees("如果同意", "从 ¥32,000 改为 ¥30,000", "确认？")
    opened.buyer.sees_nothing()
    await opened.a.says("确认")

    opened.a.sees("按 ¥30,000 定价")
    opened.buyer.sees("A 同意 ¥30,000")


async def test_not_a_cent_less_keeps_the_bid(opened: Market) -> None:
    await opened.buyer.says("还价 A 30000")
    opened.buyer.ignores_the_rest()
    opened.a.ignores_the_rest()

    await opened.a.says("不能再少了")

    opened.a.sees("价格不动")
    opened.buyer.sees("A 价格不动", "¥32,000 仍然有效")


async def test_while_sealed_nobody_sees_a_price(sealed: Market) -> None:
    for words in (
        "比一比",
        "看A",
        "A能便宜点不",
        "议价 A",
        "A 3万行不行",
        "为什么 B",
        "还价 A 30000",
    ):
        await sealed.buyer.says(words)
        assert "¥3" not in sealed.buyer.sees("D1024", "密封")
    await sealed.b.says("看A D1024")
    assert "32,000" not in sealed.b.sees("")

    sealed.a.sees_nothing()


async def test_opening_early_needs_a_bid_and_the_buyer(sealed: Market) -> None:
    await sealed.b.says("现在开标 D1024")

    assert "¥" not in sealed.b.sees("没找到")
    sealed.chat.group.sees_nothing()


async def test_four_bids_are_compared_on_one_screen(sealed: Market) -> None:
    for name, firm, offer in (
        ("韦工", "柳创项目服务有限公司", "报价 D1024 31000 14天 不含税"),
        ("覃工", "邕企科服咨询有限公司", "报价 D1024 40000 10天"),
    ):
        provider = await sealed.chat.provider(name, firm)
        await provider.says(offer)
        await provider.says("1")
        provider.ignores_the_rest()
    await sealed.buyer.says("现在开标")
    await sealed.buyer.says("确认")
    compared = sealed.buyer.unread[-1]
    sealed.buyer.ignores_the_rest()
    sealed.chat.group.ignores_the_rest()

    assert "不含税（6% 约 ¥1,860） → 折算 ¥32,860" in compared.text
    assert "本次中位 ¥34,630。另有 D。" in compared.text
    assert [choice.label for choice in compared.choices] == ["选A", "选C", "选B"]
    await sealed.buyer.says("2")
    sealed.buyer.sees("如果选 C", "¥31,000")


async def test_a_need_that_begins_with_a_letter_is_no_haggling(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("C语言培训，便宜点的有吗")

    assert "议价" not in buyer.sees("")


async def test_bids_that_are_withdrawn_again_are_not_announced(sealed: Market) -> None:
    for provider in (sealed.a, sealed.b):
        await provider.says("撤标 D1024")
        await provider.says("1")
        provider.ignores_the_rest()
    await sealed.chat.pass_(minutes=30)

    sealed.buyer.sees_nothing()


async def test_every_part_of_a_converted_total_is_explained(opened: Market) -> None:
    buyer = opened.buyer
    await buyer.says("为什么")
    buyer.sees("B　报价 ¥29,500 + 官费 ¥900 + 审计 ¥6,000 = ¥36,400", "“为什么 B”")
    await buyer.says("为什么 B")
    buyer.sees("= ¥36,400", "官费：是固定收费", "审计：按平台参考价估")
    await buyer.says("为什么A")

    buyer.sees("A 没有说要另付的项", "¥32,000")


@pytest.mark.parametrize(
    "words",
    [
        "A 3万行不行",
        "还价 A 30000",
        "议价A 3万",
        "A便宜2000行不行",
        "a能不能降到三万",
        "问问A 3万可以吗",
    ],
)
async def test_a_price_can_be_named_at_once(opened: Market, words: str) -> None:
    await opened.buyer.says(words)

    opened.buyer.sees("已转给 A：“¥30,000 可以吗？”")
    opened.a.sees("¥30,000 可以吗")


@pytest.mark.parametrize(
    "words", ["议价 A", "A能便宜点不", "A 再少点", "A打9折行不行", "跟A砍砍价"]
)
async def test_without_a_number_we_ask_for_one(opened: Market, words: str) -> None:
    await opened.buyer.says(words)
    opened.buyer.sees("想说多少？")
    await opened.buyer.says("少2000吧")

    opened.buyer.sees("¥30,000 可以吗")
    opened.a.sees("¥30,000")


@pytest.mark.parametrize("words", ["议价", "能便宜点吗"])
async def test_without_a_letter_we_ask_which_bid(opened: Market, words: str) -> None:
    await opened.buyer.says(words)
    opened.buyer.sees("想跟哪一家议价")
    await opened.buyer.says("2")

    opened.buyer.sees("D1024 的 B 还价", "想说多少？")


async def test_a_price_that_cannot_be_meant_is_not_passed_on(opened: Market) -> None:
    for words in ("还价 A 32000", "还价 A 5万", "还价 A 300"):
        await opened.buyer.says(words)
        opened.buyer.sees("没有转过去")

    opened.a.sees_nothing()


async def test_the_provider_agrees_and_the_bid_is_revised_at_once(opened: Market) -> None:
    await opened.buyer.says("A 3万行不行")
    await opened.a.says("同意还价 D1024")
    opened.a.ignores_the_rest()
    opened.buyer.sees("已转给")
    opened.buyer.sees("A 同意 ¥30,000")
    await opened.buyer.says("1")
    opened.buyer.sees("如果选 A", "成交价 ¥30,000")
    await opened.buyer.says("看A")
    opened.buyer.sees("¥30,000", "议价后更新")

    bid = (await bids_of(opened.chat))[0]
    assert (bid.version, bid.offer.price_fen) == (2, 3_000_000)


async def test_the_provider_keeps_the_price_and_the_bid_stays(opened: Market) -> None:
    await opened.buyer.says("A 3万行不行")
    await opened.a.says("不还 D1024")
    opened.a.ignores_the_rest()
    opened.buyer.sees("已转给")
    opened.buyer.sees("价格不动", "¥32,000 仍然有效", "还能议 2 轮")
    await opened.buyer.says("选A D1024")

    opened.buyer.sees("成交价 ¥32,000")


async def test_a_counter_offer_lies_between_the_two_prices(opened: Market) -> None:
    await opened.buyer.says("A 3万行不行")
    opened.a.sees("¥30,000")
    for words in ("还价 D1024 3100", "还价 D1024 33000"):
        await opened.a.says(words)
        opened.a.sees("没有转过去", "¥30,000 到 ¥32,000")
    await opened.a.says("还价 31000 加我微信 13800138000")

    opened.a.sees("已回客户：¥31,000")
    opened.buyer.sees("已转给")
    assert "13800138000" not in opened.buyer.sees("A 回：¥31,000")


async def test_three_rounds_are_the_most(opened: Market) -> None:
    for asked in ("28000", "29000", "30000"):
        await opened.buyer.says(f"还价 A {asked}")
        await opened.a.says("还价 D1024 31500")
    opened.buyer.ignores_the_rest()
    opened.a.ignores_the_rest()
    await opened.buyer.says("还价 A 31000")
    opened.buyer.sees("已经还过 3 轮")
    await opened.buyer.says("选A D1024")

    opened.buyer.sees("成交价 ¥31,500")
    opened.a.sees("客户接受 ¥31,500")


async def test_the_last_round_offers_no_other(opened: Market) -> None:
    for asked in ("28000", "29000", "30000"):
        await opened.buyer.says(f"还价 A {asked}")
        await opened.a.says("还价 D1024 31500")
    last = opened.buyer.unread[-1]
    opened.buyer.ignores_the_rest()
    opened.a.ignores_the_rest()
    assert [choice.label for choice in last.choices] == ["接受", "算了选别家"]

    await opened.buyer.says("2")

    opened.buyer.sees("2 份报价", "¥32,000")
    opened.a.sees("不再议价", "¥32,000 照样有效")


async def test_asking_again_waits_for_the_answer(opened: Market) -> None:
    await opened.buyer.says("还价 A 30000")
    opened.buyer.sees("已转给")
    opened.a.sees("¥30,000")
    await opened.buyer.says("还价 A 29000")
    opened.buyer.sees("还没回")
    await opened.buyer.says("1")

    opened.buyer.sees("还没回")
    opened.a.sees_nothing()


async def test_the_buyer_leaves_it_and_the_bid_stays(opened: Market) -> None:
    await opened.buyer.says("A 3万行不行")
    await opened.a.says("还价 D1024 31000")
    opened.a.ignores_the_rest()
    opened.buyer.ignores_the_rest()
    await opened.buyer.says("3")

    opened.buyer.sees("2 份报价", "A　¥32,000")
    opened.a.sees("不再议价")


async def test_numbers_are_offered_only_to_whoever_waits_for_them(opened: Market) -> None:
    """The open question has moved on: 1 would choose B."""
    await opened.buyer.says("A 3万行不行")
    await opened.buyer.says("选B D1024")
    opened.buyer.ignores_the_rest()
    await opened.a.says("还价 D1024 31000")
    opened.a.ignores_the_rest()

    assert opened.buyer.unread[-1].choices == ()
    opened.buyer.sees("A 回：¥31,000", "“接受还价 A D1024”", "“不议了 A D1024”")
    await opened.buyer.says("接受还价 A D1024")
    opened.buyer.sees("如果选 A", "成交价 ¥31,000")
    opened.a.sees("客户接受")


async def test_an_answer_that_does_not_come_lapses(opened: Market) -> None:
    await opened.buyer.says("A 3万行不行")
    opened.buyer.sees("11 月 19 日(周四) 18:00")
    opened.a.sees("没回就作罢")
    await opened.chat.pass_(hours=31)
    opened.a.sees_nothing()
    await opened.chat.pass_(hours=1)
    opened.a.sees("已作罢", "¥32,000 照样有效")
    opened.buyer.sees("到时没回", "¥32,000 仍然有效", "还能议 2 轮")
    await opened.a.says("同意还价 D1024")
    opened.a.sees("没有等您回的还价")
    await opened.buyer.says("选A D1024")

    opened.buyer.sees("成交价 ¥32,000")


async def test_an_award_ends_the_haggling(opened: Market) -> None:
    await opened.buyer.says("A 3万行不行")
    await opened.buyer.says("选B D1024")
    await opened.buyer.says("确认")
    opened.buyer.ignores_the_rest()
    opened.b.sees("中标")
    opened.a.sees("¥30,000 可以吗")
    opened.a.sees("未中标", "名次 1/2", "工期")
    opened.chat.group.sees("已成交")
    await opened.a.says("同意还价 D1024")
    opened.a.sees("D1024", "已成交")
    await opened.chat.pass_(hours=40)

    opened.a.sees_nothing()
    for somebody in (opened.buyer, opened.b):
        somebody.ignores_the_rest()


async def test_a_confirmation_counts_for_the_price_that_was_shown(opened: Market) -> None:
    await opened.buyer.says("A 3万行不行")
    await opened.buyer.says("选A D1024")
    opened.buyer.ignores_the_rest()
    await opened.a.says("同意还价 D1024")
    opened.a.ignores_the_rest()
    opened.buyer.sees("A 同意 ¥30,000")
    await opened.buyer.says("确认")
    opened.buyer.sees("刚刚改成了 ¥30,000", "还没有定")
    await opened.buyer.says("选A D1024")
    await opened.buyer.says("确认")

    opened.buyer.sees("成交价 ¥30,000")
    opened.buyer.sees("应付 ¥30,000")
    opened.a.ignores_the_rest()
    opened.b.ignores_the_rest()
    opened.chat.group.ignores_the_rest()


async def test_an_answer_in_the_group_is_not_repeated_there(opened: Market) -> None:
    await opened.buyer.says("A 3万行不行")
    opened.a.sees("¥30,000")
    await opened.a.says_in_group("还价 D1024 31000")

    opened.chat.group.sees_nothing()
    opened.a.sees("已回客户：¥31,000")
    opened.buyer.sees("已转给")
    opened.buyer.sees("A 回：¥31,000")


async def test_only_the_provider_of_the_bid_and_the_buyer_take_part(opened: Market) -> None:
    await opened.buyer.says("A 3万行不行")
    opened.buyer.sees("已转给")
    opened.a.sees("¥30,000")
    stranger = opened.chat.buyer("小黄")
    for somebody in (opened.b, stranger):
        for words in ("同意还价 D1024", "还价 D1024 31000", "接受还价 A D1024", "不议了 A D1024"):
            await somebody.says(words)
            assert "30,000" not in somebody.sees("")
            somebody.ignores_the_rest()

    opened.buyer.sees_nothing()
    opened.a.sees_nothing()


async def test_no_price_ever_reaches_the_group_or_a_rival(opened: Market) -> None:
    await opened.buyer.says("A 3万行不行")
    await opened.a.says("还价 D1024 31000")
    await opened.buyer.says("1")
    await opened.buyer.says("确认")

    told = [message.text for message in (*opened.b.unread, *opened.chat.group.unread)]
    assert told
    assert not [text for text in told if "¥3" in text]
    for somebody in (opened.buyer, opened.a, opened.b, opened.chat.group):
        somebody.ignores_the_rest()


async def test_eight_at_once_leave_one_price_and_one_order(opened: Market) -> None:
    """Members of one firm agree, counter and refuse while the buyer confirms the award."""
    chat, buyer = opened.chat, opened.buyer
    colleagues = [await chat.provider(f"同事{number}") for number in range(6)]
    await buyer.says("A 3万行不行")
    await buyer.says("选A D1024")
    for somebody in (buyer, opened.a):
        somebody.ignores_the_rest()

    said = [
        (buyer, "确认"),
        (opened.a, "不还 D1024"),
        *((one, "同意还价 D1024") for one in colleagues[:3]),
        *((one, "还价 D1024 31000") for one in colleagues[3:]),
    ]
    await say_at_once(chat, *said)

    bid = (await bids_of(chat))[0]
    rounds, prices, status = await chat.runner.read(_outcome)
    assert len(rounds) == 1
    if prices:
        assert prices == [bid.offer.price_fen], "the order costs what its bid says"
        assert bid.status is BidStatus.CHOSEN
        assert rounds[0] not in LIVE
    else:
        assert status == "opened"
        assert rounds[0] is NegotiationStatus.AGREED, "only a new price makes 确认 wait"
    assert bid.version == (2 if rounds[0] is NegotiationStatus.AGREED else 1)
    assert bid.offer.price_fen == (3_000_000 if bid.version == 2 else 3_200_000)
    winners = [one for one in (opened.a, *colleagues) if _was_heard(one)]
    assert len(winners) == (0 if rounds[0] is NegotiationStatus.ENDED else 1)
    chat.group.ignores_the_rest()
    for somebody in (buyer, opened.a, opened.b, *colleagues):
        somebody.ignores_the_rest()


async def test_eight_acceptances_at_once_revise_the_bid_once(opened: Market) -> None:
    chat, buyer = opened.chat, opened.buyer
    await buyer.says("A 3万行不行")
    await opened.a.says("还价 D1024 31000")
    words = ["接受还价 A D1024", "还价 A 30500", "不议了 A D1024", "选A D1024"]
    await say_at_once(chat, *[(buyer, said) for said in words * 2])

    bid = (await bids_of(chat))[0]
    rounds, prices, _ = await chat.runner.read(_outcome)
    assert not prices
    assert sum(status in LIVE for status in rounds) <= 1
    agreed = NegotiationStatus.AGREED in rounds
    assert (bid.version, bid.offer.price_fen) == ((2, 3_100_000) if agreed else (1, 3_200_000))
    for somebody in (buyer, opened.a):
        somebody.ignores_the_rest()


def _was_heard(person: Person) -> bool:
    """Whether this was the colleague whose answer counted."""
    words = ("按 ¥30,000 定价", "已回客户")
    return any(word in message.text for message in person.unread for word in words)


def _outcome(uow: UnitOfWork) -> tuple[list[NegotiationStatus], list[int], str]:
    rounds = uow.conn.execute(select(negotiations.c.status).order_by(negotiations.c.id)).scalars()
    prices = uow.conn.execute(select(orders.c.price_fen)).scalars()
    status = uow.conn.execute(select(demands.c.status)).scalar_one()
    return [NegotiationStatus(one) for one in rounds], list(prices), status


async def say_at_once(chat: Chat, *said: tuple[Person, str]) -> None:
    """Many messages in the same instant."""
    arriving = [
        Inbound(
            channel=person.channel,
            message_id=f"at-once-{index}-{text}",
            account=person.account,
            kind=Kind.TEXT,
            sent_at=chat.clock.now(),
            text=text,
            nickname=person.name,
        )
        for index, (person, text) in enumerate(said)
    ]
    await asyncio.gather(*(chat.ingest.take_turn(inbound) for inbound in arriving))
    await chat.settle()


async def bids_of(chat: Chat) -> list[Bid]:
    return await chat.runner.read(lambda uow: list(uow.bids.of_demand(1024)))


async def letters_of(chat: Chat) -> dict[int, str]:
    return {bid.provider_id: bid.letter for bid in await bids_of(chat)}


async def test_two_bids_in_the_group_at_the_same_instant_both_stand(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    a = await chat.provider("陈工")
    b = await chat.provider("周经理", "信达科技咨询有限公司")
    await buyer.says(NEED)
    await buyer.says("确认")
    await a.says("1024 我们3万2，15个工作日，官费包了", room=PROVIDER_ROOM)
    await b.says("1024 29500 12个工作日 不含官费", room=PROVIDER_ROOM)
    await say_at_once(chat, (a, "1"), (b, "1"))

    placed = await bids_of(chat)
    assert [bid.letter for bid in placed] == ["A", "B"]
    assert {bid.placed_at for bid in placed} == {chat.clock.now()}
    assert not [text for text in chat.said if "¥32,000" in text and "核对一下" not in text]
    for somebody in (buyer, a, b, chat.group):
        somebody.ignores_the_rest()
