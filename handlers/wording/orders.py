"""Words about orders: whose move it is, until when, and what happens then."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.desk import Desk
from handlers.wording import demands
from handlers.wording.consortiums import shared
from handlers.wording.dates import lasting, when
from handlers.wording.fees import commission
from handlers.wording.payouts import Split, divided
from handlers.wording.receipts import all_named
from handlers.wording.refusals import ORDER_WORDS, part_of, stands
from market.completion import Completion
from market.demands import Demand
from market.money import Split as Parts
from market.money import yuan
from market.orders import Order, OrderStatus
from market.payments import Cancellation
from market.policy import Policy
from market.receipts import Receipt
from storage.deliveries import Delivery


def created(order: Order, name: str, pay_words: str) -> str:
    return (
        f"定了：{order.no} {order.title}，由 {name} 来做。"
        f"付款即确认合同，先看回“合同 {order.no}”。\n"
        f"{pay_words}"
    )


def won(order: Order, demand: Demand, zone: ZoneInfo) -> str:
    sold = demand.terms.listing_id
    won = f"{demand.no} 您中标了" if sold is None else f"L{sold} {order.title} 卖出一份"
    extras = (
        f"（{'、'.join(demand.terms.details)}）"
        if sold is not None and demand.terms.details
        else ""
    )
    return (
        f"🎉 {won}{extras}，订单 {order.no}，{yuan(order.price_fen)}。\n"
        f"轮到客户付款到托管，最晚 {when(order.pay_by, zone)}；到账我马上叫您开工。"
    )


def started(order: Order, zone: ZoneInfo) -> str:
    due = f"，约定 {when(order.deliver_by, zone)} 前交付" if order.deliver_by else ""
    return f"{order.no} 服务商已开工{due}。交付后我叫您验收。回“进度 {order.no}”随时看。"


def started_provider(order: Order, zone: ZoneInfo) -> str:
    due = f"最晚 {when(order.deliver_by, zone)} 交付，" if order.deliver_by else ""
    return f"{order.no} 已开工，{due}做好回“交付 {order.no} 说明”，文件直接发给我。"


def file_lines(delivery: Delivery, public_url: str) -> str:
    """Where the files are: at most two addresses, the rest counted."""
    shown = [f"{file.name} {public_url}/files/{file.token}" for file in delivery.files[:2]]
    more = len(delivery.files) - len(shown)
    return "\n".join(shown) + (
        f"\n另有 {more} 个文件，回“文件 O{delivery.order_id}”看。" if more else ""
    )


def delivered(order: Order, delivery: Delivery, desk: Desk) -> str:
    assert order.accept_by is not None
    files = f"（{len(delivery.files)} 个文件）" if delivery.files else ""
    what = part_of(order) or f"第 {delivery.version} 版"
    lines = [f"{order.no} 已交付{what}{files}：{delivery.text[:100] or '见文件'}"]
    if delivery.files:
        lines.append(file_lines(delivery, desk.public_url))
    lines.append(
        f"{when(order.accept_by, desk.zone)} 前回“验收 {order.no}”或“退回 {order.no} 理由”；"
        "没回我会再提醒，提醒送达后仍没回才视为通过并付款。"
    )
    return "\n".join(lines)


def delivered_provider(order: Order, delivery: Delivery, desk: Desk) -> str:
    assert order.accept_by is not None
    prints = "、".join(f"{f.name} {f.sha256[:8] or '（未取到内容）'}" for f in delivery.files)
    stored = f"收到 {len(delivery.files)} 个文件（已存指纹 {prints}），" if delivery.files else ""
    what = part_of(order) or f"第 {delivery.version} 版"
    return (
        f"{order.no} {what}：{stored}已交客户。\n"
        f"轮到客户，{lasting(desk.policy.acceptance_window)}内验收，"
        f"最晚 {when(order.accept_by, desk.zone)}。要补就再回“交付 {order.no} …”。"
    )


def accept_question(order: Order) -> str:
    part = part_of(order)
    return (
        f"如果验收 {order.no}{f' {part}' if part else ''}："
        f"托管的 {yuan(order.share_fen)} 付给服务商，不能再退回。确认？"
    )


def released(done: Completion, zone: ZoneInfo) -> str:
    """To the buyer, who has accepted an instalment that is not the last."""
    order = done.order
    return (
        f"{order.no} 第 {done.milestone}/{order.milestones} 期已验收，"
        f"{yuan(done.share_fen)} 已付给服务商。\n"
        f"{_next_part(order, zone)}，{yuan(order.unreleased_fen)} 还在托管；交付后我叫您验收。"
        f"回“进度 {order.no}”随时看。"
    )


def released_by_clock(done: Completion, zone: ZoneInfo) -> str:
    order = done.order
    return (
        f"{order.no} 第 {done.milestone}/{order.milestones} 期验收期已过，我提醒过您，"
        f"按规则视为通过，{yuan(done.share_fen)} 已结算。\n"
        f"{_next_part(order, zone)}，{yuan(order.unreleased_fen)} 还在托管。有问题回“人工”。"
    )


def instalment_received(done: Completion, zone: ZoneInfo, receipts: Iterable[Receipt]) -> str:
    """To the provider, who has more instalments before them."""
    order = done.order
    parts = f"{yuan(done.share_fen)}，佣金 {yuan(done.commission_fen)}"
    money = f"{yuan(done.division.lead_fen)}（{parts}）{shared(done.division.portions)}"
    return (
        f"{order.no} 第 {done.milestone}/{order.milestones} 期验收通过，入账 {money}。\n"
        f"{all_named(receipts)}{_next_part(order, zone)}，做好回“交付 {order.no} …”。"
    )


def _next_part(order: Order, zone: ZoneInfo) -> str:
    due = f"，{when(order.deliver_by, zone)} 前交付" if order.deliver_by else ""
    return f"现在做{part_of(order)}{due}"


def completed(done: Completion) -> str:
    order = done.order
    return (
        f"{order.no} 已完成，款项已付给服务商，您得 {done.points_earned} 积分。\n"
        f"这次满意吗？回“评价 {order.no} 5 文字”（1–5 星），再得积分。"
    )


def accepted_by_clock(done: Completion) -> str:
    order = done.order
    return (
        f"{order.no} 验收期已过，我提醒过您，按规则视为通过，{yuan(done.share_fen)} 已结算；"
        f"您得 {done.points_earned} 积分。有问题回“人工”。"
    )


def payout_received(done: Completion, policy: Policy, receipts: Iterable[Receipt]) -> str:
    order = done.order
    taken = commission(order.fee(policy.fees), order.price_fen)
    stated = f"成交 {yuan(order.price_fen)}，{taken}"
    if order.milestones > 1:
        stated = (
            f"最后一期 {yuan(done.share_fen)}，佣金 {yuan(done.commission_fen)}；全单{stated[2:]}"
        )
    return (
        f"{order.no} 验收通过，入账 {yuan(done.division.lead_fen)}（{stated}）。\n"
        f"{shared(done.division.portions)}{all_named(receipts)}回“提现”申请转出。"
    )


def returned(order: Order, left: int) -> str:
    return (
        f"{order.no} 已退回给服务商修改，3 天内再交；钱还在托管里。\n"
        f"免费修改还剩 {left} 次。不想改了回“申诉 {order.no} 理由”。"
    )


def returned_to_provider(order: Order, reason: str, due: datetime, zone: ZoneInfo) -> str:
    return (
        f"{order.no} 客户请您修改：{reason[:150]}\n"
        f"轮到您，{when(due, zone)} 前再回“交付 {order.no} …”。钱还在托管。"
    )


def no_returns_left(order: Order) -> str:
    return f"{order.no} 约定的免费修改次数用完了。钱还在托管，谁也动不了。\n1 直接申诉　2 人工"


def unhappy(order: Order, left: int) -> str:
    return (
        f"先别急，{order.no} 的 {yuan(order.unreleased_fen)} 还在托管里，谁也动不了。\n"
        "哪一项和说好的不一样？直接说，我记下来当证据。\n"
        f"也可以让服务商免费改（还剩 {left} 次，3 天内）、直接申诉，或叫同事来："
    )


def complaint_noted(order: Order, items: list[str], left: int) -> str:
    noted = "；".join(item[:60] for item in items[-3:])
    return (
        f"记下了 {len(items)} 条：{noted}。\n"
        f"还有就接着说；免费修改还剩 {left} 次（3 天内）。接下来："
    )


def cancel_question(order: Order, kept_fen: int, deposit: Parts | None) -> str:
    """`kept_fen` stays with the provider; `deposit` is where an unpaid order's deposit goes."""
    if deposit is not None:
        money = f"定金退您 {yuan(deposit.rest)}，{yuan(deposit.part)} 按说好的规则给服务商"
    elif not order.funded_at:
        money = "还没付款，没有费用"
    elif kept_fen:
        money = (
            f"托管的钱退您 {yuan(order.unreleased_fen - kept_fen)}，"
            f"{yuan(kept_fen)} 按说好的规则给服务商"
        )
    else:
        money = f"托管的 {yuan(order.unreleased_fen)} 全额退给您"
    if order.funded_at and order.public_fen:
        money += "（其中财政资金按比例退回原处，可以再用）"
    return f"如果取消 {order.no}：{money}，服务商会收到通知，不能恢复。确认？"


