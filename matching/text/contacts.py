"""Find and mask ways to reach somebody outside the market, however they are spelt."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from matching.text.normalize import Folded, fold
from matching.text.numbers import HAN_DIGITS, Span

MASK = "▇▇▇"
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}\s?(?:@|\(at\)|\[at\]|#at#)\s?"
    r"[A-Za-z0-9-]{1,63}(?:\s?(?:\.|\(dot\)|点)\s?[A-Za-z]{2,10}){1,3}(?![A-Za-z0-9])",
    re.I,
)
_IM = re.compile(
    r"(?:(?<![A-Za-z])(?:QQ|VX|WX|V信|wechat|weixin|V)|微信|薇信|威信|维信|微❤|企鹅|"
    r"扣扣|加[我]?[vV])"
    r"(?:号码?|群)?\s?(?:是|为|:|:|,|加|同号)?\s{0,2}"
    r"(?P<id>[A-Za-z][A-Za-z0-9_-]{5,19}|[1-9]\d{4,11}(?!\d)|"
    r"[一二三四五六七八九零〇][一二三四五六七八九零〇\s]{5,20})",
    re.I,
)
_SPOKEN = {char: str(value) for char, value in HAN_DIGITS.items() if char not in "两俩仨"} | {
    "幺": "1", "么": "1", "妖": "1", "夭": "1", "洞": "0", "拐": "7", "勾": "9",
    "O": "0", "o": "0", "l": "1",
}  # fmt: skip
_RUN_CHARS = "0-9" + "".join(_SPOKEN)
_JOIN = r"[\s\-—–_.·*(),、]{0,2}"
_RUN = re.compile(
    rf"(?<![A-Za-z0-9])(?:\+|00)?(?:[{_RUN_CHARS}]{_JOIN}){{6,40}}[{_RUN_CHARS}](?![A-Za-z0-9])"
)
_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9]\d{9}")
_LANDLINE = re.compile(
    r"(?:86)?0?(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}|0(?:10|2\d|[3-9]\d{2})\d{7,8}|[48]00\d{7}"
)
# How people part the digits of a phone; other groups are amounts and dates side by side.
_MOBILE_GROUPS = {
    (11,),
    (3, 4, 4),
    (4, 4, 3),
    (4, 3, 4),
    (5, 6),
    (3, 8),
    (7, 4),
    (3, 3, 5),
    (5, 3, 3),
}
_LANDLINE_GROUPS = re.compile(
    r"\(?0\d{2,3}\)?[\s—–-]{0,3}(?:\d{7,8}|\d{3,4}[\s-]\d{4})|[48]00[\s-]?\d{3,4}[\s-]?\d{3,4}"
    r"|(?:\+|00)?86[\s-]?0?\d{2,3}[\s-]{0,3}\d{7,8}|\d{10}"
)
_NOT_CONTACT = re.compile(
    r"(?:GB(?:/T)?|ISO|ZL|CN|专利号?|申请号|公开号|授权号|证书号?|标准号?|订单号?|"
    r"单号|编号|合同号?|发票号?|收据|流水号?|税号|信用代码|身份证|批号|型号|"
    r"账[户号]|卡号|[DOJRQ]|[¥$￥])[\s:#_.-]*\d{0,6}[\s.-]*$",
    re.I,
)
_MONEY_AFTER = re.compile(r"\s?(?:元|块|万|w|千|k|亿)", re.I)


@dataclass(frozen=True, slots=True)
class Masked:
    text: str
    spans: tuple[str, ...]  # what was covered, in order


def contact_spans(folded: Folded) -> list[Span]:
    """Places of phones, e-mails and messenger ids in a folded text."""
    text = folded.text
    found: list[Span] = [m.span() for m in _EMAIL.finditer(text)]
    for match in _IM.finditer(text):
        if _is_free(found, match.span("id")):
            start, end = match.span("id")
            found.append((start, start + len(text[start:end].rstrip())))
    for match in _RUN.finditer(text):
        found += [span for span in _phone_spans(text, match) if _is_free(found, span)]
    return sorted(found)


def _is_free(found: list[Span], span: Span) -> bool:
    return all(span[1] <= start or end <= span[0] for start, end in found)


def _phone_spans(text: str, match: re.Match[str]) -> list[Span]:
    start, end = match.span()
    if _NOT_CONTACT.search(text[max(0, start - 14) : start]) or _MONEY_AFTER.match(text, end):
        return []
    digits: list[tuple[str, int]] = []
    for i in range(start, end):
        char = text[i]
        if char.isdecimal():
            digits.append((str(int(char)), i))
        elif char in _SPOKEN:
            digits.append((_SPOKEN[char], i))
    return _phones_in(text, digits, match.group())


def _phones_in(text: str, digits: list[tuple[str, int]], written: str) -> list[Span]:
    joined = "".join(digit for digit, _ in digits)
    found: list[Span] = []
    for pattern in (_MOBILE, _LANDLINE):
        for match in _overlapping(pattern, joined):
            first, last = digits[match.start()][1], digits[match.end() - 1][1] + 1
            inside = text[last : last + 1].isdecimal() or text[first - 1 : first].isdecimal()
            if inside or not _is_free(found, (first, last)):
                continue
            if pattern is _LANDLINE and not _looks_landline(text, first, match.group()):
                continue
            if not _grouped_like_a_phone(text[first:last], mobile=pattern is _MOBILE):
                continue
            if written.startswith("+") and match.start() == 0:
                first -= text[first - 1 : first] == "+"
            found.append((first, last))
    return found


def _overlapping(pattern: re.Pattern[str], digits: str) -> Iterator[re.Match[str]]:
    """Every match: a price before a phone must not eat the phone's first digits."""
    at = 0
    while (match := pattern.search(digits, at)) is not None:
        yield match
        at = match.start() + 1


