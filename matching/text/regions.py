"""Find the province, city and county a message speaks of, and zones such as 高新区."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from matching.text.numbers import Span

HOME = "广西壮族自治区"
# County names that are also ordinary words: only with their 区 or 县.
_WORDS = frozenset(
    [
        "资源",
        "江南",
        "城中",
        "港口",
        "海城",
        "兴业",
        "大化",
        "大新",
        "天等",
        "象山",
        "七星",
        "平南",
        "江州",
        "凤山",
        "乐业",
        "合山",
    ]
)
# Counties elsewhere known by their short names alone.
_KNOWN = frozenset(
    [
        "顺德区",
        "南海区",
        "番禺区",
        "昆山市",
        "义乌市",
        "浦东新区",
        "张家港市",
        "常熟市",
        "晋江市",
        "慈溪市",
    ]
)
# Names from before the counties became cities and districts.
_FORMER = {
    "横县": "横州市",
    "平果县": "平果市",
    "靖西县": "靖西市",
    "荔浦县": "荔浦市",
    "柳江县": "柳江区",
    "武鸣县": "武鸣区",
    "宜州市": "宜州区",
    "临桂县": "临桂区",
    "田阳县": "田阳区",
}
_NATIONS = re.compile(
    r"(?:壮|苗|瑶|侗|毛南|仫佬|彝|回|藏|土家|满|蒙古|朝鲜|黎|白|傣|哈尼|景颇|傈僳|"
    r"布依|土|维吾尔|哈萨克|各)+族(?:自治[县州区]|自治区)$"
    r"|各族自治县$|(?:特别行政区|自治区|自治[州县]|地区|盟|新区|[省市区县旗])$"
)
_NOT_PLACE = re.compile(
    r"(?:螺蛳粉|米粉|腐乳|老友粉|酸粉|辣椒酱|五菱|啤酒|大学|学院|师范|医科|理工|银行|路(?!由)|街|牌|机场|站|杯|"
    r"人(?!民|社|才)|话|菜|航空|卫视|交响|烤鸭|小笼|籍|证券|时间|道(?!路)|那家)"
)
_SCHOOL = re.compile(r"[\u4e00-\u9fff]{0,6}?(?:大学|学院|医院|中学|职院)")
_NEGATED = re.compile(
    r"(?:不要|不是|除了?|不在|别找|不限|非|不用|不找|不[去到来往发]|不考虑)[^,;。]{0,3}$"
)
# 陆川不是，博白才是; 贵港莫去
_NEGATED_AFTER = re.compile(r"\s?(?:不是|[莫别]去|不去|就?不要|不考虑|免谈|就?算了)")
# 人在柳州，项目在来宾: where the work is counts, not where the person is.
_WHERE_IT_IS = re.compile(r"(?:项目|地点|现场|工地|设备|厂房?|基地|样品|交付)(?:就?在|是|:)\s?$")
_COMPANY_TAIL = re.compile(
    r"^[\u4e00-\u9fff()A-Za-z0-9]{2,24}?(?:有限责任公司|股份有限公司|有限公司|"
    r"集团公司|集团|公司|专业合作社|事务所|研究院|研究所|设计院|厂(?![房区家长里]))"
)
# 兴业县水泥厂 says where a works stands, 柳州钢铁厂 what it is called.
_DIVISIONS = frozenset("县区市乡镇州")
_TRADE = re.compile(r"[\u4e00-\u9fff]{1,4}厂")
_ZONE = re.compile(
    r"(?P<city>[\u4e00-\u9fff]{2})?(?P<zone>高新技术产业开发区|经济技术开发区|"
    r"高新技术开发区|五象新区|柳东新区|北部新区|东盟经开区|"
    r"广西自贸区|自贸区|综保区|保税区|中马产业园|中马钦州产业园区?|钦州港片区|高新区|经开区|"
    r"临港工业区|铁山港工业区|阳和新区|北海工业园|工业园区)"
)
_ZONE_HOME = {
    "五象新区": "南宁市",
    "东盟经开区": "南宁市",
    "柳东新区": "柳州市",
    "北部新区": "柳州市",
    "阳和新区": "柳州市",
    "中马产业园": "钦州市",
    "中马钦州产业园": "钦州市",
    "中马钦州产业园区": "钦州市",
    "钦州港片区": "钦州市",
}


@dataclass(frozen=True, slots=True)
class Place:
    province: str
    city: str = ""
    county: str = ""

    def __str__(self) -> str:
        return f"{self.province}|{self.city}|{self.county}"

    def holds(self, other: "Place") -> bool:
        return (
            self.province == other.province
            and self.city in ("", other.city)
            and self.county in ("", other.county)
        )


@dataclass(frozen=True, slots=True)
class Region:
    place: Place | None
    zone: str
    spans: tuple[Span, ...]
    ambiguous: bool = False


def _rows() -> Iterator[Place]:
    text = files("matching").joinpath("data/regions.tsv").read_text("utf-8")
    seen: set[str] = set()
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        province, city, counties = line.split("\t")
        if province not in seen:
            seen.add(province)
            yield Place(province)
        if city:
            yield Place(province, city)
        for county in counties.split("/"):
            if county:
                yield Place(province, city, county)


@cache
def gazetteer() -> tuple[dict[str, tuple[Place, ...]], int]:
    """Every name a place goes by, and the length of the longest."""
    names: dict[str, list[Place]] = {}

    def call(name: str, place: Place) -> None:
        known = names.setdefault(name, [])
        if place not in known and len(name) >= 2:
            known.append(place)

    for place in _rows():
        full = place.county or place.city or place.province
        call(full, place)
        short = _NATIONS.sub("", full)
        if len(short) < 2:
            continue
        home_county = place.county and place.province == HOME and short not in _WORDS
        if not place.county or home_county or full in _KNOWN:
            call(short, place)
        elif place.province == HOME and full.endswith("自治县"):
            call(short + "县", place)
        if home_county and full.endswith("自治县"):
            call(short + "县", place)
    for former, name in _FORMER.items():
        names[former] = names[name]
    for name, places in names.items():
        # 吉林 is a province before it is a city, 柳江 a district before a namesake elsewhere.
        best = [p for p in places if not p.city] or [p for p in places if not p.county]
        home = [p for p in places if p.province == HOME]
        names[name] = best if len(best) == 1 else home if len(home) == 1 else places
    return {k: tuple(v) for k, v in names.items() if v}, max(map(len, names))


@cache
def _heads() -> frozenset[str]:
    return frozenset(name[:2] for name in gazetteer()[0])


def _named(text: str) -> Iterator[tuple[Span, tuple[Place, ...]]]:
    names, longest = gazetteer()
    heads = _heads()
    i = 0
    while i < len(text) - 1:
        if text[i : i + 2] in heads:
            for length in range(min(longest, len(text) - i), 1, -1):
                places = names.get(text[i : i + length])
                if places:
                    yield (i, i + length), places
                    i += length - 1
                    break
        i += 1


@cache
def _said_as_a_place() -> re.Pattern[str]:
    """乐业 and 大化 are words as well: 地方在乐业, or 大化 by itself before a comma."""
    words = "|".join(_WORDS)
    return re.compile(
        rf"(?:^\s*|[,;。\n]\s*|(?:地[方点址]|项目|厂|人|我们?|家|车间|基地|公司|工地)就?在|位于|地[方点址][是:]?)"
        rf"(?P<name>{words})(?=\s*(?:[,;。!?\n]|$)|那边|这边|县城|\s联系)"
    )


@cache
def _word_places() -> dict[str, Place]:
    shorts = (
        (_NATIONS.sub("", place.county), place) for place in _rows() if place.province == HOME
    )
    return {short: place for short, place in shorts if short in _WORDS}


def find_region(text: str) -> Region | None:
    """The place a folded text speaks of; names inside companies, schools and dishes are not it."""
    spans: list[Span] = []
    chosen: Place | None = None
    ambiguous = False
    blocked_to = 0
    for (start, end), places in _named(text):
        if start < blocked_to:
            continue
        blocked = _blocked(text, start, end)
        if blocked:
            blocked_to = blocked
            continue
        if chosen is None:
            if len(places) > 1:
                ambiguous = True
            else:
                chosen = places[0]
                ambiguous = False
            spans.append((start, end))
            continue
        if len(places) == 1 and _WHERE_IT_IS.search(text[max(0, start - 6) : start]):
            chosen, spans = places[0], [(start, end)]
            continue
        narrower = [p for p in places if chosen.holds(p)]
        if len(narrower) == 1 and start - spans[-1][1] <= 3:
            chosen = narrower[0]
            spans.append((start, end))
    if chosen is not None and chosen.city and not chosen.county:
        chosen, spans[-1] = _county_after(text, chosen, spans[-1])
    if chosen is None and not ambiguous and (match := _said_as_a_place().search(text)):
        chosen, spans = _word_places()[match["name"]], [match.span("name")]
    zone, chosen, spans = _zone(text, chosen, spans, blocked_to)
    if chosen is None and not zone and not ambiguous:
        return None
    return Region(chosen, zone, tuple(spans), ambiguous and chosen is None)


@cache
def _short_counties() -> dict[Place, dict[str, Place]]:
    """City → the names its counties go by where the city has just been said: 深圳南山."""
    cities: dict[Place, dict[str, Place]] = {}
    for place in _rows():
        short = _NATIONS.sub("", place.county)
        if len(short) >= 2:
            cities.setdefault(Place(place.province, place.city), {})[short] = place
    return cities


def _county_after(text: str, city: Place, span: Span) -> tuple[Place, Span]:
    """Add the county whose short name follows a city at once."""
    start, end = span
    for short, place in _short_counties().get(city, {}).items():
        if text.startswith(short, end):
            return place, (start, end + len(short))
    return city, span


def _blocked(text: str, start: int, end: int) -> int:
    """Where to go on when the name at start…end is part of something else; 0 when it is a place."""
    if _NEGATED.search(text[max(0, start - 6) : start]) or _NEGATED_AFTER.match(text, end):
        return end
    if _NOT_PLACE.match(text, end):
        return end
    school = _SCHOOL.match(text, end)
    if school and not re.search(r"[的找和与想做要有哪请跟到]", school.group()):
        return school.end()
    if text[start - 1 : start] in {"安", "最"} and text[start:end] in {"乐业", "大化"}:
        return end
    if text[end - 1] in _DIVISIONS and _TRADE.match(text, end):
        return 0
    company = _COMPANY_TAIL.match(text[end : end + 32])
    if company and not re.match(
        r"(?:的|找|做|这边|本地|市?的|有没有|哪|想|要|我|需|,)", text[end:]
    ):
        inner = company.group()
        if not re.search(
            r"的|找|做|要|想|在|给|帮|我们|你们|一家|一个|有[个家间两]|[开办]了", inner
        ):
            return end + company.end()
    return 0


def _zone(
    text: str, chosen: Place | None, spans: list[Span], blocked_to: int
) -> tuple[str, Place | None, list[Span]]:
    match = _ZONE.search(text)
    if match is None or match.start("zone") < blocked_to:
        return "", chosen, spans
    zone = match["zone"]
    follows_place = bool(spans) and match.start("zone") - spans[-1][1] in (0, 1)
    if zone not in _ZONE_HOME and not follows_place:
        return "", chosen, spans
    if chosen is None and zone in _ZONE_HOME:
        chosen = Place(HOME, _ZONE_HOME[zone])
    return zone, chosen, [*spans, match.span("zone")]
