"""Deadlines, earliest dates and lengths of work, read on Sunday 22 November 2026."""

from datetime import date, datetime

import pytest

from matching import add_workdays
from matching.text.demands import read_slots


@pytest.mark.parametrize(
    ("said", "deadline"),
    [
        ("下周三前", "2026-11-25"),
        ("月底", "2026-11-30"),
        ("明早", "2026-11-23T09:00"),
        ("后天下午四点半", "2026-11-24T16:30"),
        ("12.5前交", "2026-12-05"),
        ("12/5之前", "2026-12-05"),
        ("十二月五号", "2026-12-05"),
        ("二〇二六年十二月一日前", "2026-12-01"),
        ("20号前", "2026-12-20"),
        ("下个月中旬", "2026-12-20"),
        ("下下周一", "2026-11-30"),
        ("元旦前", "2026-12-31"),
        ("两周内", "2026-12-06"),
        ("5个工作日内", "2026-11-27"),
        ("两个月内", "2027-01-22"),
        ("明年3月底", "2027-03-31"),
        ("今明两天", "2026-11-23"),
        ("9月10日", "2027-09-10"),
        ("截止2027-02-28", "2027-02-28"),
        ("明年6月前", "2027-05-31"),
        ("今晚12点前", "2026-11-22T23:59"),
        ("一年内", "2027-11-22"),
    ],
)
def test_a_deadline_becomes_a_date(said: str, deadline: str, now: datetime) -> None:
    assert read_slots(said, now).to_json()["deadline"] == deadline


@pytest.mark.parametrize("said", ["过完年", "下半年", "周末", "11月10日前", "这周三"])
def test_an_unclear_date_is_asked_about(said: str, now: datetime) -> None:
    slots = read_slots(said, now)

    assert slots.deadline is None
    assert slots.ambiguous == ("deadline",)


@pytest.mark.parametrize(
    "said",
    ["12月8号开标，帮写标书", "上周五下的单", "明天再聊", "今天天气真好", "质保一年", "解放路15号"],
)
def test_a_date_of_something_else_is_no_deadline(said: str, now: datetime) -> None:
    assert read_slots(said, now).deadline is None


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("工期20天", 20),
        ("半个月", 15),
        ("一个半月", 45),
        ("两三周", 21),
        ("工期不是10天，是15天", 15),
        ("周期10-15天", 15),
        ("二十来天", 20),
        ("做了三年，工期30天", 30),
    ],
)
def test_a_length_of_work_is_in_days(said: str, days: int, now: datetime) -> None:
    assert read_slots(said, now).duration_days == days


def test_working_days_stay_working_days(now: datetime) -> None:
    assert read_slots("15到20个工作日", now).duration_workdays == 20


def test_after_the_holidays_is_the_earliest_date(now: datetime) -> None:
    assert read_slots("国庆后再交", now).to_json()["not_before"] == "2027-10-08"


def test_working_days_skip_the_official_holidays() -> None:
    assert add_workdays(date(2026, 9, 30), 1) == date(2026, 10, 8)


def test_working_days_count_the_weekend_shifted_to_work() -> None:
    # Sunday 20 September 2026 is worked for the holidays after it.
    assert add_workdays(date(2026, 9, 18), 1) == date(2026, 9, 20)


def test_a_year_not_yet_published_counts_monday_to_friday() -> None:
    assert add_workdays(date(2035, 1, 5), 1) == date(2035, 1, 8)


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("不用20天那么久，一周内就要", None),
        ("不用一个月那么久啦", None),
        ("要20天这么久吗", 20),
        ("20天，少一天都不行", 20),
    ],
)
def test_what_is_not_needed_is_no_length(said: str, days: int | None, now: datetime) -> None:
    assert read_slots(said, now).duration_days == days
