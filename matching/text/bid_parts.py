"""Which demands a group message speaks of, and which of its words belong to which."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from matching.text.bid_kinds import asks, refuses, withdraws
from matching.text.normalize import MAX_CHARS, fold
from matching.text.numbers import Span, scan_number, scan_numbers

EXPLICIT = re.compile(
    r"(?<![A-Za-z0-9])[#＃【\[]?\s?[Dd]\s?[-_ ]?\s?(?P<digits>\d{3,8})(?![\dA-Za-z])"
)
_BARE = re.compile(
    r"(?<![\d.A-Za-z])(?P<digits>\d{3,6})(?![\d.]\d|(?<!\d{4}),\d{3}(?!\d)|[\dA-Za-z万千元块%])"
)
_BARE_LEFT = re.compile(
    r"(?:^|\n)\s*(?:@\S+\s*)*(?:(?:老板们?|大家好?|各位|[你您]好|群主|老师们?好?|嗯+|呃+|额+|"
    r"哦+|啊+|那个|那啥|就是|喂|哈喽|hello|hi|在吗|好的?|ok|收到|看了下?|麻烦|小科)[\s,!。.~…]*){0,3}"
    r"(?:报价|接|抢|投|参与|更正|关于|需求号|我来报个?|报个|我的|我们?接?|这[单个]|编号|改价|撤标|"
    r"撤[回销]?|取消|收回|退出|需求|昨天|刚才|刚刚|上午)?[\s:,#]*$|(?:接|做|编号|报价?|单号|投?标|抢|改价|撤标)[\s:是]*$|"
    # A clause of its own behind a few words without a number.
    r"^[^\d,;。!?\n]{1,12}[,;。!~\n]\s*$",
    re.I,
)
# 一零二四, 幺零二四: read out as on the phone.
_SPOKEN = re.compile(
    r"(?:(?<![A-Za-z])[Dd]\s?)?(?P<digits>[零〇一二三四五六七八九幺]{3,6})(?![\d十百千万亿元块年])"
)
# 一千零二十四号的单子: told as a number.
_TOLD = re.compile(
    r"(?P<digits>[一二三四五六七八九]千[零〇一二三四五六七八九十百]{1,6})号(?=的?(?:单|标|需求|那))"
)
_SPOKEN_DIGITS = str.maketrans("零〇一二三四五六七八九幺", "001234567891")
_BARE_RIGHT = re.compile(
    r"\s?(?:号(?![线楼店])|(?:的|那[个单标条]?)的?(?:标|报?价|报价?|单子?|投标)?(?:给我)?(?:撤|退|取消|删))"
)
_NOT_DEMAND_LEFT = re.compile(
    r"(?:车牌\S{0,4}|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤川青藏琼宁][A-Z][·. ]?|"
    r"大道|[路街巷弄村]|高铁|动车|火车|列车|航班|车次|相机|尼康|型号|买了?[台个部]?|[那这一]台|房间?|房号|楼)\s*$"
)
_NO_DEMAND_AT_ALL = re.compile(
    r"\s?(?:次(?:动车|高铁|列车|车|(?=[去到往开]))|相机|镜头|次列车|房间|号房|室|高铁|动车)"
)
_NOT_DEMAND_RIGHT = re.compile(
    r"\s?(?:相机|镜头|次列车|次|房|室|路公交|高铁|站|米|步|公里|人(?!工)|分|不是(?!\s?\d)|个(?!单|标|需求)|[件套台张份])"
)
_QUOTE_BOX = re.compile(r"^\s*「(?P<quote>.*?)」\s*(?:\n?\s*[-—─–=\s]{3,}\n?)?", re.S)
_QUOTE_LINE = re.compile(r"^\s*>[^\n]*(?:\n|$)", re.M)
_REPLY = re.compile(r"\[CQ:reply,")
BROADCAST = re.compile(
    r"【\s*(?:D\d+|新需求)[^】]*】[^\n]*(?:预算|截标|回复|报价)|D\d+[^\n]*[|｜][^\n]*(?:预算|"
    r"截标)|已收到您|核对一下|截标前可改可撤|密封指纹|回[复“\"][^\n]{0,20}(?:报价|接)[^\n]{0,30}即可",
    re.I,
)

_TOGETHER = re.compile(
    r"一起|打包|两个都|都做|都接|合着|一并|三个|一块|[dD]?\d\s*[、和+&跟及/,]\s*[dD]\d"
)

# 1024、1030 各5000: the same price for each, no bundle.
_EACH_ONE = re.compile(
    r"(?:(?:[各均]|每[个单项])(?:报|要|收|出|做)?|都[是报要收出])价?\s?[¥\d一二两三四五六七八九]"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A message without its quotation, and what is known about what it answers."""

    body: str
    quoted: str | None
    replying: bool


def unquote(text: str, quoted_no: str | None) -> Line:
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
        if (number := EXPLICIT.search(quote)) and quoted is None:
            quoted = f"D{number['digits']}"
    return Line(body.strip(), quoted.upper() if quoted else None, replying)


