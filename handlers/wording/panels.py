"""Words about panels: for staff who name them, for their members, and for both sides."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.wording.dates import when
from handlers.wording.disputes import SIDE_WORDS, percent
from handlers.wording.judging import split
from handlers.wording.refusals import CONFLICT_WORDS
from handlers.wording.rule_sheets import rule_sheet
from market.disputes import Decision, Dispute
from market.money import yuan
from market.orders import Order
from market.panels import SEATS, Conflict, Seat
from market.policy import Policy
from market.processes import Party

_MARKS = "①②③"
_REASON_SHOWN = 60


def votes(seats: Sequence[Seat]) -> str:
    """All votes without names, the smallest first: nobody reads who voted how from their order."""
    given = sorted((seat for seat in seats if seat.refund_bp is not None), key=_rate)
    told = "；".join(
        f"{mark}退 {percent(_rate(seat))}，{seat.reason[:_REASON_SHOWN]}"
        for mark, seat in zip(_MARKS, given, strict=False)
    )
    return f"专家组三票取中间：{told}"


def _rate(seat: Seat) -> int:
    assert seat.refund_bp is not None, "a vote has its rate"
    return seat.refund_bp


def choose(
    dispute: Dispute,
    order: Order,
    free: Sequence[str],
    bound: Sequence[tuple[str, Conflict]],
    sitting: Sequence[tuple[str, bool]],
) -> str:
    lines = [
        f"{dispute.no}（{order.no} {yuan(order.unreleased_fen)}）要三人专家组表决，取中间一票。"
    ]
    if sitting:
        seated = "、".join(f"{name}{'（已投）' if voted else ''}" for name, voted in sitting)
        lines.append(f"现在是：{seated}")
    listed = "　".join(f"{number} {name}" for number, name in enumerate(free, start=1))
    lines.append(f"可以请：{listed}" if free else "现在没有可以请的人。")
    if bound:
        told = "；".join(f"{name}（{CONFLICT_WORDS[why]}）" for name, why in bound[:4])
        lines.append(f"要回避：{told}{' 等' if len(bound) > 4 else ''}")
    if len(free) < SEATS and not sitting:
        lines.append("人不够，可请外面的专家：kebao staff invite --role expert --name 姓名")
    lines.append(f"回“专家组 {dispute.no} 1 2 3”，或写三个名字。")
    return "\n".join(lines)


def choose_line(dispute: Dispute) -> str:
    return f"{dispute.no} 可以请谁私聊发您了。"


def who(number: str, name: str) -> str:
    return f"没找到可以请的“{name[:20]}”。回“专家组 {number}”看名单，用上面的数字或写全名。"


def seated(dispute: Dispute, names: Iterable[str], until: datetime, zone: ZoneInfo) -> str:
    return (
        f"{dispute.no} 专家组定了：{'、'.join(names)}，都私聊通知了，双方只知道是三个人。\n"
        f"到 {when(until, zone)} 没投齐我提醒您；要换人再回“专家组 {dispute.no} …”。"
    )


def seated_line(dispute: Dispute) -> str:
    return f"{dispute.no} 专家组定了，已请他们表决。"


def named(dispute: Dispute, order: Order, zone: ZoneInfo, until: datetime) -> str:
    what = "复议" if dispute.instance == 2 else "申诉"
    return (
        f"请您评一件{what} {dispute.no}（{order.title}，托管 {yuan(order.unreleased_fen)}），"
        f"到 {when(until, zone)} 前投票。\n"
        f"先回“案卷 {dispute.no}”看双方材料，再回“投票 {dispute.no} 退60% 理由”。"
        "双方看得到比例和理由，看不到是谁。\n"
        f"和哪一方有关系就回“回避 {dispute.no}”，不用说明。"
    )


def named_for_sides(dispute: Dispute, policy: Policy, zone: ZoneInfo) -> str:
    what = "复议" if dispute.instance == 2 else "申诉"
    return (
        f"{what} {dispute.no} 请了三位与双方没有往来的专家，各自看材料、各投一票。\n"
        f"{rule_sheet(dispute, policy, zone)}\n"
        f"还要补材料现在就发给我，或回“进度 {dispute.no}”。"
    )


def vote_how(number: str) -> str:
    return (
        f"投票要写退给客户的比例和理由，双方看得到，看不到是谁，"
        f"例如“投票 {number} 退60% 缺对应表，核心章节可用”。先看材料回“案卷 {number}”。"
    )


def privately(number: str) -> str:
    return f"{number} 投票请私聊我说，群里不谈。"


def question(dispute: Dispute, would: Decision, policy: Policy, zone: ZoneInfo) -> str:
    return (
        f"您这一票：如果它是中间一票，{split(would)}。\n"
        "如果确认，会记下您的一票，不能改；理由双方看得到，看不到是谁。\n"
        f"{rule_sheet(dispute, policy, zone)}\n确认？"
    )


def voted(dispute: Dispute, count: int) -> str:
    left = SEATS - count
    return (
        f"{dispute.no} 您的一票记下了，谢谢。还差 {left} 票，投齐了通知双方。"
        f"回“进度 {dispute.no}”看到哪了。"
    )


def voted_last(dispute: Dispute, would: Decision) -> str:
    return (
        f"{dispute.no} 您的一票记下了，三票到齐，取中间：{split(would)}，双方都通知了。谢谢，"
        f"回“进度 {dispute.no}”看后来怎样。"
    )


def left(dispute: Dispute) -> str:
    return f"记下了，{dispute.no} 您回避，同事会另请一位。谢谢，别的事回“帮助”。"


def one_left(dispute: Dispute, name: str) -> str:
    return f"{dispute.no} 专家组的{name}回避了，请另请一位"


def silent(dispute: Dispute, names: Iterable[str]) -> str:
    return f"{dispute.no} 专家组还没投齐：{'、'.join(names) or '缺人'}"


def vote_wanted(dispute: Dispute) -> str:
    return (
        f"{dispute.no} 还等您一票。回“案卷 {dispute.no}”看材料，"
        f"再回“投票 {dispute.no} 退60% 理由”；不方便就回“回避 {dispute.no}”。"
    )


def case_file(
    dispute: Dispute,
    order: Order,
    pieces: Sequence[tuple[Party | None, str]],
    *,
    page: int,
    shown: int,
) -> str:
    """One page of what both sides have said, without their names."""
    pages = max(-(-len(pieces) // shown), 1)
    page = min(max(page, 1), pages)
    head = (
        f"{dispute.no} {order.title}，托管 {yuan(order.unreleased_fen)}。"
        f"客户申诉：{dispute.reason[:200]}"
    )
    lines = [head + (f"；复议理由：{dispute.appeal[:200]}" if dispute.appeal else "")]
    first = (page - 1) * shown
    lines += [
        f"{number} {SIDE_WORDS[side] if side else '同事'}：{' '.join(text.split())[:300]}"
        for number, (side, text) in enumerate(pieces[first : first + shown], start=first + 1)
    ]
    more = (
        f"第 {page}/{pages} 页，回“案卷 {dispute.no} {page + 1}”看下一页。" if page < pages else ""
    )
    lines.append(more or f"材料共 {len(pieces)} 条。投票回“投票 {dispute.no} 退60% 理由”。")
    return "\n".join(lines)
