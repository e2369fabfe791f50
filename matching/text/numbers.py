"""Scan numbers as people type them: 3.5w, 一万二, 七八千, 十来, 3,5000, 叁拾伍万."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

Span = tuple[int, int]

HAN_DIGITS = {
    char: value
    for value, chars in enumerate(
        ("零〇", "一壹", "二两贰俩", "三叁仨", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    )
    for char in chars
}
SMALL = {
    "十": 10,
    "拾": 10,
    "廿": 10,
    "卅": 10,
    "百": 100,
    "佰": 100,
    "千": 1000,
    "仟": 1000,
    "k": 1000,
    "K": 1000,
}
_TENS = {"廿": Decimal(2), "卅": Decimal(3)}
BIG = {"万": 10**4, "萬": 10**4, "w": 10**4, "W": 10**4, "亿": 10**8, "億": 10**8}
# Idioms that say a size without saying a number; None is "no number can be computed".
_IDIOMS: tuple[tuple[str, int | None], ...] = (
    ("万儿八千", 10_000),
    ("千儿八百", 1_000),
    ("百八十", None),
    ("千八百", None),
    ("百十", None),
    ("万把", 10_000),
    ("千把", 1_000),
    ("百把", 100),
    ("千来", 1_000),
    ("百来", 100),
)
_ARABIC = re.compile(r"\d{1,3}(?: \d{3})+(?=\s?[元块])|\d+(?:,\d{3,4}(?!\d))*(?:\.\d+)?")
_TOO_LONG = 18  # digits; an account or a serial number, and nothing to compute with
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_SPOKEN_DECIMAL = re.compile(r".点([零一二三四五六七八九])(?=个?[万亿wWkK千])")
_SCREEN = re.compile(r"视频|高清|超清|分辨率|屏|电视|画质|影院|摄像|拍摄")
_STANDARD = re.compile(r"(?:\b(?:GB|GB/T|ISO|IEC|HJ|JB|DB|ZL|CN|QQ|EN|IATF|ASTM|T)[ :_-]*)$", re.I)
_WATTS = re.compile(r"\s?(?:[A-Za-z]|电源|功率|电机|灯|激光|光伏|充电|电炉|变压)")
# A unit of time makes the digit before it a count of its own: 3万5天 is not surely 35000.
TIME_UNIT = re.compile(
    r"(?:个?工作日|个?半?月(?![底初中])|天(?![气津然猫])|周(?![期末边一二三四五六日年转])"
    r"|年(?![前底内初末会后])|日(?!常)|个?(?:小时|钟头|星期|礼拜|季度)|分钟|号(?![召称码令线])|"
    r"点(?!位)|[:时](?=\d))"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number at ``text[start:end]``; `low` and `high` differ for 七八千."""

    start: int
    end: int
    low: Decimal
    high: Decimal
    approx: bool = False  # 三万多, 十来, 万把
    vague: bool = False  # 几千: a size, not a number
    scaled: bool = False  # a unit such as 万, k or 百 was said
    alternatives: tuple[Decimal, ...] = ()  # more than one reading: 3,5000
    digits: bool = False  # Han digits read one by one: 二〇二六
    han: bool = False


def scan_numbers(text: str, taken: Sequence[Span] = ()) -> Iterator[Number]:
    """Every number of a folded text from left to right, none inside a taken span."""
    holes = _merged(taken)
    i = 0
    while i < len(text):
        if i in holes:
            i = max(i + 1, holes[i])
            continue
        number = scan_number(text, i)
        if number is None or number.end - number.start > 2 * _TOO_LONG:
            i = number.end if number else i + 1
            continue
        cut = min((s for s in holes if i < s < number.end), default=number.end)
        if cut < number.end:
            # The taken span reaches into the number; the rest of it says nothing by itself.
            number = scan_number(text[:cut], i) or number
        if not _is_identifier(text, number):
            yield number
        i = max(i + 1, min(number.end, cut))


def _merged(spans: Sequence[Span]) -> dict[int, int]:
    """Spans as start → end, overlapping ones joined."""
    holes: dict[int, int] = {}
    last = -1
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if last >= 0 and start < holes[last]:
            holes[last] = max(holes[last], end)
        else:
            last, holes[start] = start, end
    return holes


