"""Bill files: WeChat Pay's own, and tables of banks; a bad one names its lines."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.bills import BadBill, read_bill, read_trade_bill
from bot.tables import FileProblems
from bot.workbooks import write_xlsx
from market.reconciliation import Kind, Line, LineState
from tests.support.bill_files import Trade, trade_bill
from tests.support.wechat_pay import MCH_ID

DAY = date(2026, 11, 18)
PAID = Trade("T20481-abc", "4200001", 3_200_000)
BACK = Trade("T20481-abc", "5000001", 999, "2026-11-18 23:59:59", "T20481-abc-refund", "PROCESSING")
GOOD = trade_bill([PAID, BACK])


@pytest.mark.parametrize("raw", [GOOD, trade_bill([PAID, BACK], bom=False, end="\n")])
def test_payments_and_refunds_are_read(raw: bytes) -> None:
    at = datetime(2026, 11, 18, 2, 2, 3, tzinfo=UTC)
    assert read_trade_bill(raw, mch_id=MCH_ID, day=DAY) == (
        Line("4200001", "T20481-abc", Kind.PAYMENT, 3_200_000, at),
        Line(
            "5000001",
            "T20481-abc-refund",
            Kind.REFUND,
            999,
            datetime(2026, 11, 18, 15, 59, 59, tzinfo=UTC),
            LineState.RUNNING,
        ),
    )


def test_an_empty_day_is_a_header_and_sums_of_nothing() -> None:
    assert read_trade_bill(trade_bill([])) == ()


def test_a_comma_in_a_name_parts_nothing() -> None:
    (line,) = read_trade_bill(trade_bill([Trade("T1-a", "42", 1, title="查新,加急\u2028`件")]))

    assert (line.number, line.amount_fen) == ("T1-a", 1)


def test_another_currency_is_never_the_sum_that_was_asked_for() -> None:
    (line,) = read_trade_bill(trade_bill([Trade("T1-a", "42", 100, currency="USD")]))

    assert line.amount_fen == 0


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "row 1: is not the header"),
        (GOOD.replace(b"`2,`32000.00", b"`3,`32000.00"), "row 5, 总交易单数: says '3'"),
        (GOOD.replace(b"`9.99,`0.00,`0.192", b"`9.98,`0.00,`0.192"), "row 5, 退款总金额"),
        (GOOD.replace(b"T20481-abc,`oUser", b"T20481-abc", 1), "row 2: has 26 fields where"),
        (GOOD.replace(b"`2026-11-18 10", b"`2026-13-18 10"), "row 2, 交易时间"),
        (GOOD.replace(b"`2026-11-18 10", b"`2026-11-17 10"), "is not of 2026-11-18"),
        (GOOD.replace(b"PROCESSING", b"LOST"), "row 3, 退款状态: is not known: 'LOST'"),
        (GOOD.replace(MCH_ID.encode(), b"1900000110"), "row 2, 商户号: is another merchant's"),
        (trade_bill([PAID, PAID]), "4200001 is already in row 2"),
        (GOOD.rpartition("总交".encode())[0], "summary lines at the end are missing"),
        (GOOD.replace("订单金额".encode(), "订单额".encode()), "订单金额: the column is missing"),
        (GOOD.replace("科宝".encode(), "科宝".encode("gbk")), "row 2: is not UTF-8"),
    ],
    ids=range(12),
)  # fmt: skip
def test_a_bad_bill_names_the_line(raw: bytes, problem: str) -> None:
    with pytest.raises(BadBill) as bad:
        read_trade_bill(raw, mch_id=MCH_ID, day=DAY)

    assert any(problem in str(one) for one in bad.value.problems), bad.value.problems


TABLE = [
    ["time", "transaction_id", "number", "kind", "amount"],
    ["2026-11-18 10:02:03", "B1", "o2048", "收款", "32,000.00"],
    ["2026/11/18", "B2", "V3", "payout", "0.5"],
    ["2026-11-19 08:00", "B3", "", "退款", "12"],
]


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx"])
def test_a_banks_table_is_read(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"bank.{ending}"
    if ending == "xlsx":
        path.write_bytes(write_xlsx(TABLE))
    else:
        mark = "\t" if ending == "tsv" else ","
        rows = [mark.join(f'"{cell}"' for cell in row) for row in TABLE]
        path.write_text("\n".join(rows), encoding="utf-8-sig")

    assert [(one.number, one.kind, one.amount_fen, one.day.day) for one in read_bill(path)] == [
        ("O2048", Kind.PAYMENT, 3_200_000, 18),
        ("V3", Kind.PAYOUT, 50, 18),
        ("", Kind.REFUND, 1_200, 19),
    ]


def test_every_bad_row_of_a_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_text(
        "time,transaction_id,kind,amount\n"
        "yesterday,B1,收款,1\n"
        "2026-11-18,,收款,1\n"
        "2026-11-18,B3,收款,-1\n"
        "2026-11-18,B4,买,1.234\n"
        "2026-11-18,B5,收款,1\n"
        "2026-11-18,B5,收款,1\n"
    )

    with pytest.raises(FileProblems) as bad:
        read_bill(path)

    assert [(one.row, one.column) for one in bad.value.problems] == [
        (2, "time"),
        (3, "transaction_id"),
        (4, "amount"),
        (5, "amount"),
        (5, "kind"),
        (7, "transaction_id"),
    ]
