"""Read offers out of group chat, silent on whatever is not clearly one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from matching.text.amounts import Amount, Weight, find_amounts
from matching.text.bid_kinds import (
    amends,
    asks,
    asks_about,
    is_relative,
    is_remark,
    is_talk,
    kind_of,
    own_words,
    plain,
    reason,
    withdraws,
)
from matching.text.bid_parts import (
    BROADCAST,
    EXPLICIT,
    Line,
    blank_out,
    named_demands,
    parts,
    unquote,
)
from matching.text.bid_terms import ITEM, read_terms
from matching.text.contacts import contact_spans
from matching.text.durations import Duration, read_durations
from matching.text.normalize import fold
from matching.text.numbers import Number, Span, scan_number, scan_numbers
from matching.text.times import read_times

_LIST_PRICE = re.compile(r"(?:原价|标价|标准价|正常价?|平时|正价)[是:]?\s?$")
_DISCOUNT = re.compile(
    r"打?(?P<n>[一二三四五六七八九](?:[五点][一二三四五六七八九]?)?|\d(?:\.\d)?|\d{2})折"
)
_BARE_LENGTH = re.compile(
    r"(?:工期|周期|交期|货期)[\s:是为大约]{0,3}(?P<n>\d{1,3})(?![\d.万千元块天个周月年工wWkK])"
)
# 7日 alone is how long it takes; 12月7日 and 7日前 are days of the calendar.
_DAYS = re.compile(
    r"(?<![\d月一二三四五六七八九十])(?:(?:\d{1,3}|[一二三四五六七八九十]{1,3})[至到~-])?"
    r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})日(?=\s*(?:$|[,;。]|之?内|完成|交付|出报告))"
)
_PERCENT = re.compile(r"(?<![\d.])\d{1,6}(?:\.\d{1,4})?\s?(?:%|个点)|百分之\S{1,3}")
# -5000 behind a space is less than nothing; D1024-8000 and 8000 - 10天 only part things.
_NEGATIVE = re.compile(r"(?<=\s)[-−](?=\d)(?!\d+[天周个月日])")
_UNTAXED = re.compile(r"(?:不含|未|不开|不带)[税票:\s]{0,3}$")
_TAXED_BEFORE = re.compile(r"(?:(?<!不)[含带][税票]|专票|普票|开票|税后)[价是:\s]{0,2}$")
_TAXED_AFTER = re.compile(r"\s?\(?(?:含[税票专普]|税后|带票|开票)")
# 不含官费900, 官费900另计: the sum is the item's own.
_ITEM_BEFORE = re.compile(
    rf"(?:[不未没]?[包含]|不算|除了?|另加|另付)?\s?{ITEM}\s?(?:约|大概|是|:)?\s?[¥￥]?$"
)
_APPROX_BEFORE = re.compile(r"(?:大概|大约|约|差不多|估计)\s?$")
_APPROX_AFTER = re.compile(r"\s?(?:左右|上下|差不多|出头|的样子)")
_PARTIAL = re.compile(
    r"\s?(?:出|给|交)?(?:初稿|初步|样稿|大纲|方案|开工|进场|响应|内响应|起步|后开始)"
)
_COMPLETE = re.compile(r"\s?(?:之?内)?(?:就|能|可|全部|可以)*(?:完成|交付|搞定|出报告|出结果|交)")
_OLD_PRICE = re.compile(
    r"原(?:先|来)?的?报价[是:]?$|(?:我们?|我家)?(?:之前|上次|以前|原来|去年|前面|先前|刚才)(?:是|的)?(?:报|做|"
    r"收)[^,;。]{0,4}$|我报了[^,;。]{0,2}$"
)

_THEIR_BUDGET = re.compile(r"预算[^,;。]{0,4}$")
_PAUSES = ",;。!?\n /|"
_SHARED = re.compile(r"都|均|各|统一|一律|全部|同样|全(?=含|开|包)")


@dataclass(frozen=True, slots=True)
class BidReading:
    """One offer, or what the message is instead of one; money in fen."""

    kind: str  # bid, withdraw, question or none
    demand_no: str | None = None
    demand_nos: tuple[str, ...] = ()  # more than one: a bundle for one price
    price_fen: int | None = None
    price_max_fen: int | None = None
    price_unit: str = ""
    price_ambiguous: tuple[int, ...] = ()
    duration_days: int | None = None
    duration_workdays: int | None = None
    tax: str = ""  # incl or excl
    note: str = ""
    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    relative: bool = False  # 跟上面一样，便宜两千: no number can be computed
    amends: bool = False  # says itself that it changes an earlier price
    approx: tuple[str, ...] = ()  # said with 左右 or 大概, in its own words
    item_costs: tuple[str, ...] = ()  # "官费900": sums that belong to an item, not to the price
    unsure: bool = False  # somebody else reads the message otherwise: ask whether it is an offer

    def to_json(self) -> dict[str, object]:
        """The fields that were said, in the forms of the command line's JSON."""
        out: dict[str, object] = {}
        if len(self.demand_nos) > 1:
            out["demand_no"] = list(self.demand_nos)
        elif self.demand_no:
            out["demand_no"] = self.demand_no
        for name in ("price_fen", "price_max_fen", "duration_days", "duration_workdays"):
            if (value := getattr(self, name)) is not None:
                out[name] = value
        for name in ("price_unit", "tax", "note"):
            if value := getattr(self, name):
                out[name] = value
        for name in ("included", "excluded"):
            if value := getattr(self, name):
                out[name] = list(value)
        if self.relative:
            out["relative"] = True
        return {**out, "kind": self.kind}


