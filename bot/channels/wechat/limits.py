"""How many customer-service messages the platform allows after what: dated data, no code.

A new ruling is a new row with its date; old rows stay, so that what was decided on a past day
can be explained. Template and mass messages are rationed per account, not here.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from handlers.message import Inbound, Kind


class Scene(StrEnum):
    """What a person did to open a window."""

    MESSAGE = "message"
    CLICK = "click"  # of our menu, or inside a menu message
    SUBSCRIBE = "subscribe"
    SCAN = "scan"


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` on, `scene` allows `count` messages within `period` of it."""

    since: date
    scene: Scene
    count: int
    period: timedelta
    source: str


_DOC = "developers.weixin.qq.com: Customer_Service_Messages"
_CUT = "platform notice of 2023-05-30, in force 2023-06-12"
_TWO_DAYS, _MINUTE = timedelta(hours=48), timedelta(minutes=1)

# A payment once opened 48 hours without limit; one page still says so, others withdrew it.
# It is not listed: what is promised by one page only is counted on as nothing.
WINDOWS: tuple[Window, ...] = (
    Window(date(2013, 1, 1), Scene.MESSAGE, 20, _TWO_DAYS, "the rule until 2023"),
    Window(date(2023, 6, 12), Scene.MESSAGE, 5, _TWO_DAYS, _CUT),
    Window(date(2023, 6, 12), Scene.CLICK, 3, _MINUTE, _DOC),
    Window(date(2023, 6, 12), Scene.SUBSCRIBE, 3, _MINUTE, _DOC),
    Window(date(2023, 6, 12), Scene.SCAN, 3, _MINUTE, _DOC),
)

_SCENES = {
    Kind.TEXT: Scene.MESSAGE,
    Kind.IMAGE: Scene.MESSAGE,
    Kind.VOICE: Scene.MESSAGE,
    Kind.VIDEO: Scene.MESSAGE,
    Kind.LOCATION: Scene.MESSAGE,
    Kind.LINK: Scene.MESSAGE,
    Kind.FILE: Scene.MESSAGE,
    Kind.OTHER: Scene.MESSAGE,
    Kind.SUBSCRIBE: Scene.SUBSCRIBE,
    Kind.SCAN: Scene.SCAN,
}
_MENU_SCANS = {"scancode_push", "scancode_waitmsg"}


def window_opened_by(inbound: Inbound) -> Scene | None:
    """Which window this opens; None for what opens none (VIEW, unfollowing, reports …)."""
    if inbound.kind is Kind.NOTICE:
        return Scene.CLICK if inbound.event.lower() in _MENU_SCANS else None
    if inbound.kind is Kind.TEXT and (inbound.scene or inbound.event):
        # A tap: CLICK carries its key, a menu message its id. It reads like text, but the
        # platform counts it as a click.
        return Scene.CLICK
    return _SCENES.get(inbound.kind)


def window_on(scene: Scene, day: date) -> Window | None:
    """The row in force for the scene on that day (in China); None if there was none."""
    rows = [row for row in WINDOWS if row.scene is scene and row.since <= day]
    return max(rows, key=lambda row: row.since, default=None)
