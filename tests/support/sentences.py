"""A model of sentences that fits into a test: it knows a few ideas, and is the same everywhere."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

# Words of one line mean the same to it, though they share no character.
IDEAS = (
    ("商标", "牌子", "招牌名", "品牌"),
    ("专利", "发明", "点子"),
    ("污水", "水质", "鱼死"),
    ("贷款", "融资", "周转"),
    ("天气", "台风", "下雨"),
)
_NOISE = 32  # further numbers, so that different texts are different


class FakeModel:
    """Embeds by ideas; remembers what it was asked and in which threads."""

    name = "fake 1"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.threads: set[int] = set()
        self.broken = False

    def embed(self, texts: Sequence[str]) -> "NDArray[float32]":
        import numpy as np

        if self.broken:
            raise RuntimeError("the engine is broken")
        self.asked += texts
        self.threads.add(threading.get_ident())
        return np.array([_row(text) for text in texts], dtype=np.float32)


def _row(text: str) -> list[float]:
    row = [0.05] * (len(IDEAS) + _NOISE)
    for at, words in enumerate(IDEAS):
        row[at] += 3.0 * any(word in text for word in words)
    for char in text:
        row[len(IDEAS) + crc32(char.encode()) % _NOISE] += 0.2
    return row
