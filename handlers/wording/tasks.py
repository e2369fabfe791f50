"""Words about the queue: what waits, for how long, whom to call."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.wording.dates import lasting, when
from handlers.wording.refusals import part_of
from market.demands import Demand, runs_until
from market.disputes import Dispute
from market.modes import DemandStatus
from market.money import yuan
from market.orders import Order, OrderStatus
from market.parties import Sender
from storage.parties import Person
from storage.tasks import Task


@dataclass(frozen=True, slots=True)
class Pile:
    """Tasks of one kind, the one to do first in front."""

    kind: str
    tasks: tuple[Task, ...]

    @property
    def first(self) -> Task:
        return self.tasks[0]


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody a task is about; `role` is buyer or provider."""

    role: str
    person: Person


NOBODY_WAITS = "现在没有待办。回“帮助”看能做什么。"
SEEN_PRIVATELY = "明细私聊发您了。"
WHICH_TASK = "这句说的是哪一件？带上编号，例如“已联系 D1024”，或先回“待办”挑一件。"
ONE_BY_ONE = 3  # the first piles have a line each, the rest share one

_KINDS = {
    "confirm_payment": "💰 收款待第二人确认",
    "agree": "💰 裁决待第二人同意",
    "payment": "💰 等对公转账到账",
    "refund": "💰 应退款",
    "payout": "💰 提现申请",
    "reconcile": "💰 对账有差异",
    "bill": "💰 账单没取到",
    "appropriation": "💰 拨款待第二人确认",
    "gateway": "💰 微信支付要人看",
    "dispute": "🔴 申诉待处理",
    "objection": "🔴 质疑待答复",
    "panel": "🔴 专家组缺人或没投齐",
    "call": "☎ 要打电话",
    "human": "🙋 找人工",
    "unanswered": "🙋 接管后久未回话",
    "taken": "正在人工接待",
    "review": "新需求待审",
    "listing": "一口价待审",
    "voucher": "🎟 创新券待审",
    "purchase": "🎟 政府购买待同意",
    "no_bids": "流标，没有报价",
    "provider": "服务商申请入驻",
    "risk": "⚠ 风险提示",
    "push": "消息送不出去",
    "bug": "🔧 系统出错",
}

_NEXT = {
    "confirm_payment": "核对银行到账后，另一位同事回“确认收款 {subject}”。",
    "agree": "核对后由另一位同事回“同意 {subject}”，不同意回“驳回 {subject} 理由”。",
    "payment": "到账后回“收款 {subject} 金额”。",
    "refund": "原路退回后回“退款 {subject} 金额”，另一位同事核对后回“确认退款 {subject}”。",
    "payout": "转完回“已打款 {subject} 金额”，另一位同事核对后回“确认打款 {subject}”。",
    "reconcile": "查清后回“对平 {subject} 原因”；要补记、要退的先办好。回“对账”看全部。",
    "bill": "看网络和商户平台；取到会自动销掉，也可以下载后用 kebao reconcile 导入。",
    "appropriation": "核对银行到账后，另一位同事回“确认拨款 {subject}”。",
    "gateway": "照上面一行办，办好回“已联系 {subject}”销账。",
    "dispute": "先回“案卷 {subject}”看双方材料，再回“判 {subject} 退60% 理由”；"
    "要专家组的回“专家组 {subject}”。",
    "objection": "回“驳回质疑 {subject} 理由”或“质疑成立 {subject} 理由”，质疑人会看到。",
    "panel": "催一下，或回“专家组 {subject}”另请人。",
    "human": "回“接管 {subject}”开始谈，谈完回“归还”。",
    "unanswered": "直接打字就会转给对方；谈完回“归还”。",
    "taken": "直接打字就会转给对方；谈完回“归还”。",
    "voucher": "回“发券 {subject} 金额”或“不发券 {subject} 理由”，另一位同事“确认发券 {subject}”。",
    "purchase": "主管部门同意就回“同意出资 {subject}”，不同意回“不出资 {subject} 理由”。",
    "listing": "回“审 {subject} 通过”或“审 {subject} 驳回 理由”。",
    "no_bids": "打电话请客户放宽条件，或回“邀 {subject}”找服务商。",
    "provider": "核对资质后运行 kebao providers invite 生成绑定码发给对方。",
    "risk": "看完回“已联系 {subject}”销账。",
    "push": "看日志里的原因；配置问题运行 kebao check --online。",
    "bug": "把这一行和日志里的编号发给运维。",
}
_NO_KEYS = {"reconcile", "bill"}  # one colleague finds out, nothing is booked
_CALL = "打完回“已联系”“未接通”或“延期 1 天”。"
_ROLES = {"buyer": "客户", "provider": "服务商"}


def pile_label(pile: Pile) -> str:
    """``新需求待审 ×2``, ``☎ 要打电话 D1019``"""
    name = _KINDS.get(pile.kind, pile.kind)
    return f"{name} ×{len(pile.tasks)}" if len(pile.tasks) > 1 else f"{name} {pile.first.subject}"


def todo(piles: Sequence[Pile], now: datetime) -> str:
    total = sum(len(pile.tasks) for pile in piles)
    lines = [f"{total} 件待办，按“钱 > 期限 > 等着的人 > 审核”排："]
    numbered = [f"{index} {pile_label(pile)}" for index, pile in enumerate(piles, start=1)]
    for line, pile in zip(numbered[:ONE_BY_ONE], piles, strict=False):
        lines.append(f"{line}　{shortened(pile.first.note)}（{waited(pile.first, now)}）")
    if len(numbered) > ONE_BY_ONE:
        lines.append("　".join(numbered[ONE_BY_ONE:]))
    lines.append("回数字处理。")
    return "\n".join(lines)


