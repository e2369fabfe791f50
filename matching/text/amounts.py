"""Find sums of money: ranges, bounds, approximations, and the ones that are something else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum

from matching.text.classifiers import CLASSIFIER, SCALED_NOUN
from matching.text.numbers import TIME_UNIT, Number, scan_number

_LIMIT = 10**12  # yuan; what is written longer is a number of something else


class Weight(IntEnum):
    """How surely a sum is what the message is about; the heaviest wins, then the last said."""

    STRAY = 0  # last year's price, somebody else's, registered capital
    BARE = 1  # a number alone between commas
    MARKED = 2  # a currency or a unit such as 万
    CUED = 3  # 预算, 报价, 总价
    FINAL = 4  # 改成, 不是…是, 总共


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money in fen at ``text[start:end]``; `low` is None for 以内, `high` for 起."""

    start: int
    end: int
    low: int | None
    high: int | None
    weight: Weight
    approx: bool = False
    vague: bool = False
    unit: str = ""  # "each", "month", "year", "day" when it is a rate
    ambiguous: tuple[int, ...] = ()


_CURRENCY_BEFORE = re.compile(r"(?:[¥$￥]|RMB|CNY|人民币|[^A-Za-z]Y)\s*$", re.I)
_FOREIGN = re.compile(r"\s*(?:美元|美金|美刀|刀|欧元|英镑|日元|港币|港元|USD|EUR|HKD|个点)", re.I)
# 30块电路板 counts boards, 30块 alone is money.
_NOT_MONEY_BLOCK = (
    "电路|板|砖|屏|地|电池|钢|铁|石|玻璃|样|试|芯片|展|牌|"
    "硬盘|表|电表|仪表|布|模具|料|面料|显示|太阳|木|铝|铜|光伏"
)
# 负五千, 3'2000: a debt and half of a number are no sums.
_NO_SUM_BEFORE = re.compile(r"负\s?$|\d['’]$")
_BLOCK = re.compile(r"块(?!钱)")
# 展板做40块, 布样九块, 电能表送检30块: what is counted stands in front.
_BLOCKS_OF = re.compile(
    r"(?:[布石钢板土岩木]样|[展样面铭标木钢铝铜]板|砖|屏|牌|布|电池|电?表|芯片|石头|玻璃)"
    r"(?:要?做|要|有|[一总]?共|大概|约|要?送检|检定|校准)?\s?$"
)
_CURRENCY = re.compile(
    rf"\s?(?:块钱|块(?!{_NOT_MONEY_BLOCK})|元(?!旦|宵|素|件|器)|圆(?!形)|RMB|CNY|"
    rf"人民币|大洋)(?:整|正|钱)?",
    re.I,
)
_CENTS = re.compile(
    r"([\d一二两三四五六七八九])(?:([角毛])(?:([\d一二三四五六七八九])分?)?|分(?!钟|"
    r"之|析|类|期|成|别))"
)
# 3毛, 一毛二, 五分钱: money without a yuan.
_DIMES = re.compile(
    r"\s?(?:[毛角](?![病利坯巾重料毯线度色落钢铁码])(?P<cents>[\d一二两三四五六七八九](?![\d.]))?(?:钱|分)?|"
    r"(?P<only>分)钱)"
)
_AFTER_BLOCK = re.compile(r"([\d一二三四五六七八九])(?![\d.]|十|百|千|万)")
_SEPARATOR = re.compile(r"\s{0,2}(?:[-–—]{1,2}|~{1,2}|至|到|或者?)\s{0,2}")

