"""What an audit finds."""

from collections.abc import Iterator
from dataclasses import dataclass


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