def read_bids(
    text: str, *, now: datetime, open_nos: Sequence[str], quoted_no: str | None = None
) -> tuple[BidReading, ...]:
    """What a group message offers; at least one reading, of kind "none" when it is no offer.

    Precision first: a message that might be chat about a price is not a bid. A bare number
    names a demand only if that demand is open and the number stands where a number would.
    """
    line = unquote(text, quoted_no)
    line = replace(line, body=_NEGATIVE.sub("负", line.body))
    if BROADCAST.search(line.body):
        match = EXPLICIT.search(line.body)
        return (BidReading("none", f"D{match['digits']}" if match else line.quoted),)
    named = named_demands(line.body, frozenset(open_nos))
    readings = [_read_part(part, nos, line, now) for part, nos in parts(line, named)]
    if len(readings) > 1 and _SHARED.search(line.body):
        readings = _sharing(readings)
    offers = tuple(r for r in readings if r.kind != "none")
    return offers or (readings[0],)


def _sharing(readings: list[BidReading]) -> list[BidReading]:
    """1024 8000，1030 9000，都是10天: what is said once holds for all offers."""
    bids = [r for r in readings if r.kind == "bid"]
    timed = [r for r in bids if r.duration_days or r.duration_workdays]
    taxed = [r for r in bids if r.tax]
    if len(timed) == 1:
        days, workdays = timed[0].duration_days, timed[0].duration_workdays
        readings = [
            replace(r, duration_days=days, duration_workdays=workdays) if r.kind == "bid" else r
            for r in readings
        ]
    if len(taxed) == 1:
        readings = [replace(r, tax=taxed[0].tax) if r.kind == "bid" else r for r in readings]
    return readings


def spoken(text: str) -> str:
    """What somebody says themselves: no quotation, nor our own announcement passed on."""
    body = unquote(text, None).body
    return "" if BROADCAST.search(body) else body


def prices_in(text: str, now: datetime, *, but: str = "") -> tuple[Amount, ...]:
    """Every sum that could be an offer's price, in a text of one spelling; `but` is no sum."""
    numbers = [m.span() for m in EXPLICIT.finditer(text)]
    if but and (bare := re.search(rf"(?<!\d){but.removeprefix('D')}(?!\d)", text)):
        numbers.append(bare.span())
    body = blank_out(text, numbers)
    return tuple(_prices(body, _counts(body, now)[0]))


