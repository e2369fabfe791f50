"""Peers need not be installed: in place of one that is missing stands how to get it."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec

PEERS = {"bm25s char 1+2": "bm25s", "tantivy ngram(1,2)": "tantivy"}
"""What a peer is called in the tables → the package it comes from."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A peer that is not measured; `why` says what would have to be done, or why it is not."""

    name: str
    why: str

    def fields(self) -> dict[str, object]:
        return {"name": self.name, "skipped": self.why}

    def __str__(self) -> str:
        return f"{self.name:<40} skipped: {self.why}"


def is_there(peer: str) -> bool:
    return find_spec(PEERS[peer]) is not None


def missing() -> Iterable[Skipped]:
    """A row for every peer that is not installed."""
    for peer, package in PEERS.items():
        if not is_there(peer):
            yield Skipped(peer, f"not installed; pip install {package}")
