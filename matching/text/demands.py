"""Read what a sentence says about a demand: budget, dates, place, quantity, contacts."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from matching.text.amounts import Amount, Weight, find_amounts, merge_bounds
from matching.text.contacts import contact_spans, phone_digits
from matching.text.durations import deadline_of, read_durations
from matching.text.found import Confidence, Found
from matching.text.normalize import Folded, fold, letters_only, squeeze
from matching.text.numbers import Number, Span, scan_number, scan_numbers
from matching.text.regions import find_region
from matching.text.slots import Slots
from matching.text.times import Moment, Times, read_times
from matching.text.workdays import is_published

ASSUME, ECHO, ASK = Confidence.ASSUME, Confidence.ECHO, Confidence.ASK

_NO = re.compile(
    r"(?<![A-Za-z0-9])(?P<kind>[DOJRQdojrq])\s?[-_#]?\s?(?P<digits>\d{1,8})(?![\dA-Za-z])"
)
_NOT_THIS = re.compile(r"(?:不是|别打|不要打|不用|停用|作废)的?[^,;。]{0,3}$")
_NO_MORE = re.compile(r"\s?(?:已经?)?(?:停用|不用|作废|注销|打不通)")
_QUARTERS = frozenset("1234")  # Q1 is a part of the year
# 91450000MA5K…, GX20261205A003: letters and digits that long are no sums.
_CODE = re.compile(r"(?<![A-Za-z0-9])(?=\w*[A-Za-z])(?=\w*\d)[0-9A-Za-z]{12,40}(?![A-Za-z0-9])")
_FILE_NO = re.compile(
    r"(?:编号|案号|文号|合同号)\s?(?:是|为|:)?\s?(?P<no>[A-Za-z]*\d[\dA-Za-z-]{5,31})"
)
# 样号0815、0816: what begins with a nought is no sum and no count.
_BATCH_NOS = re.compile(
    r"(?:样品?号|批号|批次号|机号|出厂号)\s?(?:是|为|:)?\s?(?P<no>\w{2,20}(?:[、,]\w{2,20})*)"
)
_LONG_NO = re.compile(r"(?:订单号?|单号|编号|流水号?)\s?(?:是|为|:)?\s?(?P<no>\d{10,32})")
_PERCENT = re.compile(
    r"(?<![\d.])(?P<n>\d{1,6}(?:\.\d{1,4})?)\s?(?:%|个?百分点|个点(?![位数]))|"
    r"(?:抽|让|佣金|返|利|优惠|降|便宜)[^,;。\d]{0,3}(?P<points>[一二两三四五六七八九十]{1,2})个点(?![位数])|"
    r"(?P<base>[百千])分之(?P<han>[\d.零一二两三四五六七八九十百点]+)"
)
_MEASURED = re.compile(r"(?:[测检采布]|噪[声音])[^,;。!?]{0,4}$")  # 检测10个点 counts places
_TENTHS = re.compile(
    r"(?:付|定金|首付|预付|抽成?|佣金|尾款|先给|违约金|"
    r"返点?)[^,;。\d]{0,3}(?P<n>[一二三四五六七八九两])成(?![品果立为员本功])"
    r"|(?P<after>[一二三四五六七八九两])成(?=定金|首付|预付|的?违约金|佣金|抽成)"
)
_COUNT = (
    "个|部(?![分门位署])|把(?![关握控手它这那他])|种(?![植子类业养])|件|套|台套|台|张|片|根|路|公吨|吨|份|项|批次|批|人次|人|名|家|次|页|条|组|支|辆|平方米|平方|平米|平(?![均时台面板衡])|亩|盏|箱|只|门|场|节|点位|座位|"
    "样品|样|本(?![周月年季地公次身人])|枚|粒|面(?![试向板议谈积料粉临前包])|副(?!总)|双(?!十)|扇|桌|孔|课时|学时|处(?![理罚于长])|公斤|千克|斤|米|块|卷|款|篇|字|户|袋|桶|瓶|册|幅|座|间|栋|座席|席|头|株|棵|公里|万字|kg"
)
_COUNTED = re.compile(rf"\s?(?:个(?=点位|人))?(?P<unit>{_COUNT})")
_NOT_COUNT = re.compile(
    r"^(?:个?[多来]?(?:月|工作日|点[^位]|百分|小时|星期|礼拜|钟|[wW万])|人民币|次元|项目$|[个名位](?:员工|职工|工人|同事|股东)\s?(?:[,;。]|$)|[个名位]?人的?[小大]?(?:厂|公司|企业|团队|作坊)|"
    r"家里|家(?:比价|报价|在比|都)|个都|吨级|名称|条件|件事|期间|节约|样子|块钱)"
)
_NO_QUANTITY = re.compile(
    r"(?:[年月日]产|产能|产量|规模|第|每\w?|成立|员工|全[员厂体]|近|半|一式|"
    r"扬程|流量|功率|直径|长度?|宽度?|高度?|厚度?|跨度|深度?|其中[^,;。]{0,6})$"
)
# 不是14台，16台; 原报6套，砍成4套
_TAKEN_BACK = re.compile(r"(?:不是|不要|原[先来]?[报定]?|本来)[^,;。]{0,2}$")
_CHANGED_TO = re.compile(r"(?:改|砍|减|增|加|变|换|调)[成到为]\s?$")
_SAMPLES = re.compile("个?样|批次")  # beside 4项 and 3万斤 they are what is sent in
_TO_BE_DONE = re.compile(
    r"[^;。!?\n]{0,10}?(?:要|想|需|待|得|测|检|校准|送|做|弄|搞|办|修|改|画|写|翻译|处理|转让|申请|加工)"
)
_COMPANY = re.compile(
    r"(?P<name>[\u4e00-\u9fffA-Za-z0-9()]{2,30}?(?:有限责任公司|股份有限公司|"
    r"集团有限公司|有限公司|集团公司|合伙企业|专业合作社|律师事务所|事务所|研究院|设计院|"
    r"研究所))"
)
_COMPANY_HEAD = re.compile(
    r"^.*?(?:公司(?:名称?|全称)?[是叫为:]|名称[是为:]|单位[是为:]|抬头[是为:]?|"
    r"我司是|我们?单位是|我们?公司[是叫]?|我们?[是叫]|这里是|这边是|本公司|我叫|"
    r"来自|代表|是|叫|:)"
)
_URGENT = re.compile(
    r"(?:加急|急单|特急|着急|火急|急用|急需|急[!,。]|急!|很急|比较急|尽快|越快越好|"
    r"马上要|抓紧|asap|急着)",
    re.I,
)
_NOT_URGENT = re.compile(
    r"不(?:着?急|加急|用急|算急|是很急|赶)|(?:加急|急)(?:费|什么价|多少钱|怎么收)"
)
_NEGOTIABLE = re.compile(
    r"面议|面谈|详谈|价格?好(?:说|商量|谈)|价钱?好说|费用好说|价格可谈|预算可谈|"
    r"钱不是问题|另议|价格再议"
)
_VAGUE_WORDS = re.compile(
    r"(?<![\u4e00-\u9fff])(?:小|好|大)?几(?:十|百)?[千万](?:块钱?|元)?|上[千百]?[万千](?!方)"
)
# 一千五, 3万5: a digit that stands for a multiple of the unit before it.
_SHORT_TAIL = re.compile(r"[百千万kKwW][一二两三四五六七八九\d]\s?(?:块钱?|元)?$")
_YEAR = re.compile(r"(?<![\d.])(?:19|20)\d\d\s?年")


@dataclass(slots=True)
class Draft:
    """What the steps of one reading share; only this module fills it."""

    folded: Folded
    now: datetime
    taken: list[Span] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    values: dict[str, object] = field(default_factory=dict)
    found: dict[str, Found] = field(default_factory=dict)
    ambiguous: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.folded.text

    def put(
        self, slot: str, value: object, span: Span, rule: str, confidence: Confidence = ASSUME
    ) -> None:
        self.values[slot] = value
        self.note(slot, value, span, rule, confidence)

    def doubt(self, slot: str, span: Span, rule: str) -> None:
        """The slot was said, but what it is must be asked."""
        self.ambiguous.append(slot)
        self.note(slot, None, span, rule, ASK)

    def note(self, slot: str, value: object, span: Span, rule: str, sure: Confidence) -> None:
        left, right = self.folded.span(*span)
        words = self.folded.source[left:right]
        self.found[slot] = Found(value, words, (left, right), sure, rule)


def read_slots(text: str, now: datetime) -> Slots:
    """Every slot of one message."""
    return slots_of(fold(text), now)


def slots_of(folded: Folded, now: datetime) -> Slots:
    """Every slot of an already folded message."""
    draft = Draft(folded, now)
    _contacts(draft)
    _numbers_of_things(draft)
    _region(draft)
    times = read_times(draft.text, now, taken=draft.taken)
    draft.taken = list(times.taken)
    _percent(draft)
    draft.numbers = list(scan_numbers(draft.text, draft.taken))
    _moments(draft, times)
    _durations(draft)
    _budget(draft)
    _quantity(draft)
    _company(draft)
    urgent = _URGENT.search(draft.text)
    if urgent and not _NOT_URGENT.search(draft.text):
        draft.put("urgent", True, urgent.span(), "word")
    return Slots(
        **draft.values,  # type: ignore[arg-type]  # each step puts the type its slot declares
        ambiguous=tuple(draft.ambiguous),
        found=MappingProxyType(draft.found),
    )


def _contacts(draft: Draft) -> None:
    spans = contact_spans(draft.folded)
    draft.taken += spans
    kept = [
        (start, end)
        for start, end in spans
        if not _NOT_THIS.search(draft.text[max(0, start - 8) : start])
        and not _NO_MORE.match(draft.text, end)
    ]
    for span in kept or spans:
        written = draft.text[slice(*span)]
        if "@" in written and "email" not in draft.values:
            draft.put("email", written.replace(" ", ""), span, "e-mail")
            continue
        digits = phone_digits(written)
        if "phone" not in draft.values and re.fullmatch(
            r"1[3-9]\d{9}|0\d{9,11}|[48]00\d{7}", digits
        ):
            plain = written.isascii()
            draft.put("phone", digits, span, "phone" if plain else "spoken-phone", _sure(plain))


def _numbers_of_things(draft: Draft) -> None:
    """Demand, order and document numbers: never amounts."""
    for match in _NO.finditer(draft.text):
        if match["kind"] in "Qq" and match["digits"] in _QUARTERS:
            continue
        draft.taken.append(match.span())
        if "order_no" not in draft.values and len(match["digits"]) >= 2:
            number = match["kind"].upper() + match["digits"]
            draft.put("order_no", number, match.span(), "number")
    draft.taken += [match.span() for match in _CODE.finditer(draft.text)]
    for pattern in (_FILE_NO, _BATCH_NOS):
        draft.taken += [match.span("no") for match in pattern.finditer(draft.text)]
    for match in _LONG_NO.finditer(draft.text):
        draft.taken.append(match.span("no"))
        if "order_no" not in draft.values:
            draft.put("order_no", match["no"], match.span("no"), "number")


def _region(draft: Draft) -> None:
    region = find_region(draft.text)
    if region is None:
        return
    draft.taken += region.spans
    whole = (min(s for s, _ in region.spans), max(e for _, e in region.spans))
    if region.ambiguous:
        draft.doubt("region", whole, "several-places")
        return
    if region.place is not None:
        said = draft.text[slice(*whole)]
        full = said.endswith(region.place.county or region.place.city or region.place.province)
        rule = "zone" if region.zone else "place" if full else "short-place"
        draft.put("region", str(region.place), whole, rule, _sure(full))
    if region.zone:
        draft.put("region_zone", region.zone, region.spans[-1], "zone")


def _percent(draft: Draft) -> None:
    for match in _PERCENT.finditer(draft.text):
        if match.group().endswith("点") and _MEASURED.search(draft.text[: match.start()][-8:]):
            continue
        draft.taken.append(match.span())
        if match["n"]:
            value = Decimal(match["n"])
        else:
            written = match["points"] or match["han"]
            number = scan_number(written, 0) if written else None
            if number is None:
                continue
            value = number.low / 10 if match["base"] == "千" else number.low
        if "percent" not in draft.values and value <= 1000:
            draft.put("percent", value, match.span(), "percent")
    tenths = _TENTHS.search(draft.text)
    if tenths and "percent" not in draft.values:
        group = "n" if tenths["n"] else "after"
        number = scan_number(tenths[group], 0)
        if number is not None:
            draft.put("percent", number.low * 10, tenths.span(group), "tenths", ECHO)
    draft.taken += [m.span() for m in _YEAR.finditer(draft.text)]


def _moments(draft: Draft, times: Times) -> None:
    deadlines = [m for m in times.moments if m.kind == "deadline"]
    if deadlines:
        firm = [m for m in deadlines if m.firm]
        chosen: Moment = (firm or deadlines)[-1]
        sure = _sure(chosen.rule == "date")
        span = (chosen.start, chosen.end)
        draft.put("deadline", chosen.value(draft.now), span, chosen.rule, sure)
    for moment in times.moments:
        span = (moment.start, moment.end)
        if moment.kind == "not_before":
            draft.put("not_before", moment.value(draft.now), span, moment.rule, ECHO)
        elif moment.kind == "past":
            draft.put("time_ref", moment.day, span, moment.rule)
        elif moment.kind == "ambiguous" and not deadlines and "deadline" not in draft.ambiguous:
            draft.doubt("deadline", span, moment.rule)


def _durations(draft: Draft) -> None:
    durations = read_durations(draft.text, draft.numbers, draft.now)
    for duration in durations:
        span = (duration.start, duration.end)
        draft.taken.append(span)
        if duration.within and "deadline" not in draft.values:
            deadline = deadline_of(duration, draft.text, draft.now)
            if deadline is not None:
                guessed = duration.workdays is not None and not is_published(deadline)
                rule = "unpublished-workdays" if guessed else "within"
                draft.put("deadline", deadline, span, rule, ASK if guessed else ECHO)
        elif not duration.within and duration.workdays is not None:
            draft.put("duration_workdays", duration.workdays, span, "workdays")
        elif not duration.within and duration.days is not None:
            exact = "天" in draft.text[slice(*span)]
            rule = "days" if exact else "length"
            draft.put("duration_days", duration.days, span, rule, _sure(exact))
    ends = draft.taken
    draft.numbers = [n for n in draft.numbers if all(not (s <= n.start < e) for s, e in ends)]


def _budget(draft: Draft) -> None:
    text = draft.text
    amounts = find_amounts(text, draft.numbers, alone=True)
    amount = merge_bounds(amounts)
    draft.taken += [(a.start, a.end) for a in amounts]
    if amount is None:
        if match := _NEGOTIABLE.search(text):
            draft.put("budget_negotiable", True, match.span(), "word")
        elif (match := _VAGUE_WORDS.search(text)) and not amounts:
            draft.put("budget_vague", True, match.span(), "size-only", ASK)
        return
    put_amount(draft, amount)


def put_amount(draft: Draft, amount: Amount) -> None:
    """Fill the budget slots from one sum."""
    span = (amount.start, amount.end)
    if amount.vague:
        draft.put("budget_vague", True, span, "size-only", ASK)
        return
    if amount.ambiguous:
        draft.put("budget_ambiguous", amount.ambiguous, span, "several-sums", ASK)
        draft.ambiguous.append("budget")
        return
    rule = _rule_of(draft.text[slice(*span)], amount)
    draft.note("budget", (amount.low, amount.high), span, rule, _sure(rule == "sum"))
    if amount.low is not None:
        draft.values["budget_min_fen"] = amount.low
    if amount.high is not None:
        draft.values["budget_max_fen"] = amount.high
    if amount.approx:
        draft.values["budget_approx"] = True
    if amount.unit:
        draft.values["budget_unit"] = amount.unit


def _rule_of(written: str, amount: Amount) -> str:
    """What made a number into this sum; "sum" is said outright."""
    if amount.approx:
        return "about"
    if amount.low is None or amount.high is None:
        return "bound"
    if amount.low != amount.high:
        return "range"
    if amount.weight == Weight.FINAL:
        return "last-word"
    if amount.unit:
        return "rate"
    if _SHORT_TAIL.search(written):
        return "shorthand"
    return "sum" if amount.weight > Weight.BARE else "number-alone"


def _sure(outright: bool) -> Confidence:
    return ASSUME if outright else ECHO


class _Count(NamedTuple):
    """A number that counts things, the few characters before it, and its unit."""

    number: Number
    before: str
    unit: re.Match[str]


def _quantity(draft: Draft) -> None:
    """The count of what is to be worked on: a corrected one, else samples, else the first."""
    counts = [count for number in draft.numbers if (count := _counted(draft, number))]
    if not counts:
        return
    meant = [one for one in counts if not _TAKEN_BACK.search(one.before)] or counts
    changed = [one for one in meant if _CHANGED_TO.search(one.before)]
    samples = [one for one in meant if _SAMPLES.match(draft.text, one.unit.start("unit"))]
    number, _, unit = (changed[-1:] or samples or meant)[0]
    draft.put("quantity", number.low, (number.start, unit.end()), "count")
    draft.values["quantity_unit"] = unit["unit"]


def _counted(draft: Draft, number: Number) -> _Count | None:
    """The number with its unit, if it counts things that work may be done on."""
    match = _COUNTED.match(draft.text, number.end)
    if match is None or number.vague or number.low != number.high or number.low > 10**9:
        return None
    if _NOT_COUNT.match(draft.text[match.start() :].lstrip()):
        return None
    # One of a thing is an article; and a sum of money has been read already.
    if number.low in (0, 1) or any(s <= number.start < e for s, e in draft.taken):
        return None
    before = draft.text[max(0, number.start - 8) : number.start]
    if _NO_QUANTITY.search(before) and match["unit"] not in {"台", "套"}:
        return None
    owned = before.endswith("有") or match["unit"] == "种"
    return (
        None if owned and not _is_to_be_done(draft.text, match) else _Count(number, before, match)
    )


def _is_to_be_done(text: str, unit: re.Match[str]) -> bool:
    """有20个样要测 asks for work on them; 有50个员工 tells of the company."""
    if unit["unit"] in {"台", "套", "个样", "样", "样品", "点位"}:
        return True
    return unit["unit"] not in {"人", "名", "家"} and bool(_TO_BE_DONE.match(text, unit.end()))


def _company(draft: Draft) -> None:
    match = _COMPANY.search(draft.text)
    if match is None:
        return
    name, start = match["name"], match.start()
    head = _COMPANY_HEAD.match(name)
    if head is not None and head.end() < len(name) - 3:
        start += head.end()
        name = name[head.end() :]
    if re.search(r"[的找做要帮想请给]", name[:-2]) or len(name) < 6:
        return
    draft.put("company", name, (start, start + len(name)), "company", ECHO)


_NO_SUBJECT = ("budget", "budget_ambiguous", "budget_vague", "deadline", "not_before", "region",
               "duration_days", "duration_workdays", "phone", "email", "order_no")  # fmt: skip


_BUDGET_CUE = re.compile(
    r"(?:预算|总价|价格|价钱|费用)(?:大概|大约|差不多|是|写|改[成为]?|就|在|为|约|控制|[:,，¥￥\s])*$"
)


def subject(normal: str, slots: Slots) -> str:
    """A normal text without its budget, dates, place and contacts: what the catalogue is asked."""
    rest = normal
    for slot in _NO_SUBJECT:
        found = slots.found.get(slot)
        if found is not None:
            head, said, tail = rest.partition(squeeze(fold(found.text).text))
            if said and slot == "budget":
                head = _BUDGET_CUE.sub("", head)  # 预算 itself is a word of several services
            rest = f"{head} {tail}" if said else rest
    return rest if letters_only(rest) or "budget" in slots.found else normal
