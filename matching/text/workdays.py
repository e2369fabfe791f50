"""Working days of the Chinese calendar, and the feasts people name as deadlines."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

_LIMIT = 4000  # days; nobody is promised work in eleven years


@lru_cache(maxsize=4096)
def is_workday(day: date) -> bool:
    """Is it a working day by the official calendar, or Mon–Fri where that is not yet published?"""
    import chinese_calendar

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # the State Council publishes a year in the November before it
        return day.weekday() < 5


def is_published(day: date) -> bool:
    """Has the State Council said which days of that year are holidays?"""
    import chinese_calendar

    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def add_workdays(start: date, days: int) -> date:
    """The day that is `days` working days after `start`, which itself does not count."""
    day = start
    for _ in range(_LIMIT):
        if days <= 0:
            return day
        try:
            day += timedelta(days=1)
        except OverflowError:
            return day
        days -= is_workday(day)
    return day


@dataclass(frozen=True, slots=True)
class Feast:
    """A feast day and the length of its holidays."""

    day: date
    holidays: int


# Lunar feasts by year: 春节, 元宵, 清明, 端午, 中秋, 三月三 as (month, day).
_LUNAR: dict[int, tuple[tuple[int, int], ...]] = {
    2025: ((1, 29), (2, 12), (4, 4), (5, 31), (10, 6), (3, 31)),
    2026: ((2, 17), (3, 3), (4, 5), (6, 19), (9, 25), (4, 19)),
    2027: ((2, 6), (2, 20), (4, 5), (6, 9), (9, 15), (4, 9)),
    2028: ((1, 26), (2, 9), (4, 4), (5, 28), (10, 3), (3, 28)),
    2029: ((2, 13), (2, 27), (4, 4), (6, 16), (9, 22), (4, 16)),
    2030: ((2, 3), (2, 17), (4, 5), (6, 5), (9, 12), (4, 5)),
    2031: ((1, 23), (2, 6), (4, 5), (6, 24), (10, 1), (3, 25)),
    2032: ((2, 11), (2, 25), (4, 4), (6, 12), (9, 19), (4, 12)),
    2033: ((1, 31), (2, 14), (4, 4), (6, 1), (9, 8), (4, 2)),
    2034: ((2, 19), (3, 5), (4, 5), (6, 20), (9, 27), (4, 21)),
    2035: ((2, 8), (2, 22), (4, 5), (6, 10), (9, 16), (4, 10)),
    2036: ((1, 28), (2, 11), (4, 4), (5, 30), (10, 4), (3, 30)),
}
_LUNAR_NAMES = {"春节": 0, "过年": 0, "大年初一": 0, "农历新年": 0, "元宵节": 1, "元宵": 1,
                "清明节": 2, "清明": 2, "端午节": 3, "端午": 3, "中秋节": 4, "中秋": 4,
                "三月三": 5}  # fmt: skip
# 除夕, 小年 and 腊八 are counted from 春节; the twelfth month has 30 days in these years, else 29.
_LONG_TWELFTH = frozenset({2030, 2033, 2034, 2035, 2036})
_SOLAR_NAMES = {
    "元旦": (1, 1),
    "情人节": (2, 14),
    "三八": (3, 8),
    "五一": (5, 1),
    "劳动节": (5, 1),
    "六一": (6, 1),
    "618": (6, 18),
    "七一": (7, 1),
    "八一": (8, 1),
    "国庆节": (10, 1),
    "国庆": (10, 1),
    "十一假期": (10, 1),
    "双十一": (11, 11),
    "双11": (11, 11),
    "双十二": (12, 12),
    "双12": (12, 12),
    "圣诞节": (12, 25),
    "圣诞": (12, 25),
}
_HOLIDAYS = {"元旦": 1, "五一": 5, "劳动节": 5, "国庆": 7, "国庆节": 7, "十一假期": 7}
# Days of the month before 春节; 除夕 is its last.
_TWELFTH = {"腊八节": 8, "腊八": 8, "小年": 23, "除夕": 30, "年三十": 30, "大年三十": 30}
_SOLSTICE = "冬至"
FEAST_NAMES = tuple(
    sorted((*_LUNAR_NAMES, *_SOLAR_NAMES, *_TWELFTH, _SOLSTICE), key=lambda name: -len(name))
)


def next_feast(name: str, today: date, *, skip_years: int = 0) -> Feast | None:
    """The next day of that name from today on, or None when the table does not reach it."""
    for year in range(today.year + skip_years, today.year + skip_years + 2):
        if name in _SOLAR_NAMES:
            feast = Feast(date(year, *_SOLAR_NAMES[name]), _HOLIDAYS.get(name, 1))
        elif name == _SOLSTICE:  # holds until 2050
            feast = Feast(date(year, 12, 21 if year % 4 < 2 else 22), 1)
        elif name in _TWELFTH and year in _LUNAR:
            feast = Feast(_in_twelfth_month(year, _TWELFTH[name]), 1)
        elif year in _LUNAR:
            index = _LUNAR_NAMES[name]
            feast = Feast(date(year, *_LUNAR[year][index]), (7, 1, 3, 3, 3, 3)[index])
        else:
            return None
        if feast.day >= today:
            return feast
    return None


def twelfth_month_day(day: int, today: date) -> date | None:
    """The next day of that number in the month before 春节: 腊月二十."""
    for year in (today.year, today.year + 1):
        if year in _LUNAR and (found := _in_twelfth_month(year, day)) >= today:
            return found
    return None


def _in_twelfth_month(year: int, day: int) -> date:
    """A day of the lunar month that 春节 of `year` ends; its last day if it is too short."""
    length = 30 if year in _LONG_TWELFTH else 29
    return date(year, *_LUNAR[year][0]) - timedelta(days=length + 1 - min(day, length))
