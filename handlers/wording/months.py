"""Words about a month's money: for the chat six lines, for a workbook every line."""

from collections.abc import Iterator

from handlers.wording.reconciliation import gateway_name
from market.ledger import COMMISSION_INCOME
from market.money import yuan
from market.months import (
    BUDGET,
    ESCROW,
    FUNDS,
    PAYABLE,
    PROMISE,
    REFUND,
    VOUCHER,
    Month,
    ProviderMonth,
    Sheet,
    Statement,
)
from market.receipts import Kind

_ACCOUNTS = {
    ESCROW: "托管中的客户款",
    PAYABLE: "应付服务商",
    REFUND: "应退客户",
    PROMISE: "财政承诺（应收）",
    BUDGET: "财政额度，没发的",
    VOUCHER: "创新券，没用的",
    FUNDS: "财政款，到账没用的",
    COMMISSION_INCOME.name: "佣金收入",
}
CODES: dict[str, str] = {
    "budget": "额度变动",
    "granted": "发券",
    "lapsed": "到期收回",
    "promise-kept": "用于订单",
    "promise-renewed": "退回",
    Kind.FUNDING: "客户付款",
    Kind.ALLOTTED: "预付款转入订单",
    Kind.PUBLIC: "财政资金进托管",
    Kind.PUBLIC_BACK: "退回财政资金",
    Kind.APPROPRIATED: "财政拨款",
    Kind.REFUND: "从托管划出退客户",
    Kind.EARNINGS: "从托管划出付服务商",
    Kind.COMMISSION: "从托管划出佣金",
    Kind.SPLIT: "佣金分成",
    Kind.REFUND_PAID: "退款打款",
    Kind.SURPLUS: "多付的款",
    Kind.REFUND_RETURNED: "原路退回",
    Kind.EARNINGS_PAID: "服务商提现",
}
HEAD = ("科目", "事项", "笔数", "金额（元）")
PROVIDER_HEAD = ("订单", "事项", "验收金额（元）", "佣金（元）", "入账（元）")
OPENING, CLOSING, CHECK = "月初余额", "月末余额", "借贷相抵（应为 0）"
NOT_BEGUN = "{month}还没开始，没有账可结。回“月结”看上个月。"
NO_MONTH = "没看懂是哪个月。这样说：“月结 2026-10”“月结 10月”“月结 本月”。"


def _account(name: str) -> str:
    head, _, gateway = name.partition(":")
    return f"{gateway_name(gateway)}账上的钱" if head == "cash" else _ACCOUNTS.get(name, name)


def title(month: Month) -> str:
    return f"{month.year} 年 {month.number} 月"


def summary(statement: Statement, open_count: int | None, link: str, *, so_far: bool) -> str:
    """Six lines at most: what came, went, is kept; what is still to be found out.

    `open_count`: how many differences with bills; None if no bill was ever read.
    """
    cash = "、".join(
        f"{gateway_name(sheet.account.partition(':')[2])} {yuan(-sheet.closing_fen)}"
        for sheet in statement.cash
    )
    state = "到现在" if so_far else "月结"
    left = f"还有 {open_count} 处对不上，回“对账”看" if open_count else "账单和账上都对得上"
    left = "还没导入过账单，回“对账”看怎么做" if open_count is None else left
    return "\n".join(
        (
            f"{title(statement.month)}{state}：收款 {yuan(statement.received_fen)}，"
            f"退款 {yuan(statement.refunded_fen)}，打款 {yuan(statement.paid_out_fen)}，"
            f"佣金 {yuan(statement.commission_fen)}。",
            f"月末托管 {yuan(statement.held_fen)}，"
            f"应付服务商 {yuan(statement.of(PAYABLE).closing_fen)}，"
            f"应退客户 {yuan(statement.of(REFUND).closing_fen)}。",
            f"账上的钱：{cash or '¥0'}。{left}。",
            f"明细表（24 小时内有效）：{link}",
            f"看别的月份回“月结 {statement.month.before}”。",
        )
    )


def in_group(month: Month) -> str:
    return f"{title(month)}的月结私聊发您了。"


def of_provider(month: ProviderMonth, link: str, *, so_far: bool) -> str:
    state = "到现在" if so_far else "对账单"
    count = len(month.earnings)
    return "\n".join(
        (
            f"{title(month.month)}{state}：{count} 笔入账，共 {yuan(month.earned_fen)}"
            f"（已扣佣金 {yuan(month.commission_fen)}）。",
            f"提现 {yuan(month.paid_out_fen)}；月初余额 {yuan(month.opening_fen)}，"
            f"月末余额 {yuan(month.closing_fen)}。",
            f"逐单明细（24 小时内有效）：{link}",
            f"回“提现”申请转出，看别的月份回“月结 {month.month.before}”。",
        )
    )


def rows(statement: Statement) -> Iterator[tuple[str, ...]]:
    """The market's month as a table; sums of cash are what is there, of the others what is owed."""
    yield HEAD
    for sheet in statement.sheets:
        yield from _sheet_rows(sheet)
    yield (CHECK, "", "", plain(sum(sheet.closing_fen for sheet in statement.sheets)))


def _sheet_rows(sheet: Sheet) -> Iterator[tuple[str, ...]]:
    sign, name = -1 if sheet.account.startswith("cash:") else 1, _account(sheet.account)
    yield (name, OPENING, "", plain(sign * sheet.opening_fen))
    for entry in sheet.entries:
        what = CODES.get(entry.code) or entry.code
        yield (name, what, str(entry.count), plain(sign * entry.change_fen))
    yield (name, CLOSING, "", plain(sign * sheet.closing_fen))


def provider_rows(month: ProviderMonth) -> Iterator[tuple[str, ...]]:
    yield PROVIDER_HEAD
    yield ("", OPENING, "", "", plain(month.opening_fen))
    for one in month.earnings:
        fens = (one.share_fen, one.commission_fen, one.payout_fen)
        yield (one.order_no, one.title, *map(plain, fens))
    yield ("", "提现", "", "", plain(-month.paid_out_fen))
    yield ("", CLOSING, "", "", plain(month.closing_fen))


def file_name(month: Month, provider: str) -> str:
    return f"{provider or '科宝'}-月结-{month}.xlsx"


def plain(amount_fen: int) -> str:
    """``-1234.50``: for a cell, without a currency sign."""
    sign = "-" if amount_fen < 0 else ""
    whole, cents = divmod(abs(amount_fen), 100)
    return f"{sign}{whole}.{cents:02}"
