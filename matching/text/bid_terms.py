"""What an offer includes and leaves out: official fees, tax, audits, travel."""

import re
from dataclasses import dataclass

ITEM = (
    "(?:官费|规费|审计费|审计|加急费|差旅费|差旅|路费|运费|材料费|检测费|评审费|代理费|服务费|服务器|域名|"
    "上门|安装|调试|培训|部署|采样|年费|查新费|翻译费|专家费|设备费|印刷费|打印费|快递费|住宿|复审|"
    "公证费|登记费|手续费|税费)"
)
_NAMES = {"审计费": "审计", "差旅费": "差旅", "路费": "差旅", "规费": "官费"}
_LIST = rf"{ITEM}(?:[、和与及跟]?{ITEM})*"
_EXCLUDED = re.compile(
    rf"(?:不[包含]含?|不算|未含|不带|没[包含]|除了?|另加)\s?(?P<a>{_LIST})|"
    rf"(?P<b>{_LIST})\s?(?:都|均|费用|约?\d[\d,.]*\s?[元块]?)?(?:另[计算付收外说]|自理|自己出|除外|不[包含]|"
    rf"客户[出付]|甲方[出付]|实报实销|单算|单独算|你们出|贵方出)"
)
_INCLUDED = re.compile(
    rf"(?<!不)(?<!没)(?<!未)(?:包含|[包含送带])(?:了)?\s?(?P<a>{_LIST})|"
    rf"(?P<b>{_LIST})\s?(?:都|全|我们|也)?(?:包了?|含了?|在内|全包|包含|我们出|我出|"
    rf"免)"
)
_TAX_EXCL = re.compile(
    r"\+\s?税|加(?:\d+(?:个点|%))?的?税|加\d+个点|不[含带包开]\s?(?:税|票|发票|专票|"
    r"普票)|未税|税另|裸价|税前|除税|不开票|票另|"
    r"税点?另[计算付]|[税票]自理|不[含包]税费"
)
_TAX_INCL = re.compile(
    r"(?<!不)(?<!未)(?:含|带|包|开)\s?(?:\d{1,2}(?:%|个点)?的?)?\s?(?:增值)?(?:税|"
    r"专票|普票|发票|票|专用发票)|税后|税费?都?[包含]|可开专?票|能开专?票"
)
_CLAUSE = re.compile(
    r"(?:不含|不包|包含|含|包(?![工里价干])|送|免费|"
    r"看(?=具体|情况|图|样|需求|要求|数量|工作量|现场|资料|"
    r"实际))[^,;。!?\n\d天]*?(?=[,;。!?\n\s]|\d+[天个]|$)"
)
_TAXES = re.compile(r"^(?:不?[含带包开](?:增值)?(?:税|票|发票|专票|普票)|不含税|含税|未税)$")


@dataclass(frozen=True, slots=True)
class Terms:
    tax: str
    included: tuple[str, ...]
    excluded: tuple[str, ...]
    note: str


def read_terms(said: str) -> Terms:
    """The terms beside price and time, each item under one name."""
    excluded = _items(_EXCLUDED, said)
    included = tuple(item for item in _items(_INCLUDED, said) if item not in excluded)
    tax = ""
    if _TAX_EXCL.search(said):
        tax = "excl"
    if _TAX_INCL.search(said) and (not tax or not re.search(r"不[含带]税[^,;。]{0,4}$", said)):
        tax = "incl" if not tax or len(re.findall(r"含[税票]", said)) > 1 else tax
    clauses = [match.group().strip() for match in _CLAUSE.finditer(said)]
    clauses = [c.strip(" ()") for c in clauses if not re.fullmatch(r"[全都]?[包含]了?[的吧]?", c)]
    others = [c for c in clauses if not _TAXES.match(c)]
    note = (others or clauses or [""])[-1]
    return Terms(tax, included, excluded, note if len(note) >= 2 else "")


def _items(pattern: re.Pattern[str], said: str) -> tuple[str, ...]:
    found: list[str] = []
    for match in pattern.finditer(said):
        for item in re.findall(ITEM, match["a"] or match["b"]):
            name = _NAMES.get(item, item)
            if name not in found:
                found.append(name)
    return tuple(found)
