"""Quality on labelled tables: the figures are right, and a bad table is named."""

import json
from pathlib import Path

import pytest

from bot.benchmarks.labelled import Tally, f1, figure, share
from bot.benchmarks.match_quality import quality
from bot.cli import main
from bot.commands.match import shipped
from bot.semantic import learn
from tests.support.sentences import FakeModel


def rows_of(captured: str) -> dict[str, dict[str, float]]:
    return {row["name"]: row for row in map(json.loads, captured.splitlines())}


def test_a_table_of_demands_is_scored_slot_by_slot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "t.tsv"
    table.write_text(
        "text\texpected\n"
        '预算3万\t{"budget_min_fen":3000000,"budget_max_fen":3000000}\n'
        '预算5万\t{"budget_min_fen":4000000,"budget_max_fen":4000000}\n'
        '你好\t{"region":"广西壮族自治区|南宁市|"}\n',
        "utf-8",
    )
    assert main(["bench", "parse", str(table), "--json"]) == 0
    rows = rows_of(capsys.readouterr().out)
    assert rows["t.tsv: budget F1"]["value"] == 0.5
    assert rows["t.tsv: region F1"]["value"] == 0.0
    assert rows["t.tsv: rows with a wrong amount and no doubt"]["value"] == round(1 / 3, 4)


def test_a_table_of_group_lines_is_scored_by_kind_and_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "g.tsv"
    table.write_text(
        "text\texpected\n"
        "D1024 8000 10天\t"
        '{"demand_no":"D1024","price_fen":800000,"duration_days":10,"kind":"bid"}\n'
        'D1024 9000\t{"demand_no":"D1024","price_fen":1,"kind":"bid"}\n'
        'D1024 7000\t{"demand_no":"D1024","kind":"none"}\n',
        "utf-8",
    )
    assert main(["bench", "parse", str(table), "--json"]) == 0
    rows = rows_of(capsys.readouterr().out)
    assert rows["g.tsv: kind right"]["value"] == round(2 / 3, 4)
    assert rows["g.tsv: whole row right"]["value"] == round(1 / 3, 4)
    assert rows["g.tsv: false bids among what is none"]["value"] == 1.0


def test_several_offers_of_one_line_are_compared_in_their_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "g.tsv"
    apart = (
        '[{"demand_no":"D1024","price_fen":800000,"kind":"bid"},'
        '{"demand_no":"D1030","price_fen":500000,"kind":"bid"}]'
    )
    in_one = '{"demand_no":["D1024","D1030"],"price_fen":[800000,1],"kind":"bid"}'
    said = "D1024 8000；D1030 5000"
    table.write_text(f"text\texpected\n{said}\t{apart}\n{said}\t{in_one}\n", "utf-8")

    assert main(["bench", "parse", str(table), "--json"]) == 0

    rows = rows_of(capsys.readouterr().out)
    assert rows["g.tsv: kind right"]["value"] == 1
    assert rows["g.tsv: whole row right"]["value"] == 0.5


def test_utterances_are_ranked_beside_rapidfuzz(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "u.tsv"
    table.write_text(
        "utterance\tcode\tnotes\n发明专利申请\t05.01.03\t\n发明专利申请\t09.01.01\talso=05.01.03\n"
        "今天天气真好\tNONE\t\n",
        "utf-8",
    )
    assert main(["bench", "match", str(table), "--lexical", "--json"]) == 0
    rows = rows_of(capsys.readouterr().out)
    assert rows["u.tsv: kebao recall@1"]["value"] == 1.0
    assert rows["u.tsv: kebao false answers outside"]["value"] == 0.0
    assert "u.tsv: rapidfuzz ratio recall@1" in rows


def test_utterances_are_ranked_by_meaning_too_where_it_is_known(tmp_path: Path) -> None:
    table = tmp_path / "u.tsv"
    table.write_text("utterance\tcode\n厂里的鱼死了要个说法\t03.02.01\n你好\tNONE\n", "utf-8")
    services, _ = shipped()
    model = FakeModel()
    meaning = learn(services, model, tmp_path / "semantic.npz", lambda done, total: None)

    rows = {str(row.fields()["name"]): row.fields() for row in quality([table], meaning)}

    assert "u.tsv: kebao recall@1" in rows
    assert rows["u.tsv: kebao + semantic recall@1"]["value"] == 1.0
    asked = rows["u.tsv: kebao + semantic asked the model"]
    assert (asked["value"], asked["of"]) == (0.5, 2)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("text\tlabel\nx\t{}\n", "no column 'expected'"),
        ("id\ttext\texpected\nT1\tx\t{broken\n", "row T1"),
        ("text\texpected\na\t{}\tb\n", ":2: 3 columns"),
    ],
)
def test_a_bad_table_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, complaint: str
) -> None:
    table = tmp_path / "bad.tsv"
    table.write_text(content, "utf-8")
    assert main(["bench", "parse", str(table)]) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert "bad.tsv" in error


def test_only_what_has_a_quality_takes_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "ledger", "x.tsv"]) == 2
    assert "match" in capsys.readouterr().err


def test_an_interval_holds_its_figure_and_narrows_with_more_rows() -> None:
    few = figure("few", [True, False] * 10, share)
    many = figure("many", [True, False] * 200, share)
    assert few.low <= few.value <= few.high
    assert many.high - many.low < few.high - few.low


def test_f1_counts_what_was_made_up_and_what_was_missed() -> None:
    assert f1([Tally(right=1), Tally(wrong=1), Tally(missed=1)]) == 0.5
    assert f1([Tally()]) == 1.0
