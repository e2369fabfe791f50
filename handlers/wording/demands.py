"""Words about demands: drafts, leads, lists, progress."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.wording import rewards
from handlers.wording.dates import day, when
from handlers.wording.refusals import DEMAND_WORDS, stands
from market.demands import Demand, Terms, is_substantial
from market.modes import DemandStatus
from market.money import yuan
from market.orders import Order


def budget(terms: Terms) -> str:
    """``预算 ¥30,000 左右``, ``预算面议`` …"""
    low, high, note = terms.budget_min_fen, terms.budget_max_fen, terms.budget_note
    about = " 左右" if note == "约" else ""
    if low is not None and high is not None:
        return f"预算 {yuan(low)}{about}" if low == high else f"预算 {yuan(low)}–{yuan(high)}"
    if high is not None:
        return f"预算不超过 {yuan(high)}"
    if low is not None:
        return f"预算 {yuan(low)} 起"
    return "预算面议" if note else "预算未定"


def region(terms: Terms) -> str:
    """The town and the quarter, without province: ``柳州市·鱼峰区``; never an address."""
    parts = [part for part in terms.region.split("|") if part]
    return "·".join(parts[1:] or parts)


def facts(terms: Terms) -> str:
    """What was understood, in one line."""
    if terms.reward is not None:
        return " · ".join([rewards.promised(terms.reward), *terms.details])
    parts = [region(terms) or "地区不限", budget(terms)]
    if terms.deposit_fen:
        parts.append(f"定金 {yuan(terms.deposit_fen)}")
    if terms.named:
        parts.insert(0, f"只问 {terms.named}")
    if terms.needed_by:
        parts.append(f"{day(terms.needed_by)}前要")
    if terms.urgent:
        parts.append("加急")
    return " · ".join([*parts, *terms.details])


def card(terms: Terms) -> str:
    return f"【{terms.title}】{facts(terms)}"


def lead(demand: Demand, zone: ZoneInfo) -> str:
    """One line for the provider groups, or for whom it asks: no name, no company, no contact."""
    terms = demand.terms
    if not demand.is_public:
        return _lead_for_one(demand, zone)
    if terms.reward is not None:
        return rewards.lead(demand, zone)
    parts = [f"📣 {demand.no} {terms.title}", region(terms) or "地区不限"]
    parts.append(budget(terms))
    if terms.urgent:
        parts.append("加急")
    if terms.deposit_fen:
        parts.append("客户已付定金")
    assert demand.closes_at is not None
    parts.append(f"{when(demand.closes_at, zone)} 截标")
    return f"{'｜'.join(parts)}。回“报价 {demand.id} …”，价格我会收进密封袋。"


def _lead_for_one(demand: Demand, zone: ZoneInfo) -> str:
    assert demand.closes_at is not None
    return (
        f"📣 {demand.no} 有客户点名请您做：{card(replace(demand.terms, named=''))}\n"
        f"只问了您一家，{when(demand.closes_at, zone)} 前等您答复。"
        f"能做回“报价 {demand.id} 价格 工期”，您提交后客户马上看到；"
        f"做不了回“不接 {demand.no} 原因”。"
    )


def lead_changed(demand: Demand, zone: ZoneInfo) -> str:
    return f"✏ {demand.no} 要求有改动：{lead(demand, zone).removeprefix('📣 ')}"


def closed_line(demand: Demand, why: str) -> str:
    return f"{demand.no} {demand.terms.title}：{why}，谢谢各位。"


def submitted(demand: Demand, zone: ZoneInfo) -> str:
    """What the buyer hears after 确认."""
    if demand.status is DemandStatus.OPEN:
        return published(demand, zone)
    return (
        f"{demand.no} 已提交：{card(demand.terms)}\n"
        "轮到服务中心审核，工作时间 2 小时内有结果，通过后马上发给服务商。\n"
        f"回“进度 {demand.no}”看进展，回“改 {demand.no} …”可以改。"
    )


def published(demand: Demand, zone: ZoneInfo) -> str:
    assert demand.closes_at is not None
    if not demand.is_public:
        return (
            f"{demand.no} 已发给{demand.terms.named}：{card(replace(demand.terms, named=''))}\n"
            f"别家看不到。{when(demand.closes_at, zone)} 前等它答复，报价一到我就发给您。\n"
            f"看进展回“进度 {demand.no}”，不等了回“撤 {demand.no}”。"
        )
    return (
        f"{demand.no} 已发布：{card(demand.terms)}\n"
        f"服务商正在报价（密封），{when(demand.closes_at, zone)} 截标开标，到时我把对比发给您。\n"
        f"想提前开标回“现在开标 {demand.no}”，看进展回“进度 {demand.no}”。"
    )


def rejected(demand: Demand) -> str:
    return (
        f"{demand.no} 没有通过审核：{demand.reason or '信息不完整'}。\n"
        f"直接把修改后的需求发给我就行，或回“人工”。"
    )


def waits_for_review(demand: Demand) -> str:
    return (
        f"新需求待审 {card(demand.terms)[:120]}（{demand.no}）。"
        f"回“审 {demand.no} 通过”或“审 {demand.no} 驳回 理由”。"
    )


def nobody_bid(demand: Demand) -> str:
    if not demand.is_public:
        return (
            f"{demand.terms.named} 到时间没有答复 {demand.no}，先按流标处理，没有任何费用。\n"
            f"回“重发 {demand.no}”请大家报价，想请别家回“点名 名字”，或回“人工”。"
        )
    return (
        f"{demand.no} 到截标时没有收到报价，先按流标处理，没有任何费用。\n"
        "放宽预算或工期常常有用：把新的要求发给我就能重发，或回“人工”请同事帮您找。"
    )


def choice_expired(demand: Demand) -> str:
    return f"{demand.no} 选标期已到，没有选定，按流标处理，没有费用。还要办就把需求再发给我。"


def choice_reminder(demand: Demand, count: int, zone: ZoneInfo) -> str:
    if demand.terms.reward is not None:
        return rewards.choice_reminder(demand, count, zone)
    assert demand.choose_by is not None
    return (
        f"⏰ {demand.no} 有 {count} 份报价等您选，{when(demand.choose_by, zone)} 前没选会流标。"
        f"回“比一比 {demand.no}”看对比，回“选A {demand.no}”定。"
    )


def brief_state(what: Demand | Order) -> str:
    if isinstance(what, Order):
        return stands(what)
    if what.status is DemandStatus.EXPIRED:
        if not what.is_public and what.choose_by is None:
            return "流标：没有答复"
        return "流标：没有报价" if what.choose_by is None else "流标：没有选定"
    return DEMAND_WORDS[what.status]


def listing(demands: Sequence[tuple[Demand, str]], more: bool) -> str:
    """The buyer's demands, one line each."""
    lines = ["您的需求："]
    lines += [f"· {d.no} {d.terms.title}：{state}" for d, state in demands]
    tail = "更早的回“更多需求”。" if more else ""
    lines.append(f"{tail}回“进度 {demands[0][0].no}”看详情。")
    return "\n".join(lines)


