"""Words about public money: vouchers, purchases, subsidies, and what authorities pay in."""

from collections.abc import Sequence
from datetime import date

from handlers.wording.dates import last_day
from market.money import yuan
from market.orders import Order
from market.programmes import Appropriation, Programme, ProgrammeKind
from market.public_parts import PublicPart
from market.receipts import Receipt
from market.vouchers import Voucher, VoucherStatus

SHOWN = 3
KINDS = {
    ProgrammeKind.VOUCHER: "创新券",
    ProgrammeKind.PURCHASE: "政府购买",
    ProgrammeKind.SUBSIDY: "后补助",
}
STATUSES = {
    VoucherStatus.ASKED: "审核中",
    VoucherStatus.PROPOSED: "审核中，等复核",
    VoucherStatus.GRANTED: "可用",
    VoucherStatus.REFUSED: "没批",
    VoucherStatus.LAPSED: "已过期",
}
NOTHING_FITS = (
    "按现在登记的政策，这一单没有对得上的创新券、政府购买或后补助。\n"
    "拿不准的我不猜：回“人工”，请同事问园区再答复您。"
)
NO_PROGRAMME = "现在没有可以申请的创新券。有了我会说；想问别的政策回“人工”。"
NO_VOUCHER = "您还没有创新券。有需要报销的单子就问“这单能不能报销”，或回“申请创新券”。"
WHOSE = (
    "申请创新券要知道是哪家企业：发企业名称和统一社会信用代码（18 位）给我，一条发完就行。\n"
    "例如“柳州华成自控有限公司 91450200MA5N000008”。不申请了回“取消”。"
)
NOT_A_FIRM = (
    "没看到对得上的企业名称和信用代码：代码是 18 位，最后一位有校验，抄错一位就不对。\n"
    "照营业执照再发一次，例如“柳州华成自控有限公司 91450200MA5N000008”；不申请了回“取消”。"
)
REASON_WANTED = "不发要写明原因，客户会看到，例如“不发券 {no} 材料缺研发费用说明”。"
AMOUNT_WANTED = "发多少？把金额带上，例如“发券 {no} 15000”。"
PAID_IN_AMOUNT = "到了多少？把金额带上，例如“拨款 {code} 500000”。"


def until(last: date) -> str:
    return f"{last_day(last)}前用"


# --- at checkout ---------------------------------------------------------------------------


def option(number: int, programme: Programme, amount_fen: int, voucher_no: str) -> str:
    """One line of what could help to pay."""
    head = f"{number} " if number else "· "
    match programme.kind:
        case ProgrammeKind.VOUCHER if voucher_no and amount_fen:
            return (
                f"{head}{programme.name}（{voucher_no}）：本单抵 {yuan(amount_fen)}，"
                f"{until(programme.ends_on)}"
            )
        case ProgrammeKind.VOUCHER if voucher_no:
            return f"· {programme.name}（{voucher_no}）：现在抵不了，财政款还没到位或券已用完"
        case ProgrammeKind.VOUCHER:
            return (
                f"{head}{programme.name}：可以申请，最多抵成交价的 {share(programme)}，"
                f"每家 {yuan(programme.per_firm_fen)}"
            )
        case ProgrammeKind.PURCHASE if amount_fen:
            return f"{head}{programme.name}（政府购买）：主管部门同意的话全额出资"
        case ProgrammeKind.PURCHASE:
            return f"· {programme.name}（政府购买）：余额不够这一单"
        case _:
            return (
                f"· {programme.name}（后补助，先付后补）：做完另行申请，最多 {yuan(amount_fen)}，"
                f"{last_day(programme.ends_on)}截止"
            )


def share(programme: Programme) -> str:
    return f"{programme.share_bp / 100:g}%"


def checkout(order: Order, lines: Sequence[str], would: str) -> str:
    return "\n".join((f"{order.no} 按您填的看，这些对得上：", *lines[:SHOWN], would))


