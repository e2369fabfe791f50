"""The form of a process: every step of a deal as one row that people, the engine and a page read.

The tables themselves stand with what they move: `market.demands.TENDER`, `market.orders.ORDER`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Generic, TypeVar

from market.errors import StepNotAllowed

Status = TypeVar("Status", bound=StrEnum)
Action = TypeVar("Action", bound=StrEnum)


class Party(StrEnum):
    """Who takes a step, and who is told of it; whoever takes it has the reply."""

    BUYER = "buyer"
    PROVIDER = "provider"  # of the order or of the chosen bid
    BIDDERS = "bidders"  # everybody else whose bid is placed
    GROUPS = "groups"  # of providers
    STAFF = "staff"
    PANEL = "panel"  # three people who decide a dispute
    GATEWAY = "gateway"  # says that a payment is paid
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Way(Generic[Status, Action]):
    """One step from one state.

    `says` is how it is typed, `staff` how a colleague does it or sees to it. `tells` are those
    who get a push, apart from whoever takes the step. `money` are the codes of the transfers it
    may post. `after` names the time in `Policy` when the clock takes it, if nobody has.
    """

    at: Status
    step: Action
    to: Status
    by: tuple[Party, ...]
    says: str = ""
    staff: str = ""
    tells: tuple[Party, ...] = ()
    money: tuple[str, ...] = ()
    after: str = ""


@dataclass(frozen=True)
class Process(Generic[Status, Action]):
    """All the ways of one kind of thing; one way at most for a step from a state.

    Raises:
        ValueError: two ways for one step from one state.
    """

    name: str
    first: Status
    ways: tuple[Way[Status, Action], ...]

    def __post_init__(self) -> None:
        if len(self.steps) != len(self.ways):
            raise ValueError(f"{self.name}: two ways for one step from one state")

    @cached_property
    def steps(self) -> Mapping[tuple[Status, Action], Status]:
        """Where a step leads from a state."""
        return {(way.at, way.step): way.to for way in self.ways}

    @cached_property
    def ends(self) -> frozenset[Status]:
        """The states that nothing leads out of."""
        begun = {way.at for way in self.ways}
        return frozenset(way.to for way in self.ways if way.to not in begun)

    def advance(self, no: str, at: Status, step: Action) -> Status:
        """Where the step leads. Raises StepNotAllowed where the table has no way."""
        to = self.steps.get((at, step))
        if to is None:
            raise StepNotAllowed(no, status=at, step=step)
        return to
