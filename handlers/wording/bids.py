"""Words about bids: what was understood, the seal, the comparison, the outcome."""

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from handlers.wording import rewards
from handlers.wording.dates import day, when
from handlers.wording.demands import budget, region
from handlers.wording.fees import what_arrives
from market.bids import Bid, Offer
from market.comparison import TAX_BP, Basis, Comparable, Extra, LossReason, median_fen
from market.demands import Demand
from market.fees import Fee
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


def echo(
    demand: Demand, offer: Offer, due: date | None, old_price_fen: int | None, fee: Fee
) -> str:
    """What was understood and what would arrive of it, in private, before it binds."""
    lines = [f"核对一下：{demand.no}　{offer_line(offer, due)}。"]
    if offer.note and offer.note not in conditions(offer):
        lines.append(f"备注：{offer.note[:80]}")
    if old_price_fen is not None:
        lines.append(f"这会代替您之前的报价 {yuan(old_price_fen)}，旧价作废但留底。")
    lines.append(what_arrives(fee, offer.price_fen))
    # What to answer follows on the same line.
    lines.append("截标前可改可撤。" if demand.is_public else "提交后客户马上看到。")
    return "\n".join(lines)


def which_price(number: str, prices: Sequence[int]) -> str:
    said = " 还是 ".join(yuan(price) for price in prices)
    numbered = "　".join(f"{i} {yuan(price)}" for i, price in enumerate(prices, start=1))
    return (
        f"{number} 报价是 {said}？投标只能是一个数，定下来才能比。\n{numbered}，或直接发一个总价。"
    )


def one_at_a_time(waiting: Sequence[str]) -> str:
    return f"一次一张：{'、'.join(waiting)} 还没提交，这张定了我再给您核对。"


def left_out(numbers: Sequence[str]) -> str:
    return f"{'、'.join(numbers)} 现在不收标，没有算进去。"


def bundle(numbers: Sequence[str]) -> str:
    """Several demands for one price: each is another buyer's, and compared on its own."""
    each = "；".join(f"{number} 10000 10天" for number in numbers[:3])
    return (
        f"{'、'.join(numbers)} 是不同的单，要分开报价、分开比，打包价没法投。\n"
        f"请每单给个数，例如“{each}”。"
    )


def how_to_change(number: str, offer: Offer | None) -> str:
    now = f"现在是 {offer_line(offer)}。" if offer else ""
    return (
        f"{number} 怎么改？{now}\n"
        "直接发要改的：价格（31500）、工期（12天）、含不含（含官费、不含税），没提到的不变。"
    )


def kept_aside(number: str) -> str:
    return f"{number} 的报价还没提交，先给您留着。想好了回“报价 {number}”再核对。"


def given_up(number: str) -> str:
    return f"{number} 这张没有提交，没有投出去。想投再发“报价 {number.removeprefix('D')} …”。"


def not_withdrawn(number: str) -> str:
    return f"没有撤，{number} 的报价照旧有效。要改回“改价 {number} 数”。"


def group_ack(number: str) -> str:
    """One line in the group, without the price."""
    return f"✔ 收到 {number}，私信核对。价格不在群里公开，建议撤回刚才那条。"


def is_it_a_bid(number: str) -> str:
    """Said in private, before the card: the group hears nothing of it."""
    return f"您在群里说的话，我拿不准是不是给 {number} 报价。是的话接着核对，不是就不用理："


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


def received(demand: Demand, count: int, zone: ZoneInfo, *, in_time: bool) -> str:
    """For the buyer, while prices are sealed: `in_time` if all promise the day it is needed."""
    assert demand.closes_at is not None
    promise = ""
    if in_time and demand.terms.needed_by is not None:
        promise = f"、{'都' if count > 1 else ''}承诺 {day(demand.terms.needed_by)}前"
    return (
        f"{demand.no} 已收到 {count} 份报价（密封，{when(demand.closes_at, zone)} 开标）。\n"
        f"现在能看到的：数量 {count}{promise}；价格谁都看不到。\n"
        f"要提前截标回“现在开标 {demand.no}”。"
    )


