"""Benchmarks: each measures us and something to compare with, in turns, in the same run.

A ratio says how many times as fast we are as a floor that does no more than what cannot be left
out (`of_raw`, `of_echo`), or as somebody else's way to the same end (`of_peer`).
"""

from collections.abc import Callable, Iterable

from bot.benchmarks import ledger, money, turn, understanding
from bot.benchmarks.stopwatch import Line, Meter, Options

BENCHMARKS: dict[str, Callable[[Meter, Options], Iterable[Line]]] = {
    "turn": turn.turn,
    "match": understanding.match,
    "parse": understanding.read,
    "ledger": ledger.post,
    "money": money.money,
}
