"""Words about bills and books that do not agree."""

from collections.abc import Sequence
from datetime import date

from handlers.wording.dates import day as day_words
from market.money import yuan
from market.reconciliation import Kind, LineState, RecordState, Sort
from storage.bills import Bill
from storage.differences import Found

SHOWN = 3
_GATEWAYS = {"sandbox": "演示付款", "offline": "银行", "wechat": "微信支付"}
_KINDS = {Kind.PAYMENT: "收款", Kind.REFUND: "退款", Kind.PAYOUT: "打款"}

WHY = "对平要写明原因，例如“对平 {no} 客户分两笔转的，已核银行流水”。"
NO_BILLS = "还没有对过账。微信支付的账单每天 10 点后自动取；银行流水用 kebao reconcile 导入。"


def gateway_name(gateway: str) -> str:
    return _GATEWAYS.get(gateway, gateway)


def note(row: Found) -> str:
    """``账单 ¥50，账上 ¥32,000：11-18 微信支付收款 O2048``"""
    what = f"{row.day:%m-%d} {gateway_name(row.gateway)}{_KINDS[row.kind]} {_subject(row)}"
    return f"{_how(row)}：{what}"


def _how(row: Found) -> str:
    """What does not agree, first: the queue shows the beginning only."""
    bill_sum, books_sum = yuan(row.bill_fen or 0), yuan(row.books_fen or 0)
    match row.sort:
        case Sort.ONLY_BILL:
            return f"账单有 {bill_sum}，账上没有"
        case Sort.ONLY_BOOKS:
            return f"账上有 {books_sum}，账单没有"
        case Sort.AMOUNT:
            booked = row.books_state is RecordState.BOOKED
            return f"账单 {bill_sum}，账上{'' if booked else '没入账，应为'} {books_sum}"
        case Sort.STATE:
            failed = row.bill_state is LineState.FAILED
            return f"账单{'失败，账上已入账' if failed else '已完成，账上没入账'} {bill_sum}"


def _subject(row: Found) -> str:
    """The order if it is one of ours, with whatever number finds it at the gateway."""
    own = row.subject or row.number or "没有单号"
    return f"{own}（流水 {row.transaction_id[-8:]}）" if row.transaction_id else own


def no_bill(day: date, error: str) -> str:
    return f"{day:%m-%d} 的账单没取到或不对，还在重试：{error[:120]}"


def overview(bills: Sequence[Bill], rows: Sequence[Found], count: int) -> str:
    """At most six lines: the newest bills, the oldest differences, what to say."""
    if not bills:
        return NO_BILLS
    lines = ["最近的账单：" + "；".join(map(_bill, bills))]
    if not count:
        return "\n".join([*lines, "账单和账上都对得上。回“月结”看本月的数。"])
    lines.append(f"还有 {count} 处对不上：")
    lines += [f"· {row.no} {note(row)}" for row in rows[:SHOWN]]
    lines.append(f"查清后回“对平 {rows[0].no} 原因”。")
    return "\n".join(lines)


def _bill(bill: Bill) -> str:
    state = "已对" if bill.read_at else "还没取到"
    return f"{day_words(bill.day)} {gateway_name(bill.gateway)} {state}"


def overview_line(count: int) -> str:
    return f"对不上的有 {count} 处，私聊发您了。" if count else "账单和账上都对得上。"


def closed(row: Found, left: int) -> str:
    more = f"还有 {left} 处，回“对账”看下一处。" if left else "现在都对平了。"
    return f"{row.no} 已对平，原因记下了（只销这一处，没有动账）。{more}"


def closed_line(row: Found) -> str:
    return f"{row.no} 已对平。"
