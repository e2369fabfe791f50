"""Which day of the calendar an expression names: 下周五, 月底, 12.5前, 明年一季度."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from matching.text.numbers import scan_number

HAN_COUNT = "一二两三四五六七八九十廿卅"
DAY = rf"(?:\d{{1,2}}|[{HAN_COUNT}]{{1,3}})"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of expression; `day` gives None when the words name no day after all."""

    name: str
    pattern: re.Pattern[str]
    day: Callable[[re.Match[str], date], date | None]


_YEARS = {"今年": 0, "明年": 1, "来年": 1, "后年": 2}


def _year_of(said: str | None, today: date) -> int:
    return today.year + _YEARS.get(said or "", 0)


def count_of(text: str) -> int:
    number = scan_number(text, 0)
    return int(number.high) if number is not None and number.high < 10**6 else 0


def _safe_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = min(index // 12, 9998), index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _full_date(match: re.Match[str], today: date) -> date | None:
    year = int(match["y"])
    return _safe_date(
        year if year > 99 else 2000 + year, count_of(match["m"]), count_of(match["d"])
    )


def _month_day(match: re.Match[str], today: date) -> date | None:
    year, month, day = today.year, count_of(match["m"]), count_of(match["d"])
    said = match.groupdict().get("year")
    if said is not None and said in _YEARS:
        return _safe_date(_year_of(said, today), month, day)
    found = _safe_date(year, month, day)
    # A date just past is asked about, one long past is next year's.
    if found is not None and found < today and (today - found).days >= 60:
        return _safe_date(year + 1, month, day)
    return found


def _month_only(match: re.Match[str], today: date) -> date | None:
    """6月前 is before June begins, 6月交 by its end."""
    month = count_of(match["m"])
    year = _year_of(match["year"], today)
    if not match["year"] and month < today.month:
        year += 1
    if match["part"] in {"之前", "以前", "前"}:
        return date(year, month, 1) - timedelta(days=1)
    return _month_end(year, month)


def _month_begin(match: re.Match[str], today: date) -> date:
    year = _year_of(match["year"], today)
    month = count_of(match["m"])
    if not match["year"] and month < today.month:
        year += 1
    return date(year, month, 1)


def _quarter_end(match: re.Match[str], today: date) -> date:
    month = 3 * count_of(match["q"] or match["Q"])
    end = _month_end(_year_of(match["year"], today), month)
    return end if match["year"] or end >= today else _month_end(today.year + 1, month)


def _this_quarter_end(match: re.Match[str], today: date) -> date:
    first = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    later = add_months(first, 2 + 3 * match["which"].startswith("下"))
    return _month_end(later.year, later.month)


def _day_only(match: re.Match[str], today: date) -> date | None:
    day = count_of(match["d"])
    said = match.groupdict().get("month") or ""
    first = add_months(today.replace(day=1), 1) if said.startswith("下") else today.replace(day=1)
    found = _safe_date(first.year, first.month, day)
    if not said and found is not None and found < today:
        return _safe_date(*add_months(first, 1).timetuple()[:2], day)
    return found


_RELATIVE = {"今": 0, "当": 0, "明": 1, "后": 2, "大后": 3, "大大后": 4}


def _relative(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=_RELATIVE[match["rel"]])


_WEEKDAYS = {
    c: i
    for i, chars in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天末7"))
    for c in chars
}


def _weekday(match: re.Match[str], today: date) -> date | None:
    monday = today - timedelta(days=today.weekday())
    which, target = match["which"] or "", _WEEKDAYS[match["wd"]]
    if "下" in which:
        return monday + timedelta(weeks=which.count("下"), days=target)
    if which and which[0] in "上":
        return monday - timedelta(weeks=which.count("上")) + timedelta(days=target)
    day = monday + timedelta(days=target)
    if not which and day < today:
        return day + timedelta(weeks=1)
    return day


def _week(match: re.Match[str], today: date) -> date:
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(weeks=match["which"].count("下"), days=6)


_LAST_DAYS = {
    "初": 10, "头": 10, "上旬": 10, "中": 15, "中旬": 20, "上中旬": 20,
    "中下旬": 31, "下旬": 31, "末": 31, "底": 31,
}  # fmt: skip


def _part_of_month(match: re.Match[str], today: date) -> date | None:
    said, part = match["mon"] or "", match["part"]
    if len(said) > 1 and said[0] not in "本这下当":
        month = count_of(said)
        if not 1 <= month <= 12:
            return None
        first = date(_year_of(match["year"], today), month, 1)
        if _month_end(first.year, month) < today:
            first = date(today.year + 1, month, 1)
    else:
        first = add_months(today.replace(day=1), said.count("下"))
        if said == "月" and part in {"初", "中"} and today.day > (10 if part == "初" else 15):
            first = add_months(first, 1)
    last = _month_end(first.year, first.month)
    return first.replace(day=min(_LAST_DAYS[part], last.day))


def _next_month(match: re.Match[str], today: date) -> date:
    later = add_months(today.replace(day=1), match["which"].count("下"))
    return _month_end(later.year, later.month)


def _half_year(match: re.Match[str], today: date) -> date:
    """上半年 by itself is the next one to end."""
    month, day = (6, 30) if match["half"] == "上" else (12, 31)
    if match["year"] is None:
        year = today.year + (date(today.year, month, day) < today)
    else:
        year = _year_of(match["year"], today)
    return date(year, month, day)


def _year_end(match: re.Match[str], today: date) -> date:
    year = today.year + (1 if match["year"] in {"明", "来"} else 0)
    return date(year, 12, 31) if match["part"] in {"底", "末", "内"} else date(year, 6, 30)


BEGIN = r"(?:开始|开工|开|启动|动工|进场|动手|做|弄|搞|办)"
_ENDS = r"(?:之前|以前|前)"
_WHICH = r"(?:下{1,3}个?|本|这个?)"
_WEEK = r"(?:周|星期|礼拜)"
_HAN_DAY = rf"[{HAN_COUNT}]{{1,3}}"
_NEXT_MONTH = r"(?:下{1,3}个?月)"
_YEAR_WORD = r"(?P<year>今年|明年|来年|后年)?"

# Tried in this order; what an earlier rule has read, a later one leaves alone.
RULES: tuple[Rule, ...] = tuple(
    Rule(name, re.compile("".join(pattern)), rule)
    for name, *pattern, rule in (
        (  # 2026-12-01, 2026年12月1日
            "date",
            rf"(?<!\d)(?P<y>20\d\d)\s?[-/.年]\s?(?P<m>\d{{1,2}}|[{HAN_COUNT}]{{1,2}})\s?[-/.月]\s?",
            rf"(?P<d>{DAY})(?:[日号]|(?!\d))",
            _full_date,
        ),
        (  # 26/12/18, 27.1.5
            "date",
            r"(?<![\d./\-A-Za-z])(?P<y>2[5-9]|3\d)(?P<sep>[-/.])(?P<m>1[0-2]|0?[1-9])(?P=sep)",
            r"(?P<d>[12]\d|3[01]|0?[1-9])(?![\d./\-]|\s?[万wWkK元块千])",
            _full_date,
        ),
        (  # 明年3月5号, 12月5前
            "month-day",
            rf"{_YEAR_WORD}(?<![\d.个])(?P<m>{DAY})月(?:份)?\s?(?P<d>{DAY})",
            rf"(?:[日号]|(?=\s?(?:{_ENDS}|$|[,;。\s])))",
            _month_day,
        ),
        (  # 20261201
            "date",
            r"(?<!\d)(?P<y>20[23]\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)",
            _full_date,
        ),
        (  # 12.5前, 12/5之前; never the decimals of an amount
            "month-day",
            r"(?<![\d./\-A-Za-z])(?P<m>1[0-2]|0?[1-9])[./](?P<d>[12]\d|3[01]|0?[1-9])",
            r"(?![\d./]|\s?[万wWkK元块千])",
            rf"(?=[日号]|\s?(?:{_ENDS}|交|截|到期|要|之间))[日号]?",
            _month_day,
        ),
        (  # 12-15之前
            "month-day",
            r"(?<![\d./\-A-Za-z])(?P<m>1[0-2]|0?[1-9])-(?P<d>[12]\d|3[01]|0?[1-9])",
            rf"(?=\s?(?:{_ENDS}))",
            _month_day,
        ),
        (  # 20号, 下个月5号; 解放路15号 is an address
            "day-of-month",
            rf"(?<![\d.{HAN_COUNT}])(?<!\d,)(?P<month>本月|这个?月|当月|{_NEXT_MONTH})?",
            rf"(?<![\d.A-Za-z#路街道巷弄])(?P<d>[12]\d|3[01]|[1-9]|{_HAN_DAY})(?:号|日(?!历))",
            r"(?![线楼院店机车常本子]|\s?之?内|以内)",
            _day_only,
        ),
        (  # 下月15
            "day-of-month",
            rf"(?P<month>本月|这个?月|{_NEXT_MONTH})(?P<d>[12]\d|3[01]|[1-9])",
            rf"(?=\s?(?:{_ENDS}|交|$|[,;。]))",
            _day_only,
        ),
        (  # 月底, 下个月中旬, 明年3月初
            "part-of-month",
            rf"{_YEAR_WORD}的?(?P<mon>本月|这个?月|当月|{_NEXT_MONTH}|"
            rf"(?<!\d)\d{{1,2}}月|[{HAN_COUNT}]{{1,2}}月|月)",
            r"份?的?月?(?P<part>底|末|初|头(?![部条])|中下旬|上中旬|中旬|上旬|下旬|中)(?!间)",
            _part_of_month,
        ),
        (  # 明年6月前, 12月份交
            "month",
            rf"{_YEAR_WORD}(?<![\d.{HAN_COUNT}个])(?P<m>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])",
            rf"月份?(?P<part>{_ENDS}|交|之?内|以内|里)",
            _month_only,
        ),
        (  # 明年三月; a month without a year may be a length
            "month",
            rf"(?P<year>今年|明年|来年|后年)的?(?P<m>1[0-2]|[1-9]|十[一二]?|[{HAN_COUNT}])月份?(?P<part>)",
            _month_only,
        ),
        (  # 12月份再开工
            "month-begin",
            rf"{_YEAR_WORD}(?<![\d.{HAN_COUNT}个])(?P<m>1[0-2]|[1-9]|十[一二]?|[{HAN_COUNT}])",
            rf"月份?(?=再{BEGIN})",
            _month_begin,
        ),
        (  # 一季度末
            "quarter",
            rf"{_YEAR_WORD}的?(?:第?(?P<q>[1-4一二三四])季度|(?<![A-Za-z\d])[Qq](?P<Q>[1-4])(?!\d))",
            r"(?:末|底|内|结束)?",
            _quarter_end,
        ),
        (  # 这个季度内, 下季度末
            "quarter",
            r"(?P<which>下一?个?|本|这一?个?|当)季度(?:末|底|内|结束|里)?",
            _this_quarter_end,
        ),
        ("day-from-today", r"今(?P<rel>明)(?:两天|后天)?", _relative),
        (
            "day-from-today",
            r"(?P<rel>大大后|大后|后|明|今|当)(?:天|日(?!期)|(?=[早晚]))",
            _relative,
        ),
        (  # 下周五, 礼拜三
            "weekday",
            rf"(?P<which>{_WHICH}|上{{1,3}}个?)?{_WEEK}",
            r"(?P<wd>[一二三四五六日天末1-6](?!\s?(?:期|个|[天年月周万千kKwW])))",
            _weekday,
        ),
        ("week", rf"(?P<which>{_WHICH}){_WEEK}(?:之?内)?(?![一二三四五六日天末边])", _week),
        (
            "month",
            rf"(?P<which>{_NEXT_MONTH})(?:之?内)?(?![底初头中上下再\d{HAN_COUNT}])",
            _next_month,
        ),
        ("month", r"(?P<which>本月|这个?月|当月)(?:之内|以内|内|里)", _next_month),
        (  # 明年上半年, 下半年结束前; 下半年 alone is no day
            "half-year",
            rf"(?:(?P<year>今年|明年|来年|后年)的?|(?=[上下]半年(?:结束|过完|末|底|内|{_ENDS})))",
            r"(?P<half>[上下])半年(?:结束|过完|末|底|内)?",
            _half_year,
        ),
        (
            "year-end",
            rf"(?<![{HAN_COUNT}\d半几多今明去本])年内",
            lambda _, today: date(today.year, 12, 31),
        ),
        (
            "year-end",
            r"(?:(?P<year>今|明|来|本)年?)?年(?P<part>底|末|中|(?<=[今本]年)内)(?!间)",
            _year_end,
        ),
    )
)
