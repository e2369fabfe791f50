"""佣金分成: a part of our commission for whoever has it by the operator's rules."""

import pytest

from market.ledger import COMMISSION_INCOME, provider_payable
from market.policy import Policy
from market.splits import SplitRule
from tests.handlers.test_refunds_and_payouts import audited, earned
from tests.support.chat import Chat, Person
from tests.support.deals import both_accept, disputed

STATION = "柳创项目服务有限公司"


@pytest.fixture
def policy() -> Policy:
    return Policy(
        auto_review_below_fen=100_000_000,
        split_rules=(
            SplitRule("柳州工作站", STATION, 2_000, region="柳州"),
            SplitRule("全区引荐", STATION, 500),
            SplitRule("南宁工作站", "邕企科服咨询有限公司", 9_000, region="南宁"),
            SplitRule("不存在的", "没有这个机构", 100),
        ),
    )


async def test_a_station_has_its_part_of_the_commission_and_takes_it_out(
    chat: Chat, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    station, huang = await chat.provider("站长", STATION), await chat.staff("小黄")
    await earned(chat, buyer, provider, 25_000)

    whose = await chat.provider_id(station)
    assert await chat.balance(provider_payable(whose)) == 37_500  # a quarter of ¥1,500
    assert await chat.balance(COMMISSION_INCOME) == 112_500
    assert await chat.balance(provider_payable(await chat.provider_id(provider))) == 2_350_000
    await station.says("月结 本月")
    station.sees("1 笔入账，共 ¥375")
    await station.says("提现")
    station.sees("可提现 ¥375")
    await huang.says("待办")
    huang.sees_among("佣金分成“不存在的”")
    assert await audited(chat) == []


async def test_a_ruling_splits_what_commission_there_is(
    chat: Chat, people: tuple[Person, Person]
) -> None:
    buyer, provider = people
    huang = await chat.staff("小黄")
    station = await chat.provider("站长", STATION)
    dispute = await disputed(chat, buyer, provider, 8_000)
    await huang.says(f"判 {dispute} 退60% 缺对应表")
    await huang.says("确认")
    await both_accept(buyer, provider, dispute)
    chat.everybody_has_read()

    whose = await chat.provider_id(station)
    assert await chat.balance(provider_payable(whose)) == 4_800  # a quarter of ¥192
    await buyer.says("进度 O2048")
    buyer.sees("退 ¥4,800，付 ¥3,008")
    assert await audited(chat) == []
