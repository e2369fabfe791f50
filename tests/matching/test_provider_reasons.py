"""Why a provider is suggested: facts of its record and of its orders, and nothing else."""

from dataclasses import replace

import pytest

from market.services import ProviderProfile
from market.track_records import TrackRecord
from matching import Matcher, ProviderCandidate, by_record

SUGAR = ProviderProfile(
    "桂知源知识产权代理有限公司",
    "1",
    "知识产权",
    ("专利",),
    ("05.01.03",),
    ("糖厂制糖自控专利", "制糖自控布局 3 件", "汽车起动机专利布局 16 件", "制糖自控导航"),
    "广西壮族自治区|柳州市|鱼峰区",
    rating=480,
)
PLAIN = replace(SUGAR, name="桂科知识产权代理有限公司", credit_code="2", cases=(), rating=None)
FAR = replace(SUGAR, name="前海专利代理有限公司", credit_code="3", region="广东省|深圳市|")
TESTER = replace(SUGAR, name="桂检检测有限公司", credit_code="4", fields=("检测", "CMA"))


def why(text: str, region: str = "", *others: ProviderProfile) -> tuple[str, ...]:
    found = Matcher((), (SUGAR, *others)).rank_providers(
        service_code="05.01.03", region=region, text=text
    )
    return next(one.why for one in found if one.credit_code == "1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("想做制糖自控方面的专利", "3 个制糖自控案例"),
        ("汽车起动机专利", "案例“汽车起动机专利布局 16 件”"),
        ("无人机", "4 个案例"),
        ("", "4 个案例"),
    ],
)
def test_cases_are_counted_by_what_they_share_with_the_text(text: str, reason: str) -> None:
    assert why(text)[0] == reason


def test_place_and_rating_are_told() -> None:
    assert why("", "柳州") == ("4 个案例", "同在柳州", "评分 4.8")
    assert why("", "南宁") == ("4 个案例", "同在广西", "评分 4.8")
    assert why("", "上海") == ("4 个案例", "评分 4.8")


def test_nothing_is_said_of_who_has_nothing() -> None:
    (found,) = Matcher((), [PLAIN]).rank_providers(service_code="05.01.03")
    assert found.why == ()


def test_whoever_states_the_qualification_is_preferred_to_all_others() -> None:
    matcher = Matcher((), (SUGAR, PLAIN, TESTER))
    found = matcher.rank_providers(service_code="05.01.03", text="要有 cma 资质的")

    assert [one.credit_code for one in found] == ["4"]
    assert "资料写明 CMA" in found[0].why
    # Where nobody states it, nobody is left out for it.
    found = matcher.rank_providers(service_code="05.01.03", text="要有 CNAS")
    assert len(found) == 3
    assert not any("CNAS" in reason for one in found for reason in one.why)


def test_others_than_those_nearby_are_shown_only_if_these_are_few() -> None:
    local = [replace(PLAIN, name=f"邕城{n}号事务所", credit_code=f"5{n}") for n in range(3)]
    few = Matcher((), (FAR, *local[:2])).rank_providers(service_code="05.01.03", region="柳州")
    enough = Matcher((), (FAR, *local)).rank_providers(service_code="05.01.03", region="柳州")

    assert "3" in [one.credit_code for one in few]
    assert "3" not in [one.credit_code for one in enough]


A = ProviderCandidate("甲", "1", 1.0, ("4 个案例",))
B = ProviderCandidate("乙", "2", 1.0, ())


@pytest.mark.parametrize(
    ("record", "reasons"),
    [
        (TrackRecord(), ()),
        (TrackRecord(due=4, on_time=4), ()),  # too few to say anything
        (TrackRecord(due=20, on_time=19), ("准时 95%（20 单）",)),
        (TrackRecord(due=200, on_time=199), ("准时 99%（200 单）",)),  # 100 would mean all
        (TrackRecord(due=5, on_time=0), ("准时 0%（5 单）",)),
        (TrackRecord(open_orders=2), ("手上 2 单",)),
    ],
)
def test_orders_are_told_as_far_as_they_tell(record: TrackRecord, reasons: tuple[str, ...]) -> None:
    (found,) = by_record([A], {"1": record}, most_open=10, k=5)
    assert found.why == ("4 个案例", *reasons)


@pytest.mark.parametrize(
    ("records", "order"),
    [
        ({}, ["1", "2"]),
        ({"1": TrackRecord(due=10, on_time=5)}, ["2", "1"]),
        ({"2": TrackRecord(due=10, on_time=10)}, ["2", "1"]),
        ({"1": TrackRecord(open_orders=1)}, ["2", "1"]),
        # Who is full comes last, however good.
        ({"1": TrackRecord(due=99, on_time=99, open_orders=10)}, ["2", "1"]),
    ],
)
def test_orders_weigh_in_the_ranking(records: dict[str, TrackRecord], order: list[str]) -> None:
    found = by_record([A, B], records, most_open=10, k=5)
    assert [one.credit_code for one in found] == order
