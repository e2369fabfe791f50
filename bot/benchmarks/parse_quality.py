"""How well demands and group lines are read, slot by slot."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from bot.benchmarks.labelled import (
    Figure,
    Table,
    Tally,
    expected_of,
    f1,
    figure,
    offers_of,
    read_table,
    share,
)
from matching import parse_json

# The moment the labelled tables speak from, unless they are read at another.
CLOCK = datetime(2026, 11, 22, 10, 0, tzinfo=timezone(timedelta(hours=8)))

_SLOTS: Mapping[str, tuple[str, ...]] = {
    "budget": ("budget_min_fen", "budget_max_fen"),
    "deadline": ("deadline",),
    "duration": ("duration_days", "duration_workdays"),
    "region": ("region",),
    "quantity": ("quantity",),
    "phone": ("phone",),
    "email": ("email",),
    "percent": ("percent",),
}

# What our readings tell besides; a label has them in its note, in whatever words.
_REMARKS = {"note", "included", "excluded", "relative"}


def quality(paths: Iterable[Path], now: datetime = CLOCK) -> Iterable[Figure]:
    """Figures for tables of `text` and `expected`: group lines if their rows have a `kind`."""
    for path in paths:
        table = read_table(path, ("text", "expected"))
        if any('"kind"' in row["expected"] for row in table.rows):
            yield from _group_lines(table, now)
        else:
            yield from _demands(table, now)


def _demands(table: Table, now: datetime) -> Iterable[Figure]:
    readings: list[tuple[Mapping[str, object], Mapping[str, object]]] = []
    for row in table.rows:
        slots = parse_json(_written(row["text"]), as_="demand", now=now)["slots"]
        assert isinstance(slots, dict)
        readings.append((expected_of(table, row), slots))
    name = table.path.name
    for slot, keys in _SLOTS.items():
        yield figure(f"{name}: {slot} F1", [_tally(w, g, keys) for w, g in readings], f1)
    sure = [_is_wrong_budget(wanted, given) for wanted, given in readings]
    yield figure(f"{name}: rows with a wrong amount and no doubt", sure, share)


def _tally(wanted: Mapping[str, object], given: Mapping[str, object], keys: Sequence[str]) -> Tally:
    has, got = any(k in wanted for k in keys), any(k in given for k in keys)
    if has and got and all(_same(wanted.get(k), given.get(k)) for k in keys):
        return Tally(right=1)
    return Tally(wrong=int(got), missed=int(has))


def _same(wanted: object, given: object) -> bool:
    """A list in a label means that any is right, of several offers the value of each in turn."""
    if isinstance(given, list) and not isinstance(wanted, list):
        return all(wanted == one for one in given)
    return wanted == given or (isinstance(wanted, list) and given in wanted)


def _is_wrong_budget(wanted: Mapping[str, object], given: Mapping[str, object]) -> bool:
    return _tally(wanted, given, _SLOTS["budget"]).wrong > 0


def _in_one(offers: object) -> Mapping[str, object]:
    """Several offers of one message as one, with lists in their order; a kind they share once."""
    if isinstance(offers, dict):
        return offers
    assert isinstance(offers, list)
    keys = dict.fromkeys(key for offer in offers for key in offer)
    one: dict[str, object] = {key: [offer.get(key) for offer in offers] for key in keys}
    kinds = {offer.get("kind") for offer in offers}
    return {**one, "kind": kinds.pop()} if len(kinds) == 1 else one


def _demands_of(offer: Mapping[str, object]) -> Sequence[str]:
    named = offer.get("demand_no")
    every = named if isinstance(named, list) else [named]
    return [no for no in every if isinstance(no, str)]


def _written(text: str) -> str:
    return text.replace("\\n", "\n")


def _group_lines(table: Table, now: datetime) -> Iterable[Figure]:
    wanted = [_in_one(offers_of(table, row)) for row in table.rows]
    open_nos = sorted({no for one in wanted for no in _demands_of(one)})
    kinds, exact, false, prices = [], [], [], []
    for row, expected in zip(table.rows, wanted, strict=True):
        read = parse_json(_written(row["text"]), as_="bid", now=now, open_nos=open_nos)["slots"]
        slots = _in_one(read)
        if "kind" not in expected:
            continue
        kinds.append(slots["kind"] == expected["kind"])
        keys = (expected.keys() | slots.keys()) - _REMARKS
        exact.append(all(_same(expected.get(k), slots.get(k)) for k in keys))
        if expected["kind"] != "bid":
            false.append(slots["kind"] == "bid")
        if "price_fen" in slots:
            prices.append(_same(expected.get("price_fen"), slots["price_fen"]))
    name = table.path.name
    yield figure(f"{name}: kind right", kinds, share)
    yield figure(f"{name}: whole row right", exact, share)
    yield figure(f"{name}: false bids among what is none", false, share)
    yield figure(f"{name}: price right where one was read", prices, share)
