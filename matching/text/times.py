"""Read deadlines and earliest dates; the reference moment is always given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from matching.text.dates import BEGIN, DAY, HAN_COUNT, RULES, count_of
from matching.text.numbers import Span
from matching.text.workdays import FEAST_NAMES, next_feast, twelfth_month_day

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
    rule: str = ""  # what read it

    def value(self, now: datetime) -> date | datetime:
        if self.hour is None:
            return self.day
        return datetime.combine(self.day, self.hour, tzinfo=now.tzinfo)


@dataclass(frozen=True, slots=True)
class Times:
    moments: tuple[Moment, ...] = ()
    taken: tuple[Span, ...] = field(default=())


_FEAST = re.compile(
    "(?P<next>明年|来年)?(?P<name>"
    + "|".join(FEAST_NAMES).replace("三月三", "三月三(?![日号])")
    + rf"|(?:腊月|农历十二月)(?:[{HAN_COUNT}廿]{{1,3}}|[12]?\d)(?!月)|年(?=前|后))"
    + _BEFORE
    + _AFTER
)
# 过了元旦再弄, 等过完年再说
_PASSED = re.compile(r"过[了完]?$")
_AGAIN = re.compile(r"\s?[,，]?\s?(?:节|假期?)?(?:再|才|之?后|以后)")
_TAIL = re.compile(
    r"(?:\s?\(?(?:周|星期|礼拜)[一二三四五六日天]\)?)?(?:\s{0,2}[,，的]?\s{0,2}(?P<part>凌晨|清晨|早上|早晨|上午|上昼|中午|下午|下昼|傍晚|"
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
    r"\s?(?:就|要|是|有|举[行办]|召开|参加|去)?(?:开标|评审会|会议|活动|发布会|路演|进场|开会|考试|展会|开展|年会|放假|上班|答辩|评审|审核|"
    r"等你|等了|开业|成立|注册|来的|参展|检查|天气|真|再|聊|见|好热|好冷|下班|有空|休息|"
    r"不在)(?!之?前)"
)
# 展会12月10号: the noun of an event says what happens on the day.
_EVENT_BEFORE = re.compile(
    r"(?:开标|答辩|评审|展会|参展|年会|会议|考试|活动|路演|发布会|进场|开工|开业|婚礼|比赛|审厂|"
    r"验厂|体系审核)(?:时间|日期|日|会)?(?:是|为|在|定在|安排在|:)?\s?$"
)
_LATER = re.compile(rf"\s?再{BEGIN}")
_PAST_MONTH = re.compile(
    rf"(?:去年|前年|上年|(?<!\d)\d{{2,4}}年)的?(?:{DAY})月份?(?!\s?{DAY}[日号])"
)
_FIRST_MONTH = re.compile(r"(?<![\d十百千万亿])元月")
_NOT_DATE = re.compile(r"(?:过完年|(?<![年])下半年(?!结束|过完|末|底|内|前|之前)|周末)")


def read_times(text: str, now: datetime, *, taken: Sequence[Span] = ()) -> Times:
    """Calendar dates in a folded text."""
    today = now.date()
    text = _FIRST_MONTH.sub("1月", text)
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
            moments.append(Moment(*match.span(), today, None, "ambiguous", rule="no-day"))
            spans.append(match.span())
    for rule in RULES:
        for match in rule.pattern.finditer(text):
            if not _free(spans, match.span()):
                continue
            day = rule.day(match, today)
            if day is None:
                continue
            moment = _finish(text, match, day, today, rule.name)
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
            and text[match.start() - 1] in "一二两三四五六七八九十几多半数0123456789今去明"
        ):
            return None
        name = "春节"
    if name.startswith(("腊月", "农历")):
        day = twelfth_month_day(
            count_of(name.removeprefix("农历十二月").removeprefix("腊月").replace("廿", "二十")),
            today,
        )
        return (
            Moment(*match.span(), day, None, "deadline", bool(match["before"]), "lunar-day")
            if day
            else None
        )
    after = match["after"] or (
        _PASSED.search(text[: match.start()]) and _AGAIN.match(text, match.end())
    )
    feast = next_feast(name, today, skip_years=1 if match["next"] else 0)
    if feast is None or not (
        match["before"] or after or _FIRM_BEFORE.search(text[: match.start()])
    ):
        return None
    if after:
        return Moment(
            *match.span(),
            feast.day + timedelta(days=feast.holidays),
            None,
            "not_before",
            rule="feast",
        )
    day = feast.day - timedelta(days=1) if match["before"] else feast.day
    return Moment(*match.span(), day, None, "deadline", True, "feast")


def _finish(text: str, match: re.Match[str], day: date, today: date, rule: str) -> Moment:
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
        kind, rule = "ambiguous", "past-day"
    elif (_EVENT_AFTER.match(text, end) and not firm) or (
        not tail["before"]
        and _EVENT_BEFORE.search(text[max(0, match.start() - 10) : match.start()])
    ):
        kind = "event"
    return Moment(match.start(), end, day, hour, kind, firm, rule)


def _hour(tail: re.Match[str]) -> time | None:
    if tail["h"] is None:
        return None
    hour, part = count_of(tail["h"]), tail["part"] or ""
    if (part in {"下午", "下昼", "傍晚", "晚上", "晚间", "晚"} and hour < 12) or (
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
    return [Moment(*tail.span(), now.date(), hour, "deadline", True, "hour-today")]
