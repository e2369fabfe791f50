"""Words about joint bids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from handlers.wording.bids import offer_line
from handlers.wording.dates import when
from handlers.wording.receipts import named
from market.bids import Bid
from market.consortiums import Partner, PartnerStatus, Portion
from market.demands import Demand
from market.money import split_bp, yuan
from market.orders import Order
from market.receipts import Receipt
from market.splits import SplitRule


@dataclass(frozen=True, slots=True)
class Joint:
    """A bid with its partners; names of all of them by provider."""

    demand: Demand
    bid: Bid
    partners: tuple[Partner, ...]
    names: dict[int, str]


HOW = (
    "联合投标先自己报价，再说和谁、各分几成，例如“联合投标 D1024 信达 30% 柳创 20%”，其余归您牵头。"
)
STATUS = {PartnerStatus.ASKED: "等确认", PartnerStatus.AGREED: "已同意"}


def share(share_bp: int) -> str:
    return f"{share_bp / 100:g}%"


def _members(partners: Sequence[Partner], names: Mapping[int, str]) -> str:
    return "、".join(f"{names[one.provider_id]} {share(one.share_bp)}" for one in partners)


def together(name: str, partners: Sequence[Partner], names: Mapping[int, str]) -> str:
    """``桂知源 牵头，联合 信达 30%、柳创 20%``; the name alone where nobody joined."""
    return f"{name} 牵头，联合 {_members(partners, names)}" if partners else name


def _lead_bp(partners: Sequence[Partner]) -> int:
    return 10_000 - sum(one.share_bp for one in partners)


def asked_partners(joint: Joint, zone: ZoneInfo) -> str:
    assert joint.demand.closes_at is not None
    lead = share(_lead_bp(joint.partners))
    return (
        f"{joint.demand.no} 联合投标：您牵头 {lead}，{_members(joint.partners, joint.names)}。\n"
        f"已请他们确认，{when(joint.demand.closes_at, zone)} 截标前同意才算；没同意的那份归您。\n"
        f"改分成就重发一遍，改回独家回“不联合 {joint.demand.no}”。"
    )


def asked(joint: Joint, partner: Partner, payout_fen: int, zone: ZoneInfo) -> str:
    """What the partner would have is told before they agree."""
    assert joint.demand.closes_at is not None
    lead = joint.names[joint.bid.provider_id]
    own = split_bp(payout_fen, partner.share_bp).part
    return (
        f"🤝 {lead} 邀您联合投标 {joint.demand.no}：{offer_line(joint.bid.offer)}。\n"
        f"扣佣金后 {yuan(payout_fen)}：{lead} {share(_lead_bp(joint.partners))}，"
        f"{_members(joint.partners, joint.names)}；您约得 {yuan(own)}，验收后各自到账。\n"
        f"{when(joint.demand.closes_at, zone)} 前回“同意联合 {joint.demand.no}”"
        f"或“不同意联合 {joint.demand.no}”。报价密封，请不要外传。"
    )


def answered(joint: Joint, name: str, *, agrees: bool) -> str:
    rest = "、".join(
        f"{joint.names[one.provider_id]} {STATUS[one.status]}" for one in joint.partners
    )
    left = f"现在：{rest}。" if rest else "没有别的合作方了。"
    how = "同意" if agrees else "不同意"
    no = joint.demand.no
    return f"{no} {name} {how}联合投标。{left}要换人就重发“联合投标 {no} …”。"


def said_yes(joint: Joint) -> str:
    return (
        f"{joint.demand.no} 记下了，您同意和 {joint.names[joint.bid.provider_id]} 联合投标。"
        "这一单您就不能再自己报了；结果我告诉您。"
    )


def said_no(joint: Joint) -> str:
    return f"{joint.demand.no} 记下了，不联合。想自己报回“报价 {joint.demand.no} …”。"


def alone(demand: Demand) -> str:
    return f"{demand.no} 改回您独家投标，报价不变。"


def ended(demand: Demand, lead: str) -> str:
    return (
        f"{demand.no} {lead} 的报价不作数了，联合投标也就散了。"
        f"还没截标的话，想自己报回“报价 {demand.no} …”。"
    )


def dropped(demand: Demand, names: Sequence[str]) -> str:
    return (
        f"{demand.no} 开标时 {'、'.join(names)} 还没确认联合投标，没有算进去，那一份归您。"
        f"回“进度 {demand.no}”看结果。"
    )


def won(order: Order, lead: str, partner: Partner) -> str:
    return (
        f"🎉 {order.no} 联合投标中标，{yuan(order.price_fen)}，{lead} 牵头，您分 "
        f"{share(partner.share_bp)}（扣佣金后）。\n开工、交付由牵头方回复；验收后您那份直接到账。"
    )


def paid(order: Order, portion: Portion, receipt: Receipt) -> str:
    return (
        f"{order.no} 结算，联合投标您的 {share(portion.partner.share_bp)} 入账 {yuan(portion.fen)}"
        f"（收据 {named(receipt)}）。回“提现”申请转出。"
    )


def no_recipient(rule: SplitRule) -> str:
    return f"佣金分成“{rule.name}”写的机构“{rule.provider}”找不到，这一单没有分。运行 kebao check"


def shared(portions: Sequence[Portion]) -> str:
    """To the lead, behind their own sum."""
    total = sum(one.fen for one in portions)
    return f"合作方按约分走 {yuan(total)}。" if portions else ""