def cancelled(done: Cancellation, receipts: Sequence[Receipt], *, by_gateway: bool) -> str:
    """`by_gateway`: it gives the money back by itself."""
    how = "微信支付原路退回" if by_gateway else "同事处理中，3 个工作日内原路退回"
    money = f"退款中：应退 {yuan(done.refund_fen)}，{how}" if done.refund_fen else "没有费用"
    if done.public_fen:
        back = f"财政资金 {yuan(done.public_fen)} 已退回原处"
        money = f"{money}；{back}" if done.refund_fen else back
    return f"{done.order.no} 已取消，{money}。{all_named(receipts)}还要办什么，直接说就行。"


def cancelled_for_provider(done: Cancellation, receipt: Receipt | None) -> str:
    kept = ""
    if receipt is not None:
        kept = f"按规则给您 {yuan(done.kept_fen)}（收据 {receipt.no}），回“提现”可以取。"
    return f"{done.order.no} 客户在开工前取消了，不用做了。{kept}回“我的线索”看新的。"


def refund_note(done: Cancellation) -> str:
    return f"开工前取消，应退客户 {yuan(done.refund_fen)}"


def payment_expired(order: Order) -> str:
    costs = "定金按说好的规则分，明细另发" if order.prepaid_fen else "不收费用"
    return f"{order.no} 到期没有付款，已关闭，{costs}。还要办就重新发需求，或回“人工”。"


