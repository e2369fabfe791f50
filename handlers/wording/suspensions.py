"""What providers hear when a demand they have bid on is changed."""

from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.wording.dates import day, when
from handlers.wording.demands import budget, region
from market.bids import Bid
from market.demands import Demand, Terms

_TOLD = 3  # changes told one by one; who wants more looks at the demand


def suspended(
    demand: Demand, old: Terms, confirm_by: datetime, closes_at: datetime, zone: ZoneInfo
) -> str:
    return (
        f"{demand.no} 客户改了要求：{changes(old, demand.terms)}。\n"
        f"按规矩，您的标先暂停，{when(confirm_by, zone)} 前请回复。\n"
        f"没回就按撤处理，不计违约。截标顺延到 {when(closes_at, zone)}。"
    )


def changes(old: Terms, new: Terms) -> str:
    """What is different, old beside new: 预算由 ¥30,000 改到 ¥40,000."""
    told: list[str] = []
    if old.service_code != new.service_code:
        told.append(f"要办的由 {old.title} 改为 {new.title}")
    if (old.budget_min_fen, old.budget_max_fen) != (new.budget_min_fen, new.budget_max_fen):
        told.append(f"{budget(old)} 改到 {budget(new).removeprefix('预算 ')}")
    if old.needed_by != new.needed_by:
        told.append(f"时间由 {_day(old)} 改到 {_day(new)}")
    if old.region != new.region:
        told.append(f"地区由 {region(old) or '不限'} 改为 {region(new) or '不限'}")
    if old.urgent != new.urgent:
        told.append("改为加急" if new.urgent else "不再加急")
    added = [fact for fact in new.details if fact not in old.details]
    told += [f"新增“{fact}”" for fact in added]
    told += [f"去掉“{fact}”" for fact in old.details if fact not in new.details]
    if not told:
        told.append("说明有改动")
    return "；".join(told[:_TOLD]) + ("…" if len(told) > _TOLD else "")


def _day(terms: Terms) -> str:
    return day(terms.needed_by) if terms.needed_by else "不限"


def confirmed(demand: Demand, bid: Bid, mark: str, zone: ZoneInfo) -> str:
    closing = f"{when(demand.closes_at, zone)} 截标。" if demand.closes_at else ""
    return (
        f"{demand.no} 已恢复，指纹不变（{mark}）。{closing}\n"
        f"要改价回“改价 {demand.no} 数”，不做了回“撤标 {demand.no}”。"
    )


def which_price(demand_id: int) -> str:
    return f"新价多少？例如“改价 D{demand_id} 32000”，工期也可以一起说。"


def lapsed(demand: Demand, now: datetime, zone: ZoneInfo) -> str:
    again = ""
    if demand.closes_at is not None and now < demand.closes_at:
        again = f"{when(demand.closes_at, zone)} 前还能重新投：回“报价 {demand.id} …”。"
    return (
        f"{demand.no} 要求改后没等到您确认，按撤标处理，不计违约。{again or '回“我的线索”看别的。'}"
    )


def withdraw_question(demand: Demand) -> str:
    return f"如果撤标 {demand.no}：是客户改了要求，不计违约，没有费用，截标前还能重新投。确认？"
