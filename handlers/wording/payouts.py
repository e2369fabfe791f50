"""Words about money that leaves: refunds and providers' earnings."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from handlers.wording.dates import when
from handlers.wording.receipts import all_named
from market.money import yuan
from market.payouts import Payout, PayoutKind
from market.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Split:
    """What became of an order's escrow; `owed_fen` of the refund is still to be paid."""

    refund_fen: int
    payout_fen: int
    owed_fen: int
    by_gateway: bool = False  # which gives it back by itself
    public_fen: int = 0  # back to public money, beside the refund


def divided(split: Split) -> str:
    """Where a refund stands, and the split after a ruling."""
    if split.owed_fen:
        who = "微信支付原路退回，一般几分钟" if split.by_gateway else "同事处理中"
        state = f"退款中：应退 {yuan(split.owed_fen)}，{who}"
    elif split.refund_fen:
        state = f"已退款 {yuan(split.refund_fen)}"
    else:
        state = "已结清，没有退款"
    if split.public_fen:
        state += f"，另退回财政资金 {yuan(split.public_fen)}"
    if not split.payout_fen:
        return state
    return f"{state}（裁决：退 {yuan(split.refund_fen)}，付 {yuan(split.payout_fen)}）"


def payout_note(payout: Payout, provider: str) -> str:
    return f"{provider} 提现 {yuan(payout.amount_fen)}"


def _what(payout: Payout) -> tuple[str, str]:
    """The thing and its verb: ("退款", "退款") or ("提现", "打款")."""
    return ("退款", "退款") if payout.kind is PayoutKind.REFUND else ("提现", "打款")


def _confirm_with(payout: Payout) -> str:
    return f"确认{_what(payout)[1]} {payout.subject}"


def to_confirm(payout: Payout, by: str) -> str:
    return f"{by}已录入{_what(payout)[1]} {yuan(payout.amount_fen)}，等第二人确认"


def second_key_wanted(payout: Payout) -> str:
    return (
        f"💰 {payout.subject} 有同事录入{_what(payout)[1]}，等第二位同事核对银行流水。"
        f"确认请回“{_confirm_with(payout)}”。"
    )


def entered(payout: Payout) -> str:
    return (
        f"{payout.subject} {_what(payout)[1]} {yuan(payout.amount_fen)} 已录入，还没有入账。\n"
        f"要另一位同事回“{_confirm_with(payout)}”才算数。"
    )


def entered_before(payout: Payout, by: str) -> str:
    return (
        f"{payout.subject} {_what(payout)[1]}{by}已经录过了，金额一致，还没有入账。\n"
        f"您核对过银行流水就回“{_confirm_with(payout)}”。"
    )


def which_amount(kind: PayoutKind, subject_id: int) -> str:
    say = f"退款 O{subject_id} 1400" if kind is PayoutKind.REFUND else f"已打款 V{subject_id} 23500"
    return f"转了多少？把金额带上，例如“{say}”。"


def booked_line(payout: Payout) -> str:
    return f"{payout.subject} {_what(payout)[1]}已入账，对方通知了。"


def booked(payout: Payout, receipts: Iterable[Receipt]) -> str:
    return (
        f"{payout.subject} {_what(payout)[1]} {yuan(payout.amount_fen)} 已入账，对方通知了。"
        f"{all_named(receipts)}回“待办”看下一件。"
    )


def refunded(payout: Payout, receipts: Iterable[Receipt]) -> str:
    return (
        f"{payout.subject} 已退款 {yuan(payout.amount_fen)}，原路退回，以银行到账为准。\n"
        f"{all_named(receipts)}没收到回“人工”。"
    )


def paid_out(payout: Payout, receipts: Iterable[Receipt]) -> str:
    return (
        f"提现 {yuan(payout.amount_fen)}（{payout.subject}）已打款到您登记的账户，"
        f"以银行到账为准。\n{all_named(receipts)}没收到回“人工”。"
    )


NOTHING_TO_PAY = "现在没有可提现的款项。订单验收后会入账。回“我的线索”看新的需求。"


def asked(payout: Payout) -> str:
    return (
        f"可提现 {yuan(payout.amount_fen)}，申请已交给财务（{payout.subject}），"
        "两位同事核对后转到您登记的账户，打款了我告诉您。回“人工”可催。"
    )


def asked_before(payout: Payout, zone: ZoneInfo) -> str:
    return (
        f"{yuan(payout.amount_fen)} 的提现（{payout.subject}）{when(payout.asked_at, zone)} "
        "已经申请了，同事处理中，不用再申请；打款了我告诉您。回“人工”可催。"
    )