def named_demands(body: str, open_nos: frozenset[str]) -> list[tuple[Span, str]]:
    """Every demand number in the body with its place."""
    found: list[tuple[Span, str]] = []
    for match in EXPLICIT.finditer(body):
        no = f"D{match['digits']}"
        if _NOT_DEMAND_LEFT.search(body[: match.start()]) or _NO_DEMAND_AT_ALL.match(
            body, match.end()
        ):
            continue
        # One that is not open is still named when it leads: it gets told what has become of it.
        leads = match.start() <= 12 and not _NOT_DEMAND_RIGHT.match(body, match.end())
        beside = bool(found) and _leads_next_offer(body, match.span(), found[-1][0])
        if no in open_nos or leads or beside:
            found.append((match.span(), no))
    for match in (*_BARE.finditer(body), *_SPOKEN.finditer(body)):
        no = f"D{match['digits'].translate(_SPOKEN_DIGITS)}"
        if no not in open_nos or any(s <= match.start() < e for (s, e), _ in found):
            continue
        if any(known == no for _, known in found):
            continue  # D1024 报价1024: named already, so this is its price
        joined = r"\s?[和与及、+&跟,]\s?" if _TOGETHER.search(body) else r"\s?[和与及、+&跟]\s?"
        if found and re.fullmatch(joined, body[found[-1][0][1] : match.start()]):
            found.append((match.span(), no))
            continue
        if found and _leads_next_offer(body, match.span(), found[-1][0]):
            found.append((match.span(), no))
            continue
        if _NOT_DEMAND_RIGHT.match(body, match.end()) or _NOT_DEMAND_LEFT.search(
            body[: match.start()]
        ):
            continue
        if (
            _BARE_LEFT.search(body[: match.start()])
            or _BARE_RIGHT.match(body, match.end())
            or _is_spoken_of(body, match.span())
        ):
            found.append((match.span(), no))
    for match in _TOLD.finditer(body):
        number = scan_number(match["digits"], 0)
        if number is not None and (no := f"D{int(number.low)}") in open_nos:
            found.append((match.span(), no))
    return sorted(found)


# 咁1051我报六千八, 我司参与1051，报价…: whoever speaks of it stands beside the number.
_SPEAKER = re.compile(
    r"(?:我司|我们|本公司|想问|请问|不好意思|参与|报下?|咁|喔|诶)[^\d,;。\n]{0,6}$"
)
_OF_OURS = re.compile(r"\s?[,，]?\s?(?:我[司们方]?(?:来|报|接|做|出|退|这|要)|报价|咱们?)")


def _is_spoken_of(body: str, span: Span) -> bool:
    """Whether a bare number with few words before it is what somebody offers or asks about."""
    before, behind = body[: span[0]], body[span[1] :]
    if re.search(r"\d", before) or len(before) > 16:
        return False
    if not (_SPEAKER.search(before) or _OF_OURS.match(behind)):
        return False
    return _is_priced(behind) or withdraws(behind) or asks(behind) or bool(_OF_OURS.match(behind))


def _leads_next_offer(body: str, span: Span, before: Span) -> bool:
    """Whether a demand's number begins the next offer: 1024 2.8万 1025 450元."""
    between, behind = body[before[1] : span[0]], body[span[1] :]
    if not re.search(r"[\s,;。、:]$", between) or not re.match(
        r"[\s,;:]|[号这我报不先撤多还几]", behind
    ):
        return False
    if not (_is_priced(between) or withdraws(between)):
        return False
    return _is_priced(behind) or withdraws(behind) or asks(behind)


def _says_something(piece: str) -> bool:
    return _is_priced(piece) or withdraws(piece) or refuses(piece) or asks(piece)


def _is_priced(text: str) -> bool:
    return any(n.high >= 100 for n in scan_numbers(text))


def parts(line: Line, named: list[tuple[Span, str]]) -> list[tuple[str, tuple[str, ...]]]:
    """Cut a message that offers for several demands; a bundle stays whole."""
    nos = tuple(dict.fromkeys(no for _, no in named))
    rest = blank_out(line.body, [span for span, _ in named])
    if len(nos) < 2:
        return [(rest, nos or ((line.quoted,) if line.quoted else ()))]
    bounds = [span[0] for span, _ in named]
    pieces = [rest[a:b] for a, b in zip([0, *bounds[1:]], [*bounds[1:], len(rest)], strict=True)]
    apart: list[tuple[str, tuple[str, ...]]] = [
        (piece, (no,)) for piece, (_, no) in zip(pieces, named, strict=True)
    ]
    if all(_says_something(piece) for piece in pieces):
        return apart
    if _EACH_ONE.search(rest):
        return [(rest, (no,)) for no in nos]
    if not _TOGETHER.search(line.body) and any(
        re.search(r"[\u4e00-\u9fff]", p) for p in pieces[:-1]
    ):
        return apart
    return [(rest, nos)]


def blank_out(text: str, spans: Sequence[Span]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
