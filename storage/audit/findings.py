"""What an audit finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement: `what` about `subject` should be `expected` and is `found`."""

    subject: str
    what: str
    expected: str | int
    found: str | int


def differing(subject: str, what: str, expected: str | int, found: str | int) -> Iterator[Finding]:
    """A finding if the two are not the same."""
    if expected != found:
        yield Finding(subject, what, expected, found)


def member(kind: type[StrEnum], value: str) -> Any:
    """The member of that value; None if the market knows none."""
    return next((one for one in kind if one == value), None)
