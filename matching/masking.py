"""Covering what says who somebody is, before their words are kept to learn from."""

import re
from collections.abc import Iterable

from matching.text.contacts import MASK, mask_contacts
from matching.text.normalize import fold, squeeze
from matching.text.slots import Slots

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许邓韩冯曹彭曾肖萧田董袁潘蒋蔡余杜叶程苏"
    "魏吕丁任卢姚钟姜崔谭陆汪范廖石贾韦夏付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵"
    "万钱严覃武戴莫孔向汤农蒙蓝甘玉岑粟"
)
_TITLES = (
    "经理|老师|主任|先生|女士|小姐|老板|科长|处长|局长|厂长|院长|所长|校长|博士|教授|师傅|律师|"
    "会计|大姐|大哥|总(?![结体量包承额成装线局部公司])"
)
# 工 is an engineer's title and half of many a trade's name.
_ENGINEERS = "王李张刘陈杨黄赵吴周徐孙朱胡郭何林罗郑梁谢宋唐许邓韩冯曹彭曾肖田董袁潘蒋蔡余杜叶苏"
_END = r"(?=[,，。.;；:!！?？\s▇]|$)"
_NAMED = re.compile(
    rf"(?:我叫|叫我|我姓|免贵姓|本人姓?|联系人|姓名|名字叫?)[是为:]?\s?(?P<told>[\u4e00-\u9fff]{{1,4}}?){_END}"
    rf"|我是(?P<am>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}){_END}"
    rf"|(?<![工流过全课作])(?P<titled>[{_SURNAMES}])(?=(?:{_TITLES}))"
    rf"|(?<![加手施化人工])(?P<engineer>[{_ENGINEERS}])(?=工(?![程业艺作具厂件序装商会资期人友种坊匠区]))"
    rf"|(?<![\u4e00-\u9fff])(?:我是)?[小老](?P<small>[{_SURNAMES}])(?:{_END}|(?=介绍|推荐|说|帮|这边))"
)
_SUMS = re.compile(
    r"[¥￥$]\s?\d[\d,.]*"
    r"|\d[\d,.]*\s?(?:[wWkK](?![A-Za-z])|[百千万亿]+|(?=元|块|人民币))(?:多|左右|来)?(?:元|块钱?|人民币)?"
    r"|[零一二三四五六七八九十百千万两几]+(?:多|来)?(?:元|块钱?|万(?!物|用|能)|人民币)"
)
# Licence, card and order numbers; a standard's number is shorter.
_NUMBERS = re.compile(r"[A-Za-z]{0,3}\d(?:[A-Za-z0-9]|-(?=\d)){6,}")
_HOUSES = re.compile(
    r"[\u4e00-\u9fffA-Za-z0-9]{1,6}(?:路|街|巷|大道)\s?\d{1,5}\s?号?(?:[\w-]{0,8}室)?"
)
_SLOTS = ("company", "budget", "budget_ambiguous", "order_no")


def impersonal(normal: str, slots: Slots, names: Iterable[str] = ()) -> str:
    """A normal text with contacts, names, firms, sums and long numbers covered.

    `names`: how the person and their firm are called, as far as we know.
    """
    text = mask_contacts(normal).text
    written = [squeeze(fold(slots.spans[slot]).text) for slot in _SLOTS if slots.spans.get(slot)]
    for words in (*written, *names):
        if len(words.strip()) >= 2:
            text = text.replace(words.strip(), MASK)
    for pattern in (_HOUSES, _NUMBERS, _SUMS):
        text = pattern.sub(MASK, text)
    return _NAMED.sub(_without_name, text)


def _without_name(found: re.Match[str]) -> str:
    name = next(filter(None, found.groups()))
    whole = found.group()
    at = whole.rindex(name)
    return whole[:at] + MASK + whole[at + len(name) :]
