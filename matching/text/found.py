"""What was read for one slot: its value, the words, how sure, and which rule read it."""

from dataclasses import dataclass
from enum import StrEnum

from matching.text.numbers import Span


class Confidence(StrEnum):
    """What is to be done with a reading."""

    ASSUME = "assume"  # said outright: nothing to add
    ECHO = "echo"  # worked out from the words: shown, so that it can be corrected
    ASK = "ask"  # more than one thing may be meant: never taken without a question


@dataclass(frozen=True, slots=True)
class Found:
    """One slot of a message."""

    value: object  # as in `Slots`; a budget's is (min, max) in fen; None if there is only doubt
    text: str  # the exact words, a piece of the message
    span: Span  # where they stand in the message
    confidence: Confidence
    rule: str  # such as "weekday"; stable, for tests and for telling people

    def to_json(self) -> dict[str, object]:
        return {"text": self.text, "confidence": self.confidence.value, "rule": self.rule}
