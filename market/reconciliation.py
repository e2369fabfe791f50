"""Reconciliation: what a gateway's bill lists of one day, against what our books say.

A payment just before midnight is on one day's bill and in the next day's books: so lines of other
days' bills, and what is booked on other days under the same numbers, are looked at as well.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")  # gateways and banks cut their days there


class Kind(StrEnum):
    PAYMENT = "payment"  # money came
    REFUND = "refund"  # it went back to a client
    PAYOUT = "payout"  # it went to a provider


class LineState(StrEnum):
    """How far what a bill lists had come when the bill was made; it is never updated."""

    DONE = "done"
    RUNNING = "running"
    FAILED = "failed"


class RecordState(StrEnum):
    BOOKED = "booked"
    WAITING = "waiting"  # nothing has told us that it happened
    SET_ASIDE = "set_aside"  # known, and not booked: another amount than was asked for


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill. `number` is ours as the bill repeats it, "" if it has none."""

    transaction_id: str  # the gateway's own number: of the refund, if it is one
    number: str
    kind: Kind
    amount_fen: int
    at: datetime
    state: LineState = LineState.DONE

    @property
    def day(self) -> date:
        return business_day(self.at)


@dataclass(frozen=True, slots=True)
class Record:
    """What we know of one payment, refund or payout. `key` names it among all of ours."""

    key: str
    number: str  # as the gateway should repeat it
    kind: Kind
    amount_fen: int
    state: RecordState
    subject: str = ""  # O2048, V3: what people call it by
    booked_at: datetime | None = None
    transaction_id: str = ""

    @property
    def day(self) -> date | None:
        return None if self.booked_at is None else business_day(self.booked_at)


class Sort(StrEnum):
    ONLY_BILL = "only_bill"
    ONLY_BOOKS = "only_books"
    AMOUNT = "amount"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that bill and books do not agree on; never without a line or a record."""

    sort: Sort
    line: Line | None
    record: Record | None

    @property
    def key(self) -> str:
        """Its name within a gateway, the same however often it is found."""
        if self.line is not None:
            return f"{self.line.kind}:bill:{self.line.transaction_id}"
        assert self.record is not None
        return f"{self.record.kind}:books:{self.record.key}"

    @property
    def is_late(self) -> bool:
        """Done there, and waiting here: a notice was lost, and asking the gateway settles it."""
        line, record = self.line, self.record
        return (
            line is not None
            and record is not None
            and line.state is LineState.DONE
            and record.state is RecordState.WAITING
        )


# Whether a state on the bill and one in our books can be true of the same thing.
AGREE: dict[tuple[LineState, RecordState], bool] = {
    (LineState.DONE, RecordState.BOOKED): True,
    (LineState.DONE, RecordState.WAITING): False,
    (LineState.DONE, RecordState.SET_ASIDE): False,
    # A bill is a snapshot: what ran when it was made may be done by now.
    (LineState.RUNNING, RecordState.BOOKED): True,
    (LineState.RUNNING, RecordState.WAITING): True,
    (LineState.RUNNING, RecordState.SET_ASIDE): True,
    (LineState.FAILED, RecordState.BOOKED): False,
    (LineState.FAILED, RecordState.WAITING): True,
    (LineState.FAILED, RecordState.SET_ASIDE): True,
}


def business_day(moment: datetime) -> date:
    return moment.astimezone(BUSINESS_ZONE).date()


def begin_of(day: date) -> datetime:
    """The moment a business day begins, in UTC."""
    return datetime.combine(day, time(), BUSINESS_ZONE).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The first moment that is no longer of the business day, in UTC."""
    return begin_of(day + timedelta(days=1))


def reconcile(
    day: date,
    lines: Iterable[Line],
    records: Iterable[Record],
    elsewhere: Iterable[Line] = (),
) -> tuple[Difference, ...]:
    """What the bill of a day and our books do not agree on, each once; lines first.

    `lines` are all of that day's bill. `records` are at least what was booked on that day and all
    that is known under the numbers of the lines. `elsewhere` are lines of other days' bills under
    the numbers of the records: what they account for is left to their own days.
    """
    of_day, others = tuple(lines), tuple(elsewhere)
    groups: dict[tuple[Kind, str], tuple[list[Line], list[Record]]] = defaultdict(lambda: ([], []))
    for line in (*of_day, *others):
        groups[line.kind, line.number][0].append(line)
    for record in records:
        groups[record.kind, record.number][1].append(record)
    ours = {id(line) for line in of_day}
    found: dict[int, Difference] = {}
    only_here: list[Difference] = []
    for there, here in groups.values():
        for listed, known in _paired(there, here):
            if listed is None:
                assert known is not None, "a pair is never empty"
                if known.state is RecordState.BOOKED and known.day == day:
                    only_here.append(Difference(Sort.ONLY_BOOKS, None, known))
            elif id(listed) in ours and (sort := _compared(listed, known)) is not None:
                found[id(listed)] = Difference(sort, listed, known)
    in_order = [found[id(line)] for line in of_day if id(line) in found]
    return (*in_order, *only_here)


def _compared(line: Line, record: Record | None) -> Sort | None:
    if record is None:
        return None if line.state is LineState.FAILED else Sort.ONLY_BILL
    if line.state is not LineState.FAILED and line.amount_fen != record.amount_fen:
        return Sort.AMOUNT
    return None if AGREE[line.state, record.state] else Sort.STATE


_Pair = tuple[Line | None, Record | None]


def _paired(lines: Sequence[Line], records: Sequence[Record]) -> list[_Pair]:
    """Each line and each record of one number exactly once, those together that fit best."""
    pairs: list[_Pair] = []
    left, open_ = list(lines), list(records)
    for line_key, record_key in _FITS:
        left, open_ = _pair_off(left, open_, line_key, record_key, pairs)
    together = min(len(left), len(open_))
    pairs += zip(left, open_, strict=False)
    pairs += [(line, None) for line in left[together:]]
    pairs += [(None, record) for record in open_[together:]]
    return pairs


# By what a line is known as a record's, the surest first; None fits nothing.
_FITS: tuple[tuple[Callable[[Line], Hashable], Callable[[Record], Hashable]], ...] = (
    (lambda line: line.transaction_id or None, lambda record: record.transaction_id or None),
    (
        lambda line: (line.day, line.amount_fen),
        lambda record: record.day and (record.day, record.amount_fen),
    ),
    (lambda line: line.amount_fen, lambda record: record.amount_fen),
)


def _pair_off(
    lines: list[Line],
    records: list[Record],
    line_key: Callable[[Line], Hashable],
    record_key: Callable[[Record], Hashable],
    pairs: list[_Pair],
) -> tuple[list[Line], list[Record]]:
    """Add to the pairs what has the same key; returns what is left of both."""
    waiting: dict[Hashable, list[Record]] = defaultdict(list)
    for record in records:
        waiting[record_key(record)].append(record)
    waiting.pop(None, None)
    left: list[Line] = []
    taken: set[int] = set()
    for line in lines:
        candidates = waiting.get(line_key(line))
        if not candidates:
            left.append(line)
            continue
        record = candidates.pop(0)
        taken.add(id(record))
        pairs.append((line, record))
    return left, [record for record in records if id(record) not in taken]
