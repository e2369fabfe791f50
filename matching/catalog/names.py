"""How near a name somebody says comes to a firm's: by its sound first, then by its writing."""

import re
from dataclasses import dataclass
from functools import cache

from matching.catalog.words import lines
from matching.text.normalize import letters_only, normalize
from matching.text.pinyin import sounded
from matching.text.regions import gazetteer

_ASKING = re.compile(
    r"^(?:你好|您好|请问|麻烦|请|帮我们?|帮忙|给我|我们?想|我要|想|能不能|可以|再|一下)*"
    r"(?:找一下|找找|找|查一下|查查|查|看一下|看看|看|问一下|问|联系一下|联系|邀请|邀|提现给)?(?:一下)?"
    r"(?:服务商)?(?=..)"
)
_ASKED = re.compile(
    r"的?(?:联系方式|联系人|联系电话|电话号码|电话|手机号?|微信号?|邮箱|地址|资料|名片|情况|案例|评价)"
    r"(?:是多少|有吗|有没有|给我|发我|多少|是什么|呢)*$|(?:怎么联系|怎么样|在哪里?|靠谱吗|做得怎么样)$"
)
_SOUND = 0.8  # what is heard counts so much, what is written the rest
_TRIMMED = 0.97  # a brand says a little less than the whole name
_SHORTEST, _LONGEST = 2, 60
_LONGEST_ASKED = 200  # comparing takes the product of both lengths
_WHOLE = 0.8
_UNHEARD = 50.0


@cache
def _tails() -> re.Pattern[str]:
    """The longest run of trade words and legal forms at the end of a name."""
    words = sorted(lines("firm_words.txt"), key=len, reverse=True)
    # Possessive: 信息系统 is one word and two, and trying both for each would take for ever.
    return re.compile(f"(?:{'|'.join(words)})++$")


def is_trade(words: str) -> bool:
    """Whether these are nothing but words that many firms of many trades share."""
    return _tails().fullmatch(words) is not None


@cache
def _legal_form() -> re.Pattern[str]:
    return re.compile(r"(?:有限责任|股份有限|集团有限|有限|股份|集团|总|分)?公司$|集团$")


@dataclass(frozen=True, slots=True)
class FirmName:
    """A name as it is compared: without its legal form, and where its brand (桂知源) stands.

    `heard` has one character for a syllable, see `sounded`.
    """

    core: str
    heard: str
    begin: int
    end: int

    @property
    def brand(self) -> "Said":
        if len(self.heard) != len(self.core):  # pinyin in the name has fewer syllables
            return said(self.core[self.begin : self.end])
        return Said(self.core[self.begin : self.end], self.heard[self.begin : self.end])


def firm_name(name: str) -> FirmName:
    core = _shorter(_legal_form(), letters_only(normalize(name)))[:_LONGEST]
    end = len(_shorter(_tails(), core))
    return FirmName(core, sounded(core), _place_length(core[:end]), end)


def asked_name(text: str) -> str:
    """What is left of a sentence without the words of asking for somebody, as it is compared."""
    words = letters_only(normalize(text[:_LONGEST_ASKED]))
    rest = _ASKED.sub("", _ASKING.sub("", words))
    return _shorter(_legal_form(), rest if len(rest) >= _SHORTEST else words)


@dataclass(frozen=True, slots=True)
class Said:
    """A text and its sound, one character a syllable."""

    text: str
    heard: str


def said(text: str) -> Said:
    return Said(text, sounded(text))


def nearness(asked: Said, name: FirmName) -> float:
    """0…1: 1 if the name, its brand or a part of it was said, alone or in a sentence."""
    if not asked.text:
        return 0.0
    whole = _near(asked, Said(name.core, name.heard))
    if whole >= _TRIMMED or name.end - name.begin == len(name.core):
        return whole
    return max(whole, _TRIMMED * _near(asked, name.brand))


def likeness(asked: Said, name: FirmName) -> float:
    """0…2: how much of all that was said is all of the name; orders those that are near.

    Half of it is blind to the order of characters: they are swapped as often as lost.
    """
    from rapidfuzz import fuzz

    heard = fuzz.ratio(asked.heard, name.heard) / 100 + _shared(asked.heard, name.heard)
    written = fuzz.ratio(asked.text, name.core) / 100 + _shared(asked.text, name.core)
    return _SOUND * heard + (1 - _SOUND) * written


def _shared(one: str, other: str) -> float:
    """Of their distinct characters the share that both have."""
    mine, theirs = set(one), set(other)
    return 2 * len(mine & theirs) / (len(mine) + len(theirs) or 1)


def was_named(asked: Said, name: FirmName) -> bool:
    """Whether a sentence about other things, too, names a firm: its whole name, or its brand.

    A brand of two characters is a word of the sentence as often as not.
    """
    brand = name.brand.text
    if len(brand) > _SHORTEST and brand in asked.text:
        return True
    if len(asked.text) < len(name.core) - 1:
        return False
    return _near(asked, Said(name.core, name.heard)) >= _WHOLE


def _near(asked: Said, name: Said) -> float:
    from rapidfuzz.fuzz import partial_ratio, ratio

    heard = max(ratio(asked.heard, name.heard), partial_ratio(asked.heard, name.heard))
    if heard < _UNHEARD:  # nobody means it, however it is written
        return _SOUND * heard / 100
    written = max(ratio(asked.text, name.text), partial_ratio(asked.text, name.text))
    return (_SOUND * heard + (1 - _SOUND) * written) / 100


def _shorter(tail: re.Pattern[str], name: str) -> str:
    """The name without its tail, unless hardly anything would be left."""
    found = tail.search(name)
    while found is not None and found.start() < _SHORTEST:
        found = tail.search(name, found.start() + 1)
    return name[: found.start()] if found is not None else name


def _place_length(brand: str) -> int:
    """Characters of the place a name begins with, 0 if none, or if little else would be left."""
    names, longest = gazetteer()
    for length in range(min(longest, len(brand) - _SHORTEST), 1, -1):
        if brand[:length] in names:
            return length
    return 0