def _is_identifier(text: str, number: Number) -> bool:
    """ISO9001, D1024, GB/T 19001, 3.1.2: digits that count nothing."""
    i = number.start
    before = text[i - 1 : i]
    if before.isascii() and before.isalpha():
        word = re.search(r"[A-Za-z]+$", text[:i])
        return word is None or word.group().lower() not in {"rmb", "cny", "y"}
    if before in {".", ":"} and text[i - 2 : i - 1].isdecimal():
        return True
    if before in {"-", "_", "/"} and re.search(r"(?<![\dA-Za-z])[A-Za-z]+[-_/]$", text[:i]):
        return True
    if before == "第":
        return True
    if re.match(r"\.\d|:\d", text[number.end : number.end + 2]):
        return True
    return bool(_STANDARD.search(text[max(0, i - 8) : i])) and text[i].isdigit()


def scan_number(text: str, i: int) -> Number | None:
    """The longest number that starts at i, or None."""
    char = text[i]
    if char in "百千万":
        return _scan_idiom(text, i)
    if not (char.isdecimal() or char in HAN_DIGITS or char in "十拾廿卅几半数"):
        return None
    if char in HAN_DIGITS and (run := _digit_run(text, i)) is not None:
        return run
    if char in "零〇" and text[i + 1 : i + 2] not in {*HAN_DIGITS, *"点元块"}:  # 零件, 两个月零十天
        return None
    return _Reader(text, i).read()


# 万五 is 15 000; 万一 is a conjunction.
_TEN_THOUSAND_AND = re.compile(r"万([二三四五六七八九2-9])(?=$|[,;。!?\s块元左上以吧])")


def _scan_idiom(text: str, i: int) -> Number | None:
    if shorthand := _TEN_THOUSAND_AND.match(text, i):
        thousands = HAN_DIGITS.get(shorthand[1]) or int(shorthand[1])
        value = Decimal(10_000 + 1_000 * thousands)
        return Number(i, shorthand.end(), value, value, scaled=True, han=True)
    for idiom, size in _IDIOMS:
        if text.startswith(idiom, i):
            end = i + len(idiom)
            if size is None and text[end : end + 1] in BIG:
                end += 1
            value = Decimal(size or 0)
            return Number(i, end, value, value, approx=True, vague=size is None, scaled=True)
    return None


def _digit_run(text: str, i: int) -> Number | None:
    """Three and more Han digits without units are read one by one, as in years and phones."""
    end = i
    while end < len(text) and text[end] in HAN_DIGITS:
        end += 1
    if end - i < 3:
        return None
    value = Decimal("".join(str(HAN_DIGITS[c]) for c in text[i:end]))
    return Number(i, end, value, value, digits=True, han=True)


