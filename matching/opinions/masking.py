"""Take people out of a text before it leaves the house: contacts, names, firms, long numbers."""

import re
from collections.abc import Iterable

from matching.text.contacts import MASK, contact_spans
from matching.text.normalize import Folded, fold, squeeze
from matching.text.numbers import Span

# The commonest surnames, without those that begin everyday words (高工, 施工, 于, 方, 万, 成, 和).
_SURNAME = (
    "王李张刘陈杨黄赵周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛"
    "叶阎余潘杜戴夏钟汪田姜范谭廖邹熊陆郝孔崔康毛邱秦史顾侯邵孟龙段雷钱汤尹黎易常武乔贺赖龚韦莫覃"
)
_PATTERNS = (
    re.compile(
        rf"(?P<name>[{_SURNAME}])(?:总(?![共价额量包体结计是要算之])|工(?![程艺作业厂期人装]))"
    ),
    re.compile(
        rf"(?P<name>[{_SURNAME}][\u4e00-\u9fff]{{0,2}}?)(?:经理|师傅|老师|主任|先生|女士|小姐|老板|"
        "律师|教授|博士|院长|处长|科长|所长|厂长|会计|医生)"
    ),
    re.compile(rf"[老小阿](?P<name>[{_SURNAME}])(?=[\s,，。:：说的]|$)"),
    re.compile(
        r"(?:我叫|名叫|姓名|联系人|负责人|法人|法定代表人|收件人|经办人)[\s是为:：叫]{0,3}"
        rf"(?P<name>[{_SURNAME}高施于方万成][\u4e00-\u9fff]{{1,2}})"
    ),
    re.compile(rf"我是(?P<name>[{_SURNAME}][\u4e00-\u9fff]{{1,2}})(?=[\s,，。:：]|$)"),
    re.compile(r"@(?P<name>[^\s@,，。:：]{1,20})"),
    # Cards, identity and credit codes; an amount has fewer digits, or a unit behind it.
    re.compile(r"(?<![\dA-Za-z])(?P<name>[\dA-Z]*\d{10,}[\dA-Z]*)(?![\dA-Za-z])"),
)


def mask_people(folded: Folded, *more: str) -> str:
    """The text in one spelling with nobody recognisable in it; `more` are substrings to cover."""
    text = folded.text
    spans = list(contact_spans(folded))
    for pattern in _PATTERNS:
        spans += [found.span("name") for found in pattern.finditer(text)]
    for written in filter(None, more):
        spans += _occurrences(text, fold(written).text)
    return squeeze(_covered(text, spans))


def _occurrences(text: str, part: str) -> Iterable[Span]:
    at = text.find(part)
    while part and at >= 0:
        yield at, at + len(part)
        at = text.find(part, at + len(part))


def _covered(text: str, spans: Iterable[Span]) -> str:
    pieces: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if end <= at:
            continue
        if start >= at:
            pieces += (text[at:start], MASK)
        at = end
    pieces.append(text[at:])
    return "".join(pieces)
