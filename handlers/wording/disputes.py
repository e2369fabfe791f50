"""Words for the staff who decide disputes."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from handlers.wording.dates import day
from handlers.wording.payouts import Split, divided
from handlers.wording.receipts import all_named
from market.disputes import TWO_KEYS_ABOVE_FEN, Decision, Dispute
from market.money import yuan
from market.orders import Order
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


def question(dispute: Dispute, would: Decision, zone: ZoneInfo, *, early: bool) -> str:
    second = (
        f"超过 {yuan(TWO_KEYS_ABOVE_FEN)}，还要第二位同事回“同意 {dispute.no}”才执行。"
        if would.order.unreleased_fen > TWO_KEYS_ABOVE_FEN
        else "执行后不能撤回。"
    )
    last = day(dispute.answer_by.astimezone(zone).date())
    wait = f"⚠ 对方答辩期到 {last} 还没到，也还没有答辩。\n" if early else ""
    return (
        f"如果执行 {dispute.no}：{split(would)}，退掉的部分不算积分，"
        f"双方都会看到理由。\n{wait}{second}确认？"
    )


def question_line(dispute: Dispute) -> str:
    return f"{dispute.no} 怎么分私聊发您了，核对后回“确认”。"


def waits_for_second(dispute_id: int) -> str:
    return (
        f"J{dispute_id} 超过 {yuan(TWO_KEYS_ABOVE_FEN)}，已请另一位同事核对，"
        f"对方回“同意 J{dispute_id}”才执行。"
    )


def second_wanted(dispute: Dispute, order: Order) -> str:
    return (
        f"💰 {dispute.no}（{order.no}）有裁决待第二人同意。"
        f"回“{dispute.no}”看详情，核对后回“同意 {dispute.no}”或“驳回 {dispute.no} 理由”。"
    )


def second_note(dispute: Dispute, would: Decision, proposer: str) -> str:
    assert dispute.refund_bp is not None, "a proposal has its rate"
    return (
        f"{proposer}提议退 {dispute.refund_bp // 100}%：{split(would)}。"
        f"理由：{dispute.decision[:120]}"
    )


def done(dispute_id: int, decision: Decision, receipts: Sequence[Receipt]) -> str:
    return (
        f"J{dispute_id} 已执行：{split(decision)}，双方都通知了。\n"
        f"{all_named(receipts, '凭证')}退款进了待办，回“待办”看下一件。"
    )


def done_line(dispute_id: int) -> str:
    return f"J{dispute_id} 裁决已执行，双方都通知了。"


def refused(dispute: Dispute) -> str:
    return f"{dispute.no} 的提议已驳回，没有动钱。要重新判回“判 {dispute.no} 退50% 理由”。"


def refused_for_proposer(dispute: Dispute, by: str, reason: str) -> str:
    told = f"：{reason}" if reason else ""
    return (
        f"{dispute.no} 的裁决{by}没有同意{told}。\n没有动钱，商量后回“判 {dispute.no} 退50% 理由”。"
    )


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
    if split is not None:
        shares = f"退 {yuan(split.refund_fen)}，付 {yuan(split.payout_fen)}"
        return (
            f"{head}已裁决，{shares}。{divided(split) if split.refund_fen else ''}\n"
            f"理由：{dispute.decision[:120]}\n有疑问回“人工”。"
        )
    newest = f"\n最新一条：{last[:120]}" if last else ""
    return (
        f"{head}申诉处理中，材料 {evidence} 条，"
        f"答辩期到 {day(dispute.answer_by.astimezone(zone).date())}，之后轮到同事裁决；"
        f"{yuan(order.unreleased_fen)} 还在托管。{newest}\n"
        f"要补材料直接发给我，或回“补证据 {dispute.no} …”。"
    )
