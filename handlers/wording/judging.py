"""Words for the staff who decide disputes."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from handlers.wording.dates import day, when
from handlers.wording.disputes import percent
from handlers.wording.receipts import all_named
from handlers.wording.rule_sheets import rule_sheet
from market.disputes import TWO_KEYS_ABOVE_FEN, Decision, Dispute, DisputeStatus, DisputeStep
from market.money import yuan
from market.orders import Order
from market.policy import Policy
from market.receipts import Receipt


def judge_how(number: str) -> str:
    return f"裁决要写比例和理由，双方都会看到，例如“判 {number} 退60% 缺对应表，核心章节可用”。"


def split(done: Decision) -> str:
    public = f"（其中财政资金 {yuan(done.public_fen)} 退回原处）" if done.public_fen else ""
    return (
        f"客户退 {yuan(done.refund_fen)}{public}，服务商得 {yuan(done.payout_fen)}"
        f"（已扣佣金 {yuan(done.commission_fen)}）"
    )


def reason_wanted(dispute: Dispute, would: Decision) -> str:
    return (
        f"如果执行 {dispute.no}：{split(would)}，退掉的部分不算积分。\n"
        "理由双方都会看到，请写一句；先不判了回“取消”。"
    )


def question(
    dispute: Dispute, would: Decision, policy: Policy, zone: ZoneInfo, *, early: bool
) -> str:
    second = (
        f"超过 {yuan(TWO_KEYS_ABOVE_FEN)}，还要第二位同事回“同意 {dispute.no}”才算数。\n"
        if dispute.may(DisputeStep.PROPOSE)
        else ""
    )
    last = day(dispute.answer_by.astimezone(zone).date())
    wait = f"⚠ 对方答辩期到 {last} 还没到，也还没有答辩。\n" if early else ""
    return (
        f"如果执行 {dispute.no}：{split(would)}，退掉的部分不算积分，"
        f"双方都会看到理由。\n{wait}{second}{rule_sheet(dispute, policy, zone)}\n确认？"
    )


def question_line(dispute: Dispute) -> str:
    return f"{dispute.no} 怎么分私聊发您了，核对后回“确认”。"


def waits_for_second(dispute: Dispute) -> str:
    return (
        f"{dispute.no} 超过 {yuan(TWO_KEYS_ABOVE_FEN)}，已请另一位同事核对，"
        f"对方回“同意 {dispute.no}”才算数。"
    )


def second_wanted(dispute: Dispute, order: Order) -> str:
    return (
        f"💰 {dispute.no}（{order.no}）有裁决待第二人同意。"
        f"回“{dispute.no}”看详情，核对后回“同意 {dispute.no}”或“驳回 {dispute.no} 理由”。"
    )


def second_note(dispute: Dispute, would: Decision, proposer: str) -> str:
    assert dispute.refund_bp is not None, "a proposal has its rate"
    return (
        f"{proposer}提议退 {percent(dispute.refund_bp)}：{split(would)}。"
        f"理由：{dispute.decision[:120]}"
    )


def done(dispute: Dispute, decision: Decision, receipts: Sequence[Receipt], zone: ZoneInfo) -> str:
    if dispute.status is DisputeStatus.RULED:
        assert dispute.appeal_by is not None, "it can be appealed against"
        return (
            f"{dispute.no} 已裁决：{split(decision)}，双方都通知了。\n"
            f"钱还在托管：双方都接受，或到 {when(dispute.appeal_by, zone)} 没人复议，自动执行。"
            "回“待办”看下一件。"
        )
    return (
        f"{dispute.no} 已执行：{split(decision)}，双方都通知了。\n"
        f"{all_named(receipts, '凭证')}退款进了待办，回“待办”看下一件。"
    )


def done_line(dispute: Dispute) -> str:
    what = "已裁决" if dispute.status is DisputeStatus.RULED else "裁决已执行"
    return f"{dispute.no} {what}，双方都通知了。"


def refused(dispute: Dispute) -> str:
    return f"{dispute.no} 的提议已驳回，没有动钱。要重新判回“判 {dispute.no} 退50% 理由”。"


def refused_for_proposer(dispute: Dispute, by: str, reason: str) -> str:
    told = f"：{reason}" if reason else ""
    return (
        f"{dispute.no} 的裁决{by}没有同意{told}。\n没有动钱，商量后回“判 {dispute.no} 退50% 理由”。"
    )
