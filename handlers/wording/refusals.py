"""What we say when the market says no: own the misunderstanding, name the way out."""

from collections.abc import Mapping
from functools import singledispatch
from typing import Any
from zoneinfo import ZoneInfo

from handlers.wording import checkout_refusals, invoices, rewards, vouchers
from handlers.wording.dates import when
from market import errors
from market.disputes import DisputeStatus
from market.listings import ListingStatus
from market.modes import DemandStatus
from market.money import yuan
from market.negotiations import NegotiationStatus, Side
from market.orders import Order, OrderStatus
from market.panels import Conflict
from market.parties import Sender

DEMAND_WORDS = {
    DemandStatus.IN_REVIEW: "还在审核",
    DemandStatus.UNPAID: "等客户付赏金或定金",
    DemandStatus.OPEN: "正在收报价",
    DemandStatus.OPENED: "已开标，等客户选标",
    DemandStatus.AWARDED: "已成交",
    DemandStatus.REJECTED: "审核没有通过",
    DemandStatus.WITHDRAWN: "已撤回",
    DemandStatus.EXPIRED: "已流标",
    DemandStatus.DECLINED: "对方接不了",
}
# Two tables: expired demands and expired orders share their value, but not their story.
ORDER_WORDS = {
    OrderStatus.AWAITING_PAYMENT: "等客户付款",
    OrderStatus.FUNDED: "已托管，等服务商开工",
    OrderStatus.IN_PROGRESS: "服务商正在做",
    OrderStatus.DELIVERED: "已交付，等客户验收",
    OrderStatus.COMPLETED: "已完成",
    OrderStatus.DISPUTED: "申诉处理中",
    OrderStatus.CANCELLED: "已取消",
    OrderStatus.REFUNDED: "已了结，退款情况看进度",
    OrderStatus.EXPIRED: "超时未付款，已关闭",
}
_IN_PARTS = frozenset(
    {
        OrderStatus.FUNDED,
        OrderStatus.IN_PROGRESS,
        OrderStatus.DELIVERED,
        OrderStatus.DISPUTED,
    }
)
LISTING_WORDS = {
    ListingStatus.IN_REVIEW: "还在审核",
    ListingStatus.LISTED: "在售",
    ListingStatus.REJECTED: "审核没有通过",
    ListingStatus.WITHDRAWN: "已下架",
}
DISPUTE_WORDS = {
    DisputeStatus.OPEN: "申诉处理中",
    DisputeStatus.PROPOSED: "裁决等第二位同事",
    DisputeStatus.VOTING: "专家组在表决",
    DisputeStatus.RULED: "已裁决，还没执行",
    DisputeStatus.APPEALED: "复议中",
    DisputeStatus.APPEAL_PROPOSED: "复议的裁决等第二位同事",
    DisputeStatus.APPEAL_VOTING: "专家组在表决复议",
    DisputeStatus.EXECUTED: "已裁决并执行",
}
_OTHER_WORDS = {
    "refund_paid": "已退款",
    "refund_running": "微信支付正在原路退回",
    "payout_paid": "已打款",
    "nothing_owed": "没有要付的款",
    "prize_won": "这一份已经选中",
    "reconciled": "对平了",
    "asked_by_colleague": "贵司同事已经申请，在审核",
    "had_all": "贵司的额度已经发满",
    "appropriation_waiting": "有另一笔拨款在等第二位同事确认",
    "payment_entered": "转账已由同事录入",
    "purchase_waits": "在等主管部门和服务商同意政府购买",
    "purchase_agreed": "您这一方已经同意过了",
    "standstill_over": "公示已经结束",
    "in_consortium": "您已同意和别家联合投这个标",
    "own_bid": "您自己在这个标上有报价，要联合先撤标",
    "no_objection": "没有等答复的质疑",
}


_NO_NUMBER = {"asked_by_colleague", "had_all", "appropriation_waiting"}

# What is entered first, and the words that enter it.
_FIRST_KEYS = {
    "payment": ("收款", "收款"),
    "refund": ("退款", "退款"),
    "payout": ("打款", "已打款"),
    "voucher": ("金额", "发券"),
    "appropriation": ("拨款", "拨款"),
}


CONFLICT_WORDS = {
    Conflict.SIDE: "是这件申诉的一方",
    Conflict.FIRM: "和客户同一家单位",
    Conflict.RULED: "原裁决有份，复议要没判过的人",
    Conflict.DEALINGS: "半年内和其中一方有报价或订单",
    Conflict.LEFT: "已经退出这次专家组",
}
_NO_APPEAL = {
    "appealed": "已经复议过，一件申诉只有一次，复议的结果是最终的",
    "accepted": "您已经接受裁决，不能再复议",
    "late": "复议的时间已经过了，裁决照说好的执行",
    "small": "是小额速裁，裁决就是最终的，立案时说明过",
}