def _read_part(body: str, nos: tuple[str, ...], line: Line, now: datetime) -> BidReading:
    no = nos[0] if nos else None
    body = own_words(body)
    empty = BidReading("none", no, nos if len(nos) > 1 else ())
    said = plain(body.strip(" \n,;:。!#】[]"))
    if not said or (not nos and not line.replying):
        return empty
    relative = is_relative(said)
    numbers, durations = _counts(body, now)
    prices, item_costs = ([], []) if relative else _own_prices(body, _prices(body, numbers))
    if withdraws(said) and not (prices and amends(said)):
        if asks(said):
            return replace(empty, kind="question")
        return replace(empty, kind="withdraw", note=reason(said))
    timed = bool(durations and nos)
    if prices and not relative and all(is_remark(_clause(body, price)) for price in prices):
        talk = is_talk(said, relative=False) or not asks(said)
        return replace(empty, kind="none" if talk else "question")
    asked = any(asks_about(_clause(body, price)) for price in prices)
    kind = kind_of(said, priced=bool(prices), timed=timed, relative=relative, price_asked=asked)
    if kind != "bid":
        return replace(empty, kind=kind)
    reading = replace(empty, kind="bid", relative=relative, amends=amends(said))
    terms = read_terms(said)
    reading = _with_price(reading, body, prices)
    reading = _with_durations(reading, body, durations)
    return replace(
        reading, tax=reading.tax or terms.tax, included=terms.included, excluded=terms.excluded,
        note=terms.note or reading.note, item_costs=tuple(item_costs),
    )  # fmt: skip


def _clause(body: str, price: Amount) -> str:
    """The words around a price, up to the next pause and with it."""
    start = max(body.rfind(mark, 0, price.start) for mark in _PAUSES) + 1
    ends = [at for mark in _PAUSES if (at := body.find(mark, price.end)) >= 0]
    return body[start : min(ends, default=len(body)) + 1]


def _counts(body: str, now: datetime) -> tuple[list[Number], list[Duration]]:
    """Numbers that may be prices, and the lengths of work."""
    taken: list[Span] = contact_spans(fold(body))
    taken += [m.span() for m in _PERCENT.finditer(body)]
    taken += [m.span("n") for m in _BARE_LENGTH.finditer(body)]
    taken += [m.span() for m in _DISCOUNT.finditer(body)]
    days = [m.span() for m in _DAYS.finditer(body)]
    times = read_times(body, now, taken=[*taken, *days])
    numbers = list(scan_numbers(body, [span for span in times.taken if span not in days]))
    durations = read_durations(body, numbers, now, every=True)
    spans = [(d.start, d.end) for d in durations]
    return [n for n in numbers if all(not (s <= n.start < e) for s, e in spans)], durations


def _prices(body: str, numbers: Sequence[Number]) -> list[Amount]:
    return [
        price
        for price in find_amounts(body, numbers, alone=True, offer=True)
        if (price.weight > Weight.STRAY or _is_reduced(body, price))
        and (price.vague or price.high != 0)
        and not _OLD_PRICE.search(body[max(0, price.start - 10) : price.start])
        and not _THEIR_BUDGET.search(body[max(0, price.start - 8) : price.start])
    ]


def _is_reduced(body: str, price: Amount) -> bool:
    """原价6000，打五折: the list price is what the discount is taken from."""
    listed = _LIST_PRICE.search(body[max(0, price.start - 5) : price.start])
    return bool(listed and _discount(body[price.end : price.end + 12]))


def _own_prices(body: str, prices: list[Amount]) -> tuple[list[Amount], list[str]]:
    """The sums that may be the price, and those of an item as said; an item's is the smaller."""
    costs = [p for p in prices if _ITEM_BEFORE.search(body[max(0, p.start - 12) : p.start])]
    rest = [p for p in prices if p not in costs]
    most = max((p.high or p.low or 0 for p in rest), default=0)
    small = [p for p in costs if (p.high or p.low or 0) < most]
    said = []
    for cost in small:
        before = _ITEM_BEFORE.search(body[: cost.start])
        said.append(body[before.start() if before else cost.start : cost.end].strip())
    return [p for p in prices if p not in small], said


