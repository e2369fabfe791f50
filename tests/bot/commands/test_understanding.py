"""`kebao match` and `kebao parse`, for people and for scripts."""

from tests.support.command_line import Kebao


def test_match_prints_candidates_best_first(kebao: Kebao) -> None:
    (row,) = kebao("match", "我想申请发明专利", "-k", "3", "--json").rows

    assert list(row) == ["text", "decision", "services", "providers", "ms"]
    assert row["text"] == "我想申请发明专利"
    assert row["services"][0]["code"].startswith("05.01")
    assert [list(one) for one in row["services"]] == [["code", "name", "score", "why"]] * 3
    assert [list(one) for one in row["providers"]] == [["name", "score", "why"]] * 3
    scores = [one["score"] for one in row["services"]]
    assert scores == sorted(scores, reverse=True)
    assert row["ms"] > 0


def test_match_holds_k_services_even_when_none_is_meant(kebao: Kebao) -> None:
    (row,) = kebao("match", "哈哈哈", "--json").rows

    assert row["decision"] == "none"
    assert len(row["services"]) == 5
    assert row["providers"] == []


def test_match_reads_one_utterance_per_line(kebao: Kebao) -> None:
    rows = kebao("match", "--json", stdin="做检测\n\n申请专利\r\n").rows

    assert [row["text"] for row in rows] == ["做检测", "申请专利"]


def test_match_for_people(kebao: Kebao) -> None:
    result = kebao("match", "申请专利", "-k", "1")

    assert result.out.startswith("申请专利  →  ")
    assert "05.01." in result.out


def test_parse_prints_the_slots_of_a_demand(kebao: Kebao) -> None:
    (row,) = kebao(
        "parse",
        "我想做个企业官网，预算5万左右，月底前上线",
        "--as",
        "demand",
        "--now",
        "2026-11-22T10:30:00",
        "--json",
    ).rows

    assert row["intent"] == "publish_demand"
    assert row["slots"] == {
        "budget_min_fen": 5_000_000,
        "budget_max_fen": 5_000_000,
        "budget_approx": True,
        "deadline": "2026-11-30",
    }


def test_parse_reads_line_ends_inside_a_message(kebao: Kebao) -> None:
    (row,) = kebao("parse", "--as", "bid", "--json", stdin=r"D1024\n报价：8000\n工期：10天").rows

    assert row["slots"]["demand_no"] == "D1024"
    assert row["slots"]["price_fen"] == 800_000
    assert row["slots"]["duration_days"] == 10


def test_parse_finds_contacts(kebao: Kebao) -> None:
    (row,) = kebao("parse", "电话13812345678找我", "--as", "contact", "--json").rows

    assert row["spans"] == ["13812345678"]
    assert "13812345678" not in row["masked"]