_MAX_AFTER = re.compile(
    r"\s?(?:块钱|元)?\s?(?:以内|以下|之内|之下|内(?![容蒙训部])|封顶|为限|打住|顶天|"
    r"够不够|够吗|够么|够了吗|拿得下|拿不拿得下|不能再多|不到|以上的?(?:不要|不考虑|免谈|就算))"
)
_MIN_AFTER = re.compile(r"\s?(?:以上|往上|起步|起(?![诉草来点])|打底|保底|\+|朝上)")
_UNWANTED = re.compile(
    r"\s?的?(?:不考虑|不要|免谈|不行|就算了|就?不(?:做|干|搞|办|谈)|做不起|太贵)"
)
_APPROX_AFTER = re.compile(
    r"\s?(?:左右|上下|出头|前后|的样子|差不多|附近|这样子?|吧?大概|有余|挂零|冒头|来钱|"
    r"多(?![少久长大远])(?:一?点儿?|一些)?)"
)
_MAX_BEFORE = re.compile(
    r"(?:不能?超过?|别超过?|不要超过?|不得超过|不高于|不大于|不多于|最多|最高|至多|"
    r"上限|控制在|封顶|顶多|撑死|不到|不足|[≤<]|(?<!不)(?:低于|小于|少于)|最多出到|"
    r"高不过|不[得能可]?高过|顶天)(?:了|是|为|就|给|出|到|能|拿|掏|花|付|人民币|出到)*[:\s¥]*$"
)
_MIN_BEFORE = re.compile(
    r"(?:不低于|不少于|不小于|至少|最少|最低|起码|少说|少讲|再少|下限|[≥>]|(?<![不别要能得])(?:超过|"
    r"高于|大于))(?:要|得|是|为|也要|也得|给|准备|花|拿|出|有|人民币)*[:\s¥]*$"
)
_APPROX_BEFORE = re.compile(
    r"(?:大概|大约|大致|约|差不多|估计|约莫|大体|将近|接近|近|左右|(?<![大最缩减变微])小)"
    r"[在是要需]*[:\s¥]*$"
)

