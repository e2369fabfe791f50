"""Registers of growing size are measured beside peers, and who is missing is named."""

import json
import random

import pytest

from bot.benchmarks import provider_sizes, skipped
from bot.benchmarks.provider_sizes import SizeRow, sizes
from bot.benchmarks.registers import mangled, register
from bot.benchmarks.skipped import Skipped
from bot.cli import main


def test_a_register_is_the_same_in_every_run_and_has_no_namesakes() -> None:
    first, again = list(register(500)), list(register(500))

    assert first == again
    assert list(register(100)) == first[:100]
    assert len({one.name for one in first}) == 500
    assert len({one.credit_code for one in first}) == 500
    text = sum(len(one.name + "".join((*one.fields, *one.cases))) for one in first) / 500
    assert 95 < text < 125


def test_a_mangled_name_is_asked_for_in_a_sentence() -> None:
    dice = random.Random(3)
    asked = [mangled("桂知源知识产权代理有限公司", dice) for _ in range(30)]

    assert all(one.startswith("帮我找一下") and one.endswith("的联系方式") for one in asked)
    assert not any("有限公司" in one for one in asked)
    assert len(set(asked)) > 10


def test_every_size_has_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_sizes, "QUERIES", 20)
    monkeypatch.setattr(provider_sizes, "_CHANGES", 5)
    seen: list[tuple[int, int]] = []
    rows = list(sizes([63, 1200], lambda done, total: seen.append((done, total))))

    measured = {row.name: row for row in rows if isinstance(row, SizeRow)}
    for size in (63, 1200):
        ours, peer = measured[f"{size}: kebao"], measured[f"{size}: rapidfuzz ratio"]
        assert ours.recall(1) >= 0.9
        assert ours.recall(5) >= ours.recall(1)
        assert len(ours.spent_s) == len(peer.spent_s) == 20
        assert {"per_s", "p50_ms", "p95_ms", "build_s", "recall_at_1"} <= ours.fields().keys()
        assert f"{size}: kebao, one more" in measured
        assert f"{size}: kebao, a need of one service" in measured
    assert all(done <= total for done, total in seen)


def test_a_peer_that_is_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skipped, "find_spec", lambda _: None)

    rows = list(skipped.missing())
    assert [row.name for row in rows] == ["bm25s char 1+2", "tantivy ngram(1,2)"]
    assert "pip install tantivy" in str(rows[1])
    assert rows[1].fields()["skipped"] == "not installed; pip install tantivy"


def test_the_command_shows_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(provider_sizes, "SIZES", (63,))
    monkeypatch.setattr(provider_sizes, "QUERIES", 10)
    assert main(["bench", "match", "--sizes", "--json"]) == 0

    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert any(row["name"] == "63: kebao" and row["recall_at_1"] > 0.5 for row in rows)


@pytest.mark.parametrize("command", [["ledger", "--sizes"], ["match", "x.tsv", "--large"]])
def test_sizes_are_for_providers_only(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *command]) == 2
    assert "--sizes" in capsys.readouterr().err


def test_what_takes_too_long_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_sizes, "QUERIES", 5)
    monkeypatch.setattr(provider_sizes, "_BY_LINE_MOST", {"rapidfuzz WRatio": 10})

    rows = list(sizes([63], lambda done, total: None))
    assert Skipped("63: rapidfuzz WRatio", "takes too long at this size") in rows
