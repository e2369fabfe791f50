"""Words for the service centre."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.wording.dates import when
from handlers.wording.demands import brief_state, budget, card, facts
from market.demands import Demand, DemandStatus
from market.disputes import Decision, Dispute, decide
from market.money import yuan
from market.orders import Order, OrderStatus
from market.parties import Sender
from market.policy import Policy
from matching import ProviderCandidate
from storage.parties import Person
from storage.tasks import Task

NO_BROADCAST = (
    "群发还没开放，这一版先不支持。要单独告诉谁，可以“接管 D1024”直接谈。回“待办”看要处理的。"
)

_KINDS = {
    "confirm_payment": "💰 收款待第二人确认",
    "payment": "💰 等对公转账到账",
    "refund": "💰 应退款",
    "payout": "💰 提现申请",
    "review": "新需求待审",
    "dispute": "🔴 申诉待处理",
    "call": "☎ 提醒没送达，要打电话",
    "human": "🙋 找人工",
    "taken": "正在人工接待",
    "no_bids": "流标，没有报价",
    "provider": "服务商申请入驻",
    "push": "消息送不出去",
    "bug": "🔧 系统出错",
}

_NEXT = {
    "confirm_payment": "核对银行到账后，另一位同事回“确认收款 {subject}”。",
    "payment": "到账后回“收款 {subject} 金额”。",
    "refund": "原路退回后在财务台账登记。",
    "payout": "两位同事核对后转账。",
    "dispute": "看完双方材料回“判 {subject} 退60% 理由”。",
    "call": "打电话后回“延期 {subject} 1天”，或等客户自己回。看电话回“显示 {subject}”。",
    "human": "回“接管 {subject}”开始谈，谈完回“归还”。",
    "taken": "谈完回“归还”。",
    "no_bids": "可以打电话请客户放宽条件，或回“邀 {subject}”找服务商。",
    "provider": "核对资质后运行 kebao providers invite 生成绑定码发给对方。",
    "push": "看日志里的原因；配置问题运行 kebao check --online。",
    "bug": "把这一行和日志里的编号发给运维。",
}


def task_line(task: Task) -> str:
    return f"{_KINDS.get(task.kind, task.kind)} {task.subject}"


def todo(shown: Sequence[Task], total: int, now: datetime) -> str:
    if not total:
        return "现在没有待办。回“帮助”看能做什么。"
    lines = [f"{total} 件待办，按该先办的排："]
    lines += [
        f"{index} {task_line(task)} {task.note[:24]}".rstrip()
        for index, task in enumerate(shown, start=1)
    ]
    lines.append("回数字处理。")
    return "\n".join(lines)


def task_detail(task: Task, now: datetime) -> str:
    hours = int((now - task.opened_at).total_seconds()) // 3600
    waited = f"已等 {hours} 小时" if hours else "刚来"
    step = _NEXT.get(task.kind, "回“待办”看别的。").format(subject=task.subject)
    return f"{task_line(task)}（{waited}）\n{task.note}\n{step}"


def own_turn(order: Order, sender: Sender) -> str:
    """The line for an order that waits for this person; "" if it waits for somebody else."""
    buyer = order.buyer_id == sender.id
    match order.status, buyer:
        case OrderStatus.AWAITING_PAYMENT, True:
            return f"· {order.no} 等您付款 {yuan(order.price_fen)}，回“付款 {order.no}”"
        case OrderStatus.DELIVERED, True:
            return f"· {order.no} 等您验收，回“验收 {order.no}”"
        case OrderStatus.FUNDED, False:
            return f"· {order.no} 等您开工，回“开工 {order.no}”"
        case OrderStatus.IN_PROGRESS, False:
            return f"· {order.no} 等您交付，回“交付 {order.no} …”"
    return ""


def own_choice(demand: Demand) -> str:
    if demand.status is not DemandStatus.OPENED:
        return ""
    return f"· {demand.no} 等您选标，回“比一比 {demand.no}”"


def own_todo(lines: Sequence[str]) -> str:
    if not lines:
        return "现在没有等您办的事。回“我的需求”看进展。"
    more = f"\n还有 {len(lines) - 4} 件，办完再回“待办”。" if len(lines) > 4 else ""
    return "\n".join([f"{len(lines)} 件等您办：", *lines[:4]]) + more


def demand_for_review(demand: Demand, found: Sequence[ProviderCandidate]) -> str:
    lines = [f"{demand.no}「{demand.terms.title}」{facts(demand.terms)}"]
    if demand.terms.text:
        lines.append(f"原话：{demand.terms.text[:100]}".replace("\n", " / "))
    lines.append(f"完整度 {_completeness(demand)}% · {brief_state(demand.status)}")
    if found:
        named = "　".join(
            f"{index} {item.name}（{'、'.join(item.why[:2])}）"
            if index <= 3
            else f"{index} {item.name}"
            for index, item in enumerate(found, start=1)
        )
        lines.append(f"推荐：{named}")
    lines.append(f"回“审 {demand.no} 通过”“审 {demand.no} 驳回 理由”，或“邀 {demand.no} 1 2”。")
    return "\n".join(lines)


def _completeness(demand: Demand) -> int:
    terms = demand.terms
    known = [
        terms.service_code is not None,
        terms.budget_min_fen is not None or terms.budget_max_fen is not None,
        bool(terms.region),
        terms.needed_by is not None,
        bool(terms.details),
    ]
    return 100 * sum(known) // len(known)


def approved(demand: Demand, zone: ZoneInfo) -> str:
    assert demand.closes_at is not None
    return (
        f"{demand.no} 已发布到服务商群（{budget(demand.terms)}），"
        f"{when(demand.closes_at, zone)} 截标，客户已通知。\n要点名回“邀 {demand.no} 1 2”。"
    )


def rejected(demand: Demand) -> str:
    return f"{demand.no} 已驳回，理由已转告客户。回“待办”看下一件。"


def reason_wanted(demand_id: int) -> str:
    return f"驳回要给客户一句理由，例如“审 D{demand_id} 驳回 请补充检测项目”。"


def invitation(demand: Demand, zone: ZoneInfo) -> str:
    assert demand.closes_at is not None
    return (
        f"服务中心邀您报价：{demand.no} {card(demand.terms)[:150]}\n"
        f"{when(demand.closes_at, zone)} 截标，回“报价 {demand.id} 价格 工期”。"
    )


def invited(demand: Demand, told: Sequence[str], silent: Sequence[str], zone: ZoneInfo) -> str:
    assert demand.closes_at is not None
    lines = [f"{demand.no} 邀了 {len(told)} 家，{when(demand.closes_at, zone)} 截标。"]
    if told:
        lines.append("已通知：" + "、".join(told))
    if silent:
        lines.append("没有绑定账号、要打电话的：" + "、".join(silent))
    lines.append("回“待办”看下一件。")
    return "\n".join(lines)


def collect_amount(order_id: int) -> str:
    return f"收到多少？把金额带上，例如“收款 O{order_id} 32000”。"


def judge_how(number: str) -> str:
    return f"裁决要写比例和理由，双方都会看到，例如“判 {number} 退60% 缺对应表，核心章节可用”。"


def judge_question(order: Order, dispute: Dispute, refund_bp: int, policy: Policy) -> str:
    done = decide(order, refund_bp=refund_bp, policy=policy, now=dispute.opened_at)
    return (
        f"如果执行 {dispute.no}：客户退 {yuan(done.refund_fen)}，"
        f"服务商得 {yuan(done.payout_fen)}（已扣佣金），双方都会看到理由，不能撤回。\n"
        "超过 ¥10,000 的单子还要第二位同事同意。确认？"
    )


def judged(number: str, done: Decision | None) -> str:
    if done is None:
        return f"{number} 金额超过 ¥10,000，要另一位同事回“同意 {number}”才执行。"
    return (
        f"{number} 已执行：退客户 {yuan(done.refund_fen)}，付服务商 {yuan(done.payout_fen)}。"
        "双方已通知，回“待办”看下一件。"
    )


def taken_over(person: Person, demands: Sequence[Demand], orders: Sequence[Order]) -> str:
    lines = [f"已静默。{person.name or f'P{person.id}'} 的情况："]
    lines += [f"· {order.no} {order.title}：{brief_state(order.status)}" for order in orders]
    lines += [f"· {d.no} {d.terms.title}：{brief_state(d.status)}" for d in demands]
    lines.append("对方说的话只记录不回。谈完回“归还 交代一句”。")
    return "\n".join(lines[:6])


def back_again(note: str) -> str:
    told = f"刚才同事交代：{note[:100]}。" if note else ""
    return f"我是小科，我回来接着帮您。{told}回“待办”看等您办的事。"


def handed_back(names: Sequence[str]) -> str:
    if not names:
        return "您现在没有接管中的对话。回“待办”看要处理的。"
    return f"已归还：{'、'.join(names)}，我接着回话了。回“待办”看下一件。"


def phone(person: Person) -> str:
    number = person.phone or "没有留电话"
    return f"{person.name or f'P{person.id}'}：{number}（这次查看已留痕）。回“待办”看下一件。"


def extended(demand: Demand, zone: ZoneInfo) -> str:
    until = demand.choose_by if demand.status is DemandStatus.OPENED else demand.closes_at
    what = "选标" if demand.status is DemandStatus.OPENED else "截标"
    assert until is not None
    return f"{demand.no} {what}时间延到 {when(until, zone)}。回“进度 {demand.no}”看详情。"
