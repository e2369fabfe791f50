"""Fixed lines against false authority and false collections."""

from market.parties import Sender

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
