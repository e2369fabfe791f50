"""Words about what is paid before there is a provider: rewards, deposits, and where they go."""

from zoneinfo import ZoneInfo

from handlers.wording import rewards
from handlers.wording.dates import when
from handlers.wording.payouts import Split, divided
from handlers.wording.receipts import named
from market.demands import Demand, Terms
from market.money import yuan
from market.orders import OrderStatus
from market.pots import Ending, Pot, Share, shared_fen
from market.receipts import Receipt
from market.rewards import RewardKind


def what(terms: Terms) -> str:
    """赏金, or 定金."""
    return "定金" if terms.reward is None else "赏金"


def title(terms: Terms) -> str:
    return f"{terms.title}·{what(terms)}"


def pay_first(demand: Demand, pot: Pot, zone: ZoneInfo) -> str:
    """What is still missing before it is published."""
    return (
        f"{demand.no} {demand.terms.title}：付了{what(demand.terms)}就发布，"
        f"应付 {yuan(pot.due_fen)}（{pot.no}），{when(pot.pay_by, zone)} 前；"
        "到点没付就作罢，没有费用。\n"
        f"回“付款 {pot.no}”付，不办了回“撤 {demand.no}”。"
    )


def ways(demand: Demand, pot: Pot, ways_line: str, zone: ZoneInfo) -> str:
    return (
        f"{demand.no} 还差一步：付{what(demand.terms)} {yuan(pot.due_fen)}（{pot.no}），"
        f"{when(pot.pay_by, zone)} 前付，到点没付就作罢，没有费用。\n"
        f"钱先进托管，规则就是刚才说的那条。怎么付？{ways_line}"
    )


def published(demand: Demand, receipt: Receipt, zone: ZoneInfo) -> str:
    """The money is there, and it has gone out."""
    assert demand.closes_at is not None
    name, amount = what(demand.terms), yuan(receipt.movement.amount_fen)
    head = f"收据 {named(receipt)}：{name} {amount} 已进托管。\n"
    if demand.terms.reward is not None:
        return head + rewards.published(demand, zone)
    return (
        f"{head}{demand.no} 已发布，{when(demand.closes_at, zone)} 截标开标，报价密封，"
        f"到时我把对比发给您。回“进度 {demand.no}”随时看。"
    )


def withdraw_question(demand: Demand, pot: Pot, left_fen: int, *, shared: bool) -> str:
    """What becomes of the money, told by the same numbers that divide it."""
    if not shared:
        return f"如果撤回 {demand.no}：剩下的 {yuan(left_fen)} 全部退给您。确认？"
    part = shared_fen(pot, left_fen)
    return (
        f"如果撤回 {demand.no}：{what(demand.terms)}退您 {yuan(left_fen - part)}，"
        f"其余 {yuan(part)} 分给{_who(demand.terms)}，撤了不能恢复。确认？"
    )


def withdrawn(demand: Demand) -> str:
    return (
        f"{demand.no} 已撤回。付过的{what(demand.terms)}按规则退，明细另发给您。还要办什么直接说。"
    )


def stands(pot: Pot, split: Split) -> str:
    """Where the money is, in one line."""
    name = f"{pot.no} {pot.title} {yuan(pot.price_fen)}"
    match pot.status:
        case OrderStatus.AWAITING_PAYMENT:
            return f"{name}：还没付。"
        case OrderStatus.FUNDED:
            return f"{name}：在托管里。"
        case OrderStatus.REFUNDED:
            return f"{name}：{divided(split)}。"
        case OrderStatus.COMPLETED:
            return f"{name}：已用完。"
        case _:
            return f"{name}：没有付款，已关闭。"


def unpaid(demand: Demand) -> str:
    return (
        f"{demand.no} {demand.terms.title} 到点没有付{what(demand.terms)}，已作罢，没有费用。"
        "还要办就把需求再发给我。"
    )


def refund_note(ending: Ending) -> str:
    return f"应退客户 {yuan(ending.refund_fen)}，{ending.pot.title}"


def broken_up(demand: Demand, ending: Ending, refund: Receipt | None) -> str:
    """Where the rest of a pot has gone; the rule was told before it was paid."""
    name = what(demand.terms)
    shared = sum(share.fen for share in ending.consolations)
    if not shared:
        how = f"{name}剩下的 {yuan(ending.refund_fen)} 全部退给您"
    else:
        how = (
            f"{name}按付款前说好的规则：退您 {ending.pot.back_bp / 100:g}%"
            f"（{yuan(ending.refund_fen)}），其余 {yuan(shared)} 给{_who(demand.terms)}"
        )
    proof = f"（收据 {named(refund)}）" if refund is not None else ""
    return (
        f"{demand.no} {how}{proof}。\n"
        f"退款原路返回，退好我告诉您。回“进度 {ending.pot.no}”看到哪了，有疑问回“人工”。"
    )


def _who(terms: Terms) -> str:
    if terms.reward is None:
        return "投标的服务商"
    return "答题的各家" if terms.reward.kind is RewardKind.QUESTION else "投稿的各家"


def consoled(demand: Demand, share: Share, receipt: Receipt, *, paid: bool) -> str:
    name = what(demand.terms)
    why = "客户没有选定" if paid else "客户选了您却没付余款"
    return (
        f"{demand.no} {demand.terms.title} {why}，按规则从{name}里分给您 "
        f"{yuan(share.fen)}（收据 {named(receipt)}）。\n"
        "回“提现”可以取，回“我的线索”看别的需求。"
    )
