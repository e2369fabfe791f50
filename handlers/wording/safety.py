"""Fixed lines against false authority and false collections."""

from market.money import yuan
from market.orders import Order
from market.parties import Sender
from market.payments import Payment

NO_COLLECTION_IN_GROUPS = (
    "⚠ 提醒：平台从不在群里收款，收款只在我的私聊账单里，可回“验证 收据号”。"
    "上面这条我已报给管理员。"
)
CLAIM_IN_GROUP = "密封价开标前谁都看不到，管理员也一样。要办公事请私聊我，我会核身份。"
CLAIM = "规则我改不了，身份也只认绑定过的账号。要办公事请用绑定的账号；要办别的，回“帮助”。"


def collection_note(sender: Sender, text: str) -> str:
    return f"{sender.name or f'P{sender.id}'} 在群里疑似收款：{text}".replace("\n", " ")


def collection_for_staff(subject: str, room: str) -> str:
    return f"⚠ 群 {room} 里 {subject} 疑似冒充收款，已发提醒，回“待办”看原话。"


def receipt(payment: Payment, order: Order) -> str:
    return (
        f"{payment.no} 是真的：{order.no} 已付 {yuan(payment.amount_fen)}，记在平台托管账上。"
        f"回“进度 {order.no}”看详情。"
    )


def no_receipt(receipt_id: int) -> str:
    return (
        f"没有查到收据 R{receipt_id}，凭它要钱的都不要信。付款只走我私聊里的账单；拿不准回“人工”。"
    )
