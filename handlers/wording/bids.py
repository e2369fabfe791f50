"""Words about bids: what was understood, the seal, the comparison, the outcome."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from handlers.wording.dates import day, when
from handlers.wording.demands import budget, region
from market.bids import Bid, Offer
from market.demands import Demand
from market.money import yuan


def duration(offer: Offer, due: date | None = None) -> str:
    """``15 个工作日（到 12 月 11 日(周五)）``"""
    if offer.workdays:
        length = f"{offer.workdays} 个工作日"
    elif offer.days:
        length = f"{offer.days} 天"
    else:
        return "工期待定"
    return f"{length}（到 {day(due)}）" if due else length


def conditions(offer: Offer) -> str:
    """``含官费、不含审计``; "" if nothing was said."""
    parts = []
    if offer.included:
        parts.append("含" + "、".join(offer.included))
    if offer.excluded:
        parts.append("不含" + "、".join(offer.excluded))
    if offer.tax:
        parts.append("含税" if offer.tax == "incl" else "不含税")
    return "，".join(parts)


def offer_line(offer: Offer, due: date | None = None) -> str:
    parts = [yuan(offer.price_fen), duration(offer, due), conditions(offer)]
    return "　".join(part for part in parts if part)


def echo(demand_no: str, offer: Offer, due: date | None, old_price_fen: int | None) -> str:
    """What was understood, in private, before it binds."""
    lines = [f"核对一下：{demand_no}　{offer_line(offer, due)}。"]
    if offer.note and offer.note not in conditions(offer):
        lines.append(f"备注：{offer.note[:80]}")
    if old_price_fen is not None:
        lines.append(f"这会代替您之前的报价 {yuan(old_price_fen)}，旧价作废但留底。")
    lines.append("截标前可改可撤。")
    return "\n".join(lines)


def group_ack(number: str) -> str:
    """One line in the group, without the price."""
    return f"✔ 收到 {number}，私信核对。价格不在群里公开，建议撤回刚才那条。"


def group_closed(number: str, state: str) -> str:
    return f"{number} {state}，看看私信里还开着的。"


def placed(demand: Demand, mark: str, zone: ZoneInfo) -> str:
    assert demand.closes_at is not None
    return (
        f"已投 {demand.no}。密封指纹 {mark}，开标时会公布，任何人改不了。\n"
        f"轮到客户，{when(demand.closes_at, zone)} 开标；之前可回“改价 {demand.no} 数”"
        f"或“撤标 {demand.no}”。"
    )


def revised(demand: Demand, offer: Offer, mark: str) -> str:
    return (
        f"{demand.no} 改为 {offer_line(offer)}，指纹更新 {mark}，旧指纹作废但留底。\n"
        f"还要改回“改价 {demand.no} 数”，不投了回“撤标 {demand.no}”。"
    )


def withdraw_question(demand: Demand, used: int, limit: int) -> str:
    return (
        f"如果撤标 {demand.no}：现在在截标前，无代价，本单还能重新投一次。\n"
        f"近 90 天您撤过 {used} 次，满 {limit} 次会暂停抢单 7 天。确认？"
    )


def withdrawn(demand: Demand) -> str:
    return f"{demand.no} 的报价已撤，没有费用。想再投直接发“报价 {demand.id} …”。"


def too_late_to_withdraw(demand: Demand) -> str:
    return (
        f"{demand.no} 已开标，报价不能自己撤了。\n"
        "确有困难请回“人工”说明；如果是客户改了要求，回“要求变了”，我请同事核对。"
    )


def received(demand: Demand, count: int, zone: ZoneInfo) -> str:
    """For the buyer, while prices are sealed."""
    assert demand.closes_at is not None
    return (
        f"{demand.no} 已收到 {count} 份报价（密封，{when(demand.closes_at, zone)} 开标）。\n"
        f"要提前截标回“现在开标 {demand.no}”。"
    )


def open_question(demand: Demand, count: int) -> str:
    return (
        f"如果现在开标 {demand.no}：之后不能再收新标，已投的 {count} 份不能再改；"
        "价格从那时起给您看。确认？"
    )


def no_bids_yet(demand: Demand, zone: ZoneInfo) -> str:
    assert demand.closes_at is not None
    return (
        f"{demand.no} 还没有收到报价，现在开标等于流标，先不开。\n"
        f"{when(demand.closes_at, zone)} 截标；要放宽条件回“改 {demand.no} …”。"
    )


def opened_line(demand: Demand, prints: Sequence[tuple[str, str]]) -> str:
    marks = "，".join(f"{letter} {mark}" for letter, mark in prints)
    return f"{demand.no} 已开标，共 {len(prints)} 份。密封指纹：{marks}"


def comparison(
    demand: Demand, bids: Sequence[Bid], names: Mapping[int, str], zone: ZoneInfo
) -> str:
    """The text twin of the comparison card, cheapest first; at most three are spelt out."""
    assert demand.choose_by is not None
    ranked = sorted(bids, key=lambda bid: (bid.offer.price_fen, bid.id))
    lines = [f"{demand.no} 收到 {len(bids)} 份报价（{when(demand.choose_by, zone)} 前选）："]
    lines += [
        f"{bid.letter}　{offer_line(bid.offer)}　{names.get(bid.provider_id, '')}"
        for bid in ranked[:3]
    ]
    rest = f"还有 {len(ranked) - 3} 份回“更多报价”。" if len(ranked) > 3 else ""
    first = ranked[0].letter
    lines.append(f"{rest}回“看{first}”看详情，回“选{first} {demand.no}”定，回“议价”还价。")
    return "\n".join(lines)


def detail(bid: Bid, name: str, standing: str, now: datetime, mark: str) -> str:
    lines = [f"{bid.letter}　{name}（{standing}）", offer_line(bid.offer)]
    if bid.offer.note:
        lines.append(f"备注：{bid.offer.note[:120]}")
    lines.append(f"密封指纹 {mark}，与开标公布的一致。")
    lines.append(f"回“选{bid.letter} D{bid.demand_id}”定，回“比一比 D{bid.demand_id}”看全部。")
    return "\n".join(lines)


def award_question(demand: Demand, bid: Bid, name: str, others: int, pay_within: str) -> str:
    lost = f"另外 {others} 份落选，" if others else ""
    return (
        f"如果选 {bid.letter}（{name}）：成交价 {offer_line(bid.offer)}，"
        f"{lost}{demand.no} 不再收标。\n"
        f"接下来 {pay_within}内付款到托管，验收后才付给对方。确认？"
    )


def lost(demand: Demand, *, rank: int, of: int, reason: str) -> str:
    return f"{demand.no} 未中标，按总价排第 {rank}/{of}，主要原因：{reason}。回“我的线索”看新的。"


def demand_changed(demand: Demand, bid: Bid, zone: ZoneInfo) -> str:
    terms = f"{region(demand.terms) or '地区不限'}，{budget(demand.terms)}"
    return (
        f"{demand.no} 客户改了要求：{terms}。\n"
        f"您的报价还有效；要调整回“改价 {demand.no} 数”，不做了回“撤标 {demand.no}”。"
    )


def demand_withdrawn(demand: Demand) -> str:
    return f"{demand.no} 客户已撤回，您的报价作废，没有费用。回“我的线索”看别的。"


def nobody_chosen(demand: Demand) -> str:
    return f"{demand.no} 客户没有在期限内选标，已流标，您的报价作废。回“我的线索”看别的。"


def relative(number: str) -> str:
    return (
        "我看不到（也不能告诉您）别家价格，所以这个价我算不出。\n"
        f"请直接给个数，例如“{number} 29500 12天 不含官费”。"
    )


def price_missing(number: str) -> str:
    return f"{number} 收到您想接。还差价格和工期，例如“{number} 8000 10天 含税”。"


def which_demand() -> str:
    return "收到报价，但没看出是哪一单。把编号带上再发一次，例如“报价 1024 8000 10天”。"


def picture() -> str:
    return "图片里的字我暂时读不了。请把价格和工期打成字，例如“报价 1024 29500 12天 不含官费”。"


def leads(lines: Sequence[str], more: int) -> str:
    if not lines:
        return "现在没有开着的线索。有新需求我会发到群里，回“我的线索”随时看。"
    tail = f"还有 {more} 条，" if more else ""
    return "\n".join(["开着的线索：", *lines, f"{tail}回“报价 编号 价格 工期”就能投。"])


def lead_item(demand: Demand, mine: str, zone: ZoneInfo) -> str:
    assert demand.closes_at is not None
    return (
        f"· {demand.no} {demand.terms.title}｜{region(demand.terms) or '地区不限'}｜"
        f"{budget(demand.terms)}｜{when(demand.closes_at, zone)} 截标{mine}"
    )


def expired_lead(number: str, state: str, lines: Sequence[str]) -> str:
    return "\n".join(
        [
            f"{number} {state}，这次没有投成。",
            *(["同类还开着的："] if lines else []),
            *lines,
            "回“报价 编号 价格 工期”就能投。"
            if lines
            else "现在没有别的开着的，有新的我会发到群里。回“我的线索”随时看。",
        ]
    )


UNKNOWN_LEAD = "没有这个编号"
STRANGER = "要报价先绑定服务商：把邀请码私信发给我，例如“绑定 ABCD1234”；还没有就回“开店”。"


def terms_changed_note(demand: Demand, name: str) -> str:
    return f"{name} 说 {demand.no} 的要求变了，请核对修订记录"


def terms_being_checked(demand: Demand) -> str:
    return (
        f"好，{demand.no} 有没有改过要求，我请同事核对修订记录，工作时间 2 小时内回您；"
        "属实可免责撤标。急的话回“人工”。"
    )
