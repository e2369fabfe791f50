"""When a turn fails again and again: an apology to the sender, a task for the staff."""

from datetime import datetime

from handlers.desk import Desk
from handlers.message import Inbound, Message
from handlers.wording import fallback as zh
from storage.unit_of_work import UnitOfWork


def failed_again(uow: UnitOfWork, inbound: Inbound, now: datetime) -> int:
    """Count a failure of this message, apart from the turn that was rolled back."""
    return uow.inbox.count_failure(inbound.channel, inbound.message_id, now)


def apologise(uow: UnitOfWork, inbound: Inbound, desk: Desk, now: datetime) -> None:
    """Say sorry once, and let the staff know which message it was."""
    about = f"{inbound.channel}:{inbound.message_id}"
    uow.tasks.open("bug", about[:80], now, note="一条消息处理失败三次", urgency=1)
    row = uow.conversations.lock_for_turn(inbound.channel, inbound.account)
    if row is None or inbound.room is not None:
        return
    uow.outbox.push_to_account(
        inbound.channel,
        inbound.account,
        Message(zh.SORRY).to_json(),
        person_id=row.sender.id,
        key=f"sorry:{about}",
        via=inbound.via,
        now=now,
    )
