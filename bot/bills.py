"""Bills of gateways and banks as lines: WeChat Pay's own file, and a plain table of anybody's."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from bot.tables import Columns, FileProblems, Row, RowProblem, bytes_of, decoded, read_rows
from market.reconciliation import BUSINESS_ZONE, Kind, Line, LineState

BILL = Columns(required=("time", "transaction_id", "kind", "amount"), optional=("number", "state"))
ENDINGS = (".csv", ".tsv", ".xlsx", ".json")

Meter = Callable[[int, int], None]

_KINDS = {
    "payment": Kind.PAYMENT, "收款": Kind.PAYMENT, "refund": Kind.REFUND, "退款": Kind.REFUND,
    "payout": Kind.PAYOUT, "打款": Kind.PAYOUT,
}  # fmt: skip
_STATES = {
    "": LineState.DONE, "done": LineState.DONE, "成功": LineState.DONE,
    "running": LineState.RUNNING, "处理中": LineState.RUNNING,
    "failed": LineState.FAILED, "失败": LineState.FAILED,
}  # fmt: skip
_AMOUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.(\d{1,2})0*)?")
_TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d")

# WeChat Pay's trade bill of the type ALL: the order of its columns is not promised.
_HEAD, _SUMMARY_HEAD = "交易时间", "总交易单数"
_WANTED = (
    "交易时间", "商户号", "微信订单号", "商户订单号", "交易状态", "货币种类", "微信退款单号",
    "商户退款单号", "退款状态", "订单金额", "申请退款金额",
)  # fmt: skip
_SUMS = {
    "应结订单总金额": "应结订单金额",
    "退款总金额": "退款金额",
    "订单总金额": "订单金额",
    "申请退款总金额": "申请退款金额",
}
_REFUND_STATES = {
    "SUCCESS": LineState.DONE, "PROCESSING": LineState.RUNNING, "FAIL": LineState.FAILED,
    "FAILED": LineState.FAILED, "CHANGE": LineState.RUNNING, "ABNORMAL": LineState.RUNNING,
    "CLOSED": LineState.FAILED,
}  # fmt: skip
_METER_EVERY = 500


class BadBill(Exception):
    """A bill that cannot be believed, with everything found wrong; rows count from 1."""

    def __init__(self, *problems: RowProblem) -> None:
        super().__init__(*map(str, problems))
        self.problems = problems


def read_bill(path: Path, meter: Meter | None = None) -> tuple[Line, ...]:
    """The lines of a file: a table with the columns of `BILL`, or WeChat Pay's own CSV.

    Raises:
        FileProblems: with every bad row of the file.
    """
    if path.suffix.lower() == ".csv":
        raw = bytes_of(path)
        if is_trade_bill(raw):
            try:
                return read_trade_bill(raw, meter=meter)
            except BadBill as bad:
                raise FileProblems(path, bad.problems) from None
    rows = read_rows(path, BILL, endings=ENDINGS)
    problems: list[RowProblem] = []
    lines: list[Line] = []
    seen: dict[tuple[Kind, str], int] = {}
    for done, row in enumerate(rows):
        if meter is not None and done % _METER_EVERY == 0:
            meter(done, len(rows))
        found = list(row.problems)
        line = _line_of(row, found)
        if line is not None and not found:
            found += _repeated(seen, line, row.number)
            lines.append(line)
        problems += found
    if meter is not None:
        meter(len(rows), len(rows))
    if problems:
        raise FileProblems(path, problems)
    return tuple(lines)


def is_trade_bill(raw: bytes) -> bool:
    return raw.removeprefix(b"\xef\xbb\xbf").startswith(_HEAD.encode())


def read_trade_bill(
    raw: bytes, *, mch_id: str = "", day: date | None = None, meter: Meter | None = None
) -> tuple[Line, ...]:
    """The payments and refunds of a trade bill, whose own counts and sums must be right.

    `mch_id`, `day`: whose and which one it should be, where that is known.

    Every field has a backtick before it, so that a comma in a name parts nothing: only a comma
    with a backtick behind it does.

    Raises:
        BadBill: naming the lines.
    """
    try:
        texts = decoded(raw).split("\n")  # not where Unicode would: names hold what they like
    except UnicodeDecodeError as error:
        number = raw.count(b"\n", 0, error.start) + 1
        raise BadBill(RowProblem(number, "", "is not UTF-8")) from None
    header, body, summary = _parts(texts)
    problems: list[RowProblem] = []
    lines: list[Line] = []
    seen: dict[tuple[Kind, str], int] = {}
    sums = dict.fromkeys(_SUMS.values(), 0)
    for number, text in body:
        if meter is not None and number % _METER_EVERY == 0:
            meter(number, len(texts))
        cells, found = _cells(text, header, number)
        if not found:
            found += _added(sums, cells, number)
            if mch_id and cells["商户号"] != mch_id:
                found.append(RowProblem(number, "商户号", "is another merchant's"))
            line = _trade(cells, number, found)
            if line is not None and day is not None and line.day != day:
                found.append(RowProblem(number, "交易时间", f"is not of {day}"))
            if line is not None:
                found += _repeated(seen, line, number)
                lines.append(line)
        problems += found
    if meter is not None:
        meter(len(texts), len(texts))
    if not problems:
        problems += _summary_problems(summary, len(body), sums)
    if problems:
        raise BadBill(*problems)
    return tuple(lines)


_Texts = list[tuple[int, str]]


def _parts(texts: Sequence[str]) -> tuple[list[str], _Texts, tuple[int, dict[str, str]]]:
    """The header, the numbered lines, and the summary with the number of its line."""
    numbered = [(number, text) for number, text in enumerate(texts, start=1) if text.strip()]
    heads = [at for at, (_, text) in enumerate(numbered) if text.startswith(_SUMMARY_HEAD)]
    if not numbered or not numbered[0][1].startswith(_HEAD):
        raise BadBill(RowProblem(1, "", f"is not the header, which begins with {_HEAD}"))
    if len(heads) != 1 or heads[0] != len(numbered) - 2:
        last = numbered[-1][0]
        raise BadBill(RowProblem(last, "", "the two summary lines at the end are missing"))
    header = [name.strip() for name in numbered[0][1].split(",")]
    missing = [name for name in (*_WANTED, *_SUMS.values()) if name not in header]
    if missing:
        raise BadBill(*(RowProblem(1, name, "the column is missing") for name in missing))
    names, values = numbered[-2][1].split(","), _fields(numbered[-1][1])
    if len(names) != len(values):
        raise BadBill(RowProblem(numbered[-1][0], "", "does not fit the summary's header"))
    summary = dict(zip((name.strip() for name in names), values, strict=True))
    return header, numbered[1:-2], (numbered[-1][0], summary)


def _fields(text: str) -> list[str]:
    return [field.strip() for field in text.strip().removeprefix("`").split(",`")]


def _cells(
    text: str, header: Sequence[str], number: int
) -> tuple[dict[str, str], list[RowProblem]]:
    if not text.lstrip().startswith("`"):
        return {}, [RowProblem(number, "", "does not begin with a backtick")]
    fields = _fields(text)
    if len(fields) != len(header):
        reason = f"has {len(fields)} fields where the header has {len(header)}"
        return {}, [RowProblem(number, "", reason)]
    return dict(zip(header, fields, strict=True)), []


def _added(sums: dict[str, int], cells: Mapping[str, str], number: int) -> Iterator[RowProblem]:
    for column in sums:
        fen = _fen(cells[column])
        if fen is None:
            yield RowProblem(number, column, f"is no sum of money: {cells[column][:30]!r}")
        else:
            sums[column] += fen


def _trade(cells: Mapping[str, str], number: int, problems: list[RowProblem]) -> Line | None:
    """The line; None, with a problem noted, if it cannot be understood."""
    at = _moment(cells["交易时间"])
    if at is None:
        problems.append(RowProblem(number, "交易时间", f"is no time: {cells['交易时间'][:30]!r}"))
    status = cells["交易状态"]
    pays = status == "SUCCESS"
    state: LineState | None = LineState.DONE
    if status not in {"SUCCESS", "REFUND", "REVOKED"}:
        problems.append(RowProblem(number, "交易状态", f"is not known: {status[:30]!r}"))
    elif status == "REFUND":
        state = _REFUND_STATES.get(cells["退款状态"])
        if state is None:
            reason = f"is not known: {cells['退款状态'][:30]!r}"
            problems.append(RowProblem(number, "退款状态", reason))
    own = cells["微信订单号" if pays else "微信退款单号"]
    if not own:
        problems.append(RowProblem(number, "微信订单号" if pays else "微信退款单号", "is missing"))
    if problems or at is None or state is None:
        return None
    fen = _fen(cells["订单金额" if pays else "申请退款金额"]) or 0
    return Line(
        transaction_id=own,
        number=cells["商户订单号" if pays else "商户退款单号"],
        kind=Kind.PAYMENT if pays else Kind.REFUND,
        # A sum in another currency is never what we asked for, whatever its number.
        amount_fen=fen if cells["货币种类"] == "CNY" else 0,
        at=at,
        state=state,
    )


def _summary_problems(
    summary: tuple[int, Mapping[str, str]], count: int, sums: Mapping[str, int]
) -> Iterator[RowProblem]:
    number, said = summary
    if said[_SUMMARY_HEAD] != str(count):
        reason = f"says {said[_SUMMARY_HEAD][:20]!r}, the file holds {count}"
        yield RowProblem(number, _SUMMARY_HEAD, reason)
    for name, column in _SUMS.items():
        if name not in said:
            yield RowProblem(number - 1, name, "the column is missing")
        elif _fen(said[name]) != sums[column]:
            fen = sums[column]
            reason = f"says {said[name][:20]!r}, the lines add up to {fen // 100}.{fen % 100:02}"
            yield RowProblem(number, name, reason)


def _line_of(row: Row, problems: list[RowProblem]) -> Line | None:
    """A row of a plain table; None, with the problems noted, if it cannot be understood."""
    at, fen = _moment(row["time"]), _fen(row["amount"].removeprefix("¥"))
    kind, state = _KINDS.get(row["kind"].lower()), _STATES.get(row["state"].lower())
    bad = {column for problem in problems if (column := problem.column)}

    def note(column: str, reason: str) -> None:
        if column not in bad:
            problems.append(RowProblem(row.number, column, reason))

    if at is None:
        note("time", f"must look like 2026-11-18 10:02:03, not {row['time'][:30]!r}")
    if not row["transaction_id"]:
        note("transaction_id", "must not be empty")
    if fen is None or fen == 0:
        note("amount", f"must be yuan such as 32000.00, not {row['amount'][:30]!r}")
    if kind is None:
        note("kind", f"must be 收款, 退款 or 打款, not {row['kind'][:30]!r}")
    if state is None:
        note("state", f"must be 成功, 处理中 or 失败, not {row['state'][:30]!r}")
    if at is None or fen is None or kind is None or state is None:
        return None
    return Line(row["transaction_id"], row["number"].upper(), kind, fen, at, state)


def _repeated(seen: dict[tuple[Kind, str], int], line: Line, number: int) -> Iterator[RowProblem]:
    first = seen.setdefault((line.kind, line.transaction_id), number)
    if first != number:
        reason = f"{line.transaction_id} is already in row {first}"
        yield RowProblem(number, "transaction_id", reason)


def _fen(text: str) -> int | None:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    return int(found[1].replace(",", "")) * 100 + int((found[2] or "0").ljust(2, "0"))


def _moment(text: str) -> datetime | None:
    """A time of the business zone, in UTC; full-width colons as older bills have them."""
    text = text.replace("：", ":")
    for form in _TIMES:
        try:
            local = datetime.strptime(text, form)  # noqa: DTZ007  # its zone follows
        except ValueError:
            continue
        return local.replace(tzinfo=BUSINESS_ZONE).astimezone(UTC)
    return None
