"""Words about paying."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from handlers.wording.dates import when
from handlers.wording.receipts import all_named, named
from market.money import yuan
from market.orders import Order
from market.pots import Payable, Pot
from market.receipts import Receipt


def ways(order: Payable, zone: ZoneInfo, choices: Sequence[str]) -> str:
    ways_line = "　".join(f"{number} {one}" for number, one in enumerate(choices, start=1))
    return (
        f"{order.no} {order.title}，应付 {yuan(order.due_fen)}，"
        f"{when(order.pay_by, zone)} 前付；{_closes(order)}。\n"
        f"{_held(order)}\n"
        f"怎么付？{ways_line}"
    )


def _held(order: Payable) -> str:
    """What becomes of the money; the rule of a pot was told with its draft."""
    if isinstance(order, Pot):
        return "钱先进托管，付了马上发布，怎么退就按刚才说的规则。"
    prepaid = f"（已扣定金 {yuan(order.prepaid_fen)}）" if order.prepaid_fen else ""
    prepaid += f"（已扣财政资金 {yuan(order.public_fen)}）" if order.public_fen else ""
    return f"钱先进托管{prepaid}，您验收后才付给服务商；开工前取消全额退。"


def _closes(order: Payable) -> str:
    if isinstance(order, Order) and order.prepaid_fen:
        return "到点没付订单会关闭，定金按说好的规则分"
    return "到点没付会关闭，不收费用" if isinstance(order, Pot) else "到点没付订单会关闭，不收费用"


def payment_reminder(order: Payable, zone: ZoneInfo) -> str:
    return (
        f"⏰ {order.no} 还没付款，应付 {yuan(order.due_fen)}，最晚 {when(order.pay_by, zone)}，"
        f"{_closes(order).replace('订单会', '会')}。回“付款 {order.no}”。"
    )


def link(order: Payable, url: str) -> str:
    return (
        f"{order.no} 应付 {yuan(order.due_fen)}，点这里付款：\n{url}\n"
        "付好我马上告诉您。换个方式回“对公转账”。"
    )


def transfer(order: Payable, operator: str) -> str:
    return (
        f"{order.no} 应付 {yuan(order.due_fen)}，对公转账给“{operator}”，备注写 {order.no}。\n"
        "账号以合同附件为准，群里或私聊里报的账号都不要信。\n"
        "到账后由两位同事核对入账，我会发收据给您。"
    )


def expected(order: Payable) -> str:
    return f"应收 {yuan(order.due_fen)}，{order.title} 客户选了对公转账"


def said_to_be_sent(order: Payable, words: str) -> str:
    return f"应收 {yuan(order.due_fen)}，客户说：“{words[:40]}”，{order.title}"


def pressed(order: Payable) -> str:
    return (
        f"{order.no} 已提醒财务核对，应收 {yuan(order.due_fen)}；"
        "两位同事核对到账后我发收据给您。急的话回“人工”。"
    )


def not_seen(order: Payable) -> str:
    return (
        f"{order.no} 还没收到款，应付 {yuan(order.due_fen)}。在线付好几分钟内到；"
        f"转账的话回“对公转账 {order.no}”，我请财务留意。急的话回“人工”。"
    )


def to_confirm(order: Payable) -> str:
    return f"收款 {yuan(order.due_fen)} 等第二人确认，{order.title}"


def second_key_wanted(order: Payable) -> str:
    return (
        f"💰 {order.no} 有同事录入收款，等第二位同事核对银行到账。确认请回“确认收款 {order.no}”。"
    )


def entered(order: Payable) -> str:
    return (
        f"{order.no} 收款 {yuan(order.due_fen)} 已录入，还没有入账。\n"
        f"要另一位同事回“确认收款 {order.no}”才算数。"
    )


def entered_before(order: Payable, by: str) -> str:
    return (
        f"{order.no} 收款{by}已经录过了，金额一致，还没有入账。\n"
        f"您核对过银行到账就回“确认收款 {order.no}”。"
    )


def collect_amount(order_id: int) -> str:
    return f"收到多少？把金额带上，例如“收款 O{order_id} 32000”。"


def booked_line(order: Payable) -> str:
    return f"{order.no} 收款已入托管，双方都通知了。"


def booked(order: Payable, receipts: Sequence[Receipt]) -> str:
    return f"{order.no} 收款已入托管，双方都通知了。{all_named(receipts)}回“待办”看下一件。"


def receipt(order: Payable, issued: Receipt, public: Receipt | None) -> str:
    """`public`: of the public money that joined it."""
    beside = ""
    if public is not None:
        beside = f"财政资金 {yuan(public.movement.amount_fen)} 同时到位（收据 {named(public)}），都"
    return (
        f"收据 {named(issued)}：{order.no} 已付 {yuan(issued.movement.amount_fen)}，"
        f"{beside}在托管里，谁也动不了。\n"
        f"轮到服务商开工，交付后由您验收才付款。回“进度 {order.no}”随时看。"
    )


def escrowed(order: Order, receipt: Receipt) -> str:
    if order.prepaid_fen == order.price_fen:
        return (
            f"🎉 {order.no} {order.title} 客户选中了您，{yuan(order.price_fen)} 已在托管里"
            f"（收据 {named(receipt)}）。\n"
            f"可以开始了，回“开工 {order.no}”，做好回“交付 {order.no} …”。"
        )
    public = f"，其中财政资金 {yuan(order.public_fen)}" if order.public_fen else ""
    return (
        f"{order.no} 客户已付款，{yuan(order.price_fen)} 已托管{public}"
        f"（收据 {named(receipt)}）。\n"
        f"可以开始了，回“开工 {order.no}”。"
    )
