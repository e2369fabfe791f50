"""Find and mask ways to reach somebody outside the market, however they are spelt."""

import re
from dataclasses import dataclass

from matching.text.normalize import Folded, fold
from matching.text.numbers import HAN_DIGITS, Span

MASK = "▇▇▇"
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}\s?(?:@|\(at\)|\[at\]|#at#)\s?"
    r"[A-Za-z0-9-]{1,63}(?:\s?(?:\.|\(dot\)|点)\s?[A-Za-z]{2,10}){1,3}(?![A-Za-z0-9])",
    re.I,
)
_IM = re.compile(
    r"(?:(?<![A-Za-z])(?:QQ|VX|WX|V信|wechat|weixin|V)|微信|薇信|威信|维信|微❤|企鹅|扣扣|加[我]?[vV])"
    r"(?:号码?|群)?\s?(?:是|为|:|:|,|加|同号)?\s{0,2}"
    r"(?P<id>[A-Za-z][A-Za-z0-9_-]{5,19}|[1-9]\d{4,11}(?!\d)|[一二三四五六七八九零〇][一二三四五六七八九零〇\s]{5,20})",
    re.I,
)
_SPOKEN = {char: str(value) for char, value in HAN_DIGITS.items() if char not in "两俩仨"} | {
    "幺": "1", "妖": "1", "夭": "1", "洞": "0", "拐": "7", "勾": "9", "O": "0", "o": "0", "l": "1",
}  # fmt: skip
_RUN_CHARS = "0-9" + "".join(_SPOKEN)
_JOIN = r"[\s\-_.·*,]{0,2}"
_RUN = re.compile(
    rf"(?<![A-Za-z0-9])(?:\+|00)?(?:[{_RUN_CHARS}]{_JOIN}){{6,19}}[{_RUN_CHARS}](?![A-Za-z0-9])"
)
_MOBILE = re.compile(r"(?:86)?1[3-9]\d{9}")
_LANDLINE = re.compile(
    r"(?:86)?0?(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}|0(?:10|2\d|[3-9]\d{2})\d{7,8}|[48]00\d{7}"
)
_NOT_CONTACT = re.compile(
    r"(?:GB(?:/T)?|ISO|ZL|CN|专利号?|申请号|公开号|授权号|证书号?|标准号?|订单号?|单号|编号|合同号?|发票号?|收据|流水号?|税号|信用代码|身份证|批号|型号|账[户号]|卡号|[DOJRQ]|[¥$￥])[\s:#_.-]*\d{0,6}[\s.-]*$",
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
        span = _phone_span(text, match)
        if span is not None and _is_free(found, span):
            found.append(span)
    return sorted(found)


def _is_free(found: list[Span], span: Span) -> bool:
    return all(span[1] <= start or end <= span[0] for start, end in found)


def _phone_span(text: str, match: re.Match[str]) -> Span | None:
    start, end = match.span()
    if _NOT_CONTACT.search(text[max(0, start - 14) : start]) or _MONEY_AFTER.match(text, end):
        return None
    digits: list[tuple[str, int]] = []
    for i in range(start, end):
        char = text[i]
        if char.isdecimal():
            digits.append((str(int(char)), i))
        elif char in _SPOKEN:
            digits.append((_SPOKEN[char], i))
    return _phone_in(text, digits, match.group())


def _phone_in(text: str, digits: list[tuple[str, int]], written: str) -> Span | None:
    joined = "".join(d for d, _ in digits)
    for pattern in (_MOBILE, _LANDLINE):
        for match in pattern.finditer(joined):
            first, last = digits[match.start()][1], digits[match.end() - 1][1] + 1
            if pattern is _LANDLINE and not _looks_landline(text, first, last, joined, match):
                continue
            if match.end() != len(joined) and text[last : last + 1].isdecimal():
                continue
            if match.start() and text[first - 1].isdecimal():
                continue
            if written.startswith("+") and match.start() == 0:
                first -= text[first - 1 : first] == "+"
            return first, last
    return None


def _looks_landline(text: str, first: int, last: int, joined: str, match: re.Match[str]) -> bool:
    """An area code or a word says so: bare seven digits are more often something else."""
    if match.group().startswith(("0", "400", "800", "86")) and match.end() - match.start() >= 10:
        return True
    cued = re.search(r"(?:电话|座机|热线|致电|拨打?|tel|phone)[^,;。\d]{0,4}$", text[:first], re.I)
    return bool(cued) and match.end() - match.start() >= 10


def find_contacts(text: str) -> tuple[str, ...]:
    """The exact substrings of the message by which somebody could be reached, in order."""
    folded = fold(text)
    return tuple(folded.original(*span) for span in contact_spans(folded))


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
    if len(digits) == 10 and not digits.startswith(("0", "400", "800")):
        return "0" + digits
    return digits
