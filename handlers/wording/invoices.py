"""Words about invoices: what is asked for, to whom it is made out, what became of it."""

from collections.abc import Sequence

from market.invoices import Heading, Invoice, InvoiceStatus, Kind
from market.money import yuan
from market.orders import Order

REASONS = {"01": "开票有误", "02": "销货退回", "03": "服务中止", "04": "销售折让"}
_FIELDS = {
    "title": "抬头",
    "tax_no": "税号（18 位统一社会信用代码，核对一下有没有抄错）",
    "address_phone": "地址电话",
    "bank": "开户行和账号",
    "length": "地址或开户行（太长了，各 120 字以内）",
}
WHICH_ORDER = "哪一单的发票？回“发票 O2048”。"
WHICH_REASON = (
    "红冲要写原因，例如“红冲 F3001 03 服务中止”："
    "01 开票有误　02 销货退回　03 服务中止　04 销售折让。"
)
NONE_YET = "您还没有要过发票。验收后回“发票 O2048”就行。"
NO_NUMBER = "把发票号码也发给我，例如“已开票 F3001 25442000000012345678”。"


def ask_heading(order: Order, amount_fen: int, kind: Kind) -> str:
    head = f"{order.no} 开{kind} {yuan(amount_fen)}。"
    if kind is Kind.SPECIAL:
        return (
            f"{head}把抬头、税号、地址电话、开户行账号发给我，一条消息就行，例如\n"
            "“抬头 南宁某某科技有限公司 税号 9145… 地址电话 高新区某路 1 号 0771-…"
            " 开户行 工行某支行 4510…”。"
        )
    return (
        f"{head}把抬头和税号发给我，一条消息就行，例如“抬头 南宁某某科技有限公司 税号 9145…”；"
        "个人只写抬头。\n要专票就回“专票”。"
    )


def lines(heading: Heading) -> str:
    """``普票：南宁某某科技有限公司 9145…``"""
    parts = [heading.title, heading.tax_no, heading.address_phone, heading.bank]
    return f"{heading.kind}：{'　'.join(part for part in parts if part)}"


def refused(fields: Sequence[str]) -> str:
    return f"还差或不对：{'、'.join(_FIELDS[field] for field in fields)}。改好整条再发一次。"


def as_before(order: Order, heading: Heading, amount_fen: int) -> str:
    return (
        f"{order.no} 可以开 {yuan(amount_fen)}。还用上次的开票信息？\n{lines(heading)}\n"
        "1 就用这个　2 换一个"
    )


def confirm(order: Order, heading: Heading, amount_fen: int) -> str:
    return (
        f"{order.no} 开 {yuan(amount_fen)}，{lines(heading)}。\n"
        "发给服务商后抬头就不能改了，对吗？1 确认　2 重填"
    )


def requested(invoice: Invoice) -> str:
    return (
        f"{invoice.no} 已转给服务商，由它开给您，开好我马上告诉您。\n"
        f"下次不用再填。不要了回“取消发票 {invoice.no}”。"
    )


def wanted(invoice: Invoice, order: Order) -> str:
    return (
        f"🧾 {order.no} {order.title} 客户要发票 {yuan(invoice.amount_fen)}，"
        f"{lines(invoice.heading)}。\n"
        f"开好回“已开票 {invoice.no} 发票号码”，文件直接发给客户或发给我转。"
    )


def issued_buyer(invoice: Invoice) -> str:
    return (
        f"🧾 {invoice.no}（O{invoice.order_id}）发票开好了：{invoice.heading.kind} "
        f"{yuan(invoice.amount_fen)}，号码 {invoice.number}。\n"
        "可到国家税务总局查验平台核对。有误回“人工”。"
    )


def issued_provider(invoice: Invoice) -> str:
    return (
        f"{invoice.no} 记下了，号码 {invoice.number}，已告诉客户。"
        f"要作废回“红冲 {invoice.no} 03 说明”。"
    )


def dropped_buyer(invoice: Invoice) -> str:
    return f"{invoice.no} 已取消，已告诉服务商。要再开回“发票 O{invoice.order_id}”。"


def dropped_provider(invoice: Invoice) -> str:
    return f"{invoice.no}（O{invoice.order_id}）客户不要发票了，不用开。"


def _why(invoice: Invoice) -> str:
    code, _, words = invoice.reason.partition(" ")
    return f"{REASONS.get(code, code)}{'，' + words if words else ''}"


def reversed_buyer(invoice: Invoice) -> str:
    return (
        f"{invoice.no} 号码 {invoice.number} 的{invoice.heading.kind}已红冲，"
        f"原因：{_why(invoice)}。\n"
        f"要重开回“发票 O{invoice.order_id}”。"
    )


def asks_to_reverse(invoice: Invoice) -> str:
    return (
        f"服务商要红冲 {invoice.no}（专票 {invoice.number}，{yuan(invoice.amount_fen)}），"
        f"原因：{_why(invoice)}。\n"
        f"如果同意：这张不能再抵扣，已抵扣的要转出。同意回“同意红冲 {invoice.no}”，有疑问回“人工”。"
    )


def reversed_provider(invoice: Invoice) -> str:
    return f"{invoice.no}（{invoice.number}）客户已同意红冲，可以在税务系统里办了。"


def reversal_asked(invoice: Invoice) -> str:
    return f"{invoice.no} 是专票，已请客户确认；同意了我马上告诉您。"


def reversal_done(invoice: Invoice) -> str:
    return f"{invoice.no} 已登记红冲，原因：{_why(invoice)}，客户已通知。"


def agreed(invoice: Invoice) -> str:
    return f"{invoice.no} 已同意红冲，已告诉服务商。要重开回“发票 O{invoice.order_id}”。"


WORDS = {
    InvoiceStatus.REQUESTED: "等服务商开",
    InvoiceStatus.ISSUED: "已开",
    InvoiceStatus.REVERSING: "等您同意红冲",
    InvoiceStatus.REVERSED: "已红冲",
    InvoiceStatus.DROPPED: "已取消",
}


def mine(invoices: Sequence[Invoice]) -> str:
    return "\n".join(["您的发票：", *map(_line, invoices)])


def _line(one: Invoice) -> str:
    kind = one.heading.kind
    state = f"{WORDS[one.status]} {one.number}".rstrip()
    return f"· {one.no}（O{one.order_id}）{kind} {yuan(one.amount_fen)}：{state}"


def to_issue(invoices: Sequence[Invoice]) -> str:
    if not invoices:
        return "现在没有要开的发票。"
    shown = [
        f"· {one.no}（O{one.order_id}）{yuan(one.amount_fen)}　{lines(one.heading)}"
        for one in invoices
    ]
    return "\n".join(["要开的发票：", *shown, f"开好回“已开票 {invoices[0].no} 发票号码”。"])
