"""Words about receipts: what they state, and that they hold."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.wording.dates import when
from market.money import yuan
from market.receipts import FIRST_NO, Head, Kind, Receipt, short

DOUBTED = "有人验证时发现这张收据和链上记的对不上，请运行 kebao audit"

_STATES = {
    Kind.FUNDING: "收到 {order} 的付款 {sum}，进了托管",
    Kind.ALLOTTED: "先付的 {sum} 转进了 {order} 的托管",
    Kind.PUBLIC: "财政资金为 {order} 付 {sum}，进了托管",
    Kind.PUBLIC_BACK: "{order} 退回财政资金 {sum}，已从托管划出",
    Kind.APPROPRIATED: "收到财政拨款 {sum}，专款专用",
    Kind.REFUND: "{order} 应退客户 {sum}，已从托管划出",
    Kind.EARNINGS: "{order} 应付服务商 {sum}，已从托管划出",
    Kind.COMMISSION: "{order} 收取佣金 {sum}",
    Kind.SPLIT: "{order} 的佣金分出 {sum}",
    Kind.REFUND_PAID: "{order} 已退给客户 {sum}",
    Kind.SURPLUS: "收到 {order} 的付款 {sum}，当时没有应付，原路退回",
    Kind.REFUND_RETURNED: "{order} 的 {sum} 已由支付平台原路退给客户",
    Kind.EARNINGS_PAID: "提现 {sum} 已打款给服务商",
    Kind.VOID: "这是作废的号，没有对应的款项",
}

_GATEWAYS = {"sandbox": "演示付款", "offline": "对公转账", "wechat": "微信支付"}


def named(receipt: Receipt) -> str:
    """``R20481 7f3a·91c2``: as it stands behind the word 收据."""
    return f"{receipt.no} {receipt.fingerprint}"


def all_named(receipts: Iterable[Receipt], word: str = "收据") -> str:
    """``收据 R20482 c04d·2b77、R20483 11fe·90aa。``; nothing where there is none."""
    names = "、".join(named(receipt) for receipt in receipts)
    return f"{word} {names}。" if names else ""


def holds(
    receipt: Receipt, *, linked_to: int, published: datetime | None, typed: bool, zone: ZoneInfo
) -> str:
    """What a receipt states and that it is unchanged; `typed`: the hash they gave is right."""
    movement = receipt.movement
    order = f"O{movement.parties.order_id}" if movement.parties.order_id else ""
    states = _STATES[movement.kind].format(order=order, sum=yuan(movement.amount_fen))
    match = "，您给的指纹也一致" if typed else ""
    return (
        f"✔ {receipt.no} 是真的，没有改动过{match}：\n"
        f"{when(movement.at, zone)} {states}。{_parties(receipt)}\n"
        f"指纹 {receipt.fingerprint}，{_place(receipt, linked_to, published, zone)}。\n"
        f"全指纹 {receipt.hash}\n"
        f"别人凭号和全指纹也能核对（看不到金额和双方）：回“验证 {receipt.no} 全指纹”。"
    )


def _parties(receipt: Receipt) -> str:
    who = receipt.movement.parties
    parts = [
        f"客户 P{who.buyer_id}" if who.buyer_id else "",
        f"服务商 V{who.provider_id}" if who.provider_id else "",
        _GATEWAYS.get(receipt.movement.gateway, receipt.movement.gateway),
    ]
    return " · ".join(part for part in parts if part)


def _place(receipt: Receipt, linked_to: int, published: datetime | None, zone: ZoneInfo) -> str:
    """Where it hangs: behind the one before, and up to which end all links were recomputed."""
    first = receipt.number == FIRST_NO
    before = "是链上第一张" if first else f"接在 R{receipt.number - 1} 后面"
    if published is not None:
        return f"{before}，逐张核到 R{linked_to}（{when(published, zone)} 公布的链头）"
    if linked_to == receipt.number:
        return f"{before}，现在是最后一张，今晚公布链头"
    return f"{before}，逐张核到 R{linked_to}"


def differs(receipt: Receipt) -> str:
    """It is theirs, and holds, but is not what they have in hand."""
    return (
        f"⚠ {receipt.no} 有这张收据，但您给的指纹不对：链上是 {receipt.fingerprint}。\n"
        f"手里那张可能被改过，先别凭它办事。回“验证 {receipt.no}”看原文，拿不准回“人工”。"
    )


def broken(receipt: Receipt, *, unaltered: bool) -> str:
    """It was altered itself, or others about it were."""
    what = "自己没有改动，但链在它旁边断了" if unaltered else "和链上记的对不上"
    return (
        f"⚠ {receipt.no} {what}，先别凭它办事。\n我已经请同事核对，钱的事以账本为准；着急回“人工”。"
    )


def confirmed(receipt: Receipt) -> str:
    """To somebody it does not concern, who has the whole hash: no amount, no party."""
    return (
        f"✔ {receipt.no} 和这个全指纹一致，没有改动过，在链上。\n"
        "金额和双方只给当事人看。付款只走我私聊里的账单；拿不准回“人工”。"
    )


def unknown(number: int) -> str:
    """Absent, somebody else's, or another hash: all the same."""
    return f"没有查到收据 R{number}，凭它要钱的都不要信。付款只走我私聊里的账单；拿不准回“人工”。"


def root(head: Head, *, count: int, at: datetime, zone: ZoneInfo) -> str:
    """The day's line: the end of the chain."""
    return (
        f"🔗 收据链截至 {when(at, zone)}：新增 {count} 张，到 R{head.number} {short(head.hash)}，"
        f"全指纹 {head.hash}。留着这一行，之前的收据谁也改不了。"
    )
