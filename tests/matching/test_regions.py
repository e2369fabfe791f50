"""Places, and names that only look like places."""

from datetime import datetime

import pytest

from matching.text.demands import read_slots

GUANGXI = "广西壮族自治区"


@pytest.mark.parametrize(
    ("said", "region"),
    [
        ("柳州的", f"{GUANGXI}|柳州市|"),
        ("柳州市鱼峰区", f"{GUANGXI}|柳州市|鱼峰区"),
        ("在百色田东", f"{GUANGXI}|百色市|田东县"),
        ("融水县", f"{GUANGXI}|柳州市|融水苗族自治县"),
        ("横县", f"{GUANGXI}|南宁市|横州市"),
        ("城中区", f"{GUANGXI}|柳州市|城中区"),
        ("广西全区", f"{GUANGXI}||"),
        ("佛山顺德", "广东省|佛山市|顺德区"),
        ("昆山的工厂", "江苏省|苏州市|昆山市"),
        ("北京海淀区", "北京市|北京市|海淀区"),
    ],
)
def test_a_place_is_read_down_to_its_county(said: str, region: str, now: datetime) -> None:
    assert read_slots(said, now).region == region


@pytest.mark.parametrize(
    "said",
    [
        "柳州螺蛳粉",
        "南宁师范大学",
        "桂林电子科技大学",
        "广西壮一信息技术有限公司",
        "不要南宁的",
        "不限地区",
        "最大化",
    ],
)
def test_a_name_of_something_else_is_no_place(said: str, now: datetime) -> None:
    assert read_slots(said, now).region == ""


def test_a_county_of_many_cities_is_asked_about(now: datetime) -> None:
    assert read_slots("鼓楼区", now).ambiguous == ("region",)


def test_a_zone_is_kept_beside_its_city(now: datetime) -> None:
    slots = read_slots("柳东新区这边", now)

    assert slots.region == f"{GUANGXI}|柳州市|"
    assert slots.region_zone == "柳东新区"
