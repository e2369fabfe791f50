"""Read deadlines and earliest dates; the reference moment is always given."""

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from matching.text.numbers import Span, scan_number
from matching.text.workdays import FEAST_NAMES, next_feast, twelfth_month_day

_HAN = "一二两三四五六七八九十"
_DAY = rf"(?:\d{{1,2}}|[{_HAN}]{{1,3}})"
_BEFORE = r"(?P<before>\s?(?:之前|以前|前(?!后|台|端|期|提|几|面|景)))?"
_AFTER = r"(?P<after>\s?(?:节?假期?)?(?:之后|以后|过后|后(?!天|台|端|期|面|续)))?"


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, with an hour if one was said; `kind` is deadline, not_before, past or ambiguous."""

    start: int
    end: int
    day: date
    hour: time | None
    kind: str
    firm: bool = False  # 前, 截止, 改到: it was said to be the deadline

    def value(self, now: datetime) -> date | datetime:
        if self.hour is None:
            return self.day
        return datetime.combine(self.day, self.hour, tzinfo=now.tzinfo)


@dataclass(frozen=True, slots=True)
class Times:
    moments: tuple[Moment, ...] = ()
    taken: tuple[Span, ...] = field(default=())


_Rule = tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None]]


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
    if said in {"明年", "来年"}:
        return _safe_date(year + 1, month, day)
    found = _safe_date(year, month, day)
    # A date just past is asked about, one long past is next year's.
    if found is not None and found < today and (today - found).days >= 60:
        return _safe_date(year + 1, month, day)
    return found


def _month_only(match: re.Match[str], today: date) -> date | None:
    """6月前 is before June begins, 6月交 by its end."""
    month = count_of(match["m"])
    year = today.year + (match["year"] in {"明年", "来年"})
    if not match["year"] and month < today.month:
        year += 1
    if match["part"] in {"之前", "以前", "前"}:
        return date(year, month, 1) - timedelta(days=1)
    return _month_end(year, month)


def _month_begin(match: re.Match[str], today: date) -> date:
    year = today.year + (match["year"] in {"明年", "来年"})
    month = count_of(match["m"])
    if not match["year"] and month < today.month:
        year += 1
    return date(year, month, 1)


def _quarter_end(match: re.Match[str], today: date) -> date:
    month = 3 * count_of(match["q"] or match["Q"])
    end = _month_end(today.year + (match["year"] in {"明年", "来年"}), month)
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


def _part_of_month(match: re.Match[str], today: date) -> date | None:
    said, part = match["mon"] or "", match["part"]
    if len(said) > 1 and said[0] not in "本这下当":
        month = count_of(said)
        if not 1 <= month <= 12:
            return None
        first = date(today.year, month, 1)
        if _month_end(first.year, month) < today:
            first = date(today.year + 1, month, 1)
    else:
        first = add_months(today.replace(day=1), said.count("下"))
        if said == "月" and part in {"初", "中"} and today.day > (10 if part == "初" else 15):
            first = add_months(first, 1)
    ends = {"底": 31, "末": 31, "下旬": 31, "中": 20, "中旬": 20, "初": 10, "上旬": 10}
    last = _month_end(first.year, first.month)
    wanted = 15 if part == "中" else ends[part]
    return first.replace(day=min(wanted, last.day))


def _next_month(match: re.Match[str], today: date) -> date:
    later = add_months(today.replace(day=1), match["which"].count("下"))
    return _month_end(later.year, later.month)


def _half_year(match: re.Match[str], today: date) -> date:
    """上半年 by itself is the next one to end."""
    month, day = (6, 30) if match["half"] == "上" else (12, 31)
    if match["year"] is None:
        year = today.year + (date(today.year, month, day) < today)
    else:
        year = today.year + (match["year"] in {"明年", "来年"})
    return date(year, month, day)


def _year_end(match: re.Match[str], today: date) -> date:
    year = today.year + (1 if match["year"] in {"明", "来"} else 0)
    return date(year, 12, 31) if match["part"] in {"底", "末", "内"} else date(year, 6, 30)


_BEGIN = r"(?:开始|开工|开|启动|动工|进场|动手|做|弄|搞|办)"
_ENDS = r"(?:之前|以前|前)"
_WHICH = r"(?:下{1,3}个?|本|这个?)"
_WEEK = r"(?:周|星期|礼拜)"
_HAN_DAY = rf"[{_HAN}]{{1,3}}"
_NEXT_MONTH = r"(?:下{1,3}个?月)"
_YEAR_WORD = r"(?P<year>今年|明年|来年)?"

# Tried in this order; what an earlier rule has read, a later one leaves alone.
_RULES: tuple[_Rule, ...] = tuple(
    (re.compile("".join(pattern)), rule)
    for *pattern, rule in (
        (  # 2026-12-01, 2026年12月1日
            rf"(?<!\d)(?P<y>20\d\d)\s?[-/.年]\s?(?P<m>\d{{1,2}}|[{_HAN}]{{1,2}})\s?[-/.月]\s?",
            rf"(?P<d>{_DAY})(?:[日号]|(?!\d))",
            _full_date,
        ),
        (  # 26/12/18, 27.1.5
            r"(?<![\d./\-A-Za-z])(?P<y>2[5-9]|3\d)(?P<sep>[-/.])(?P<m>1[0-2]|0?[1-9])(?P=sep)",
            r"(?P<d>[12]\d|3[01]|0?[1-9])(?![\d./\-]|\s?[万wWkK元块千])",
            _full_date,
        ),
        (  # 明年3月5号, 12月5前
            rf"{_YEAR_WORD}(?<![\d.个])(?P<m>{_DAY})月(?:份)?\s?(?P<d>{_DAY})",
            rf"(?:[日号]|(?=\s?(?:{_ENDS}|$|[,;。\s])))",
            _month_day,
        ),
        (  # 20261201
            r"(?<!\d)(?P<y>20[23]\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)",
            _full_date,
        ),
        (  # 12.5前, 12/5之前; never the decimals of an amount
            r"(?<![\d./\-A-Za-z])(?P<m>1[0-2]|0?[1-9])[./](?P<d>[12]\d|3[01]|0?[1-9])",
            r"(?![\d./]|\s?[万wWkK元块千])",
            rf"(?=[日号]|\s?(?:{_ENDS}|交|截|到期|要))[日号]?",
            _month_day,
        ),
        (  # 20号, 下个月5号; 解放路15号 is an address
            rf"(?<![\d.,{_HAN}])(?P<month>本月|这个?月|当月|{_NEXT_MONTH})?",
            rf"(?<![\d.A-Za-z#路街道巷弄])(?P<d>[12]\d|3[01]|[1-9]|{_HAN_DAY})[号日]",
            r"(?![线楼院店机车常本子]|\s?之?内|以内)",
            _day_only,
        ),
        (  # 下月15
            rf"(?P<month>本月|这个?月|{_NEXT_MONTH})(?P<d>[12]\d|3[01]|[1-9])",
            rf"(?=\s?(?:{_ENDS}|交|$|[,;。]))",
            _day_only,
        ),
        (  # 明年6月前, 12月份交
            rf"{_YEAR_WORD}(?<![\d.{_HAN}个])(?P<m>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])",
            rf"月份?(?P<part>{_ENDS}|交|内|里)",
            _month_only,
        ),
        (  # 明年三月; a month without a year may be a length
            rf"(?P<year>今年|明年|来年)的?(?P<m>1[0-2]|[1-9]|十[一二]?|[{_HAN}])月份?(?P<part>)",
            _month_only,
        ),
        (  # 12月份再开工
            rf"{_YEAR_WORD}(?<![\d.{_HAN}个])(?P<m>1[0-2]|[1-9]|十[一二]?|[{_HAN}])",
            rf"月份?(?=再{_BEGIN})",
            _month_begin,
        ),
        (  # 一季度末
            rf"{_YEAR_WORD}的?(?:第?(?P<q>[1-4一二三四])季度|(?<![A-Za-z\d])[Qq](?P<Q>[1-4])(?!\d))",
            r"(?:末|底|内|结束)?",
            _quarter_end,
        ),
        (  # 这个季度内, 下季度末
            r"(?P<which>下一?个?|本|这一?个?|当)季度?(?<!季)(?:末|底|内|结束|里)?",
            _this_quarter_end,
        ),
        (r"今(?P<rel>明)(?:两天|后天)?", _relative),
        (r"(?P<rel>大大后|大后|后|明|今|当)(?:天|日(?!期)|(?=[早晚]))", _relative),
        (  # 下周五, 礼拜三
            rf"(?P<which>{_WHICH}|上{{1,3}}个?)?{_WEEK}",
            r"(?P<wd>[一二三四五六日天末1-6](?!\s?(?:期|个|[天年月周万千kKwW])))",
            _weekday,
        ),
        (rf"(?P<which>{_WHICH}){_WEEK}(?:之?内)?(?![一二三四五六日天末边])", _week),
        (  # 月底, 下个月中旬, 3月初
            rf"(?P<mon>本月|这个?月|当月|{_NEXT_MONTH}|\d{{1,2}}月|[{_HAN}]{{1,2}}月|月)",
            r"份?(?P<part>底|末|初|中旬|上旬|下旬|中)(?!间)",
            _part_of_month,
        ),
        (rf"(?P<which>{_NEXT_MONTH})(?:之?内)?(?![底初中上下再\d{_HAN}])", _next_month),
        (  # 明年上半年, 下半年结束前; 下半年 alone is no day
            rf"(?:(?P<year>今年|明年|来年)的?|(?=[上下]半年(?:结束|过完|末|底|内|{_ENDS})))",
            r"(?P<half>[上下])半年(?:结束|过完|末|底|内)?",
            _half_year,
        ),
        (rf"(?<![{_HAN}\d半几多今明去本])年内", lambda _, today: date(today.year, 12, 31)),
        (r"(?:(?P<year>今|明|来|本)年?)?年(?P<part>底|末|中|(?<=[今本]年)内)(?!间)", _year_end),
    )
)
_FEAST = re.compile(
    "(?P<next>明年|来年)?(?P<name>"
    + "|".join(FEAST_NAMES)
    + rf"|(?:腊月|农历十二月)(?:[{_HAN}廿]{{1,3}}|[12]?\d)(?!月)|年(?=前|后))"
    + _BEFORE
    + _AFTER
)
_TAIL = re.compile(
    r"(?:\s?\(?(?:周|星期|礼拜)[一二三四五六日天]\)?)?(?:\s{0,2}[,，的]?\s{0,2}(?P<part>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|"
    r"晚上|晚间|早|晚)?\s{0,2}"
    r"(?:(?P<h>\d{1,2}|[一二两三四五六七八九十]{1,3})(?:[:：](?P<m>\d\d)|"
    r"[点时](?!位)(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<min>\d{1,2}|"
    r"[一二三四五]十[一二三四五六七八九]?)分?|钟|整)?))?)"
    + _BEFORE + _AFTER
)  # fmt: skip
_FIRM_BEFORE = re.compile(
    r"(?:截止|截至|最晚|最迟|不晚于|deadline|ddl|交付日期?|改到|改成|改为|延到|定在|"
    r"赶在|期限|务必|必须)[^,;。]{0,8}$",
    re.I,
)
_PAST_AFTER = re.compile(r"\s?(?:下的|提的|发的|签的|买的|付的|交的|到的|说的|做的)")
_EVENT_AFTER = re.compile(
    r"\s?(?:就|要)?(?:开标|进场|开会|考试|展会|开展|年会|放假|上班|答辩|评审|审核|"
    r"开业|成立|注册|来的|参展|检查|天气|真|再|聊|见|好热|好冷|下班|有空|休息|"
    r"不在)(?!之?前)"
)
# 展会12月10号: the noun of an event says what happens on the day.
_EVENT_BEFORE = re.compile(
    r"(?:开标|答辩|评审|展会|参展|年会|会议|考试|活动|路演|发布会|进场|开工|开业|婚礼|比赛|审厂|"
    r"验厂|体系审核)(?:时间|日期|日|会)?(?:是|为|在|定在|安排在|:)?\s?$"
)
_LATER = re.compile(rf"\s?再{_BEGIN}")
_PAST_MONTH = re.compile(
    rf"(?:去年|前年|上年|(?<!\d)\d{{2,4}}年)的?(?:{_DAY})月份?(?!\s?{_DAY}[日号])"
)
_NOT_DATE = re.compile(r"(?:过完年|(?<![年])下半年(?!结束|过完|末|底|内|前|之前)|周末)")


def read_times(text: str, now: datetime, *, taken: Sequence[Span] = ()) -> Times:
    """Calendar dates in a folded text."""
    today = now.date()
    moments: list[Moment] = []
    spans: list[Span] = list(taken)
    spans += [match.span() for match in _PAST_MONTH.finditer(text) if _is_past(match, today)]
    for match in _FEAST.finditer(text):
        moment = _feast_moment(text, match, today)
        if moment is not None and _free(spans, match.span()):
            moments.append(moment)
            spans.append(match.span())
    for match in _NOT_DATE.finditer(text):
        if _free(spans, match.span()) and (match.group() != "周末" or today.weekday() >= 5):
            moments.append(Moment(*match.span(), today, None, "ambiguous"))
            spans.append(match.span())
    for pattern, rule in _RULES:
        for match in pattern.finditer(text):
            if not _free(spans, match.span()):
                continue
            day = rule(match, today)
            if day is None:
                continue
            moment = _finish(text, match, day, today)
            moments.append(moment)
            spans.append((moment.start, moment.end))
    moments.sort(key=lambda m: m.start)
    return Times(tuple(_with_hour_only(text, moments, spans, now)), tuple(sorted(spans)))


def _is_past(match: re.Match[str], today: date) -> bool:
    """去年12月, 2024年3月: when something happened."""
    digits = re.match(r"\d+", match.group())
    return digits is None or int(digits.group()) % 100 < today.year % 100


def _free(spans: Sequence[Span], span: Span) -> bool:
    return all(span[1] <= start or end <= span[0] for start, end in spans)


def _feast_moment(text: str, match: re.Match[str], today: date) -> Moment | None:
    name = match["name"]
    if text[match.start() - 1 : match.start()].isdigit() and name[0].isdigit():
        return None
    if name == "年":  # 年前, 年后
        if (
            match.start()
            and text[match.start() - 1] in "一二两三四五六七八九十几多0123456789今去明"
        ):
            return None
        name = "春节"
    if name.startswith(("腊月", "农历")):
        day = twelfth_month_day(
            count_of(name.removeprefix("农历十二月").removeprefix("腊月").replace("廿", "二十")),
            today,
        )
        return (
            Moment(*match.span(), day, None, "deadline", firm=bool(match["before"]))
            if day
            else None
        )
    feast = next_feast(name, today, skip_years=1 if match["next"] else 0)
    if feast is None or not (
        match["before"] or match["after"] or _FIRM_BEFORE.search(text[: match.start()])
    ):
        return None
    if match["after"]:
        return Moment(*match.span(), feast.day + timedelta(days=feast.holidays), None, "not_before")
    day = feast.day - timedelta(days=1) if match["before"] else feast.day
    return Moment(*match.span(), day, None, "deadline", firm=True)


def _finish(text: str, match: re.Match[str], day: date, today: date) -> Moment:
    """Add the hour and the words around a date, and say what the date is for."""
    tail = _TAIL.match(text, match.end())
    assert tail is not None
    hour = _hour(tail)
    end = tail.end() if tail.group().strip(" ,，的") else match.end()
    if tail["h"] is None and tail["part"] is None and not (tail["before"] or tail["after"]):
        end = match.end()
    if hour is None and text[match.start() : end].rstrip().endswith("早") and tail["part"] == "早":
        hour = time(9)
    if hour is None and match.group().endswith("明") and tail["part"] == "早":
        hour = time(9)
    firm = bool(tail["before"] or _FIRM_BEFORE.search(text[: match.start()]))
    kind = "deadline"
    if tail["after"] or _LATER.match(text, end):
        kind = "not_before"
    elif _PAST_AFTER.match(text, end) or (match.groupdict().get("which") or "").startswith("上"):
        kind = "past"
    elif day < today:
        kind = "ambiguous"
    elif (_EVENT_AFTER.match(text, end) and not firm) or (
        not tail["before"]
        and _EVENT_BEFORE.search(text[max(0, match.start() - 10) : match.start()])
    ):
        kind = "event"
    return Moment(match.start(), end, day, hour, kind, firm)


def _hour(tail: re.Match[str]) -> time | None:
    if tail["h"] is None:
        return None
    hour, part = count_of(tail["h"]), tail["part"] or ""
    if (part in {"下午", "傍晚", "晚上", "晚间", "晚"} and hour < 12) or (
        part == "中午" and hour < 3
    ):
        hour += 12
    minute = 30 if tail["half"] else 0
    if tail["quarter"]:
        minute = 15 * count_of(tail["quarter"])
    elif tail["m"] or tail["min"]:
        minute = count_of((tail["m"] or tail["min"]).lstrip("0") or "零")
    if hour == 24 or (hour == 12 and part in {"晚上", "晚间", "晚"}):
        hour, minute = 23, 59
    return time(hour, minute) if hour < 24 and minute < 60 else None


_CLOCK = re.compile(
    r"(?P<part>上午|中午|下午|晚上)\s?(?P<h>\d{1,2}|"
    r"[一二两三四五六七八九十]{1,2})(?:[:：]\d\d|点(?!位))"
)


def _with_hour_only(
    text: str, moments: list[Moment], spans: list[Span], now: datetime
) -> list[Moment]:
    """下午五点前 without a day is today's."""
    if moments:
        return moments
    match = _CLOCK.search(text)
    if match is None or not _free(spans, match.span()):
        return moments
    tail = _TAIL.match(text, match.start())
    hour = _hour(tail) if tail is not None else None
    if tail is None or hour is None or not tail["before"]:
        return moments
    spans.append(tail.span())
    return [Moment(*tail.span(), now.date(), hour, "deadline", firm=True)]
