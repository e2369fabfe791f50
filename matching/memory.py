"""Memory: a sentence very near to one that somebody confirmed means the same service.

As further wordings accepted utterances hurt, for the style of chat outweighs the topic; as a
memory that only speaks up for a near-duplicate they are right nearly always (docs/matching.md).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import log, sqrt
from typing import Protocol

from matching.catalog.index import grams
from matching.catalog.search import Candidate, Search
from matching.catalog.words import examples, lines, query_of
from matching.text.contacts import MASK
from matching.text.demands import subject
from matching.text.normalize import letters_only
from matching.text.slots import Slots

SAME_FROM = 0.6  # cosine from which two utterances ask for the same
NEARBY = 0.45  # so near another service was confirmed: the memory contradicts itself
SHORTEST = 3  # letters; less is no sentence one could tell again
KEPT_MOST = 3000  # the newest; a lookup stays under a tenth of a millisecond
TRUSTED_FROM = 2  # people, to overrule a search that is sure of another service

_SKIPPED = 0.8  # of `least`: how long the part of a vector is that is not looked up

Vector = dict[str, float]
"""Weights by gram, of length 1."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An utterance whose service somebody confirmed, by its telling part."""

    telling: str
    code: str
    people: tuple[int, ...] = ()  # who confirmed it, as bare numbers


@dataclass(frozen=True, slots=True)
class Recalled:
    code: str
    near: float  # cosine of the nearest accepted utterance
    people: int  # who confirmed it, each counted once


class Near(Protocol):
    """Finds the texts it was made from that are like another one."""

    def near(self, text: str, least: float) -> list[tuple[int, float]]:
        """Positions and likeness, 0…1, of those above `least`, the likest first."""
        ...


def telling(normal: str, slots: Slots) -> str:
    """What tells utterances apart: without the words of asking, budget, dates, place, contacts."""
    return " ".join(query_of(subject(normal, slots)).replace(MASK, " ").split())


@cache
def _rarity() -> tuple[dict[str, float], float]:
    """Gram → how much it tells, among all the talk we know; and what an unknown one tells."""
    texts = [*map(query_of, lines("not_services.txt"))]
    texts += [utterance for known in examples().values() for utterance in known]
    seen = Counter(gram for text in texts for gram in set(grams(text)))
    return (
        {gram: log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for gram, n in seen.items()},
        log(1 + (len(texts) + 0.5) / 0.5),
    )


def vector(text: str) -> Vector:
    """tf-idf over characters and their pairs; empty for a text without any."""
    rarity, unknown = _rarity()
    weights = {
        gram: (1 + log(count)) * rarity.get(gram, unknown)
        for gram, count in Counter(grams(text)).items()
    }
    length = sqrt(sum(weight * weight for weight in weights.values()))
    return {gram: weight / length for gram, weight in weights.items()}


def likeness(one: Vector, other: Vector) -> float:
    """The cosine of two vectors."""
    if len(other) < len(one):
        one, other = other, one
    return sum(weight * other[gram] for gram, weight in one.items() if gram in other)


class Likeness:
    """Near-duplicates by their grams, exactly, without comparing most of the texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._vectors: list[Vector] = []
        self._with: dict[str, list[tuple[int, float]]] = {}
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        found = vector(text)
        for gram, weight in found.items():
            self._with.setdefault(gram, []).append((len(self._vectors), weight))
        self._vectors.append(found)

    def near(self, text: str, least: float) -> list[tuple[int, float]]:
        asked = vector(text)
        found = [
            (index, near)
            for index in self._candidates(asked, least)
            if (near := likeness(asked, self._vectors[index])) > least
        ]
        return sorted(found, key=lambda each: (-each[1], each[0]))

    def _candidates(self, asked: Vector, least: float) -> list[int]:
        """Whoever may reach `least`, told by the rarer grams.

        What is left of the asked vector adds at most its own length to a likeness (Cauchy-Schwarz),
        so the common grams, which most texts have, need not be looked up.
        """
        left, enough = 1.0, (_SKIPPED * least) ** 2
        found: dict[int, float] = {}
        for gram in sorted(asked, key=lambda gram: len(self._with.get(gram, ()))):
            weight = asked[gram]
            for index, other in self._with.get(gram, ()):
                found[index] = found.get(index, 0.0) + weight * other
            left -= weight * weight
            if left <= enough:
                break
        told = least - sqrt(max(left, 0.0))
        return [index for index, near in found.items() if near > told]


class Memory:
    """Accepted utterances of services that exist; immutable once made."""

    def __init__(
        self,
        accepted: Iterable[Accepted] = (),
        finder: Callable[[Sequence[str]], Near] = Likeness,
    ) -> None:
        self.accepted = tuple(
            each for each in accepted if len(letters_only(each.telling)) >= SHORTEST
        )[:KEPT_MOST]
        self._near = finder([each.telling for each in self.accepted])

    def __bool__(self) -> bool:
        return bool(self.accepted)

    def recall(self, told: str) -> Recalled | None:
        """The service that was confirmed for as good as the same words; None if unsure.

        One near enough does not count while another service was confirmed for words nearby.
        """
        if len(letters_only(told)) < SHORTEST:
            return None
        if not self._near.near(told, SAME_FROM):
            return None  # most of the time, and told much faster than what is only nearby
        nearby = self._near.near(told, NEARBY)
        code = self.accepted[nearby[0][0]].code
        if any(self.accepted[index].code != code for index, _ in nearby):
            return None
        people = {
            person
            for index, near in nearby
            if near > SAME_FROM
            for person in self.accepted[index].people
        }
        return Recalled(code, nearby[0][1], len(people))


def remembering(found: Search, recalled: Recalled, name: str) -> Search:
    """What a search found, decided by what was confirmed before; `name` of its service.

    Where the search is sure of another service, a single person's word only makes us ask.
    """
    first = found.services[0].code if found.services else ""
    if found.decision == "match" and first == recalled.code:
        return found
    known = next((each for each in found.services if each.code == recalled.code), None)
    best = Candidate(recalled.code, name, 1.0, known.why if known and known.why else name)
    others = (each for each in found.services if each.code != recalled.code)
    services = (best, *others)[: max(len(found.services), 1)]
    sure = found.decision != "match" or recalled.people >= TRUSTED_FROM
    return replace(
        found,
        decision="match" if sure else "choose",
        services=services,
        confidence=max(found.confidence, round(recalled.near, 3)),
        remembered=True,
    )