class _Reader:
    """Reads coefficient-unit pairs from left to right: 三 十 五 万 二 → (3×10+5)×10⁴+2×10³."""

    def __init__(self, text: str, start: int) -> None:
        self.text, self.start, self.i = text, start, start
        self.low = self.high = Decimal(0)  # closed by 万 or 亿
        self.section_low = self.section_high = Decimal(0)
        self.last_unit = 0
        self.last_big = 0
        self.approx = self.vague = self.scaled = False
        self.alternatives: tuple[Decimal, ...] = ()
        self.has_value = False

    def read(self) -> Number | None:
        while self.i < len(self.text) and self._pair():
            pass
        if not self.has_value:
            return None
        self._trailing_words()
        low, high = self.low + self.section_low, self.high + self.section_high
        return Number(
            self.start, self.i, low, high, self.approx, self.vague, self.scaled,
            self.alternatives, False, self.text[self.start] in HAN_DIGITS,
        )  # fmt: skip

    def _pair(self) -> bool:
        """Take one coefficient and its unit; False when the number ends here."""
        begin = self.i
        zero = self.has_value and self.text[self.i] in "零〇"
        if zero:
            self.i += 1
        coefficient = self._coefficient()
        self._words_before_unit()
        unit_at = self.i
        if coefficient is not None and self.text[self.i : self.i + 1] == "个":
            # 两个W, 三个亿
            unit_at += self.text[self.i + 1 : self.i + 2] in ("w", "W", "万", "亿")
        unit = self._unit(unit_at)
        if coefficient is None and unit == 0:
            self.i = begin
            return False
        if unit == 0:
            assert coefficient is not None
            return self._bare_tail(coefficient, begin, zero=zero)
        if self.last_unit and coefficient is None and unit < 10**4:
            self.i = begin
            return False
        if coefficient is None and not self.has_value and unit != 10:
            return False
        # 三千五千, 3万5万, 八千一万: two numbers side by side
        beside = unit >= 10**4 and 100 <= self.last_unit < 10**4 and coefficient is not None
        if not self._descends(unit) or (beside and not zero):
            self.i = begin
            return False
        self._take(coefficient, unit)
        self.i = unit_at + 1
        self._compound_unit()
        self._inner_words()
        return True

    def _words_before_unit(self) -> None:
        """50多万, 5 万: an approximation or a space may part a digit from its unit."""
        word, following = self.text[self.i : self.i + 1], self.text[self.i + 1 : self.i + 2]
        if word in {"多", "来", "余"} and following in {"万", "千", "百", "亿"}:
            self.approx = True
            self.i += 1
        elif word == " " and following in {"万", "千", "亿"} and not self.last_unit:
            self.i += 1

    def _descends(self, unit: int) -> bool:
        if unit >= 10**4:
            return not self.last_big or unit < self.last_big
        return not (0 < self.last_unit <= unit)

    def _coefficient(self) -> tuple[Decimal, Decimal] | None:
        text, i = self.text, self.i
        char = text[i : i + 1]
        if char.isdecimal():
            return self._arabic()
        if char in _TENS:  # 廿 is its own unit, two times ten
            return _TENS[char], _TENS[char]
        if char in HAN_DIGITS:
            value = HAN_DIGITS[char]
            following = text[i + 1 : i + 2]
            if (decimal := self._spoken_decimal(value)) is not None:
                return decimal
            if following in HAN_DIGITS and _are_neighbours(value, HAN_DIGITS[following]):
                self.i += 2
                return Decimal(value), Decimal(HAN_DIGITS[following])
            self.i += 1
            return Decimal(value), Decimal(value)
        if char == "几" and (text[i + 1 : i + 2] in {*SMALL, *BIG} or self.has_value):
            self.vague, self.i = True, i + 1
            return Decimal(0), Decimal(0)
        if char == "数" and text[i + 1 : i + 2] in {"十", "百", "千", "万"} and not self.has_value:
            if text[i - 1 : i] in {"参", "个", "位", "人", "件"}:
                return None
            self.vague, self.i = True, i + 1
            return Decimal(0), Decimal(0)
        if char == "半" and (text[i + 1 : i + 2] == "万" or self.last_unit >= 10**4):
            self.i += 1
            if self.last_unit:  # 一万半
                return Decimal(5), Decimal(5)
            return Decimal("0.5"), Decimal("0.5")
        return None

    def _spoken_decimal(self, whole: int) -> tuple[Decimal, Decimal] | None:
        """一点五万: only before a unit, for 三点五十 is a time of day."""
        match = _SPOKEN_DECIMAL.match(self.text, self.i)
        if match is None:
            return None
        self.i = match.end()
        value = Decimal(f"{whole}.{HAN_DIGITS[match.group(1)]}")
        return value, value

    def _arabic(self) -> tuple[Decimal, Decimal] | None:
        match = _ARABIC.match(self.text, self.i)
        assert match is not None
        written = match.group()
        if "," in written:
            written = self._grouped(written)
        self.i += len(written)
        value = Decimal(written.replace(",", "").replace(" ", ""))
        return value, value

    def _grouped(self, written: str) -> str:
        """Cut at the last comma that can be a thousands separator; 3,5000 keeps two readings."""
        if _GROUPED.fullmatch(written):
            return written
        head, _, rest = written.partition(",")
        if len(head) <= 2 and re.fullmatch(r"\d{4}", rest) and not self.has_value:
            end = self.i + len(written)
            if not TIME_UNIT.match(self.text, end):
                joined = Decimal(head + rest)
                self.alternatives = (joined, Decimal(head + rest[:3]))
                return written
        if len(head) == 1 and re.fullmatch(r"\d{1,2}", rest):
            end = self.i + len(written)
            if self.text[end : end + 1] in ("w", "W", "万") and not self.has_value:
                # 3,5万: a slipped point, or a slipped comma
                self.alternatives = (
                    Decimal(f"{head}.{rest}") * 10**4,
                    Decimal(head + rest) * 10**4,
                )
                return written
        grouped = _GROUPED.match(written)
        end = grouped.end() if grouped and written[grouped.end()] == "," else 0
        return written[:end] if end else head

    def _unit(self, at: int) -> int:
        char = self.text[at : at + 1]
        unit = SMALL.get(char) or BIG.get(char) or 0
        following = self.text[at + 1 : at + 2]
        if char in {"k", "K"} and (following.isascii() and following.isalpha()):
            return 0
        if char in {"k", "K"} and _SCREEN.match(self.text, at + 1):
            return 0
        if char in {"w", "W"} and _WATTS.match(self.text, at + 1):
            return 0
        if char == "千" and following and following in "克瓦米帕伏卡兆赫":
            return 0
        if char in {"万", "百"} and self.text.startswith("分之", at + 1):
            return 0
        return unit

    def _take(self, coefficient: tuple[Decimal, Decimal] | None, unit: int) -> None:
        low, high = coefficient or (Decimal(0), Decimal(0))
        if coefficient is None and unit == 10 and not self.section_high:
            low = high = Decimal(1)
        if unit >= 10**4:
            if unit == 10**8:
                self.low = (self.low + self.section_low + low) * unit
                self.high = (self.high + self.section_high + high) * unit
            else:  # the 五千 of 三亿五千万 counts ten-thousands, the 三亿 does not
                self.low += (self.section_low + low) * unit
                self.high += (self.section_high + high) * unit
            self.section_low = self.section_high = Decimal(0)
            self.last_big = unit
        else:
            self.section_low += low * unit
            self.section_high += high * unit
        self.scaled = self.scaled or unit >= 100
        self.last_unit, self.has_value = unit, True

    def _compound_unit(self) -> None:
        """3千万, 五百亿: a second unit right after the first multiplies what has been read."""
        unit = BIG.get(self.text[self.i : self.i + 1], 0)
        if unit and self._unit(self.i) and self.last_unit < unit and self.last_big < unit:
            self._take(None, unit)
            self.i += 1

    def _inner_words(self) -> None:
        """三十多万, 二十来万: a word of approximation between two units."""
        word = self.text[self.i : self.i + 1]
        if word in {"多", "来", "余"} and self.text[self.i + 1 : self.i + 2] in BIG:
            self.approx = True
            self.i += 1

    def _bare_tail(self, coefficient: tuple[Decimal, Decimal], begin: int, *, zero: bool) -> bool:
        """A last coefficient without a unit: 一千五 is 1500, 3万500 is 30500, 三万零五 is 30005."""
        low, high = coefficient
        if not self.has_value:
            self.section_low, self.section_high, self.has_value = low, high, True
            return False
        written = self.text[begin : self.i]
        whole = low == low.to_integral_value()
        if zero or self.last_unit == 10:
            self.section_low += low
            self.section_high += high
        elif (self.last_unit and whole and len(written) == 1) or low != high:
            if TIME_UNIT.match(self.text, self.i):
                base = self.low + self.section_low
                if self.last_unit < 100:
                    self.i = begin
                    return False
                self.alternatives = (base + low * self.last_unit / 10, base)
            self.section_low += low * self.last_unit / 10
            self.section_high += high * self.last_unit / 10
        elif whole and written.isdecimal() and low < self.last_unit and self.last_unit >= 1000:
            if TIME_UNIT.match(self.text, self.i):  # 1万20天
                self.i = begin
                return False
            if len(written) == 2:
                base = self.low + self.section_low
                self.alternatives = (base + low * self.last_unit / 100, base + low)
            self.section_low += low
            self.section_high += low
        else:
            self.i = begin
        return False

    def _trailing_words(self) -> None:
        """三万多, 二十来天, 三十几: the words of approximation that follow a number."""
        word, following = self.text[self.i : self.i + 1], self.text[self.i + 1 : self.i + 2]
        if (
            (word == "多" and following != "少")
            or (word == "余" and (self.scaled or self.last_unit))
            or (
                word == "来"
                and following
                and following in "块元天个周月年人家件套台份张吨米斤页条次名小"
            )
        ):
            self.approx = True
            self.i += 1
        elif word == "几" and self.last_unit:
            self.vague = True
            self.i += 1


def _are_neighbours(first: int, second: int) -> bool:
    """七八, 三五: two digits said as a range."""
    return 0 < first < second and (second == first + 1 or (first, second) == (3, 5))
