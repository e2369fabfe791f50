"""Read offers out of group chat, silent on whatever is not clearly one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from matching.text.amounts import Amount, Weight, find_amounts
from matching.text.bid_terms import Terms, read_terms
from matching.text.contacts import contact_spans
from matching.text.normalize import MAX_CHARS, fold
from matching.text.numbers import Number, Span, scan_number, scan_numbers
from matching.text.times import Duration, read_durations

_EXPLICIT = re.compile(
    r"(?<![A-Za-z0-9])[#＃【\[]?\s?[Dd]\s?[-_ ]?\s?(?P<digits>\d{3,8})(?![\dA-Za-z])"
)
_BARE = re.compile(r"(?<![\d.A-Za-z])(?P<digits>\d{3,6})(?![\d.,]\d|[\dA-Za-z万千元块%])")
_BARE_LEFT = re.compile(
    r"(?:^|\n)\s*(?:@\S+\s*)*(?:报价|接|抢|投|我们?接|编号|改价|撤标|撤)?[\s:,]*$|(?:接|编号|报价|单号|投|抢|改价|撤标)[\s:是]*$"
)
_BARE_RIGHT = re.compile(r"\s?号(?![线楼店])")
_NOT_DEMAND_LEFT = re.compile(
    r"(?:高铁|动车|火车|列车|航班|车次|相机|尼康|型号|买了?[台个部]?|房间?|房号|楼)\s*$"
)
_NOT_DEMAND_RIGHT = re.compile(r"\s?(?:相机|镜头|次列车|次|房|室|路公交|高铁|站|米|步|公里|人|分)")
_QUOTE_BOX = re.compile(r"^\s*「(?P<quote>.*?)」\s*(?:\n?\s*[-—─–=\s]{3,}\n?)?", re.S)
_QUOTE_LINE = re.compile(r"^\s*>[^\n]*(?:\n|$)", re.M)
_REPLY = re.compile(r"\[CQ:reply,")
_BROADCAST = re.compile(
    r"【\s*D\d+[^】]*】[^\n]*(?:预算|截标|回复|报价)|D\d+[^\n]*[|｜][^\n]*(?:预算|截标)|回[复“\"][^\n]{0,20}(?:报价|接)[^\n]{0,30}即可",
    re.I,
)

_WITHDRAW = re.compile(
    r"撤标|撤[回掉销]?(?:报价|投标|标)|撤[了吧回]|退出|退标|弃标|弃了|作废|(?:报价|标)取消|取消(?:报价|投标|这个?标)|不做了|不接了|不投了|不报了|不参与了|不参加了|不干了|"
    r"(?:接|做|搞|干|弄)不(?:了|来|成)了|没法做了|没法接了|放弃|退了吧|删掉|删了|当我没报|别算我|不竞了|收回报价"
)
_REFUSAL = re.compile(
    r"(?:做|接|搞|干|弄|吃)不(?:了|来|下|动|成)|不接|不做(?!了)|不干(?!了)|没兴趣|不感兴趣|不考虑|没法做|没法接|不划算|没空|没时间|干不过|不报|不碰|算了吧|pass",
    re.I,
)
_SARCASM = re.compile(
    r"谁爱|谁做谁|慈善|白干|笑死|哈哈|呵呵|鬼才|做梦|抢钱|太低|太高|叫花子|就这点?|西北风|开玩笑|逗我|搞笑|离谱|无语|服了|倒贴|赔本|亏死|谁接谁|卷死|傻子|扯淡|这价|也太|便宜没好货|牛[逼批啊]"
)
_THIRD = re.compile(
    r"(?<!其)(?:他|她)(?:们|家)?(?!人|们都)|人家|别人|别家|同行|听说|有人|隔壁|另一家|那家|这家(?!公司是)|对面|老[王李张陈刘赵](?!家)|[王李张陈刘赵周黄]总|[王李张陈刘]工|你们?(?:家|上次|报|这)|你.{0,6}报|群里.{0,4}报|朋友|客户说|领导说|甲方说|转发|转自|据说"
)
_CONDITIONAL = re.compile(
    r"如果|要是|假如|假设|除非|倘若|若是|万一|的话(?!题)|下不来|拿不下|起码得|至少得|估计得|本来|原本|差点|早知道"
)
_NEWS = re.compile(
    r"恭喜|祝贺|成交|中标|截标|流标|开标|已选|公示|已关闭|已结束|提醒|大家|各位|通知|延期|谁(?:报|投|接)了|点赞|转一下|^求|求[推购助]"
)
_QUESTION_END = re.compile(r"(?:[?？]|吗|么|嘛|呢|没有|不)\s*[!。,\s]*$")
_QUESTION = re.compile(
    r"多少|几号|几点|几个|几天|几家|什么|啥|为何|为什么|咋|怎么|怎样|如何|哪[里个些天家儿种]|在哪|是不是|有没有|能不能|可不可以|可否|能否|是否|够不够|行不行|要不要|包不包|包含不|含不含|"
    r"[^\s,]不[^\s,]{0,6}[?？]|谁|多久|多长|多大|还[在要收缺]吗|请问|想问|问一下|问下|咨询|[含包][^,;。\s]{1,8}不$|有[^,;。\s]{1,8}(?:么|没)$"
)
_SOFT_QUESTION = re.compile(
    r"看?能不能(?:优惠|便宜|少|再)[^,;。?]*|看看?能不能[^,;。?]*|什么都|怎么都|多少都|谁都|哪里都|什么时候都"
)
_ASKING_PRICE = re.compile(
    r"(?:为什么|为啥|怎么|预算|上限|底价|能不能加|可以加|能加|能否|是不是|是否|有没有|什么时候|几号|没选|够不够|够吗|合适吗|贵吗|行情)"
)
_ACCEPT = re.compile(
    r"(?:^|[^承对连间直接不])接(?![口待触到近受下来力单群龙人送])|我们?可以做?|能做|可以[接做]|我来|我做|我们做|承接|我司有|报名|愿意|都可以|包接|拿下|没问题|接单"
)
_OFFER = re.compile(r"报价?|出价|投标?|价格|总价|费用|改价|降到|最低|优惠价|一口价|打包")
_RELATIVE = re.compile(
    r"同上|同前|跟(?:上面|楼上|前面|他|她|那家|刚才)[^,;。]{0,6}一样|[和跟同照按](?:上面|楼上|前面|上一家|上家|刚才那[家个])|照旧|比(?:他|她|上面|楼上|最低|别人|前面|那家)[^,;。]{0,8}(?:便宜|低|少|高|贵)|"
    r"(?:便宜|少|降|减|加|涨)(?:个|了|你)?(?:\d|[一二两三四五六七八九])[\d.,]*[百千万kKwW]|在[^,;。]{0,6}基础上|按预算"
)
_AMEND = re.compile(r"改价|改[成为到]|降到|降为|降至|加到|涨到|调[整到为]|更正|写错|重新报|再报")
_TOGETHER = re.compile(
    r"一起|打包|两个都|都做|都接|合着|一并|三个|一块|[dD]?\d\s*[、和+&跟及/,]\s*[dD]\d"
)
_DISCOUNT = re.compile(
    r"打?(?P<n>[一二三四五六七八九](?:[五点][一二三四五六七八九]?)?|\d(?:\.\d)?|\d{2})折"
)
_BARE_LENGTH = re.compile(
    r"(?:工期|周期|交期|货期)[\s:是为大约]{0,3}(?P<n>\d{1,3})(?![\d.万千元块天个周月年工wWkK])"
)
_OLD_PRICE = re.compile(
    r"(?:我们?|我家)?(?:之前|上次|以前|原来|去年|前面|先前|刚才)(?:是|的)?(?:报|做|收)[^,;。]{0,4}$|我报了[^,;。]{0,2}$"
)


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


@dataclass(frozen=True, slots=True)
class _Line:
    """A message without its quotation, and what is known about what it answers."""

    body: str
    quoted: str | None
    replying: bool


def read_bids(
    text: str, *, now: datetime, open_nos: Sequence[str], quoted_no: str | None = None
) -> tuple[BidReading, ...]:
    """What a group message offers; at least one reading, of kind "none" when it is no offer.

    Precision first: a message that might be chat about a price is not a bid. A bare number
    names a demand only if that demand is open and the number stands where a number would.
    """
    line = _unquote(text, quoted_no)
    if _BROADCAST.search(line.body):
        match = _EXPLICIT.search(line.body)
        return (BidReading("none", f"D{match['digits']}" if match else line.quoted),)
    named = _named_demands(line.body, frozenset(open_nos))
    parts = _parts(line, named)
    readings = tuple(_read_part(part, nos, line, now) for part, nos in parts)
    offers = tuple(r for r in readings if r.kind != "none")
    return offers or readings[:1]


def _unquote(text: str, quoted_no: str | None) -> _Line:
    text = text[:MAX_CHARS]
    replying = bool(_REPLY.search(text)) or quoted_no is not None
    body = fold(text).text.strip()
    quote = ""
    if match := _QUOTE_BOX.match(body):
        quote, body = match["quote"], body[match.end() :]
    elif match := _QUOTE_LINE.match(body):
        quote, body = match.group(), _QUOTE_LINE.sub("", body)
    quoted = quoted_no
    if quote:
        replying = True
        if (number := _EXPLICIT.search(quote)) and quoted is None:
            quoted = f"D{number['digits']}"
    return _Line(body.strip(), quoted.upper() if quoted else None, replying)


def _named_demands(body: str, open_nos: frozenset[str]) -> list[tuple[Span, str]]:
    """Every demand number in the body with its place."""
    found: list[tuple[Span, str]] = []
    for match in _EXPLICIT.finditer(body):
        no = f"D{match['digits']}"
        odd = _NOT_DEMAND_LEFT.search(body[: match.start()]) or _NOT_DEMAND_RIGHT.match(
            body, match.end()
        )
        if (no in open_nos and not _NOT_DEMAND_LEFT.search(body[: match.start()])) or (not odd and (not open_nos or match.start() <= 12)):
            found.append((match.span(), no))
    for match in _BARE.finditer(body):
        no = f"D{match['digits']}"
        if no not in open_nos or any(s <= match.start() < e for (s, e), _ in found):
            continue
        if _NOT_DEMAND_RIGHT.match(body, match.end()) or _NOT_DEMAND_LEFT.search(
            body[: match.start()]
        ):
            continue
        if _BARE_LEFT.search(body[: match.start()]) or _BARE_RIGHT.match(body, match.end()):
            found.append((match.span(), no))
    return sorted(found)


def _parts(line: _Line, named: list[tuple[Span, str]]) -> list[tuple[str, tuple[str, ...]]]:
    """Cut a message that offers for several demands; a bundle stays whole."""
    nos = tuple(dict.fromkeys(no for _, no in named))
    rest = _blank_out(line.body, [span for span, _ in named])
    if len(nos) < 2:
        return [(rest, nos or ((line.quoted,) if line.quoted else ()))]
    bounds = [span[0] for span, _ in named]
    pieces = [rest[a:b] for a, b in zip([0, *bounds[1:]], [*bounds[1:], len(rest)], strict=True)]
    if all(any(n.high >= 100 for n in scan_numbers(piece)) for piece in pieces):
        return [(piece, (no,)) for piece, (_, no) in zip(pieces, named, strict=True)]
    if not _TOGETHER.search(line.body) and any(
        re.search(r"[\u4e00-\u9fff]", p) for p in pieces[:-1]
    ):
        return [(piece, (no,)) for piece, (_, no) in zip(pieces, named, strict=True)]
    return [(rest, nos)]


def _blank_out(text: str, spans: Sequence[Span]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _read_part(body: str, nos: tuple[str, ...], line: _Line, now: datetime) -> BidReading:
    no = nos[0] if nos else None
    empty = BidReading("none", no, nos if len(nos) > 1 else ())
    said = body.strip(" \n,;:。!#】[]")
    if not said or (not nos and not line.replying):
        return empty
    if _WITHDRAW.search(said):
        asks = _QUESTION.search(said) or _QUESTION_END.search(said)
        reading = replace(empty, kind="question" if asks else "withdraw")
        return reading if asks else replace(reading, note=_reason(said))
    relative = bool(_RELATIVE.search(said))
    numbers, durations = _counts(body, now)
    prices = [] if relative else _prices(body, numbers)
    kind = _kind(said, nos, prices, durations, relative=relative)
    if kind != "bid":
        return replace(empty, kind=kind)
    reading = replace(empty, kind="bid", relative=relative, amends=bool(_AMEND.search(said)))
    terms = read_terms(said)
    reading = _with_price(reading, body, prices, terms)
    reading = _with_durations(reading, body, durations)
    return replace(
        reading, tax=terms.tax, included=terms.included, excluded=terms.excluded,
        note=terms.note or reading.note,
    )  # fmt: skip


def _counts(body: str, now: datetime) -> tuple[list[Number], list[Duration]]:
    """Numbers that may be prices, and the lengths of work."""
    taken: list[Span] = contact_spans(fold(body))
    taken += [m.span() for m in re.finditer(r"\d+(?:\.\d+)?\s?(?:%|个点)|百分之\S{1,3}", body)]
    taken += [m.span("n") for m in _BARE_LENGTH.finditer(body)]
    taken += [m.span() for m in _DISCOUNT.finditer(body)]
    numbers = list(scan_numbers(body, taken))
    durations = read_durations(body, numbers, now, every=True)
    spans = [(d.start, d.end) for d in durations]
    return [n for n in numbers if all(not (s <= n.start < e) for s, e in spans)], durations


def _prices(body: str, numbers: Sequence[Number]) -> list[Amount]:
    found = [
        a for a in find_amounts(body, numbers, alone=True, offer=True)
        if a.weight > Weight.STRAY and not _OLD_PRICE.search(body[max(0, a.start - 10) : a.start])
    ]  # fmt: skip
    return [
        a for a in found if not re.search(r"预算[^,;。]{0,4}$", body[max(0, a.start - 8) : a.start])
    ]


def _kind(
    said: str, nos: tuple[str, ...], prices: Sequence[Amount], durations: Sequence[Duration],
    *, relative: bool,
) -> str:  # fmt: skip
    """Bid, question or none; whatever smells of chat is none."""
    plain = _SOFT_QUESTION.sub("", said)
    asks = bool(_QUESTION.search(plain))
    ends = bool(_QUESTION_END.search(plain)) and not plain.endswith("不")
    if (asks or ends) and (not prices or _ASKING_PRICE.search(plain)):
        return "question" if _may_ask(said) else "none"
    if _SARCASM.search(said) or _REFUSAL.search(said) or _CONDITIONAL.search(said):
        return "none"
    if _NEWS.search(said) or (_THIRD.search(said) and not relative):
        return "none"
    if prices or relative:
        return "bid"
    accepts = bool(_ACCEPT.search(said) or (_OFFER.search(said) and re.search(r"\d", said)))
    if accepts or (
        durations and nos and re.fullmatch(r"[\s,;:。!a-zA-Z]*", _without(said, durations))
    ):
        return "bid"
    return "none"


def _may_ask(said: str) -> bool:
    """A question to somebody else in the group is not one to the market."""
    return not re.match(r"@(?!小科)\S+", said)


def _without(said: str, durations: Sequence[Duration]) -> str:
    return (
        re.sub(r"[\d.]+|[一二两三四五六七八九十半个工作日天周月年内大概约工期]+", "", said)
        if durations
        else said
    )


def _with_price(
    reading: BidReading, body: str, prices: Sequence[Amount], terms: Terms
) -> BidReading:
    if not prices:
        return reading
    chosen = _choose(body, prices)
    if chosen.vague:
        return replace(reading, note=body[chosen.start : chosen.end].strip())
    if chosen.ambiguous:
        return replace(reading, price_ambiguous=chosen.ambiguous)
    low = chosen.low if chosen.low is not None else chosen.high
    high = chosen.high if chosen.high is not None else chosen.low
    assert low is not None and high is not None
    if factor := _discount(body[chosen.end : chosen.end + 12]):
        low, high = int(low * factor), int(high * factor)
    unit = chosen.unit if chosen.unit in {"month", "year", "day", "each"} else ""
    return replace(
        reading, price_fen=low, price_max_fen=high if high > low else None, price_unit=unit
    )


def _choose(body: str, prices: Sequence[Amount]) -> Amount:
    """The price that binds: the one with tax, else the corrected or total one, else the first."""
    priced = [p for p in prices if not p.vague] or list(prices)
    for price in priced:
        near = body[max(0, price.start - 5) : price.start] + "|" + body[price.end : price.end + 5]
        taxed = re.search(r"(?<!不)(?<!未)含[税票]|含专票|含普票|税后|开票", near)
        if taxed and len(priced) > 1 and not re.search(r"不含[税票:\s]{0,3}\|", near):
            return price
    heaviest = max(p.weight for p in priced)
    if heaviest == Weight.FINAL:
        return [p for p in priced if p.weight == heaviest][-1]
    totals = [p for p in priced if p.unit not in {"each", "day"}] or priced
    best = max(p.weight for p in totals)
    # 8000 10天 beside a count: a marked sum beats a bare one, a cued one beats both.
    return next(p for p in totals if p.weight == best)


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
    return Decimal(digits) / (10 ** len(digits))


def _with_durations(reading: BidReading, body: str, durations: Sequence[Duration]) -> BidReading:
    for duration in durations:
        if duration.workdays is not None:
            return replace(reading, duration_workdays=duration.workdays)
    days = [d for d in durations if d.days is not None]
    if days:
        cued = [d for d in days if d.cued]
        return replace(reading, duration_days=(cued or days)[-1].days)
    if match := _BARE_LENGTH.search(body):
        return replace(reading, duration_days=int(match["n"]))
    return reading


def _reason(said: str) -> str:
    """What is said besides the withdrawal: 档期排不开."""
    for clause in re.split(r"[,;。!\n]", said):
        clause = clause.strip()
        if (
            len(clause) >= 3
            and not _WITHDRAW.search(clause)
            and not re.search(r"不好意思|抱歉|对不起|谢谢", clause)
        ):
            return clause
    return ""
