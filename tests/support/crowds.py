"""Eight at once: for everything that claims or locks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")

CROWD = 8


def at_once(act: Callable[[int], T]) -> list[T]:
    """Let eight threads start together; returns what each brought back, or raises what one did."""
    barrier = Barrier(CROWD, timeout=30)

    def run(index: int) -> T:
        barrier.wait()
        return act(index)

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(run, range(CROWD)))
