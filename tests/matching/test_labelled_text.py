"""Demands and group lines as people type them, each with what it says."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from matching import parse_json

DATA = Path(__file__).parent / "data"
OPEN = ["D1024", "D1025", "D1030", "D1031", "D1033"]
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=timezone(timedelta(hours=8)))  # a Sunday


def rows(name: str) -> list[tuple[str, Any]]:
    lines = (DATA / name).read_text("utf-8").splitlines()
    columns = lines[0].split("\t")
    text, expected = columns.index("text"), columns.index("expected")
    values = [line.split("\t") for line in lines[1:]]
    return [(row[text].replace("\\n", "\n"), json.loads(row[expected])) for row in values]


@pytest.mark.parametrize(("said", "slots"), rows("slots.tsv"))
def test_a_demand_says_its_slots(said: str, slots: dict[str, Any]) -> None:
    assert parse_json(said, as_="demand", now=NOW)["slots"] == slots


@pytest.mark.parametrize(("said", "bid"), rows("group_lines.tsv"))
def test_a_group_line_is_an_offer_or_not(said: str, bid: dict[str, Any]) -> None:
    read = parse_json(said, as_="bid", now=NOW, open_nos=OPEN)
    assert read["slots"] == bid
