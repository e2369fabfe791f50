"""Offers in group chat: what is one, what it says, and what is none."""

from datetime import datetime

import pytest

from matching import BidReading, read_bids

OPEN = ("D1024", "D1025", "D1031")


def read(text: str, now: datetime, quoted_no: str | None = None) -> BidReading:
    readings = read_bids(text, now=now, open_nos=OPEN, quoted_no=quoted_no)
    assert len(readings) == 1
    return readings[0]


def test_a_bid_in_one_sentence(now: datetime) -> None:
    bid = read("1024 我们3万2，15个工作日，官费包了", now)

    assert (bid.kind, bid.demand_no) == ("bid", "D1024")
    assert (bid.price_fen, bid.duration_workdays) == (3_200_000, 15)
    assert bid.included == ("官费",)


def test_what_is_left_out_is_listed(now: datetime) -> None:
    bid = read("D1024 29500 12天 不含官费 审计另计", now)

    assert bid.price_fen == 2_950_000
    assert bid.excluded == ("官费", "审计")


def test_a_reply_to_the_card_needs_no_number(now: datetime) -> None:
    bid = read("29500 12天", now, quoted_no="D1031")

    assert (bid.kind, bid.demand_no, bid.price_fen) == ("bid", "D1031", 2_950_000)


def test_a_price_told_by_another_one_is_not_computed(now: datetime) -> None:
    bid = read("跟上面那家一样 便宜两千", now, quoted_no="D1024")

    assert bid.relative
    assert bid.price_fen is None


def test_the_price_with_tax_binds(now: datetime) -> None:
    bid = read("D1024 不含税9000 含税9800 10天", now)

    assert (bid.price_fen, bid.tax) == (980_000, "incl")


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("接 D1024 8k 一周内", 8_000),
        ("d-1024 两万八", 28_000),
        ("D1024改价 31500", 31_500),
        ("D1024 报错了，应该是7500", 7_500),
        ("D1024 不是8000是7500", 7_500),
        ("D1024 每个样200，20个样共4000", 4_000),
        ("D1024 首付3000，验收后付5000，共8000", 8_000),
        ("D1024 我之前报8000，现在7500", 7_500),
        ("D1024 8000 打九折", 7_200),
        ("D1024 8000！！！10天！！！", 8_000),
        ("D1024 之前报的8000作废，按7500", 7_500),
        ("D1024 8000不开票，开票8500", 8_500),
        ("D1024 材料3000+人工5000=8000", 8_000),
        ("D1024 8000 开工前付3成", 8_000),
        ("D1024 8000 10天 联系人老王", 8_000),
        ("报1024：8000，10天", 8_000),
        ("D1024 8000 2026-12-10前交付", 8_000),
        ("D1024 团队20人，8000，10天", 8_000),
        ("D1024 老王报了8000，我报7500", 7_500),
        ("D1024 首年8000，次年起5000", 8_000),
    ],
)
def test_the_price_that_counts_is_read(text: str, yuan: int, now: datetime) -> None:
    bid = read(text, now)

    assert bid.kind == "bid"
    assert bid.price_fen == yuan * 100


def test_an_unclear_price_is_left_open(now: datetime) -> None:
    bid = read("D1024 3,5000 10天", now)

    assert bid.price_fen is None
    assert bid.price_ambiguous == (3_500_000, 350_000)


@pytest.mark.parametrize("text", ["D1024 人工5000加材料3000", "D1024 基础版5000 高级版3000"])
def test_two_sums_of_which_none_is_the_total_are_asked_about(text: str, now: datetime) -> None:
    bid = read(text, now)

    assert bid.kind == "bid"
    assert bid.price_fen is None
    assert bid.price_ambiguous == (500_000, 300_000)


def test_the_whole_work_counts_not_the_first_draft(now: datetime) -> None:
    assert read("D1024 8000，三个工作日出初稿，10天完成", now).duration_days == 10


def test_several_demands_give_several_bids(now: datetime) -> None:
    first, second = read_bids("D1024 8000 10天；D1025 1.2万 15天", now=now, open_nos=OPEN)

    assert (first.demand_no, first.price_fen) == ("D1024", 800_000)
    assert (second.demand_no, second.price_fen) == ("D1025", 1_200_000)


def test_a_bundle_keeps_its_one_price(now: datetime) -> None:
    bid = read("1024和1025 一起 2万", now)

    assert bid.demand_nos == ("D1024", "D1025")
    assert bid.to_json() == {"demand_no": ["D1024", "D1025"], "price_fen": 2_000_000, "kind": "bid"}


@pytest.mark.parametrize(
    "text",
    ["撤 D1024", "1024 不做了", "D1024 撤了吧", "D1024的报价作废", "昨天D1024我报的那个收回"],
)
def test_a_withdrawal_is_understood(text: str, now: datetime) -> None:
    assert read(text, now).kind == "withdraw"


