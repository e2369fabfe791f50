"""The papers of a claim as texts: what an authority files. The times are the operator's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.wording.refusals import ORDER_WORDS
from market.claims import Claim
from market.contracts import Contract, canonical
from market.invoices import Invoice
from market.money import yuan
from market.orders import Order
from market.programmes import Programme
from market.receipts import Receipt
from market.receipts import canonical as receipt_text
from storage.deliveries import Delivery


@dataclass(frozen=True, slots=True)
class Papers:
    """What proves a claim: agreed, delivered, accepted, paid, invoiced."""

    claim: Claim
    programme: Programme
    order: Order
    provider: str
    contract: Contract | None  # None in orders from before there were contracts
    deliveries: tuple[Delivery, ...]
    steps: tuple[tuple[str, str, datetime], ...]
    receipts: tuple[Receipt, ...]
    invoice: Invoice | None


_STEPS = {
    "create": "下单", "fund": "付款进托管", "start": "开工", "deliver": "交付",
    "release": "验收一期", "accept": "验收完成", "return": "退回修改", "dispute": "申诉",
    "settle": "裁决",
}  # fmt: skip


def texts(papers: Papers, zone: ZoneInfo, operator: str) -> Iterator[tuple[str, str]]:
    """(name, text) of each paper, in the order of the numbers they begin with."""
    yield "1-说明.txt", _summary(papers, zone, operator)
    if papers.contract is not None:
        yield "2-合同.txt", f"{canonical(papers.contract)}sha256 {papers.contract.hash}\n"
    yield "3-交付.txt", _deliveries(papers, zone)
    yield "4-验收.txt", _steps(papers, zone)
    yield "5-收据.txt", "\n".join(_receipts(papers))
    if papers.invoice is not None:
        yield "6-发票.txt", _invoice(papers)


def file_name(papers: Papers) -> str:
    return f"{papers.order.no}-补助材料.zip"


def _when(moment: datetime | None, zone: ZoneInfo) -> str:
    return "-" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def _summary(papers: Papers, zone: ZoneInfo, operator: str) -> str:
    claim, order, programme = papers.claim, papers.order, papers.programme
    own_fen = order.price_fen - order.public_fen
    lines = (
        f"{programme.name} 申请材料",
        f"依据：{programme.basis or '-'} {programme.link}".rstrip(),
        f"订单：{order.no} {order.title}",
        f"服务商：{papers.provider}",
        f"成交价：{yuan(order.price_fen)}",
        f"财政资金 {yuan(order.public_fen)}，自付 {yuan(own_fen)}",
        f"付款：{_when(order.funded_at, zone)}，验收：{_when(order.completed_at, zone)}",
        f"可申请：{yuan(claim.amount_fen)}，截止 {claim.due_on}",
        f"由{operator}的系统按账本生成；收据可用其号和全指纹核对。",
    )
    return "\n".join(lines) + "\n"


def _deliveries(papers: Papers, zone: ZoneInfo) -> str:
    lines: list[str] = []
    for one in papers.deliveries:
        lines.append(f"第 {one.version} 版，{_when(one.delivered_at, zone)}")
        lines += [one.text] if one.text else []
        lines += [f"文件 {file.name} sha256 {file.sha256 or '-'}" for file in one.files]
        lines.append("")
    return "\n".join(lines) or "-\n"


def _steps(papers: Papers, zone: ZoneInfo) -> str:
    lines = [f"{_when(at, zone)} {_STEPS[step]}" for step, _, at in papers.steps if step in _STEPS]
    return "\n".join((*lines, f"现在：{ORDER_WORDS[papers.order.status]}", ""))


def _receipts(papers: Papers) -> Iterator[str]:
    for receipt in papers.receipts:
        yield receipt_text(receipt.number, receipt.movement, receipt.previous)
        yield f"sha256 {receipt.hash}\n"


def _invoice(papers: Papers) -> str:
    invoice = papers.invoice
    assert invoice is not None
    return (
        f"{invoice.heading.kind} {invoice.number or '还没开'}\n抬头 {invoice.heading.title}\n"
        f"税号 {invoice.heading.tax_no or '-'}\n金额 {yuan(invoice.amount_fen)}\n"
    )
