"""The platform's own ledger of how often an Official Account may still write to a follower."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Scene(StrEnum):
    MESSAGE = "message"  # the follower wrote
    TAP = "tap"  # menu, scan, subscribe, option of a menu message


@dataclass(frozen=True, slots=True)
class Grant:
    count: int
    lasts: timedelta


# In force since June 2023; before, a message opened the window for 20.
GRANTS = {
    Scene.MESSAGE: Grant(5, timedelta(hours=48)),
    Scene.TAP: Grant(3, timedelta(minutes=1)),
}


class Refusal(StrEnum):
    CLOSED = "closed"  # 45015
    USED_UP = "used_up"  # 45047


@dataclass(frozen=True, slots=True)
class Window:
    scene: Scene
    remaining: int
    total: int
    expires_at: datetime


class SendWindows:
    """The send windows of one follower."""

    def __init__(self) -> None:
        self._open: dict[Scene, Window] = {}

    def grant(self, scene: Scene, now: datetime) -> None:
        """Open or renew the window of a scene; a new contact fills it again."""
        grant = GRANTS[scene]
        self._open[scene] = Window(scene, grant.count, grant.count, now + grant.lasts)

    def close(self) -> None:
        self._open.clear()

    def current(self, now: datetime) -> tuple[Window, ...]:
        """The windows still running, the one that ends first in front."""
        running = [window for window in self._open.values() if now < window.expires_at]
        return tuple(sorted(running, key=lambda window: window.expires_at))

    def spend(self, now: datetime) -> Refusal | None:
        """Take one message from the window that ends first; None when it was granted."""
        running = self.current(now)
        if not running:
            return Refusal.CLOSED
        for window in running:
            if window.remaining:
                self._open[window.scene] = replace(window, remaining=window.remaining - 1)
                return None
        return Refusal.USED_UP