_CUE = re.compile(
    r"(?:预算|总价|价格|价钱|价位|价|报(?!告)|费用|经费|资金|总额|金额|合计|共计|共|出价|"
    r"给|出|花|拿|付|转了|掏|投入?|成本|¥|首年|第一年|头一年|预算[嘛呢啊吧]?,|"
    r"最[多高低少]|不超过?|别超过|不[低少高多]于|控制在|至少|起码|收费|费|单价|每\w{1,3}|一\w)[^,;。!?\n]{0,6}$"
)
_FINAL_CUE = re.compile(
    r"(?:改成|改为|改到|改价|改报|优惠到|便宜到|让到|下调到|降价到|提高到|提到|降到|降为|降至|加到|涨到|减到|调到|调整为|"
    r"调整到|砍到|压到|[加涨降减][^,;。]{0,6}[,\s]?到|"
    r"总共|合计|共计|一共|总价|总计|打包价?|打包|拢共|总额|总的?|共(?![同享])|一口价|"
    r"改(?=\s?$)|(?:不是|不要)[^,;。]{1,12}[,，]?\s?(?:而?是|要)|(?:→|->|=>)\s*$|=\s*$|应该是|写错了|"
    r"打错了|说错了|更正|还是|那就|算了,?|谈成|[,;。\s]定(?=\s?$)|(?:再|实在|要是)不[行成]|不行就|让一步|折中|含税价?)[^,;。!?\n]{0,5}$"
)
_HAGGLE = re.compile(
    r"(?:能不能|可不可以|能否|行不行|便宜点?|少点|最多出?|顶多|就|那)[^,;。!?\n]{0,5}$"
)
_SETTLED = re.compile(r"\s?(?:块|元)?(?:讲|谈|敲|说|商)[定好妥]|\s?(?:块|元)?(?:成交|拍板)")
# What stands at once before a sum says more than what was told earlier in the clause.
_CHANGED_TO = re.compile(r"(?:改[成为到]|换成|变成|[降涨加减提调][到为至]|调整[到为])\s?$")
_RECKONED = re.compile(r"\s?(?:块钱?|元)?(?:算|来算|走|结)(?![^,;。]{0,3}[吗么?])")
_OFFERED = re.compile(r"\s?(?:块|元)?(?:行不行|行吗|可以[吗不]|成不成|成吗|干不干|做不做)")
_STRAY_BEFORE = re.compile(
    r"(?:研发(?:投入|费用?)|合同[额金]|注册资[金本]|实缴|营收|营业额|年?产值|销售额|年?收入|利润|估值|市值|去年|"
    r"前年|上次|上回|上一次|以前|房租|月供|电机|马达|功率|"
    r"原来|原先|原价|之前|此前|当时|往年|市场价|市面|行情|同行|别人|别家|人家|"
    r"其他家|隔壁|竞争对手|对手|"
    r"他们?(?:家|要|报|收|给|说)?|罚款|罚|投资额|总投资|投资|资产|流水|税额|"
    r"贷款?|融资|授信|借款?|募资|补贴|补助|奖励|奖金|定金|首付|首期|前期|中期|先付|预付款?|押金|保证金|质保金|尾款|"
    r"次年|第二年|[往以之]后每年|续费|续约|收了我|骗了我?|欠)[^,;。!?\n]{0,6}$"
)
# 涨一千 is no sum, nor is what a correction takes back: 是9800不是98000.
_CHANGE_BY = re.compile(
    r"(?:(?:再加|再让|涨|降|便宜|优惠|减)[个了]?(?:你们?)?|(?:发|打|写|报|说|弄)成了?|(?<!是)不是)\s?$"
)
_STRAY_AFTER = re.compile(
    r"\s?(?:都?太[高贵多]|偏高|的?(?:项目)?(?:注册资[本金]|营收|产值|贷款|融资|授信|补贴|奖励|定金|押金|保证金|"
    r"首付|不(?:行|够|成)(?![吗么?]))(?!\s?[:是为]?\s?[\d一二两三四五六七八九])|太贵|贵了|超预算|做不了)"
)
_RATES: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...] = (
    (re.compile(r"(?:每个?月|月付|月费|一个月|按月)[^,;。]{0,4}$"),
     re.compile(r"(?:\s?(?:/|每)\s?|[一1])个?月(?!底|初|中|内|后|报|之)"), "month"),
    (re.compile(r"(?:每年|(?<!第)(?<!头)一年|年费|按年)[^,;。]{0,4}$"),
     re.compile(r"(?:\s?(?:/|每)\s?|一)年(?!前|底|内|后|工期)"), "year"),
    (re.compile(r"(?:每天|一天|日薪|按天)[^,;。]{0,4}$"),
     re.compile(r"(?:\s?(?:/|每)\s?|一)[天日](?!内|后)"), "day"),
    (re.compile(r"(?:单价|每[个件套台张份根片只项样组支块条批人米平亩吨斤盏页次点户篇本瓶袋桶箱盒头棵株位]\w{0,2}|"
    r"(?<![报来出接做投给])一(?:[个件套台张份根片只组支条米亩吨斤页本瓶袋桶箱盒头棵株户位]|次(?!性)|平[方米]?))[^,;。\d]{0,4}$"),
     re.compile(r"\s?(?:(?:/|每|一)\s?个(?![月工半礼星季小周钟])|/\s?点|(?:/|每|"
     r"一)\s?[件套台张份根片只项样组支块条批人米亩吨斤盏页次篇字])"), "each"),
)  # fmt: skip
# 上万, 成万: a size only; 改成2万 is a plain number.
_VAGUE_BEFORE = re.compile(r"(?:上|好几|(?<![改变换算写说定调])成)$")
# 一张八十, 每件120: what one of them costs.
_EACH = re.compile(r"(?:一|每)[个件套台张份根片只项组支条批人米亩吨斤页次篇]\s?$")
_ALONE_AFTER = re.compile(r"\s?(?:$|[,;。!?]|左右|以内|吧|呢)")
_SOME_TENS = re.compile(r"几[万千百](?!人|个|台|件|家|套)")
_OPEN_LEFT = re.compile(r"(?:^|[,;。!?:\s、(\[|]|[款价]|人民币)\s*$")
_OPEN_RIGHT = re.compile(
    r"\s*(?:$|[,;。!?\s)\]|/+]|元|块|可以|行|行吗|左右|以内|以下|上下|之间|吧|啊|吗|呢|"
    r"含|不含|包|的?预算|就|能|够|起|都|搞)"
)


