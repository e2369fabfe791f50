"""What can come next in a dispute, read from its table: the facts of the sentences “如果…会…”.

Nothing here is written down twice: when a table changes, so does what people are told.
"""

from dataclasses import dataclass

from market.disputes import DisputeStatus, DisputeStep
from market.processes import Party, Process, Way

_DECIDE = frozenset({DisputeStep.RULE, DisputeStep.EXECUTE})
_INSIDE = frozenset({Party.STAFF, Party.PANEL})


@dataclass(frozen=True, slots=True)
class Prospect:
    """One way out of where it stands.

    `people` is how many of staff it takes, one after another; `is_end` whether nothing leads on;
    `appealable` whether an appeal is still possible somewhere behind it.
    """

    way: Way[DisputeStatus, DisputeStep]
    people: int
    is_end: bool
    appealable: bool

    @property
    def moves_money(self) -> bool:
        return bool(self.way.money)


Table = Process[DisputeStatus, DisputeStep]


def prospects(process: Table, at: DisputeStatus) -> tuple[Prospect, ...]:
    """What the two sides have before them: their own ways and the clock's, else a ruling."""
    ways = [way for way in process.ways if way.at is at]
    theirs = [way for way in ways if not _INSIDE.issuperset(way.by)]
    if theirs:
        return tuple(_prospect(process, way, 0) for way in theirs)
    ruling = _ruling(process, at, 1, frozenset())
    return () if ruling is None else (ruling,)


def _ruling(
    process: Table, at: DisputeStatus, people: int, met: frozenset[DisputeStatus]
) -> Prospect | None:
    """The first ruling that staff or a panel come to from here."""
    for way in process.ways:
        if way.at is at and way.step in _DECIDE:
            return _prospect(process, way, people)
    for way in process.ways:
        if way.at is at and way.to not in {*met, at}:
            found = _ruling(process, way.to, people + 1, met | {at})
            if found is not None:
                return found
    return None


def _prospect(process: Table, way: Way[DisputeStatus, DisputeStep], people: int) -> Prospect:
    return Prospect(way, people, way.to in process.ends, _appealable(process, way.to))


def _appealable(process: Table, at: DisputeStatus) -> bool:
    met: set[DisputeStatus] = set()
    found = {at}
    while found - met:
        here = (found - met).pop()
        met.add(here)
        for way in process.ways:
            if way.at is here:
                if way.step is DisputeStep.APPEAL:
                    return True
                found.add(way.to)
    return False
