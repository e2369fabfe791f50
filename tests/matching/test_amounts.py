"""Sums of money as people type them."""

from datetime import datetime

import pytest

from matching.text.demands import read_slots
from matching.text.slots import Slots


def budget(text: str, now: datetime) -> tuple[int | None, int | None]:
    """Lower and upper budget in yuan."""
    slots = read_slots(text, now)
    low, high = slots.budget_min_fen, slots.budget_max_fen
    return (None if low is None else low // 100, None if high is None else high // 100)


@pytest.mark.parametrize(
    ("said", "low", "high"),
    [
        ("3万5", 35_000, 35_000),
        ("三万五", 35_000, 35_000),
        ("3.5w", 35_000, 35_000),
        ("３．５万", 35_000, 35_000),
        ("35k", 35_000, 35_000),
        ("预算三五万", 30_000, 50_000),
        ("五千到八千", 5_000, 8_000),
        ("5-8k", 5_000, 8_000),
        ("三、四万吧", 30_000, 40_000),
        ("十五六万", 150_000, 160_000),
        ("两万三千五", 23_500, 23_500),
        ("三亿五千万", 350_000_000, 350_000_000),
        ("陆万捌仟元整", 68_000, 68_000),
        ("二十来万", 200_000, 200_000),
        ("50多万", 500_000, 500_000),
        ("万把块", 10_000, 10_000),
        ("5 000元", 5_000, 5_000),
        ("预算 5 万", 50_000, 50_000),
        ("￥12,800", 12_800, 12_800),
        ("不超过三万五", None, 35_000),
        ("不低于3万", 30_000, None),
        ("2万起", 20_000, None),
        ("最低4万，最高6万", 40_000, 60_000),
        ("从5000加到7000", 7_000, 7_000),
        ("不是4万，是3万", 30_000, 30_000),
        ("一万二（不含官费）", 12_000, 12_000),
        ("12块5", 12, 12),
        ("一点五万", 15_000, 15_000),
        ("预算≤5万", None, 50_000),
        ("超过5万不考虑", None, 50_000),
        ("8万太贵了，5万行不行", 50_000, 50_000),
        ("总投资2亿的项目，做可研，预算15万", 150_000, 150_000),
        ("1500一篇，要4篇", 1_500, 1_500),
    ],
)
def test_an_amount_is_read_whole(
    said: str, low: int | None, high: int | None, now: datetime
) -> None:
    assert budget(said, now) == (low, high)


@pytest.mark.parametrize(
    ("said", "yuan"),
    [
        ("四万八 年前能完成", 48_000),
        ("价格3100 周期8天", 3_100),
        ("预算3万5年底前交", 35_000),
        ("报三千六 天气好就开工", 3_600),
        ("2万3 周五前", 23_000),
        ("8千8 月底", 8_800),
    ],
)
def test_what_follows_never_shortens_an_amount(said: str, yuan: int, now: datetime) -> None:
    assert budget(said, now) == (yuan, yuan)


@pytest.mark.parametrize(
    ("said", "readings"),
    [
        ("预算3,5000", (3_500_000, 350_000)),
        ("预算3万5天", (3_500_000, 3_000_000)),
        ("不超过10个", (1_000, 10_000_000)),
        ("预算30-50", (5_000, 50_000_000)),
    ],
)
def test_an_amount_with_two_readings_is_asked_about(
    said: str, readings: tuple[int, ...], now: datetime
) -> None:
    slots = read_slots(said, now)

    assert slots.budget_ambiguous == readings
    assert not slots.has_budget
    assert slots.to_json()["ambiguous"] == "budget"


@pytest.mark.parametrize("said", ["几千块", "小几万", "十几万", "百八十万", "上万块"])
def test_a_size_is_not_a_number(said: str, now: datetime) -> None:
    slots = read_slots(said, now)

    assert slots.budget_vague
    assert not slots.has_budget


@pytest.mark.parametrize(
    "said",
    [
        "注册资本500万的公司",
        "去年营收两千多万，有5个专利",
        "ISO9001和GB/T 19001",
        "5kW电机测试",
        "三七二十一",
        "千万别忘了",
        "他收了我2000块",
        "6个样品",
        "三千个用户",
        "2026年",
        "专利号ZL201910123456.7",
        "订单O2048",
        "4K视频一条",
        "联系方式给一下",
        "0772-2612345转801",
    ],
)
def test_other_numbers_are_no_budget(said: str, now: datetime) -> None:
    slots = read_slots(said, now)

    assert not slots.has_budget
    assert not slots.budget_ambiguous


def test_the_total_beats_the_unit_price(now: datetime) -> None:
    assert budget("10个样，每个300，总共3000", now) == (3_000, 3_000)


def test_face_to_face_is_no_amount(now: datetime) -> None:
    slots = read_slots("价格面议", now)

    assert slots.budget_negotiable
    assert not slots.has_budget


def test_a_slot_points_at_the_words_it_was_read_from(now: datetime) -> None:
    slots: Slots = read_slots("预算３．５万左右，柳州", now)

    assert slots.budget_approx
    assert slots.spans["budget"] == "３．５万左右"
    assert slots.spans["region"] == "柳州"