def find_amounts(
    text: str, numbers: Sequence[Number], *, alone: bool = False, offer: bool = False
) -> list[Amount]:
    """Every sum of money in a folded text, in order.

    `alone` says the text may be the answer to a question; in an `offer` a number of a hundred
    and more that counts nothing is a price wherever it stands.
    """
    found: list[Amount] = []
    skip_to = 0
    for index, number in enumerate(numbers):
        if number.start < skip_to:
            continue
        following = numbers[index + 1] if index + 1 < len(numbers) else None
        amount = _read_amount(text, number, following, alone=alone, offer=offer)
        if amount is not None:
            found.append(amount)
            skip_to = amount.end
    return found


def merge_bounds(amounts: Sequence[Amount]) -> Amount | None:
    """The one sum a message is about, bounds said apart (最低3万，最高5万) put together."""
    sure = [a for a in amounts if a.weight > Weight.STRAY]
    if not sure:
        return None
    heaviest = max(a.weight for a in sure)
    best = [a for a in sure if a.weight == heaviest]
    priced = [a for a in best if not a.vague] or best
    totals = [a for a in priced if not a.unit] or priced
    chosen = totals[-1] if heaviest == Weight.FINAL else totals[0]
    if chosen.low is None or chosen.high is None:
        for other in sure:
            if chosen.low is None and other.high is None and (other.low or 0) < (chosen.high or 0):
                return replace(chosen, low=other.low)
            if chosen.high is None and other.low is None and (other.high or 0) > (chosen.low or 0):
                return replace(chosen, high=other.high)
    return chosen


def to_fen(value: Decimal) -> int:
    return int((value * 100).quantize(Decimal(1), ROUND_HALF_UP))


def _read_amount(
    text: str, number: Number, following: Number | None, *, alone: bool, offer: bool
) -> Amount | None:
    if _SOME_TENS.match(text, number.end):  # 10几万: a size only
        return Amount(number.start, number.end + 2, 0, 0, Weight.MARKED, vague=True)
    low, high, end, marked = _value(text, number, following)
    before = text[max(0, number.start - 24) : number.start]
    if _BLOCK.match(text, number.end) and _BLOCKS_OF.search(before):
        return None
    if _NO_SUM_BEFORE.search(before) or not _in_whole_fen(low, high):
        return None
    if high > _LIMIT or (high == 0 and not number.vague):
        return None
    marked = marked or bool(_CURRENCY_BEFORE.search(before))
    marked = marked or bool(_EACH.search(before) and _ALONE_AFTER.match(text, end))
    marked = marked or any(
        right.match(text, end) and (high >= 100 or text[end : end + 1] in {"一", "/"})
        for _, right, _ in _RATES
    )
    if _FOREIGN.match(text, end) and not marked:
        return None
    scaled = number.scaled or (end > number.end and following is not None and following.scaled)
    if not marked and not _may_be_bare(text, number, end, scaled=scaled):
        return None
    ambiguous = tuple(to_fen(a) for a in number.alternatives)
    vague = number.vague or ((marked or scaled) and _VAGUE_BEFORE.search(before) is not None)
    weight = _weight(text, number, before, end, marked=marked or scaled, alone=alone)
    if weight is None and offer and 100 <= high <= 10**9 and not CLASSIFIER.match(text, end):
        weight = Weight.BARE
    if weight is None:
        return None
    tiny = not (marked or scaled) and high < 100
    if tiny and number.han and not _is_alone(text, number, end):
        return None  # 给一下, 出三份: Han digits without a unit count things
    if tiny and not ambiguous and not _is_rate(text, before, end):
        # 30-50, 0.8, 10个: the unit is missing, and guessing it would be off by 10 000.
        ambiguous = tuple(dict.fromkeys((to_fen(high), to_fen(high * 10_000))))
    amount = Amount(
        number.start, end, to_fen(low), to_fen(high), weight,
        approx=number.approx, vague=vague, ambiguous=ambiguous,
    )  # fmt: skip
    return _with_words(text, before, amount)


