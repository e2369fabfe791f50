"""Benchmarks: each measures us and something to compare with, in turns, in the same run.

A ratio says how many times as fast we are as a floor that does no more than what cannot be left
out (`of_raw`, `of_echo`), or as somebody else's way to the same end (`of_peer`).
"""

from collections.abc import Callable, Iterable

from bot.benchmarks import ledger, turn, understanding
from bot.benchmarks.labelled import Figure
from bot.benchmarks.oracle import Disagreement
from bot.benchmarks.stopwatch import Meter, Options, Row

BENCHMARKS: dict[str, Callable[[Meter, Options], Iterable[Row | Figure | Disagreement]]] = {
    "turn": turn.turn,
    "match": understanding.match,
    "parse": understanding.read,
    "ledger": ledger.post,
}
