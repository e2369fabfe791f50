"""Words about paying by a code, and about what a gateway does by itself."""

from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.wording.dates import when
from handlers.wording.receipts import named
from market.errands import ErrandKind
from market.money import yuan
from market.orders import OrderStatus
from market.payments import Payment
from market.pots import Payable
from market.receipts import Receipt

_WHAT = {
    ErrandKind.OPEN: "生成付款码",
    ErrandKind.QUERY: "核对付款",
    ErrandKind.CLOSE: "关闭付款码",
    ErrandKind.REFUND: "退款",
    ErrandKind.RELEASE: "解冻",
}


def coming(order: Payable) -> str:
    return (
        f"{order.no} 应付 {yuan(order.due_fen)}，正在向微信支付取付款码，几秒钟就发给您。\n"
        f"想换个方式就回“对公转账 {order.no}”。"
    )


def code(order: Payable, payment: Payment, url: str, zone: ZoneInfo) -> str:
    assert payment.expires_at is not None, "a code runs out"
    return (
        f"{order.no} 应付 {yuan(payment.amount_fen)}，用微信“扫一扫”扫图里的码付款，"
        f"{when(payment.expires_at, zone)} 前有效。\n"
        f"手机上扫不了自己屏幕的，在电脑上打开这页再扫：\n{url}\n"
        f"钱冻结在微信支付，您验收后才放款。付好我马上告诉您；过期了回“付款 {order.no}”换一张。"
    )


def delayed(order: Payable) -> str:
    return (
        f"{order.no} 微信支付暂时没有回应，没有扣您的钱。我一直在重试，付款码一好就发给您。\n"
        f"不想等就回“对公转账 {order.no}”，或回“人工”。"
    )


def looking(order: Payable) -> str:
    return (
        f"{order.no} 我去微信支付核对一下，应付 {yuan(order.due_fen)}，到账马上发收据给您。"
        "急的话回“人工”。"
    )


def surplus(order: Payable, payment: Payment, receipt: Receipt) -> str:
    closed = order.status in {OrderStatus.CANCELLED, OrderStatus.EXPIRED}
    why = "订单已经关闭" if closed else "订单已经付过"
    return (
        f"{order.no} {why}，刚收到的 {yuan(payment.amount_fen)}原路退回，退好我告诉您。\n"
        f"收据 {named(receipt)}。有疑问回“人工”。"
    )


def mispaid(order: Payable) -> str:
    return (
        f"{order.no} 收到一笔付款，和应付的 {yuan(order.due_fen)} 对不上，没有入账。"
        "同事正在核对，会联系您；急的话回“人工”。"
    )


def given_back(order: Payable, amount_fen: int, receipt: Receipt) -> str:
    return (
        f"{order.no} 已退款 {yuan(amount_fen)}，微信支付原路退回，以微信的通知为准。\n"
        f"收据 {named(receipt)}。没收到回“人工”。"
    )


def mispaid_note(payment: Payment, paid_fen: int) -> str:
    return (
        f"收到 {yuan(paid_fen)}，应收 {yuan(payment.amount_fen)}，没有入账。"
        f"到商户平台核对 {payment.no}，联系客户"
    )


def stuck_note(payment: Payment, kind: ErrandKind, error: str) -> str:
    return f"{payment.no} {_WHAT[kind]}一直不成，还在重试：{error[:80]}"


def abnormal_note(payment: Payment, amount_fen: int) -> str:
    return (
        f"{payment.no} 退款 {yuan(amount_fen)} 异常，客户的卡收不了款。"
        "到商户平台的“异常退款”处理，处理好会自动入账"
    )


def closed_note(payment: Payment, amount_fen: int) -> str:
    return f"{payment.no} 退款 {yuan(amount_fen)} 被微信支付关闭，到商户平台查原因"


def refund_by_hand_note(amount_fen: int) -> str:
    return f"微信支付退不了，应退客户 {yuan(amount_fen)}"


def mismatch_note(payment: Payment, refunded_fen: int, due_fen: int) -> str:
    return (
        f"{payment.no} 微信支付退了 {yuan(refunded_fen)}，应退 {yuan(due_fen)}，没有入账。"
        "到商户平台核对"
    )


def frozen_note(order: Payable, until: datetime, zone: ZoneInfo) -> str:
    return (
        f"{order.no} 还没了结，{yuan(order.unreleased_fen)} 在微信支付最多冻结 30 天，"
        f"{when(until, zone)} 自动解冻到商户号。仍是客户的钱，请单独保管"
    )
