"""What is told of a provider who was asked for by name."""

from collections.abc import Sequence

from market.services import ProviderProfile
from matching import ProviderCandidate

_FIELDS_SHOWN = 4


def card(one: ProviderProfile, why: Sequence[str]) -> str:
    """For buyers: what it does and has done; contacts are exchanged after the contract."""
    return (
        f"{_about(one, why)}\n"
        "联系方式等合同成立、款到托管后互给，各家都一样。\n"
        f"只想问他家：回“点名 {one.name} 要办的事”，报价直接给您看。"
    )


def card_with_contacts(one: ProviderProfile, why: Sequence[str]) -> str:
    """For staff."""
    ways = "，".join(filter(None, (one.phone, one.email, one.im))) or "资料里没有"
    return f"{_about(one, why)}\n联系方式：{ways}（已留痕，别转给客户）。"


def _about(one: ProviderProfile, why: Sequence[str]) -> str:
    place = "".join(one.region.split("|")[1:2]) or one.region
    fields = "、".join(one.fields[:_FIELDS_SHOWN])
    facts = " · ".join(why)
    lines = [f"{one.name}{f'（{place}）' if place else ''}{f'：{fields}' if fields else ''}"]
    return "\n".join([*lines, facts] if facts else lines)


def which(name: str, found: Sequence[ProviderCandidate]) -> str:
    listed = "　".join(f"{index} {one.name}" for index, one in enumerate(found, start=1))
    return f"“{name[:20]}”可能是：{listed}\n回数字选一家。"


def nobody(name: str) -> str:
    return (
        f"没找到叫“{name[:20]}”的服务商，名称说全一点再试试。\n"
        "要找能做某件事的服务商，直接说要办的事，例如“做高企认定，柳州，预算 3 万”。"
    )


def which_bidder(letters: Sequence[tuple[str, str]], demand_no: str) -> str:
    listed = "　".join(f"{letter} {name}" for letter, name in letters)
    return f"{demand_no} 里像这个名字的有：{listed}\n回“选{letters[0][0]}”这样选。"
