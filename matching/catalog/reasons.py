"""Why a provider is suggested, in words that its record or its orders bear out."""

import re
from collections.abc import Sequence

from market.services import ProviderProfile
from market.track_records import TrackRecord
from matching.catalog.firms import Firm, spelt
from matching.catalog.names import is_trade
from matching.text.regions import Place

_QUALIFICATIONS = ("CMA", "CNAS", "17025", "甲级", "乙级", "司法鉴定", "保密资质", "双软")
_WORD = 2  # characters
_HAN = re.compile("[\u3400-\u9fff]+")


def qualifications(text: str) -> tuple[str, ...]:
    """The qualifications that a text asks for, as far as providers' files state such."""
    upper = text.upper()
    return tuple(one for one in _QUALIFICATIONS if one in upper)


def states(one: ProviderProfile, wanted: Sequence[str]) -> bool:
    """Whether its name, fields or cases state all of these."""
    stated = " ".join((one.name, *one.fields, *one.cases)).upper()
    return all(word in stated for word in wanted)


def reasons(
    one: Firm, text: str = "", wanted: Place | None = None, stated: Sequence[str] = ()
) -> tuple[str, ...]:
    """Its cases, its place, its qualifications, its rating; `text` is folded and may be empty."""
    profile = one.profile
    why = []
    if profile.cases:
        why.append(_cases(profile.cases, text))
    if wanted is not None and one.nearby(wanted):
        near = one.place is not None and wanted.city and one.place.city == wanted.city
        why.append(f"同在{wanted.city.removesuffix('市') if near else _short(wanted.province)}")
    why.extend(f"资料写明 {word}" for word in stated)
    if profile.rating:
        why.append(f"评分 {profile.rating / 100:.1f}")
    return tuple(why)


def proven(record: TrackRecord) -> tuple[str, ...]:
    """What its orders here say, nothing where they are too few."""
    why = []
    if (percent := record.on_time_percent) is not None:
        why.append(f"准时 {percent}%（{record.due} 单）")
    if record.open_orders:
        why.append(f"手上 {record.open_orders} 单")
    return tuple(why)


def _cases(cases: Sequence[str], text: str) -> str:
    """The words that cases share with the text, and how many do; else how many there are."""
    folded = [spelt(case) for case in cases] if text else []
    shared = max((_shared(case, text) for case in folded), key=len, default="")
    if not shared:
        return f"{len(cases)} 个案例"
    fitting = [case for case, one in zip(cases, folded, strict=True) if shared in one]
    if len(fitting) == 1:
        return f"案例“{fitting[0]}”"
    return f"{len(fitting)} 个{shared}案例"


def _shared(case: str, text: str) -> str:
    """The longest run of Han characters in both, the first of them; "" for words of any trade."""
    longest = ""
    for run in _HAN.findall(text):
        for end in range(_WORD, len(run) + 1):
            # What ends here is at most one longer than the longest that ended before.
            piece = run[max(0, end - max(_WORD, len(longest) + 1)) : end]
            if len(piece) > len(longest) and piece in case:
                longest = piece
    return "" if is_trade(longest) else longest


def _short(province: str) -> str:
    for tail in ("壮族自治区", "维吾尔自治区", "回族自治区", "自治区", "特别行政区", "省", "市"):
        if province.endswith(tail):
            return province.removesuffix(tail)
    return province