def _in_whole_fen(*sums: Decimal) -> bool:
    """32000.005 is no sum that anybody can pay."""
    return all(one * 100 == (one * 100).to_integral_value() for one in sums)


def _is_rate(text: str, before: str, end: int) -> bool:
    """单价85, 每天80: what one of them costs may be small."""
    return any(left.search(before) or right.match(text, end) for left, right, _ in _RATES)


def _is_alone(text: str, number: Number, end: int) -> bool:
    """Is the number all that was said, but for small words?"""
    return number.start == 0 and not text[end:].strip(" 个吧左右")


def _with_words(text: str, before: str, amount: Amount) -> Amount:
    """Apply the words around a sum: bounds, approximation, and what it is paid for."""
    end = amount.end
    unit = ""
    for left, right, name in _RATES:
        match = right.match(text, end)
        if match or left.search(before):
            unit, end = name, match.end() if match else end
            break
    if (match := _APPROX_AFTER.match(text, end)) or _APPROX_BEFORE.search(before):
        amount = replace(amount, approx=True)
        end = match.end() if match else end
    ranged = amount.low != amount.high
    if _MIN_BEFORE.search(before) and (match := _UNWANTED.match(text, end)):
        # 超过5万不考虑 is an upper bound
        return replace(amount, low=None, approx=False, unit=unit, end=match.end())
    if (match := _MAX_AFTER.match(text, end)) or (_MAX_BEFORE.search(before) and not ranged):
        amount = replace(amount, low=amount.low if ranged else None, approx=False)
        end = match.end() if match else end
    elif (match := _MIN_AFTER.match(text, end)) or (_MIN_BEFORE.search(before) and not ranged):
        amount = replace(amount, high=amount.high if ranged else None, approx=False)
        end = match.end() if match else end
    return replace(amount, unit=unit, end=end)


def _value(
    text: str, number: Number, following: Number | None
) -> tuple[Decimal, Decimal, int, bool]:
    """Low, high, where the sum ends, and whether a currency was said."""
    low, high, end = number.low, number.high, number.end
    marked = False
    if low == high < 100 and (match := _DIMES.match(text, end)):
        tail = scan_number(match["cents"], 0) if match["cents"] else None
        cents = low if match["only"] else low * 10 + (tail.low if tail is not None else 0)
        return cents / 100, cents / 100, match.end(), True
    if match := _CURRENCY.match(text, end):
        marked, end = True, match.end()
        low, high, end = _with_cents(text, low, high, end, block="块" in match.group())
    elif _CURRENCY_BEFORE.search(text[max(0, number.start - 5) : number.start]):
        marked = True
    gap = text[end : following.start] if following is not None else ""
    if following is None or len(gap) > 6 or number.alternatives or following.alternatives:
        return low, high, end, marked
    enumerated = gap == "、" and low < 10 and following.scaled and following.low > low
    # 四千六千, 八千一万: nothing between the ends of a range.
    beside = not gap and number.scaled and following.scaled and low < following.low <= 3 * low
    if not enumerated and not beside and not _SEPARATOR.fullmatch(_without_currency(gap)):
        return low, high, end, marked
    upper, upper_end = following.high, following.end
    if TIME_UNIT.match(text, upper_end) and not following.scaled:
        return low, high, end, marked
    shared = _share_scale(text, number, following)
    if shared is None or shared >= upper:
        return low, high, end, marked
    if match := _CURRENCY.match(text, upper_end):
        marked, upper_end = True, match.end()
    return shared, upper, upper_end, marked


def _without_currency(gap: str) -> str:
    return gap.replace("¥", "").replace("人民币", "")


