"""Words about contracts: what is agreed, in how many instalments, and whose word is missing."""

from handlers.wording.refusals import part_of
from market.contracts import (
    INSTALMENTS_MOST,
    Contract,
    ContractStatus,
    Milestone,
    Version,
    status_of,
)
from market.money import yuan
from market.orders import Order
from market.processes import Party

YES, NO = "确认", "不同意"
SIDES = {Party.BUYER: "客户", Party.PROVIDER: "服务商"}
_TITLE_MOST = 16  # characters
_STEPS_MOST = 5


def shown(order: Order, version: Version, side: Party | None) -> str:
    """A version for one of its sides, or for staff (None); with what can be done about it."""
    contract = version.contract
    return "\n".join(
        [
            f"{order.no} 合同 {named(contract)}：{contract.title}，{yuan(contract.price_fen)}"
            f"{_duration(contract)}{_inclusions(contract)}。",
            *instalments(contract),
            _stands(order, version, side),
        ]
    )


def named(contract: Contract) -> str:
    """``v2 7f3a·91c2``"""
    return f"v{contract.version} {contract.fingerprint}"


def instalments(contract: Contract) -> list[str]:
    """At most three lines; one where it is paid in one."""
    if len(contract.milestones) == 1:
        steps = " → ".join(contract.steps[:_STEPS_MOST])
        more = "…" if len(contract.steps) > _STEPS_MOST else "。"
        return [f"一次付清，步骤：{steps}{more}" if steps else "一次付清，验收后付。"]
    lines = [
        f"{number}）{_instalment(contract, milestone)}"
        for number, milestone in enumerate(contract.milestones, start=1)
    ]
    if len(lines) <= 3:
        return lines
    return ["　".join(lines[at : at + 2]) for at in range(0, len(lines), 2)]


def _instalment(contract: Contract, milestone: Milestone) -> str:
    title = milestone.title
    short = title if len(title) <= _TITLE_MOST else f"{title[: _TITLE_MOST - 1]}…"
    days = f"（{_days(milestone.days, contract)}）" if milestone.days else ""
    return f"{yuan(milestone.share_fen)}{f' {short}' if short else ''}{days}"


def _days(days: int, contract: Contract) -> str:
    return f"{days} 个工作日" if contract.in_workdays else f"{days} 天"


def _duration(contract: Contract) -> str:
    return f"，{_days(contract.duration, contract)}" if contract.duration else ""


def _inclusions(contract: Contract) -> str:
    included = f"，含{'、'.join(contract.included)}" if contract.included else ""
    excluded = f"，不含{'、'.join(contract.excluded)}" if contract.excluded else ""
    return f"{included}{excluded}"


def _stands(order: Order, version: Version, side: Party | None) -> str:
    match status_of(order, version):
        case ContractStatus.AGREED:
            where = part_of(order)
            return f"双方已确认{f'，现在{where}' if where else ''}。回“进度 {order.no}”看轮到谁。"
        case ContractStatus.DRAFT if version.contract.version == order.contract_version:
            if side is Party.PROVIDER:
                return f"您报价时已确认，客户付款即确认。要分期回“分期 {order.no} 2”。"
            return f"付款即确认，回“付款 {order.no}”。要分期回“分期 {order.no} 2”。"
        case ContractStatus.DRAFT:
            missing = next(each for each in SIDES if version.awaits(each))
            if missing is side:
                return "等您确认，确认后按它执行；不同意就还按原来的合同。"
            return f"等{SIDES[missing]}确认；没确认就付款，还按原来的合同。"
        case _:
            return f"这一版没有生效。回“进度 {order.no}”看轮到谁。"


def would_propose(order: Order, version: Version) -> str:
    return "\n".join(
        [
            f"如果提出：{order.no} 分 {len(version.contract.milestones)} 期，每期验收后付这一期。"
            if len(version.contract.milestones) > 1
            else f"如果提出：{order.no} 改回一次付清，验收后付。",
            *(instalments(version.contract) if len(version.contract.milestones) > 1 else ()),
            f"{yuan(order.price_fen)} 仍一次进托管；对方确认了才算。确认？",
        ]
    )


def proposal_sent(order: Order, version: Version) -> str:
    return (
        f"{order.no} 合同 {named(version.contract)} 已发给对方，对方确认后生效；"
        f"在那之前还按原来的合同。回“合同 {order.no}”看。"
    )


def proposed(order: Order, version: Version, by: Party, *, numbered: bool) -> str:
    """Read back to the other side; `numbered`: nothing else takes the numbers of its choices."""
    contract = version.contract
    about = f"{order.no} v{contract.version}"
    head = (
        f"{order.no} {SIDES[by]}提出分 {len(contract.milestones)} 期"
        if len(contract.milestones) > 1
        else f"{order.no} {SIDES[by]}提出改回一次付清"
    )
    ask = f"1 {YES}　2 {NO}" if numbered else f"回“同意分期 {about}”或“不同意分期 {about}”。"
    return "\n".join(
        [
            f"{head}（合同 {named(contract)}，总价 {yuan(contract.price_fen)} 不变，"
            "全款先进托管，每期验收后付这一期）：",
            *instalments(contract),
            ask,
        ]
    )


def in_force(order: Order, version: Version, side: Party) -> str:
    """To both sides."""
    paying = f"轮到您付款，回“付款 {order.no}”" if side is Party.BUYER else "轮到客户付款"
    count = len(version.contract.milestones)
    how = f"分 {count} 期" if count > 1 else "一次付清"
    return (
        f"{order.no} 合同 {named(version.contract)} 双方已确认，{how}，"
        f"全款 {yuan(order.price_fen)} 先进托管。\n{paying}；回“合同 {order.no}”随时看。"
    )


def declined(order: Order, by: Party) -> str:
    return (
        f"{order.no} {SIDES[by]}不同意这次的分期，还按原来的合同。\n"
        f"换个分法回“分期 {order.no} 2”，或回“人工”请同事说和。"
    )


def kept(order: Order) -> str:
    """To whoever has just said no."""
    return f"好，{order.no} 还按原来的合同，已告诉对方。回“合同 {order.no}”看。"


def how_many(order: Order) -> str:
    return (
        f"{order.no} {yuan(order.price_fen)} 分几期？2–{INSTALMENTS_MOST} 期都行：\n"
        f"回“分期 {order.no} 3”等分，或“分期 {order.no} 30% 70%”。"
    )


def before_paying(order: Order) -> str:
    return f"⚠ {order.no} 有一份分期还没确认，现在付款就按原来的合同。先看回“合同 {order.no}”。"
