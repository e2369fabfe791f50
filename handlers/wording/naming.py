"""Words where one provider is asked by name (点名), and nobody else hears of it."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from handlers.wording.bids import beside_conditions, offer_line
from handlers.wording.dates import when
from market.comparison import Comparable
from market.demands import Demand
from matching import ProviderCandidate

WHAT = "好，要请谁、办什么？例如“点名 桂知源 做高企认定，柳州，预算 3 万”。"
OWN = "这是您自己的公司，不能点名自己。要请别家，回“点名 名字 要办的事”。"


def named(name: str) -> str:
    return f"好，只问{name}，别家看不到。"


def what_for(name: str) -> str:
    return f"好，只问{name}。请它办什么？一句话说就行，例如“做高企认定，柳州，预算 3 万”。"


def nobody(name: str) -> str:
    return (
        f"没找到叫“{name[:20]}”的服务商。名字再说全一点，或直接说要办的事，我请合适的几家来报价。"
    )


def which(name: str, found: Sequence[ProviderCandidate]) -> str:
    options = "　".join(f"{index} {one.name}" for index, one in enumerate(found, start=1))
    return f"叫“{name[:20]}”的有几家：{options}。请哪一家？"


def out_of_reach(name: str) -> str:
    return (
        f"{name} 还没有在这里绑定账号，我问不到它。回“人工”请同事帮您联系，"
        "或直接说要办的事，我请合适的几家来报价。"
    )


def everybody_again() -> str:
    return "好，不点名了，请大家报价。"


def still_asking(demand: Demand) -> str:
    return (
        f"{demand.no} 还在问{demand.terms.named}。先回“撤 {demand.no}”，再回“重发 {demand.no}”"
        "请大家报价。"
    )


def again(demand: Demand) -> str:
    return f"{demand.no} 的内容照旧。想点名别家回“点名 名字”，不点名就请大家报价。"


def offered(
    demand: Demand, one: Comparable, introductions: Mapping[int, str], zone: ZoneInfo
) -> str:
    """The offer as the buyer gets it; there is nothing to compare it with."""
    assert demand.choose_by is not None
    bid = one.bid
    beside = beside_conditions(bid.offer)
    note = f"（{beside[:80]}）" if beside else ""
    who = introductions.get(bid.provider_id, demand.terms.named)
    return (
        f"{who} 答复了 {demand.no} {demand.terms.title}：{offer_line(bid.offer)}{note}\n"
        f"{when(demand.choose_by, zone)} 前回“选{bid.letter} {demand.no}”定，"
        f"“议价 {bid.letter}”还价；不合适回“撤 {demand.no}”，没有费用。"
    )


def placed(demand: Demand, zone: ZoneInfo) -> str:
    assert demand.choose_by is not None
    return (
        f"{demand.no} 的报价已发给客户。轮到客户，{when(demand.choose_by, zone)} 前定；"
        "定了或要还价我都会告诉您。"
    )


def in_private(number: str) -> str:
    return f"{number} 客户只问了您一家，请在这里私信回，群里别提。例如“报价 {number} 8000 10天”。"


def declined_buyer(demand: Demand) -> str:
    why = f"：{demand.reason}" if demand.reason else ""
    return (
        f"{demand.terms.named} 这次接不了 {demand.no}{why}。没有费用。\n"
        f"回“重发 {demand.no}”请大家报价，想请别家回“点名 名字”。"
    )


def declined_provider(demand: Demand) -> str:
    return f"好，{demand.no} 已替您回了客户。回“我的线索”看别的。"


def may_ignore(number: str) -> str:
    return f"{number} 是请大家报价的，不接不用回。回“我的线索”看别的。"


WHICH_DECLINED = "不接哪一单？带上编号回，例如“不接 D1024 没档期”。"
