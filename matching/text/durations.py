"""Read how long work takes: 工期20天, 两周内, 15到20个工作日, 一个半月."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from matching.text.dates import add_months, count_of
from matching.text.numbers import Number
from matching.text.workdays import add_workdays

_UNITS = re.compile(
    r"(?P<work>\s?个?[多来]?工作日)|(?P<hour>\s?个?[多来]?(?P<halfhour>半)?(?:小时|钟头))|"
    r"(?P<minute>\s?分钟)|(?P<month>\s?个?[多来]?(?P<half>半)?月(?![底初中份]))|"
    r"(?P<week>\s?(?:周(?![期末边年])|个?[多来]?(?:星期|礼拜)(?![一二三四五六日天])|weeks?))"
    r"|(?P<year>\s?年(?![前底初末度]|\d))|(?P<quarter>\s?个季度)|(?P<day>\s?(?:个?(?:自然日|日历[天日])|天(?![气津然])|"
    r"日(?![常期线])|(?:d|days?|tian)(?![A-Za-z0-9\u4e00-\u9fff])))"
)  # fmt: skip
_WITHIN = re.compile(r"\s?(?:之内|以内|内(?![容部蒙]))")
_AFTERWARDS = re.compile(r"\s?(?:之后|以后|后|前(?!交)|之前|以前)")
_LENGTH_CUE = re.compile(
    r"(?:服务|托管|合作|工期|周期|交期|交货期|交付期|货期|时间|期限|期|合同期|服务期|签|最[快慢短长晚迟]|"
    r"需要?|要|大概|大约|约|预计|估计|左右|改成|改为|改到|做|为期|"
    r"限)[^,;。!?\n\d]{0,5}$"
)
_LENGTH_NOT = re.compile(
    r"(?:质保|保修|售后|维保|免费维护|成立|干了|做了|跟了|从事|经验|入行|开了|"
    r"送|赠送?|免费|运营了|用了|等了|拖了|已经|过去|再过|近|前|每|第|这|有效期|年限|不是|不要|账期|"
    r"有)\s?[^,;。!?\n\s]{0,4}$|(?:其中|里面|包括)\s?$"
)
_SPAN_JOIN = re.compile(r"\s?(?:[-~–—]|至|到)\s?")
_RATE_AFTER = re.compile(
    r"\s?[给付算]?(?:(?:\d[\d.,]*|[一二两三四五六七八九]?[百千])\s?[元块]|\d{3,}(?!\d|[天个])|"
    r"[一二两三四五六七八九][百千])"
)
_PRICED = re.compile(r"(?:[元块钱万千百十kK\d]|[百千万][一二三四五六七八九])$")
_MONTH_AND_HALF = re.compile(r"(?<![\d一二两三四五六七八九十几多来])个半月(?!之?内|以内)")
_WHOLE_CLAUSE = re.compile(r"\s*(?:[,;。!\n]|$)")
_CHAIN = re.compile(r"[零又加]?")
_UNIT_DAYS = (("年", 365), ("季", 90), ("月", 30), ("周", 7), ("week", 7), ("星期", 7), ("礼拜", 7))
_MAX_DAYS = 3660


_LENGTH_NOT_AFTER = re.compile(
    r"的?(?:免费|运维|维护|售后|试用|服务费|年费|费用?|经验|历史|老店|资质|质保|保修|维保|有效|前的|以来)"
)


@dataclass(frozen=True, slots=True)
class Duration:
    start: int
    end: int
    days: int | None
    workdays: int | None
    within: bool  # …内: in a demand that is a deadline
    cued: bool  # 工期, 交期, 周期
    moment: datetime | None = None  # 半小时内


_NEEDLESS = re.compile(r"(?:不用|不需要|用不着|不要|哪要|哪用|没有?)\s?$")
_NOT_SO_LONG = re.compile(r"\s?[那这]么(?:久|长)")


def read_durations(
    text: str, numbers: Sequence[Number], now: datetime, *, every: bool = False
) -> list[Duration]:
    """Lengths of work, upper ends of ranges; `every` is for bids: any length is the work's."""
    found: list[Duration] = []
    last: Duration | None = None
    for i, number in enumerate(numbers):
        unit = _UNITS.match(text, number.end)
        if unit is None or number.alternatives or (number.scaled and number.high > 400):
            continue
        start = number.start
        if _is_a_month(text, number, unit, every=every):
            continue
        if number.high == 1 and _RATE_AFTER.match(text, unit.end()):
            continue  # 一天500块
        if number.high == 1 and not unit["half"] and _PRICED.search(text[:start]):
            continue  # 三百五一天 is what a day costs
        if (
            i
            and _SPAN_JOIN.fullmatch(text[numbers[i - 1].end : start])
            and numbers[i - 1].high < number.high
        ):
            start = numbers[i - 1].start
        duration = _duration(text, start, number, unit, now)
        if duration is not None and last is not None:
            duration = _chained(text, last, duration)
            if duration.start == last.start and found and found[-1] is last:
                found.pop()
        last = duration
        if duration is not None and _is_wanted(text, duration, every=every):
            found.append(duration)
    for match in _MONTH_AND_HALF.finditer(text):
        cued = bool(_LENGTH_CUE.search(text[: match.start()]))
        duration = Duration(*match.span(), 45, None, within=False, cued=cued)
        if _is_wanted(text, duration, every=every):
            found.append(duration)
    for match in re.finditer(r"(?<![一二三两\d个])半(?P<unit>个月|年|天(?!了)|个?小时)", text):
        days = {"个月": 15, "年": 182, "天": 1}.get(match["unit"])
        within = _WITHIN.match(text, match.end())
        moment = now + timedelta(minutes=30) if days is None and within else None
        duration = Duration(
            match.start(), within.end() if within else match.end(), days, None, bool(within),
            bool(_LENGTH_CUE.search(text[: match.start()])), moment,
        )  # fmt: skip
        if (days or moment) and _is_wanted(text, duration, every=every):
            found.append(duration)
    return sorted(found, key=lambda d: d.start)


