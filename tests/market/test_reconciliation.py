"""Bills against books: every kind of difference once, and nothing that agrees."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.reconciliation import (
    AGREE,
    Kind,
    Line,
    LineState,
    Record,
    RecordState,
    Sort,
    begin_of,
    business_day,
    end_of,
    reconcile,
)

DAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)
LINE = Line("4200001", "T1-a", Kind.PAYMENT, 500, NOON)
RECORD = Record("O1:funding", "T1-a", Kind.PAYMENT, 500, RecordState.BOOKED, "O1", NOON)
LATER = timedelta(days=1)


def sorts(lines: list[Line], records: list[Record], *elsewhere: Line) -> list[Sort]:
    return [found.sort for found in reconcile(DAY, lines, records, elsewhere)]


@pytest.mark.parametrize(
    ("lines", "records", "expected"),
    [
        ([], [], []),
        ([LINE], [RECORD], []),
        ([LINE], [], [Sort.ONLY_BILL]),
        ([], [RECORD], [Sort.ONLY_BOOKS]),
        ([LINE], [replace(RECORD, amount_fen=499)], [Sort.AMOUNT]),
        ([LINE], [replace(RECORD, state=RecordState.WAITING, booked_at=None)], [Sort.STATE]),
        ([LINE], [replace(RECORD, number="T2-b")], [Sort.ONLY_BILL, Sort.ONLY_BOOKS]),
        ([LINE], [replace(RECORD, kind=Kind.REFUND)], [Sort.ONLY_BILL, Sort.ONLY_BOOKS]),
        ([], [replace(RECORD, state=RecordState.WAITING, booked_at=None)], []),
        # A transfer in two parts, booked as one: the sum and the second part differ.
        (
            [replace(LINE, amount_fen=250), replace(LINE, amount_fen=250, transaction_id="2")],
            [RECORD],
            [Sort.AMOUNT, Sort.ONLY_BILL],
        ),
        ([replace(LINE, state=LineState.FAILED)], [], []),
        # Booked just after midnight: the line is of today, the record of tomorrow.
        ([LINE], [replace(RECORD, booked_at=NOON + LATER)], []),
    ],
)
def test_what_differs_is_named_by_its_kind(
    lines: list[Line], records: list[Record], expected: list[Sort]
) -> None:
    assert sorts(lines, records) == expected


def test_what_another_days_bill_accounts_for_is_no_difference() -> None:
    yesterday = replace(LINE, at=NOON - LATER)

    assert sorts([], [RECORD], yesterday) == []
    assert sorts([LINE], [RECORD], replace(yesterday, transaction_id="2")) == []


@pytest.mark.parametrize(("states", "agree"), list(AGREE.items()))
def test_states_agree_or_are_a_difference(
    states: tuple[LineState, RecordState], agree: bool
) -> None:
    line, record = replace(LINE, state=states[0]), replace(RECORD, state=states[1])

    found = reconcile(DAY, [line], [record])

    assert [one.sort for one in found] == ([] if agree else [Sort.STATE])
    late = states == (LineState.DONE, RecordState.WAITING)
    assert [one.is_late for one in found] == ([] if agree else [late])


def test_a_day_begins_and_ends_at_midnight_in_shanghai() -> None:
    assert begin_of(DAY) == datetime(2026, 11, 17, 16, tzinfo=UTC)
    assert business_day(begin_of(DAY)) == business_day(end_of(DAY) - timedelta(seconds=1)) == DAY
    assert end_of(DAY) == begin_of(DAY + LATER)


numbers = st.sampled_from(["T1-a", "T2-b", ""])
kinds = st.sampled_from([Kind.PAYMENT, Kind.REFUND])
fens = st.integers(1, 3)
moments = st.sampled_from([NOON - LATER, NOON, NOON + LATER])


@st.composite
def days(draw: st.DrawFn) -> tuple[list[Line], list[Record], list[Line]]:
    lines = [
        Line(f"t{index}", draw(numbers), draw(kinds), draw(fens), draw(moments))
        for index in range(draw(st.integers(0, 6)))
    ]
    records = [
        Record(
            f"r{index}",
            draw(numbers.filter(bool)),
            draw(kinds),
            draw(fens),
            RecordState.BOOKED,
            "O1",
            draw(moments),
        )
        for index in range(draw(st.integers(0, 6)))
    ]
    return (
        [line for line in lines if line.day == DAY],
        records,
        [line for line in lines if line.day != DAY],
    )


@given(days())
def test_money_that_is_not_explained_is_always_a_difference(
    day: tuple[list[Line], list[Record], list[Line]],
) -> None:
    """Bill less books is what the differences say it is, and each is there once."""
    lines, records, elsewhere = day

    found = reconcile(DAY, lines, records, elsewhere)

    assert len({one.key for one in found}) == len(found)
    assert all(one.line in lines for one in found if one.line)
    matched = {one.line.transaction_id for one in found if one.line}
    for line in lines:
        if line.transaction_id not in matched:
            same = [each for each in records if each.number == line.number]
            assert any((r.kind, r.amount_fen) == (line.kind, line.amount_fen) for r in same)
    only_books = [one for one in found if one.sort is Sort.ONLY_BOOKS]
    assert all(one.record and one.record.day == DAY for one in only_books)
    for kind in Kind:
        for number in ("T1-a", "T2-b"):
            there = [
                each for each in (*lines, *elsewhere) if (each.kind, each.number) == (kind, number)
            ]
            here = [each for each in records if (each.kind, each.number) == (kind, number)]
            surplus = [
                one for one in found
                if one.sort is Sort.ONLY_BILL and one.line
                and (one.line.kind, one.line.number) == (kind, number)
            ]  # fmt: skip
            if not elsewhere:
                assert len(surplus) == max(0, len(there) - len(here))


@given(days())
def test_a_bill_of_our_own_books_differs_in_nothing(
    day: tuple[list[Line], list[Record], list[Line]],
) -> None:
    _, records, _ = day
    of_day = [record for record in records if record.day == DAY and record.booked_at]
    lines = [
        Line(f"t{index}", record.number, record.kind, record.amount_fen, NOON)
        for index, record in enumerate(of_day)
    ]

    assert reconcile(DAY, lines, of_day) == ()
    assert len(reconcile(DAY, lines, [])) == len(lines)
    assert len(reconcile(DAY, [], of_day)) == len(of_day)