def bill(
    price_fen: int, *, public_fen: int, prepaid_fen: int, later_fen: int, name: str = "创新券"
) -> str:
    """``应付 ¥42,000 = 创新券 ¥12,000 + 自付 ¥30,000（其中 ¥9,000 日后可申请后补助）``: adds up."""
    own_fen = price_fen - public_fen - prepaid_fen
    parts = [f"{name} {yuan(public_fen)}"] if public_fen else []
    parts += [f"定金 {yuan(prepaid_fen)}（已付）"] if prepaid_fen else []
    parts.append(f"自付 {yuan(own_fen)}")
    later = f"（其中 {yuan(later_fen)} 日后可申请后补助）" if later_fen else ""
    return f"应付 {yuan(price_fen)} = {' + '.join(parts)}{later}"


def bases(programmes: Sequence[Programme]) -> str:
    """Where it stands, with its address: never a guess."""
    lines = [
        f"· {one.name}：{one.basis or '没有登记依据，以主管部门答复为准'}"
        + (f" {one.link}" if one.link else "")
        for one in programmes[:SHOWN]
    ]
    return "\n".join(("依据：", *lines, "以主管部门解释为准，拿不准回“人工”。"))


def used(order: Order, part: PublicPart, later_fen: int) -> str:
    line = bill(
        order.price_fen,
        public_fen=part.amount_fen,
        prepaid_fen=order.prepaid_fen,
        later_fen=later_fen,
        name=f"创新券 Q{part.voucher_id}",
    )
    return (
        f"{line}。\n"
        f"券先占着，自付的 {yuan(order.due_fen)} 付到才核销；没付成、退款都按比例退回券里。\n"
        f"不用券了回“不用券 {order.no}”。"
    )


def taken_off(order: Order) -> str:
    return f"{order.no} 不用券了，占着的额度已放回，应付 {yuan(order.due_fen)}。"


def no_order() -> str:
    return "现在没有待付款的订单。选定服务商后我会提醒您能不能用券；先看看回“创新券”。"


# --- vouchers ------------------------------------------------------------------------------


def mine(lines: Sequence[str]) -> str:
    return "\n".join(
        ("您的创新券：", *lines[:SHOWN], "付款前回“用券 O2048”抵扣；再申请回“申请创新券”。")
    )


def voucher_line(voucher: Voucher, name: str, left_fen: int) -> str:
    if voucher.status is VoucherStatus.GRANTED and voucher.ends_on is not None:
        return f"· {voucher.no} {name}：剩 {yuan(left_fen)}，{until(voucher.ends_on)}"
    reason = f"（{voucher.reason}）" if voucher.reason else ""
    return f"· {voucher.no} {name}：{STATUSES[voucher.status]}{reason}"


def which(programmes: Sequence[Programme]) -> str:
    lines = [
        f"{number} {one.name}：每家最多 {yuan(one.per_firm_fen)}，{until(one.ends_on)}"
        for number, one in enumerate(programmes[:SHOWN], start=1)
    ]
    return "\n".join(("申请哪一个？", *lines))


def confirm_firm(programme: Programme, firm: str, credit_code: str) -> str:
    return (
        f"申请 {programme.name}：{firm}（{credit_code}）。\n"
        f"每家最多 {yuan(programme.per_firm_fen)}，{until(programme.ends_on)}；"
        "同事核对材料后答复。确认？"
    )


def asked(voucher: Voucher, programme: Programme, *, fresh: bool) -> str:
    if not fresh:
        return f"{voucher.no} 已经在审核了，不用再申请。批了我告诉您；急的话回“人工”。"
    return (
        f"{voucher.no} 已提交：{programme.name}，{voucher.firm}。\n"
        "同事核对后我告诉您批了多少。回“创新券”看进度。"
    )


def granted(voucher: Voucher, programme: Programme) -> str:
    assert voucher.ends_on is not None
    return (
        f"🎟 {voucher.no} 批了：{programme.name} {yuan(voucher.amount_fen)}，"
        f"{until(voucher.ends_on)}，每单最多抵 {share(programme)}。\n"
        "付款前回“用券 O2048”抵扣。"
    )


