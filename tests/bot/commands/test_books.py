"""`kebao reconcile` and `kebao month`: a bank's list against the books, and a month's sums."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import openpyxl

from market.ledger import Transfer, cash_at, escrow
from storage.engine import open_engine
from storage.unit_of_work import UnitOfWork
from tests.support.command_line import Kebao

HEADER = "time,transaction_id,number,kind,amount\n"


def moved(yuan: int) -> None:
    """In October, without anybody's order: only sums are asked for here."""
    engine = open_engine("sqlite:///kebao.db")
    with engine.begin() as conn:
        at = datetime(2026, 10, 5, 2, tzinfo=UTC)
        deal = Transfer("O1:funding", "funding", cash_at("offline"), escrow("O1"), yuan * 100)
        UnitOfWork(conn).ledger.post((deal,), at=at)
    engine.dispose()


def bill(text: str) -> str:
    Path("bank.csv").write_text(HEADER + text, encoding="utf-8-sig")
    return "bank.csv"


def test_what_a_bank_lists_and_nobody_entered_is_printed_and_fails(installed: Kebao) -> None:
    name = bill("2026-11-18 10:00:00,B1,O2048,收款,32000.00\n2026-11-19,B2,,退款,1\n")

    found, repeated = installed("reconcile", name), installed("reconcile", name, "--json")

    assert found.code == repeated.code == 1
    first = found.out.splitlines()[0]
    assert first == "K101 账单有 ¥32,000，账上没有：11-18 银行收款 O2048（流水 B1）"
    assert "2 differences" in found.err
    assert [(row["number"], row["bill_fen"]) for row in repeated.rows] == [
        ("K101", 3_200_000),
        ("K102", 100),
    ]
    one_day = installed("reconcile", name, "--day", "2026-11-19", "--json")
    assert [row["number"] for row in one_day.rows] == ["K102"]


def test_an_empty_day_agrees_with_empty_books(installed: Kebao) -> None:
    empty = installed("reconcile", bill(""), "--day", "2026-11-18", "--json")

    assert empty.code == 0
    assert empty.rows == [{"differences": 0, "lines": 0, "days": 1}]


def test_bad_rows_and_bad_days_are_named_and_nothing_is_kept(installed: Kebao) -> None:
    wrong = installed("reconcile", bill("2026-11-18,B1,,收款,1\nyesterday,B2,,收款,0\n"))
    future = installed("reconcile", bill("2999-01-01,B1,,收款,1\n"))
    no_day = installed("reconcile", bill(""), "--day", "gestern")
    no_file = installed("reconcile", "nowhere.csv")

    assert (wrong.code, future.code, no_day.code, no_file.code) == (1, 1, 2, 2)
    assert "row 3, time: must look like" in wrong.err
    assert "row 3, amount: must be yuan" in wrong.err
    assert "2999-01-01 is not over" in future.err
    assert "argument --day" in no_day.err
    assert installed("reconcile", bill(""), "--day", "2026-11-18").code == 0


def test_a_month_is_printed_and_written_as_a_table(installed: Kebao) -> None:
    moved(1_234)

    october, november = installed("month", "2026-10"), installed("month", "2026-11", "--json")

    assert october.code == november.code == 0
    assert "cash:offline" in october.out
    assert "1,234.00" in october.out
    assert {
        "month": "2026-11",
        "account": "escrow",
        "opening_fen": 123_400,
        "moved_fen": {},
        "closing_fen": 123_400,
    } in november.rows
    assert installed("month", "2026-10", "--to", "october.xlsx").code == 0
    assert installed("month", "2026-10", "--to", "october.csv").code == 0
    cells = [list(row) for row in openpyxl.load_workbook("october.xlsx").worksheets[0].values]
    assert ["托管中的客户款", "客户付款", "1", "1234.00"] in cells
    with Path("october.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [[cell or None for cell in line] for line in csv.reader(file)] == cells


def test_a_month_with_open_differences_fails(installed: Kebao) -> None:
    installed("reconcile", bill("2026-10-31 23:59:59,B1,,收款,5\n"))

    assert installed("month", "2026-09").code == 0
    late = installed("month", "2026-10")
    assert late.code == 1
    assert "differences with bills that are open: 1" in late.err


def test_a_month_that_is_none_is_said(installed: Kebao) -> None:
    assert "must look like 2026-10" in installed("month", "2026-13").err
    assert "2099-01 has not begun" in installed("month", "2099-01").err
    assert installed("month", "x").code == 2