def reviewed(order: Order, stars: int) -> str:
    return f"{order.no} 客户给了 {stars} 星。谢谢！回“我的线索”看新的。"


def review_thanks(order: Order, stars: int, earned: int) -> str:
    if earned == 0:
        return f"{order.no} 您评价过了，以第一次为准。回“积分”看余额。"
    return f"谢谢，{order.no} 的 {stars} 星评价记下了，+{earned} 积分。回“积分”看余额。"


def progress(
    order: Order,
    zone: ZoneInfo,
    policy: Policy,
    *,
    as_provider: bool,
    split: Split | None = None,
    funding: Receipt | None = None,
) -> str:
    """`split` is what became of the escrow, for an order that was cancelled or ruled on."""
    head = f"{order.no} {order.title}："
    part = part_of(order)
    held = f"{yuan(order.unreleased_fen)} 在托管" + (f"（收据 {funding.no}）" if funding else "")
    payout = yuan(_payout(order, policy))
    match order.status:
        case OrderStatus.AWAITING_PAYMENT:
            what = "回“付款” 就能付" if not as_provider else "到账我马上叫您"
            return (
                f"{head}轮到客户付款 {yuan(order.due_fen)}，"
                f"最晚 {when(order.pay_by, zone)}，到点没付会关闭。{what}。"
            )
        case OrderStatus.FUNDED:
            what = f"回“开工 {order.no}”" if as_provider else "开工前可回“取消订单”全额退"
            return f"{head}轮到服务商开工，{held}。{what}。"
        case OrderStatus.IN_PROGRESS:
            due = f"，约定 {when(order.deliver_by, zone)} 前" if order.deliver_by else ""
            what = f"做好回“交付 {order.no} …”" if as_provider else "交付后我叫您验收"
            return f"{head}轮到服务商交付{part}{due}，{held}。{what}。"
        case OrderStatus.DELIVERED:
            assert order.accept_by is not None
            until = when(order.accept_by, zone)
            if as_provider:
                return (
                    f"{head}现在轮到客户验收{part}，{held}。"
                    f"若客户到期不回且我已送达提醒，{until} 自动付您 {payout}（已扣佣金）。"
                )
            return (
                f"{head}轮到您验收{part}，最晚 {until}；提醒送达后到点没回视为通过并付款。\n"
                f"{held}。回“验收 {order.no}”或“退回 {order.no} 理由”。"
            )
        case OrderStatus.COMPLETED:
            what = f"已入账 {payout}" if as_provider else f"回“评价 {order.no} 5 文字”留个评价"
            return f"{head}已完成。{what}。"
        case OrderStatus.DISPUTED:
            return f"{head}申诉处理中，{held}，谁也动不了。要补证据直接发给我。"
        case OrderStatus.REFUNDED if split is not None:
            return f"{head}{divided(split)}。回“人工”可问同事。"
        case _:
            return f"{head}{ORDER_WORDS[order.status]}。回“人工”可问同事。"