def part_of(order: Order) -> str:
    """``第 2/3 期``; nothing where it is paid in one, or not under way."""
    if order.milestones == 1 or order.status not in _IN_PARTS:
        return ""
    return f"第 {order.milestone}/{order.milestones} 期"


def stands(order: Order) -> str:
    """Where an order is, in words: ``第 2/3 期，服务商正在做``."""
    part = part_of(order)
    return f"{part}，{ORDER_WORDS[order.status]}" if part else ORDER_WORDS[order.status]


def state(no: str, status: str) -> str:
    """The status of D1024, O2048, L501 or J88 in words."""
    words_of: dict[str, Mapping[Any, str]] = {
        "D": DEMAND_WORDS,
        "F": invoices.WORDS,
        "J": DISPUTE_WORDS,
        "L": LISTING_WORDS,
        "Q": vouchers.STATUSES,
    }
    known: tuple[Mapping[Any, str], ...] = (_OTHER_WORDS, words_of.get(no[:1], ORDER_WORDS))
    return next((words[status] for words in known if status in words), "状态变了")


def explain(refusal: errors.MarketError, zone: ZoneInfo, sender: Sender) -> str:
    """The sentence for a refusal; every one ends with what can be said next."""
    if isinstance(refusal, errors.DoneBefore):
        return (
            f"{refusal.no} {refusal.who}在 {when(refusal.at, zone)} 已经处理过了，"
            f"现在{state(refusal.no, refusal.status)}。回“待办”看下一件。"
        )
    if isinstance(refusal, errors.NotFound):
        return _not_found(refusal, sender)
    if (words := checkout_refusals.explain(refusal, zone)) is not None:
        return words
    return _explain(refusal)


@singledispatch
def _explain(refusal: errors.MarketError) -> str:
    return "这一步现在办不了。回“进度”看看走到哪了，或回“人工”找同事。"


def _not_found(refusal: errors.NotFound, sender: Sender) -> str:
    kinds = {"D": "需求", "O": "订单", "J": "申诉", "K": "对账差异", "Q": "创新券"}
    # A public programme has a code of letters.
    kind = kinds.get(refusal.no[:1], "") if refusal.no[1:2].isdigit() else ""
    found = f"没找到{kind} {refusal.no}。" if kind else f"没找到{refusal.no}。"
    if sender.is_staff:
        return f"{found}核对一下编号，或回“待办”看要处理的。"
    if sender.is_provider:
        return f"{found}回“我的线索”看开着的需求，或回“人工”。"
    return f"{found}回“我的需求”看您名下的单子，或回“人工”。"


@_explain.register
def _(refusal: errors.StepNotAllowed) -> str:
    words = state(refusal.no, refusal.status)
    if refusal.no.startswith("L"):
        return f"{refusal.no} {words}，不能这样操作。回“一口价”看在售的，自己的回“我的上架”。"
    if refusal.no.startswith("F"):
        return f"{refusal.no} 现在{words}，不能这样操作。回“我的发票”看进展。"
    if refusal.no.startswith("K"):
        return f"{refusal.no} 已经{words}，不用再办。回“对账”看还有哪些。"
    if refusal.status in _NO_NUMBER:
        return f"{refusal.no}：{words}。回“创新券”看进度，或回“人工”。"
    if refusal.no.startswith("Q"):
        return f"{refusal.no} 现在{words}，不能这样操作。回“创新券”看您的券，同事回“待办”。"
    if refusal.status == "purchase_waits":
        return f"{refusal.no} {words}，您不用付。想自己付就回“不用券 {refusal.no}”。"
    if refusal.status == "payment_entered":
        return f"{refusal.no} {words}，付款方式不能再变。急的话回“人工”。"
    if refusal.no.startswith("V"):
        return f"{refusal.no} 现在{words}，不能这样操作。回“待办”看下一件。"
    return (
        f"{refusal.no} 现在是“{words}”，不能这样操作。回“进度 {refusal.no}”看轮到谁、下一步是什么。"
    )


@_explain.register
def _(refusal: errors.NotYourRole) -> str:
    if refusal.needed == "provider":
        return "报价要先绑定服务商：把邀请码发给我，例如“绑定 ABCD1234”；还没有就回“开店”。"
    return "这件事要由在岗同事来办，我只认绑定过的账号。要办别的，回“帮助”。"


