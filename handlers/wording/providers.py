"""Answers to what providers ask about a deal."""

from zoneinfo import ZoneInfo

from handlers.wording.dates import when
from market.money import yuan
from market.orders import Order, OrderStatus

CLIENT = (
    "成交前不公开客户是谁，各家都一样；客户付款到托管、合同成立后，才互给名称和联系方式。\n"
    "想先弄清要求，回“人工”请同事转问。"
)


def way_out(order: Order, zone: ZoneInfo) -> str:
    """What stands, why it cannot be dropped by a word, and who can help."""
    if order.status is OrderStatus.AWAITING_PAYMENT:
        stands = f"已中标成交，等客户付款，最晚 {when(order.pay_by, zone)}"
    else:
        stands = f"已成交，客户的 {yuan(order.unreleased_fen)} 在托管"
    return (
        f"{order.no} {stands}，现在不能自己退单。\n"
        "确实做不了，回“人工”说明原因：同事和客户商量改期、换人或退款，商量好之前什么都不变。"
    )