def _payout(order: Order, policy: Policy) -> int:
    """What the next acceptance brings the provider; of a completed order, what all of them did."""
    fee = order.fee(policy.fees)
    if order.status is OrderStatus.COMPLETED:
        return fee.of(order.price_fen).rest
    before, whole = order.released_fen, order.price_fen
    return fee.of_part(order.share_fen, before_fen=before, whole_fen=whole).rest


def funded_by_deposit(order: Order) -> str:
    return (
        f"定了，订单 {order.no}，定金够付全款，{yuan(order.price_fen)} 已进托管，剩下的退您。\n"
        f"轮到服务商开工。回“进度 {order.no}”随时看。"
    )


def how_it_is_paid(order: Order) -> str:
    """To a provider who would like a part of it earlier."""
    if order.status is OrderStatus.AWAITING_PAYMENT:
        return (
            f"{order.no} 还没付款，可以请客户改成分期，客户确认才行：\n"
            f"回“分期 {order.no} 2”等分，或“分期 {order.no} 30% 70%”。"
        )
    if order.milestones > 1:
        return (
            f"{order.no} 合同分 {order.milestones} 期，现在{stands(order)}；"
            f"这一期 {yuan(order.share_fen)}，验收后付。回“合同 {order.no}”看。"
        )
    return (
        f"{order.no} 合同是一次付，{yuan(order.price_fen)} 在托管，验收后一次结清。\n"
        "已经付款，再改成分期得客户同意，回“人工”请同事去说。"
    )


def start_reminder(order: Order) -> str:
    return f"⏰ {order.no} 客户已付款，等您开工。回“开工 {order.no}”，有困难回“人工”。"


def delivery_reminder(order: Order, zone: ZoneInfo) -> str:
    assert order.deliver_by is not None
    due = when(order.deliver_by, zone)
    return f"⏰ {order.no} 还有 1 天到期（{due}）。做好回“交付 {order.no} …”。"


def delivery_late(order: Order) -> str:
    return f"⏰ {order.no} 已到约定的交付时间，客户在等。回“交付 {order.no} …”，有困难回“人工”。"


def delivery_late_buyer(order: Order) -> str:
    return f"{order.no} 服务商还没交付，我在催了；钱还在托管。要同事介入回“人工”。"


def acceptance_reminder(order: Order, zone: ZoneInfo) -> str:
    assert order.accept_by is not None
    return (
        f"⏰ {order.no} 等您验收，最晚 {when(order.accept_by, zone)}，到点没回视为通过并付款。"
        f"回“验收 {order.no}”或“退回 {order.no} 理由”。"
    )


def what_to_change(order: Order) -> str:
    return f"{order.no} 哪里要改？一句话说清楚，我原样转给服务商，例如“缺知识产权对应表”。"


def how_many_stars(order: Order) -> str:
    return f"{order.no} 给几颗星？回“评价 {order.no} 5 文字”，1–5 星，后面写一句话更好。"


def demand_progress(demand: Demand, bids: int, zone: ZoneInfo, now: datetime) -> str:
    return demands.progress(demand, bids, zone, now)


def call_about_acceptance(order: Order) -> str:
    return f"{order.title} 验收提醒没送达，请致电客户"


def listing(orders: Sequence[Order]) -> str:
    """A provider's orders, newest first."""
    if not orders:
        return "您名下还没有订单。回“我的线索”看开着的需求。"
    lines = [f"· {order.no} {order.title}：{stands(order)}" for order in orders]
    return "\n".join(["您接的订单：", *lines, f"回“进度 {orders[0].no}”看轮到谁。"])
