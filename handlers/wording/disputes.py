"""Words about disputes for both sides, and where a dispute stands."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from handlers.wording.dates import day, when
from handlers.wording.payouts import Split, divided
from handlers.wording.receipts import all_named
from handlers.wording.rule_sheets import rule_sheet
from market.disputes import SIDES, Decision, Dispute, DisputeStatus, Track
from market.money import yuan
from market.orders import Order
from market.policy import Policy
from market.processes import Party
from market.receipts import Receipt

SIDE_WORDS = {Party.BUYER: "客户", Party.PROVIDER: "服务商"}
REASON_SHOWN = 240  # three votes have a reason each


def percent(rate_bp: int) -> str:
    return f"{rate_bp / 100:g}%"


def _answer_day(dispute: Dispute, zone: ZoneInfo) -> str:
    return day(dispute.answer_by.astimezone(zone).date())


def opened(order: Order, dispute: Dispute, policy: Policy, zone: ZoneInfo) -> str:
    return (
        f"申诉已立案 {dispute.no}（{order.no}），钱继续冻结在托管里。\n"
        f"流程：对方 3 天内答辩（到 {_answer_day(dispute, zone)}）→ 双方补证据 → 裁决，不收费。\n"
        f"{rule_sheet(dispute, policy, zone)}\n"
        "您的聊天和交付文件我已固定为证据，还要补就直接发给我。"
    )


def opened_for_provider(order: Order, dispute: Dispute, policy: Policy, zone: ZoneInfo) -> str:
    return (
        f"{order.no} 客户提出申诉 {dispute.no}：{dispute.reason[:120]}\n"
        f"轮到您，3 天内（到 {_answer_day(dispute, zone)}）把说明和证据直接发给我；"
        "不回复按缺席处理。钱继续冻结在托管里。\n"
        f"{rule_sheet(dispute, policy, zone)}"
    )


def opened_for_staff(order: Order, dispute: Dispute) -> str:
    return f"🔴 新申诉 {dispute.no}（{order.no}）待处理，回“待办”看。"


def note(order: Order, dispute: Dispute, *, ruled_bp: int | None = None) -> str:
    """For the queue; `ruled_bp` is what was appealed against, where it has just been."""
    if dispute.appealed_at is None:
        return f"{order.no} {order.title}：{dispute.reason[:80]}"
    first = "" if ruled_bp is None else f"（原裁决退 {percent(ruled_bp)}）"
    return f"复议{first} {order.no} {order.title}：{dispute.appeal[:80]}"


def ruling(dispute: Dispute, would: Decision, side: Party, policy: Policy, zone: ZoneInfo) -> str:
    """What was decided, and what follows from what either side says, or from silence."""
    sheet = rule_sheet(dispute, policy, zone, side=side)
    return (
        f"申诉 {dispute.no}（{would.order.no}）已裁决：退客户 {yuan(would.refund_fen)}，"
        f"付服务商 {yuan(would.payout_fen)}（已扣佣金）。钱还在托管。\n"
        f"理由：{dispute.decision[:REASON_SHOWN]}\n{sheet}"
    )


def executed(dispute: Dispute, done: Decision, receipts: Iterable[Receipt]) -> str:
    refunded = "退款中，退好会通知客户。" if done.refund_fen else ""
    final = "复议" if dispute.instance == 2 else "申诉"
    return (
        f"{final} {dispute.no}（{done.order.no}）已裁决并执行：退客户 {yuan(done.refund_fen)}，"
        f"付服务商 {yuan(done.payout_fen)}（已扣佣金）。{refunded}{all_named(receipts)}\n"
        f"理由：{dispute.decision[:REASON_SHOWN]}\n"
        "这是最终结果，有疑问回“人工”。"
    )


def accepted(dispute: Dispute, side: Party, policy: Policy, zone: ZoneInfo) -> str:
    return (
        f"记下了，您接受 {dispute.no} 的裁决，不再复议。轮到对方，执行了我告诉您。\n"
        f"{rule_sheet(dispute, policy, zone, side=side)}"
    )


def both_accepted(dispute: Dispute, done: Decision, receipts: Iterable[Receipt]) -> str:
    return f"双方都接受了。{executed(dispute, done, receipts)}"


def why_appeal(dispute: Dispute, policy: Policy, zone: ZoneInfo) -> str:
    return (
        f"{dispute.no} 哪里裁错了？写在后面，"
        f"例如“复议 {dispute.no} 附件二有对应表，没有被看到”。\n"
        f"{rule_sheet(dispute, policy, zone)}"
    )


def no_ruling() -> str:
    return "您名下没有等您答复的裁决。回“进度”看轮到谁，或回“人工”。"


def appealed(dispute: Dispute, policy: Policy, zone: ZoneInfo) -> str:
    return (
        f"{dispute.no} 复议收到，原裁决不执行，钱还在托管。\n"
        f"双方到 {_answer_day(dispute, zone)} 还能补材料，直接发给我；"
        "然后由没判过的人重新裁。\n"
        f"{rule_sheet(dispute, policy, zone)}"
    )


def appealed_for_other(dispute: Dispute, policy: Policy, zone: ZoneInfo) -> str:
    return (
        f"申诉 {dispute.no} 对方申请了复议：{dispute.appeal[:120]}\n"
        f"原裁决不执行，钱还在托管。轮到您，到 {_answer_day(dispute, zone)} 前"
        "把说明和材料直接发给我；不回复就按现有材料裁。\n"
        f"{rule_sheet(dispute, policy, zone)}"
    )


_TAKES = {
    Track.SINGLE: "一位没判过的同事",
    Track.DOUBLE: "两位没判过的同事",
    Track.PANEL: "另外三位专家",
}


def appealed_for_staff(dispute: Dispute, order: Order) -> str:
    return f"🔴 {dispute.no}（{order.no}）要复议，要{_TAKES[dispute.track]}来裁，回“待办”看。"


def call_about(dispute: Dispute, sides: Iterable[Party]) -> str:
    who = "、".join(SIDE_WORDS[side] for side in sides)
    return f"{dispute.no} 裁决通知没送达，请致电{who}，说明到期不说话就执行"


def refund_note(dispute: Dispute, decision: Decision) -> str:
    return f"申诉 {dispute.no} 裁决，应退客户 {yuan(decision.money_back_fen)}"


def noted(dispute: Dispute, number: int) -> str:
    return (
        f"已记入 {dispute.no} 的材料，第 {number} 条。还有就接着发；回“进度 {dispute.no}”看到哪了。"
    )


def say_what(dispute: Dispute) -> str:
    return (
        f"{dispute.no} 要补什么？写在后面，例如“补证据 {dispute.no} 合同约定 3 份”，"
        "文件直接发给我。"
    )


_UNDER_WAY = {
    DisputeStatus.OPEN: "申诉处理中",
    DisputeStatus.PROPOSED: "申诉处理中",
    DisputeStatus.VOTING: "专家组在表决",
    DisputeStatus.APPEALED: "复议中",
    DisputeStatus.APPEAL_PROPOSED: "复议中",
    DisputeStatus.APPEAL_VOTING: "专家组在表决复议",
}


def progress(
    dispute: Dispute,
    order: Order,
    evidence: int,
    split: Split | None,
    *,
    last: str,
    zone: ZoneInfo,
) -> str:
    head = f"{dispute.no}（{order.no} {order.title}）："
    if split is not None and dispute.status is DisputeStatus.EXECUTED:
        shares = f"退 {yuan(split.refund_fen)}，付 {yuan(split.payout_fen)}"
        return (
            f"{head}已裁决，{shares}。{divided(split) if split.refund_fen else ''}\n"
            f"理由：{dispute.decision[:REASON_SHOWN]}\n有疑问回“人工”。"
        )
    held = f"{yuan(order.unreleased_fen)} 还在托管，谁也动不了"
    if dispute.status is DisputeStatus.RULED:
        return f"{head}{_ruled(dispute, zone)}，{held}。\n{_answers(dispute)}"
    newest = f"\n最新一条：{last[:120]}" if last else ""
    return (
        f"{head}{_UNDER_WAY[dispute.status]}，材料 {evidence} 条，"
        f"答辩期到 {_answer_day(dispute, zone)}，之后轮到{_who_rules(dispute)}裁决；"
        f"{held}。{newest}\n"
        f"要补材料直接发给我，或回“补证据 {dispute.no} …”。"
    )


def _who_rules(dispute: Dispute) -> str:
    return "专家组" if dispute.track is Track.PANEL else "同事"


def _ruled(dispute: Dispute, zone: ZoneInfo) -> str:
    """``已裁决退 60%，还没执行，等服务商接受或复议，到 11 月 24 日(周二) 10:10 自动执行``"""
    assert dispute.refund_bp is not None, "it is decided"
    assert dispute.appeal_by is not None, "it can be appealed against"
    waits = [SIDE_WORDS[side] for side in SIDES if dispute.accepted_at(side) is None]
    return (
        f"已裁决退 {percent(dispute.refund_bp)}，还没执行，等{'、'.join(waits)}接受或复议，"
        f"到 {when(dispute.appeal_by, zone)} 没人复议就执行"
    )


def _answers(dispute: Dispute) -> str:
    return (
        f"理由：{dispute.decision[:REASON_SHOWN]}\n"
        f"回“接受 {dispute.no}”或“复议 {dispute.no} 理由”（只有一次）。"
    )