@_explain.register
def _(refusal: errors.NotUnderstood) -> str:
    return "我没听懂。报价发“报价 1024 8000 10天”，回“我的线索”看开着的，或回“帮助”。"


@_explain.register
def _(refusal: errors.ProposalWaiting) -> str:
    return (
        f"{refusal.no} 已有一份裁决在等第二位同事，不能直接换掉。"
        f"要改先回“驳回 {refusal.no} 理由”撤下，再重新判。"
    )


@_explain.register
def _(refusal: errors.BiddingClosed) -> str:
    return f"{refusal.demand_no} 已经截标，收不了新报价了。回“我的线索”看还开着的。"


@_explain.register
def _(refusal: errors.BidCapReached) -> str:
    return f"{refusal.demand_no} 已收满 {refusal.cap} 份报价。回“我的线索”看还开着的。"


@_explain.register
def _(refusal: errors.WantsWork) -> str:
    return rewards.wants_work(refusal.demand_no)


@_explain.register
def _(refusal: errors.OwnDemand) -> str:
    return f"{refusal.demand_no} 是您自己这边发的，不能给自己报价。回“我的线索”看别的。"


@_explain.register
def _(refusal: errors.OptionNotOffered) -> str:
    return (
        f"{refusal.listing_no} 没有“{refusal.option}”这一项。回“买 {refusal.listing_no}”按原样买，"
        "或直接说要办的事，我请几家报价。"
    )


@_explain.register
def _(refusal: errors.PriceChanged) -> str:
    return (
        f"{refusal.listing_no} 现在是 {yuan(refusal.price_fen)}，还没有下单。"
        f"回“买 {refusal.listing_no}”按现在的价再确认一次。"
    )


@_explain.register
def _(refusal: errors.HeadingRefused) -> str:
    return invoices.refused(refusal.fields)


@_explain.register
def _(refusal: errors.NothingToInvoice) -> str:
    if refusal.over:
        return f"{refusal.order_no} 的钱都退了，没有可开的发票。回“进度 {refusal.order_no}”看明细。"
    return f"{refusal.order_no} 验收后就能开发票，到时回“发票 {refusal.order_no}”。"


@_explain.register
def _(refusal: errors.InvoicedBefore) -> str:
    return f"{refusal.order_no} 已经有发票 {refusal.invoice_no} 了，一单一张。回“我的发票”看进展。"


@_explain.register
def _(refusal: errors.BidsSealed) -> str:
    return (
        f"{refusal.demand_no} 收到 {refusal.count} 份报价，开标前密封，谁都看不到价格。"
        f"要提前开就回“现在开标 {refusal.demand_no}”。"
    )


@_explain.register
def _(refusal: errors.InstalmentsRefused) -> str:
    how = f"回“分期 {refusal.order_no} 3”等分，或“分期 {refusal.order_no} 30% 70%”。"
    if refusal.sum_bp is not None:
        return f"这几期加起来是 {refusal.sum_bp / 100:g}%，要正好 100%。{how}"
    return f"{refusal.order_no} 最多分 6 期，每期至少 1 分钱。{how}"


@_explain.register
def _(refusal: errors.ContractChanged) -> str:
    number = refusal.order_no
    return f"{number} 的合同刚刚有了 v{refusal.version}，还没有按您说的办。先看回“合同 {number}”。"


@_explain.register
def _(refusal: errors.ProposalLimitReached) -> str:
    return (
        f"{refusal.order_no} 的分期已经提过 {refusal.limit} 次了，还没谈拢。"
        f"回“人工”请同事说和，或按现在的合同付款：“合同 {refusal.order_no}”。"
    )


@_explain.register
def _(refusal: errors.NothingToConfirm) -> str:
    return f"{refusal.order_no} 没有等您确认的分期。回“合同 {refusal.order_no}”看现在的合同。"


@_explain.register
def _(refusal: errors.AmountMismatch) -> str:
    return (
        f"{refusal.order_no} 应付 {yuan(refusal.due_fen)}，"
        f"收到的是 {yuan(refusal.got_fen)}，金额对不上，没有入账。核对后再发一次。"
    )


@_explain.register
def _(refusal: errors.PayoutMismatch) -> str:
    return (
        f"{refusal.order_no} 应付出 {yuan(refusal.due_fen)}，"
        f"录的是 {yuan(refusal.got_fen)}，金额对不上，没有入账。核对后再发一次。"
    )