def open_question(demand: Demand, count: int, unconfirmed: int) -> str:
    waiting = f"另有 {unconfirmed} 份还没按新要求确认，不再参加；" if unconfirmed else ""
    return (
        f"如果现在开标 {demand.no}：之后不能再收新标，已投的 {count} 份不能再改；{waiting}"
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


def introduction(name: str, standing: str, partners: int = 0) -> str:
    """`partners`: how many others have joined the bid."""
    joint = f"（联合 {partners} 家）" if partners else ""
    return f"{name}{joint} {standing}"


def _left_out(extra: Extra) -> str:
    match extra.basis:
        case Basis.FIXED:
            return f"不含{extra.item} {yuan(extra.cost_fen)}"
        case Basis.USUAL:
            return f"不含{extra.item}（参考价 {yuan(extra.cost_fen)}）"
        case Basis.RATE:
            return f"不含{extra.item}（{TAX_BP / 100:g}% 约 {yuan(extra.cost_fen)}）"
        case Basis.UNKNOWN:
            return f"不含{extra.item}（费用待问）"


def conversion(one: Comparable) -> str:
    """``不含官费 ¥900、不含审计（参考价 ¥6,000）→ 折算 ¥36,400``; "" if nothing is left out."""
    left_out = "、".join(_left_out(extra) for extra in one.extras)
    dearer = one.total_fen > one.bid.offer.price_fen
    return f"{left_out} → 折算 {yuan(one.total_fen)}" if dearer else left_out


def _compared_line(one: Comparable, introduction: str) -> str:
    offer = one.bid.offer
    included = "含" + "、".join(offer.included) if offer.included else ""
    tax = "含税" if offer.tax == "incl" else ""
    parts = [yuan(offer.price_fen), duration(offer), included, tax, conversion(one), introduction]
    return f"{one.bid.letter}　" + "　".join(part for part in parts if part)


def comparison(
    demand: Demand,
    compared: Sequence[Comparable],
    introductions: Mapping[int, str],
    zone: ZoneInfo,
) -> str:
    """The text twin of the comparison card, cheapest in all first; three are spelt out."""
    assert demand.choose_by is not None
    shown, rest = compared[:3], compared[3:]
    lines = [f"{demand.no} 收到 {len(compared)} 份报价（{when(demand.choose_by, zone)} 前选）："]
    lines += [_compared_line(one, introductions.get(one.bid.provider_id, "")) for one in shown]
    median = f"本次中位 {yuan(median_fen(compared))}。" if len(compared) > 1 else ""
    more = f"另有 {'、'.join(one.bid.letter for one in rest)}。" if rest else ""
    converted = next((one.bid.letter for one in shown if one.is_converted), "")
    why = f"“为什么 {converted}”看怎么折算，" if converted else ""
    first = compared[0].bid.letter
    choose = f"回“选{first} {demand.no}”定，"
    lines.append(f"{median}{more}{choose}{why}“看{first}”看详情，“议价 {first}”还价。")
    return "\n".join(lines)


_BASES = {
    Basis.FIXED: "是固定收费，谁做都一样",
    Basis.USUAL: "按平台参考价估，以实际为准",
    Basis.RATE: f"按报价的 {TAX_BP / 100:g}% 算",
    Basis.UNKNOWN: "没有参考价，没算进去，定之前先问清",
}


def why_total(demand: Demand, one: Comparable) -> str:
    """The parts of the sum, and where each of them comes from."""
    letter, number = one.bid.letter, demand.no
    if not one.is_converted:
        price = yuan(one.bid.offer.price_fen)
        return f"{letter} 没有说要另付的项，报价 {price} 就是总价。\n回“比一比 {number}”看全部。"
    lines = [f"{letter} 折算：{_sum(one)}"]
    for basis, words in _BASES.items():
        items = [extra.item for extra in one.extras if extra.basis is basis]
        if items:
            lines.append(f"· {'、'.join(items)}：{words}")
    lines.append(f"回“比一比 {number}”看全部，“议价 {letter}”请对方包进去或让价。")
    return "\n".join(lines)


def _sum(one: Comparable) -> str:
    parts = [f"报价 {yuan(one.bid.offer.price_fen)}"]
    parts += [f"{extra.item} {yuan(extra.cost_fen)}" for extra in one.extras if extra.cost_fen]
    return f"{' + '.join(parts)} = {yuan(one.total_fen)}"


def why_totals(demand: Demand, compared: Sequence[Comparable]) -> str:
    """All conversions of a comparison in a line each."""
    converted = [one for one in compared if one.is_converted][:3]
    if not converted:
        return f"{demand.no} 各家都没有说要另付的项，报价就是总价。回“比一比 {demand.no}”看全部。"
    lines = [f"{demand.no} 把没包含的项加上再比，各家口径才一样："]
    lines += [f"{one.bid.letter}　{_sum(one)}" for one in converted]
    lines.append(f"回“为什么 {converted[0].bid.letter}”看每一项的依据。")
    return "\n".join(lines)


def detail(bid: Bid, name: str, standing: str, mark: str, *, agreed: bool) -> str:
    """One opened bid; `agreed` if its price was settled after the opening."""
    lines = [f"{bid.letter}　{name}（{standing}）", offer_line(bid.offer)]
    if bid.offer.note:
        lines.append(f"备注：{bid.offer.note[:120]}")
    same = "议价后更新，开标时的版本留底" if agreed else "与开标公布的一致"
    lines.append(f"密封指纹 {mark}，{same}。")
    lines.append(f"回“选{bid.letter} D{bid.demand_id}”定，回“比一比 D{bid.demand_id}”看全部。")
    return "\n".join(lines)


def beside_conditions(offer: Offer) -> str:
    """The note without what the conditions already say."""
    said = conditions(offer)
    clauses = offer.note.split("；")
    return "；".join(c for c in clauses if c.removeprefix("不").removeprefix("含") not in said)


def award_question(demand: Demand, bid: Bid, name: str, others: int, pay_within: str) -> str:
    lost = f"另外 {others} 份落选，" if others else ""
    note = beside_conditions(bid.offer)
    also = f"（{note[:80]}）" if note else ""
    return (
        f"如果选 {bid.letter}（{name}）：成交价 {offer_line(bid.offer)}{also}，"
        f"{lost}{demand.no} 不再收标。\n"
        f"接下来 {pay_within}内付款到托管，验收后才付给对方；除了成交价您不用付别的。确认？"
    )


LOSS_WORDS = {
    LossReason.TOTAL: "总价",
    LossReason.INCLUDED: "包含项",
    LossReason.DURATION: "工期",
    LossReason.CHOICE: "客户综合考虑",
}


def lost(demand: Demand, *, rank: int, of: int, reasons: Sequence[LossReason]) -> str:
    """The rank is by what each costs in all; nobody's price is told."""
    why = "/".join(LOSS_WORDS[reason] for reason in reasons)
    return (
        f"{demand.no} 未中标，名次 {rank}/{of}（按折算总价），主要原因：{why}。回“我的线索”看新的。"
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
    return "\n".join(
        ["开着的线索：", *lines, f"{tail}回“报价 编号 价格 工期”就能投，悬赏回“投稿 编号 内容”。"]
    )


def lead_item(demand: Demand, mine: str, zone: ZoneInfo) -> str:
    assert demand.closes_at is not None
    until = when(demand.closes_at, zone)
    if demand.terms.reward is not None:
        promised = rewards.promised(demand.terms.reward)
        return f"· {demand.no} {demand.terms.title}｜{promised}｜{until} 截止{mine}"
    return (
        f"· {demand.no} {demand.terms.title}｜{region(demand.terms) or '地区不限'}｜"
        f"{budget(demand.terms)}｜{until} 截标{mine}"
    )


def expired_lead(number: str, state: str, lines: Sequence[str]) -> str:
    return "\n".join(
        [
            f"{number} {state}，这次没有投成。",
            *(["同类还开着的："] if lines else []),
            *lines,
            "回“报价 编号 价格 工期”就能投，悬赏回“投稿 编号 内容”。"
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
