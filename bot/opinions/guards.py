"""What keeps a failing endpoint and a talkative person from costing time or money."""

from collections import OrderedDict, deque
from collections.abc import Callable

FAILURES, REST_S = 5, 60.0
MINUTE_S = 60.0
PEOPLE_KEPT = 10_000


class Breaker:
    """Open after five failures in a row: for a minute nobody is asked, then one is, as a trial."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures = 0
        self._rests_until: float | None = None

    def allows(self) -> bool:
        """Whether to ask now; who is allowed to when the rest is over is the trial."""
        if self._rests_until is None:
            return True
        if self._monotonic() < self._rests_until:
            return False
        self._rests_until = self._monotonic() + REST_S  # for all but this one
        return True

    def succeeded(self) -> None:
        self._failures, self._rests_until = 0, None

    def failed(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self._rests_until = self._monotonic() + REST_S


class Allowance:
    """So many questions a minute for each person."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._monotonic = monotonic
        self._asked: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, person: str) -> bool:
        """Whether this person may cause one more question now; it counts if so."""
        now = self._monotonic()
        times = self._asked.setdefault(person, deque())
        self._asked.move_to_end(person)
        if len(self._asked) > PEOPLE_KEPT:
            self._asked.popitem(last=False)
        while times and times[0] <= now - MINUTE_S:
            times.popleft()
        if len(times) >= self._per_minute:
            return False
        times.append(now)
        return True
