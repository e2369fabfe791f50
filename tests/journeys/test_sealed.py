"""Sealed means sealed: a price is nowhere but with its bidder until the bids are opened."""

import re
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import aiohttp
import pytest

from bot.simulator.cast import (
    CHENGONG,
    QINJIE,
    WANGZHUREN,
    WEIJIE,
    XIAOHUANG,
    XIAOLIN,
    ZHOUJINGLI,
)
from bot.simulator.world import BOT
from storage.engine import is_sqlite, open_engine
from tests.support.installation import Installation, Process
from tests.support.stage import COLLEAGUE, Person, Stage, open_stage, shown

OTHER_FIRM = "邕企科服咨询有限公司"
ON_WECHAT = replace(COLLEAGUE, key="onwechat", account="oKebSealedBidder00001", name="阿明")
ON_WECHAT = replace(ON_WECHAT, provider=OTHER_FIRM, company=OTHER_FIRM)


@dataclass(frozen=True)
class Price:
    """Prices nobody would write by accident; below 32,768 none can be the port of a process."""

    yuan: int
    in_words: str

    def is_in(self, text: str) -> bool:
        """In any way of writing it: 31337, ３１,３３７.00, 3.1337 万, 3133700 fen, in words."""
        plain = unicodedata.normalize("NFKC", text)
        joined = re.sub(r"(?<=\d)[,\s_]+(?=\d{3}(?!\d))", "", plain)
        number = rf"(?<![\d.])({self.yuan}(00)?|{self.yuan / 10_000:.4f})(\.0+)?(?!\d)"
        return any(re.search(number, one) or self.in_words in one for one in (plain, joined))


CHEN, ZHOU, QIN, MING = (
    Price(31_337, "三万一千三百三十七"),
    Price(27_191, "两万七千一百九十一"),
    Price(29_873, "两万九千八百七十三"),
    Price(22_739, "两万二千七百三十九"),
)
PRICES = (CHEN, ZHOU, QIN, MING)

CURIOUS = ("比一比 D1024", "进度 D1024", "看A D1024", "议价 D1024")


@pytest.fixture
def configuration() -> str:
    return '[market]\nauto_review_below_fen = 100000000\n[logs]\nlevel = "debug"\n'


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage(ON_WECHAT) as stage:
        yield stage


@pytest.mark.parametrize(
    "text",
    [
        "¥31,337.00",
        "31337 元",
        "3133700",
        "３１３３７",
        "3.1337万",
        "三万一千三百三十七",
        "31, 337",
    ],
)
def test_the_search_finds_every_spelling(text: str) -> None:
    assert CHEN.is_in(f"报价：{text}，15 天")


@pytest.mark.parametrize("text", ["131337", "313370", "0.31337", "31338", "13.1337 万"])
def test_the_search_finds_no_other_number(text: str) -> None:
    assert not CHEN.is_in(f"报价：{text}，15 天")


