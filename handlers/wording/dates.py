"""Moments and lengths as people say them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_WEEKDAYS = "一二三四五六日"


def day(moment: date) -> str:
    """``12 月 9 日(周三)``"""
    return f"{moment.month} 月 {moment.day} 日(周{_WEEKDAYS[moment.weekday()]})"


def last_day(moment: date) -> str:
    """``2027 年 3 月 31 日(周三)``: of something that may be far away."""
    return f"{moment.year} 年 {day(moment)}"


def when(moment: datetime, zone: ZoneInfo) -> str:
    """``12 月 9 日(周三) 18:00`` in the reader's zone."""
    local = moment.astimezone(zone)
    return f"{day(local.date())} {local:%H:%M}"


def lasting(length: timedelta) -> str:
    """``48 小时``, ``7 天``: days from three days on, when they are whole."""
    hours = int(length.total_seconds()) // 3600
    if hours >= 72 and hours % 24 == 0:
        return f"{hours // 24} 天"
    return f"{hours} 小时" if hours else f"{int(length.total_seconds()) // 60} 分钟"