def _approximate(body: str, start: int, end: int) -> tuple[str, ...]:
    """What was said with 左右 or 大概, in its own words; () if it was said exactly."""
    before = _APPROX_BEFORE.search(body[max(0, start - 5) : start])
    after = _APPROX_AFTER.match(body, end)
    said = body[start : after.end() if after else end]
    # A sum's span may hold the word itself.
    inside = re.search(r"左右|上下|大概|大约|差不多|出头|的样子", said)
    if not (before or after or inside):
        return ()
    return (((before.group() if before else "") + said).strip(),)


def _with_price(reading: BidReading, body: str, prices: Sequence[Amount]) -> BidReading:
    if not prices:
        return reading
    chosen = _choose(body, prices)
    if chosen.vague:
        return replace(reading, note=body[chosen.start : chosen.end].strip())
    if chosen.ambiguous:
        return replace(reading, price_ambiguous=chosen.ambiguous)
    low = chosen.low if chosen.low is not None else chosen.high
    high = chosen.high if chosen.high is not None else chosen.low
    assert low is not None
    assert high is not None
    if factor := _discount(body[chosen.end : chosen.end + 12]):
        low, high = int(low * factor), int(high * factor)
    unit = chosen.unit if chosen.unit in {"month", "year", "day", "each"} else ""
    return replace(
        reading, price_fen=low, price_max_fen=high if high > low else None, price_unit=unit,
        tax="incl" if len(prices) > 1 and _is_taxed(body, chosen) else "",
        approx=_approximate(body, chosen.start, chosen.end),
    )  # fmt: skip


def _choose(body: str, prices: Sequence[Amount]) -> Amount:
    """The price that binds: the one with tax, else the corrected or total one, else the only one.

    Two sums of which neither is the total may be parts or variants: then both are asked about.
    """
    priced = [p for p in prices if not p.vague and not p.ambiguous] or list(prices)
    taxed = [p for p in priced if _is_taxed(body, p)]
    if taxed and len(priced) > 1:
        return taxed[0]
    heaviest = max(p.weight for p in priced)
    if heaviest == Weight.FINAL:
        return [p for p in priced if p.weight == heaviest][-1]
    totals = [p for p in priced if p.unit not in {"each", "day"}] or priced
    best = max(p.weight for p in totals)
    equals = [p for p in totals if p.weight == best]
    sums = tuple(dict.fromkeys(p.low or p.high or 0 for p in equals))
    return replace(equals[0], ambiguous=sums) if len(sums) > 1 else equals[0]


def _is_taxed(body: str, price: Amount) -> bool:
    before = body[max(0, price.start - 5) : price.start]
    after = body[price.end : price.end + 5]
    if _UNTAXED.search(before):
        return False
    return bool(_TAXED_BEFORE.search(before) or _TAXED_AFTER.match(after))


def _discount(after: str) -> Decimal | None:
    match = _DISCOUNT.search(after)
    if match is None:
        return None
    written = match["n"].replace("点", "").replace("折", "")
    digits = "".join(
        str(int(n.low)) if (n := scan_number(c, 0)) else "" for c in written if c != "."
    )
    if not digits:
        return None
    return Decimal(int(digits)).scaleb(-len(digits))


def _with_durations(reading: BidReading, body: str, durations: Sequence[Duration]) -> BidReading:
    """The length of the whole work, not of its first draft."""
    whole = [d for d in durations if not _PARTIAL.match(body, d.end)]
    if not whole:
        match = _BARE_LENGTH.search(body)
        return replace(reading, duration_days=int(match["n"])) if match else reading
    chosen = (
        [d for d in whole if _COMPLETE.match(body, d.end)] or [d for d in whole if d.cued] or whole
    )[-1]
    return replace(
        reading, duration_days=chosen.days, duration_workdays=chosen.workdays,
        approx=reading.approx + _approximate(body, chosen.start, chosen.end),
    )  # fmt: skip