@_explain.register
def _(refusal: errors.SamePerson) -> str:
    return f"{refusal.no} 要由第二位同事确认，自己录的不能自己批。请另一位同事处理。"


@_explain.register
def _(refusal: errors.NotImpartial) -> str:
    return (
        f"{refusal.no} {refusal.name}要回避：{CONFLICT_WORDS[Conflict(refusal.why)]}。"
        "请换没有关系的同事或专家来办，回“待办”看下一件。"
    )


@_explain.register
def _(refusal: errors.PanelNeeded) -> str:
    return (
        f"{refusal.no} 金额大，要三人专家组表决，一个人判不了。回“专家组 {refusal.no}”看可以请谁。"
    )


@_explain.register
def _(refusal: errors.PanelRefused) -> str:
    number = refusal.no
    if refusal.why == "voted":
        return f"{number} 有人已经投了票，投过票的不能换下。回“专家组 {number}”看现在是谁。"
    return f"{number} 的专家组要正好三个不同的人。回“专家组 {number}”看可以请谁。"


@_explain.register
def _(refusal: errors.VotedBefore) -> str:
    return f"{refusal.no} 您已经投过票了，一人一票，不能改。回“进度 {refusal.no}”看到哪了。"


@_explain.register
def _(refusal: errors.AppealRefused) -> str:
    number = refusal.no
    return f"{number} {_NO_APPEAL[refusal.why]}。回“进度 {number}”看明细，有疑问回“人工”。"


@_explain.register
def _(refusal: errors.FirstKeyMissing) -> str:
    if refusal.no.startswith("J"):
        return f"{refusal.no} 还没有等您同意的裁决。先由一位同事回“判 {refusal.no} 退60% 理由”。"
    what, say = _FIRST_KEYS[refusal.of]
    return (
        f"{refusal.no} 还没有人录入{what}。"
        f"先由一位同事回“{say} {refusal.no} 金额”，再由另一位确认。"
    )


@_explain.register
def _(refusal: errors.TakenOver) -> str:
    return f"{refusal.name} 正由{refusal.by}接待。要接手请先请{refusal.by}回“归还”。"


@_explain.register
def _(refusal: errors.CodeRefused) -> str:
    return "这个绑定码没对上：可能用过、过期（24 小时）或打错了。请核对，或回“人工”要一个新的。"


@_explain.register
def _(refusal: errors.InsufficientFunds) -> str:
    if refusal.account.startswith("budget:"):
        return "这个项目的额度不够发这张券，没有发。回“财政资金”看余额。"
    return "余额不够，没有扣。回“积分”看余额，或回“人工”。"


@_explain.register
def _(refusal: errors.IdempotencyMismatch) -> str:
    return "这一笔之前按别的内容处理过了，以第一次为准。回“进度”查看，或回“人工”。"


@_explain.register
def _(refusal: errors.OfferChanged) -> str:
    number, letter = refusal.demand_no, refusal.letter
    return (
        f"{number} 的 {letter} 刚刚改成了 {yuan(refusal.price_fen)}，还没有定。"
        f"回“选{letter} {number}”按新价再确认一次。"
    )


@_explain.register
def _(refusal: errors.MoveNotAllowed) -> str:
    number, letter = refusal.demand_no, refusal.letter
    if refusal.side == Side.PROVIDER:
        return f"{number} 现在没有等您回的还价，您的报价照样有效。回“进度 {number}”看轮到谁。"
    match refusal.status:
        case NegotiationStatus.ASKED:
            return f"{number} 的 {letter} 还没回还价，一回我就告诉您。回“比一比 {number}”看别家。"
        case NegotiationStatus.AGREED:
            return f"{number} 的 {letter} 已经谈成，不再还价。回“选{letter} {number}”定。"
        case _:
            return (
                f"{number} 的 {letter} 现在没有等您答复的还价。"
                f"回“选{letter} {number}”按现价定，或回“议价 {letter} {number}”。"
            )


@_explain.register
def _(refusal: errors.CounterLimitReached) -> str:
    number, letter = refusal.demand_no, refusal.letter
    return (
        f"{number} 的 {letter} 已经还过 {refusal.limit} 轮，不能再还了。"
        f"回“选{letter} {number}”按现价定，或回“比一比 {number}”看别家。"
    )


@_explain.register
def _(refusal: errors.CounterPriceRefused) -> str:
    return (
        f"{refusal.demand_no} 还价要在 {yuan(refusal.least_fen)} 到 {yuan(refusal.most_fen)} 之间，"
        f"{yuan(refusal.price_fen)} 没有转过去。请再说一个完整的数。"
    )
