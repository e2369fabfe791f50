"""Words about claims for subsidies, in the chat."""

from collections.abc import Sequence

from handlers.wording.dates import last_day
from market.claims import Claim, ClaimStatus
from market.money import yuan
from market.orders import Order
from market.programmes import Programme

SHOWN = 4
STATUSES = {
    ClaimStatus.READY: "材料已备好，还没交",
    ClaimStatus.SUBMITTED: "已交，等结果",
    ClaimStatus.PAID: "已到账",
    ClaimStatus.REFUSED: "没批",
    ClaimStatus.MISSED: "过了截止日没交",
}
NONE_YET = "您还没有补助申请。验收后回“申请补助 O2048”，我把材料备好。"
HOW_MUCH = "到了多少？把金额带上，例如“补助到账 {no} 9000”。"
WHY_NOT = "没批的原因是什么？例如“补助没批 {no} 缺研发费用说明”，我记下来，下次补齐。"


def papers_at(claim: Claim, public_url: str) -> str:
    return f"{public_url}/papers/{claim.token}"


def begun(claim: Claim, programme: Programme, public_url: str) -> str:
    link = f" {programme.link}" if programme.link else ""
    return (
        f"{claim.order_no} 可申请 {programme.name}：最多 {yuan(claim.amount_fen)}，"
        f"{last_day(claim.due_on)}截止（{STATUSES[claim.status]}）。\n"
        f"依据：{programme.basis or '以主管部门答复为准'}{link}\n"
        f"材料包（合同、交付、验收、收据、发票）：{papers_at(claim, public_url)}\n"
        f"由贵司交主管部门；交了回“补助已交 {claim.order_no}”，"
        f"到账回“补助到账 {claim.order_no} 金额”。"
    )


def hint(order: Order, programme: Programme, amount_fen: int) -> str:
    """At the end of an acceptance."""
    return (
        f"这单能申请 {programme.name}（最多 {yuan(amount_fen)}，"
        f"{last_day(programme.ends_on)}截止）：回“申请补助 {order.no}”。"
    )


def submitted(claim: Claim) -> str:
    return f"{claim.order_no} 记下了：补助已交。到账回“补助到账 {claim.order_no} 金额”。"


def paid(claim: Claim) -> str:
    return f"🎉 {claim.order_no} 补助到账 {yuan(claim.paid_fen)}，记下了。回“我的补助”看全部。"


def refused(claim: Claim) -> str:
    return f"{claim.order_no} 记下了：没批（{claim.reason}）。想请同事看看材料回“人工”。"


def reminder(claim: Claim, public_url: str) -> str:
    return (
        f"⏰ {claim.order_no} 的补助（最多 {yuan(claim.amount_fen)}）{last_day(claim.due_on)}截止，"
        f"还没交。材料包：{papers_at(claim, public_url)}\n"
        f"交了回“补助已交 {claim.order_no}”。"
    )


def missed(claim: Claim) -> str:
    return (
        f"{claim.order_no} 的补助过了截止日，没有收到您说已交。其实交了的话回“人工”，我们改过来。"
    )


def mine(claims: Sequence[Claim], names: dict[str, str]) -> str:
    lines = [
        f"· {one.order_no} {names.get(one.programme, one.programme)}："
        f"{yuan(one.paid_fen or one.amount_fen)}，{STATUSES[one.status]}"
        for one in claims[:SHOWN]
    ]
    return "\n".join(("您的补助：", *lines, "看材料回“申请补助 O2048”。"))