def refused(voucher: Voucher) -> str:
    return f"{voucher.no} 没批：{voucher.reason}。补齐了再回“申请创新券”，不明白回“人工”。"


def lapsed(voucher: Voucher, left_fen: int) -> str:
    return f"{voucher.no} 到期了，剩下的 {yuan(left_fen)} 已收回，不能再用。回“创新券”看别的。"


def reminder(voucher: Voucher, left_fen: int) -> str:
    assert voucher.ends_on is not None
    return (
        f"⏰ {voucher.no} 还剩 {yuan(left_fen)}，{last_day(voucher.ends_on)}之后收回。"
        "有要办的直接说，例如“做高企认定，预算 3 万”。"
    )


# --- colleagues ----------------------------------------------------------------------------


def asked_note(voucher: Voucher, programme: Programme) -> str:
    return f"{programme.name}：{voucher.firm}（{voucher.credit_code}）申请创新券"


def proposed_note(voucher: Voucher) -> str:
    return f"创新券 {yuan(voucher.amount_fen)} 等第二人确认：{voucher.firm}"


def second_key(voucher: Voucher) -> str:
    return (
        f"🎟 {voucher.no} 有同事拟发创新券，等第二位同事核对材料。确认请回“确认发券 {voucher.no}”。"
    )


def proposed(voucher: Voucher) -> str:
    return (
        f"{voucher.no} 拟发 {yuan(voucher.amount_fen)} 给 {voucher.firm}，还没有生效。\n"
        f"要另一位同事回“确认发券 {voucher.no}”才算数。"
    )


def granted_staff(voucher: Voucher) -> str:
    return (
        f"{voucher.no} 已发 {yuan(voucher.amount_fen)} 给 {voucher.firm}，通知了。"
        "回“待办”看下一件。"
    )


def granted_line(voucher: Voucher) -> str:
    return f"{voucher.no} 已确认，通知了申请人。"


def refused_staff(voucher: Voucher) -> str:
    return f"{voucher.no} 没批，原因告诉申请人了。回“待办”看下一件。"


def appropriation_note(programme: Programme, entered: Appropriation) -> str:
    return f"{programme.name} 拨款 {yuan(entered.amount_fen)} 等第二人确认"


def appropriation_key(programme: Programme) -> str:
    return (
        f"💰 {programme.code} 有同事录入拨款，等第二位同事核对银行到账。"
        f"确认请回“确认拨款 {programme.code}”。"
    )


def entered(programme: Programme, entry: Appropriation) -> str:
    return (
        f"{programme.code} 拨款 {yuan(entry.amount_fen)} 已录入，还没有入账。\n"
        f"要另一位同事回“确认拨款 {programme.code}”才算数。"
    )


def booked(programme: Programme, entry: Appropriation, receipt: Receipt) -> str:
    return (
        f"{programme.code} 拨款 {yuan(entry.amount_fen)} 已入账，专款专用。"
        f"收据 {receipt.no} {receipt.fingerprint}。回“财政资金”看余额。"
    )


def booked_line(programme: Programme) -> str:
    return f"{programme.code} 拨款已入账。"


def overview(lines: Sequence[str]) -> str:
    if not lines:
        return "还没有登记政策。把表格备好用 kebao programmes import 导入，见操作手册。"
    return "\n".join(("财政资金：", *lines[:4], "到账回“拨款 代码 金额”。"))


def programme_line(programme: Programme, *, free_fen: int, paid_in_fen: int) -> str:
    if programme.kind is ProgrammeKind.SUBSIDY:
        return f"· {programme.code} {programme.name}（后补助），{last_day(programme.ends_on)}截止"
    return (
        f"· {programme.code} {programme.name}：额度余 {yuan(free_fen)}，"
        f"到账未用 {yuan(paid_in_fen)}，{until(programme.ends_on)}"
    )