def _chained(text: str, first: Duration, second: Duration) -> Duration:
    """一个月零五天, 1年3个月: the smaller unit is added to the larger one."""
    if first.days is None or second.days is None or first.days < second.days or first.within:
        return second
    if not _CHAIN.fullmatch(text[first.end : second.start]):
        return second
    if _unit_of(text, first) <= _unit_of(text, second):
        return second
    return replace(
        second, start=first.start, days=first.days + second.days, cued=first.cued or second.cued
    )


def _unit_of(text: str, duration: Duration) -> int:
    """Days of the unit that a length is said in."""
    written = text[duration.start : duration.end]
    return next((days for char, days in _UNIT_DAYS if char in written), 1)


def _is_a_month(text: str, number: Number, unit: re.Match[str], *, every: bool) -> bool:
    """十二月 is December unless the work is said to take it; 十二个月 is a length."""
    if every or not unit["month"] or "个" in unit["month"] or number.high > 12:
        return False
    return not _LENGTH_CUE.search(text[: number.start]) and not _WITHIN.match(text, unit.end())


def _duration(
    text: str, start: int, number: Number, unit: re.Match[str], now: datetime
) -> Duration | None:
    count, end = number.high, unit.end()
    days: Decimal | None = None
    workdays: int | None = None
    moment: datetime | None = None
    if unit["work"]:
        workdays = int(count)
    elif unit["hour"] or unit["minute"]:
        hours = (count + (Decimal("0.5") if unit["halfhour"] else 0)) / (
            60 if unit["minute"] else 1
        )
        if not _WITHIN.match(text, end) or hours > 24 * _MAX_DAYS:
            return None
        moment = now + timedelta(minutes=int(hours * 60))
    else:
        long = 365 if unit["year"] else 90 if unit["quarter"] else 1
        factor = 30 if unit["month"] else 7 if unit["week"] else long
        days = count * factor + (15 if unit["half"] else 0)
        if text[end : end + 1] == "半" and (unit["week"] or unit["year"] or unit["day"]):
            days, end = days + Decimal(factor) / 2, end + 1
    if (days is not None and not 0 < days <= _MAX_DAYS) or (
        workdays is not None and not 0 < workdays <= 1000
    ):
        return None
    if days is None and workdays is None and moment is None:
        return None
    if number.vague:
        return None
    within = _WITHIN.match(text, end)
    if unit["year"] and 1990 <= count <= 2100:
        return None
    return Duration(
        start, within.end() if within else end, -int(-days // 1) if days is not None else None,
        workdays, bool(within), bool(_LENGTH_CUE.search(text[:start])), moment,
    )  # fmt: skip


def _is_wanted(text: str, duration: Duration, *, every: bool) -> bool:
    before = text[max(0, duration.start - 10) : duration.start]
    if _LENGTH_NOT.search(before) or _LENGTH_NOT_AFTER.match(text, duration.end):
        return False
    if re.search(r"[少差晚]\s?$", before):
        return False  # 少一天都不行
    if _NOT_SO_LONG.match(text, duration.end) and _NEEDLESS.search(before):
        return False  # 不用20天那么久
    if duration.within or duration.cued or every:
        return True
    if _AFTERWARDS.match(text, duration.end):
        return False
    if "年" not in text[duration.start : duration.end]:
        return True
    earlier = text[: duration.start].rstrip()
    # 三十五万，半年: a clause of its own
    return not earlier.strip(" ,") or bool(
        earlier[-1] in ",;。" and _WHOLE_CLAUSE.match(text, duration.end)
    )


def deadline_of(duration: Duration, text: str, now: datetime) -> date | datetime | None:
    """The last day of …内, counted from tomorrow."""
    if duration.moment is not None:
        return duration.moment
    if duration.workdays is not None:
        return add_workdays(now.date(), duration.workdays)
    written = text[duration.start : duration.end]
    months = re.search(r"([\d一二两三四五六七八九十]+)\s?个?月", written)
    if months and "半" not in written:
        return add_months(now.date(), count_of(months.group(1)))
    if duration.days is None:
        return None
    if "半年" in written:
        return add_months(now.date(), 6)
    if re.search(r"年", written) and duration.days % 365 == 0:
        return add_months(now.date(), 12 * (duration.days // 365))
    return now.date() + timedelta(days=duration.days)