def shortened(text: str, most: int = 24) -> str:
    """The beginning of a note, parted where people pause and never inside a number."""
    if len(text) <= most:
        return text
    pauses = [found.end() for found in re.finditer(r"[ ，。；：、,;:](?!\d)", text[:most])]
    if pauses and pauses[-1] > most // 2:
        return text[: pauses[-1]].rstrip(" ，。；：、,;:") + "…"
    return re.sub(r"[¥A-Za-z\d.,]+$", "", text[:most]).rstrip() + "…"


def todo_line(piles: Sequence[Pile]) -> str:
    total = sum(len(pile.tasks) for pile in piles)
    return f"{total} 件待办，{SEEN_PRIVATELY}回数字处理。"


def waited(task: Task, now: datetime) -> str:
    length = now - task.opened_at
    return f"已等 {lasting(length)}" if length.total_seconds() >= 60 else "刚来"


def task_card(
    task: Task,
    contacts: Sequence[Contact],
    *,
    due: datetime | None,
    left: int,
    zone: ZoneInfo,
    now: datetime,
) -> str:
    """What it is, how long it waits, whose phone, what to say next."""
    name = _KINDS.get(task.kind, task.kind)
    lines = [f"{name} {task.subject}（{waited(task, now)}）"]
    until = f"；{when(due, zone)} 到期" if due is not None else ""
    lines.append(f"{task.note}{until}")
    if contacts:
        who = "　".join(f"{_ROLES[c.role]} {_name(c.person)} {masked(c.person)}" for c in contacts)
        lines.append(f"{who}（回“显示 {task.subject}”看全号，会留痕）")
    lines.append(_NEXT.get(task.kind, _CALL).format(subject=task.subject))
    if left:
        lines.append(f"同类还有 {left} 件，办完回“待办”。")
    return "\n".join(line for line in lines if line)


def task_line(task: Task) -> str:
    return f"{_KINDS.get(task.kind, task.kind)} {task.subject}，{SEEN_PRIVATELY}"


def masked(person: Person) -> str:
    """``138****3456``"""
    phone = person.phone
    if not phone:
        return "没留电话"
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****"


def phones(contacts: Sequence[Contact]) -> str:
    shown = "　".join(
        f"{_ROLES[c.role]} {_name(c.person)}：{c.person.phone or '没留电话'}" for c in contacts
    )
    return f"{shown}（这次查看已留痕）。打完回“已联系”“未接通”或“延期 1 天”。"


def _name(person: Person) -> str:
    return person.name or f"P{person.id}"


def closed(task: Task) -> str:
    return f"记下了，{task.subject} 已联系，这件销了。回“待办”看下一件。"


def money_first(task: Task) -> str:
    """Money is not settled by saying that somebody was called."""
    if task.kind in _NO_KEYS:
        return f"{task.subject} 是钱的事，打过电话不算办完。" + _NEXT[task.kind].format(
            subject=task.subject
        )
    return f"{task.subject} 是钱的事，要两位同事各记一笔，打过电话不算办完。" + _NEXT[
        task.kind
    ].format(subject=task.subject)


def ring_again(task: Task, again: datetime, zone: ZoneInfo) -> str:
    return f"记下了，{task.subject} 未接通，{when(again, zone)} 再提醒。回“待办”看下一件。"


def put_off(task: Task, until: datetime, zone: ZoneInfo) -> str:
    return f"{task.subject} 这件推到 {when(until, zone)} 再办。回“待办”看下一件。"


def extended(demand: Demand, zone: ZoneInfo) -> str:
    until = runs_until(demand)
    what = "选标" if demand.status is DemandStatus.OPENED else "截标"
    assert until is not None, "the time that was moved is there"
    return f"{demand.no} {what}时间延到 {when(until, zone)}。回“进度 {demand.no}”看详情。"


def own_order(order: Order, sender: Sender) -> str:
    """The line for an order that waits for this person; "" if it waits for somebody else."""
    buyer = order.buyer_id == sender.id
    match order.status, buyer:
        case OrderStatus.AWAITING_PAYMENT, True:
            return f"· {order.no} 等您付款 {yuan(order.price_fen)}，回“付款 {order.no}”"
        case OrderStatus.DELIVERED, True:
            return f"· {order.no} 等您验收{part_of(order)}，回“验收 {order.no}”"
        case OrderStatus.FUNDED, False:
            return f"· {order.no} 等您开工，回“开工 {order.no}”"
        case OrderStatus.IN_PROGRESS, False:
            return f"· {order.no} 等您交付{part_of(order)}，回“交付 {order.no} …”"
    return ""


def own_ruling(dispute: Dispute, zone: ZoneInfo) -> str:
    assert dispute.appeal_by is not None, "it waits for what both sides say"
    until = when(dispute.appeal_by, zone)
    return f"· {dispute.no} 裁决等您接受或复议，到 {until}，回“进度 {dispute.no}”"


def own_contract(order: Order) -> str:
    return f"· {order.no} 等您看分期，回“合同 {order.no}”"


def own_demand(demand: Demand, *, amended: bool) -> str:
    if amended:
        return f"· {demand.no} 等您看修改，回“同意修改 {demand.no}”或“不同意 {demand.no}”"
    if demand.status is not DemandStatus.OPENED:
        return ""
    return f"· {demand.no} 等您选标，回“比一比 {demand.no}”"


def own_todo(lines: Sequence[str]) -> str:
    if not lines:
        return "现在没有等您办的事。回“我的需求”看进展。"
    more = f"\n还有 {len(lines) - 4} 件，办完再回“待办”。" if len(lines) > 4 else ""
    return "\n".join([f"{len(lines)} 件等您办：", *lines[:4]]) + more
