"""`kebao programmes`: a table in, the same table out, and bad rows named."""

from pathlib import Path

from tests.support.command_line import Kebao

HEADER = (
    "code\tkind\tname\tbudget\tper_firm\tshare\tends_on\tservices\tregions\tleast\tbasis\tlink\n"
)
GOOD = (
    "LZ-CXQ\t创新券\t柳州市科技创新券\t500,000\t15000\t50%\t2026-12-20\t06.04/05\t柳州\t1000.50\t"
    "柳科规〔2026〕3 号\thttps://kjj.example/cxq\n"
    "GX-GQ\t后补助\t高企后补助\t0\t9000\t100\t2027-03-31\t\t\t\t\t\n"
)


def table(rows: str) -> str:
    Path("programmes.tsv").write_text(HEADER + rows, encoding="utf-8")
    return "programmes.tsv"


def test_what_goes_in_comes_out(stocked: Kebao) -> None:
    assert stocked("programmes", "import", table(GOOD)).code == 0
    assert stocked("programmes", "export", "out.tsv").code == 0

    lines = Path("out.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[1].split("\t")[:4] == ["GX-GQ", "后补助", "高企后补助", "0"]
    assert lines[2].split("\t")[3:10] == [
        "500000", "15000", "50%", "2026-12-20", "06.04/05", "柳州", "1000.50",
    ]  # fmt: skip
    assert stocked("programmes", "import", "out.tsv").code == 0, "what is the same moves nothing"
    assert stocked("audit").code == 0


def test_a_budget_may_grow_and_shrink(stocked: Kebao) -> None:
    for budget in ("500,000", "600000", "500000", "600000"):
        rows = GOOD.replace("500,000", budget)
        assert stocked("programmes", "import", table(rows)).code == 0
    assert stocked("audit").code == 0


def test_every_bad_row_is_named_and_nothing_is_imported(stocked: Kebao) -> None:
    bad = (
        "lz\t礼券\t\t-5\tx\t101%\t20.12.2026\t99.99\t\t\t\tftp://x\n"
        "GX-GQ\t后补助\t高企后补助\t0\t9000\t100\t2027-03-31\t\t\t\t\t\n"
        "GX-GQ\t后补助\t另一个\t0\t9000\t0\t2027-03-31\t\t\t\t\t\n"
    )

    refused = stocked("programmes", "import", table(bad), "--json")

    assert refused.code == 1
    named = {(row["row"], row["column"]) for row in refused.rows}
    first = {"code", "kind", "name", "budget", "per_firm", "share", "ends_on", "services", "link"}
    assert {(2, column) for column in first} <= named
    assert {(4, "code"), (4, "share")} <= named
    assert stocked("programmes", "export", "out.tsv").code == 0
    assert len(Path("out.tsv").read_text(encoding="utf-8").splitlines()) == 1