def progress(demand: Demand, bids: int, zone: ZoneInfo, now: datetime) -> str:
    """Whose move it is, until when, and what happens then."""
    head = f"{demand.no} {demand.terms.title}："
    match demand.status:
        case DemandStatus.IN_REVIEW:
            return (
                f"{head}轮到服务中心审核，工作时间 2 小时内有结果；通过后发给服务商。\n"
                f"要改回“改 {demand.no} …”，不办了回“撤 {demand.no}”。"
            )
        case DemandStatus.UNPAID:
            return (
                f"{head}等您付{'定金' if demand.terms.reward is None else '赏金'}，付了就发布。\n"
                f"回“付款 {demand.no}”付，不办了回“撤 {demand.no}”。"
            )
        case DemandStatus.OPEN if demand.terms.reward is not None:
            return rewards.progress(demand, bids, zone)
        case DemandStatus.OPENED if demand.terms.reward is not None:
            return rewards.choice_reminder(demand, bids, zone)
        case DemandStatus.OPEN if not demand.is_public:
            assert demand.closes_at is not None
            return (
                f"{head}轮到{demand.terms.named}答复，{when(demand.closes_at, zone)} 前；"
                "到点没有答复会流标，不收费。\n"
                f"改回“改 {demand.no} …”，不等了回“撤 {demand.no}”。"
            )
        case DemandStatus.DECLINED:
            why = f"：{demand.reason}" if demand.reason else ""
            return (
                f"{head}{demand.terms.named}接不了{why}。回“重发 {demand.no}”请大家报价，"
                "想请别家回“点名 名字”。"
            )
        case DemandStatus.OPEN:
            assert demand.closes_at is not None
            return (
                f"{head}轮到服务商报价，已收 {bids} 份（密封）。\n"
                f"{when(demand.closes_at, zone)} 截标开标；到点没有报价会流标，不收费。\n"
                f"提前开回“现在开标 {demand.no}”，改回“改 {demand.no} …”。"
            )
        case DemandStatus.OPENED:
            assert demand.choose_by is not None
            return (
                f"{head}轮到您选标，{when(demand.choose_by, zone)} 前；到点没选会流标。\n"
                f"回“比一比 {demand.no}”看对比，回“选A {demand.no}”定。"
            )
        case DemandStatus.REJECTED:
            return f"{head}没有通过审核：{demand.reason or '信息不完整'}。把改好的需求发给我就行。"
        case _:
            return f"{head}{brief_state(demand)}。还要办就把需求再发给我。"


def award_done(demand: Demand) -> str:
    return closed_line(demand, "已成交")


def withdraw_question(demand: Demand, bids: int) -> str:
    told = f"，已投的 {bids} 家会收到通知" if bids else ""
    return f"如果撤回 {demand.no}：不再收报价{told}，没有费用，撤了要重新发。确认？"


def withdrawn(demand: Demand) -> str:
    return f"{demand.no} 已撤回，没有费用。还要办什么，直接说就行。"


def edited(demand: Demand, waiting: int, zone: ZoneInfo) -> str:
    asked = ""
    if waiting and demand.closes_at is not None:
        asked = (
            f"已投的 {waiting} 份先暂停，正在请服务商按新要求确认；"
            f"截标顺延到 {when(demand.closes_at, zone)}。\n"
        )
    return f"{demand.no} 已改为：{card(demand.terms)}\n{asked}回“进度 {demand.no}”看进展。"


NONE_YET = "您名下还没有需求。要办什么直接说，例如“做高企认定，柳州，预算 3 万”。"


def change_question(demand: Demand, terms: Terms, bids: int) -> str:
    """What becomes of the bids is told by the same rule that suspends them."""
    told = ""
    if bids and is_substantial(demand.terms, terms):
        told = f"已投的 {bids} 份会先暂停，等服务商按新要求确认，截标可能顺延。"
    elif bids:
        told = f"已投的 {bids} 份不受影响。"
    return f"如果改 {demand.no}：{card(terms)}\n{told}确认？或直接说还要改什么。"


def standing(rating: int | None, reviews: int) -> str:
    """``★4.8（41 单）``; a newcomer is no low number."""
    if rating is None:
        return "新入驻"
    return f"★{rating / 100:.1f}" + (f"，{reviews} 条评价" if reviews else "")


def call_about_choice(demand: Demand) -> str:
    return f"{demand.terms.title} 选标提醒没送达，请致电客户"