async def test_a_price_is_seen_by_nobody_else_before_the_opening(
    installation: Installation, stage: Stage
) -> None:
    process = await installation.start()
    await stage.connect(process)
    bidders = {
        stage.person(actor): price
        for actor, price in zip((CHENGONG, ZHOUJINGLI, QINJIE, ON_WECHAT), PRICES, strict=True)
    }
    chen, zhou, qin, ming = bidders
    buyer, stranger = stage.person(XIAOLIN), stage.person(WEIJIE)
    staff = stage.person(XIAOHUANG), stage.person(WANGZHUREN)
    for person in (*bidders, *staff):
        await stage.bind(person, installation)
    await buyer.says("我们想做高新技术企业认定，在柳州，预算3万左右")
    await buyer.says("确认")
    await buyer.sees("D1024 已发布")

    await chen.says_in_group("1024 31337，15个工作日，官费包了")
    await chen.sees("核对一下", "¥31,337", "1 提交")
    await chen.says("改成3.1337万")
    await chen.sees("核对一下", "¥31,337")
    await chen.says("1")
    await chen.sees("已投 D1024")
    await zhou.says_in_group(f"D1024 {ZHOU.in_words}，12天")
    await zhou.sees("核对一下", "¥27,191")
    await zhou.says("1")
    await zhou.sees("已投 D1024")
    await qin.says("报价 D1024 29,873.00元 20天 含税")
    await qin.sees("核对一下", "¥29,873")
    await qin.says("1")
    await qin.sees("已投 D1024")
    await qin.says("改价 D1024 ２９８７３ 18天")
    await qin.sees("核对一下", "¥29,873")
    await qin.says("1")
    await qin.sees("D1024 改为", "¥29,873")
    await ming.says("报价 D1024 2.2739万 10天")
    await ming.sees("核对一下", "¥22,739")
    with _no_room_for_bids(installation):
        with pytest.raises(aiohttp.ClientResponseError, match="500"):
            await ming.says("1")
        assert "no room for bids" in process.log
    await ming.says("1")
    await ming.sees("已投 D1024")

    for words in CURIOUS:
        for person in (buyer, stranger, staff[0], zhou, ming):
            await _asks(person, words)
    for person, words in ((staff[0], "待办"), (buyer, "我的需求"), (buyer, "导出我的数据")):
        await _asks(person, words)
    await stage.settled()

    _sealed(stage, bidders, may_see=())
    await _sealed_outside_of_chat(installation, stage, process)

    await buyer.says("现在开标 D1024")
    await buyer.says("确认")
    comparison = await buyer.sees("D1024 收到 4 份报价")
    assert CHEN.is_in(await _asks(buyer, "看A D1024"))
    assert MING.is_in(comparison)
    for person in (stranger, staff[1], zhou, ming):
        await _asks(person, "比一比 D1024")
        await _asks(person, "看A D1024")
    await buyer.says("选A D1024")
    await buyer.says("确认")
    await chen.sees("中标", "O2048")
    for loser in (zhou, qin, ming):
        await loser.sees("D1024 未中标")
    await stage.settled()

    _sealed(stage, bidders, may_see=(buyer,))
    await _sealed_outside_of_chat(installation, stage, process)


async def _asks(person: Person, words: str) -> str:
    """Say something and take the first answer, whatever it is."""
    person.ignores_the_rest()
    await person.says(words)
    return await person.sees("")


def _sealed(stage: Stage, bidders: dict[Person, Price], *, may_see: tuple[Person, ...]) -> None:
    """No price in anything the bot said, but to its bidder and to those who may see it."""
    for price in PRICES:
        for hearer in stage.hearers:
            said = [shown(one) for one in stage.world.transcript(hearer.chat) if one.sender == BOT]
            leaks = [text for text in said if price.is_in(text)]
            if isinstance(hearer, Person) and bidders.get(hearer) == price:
                assert leaks, f"{price} is not even shown to its bidder: the search is broken"
            elif hearer not in may_see:
                assert not leaks, f"{price} reached {hearer.chat}: {leaks}"


async def _sealed_outside_of_chat(
    installation: Installation, stage: Stage, process: Process
) -> None:
    places = {"log": process.log}
    for path in ("/metrics", "/readyz", "/healthz", "/sandbox/pay/none", "/files/none", "/"):
        async with stage.http.get(process.url + path) as response:
            places[path] = await response.text()
    for command in (["audit", "--json"], ["check", "--json"], ["db", "current", "--json"]):
        done = await installation.command(*command)
        places[" ".join(command)] = done.out + done.err
    for place, text in places.items():
        assert [price for price in PRICES if price.is_in(text)] == [], f"in {place}"


@contextmanager
def _no_room_for_bids(installation: Installation) -> Iterator[None]:
    """The database refuses every bid: its complaint must not name the price either."""
    engine = open_engine(installation.database_url)
    if is_sqlite(engine):
        broken = (
            "CREATE TRIGGER full BEFORE INSERT ON bid_versions "
            "BEGIN SELECT RAISE(ABORT, 'no room for bids'); END"
        )
        mended = "DROP TRIGGER full"
    else:
        broken = (
            'ALTER TABLE bid_versions ADD CONSTRAINT "no room for bids" '
            "CHECK (version < 0) NOT VALID"
        )
        mended = 'ALTER TABLE bid_versions DROP CONSTRAINT "no room for bids"'
    with engine.begin() as conn:
        conn.exec_driver_sql(broken)
    try:
        yield
    finally:
        with engine.begin() as conn:
            conn.exec_driver_sql(mended)
        engine.dispose()
