"""The only place that asks the machine what time it is."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The moment, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class DemoClock:
    """A clock that runs like any other, and can be put forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, step: timedelta) -> datetime:
        """Put the clock forward; returns the new time. Never back: deadlines rely on it."""
        if step < timedelta():
            raise ValueError("a clock only goes forward")
        self._ahead += step
        return self.now()
