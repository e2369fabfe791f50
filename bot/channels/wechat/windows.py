"""What a push opens for sending back, as the outbox counts it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.channels.wechat.limits import Scene, window_on, window_opened_by
from handlers.message import Inbound
from market.doors import SendWindow

_CHINA = ZoneInfo("Asia/Shanghai")


def opened_by(inbound: Inbound, now: datetime) -> SendWindow | None:
    """The window this message or event opens on today's rules; None if it opens none."""
    scene = window_opened_by(inbound)
    row = window_on(scene, now.astimezone(_CHINA).date()) if scene is not None else None
    if row is None:
        return None
    return SendWindow(event=scene is not Scene.MESSAGE, count=row.count, lasts=row.period)