def _grouped_like_a_phone(written: str, *, mobile: bool) -> bool:
    """Spoken digits may be parted anyhow; written ones only as phones are."""
    if any(char in _SPOKEN and not char.isascii() for char in written):
        return True
    if not mobile:
        return bool(_LANDLINE_GROUPS.fullmatch(written))
    groups = tuple(len(group) for group in re.findall(r"\d+", re.sub(r"^(?:00)?86", "", written)))
    separators = set(re.findall(r"[^\d]+", written))
    return groups in _MOBILE_GROUPS or (
        len(groups) >= 4 and max(groups) <= 4 and len(separators) == 1
    )


def _looks_landline(text: str, first: int, digits: str) -> bool:
    """An area code or a word says so: bare seven digits are more often something else."""
    if len(digits) < 10:
        return False
    if digits.startswith(("0", "400", "800", "86")):
        return True
    return bool(
        re.search(r"(?:电话|座机|热线|致电|拨打?|tel|phone)[^,;。\d]{0,4}$", text[:first], re.I)
    )


def find_contacts(text: str) -> tuple[str, ...]:
    """The exact substrings of the message by which somebody could be reached, in order."""
    folded = fold(text)
    return tuple(folded.original(*span) for span in contact_spans(folded))


@lru_cache(64)  # what is masked is shown, kept and sent: asked for several times a turn
def mask_contacts(text: str) -> Masked:
    """The message with every contact covered; text beyond the reading limit is dropped."""
    folded = fold(text)
    pieces: list[str] = []
    covered: list[str] = []
    at = 0
    for span in contact_spans(folded):
        start, end = folded.span(*span)
        pieces += (folded.source[at:start], MASK)
        covered.append(folded.source[start:end])
        at = end
    pieces.append(folded.source[at:])
    return Masked("".join(pieces), tuple(covered))


def phone_digits(written: str) -> str:
    """A phone as it is dialled inside the country: ``+86 150…`` → ``150…``, spoken digits too."""
    folded = fold(written).text
    digits = "".join(c if c.isdecimal() else _SPOKEN.get(c, "") for c in folded)
    if digits.startswith("0086"):
        digits = digits[4:]
    elif digits.startswith("86") and len(digits) > 11:
        digits = digits[2:]
    else:
        return digits
    # Abroad the trunk zero of a landline is left out.
    return digits if digits.startswith(("0", "1")) else "0" + digits
