"""How near an utterance comes in meaning to the services and to talk, by vectors of texts.

Where the vectors come from is not known here: somebody hands over a function that embeds. What
is computed with them needs numpy, which comes with whatever embeds and is imported only then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, TypeAlias

from market.services import Service
from matching.catalog.words import examples, lines, query_of
from matching.text.normalize import is_han

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[float32]

NEAREST = 5  # texts whose mean nearness counts: one alone is a chance, many are the class
MEANING_WEIGHT = 0.4  # against the words' 0.6, both measured in deviations over the services
LONGEST = 200  # characters; what comes after is a story, and each costs a tenth of a millisecond
FEWEST_HAN = 2  # characters; pinyin and numbers mean nothing to a model of sentences

Embed: TypeAlias = Callable[[Sequence[str]], "Matrix | None"]
"""Texts to one row each, or None if it cannot just now; any thread may call it."""


@dataclass(frozen=True, slots=True)
class Wordings:
    """All texts whose vectors are wanted: those of the services one after another, then talk."""

    texts: tuple[str, ...]
    owners: tuple[int, ...]  # the service's place by its code; -1 for talk
    utterances: tuple[bool, ...]  # said by somebody, rather than written in the catalogue


def wordings_of(services: Sequence[Service]) -> Wordings:
    """Names, aliases, descriptions, examples and talk, as they are looked up."""
    rows: list[tuple[str, int, bool]] = []
    for at, service in enumerate(sorted(services, key=lambda s: s.code)):
        written = (service.name.lower(), *service.aliases, service.description)
        rows.extend((text, at, False) for text in dict.fromkeys(written) if text)
        rows.extend((text, at, True) for text in examples().get(service.name, ()))
    rows.extend((query_of(line), -1, True) for line in lines("not_services.txt"))
    texts, owners, utterances = zip(*rows, strict=True)
    return Wordings(texts, owners, utterances)


@dataclass(frozen=True, slots=True)
class Nearness:
    """Mean cosines, -1…1, of one utterance with what is nearest to it."""

    services: tuple[float, ...]  # one each, by code
    talk: float


class Meaning:
    """The vectors of one catalogue; immutable, to be asked by any thread."""

    def __init__(self, embed: Embed, wordings: Wordings, vectors: "Matrix") -> None:
        """`vectors`: a row for every text, of any length; only its direction counts."""
        import numpy as np

        assert len(vectors) == len(wordings.texts)
        self._embed = embed
        owners, said = np.array(wordings.owners), np.array(wordings.utterances)
        rows = _unit(np.asarray(vectors, dtype=np.float32))
        # Sentences of one model all point one way; what is left without the mean tells apart.
        # Chat has another mean than a catalogue: its style would else outweigh its topic.
        self._mean = rows[said].mean(0)
        items = rows[owners >= 0]
        self._items = _unit(items - items.mean(0))
        self._talk = _unit(rows[owners < 0] - self._mean)
        placed = owners[owners >= 0]
        self._starts = np.flatnonzero(np.diff(placed, prepend=-1)).tolist()

    def near(self, query: str) -> Nearness | None:
        """How near a query comes; None where its meaning cannot be told."""
        if sum(map(is_han, query)) < FEWEST_HAN:
            return None
        embedded = self._embed([query[:LONGEST]])
        if embedded is None:
            return None
        row = _unit(_unit(embedded) - self._mean)[0]
        likes = self._items @ row
        ends = [*self._starts[1:], len(likes)]
        return Nearness(
            tuple(_nearest(likes[a:b]) for a, b in zip(self._starts, ends, strict=True)),
            _nearest(self._talk @ row),
        )


def fused(words: Sequence[float], near: Sequence[float]) -> list[float]:
    """The two scores of every service as one, in deviations from the mean."""
    return [
        (1 - MEANING_WEIGHT) * said + MEANING_WEIGHT * meant
        for said, meant in zip(_deviations(words), _deviations(near), strict=True)
    ]


def _deviations(scores: Sequence[float]) -> list[float]:
    mean = sum(scores) / len(scores)
    spread = sqrt(sum((score - mean) ** 2 for score in scores) / len(scores)) or 1.0
    return [(score - mean) / spread for score in scores]


def _nearest(likes: "Matrix") -> float:
    import numpy as np

    most = min(NEAREST, len(likes))
    return float(np.partition(likes, len(likes) - most)[-most:].mean()) if most else 0.0


def _unit(rows: "Matrix") -> "Matrix":
    import numpy as np

    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    unit: Matrix = rows / np.maximum(lengths, np.float32(1e-9))
    return unit
