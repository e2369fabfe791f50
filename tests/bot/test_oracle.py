"""Another grammar's reading beside ours, from an environment in the cache."""

import json
import sys
from pathlib import Path

import pytest

from bot.benchmarks.oracle import agree
from bot.cli import main

# What jionlp answers, without its 300 MB: its names, its shapes, its banner.
STAND_IN = """
print("# banner")
class ner:
    @staticmethod
    def extract_time(text, time_base, with_parsing):
        if "月底" not in text:
            raise ValueError("nothing here")
        times = ["2026-11-22 10:00:00", "2026-11-30 23:59:59"]
        return [{"detail": {"type": "time_span", "time": times}}]

    @staticmethod
    def extract_money(text, with_parsing):
        return [{"detail": {"num": ["10000.00", "30000.00"]}}] if "万" in text else []
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache in which the environment is installed already."""
    folder = tmp_path / "kebao" / "bench" / "jionlp==1.5.31"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    (folder / "installed").touch()
    (tmp_path / "jionlp.py").write_text(STAND_IN, "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def test_the_rows_that_are_read_differently_are_shown(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = cache / "t.tsv"
    table.write_text("text\texpected\n预算1到3万，月底前\t{}\n预算两万，下周五前\t{}\n", "utf-8")

    assert main(["bench", "parse", str(table), "--oracle", "--json"]) == 0

    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    same = {row["name"]: row for row in rows if "value" in row}
    apart = [row for row in rows if "theirs" in row]
    assert same["t.tsv: days, same where both read some"]["value"] == 1
    assert same["t.tsv: days, same where both read some"]["of"] == 1
    assert same["t.tsv: amounts, same where both read some"]["value"] == 0.5
    assert [(row["name"], row["ours"], row["theirs"]) for row in apart] == [
        ("t.tsv: days", ["2026-11-27"], []),
        ("t.tsv: amounts", ["20000.00"], ["10000.00", "30000.00"]),
    ]


def test_what_the_oracle_finds_besides_is_no_disagreement() -> None:
    assert agree(["2026-11-27"], ["2026-11-27", "2026-12-01"])
    assert not agree([], ["2026-11-27"])


def test_the_oracle_wants_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "parse", "--oracle"]) == 2
    assert "--oracle" in capsys.readouterr().err
