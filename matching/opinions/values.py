"""What is doubted, what was answered, and the opinion that came of it: frozen values."""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from matching.catalog.search import Candidate

NONE = "none"  # of the catalogue: no service is meant; of a group line: no offer


class About(StrEnum):
    """What a doubt is about; the name is the key of the answer."""

    SERVICE = "service"  # which of the likeliest services of the catalogue
    INTENT = "intent"  # what a private message that no rule understood wants
    KIND = "kind"  # whether a group line offers to do a demand


@dataclass(frozen=True, slots=True)
class Option:
    """A value that may be answered, or a slot that may be pointed at, and what it means."""

    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something the rules are not sure of, as somebody who knows nothing else may be asked."""

    about: About
    text: str  # the message in one spelling, without people: all of it that leaves the house
    rules: str  # what the rules say: one of the options
    options: tuple[Option, ...]
    slots: tuple[Option, ...] = ()  # what words may be pointed at for
    services: tuple[Option, ...] = ()  # of the catalogue, to choose from beside an intent
    state: str = ""  # what is known beside the words, such as the demand that was named
    prices_fen: tuple[int, ...] = ()  # what the rules read as the price of an offer

    @property
    def key(self) -> str:
        """Equal for doubts that get the same answer: the same words in the same state."""
        asked = [self.about, self.text, self.state]
        shown = (*self.options, *self.slots, *self.services)
        asked += [text for one in shown for text in (one.value, one.meaning)]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the right form: one of the options, and words of the message for slots."""

    says: str
    evidence: tuple[tuple[str, str], ...] = ()  # only the slots that were pointed at
    service: str = NONE  # chosen beside an intent

    def words(self, slot: str) -> str:
        return dict(self.evidence).get(slot, "")


@dataclass(frozen=True, slots=True)
class Opinion:
    """An answer that our own grammar accepts. It may add or veto a draft, and decides nothing.

    `agrees`: assume what both say, and echo it; otherwise ask.
    """

    about: About
    says: str
    agrees: bool
    services: tuple[Candidate, ...] = ()  # where the words of a need lead in the catalogue
    budgets_fen: tuple[int, ...] = ()  # two readings of the budget, to be asked about
    unsure: tuple[str, ...] = ()  # other slots the two read differently
    prices_fen: tuple[int, ...] = ()  # two readings of an offer's price, to be asked about


class Unusable(ValueError):
    """An answer that cannot be used; the first argument is a word for the metrics."""

    @property
    def reason(self) -> str:
        return str(self.args[0])