def _share_scale(text: str, number: Number, following: Number) -> Decimal | None:
    """三到五千: the unit of the upper end belongs to the lower one too, when that makes sense."""
    if number.scaled or not following.scaled:
        return number.low
    unit = Decimal(1)
    for char in text[following.start : following.end]:
        if char in "千kK仟":
            unit = Decimal(1000)
        elif char in "百佰":
            unit = Decimal(100)
        elif char in "万wW萬":
            unit = Decimal(10_000)
        elif char in "亿億":
            unit = Decimal(10**8)
    shared = number.low * unit
    if shared < following.high:
        return shared
    return number.low if number.low >= 100 else None


_ONE_WORD = re.compile(r"[起共同会直般边些切样]")  # 一千二百五十块一起


def _with_cents(
    text: str, low: Decimal, high: Decimal, end: int, *, block: bool
) -> tuple[Decimal, Decimal, int]:
    """9999元9角, 12块5."""
    if low != high:
        return low, high, end
    if match := _CENTS.match(text, end):
        first = scan_number(match.group(1), 0)
        cents = first.low if first is not None else Decimal(0)
        value = low + (cents / 10 if match.group(2) else cents / 100)
        if match.group(3) and (second := scan_number(match.group(3), 0)) is not None:
            value += second.low / 100
        return value, value, match.end()
    if (
        block
        and (match := _AFTER_BLOCK.match(text, end))
        and not TIME_UNIT.match(text, match.end())
        and not (match.group(1) in "一1" and _ONE_WORD.match(text, match.end()))
    ):
        tail = scan_number(match.group(1), 0)
        if tail is not None and not CLASSIFIER.match(text, match.end()):
            value = low + tail.low / 10
            return value, value, match.end()
    return low, high, end


def _may_be_bare(text: str, number: Number, end: int, *, scaled: bool) -> bool:
    """May a number without a currency be money at all, by what follows it?"""
    if number.digits:
        return False
    if scaled:
        return not (SCALED_NOUN.match(text, end) or _is_counted(text, end))
    if TIME_UNIT.match(text, end + text.startswith(" ", end)):
        return False
    return not _is_counted(text, end)


def _is_counted(text: str, end: int) -> bool:
    match = CLASSIFIER.match(text, end)
    if match is None:
        return False
    # "2.5个" and "不超过10个" at the end of a clause may mean ten-thousands.
    bare = match.group().strip() == "个" and re.match(
        r"\s*(?:$|[,;。!?]|左右|以内|吧)", text[match.end() :]
    )
    return not bare


def _weight(
    text: str, number: Number, before: str, end: int, *, marked: bool, alone: bool
) -> Weight | None:
    clause = re.split(r"[;。!?\n]", before)[-1]
    if _CHANGED_TO.search(clause):
        return Weight.FINAL
    if _CHANGE_BY.search(clause) or _STRAY_BEFORE.search(clause) or _STRAY_AFTER.match(text, end):
        return Weight.STRAY
    told = _OFFERED.match(text, end) or _SETTLED.match(text, end)
    if _FINAL_CUE.search(clause) or (marked and told):
        return Weight.FINAL
    if clause.endswith("按") and _RECKONED.match(text, end):
        return Weight.FINAL
    if marked and _HAGGLE.search(clause):
        return Weight.FINAL
    counted = CLASSIFIER.match(text, end)
    if _CUE.search(clause) and not (
        counted and not marked and "预算" not in clause and not _MAX_BEFORE.search(clause)
    ):
        return Weight.CUED
    if marked:
        return Weight.MARKED
    if counted or number.high < 100:
        return Weight.BARE if alone and _is_alone(text, number, end) else None
    if number.high > 10**8 or (1990 <= number.high <= 2035 and number.high != 2000 and not alone):
        return None
    if not (_OPEN_LEFT.search(before) and _OPEN_RIGHT.match(text, end)):
        return None
    return Weight.BARE if number.high >= 100 else None
