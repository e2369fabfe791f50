"""How we say by which rule words were read, and what we worked out or could not make out."""

from collections.abc import Sequence

# By the rules of `matching.text`; what was said outright needs no explanation.
RULES = {
    "about": "按约数",
    "bound": "按上限或下限",
    "range": "按区间",
    "last-word": "取最后说的数",
    "rate": "按单价",
    "shorthand": "补上了省略的单位",
    "number-alone": "没写单位，按元",
    "several-sums": "有几种读法",
    "two-readings": "有两种读法",
    "size-only": "只有大概的量级",
    "month-day": "补上了年份",
    "day-of-month": "补上了月份",
    "month": "取那个月的最后一天",
    "month-begin": "取那个月的第一天",
    "part-of-month": "取那段时间的最后一天",
    "quarter": "取季度的最后一天",
    "half-year": "取半年的最后一天",
    "year-end": "取那段时间的最后一天",
    "day-from-today": "从今天推算",
    "weekday": "按周几推算",
    "week": "取那一周的周日",
    "feast": "按节日推算",
    "lunar-day": "按农历推算",
    "hour-today": "没说哪天，按今天",
    "within": "从明天起数",
    "unpublished-workdays": "放假安排还没公布，按周一到周五数",
    "length": "换算成天",
    "short-place": "按简称补全",
    "zone": "按园区所在的市",
    "tenths": "几成换算成百分比",
    "spoken-phone": "念出来的数字",
}

_ASK = {
    "several-places": "“{words}”不止一个，是哪个市的？",
    "no-day": "“{words}”我不猜是哪天，给个日期吧。",
    "past-day": "“{words}”已经过了，是哪天？",
    "unpublished-workdays": "“{words}”跨到还没公布放假安排的年份，日子可能差几天，给个日期更稳。",
    "size-only": "“{words}”我没法记成数，给个大概的金额就行。",
}


def worked_out(words: Sequence[str]) -> str:
    """The words behind what the card shows without their having been said outright."""
    return f"按您说的{'、'.join(f'“{one}”' for one in words)}推算，不对直接改："


def unclear(words: str, rule: str) -> str:
    """The question about words that mean more than one thing, or "" if others ask it."""
    return _ASK[rule].format(words=words) if rule in _ASK else ""
