"""Words about purchases by an authority."""

from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.wording.dates import when
from market.money import yuan
from market.orders import Order
from market.programmes import Programme
from market.public_parts import PublicPart


def purchase_question(order: Order, programme: Programme) -> str:
    return (
        f"如果走政府购买：{programme.name}全额出资 {yuan(order.price_fen)}，您受益、不付钱。\n"
        "您、主管部门、服务商三方都同意才生效，钱先进托管，您验收后才付给服务商；"
        "有一方不同意，您可以改自己付。确认？"
    )


def purchase_begun(order: Order, programme: Programme, zone: ZoneInfo) -> str:
    return (
        f"{order.no} 已提交：{programme.name}出资 {yuan(order.price_fen)}，您已同意。\n"
        f"等主管部门和服务商同意，最晚 {when(order.pay_by, zone)}，到点没齐订单会关闭。"
        f"想改自己付回“不用券 {order.no}”。"
    )


def purchase_note(order: Order, programme: Programme) -> str:
    return f"{programme.name} 出资 {yuan(order.price_fen)}：{order.title}"


def purchase_asked(order: Order, programme: Programme, zone: ZoneInfo) -> str:
    return (
        f"{order.no} 客户申请政府购买：{programme.name}全额出资 {yuan(order.price_fen)}，"
        "受益方是客户，验收仍由客户做。\n"
        f"同意回“同意三方 {order.no}”，不同意回“不同意三方 {order.no} 理由”；"
        f"最晚 {when(order.pay_by, zone)}。"
    )


def purchase_agreed(order: Order, part: PublicPart) -> str:
    if part.is_agreed:
        return f"{order.no} 三方都同意了，{yuan(order.price_fen)} 已进托管，各方都通知了。"
    waits = "服务商" if part.provider_id is None else "主管部门"
    return f"{order.no} 记下了，还等{waits}同意。回“进度 {order.no}”随时看。"


def purchased(order: Order, programme: Programme) -> str:
    return (
        f"{order.no} 三方都同意了：{programme.name}出资的 {yuan(order.price_fen)} 已在托管里，"
        "谁也动不了。\n"
        f"轮到服务商开工，交付后由您验收才付款。回“进度 {order.no}”随时看。"
    )


def purchase_declined(
    order: Order, programme: Programme, reason: str, zone: ZoneInfo, *, by_authority: bool
) -> str:
    who = "主管部门" if by_authority else "服务商"
    why = f"（{reason}）" if reason else ""
    return (
        f"{order.no} {who}没有同意政府购买{why}，占着的额度已放回。\n"
        f"可以自己付 {yuan(order.due_fen)}，{when(order.pay_by, zone)} 前回“付款 {order.no}”；"
        f"不做了回“取消 {order.no}”。"
    )


def declined_told(order: Order) -> str:
    return f"{order.no} 记下了，告诉客户改用别的方式付。"


def published(
    order: Order, programme: Programme, winner: str, until: datetime, zone: ZoneInfo
) -> str:
    return (
        f"公示：{order.no} {order.title} 拟由{programme.name}出资 {yuan(order.price_fen)}，"
        f"成交供应商 {winner}，公示到 {when(until, zone)}。\n"
        f"有异议回“质疑 {order.no} 理由”，公示期内有效，同事会答复。"
    )


def objected(order: Order, *, fresh: bool) -> str:
    if not fresh:
        return f"{order.no} 您已经质疑过了，答复后我告诉您。要补充回“人工”。"
    return f"{order.no} 质疑已记下，答复前不会出资。有结果我告诉您。"


def objection_note(provider: str, reason: str) -> str:
    return f"{provider}：{reason[:80]}"


def objection_answered(order: Order, answer: str, *, upheld: bool) -> str:
    how = "成立，这一单不走政府购买了" if upheld else "不成立"
    return f"{order.no} 的质疑{how}：{answer}。不服可以向财政部门投诉，回“人工”问怎么办。"


def answered(order: Order, count: int, *, upheld: bool) -> str:
    end = "政府购买已撤下，客户知道了" if upheld else f"公示结束后可以“同意出资 {order.no}”"
    return f"{order.no} {count} 条质疑已答复，质疑人都通知了；{end}。"


OBJECT_HOW = "质疑要写理由，例如“质疑 {no} 成交方没有这个资质”。"
ANSWER_HOW = "答复要写理由，质疑人会看到，例如“驳回质疑 {no} 资质已核对原件”。"