@pytest.mark.parametrize(
    "text",
    [
        "D1024 预算多少",
        "D1024怎么撤标",
        "1024号几号截止",
        "D1024含不含差旅",
        "D1024还要吗",
        "D1024几时开标",
        "小科 D1024具体测哪几项",
        "想问下1024要不要CMA章",
        "D1024能分期付款不",
    ],
)
def test_a_question_is_no_bid(text: str, now: datetime) -> None:
    assert read(text, now).kind == "question"


@pytest.mark.parametrize(
    "text",
    [
        "8000 10天",
        "这种活没有三万下不来",
        "D1024 8000谁爱做谁做",
        "D1024 他之前报8000",
        "阿强上周D1024报了9000",
        "【新需求】D1024 实验室搬迁，预算2万，工期10天，回复编号报价",
        "工资才发1024，房租都3000了",
        "@老王 D1024 你报8000太低了",
        "D1024 如果材料齐全8000",
        "D1024 做不了",
        "D1024 我们有CMA资质",
        "D1024 都8000了还嫌贵",
        "D1024 联系方式给一下",
        "D1024 市场价8000左右",
        "恭喜D1024成交",
        "高铁D1024 晚点",
        "1024房间 8000",
        "买了台D5300相机4000块",
        "收到",
        "+1",
        "【D1024】高企认定 预算3万 周五截标 回复“报价 1024 金额 工期”",
        "房贷2048一个月",
    ],
)
def test_talk_is_no_bid(text: str, now: datetime) -> None:
    assert read(text, now).kind == "none"


def test_a_bare_number_counts_only_while_its_demand_is_open(now: datetime) -> None:
    assert read("1024 8000 10天", now).kind == "bid"
    assert read("2077 8000 10天", now).kind == "none"


def test_a_quotation_names_the_demand(now: datetime) -> None:
    bid = read("「小科：【D1031】土壤检测 预算1.2万」\n- - - - -\n10500，含采样，7天", now)

    assert (bid.demand_no, bid.price_fen, bid.duration_days) == ("D1031", 1_050_000, 7)


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("1024 六万八 一个月 不含官费900", "不含官费900"),
        ("D1024 68000 官费900另计 30天", "官费900"),
        ("D1024 含官费900，68000，30天", "含官费900"),
    ],
)
def test_the_sum_of_an_item_is_not_the_price(text: str, cost: str, now: datetime) -> None:
    bid = read(text, now)

    assert bid.price_fen == 6_800_000
    assert (*bid.excluded, *bid.included) == ("官费",)
    assert bid.item_costs == (cost,)


def test_a_price_behind_an_item_is_the_price_when_it_is_the_only_one(now: datetime) -> None:
    assert read("D1024 不含官费 29500 12天", now).price_fen == 2_950_000


@pytest.mark.parametrize(
    ("text", "approx"),
    [
        ("D1024 两万八到三万 半个月左右", ("半个月左右",)),
        ("D1024 大概3万 12天上下", ("大概3万", "12天上下")),
        ("D1024 3万 12天", ()),
    ],
)
def test_what_is_only_about_right_is_kept_as_said(
    text: str, approx: tuple[str, ...], now: datetime
) -> None:
    assert read(text, now).approx == approx


@pytest.mark.parametrize(
    "text",
    [
        "1024 2.8万 10天 1025 450元 3天",
        "D1024 2.8万 10天，D1025 450元 3天",
        "1024：2.8万 10天；1025：450 3天",
    ],
)
def test_two_offers_in_one_message_keep_their_values_apart(text: str, now: datetime) -> None:
    first, second = read_bids(text, now=now, open_nos=OPEN)

    assert (first.demand_no, first.price_fen, first.duration_days) == ("D1024", 2_800_000, 10)
    assert (second.demand_no, second.price_fen, second.duration_days) == ("D1025", 45_000, 3)


@pytest.mark.parametrize("text", ["1024 我出1500，7天，别告诉别人哈", "1024 1500 7天 别跟同行说"])
def test_asking_for_silence_is_no_talk_about_others(text: str, now: datetime) -> None:
    bid = read(text, now)

    assert (bid.kind, bid.price_fen, bid.duration_days) == ("bid", 150_000, 7)


@pytest.mark.parametrize(
    ("text", "price_fen"),
    [
        ("我老韦的D1024报价：二万一", 2_100_000),
        ("我是阿强，D1024报9000", 900_000),
        ("D1024 我报5万，哎算了，4万5吧，60天", 4_500_000),
        ("咁1024我报六千八百八啦，十日", 688_000),
        ("我司参与1024，报价￥6,800.00，交付期15个工作日", 680_000),
    ],
)
def test_who_speaks_and_what_is_said_last_counts(text: str, price_fen: int, now: datetime) -> None:
    assert read(text, now).price_fen == price_fen
