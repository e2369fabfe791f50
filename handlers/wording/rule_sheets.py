"""“如果…会…”: what each way out of a dispute's state leads to, said before anybody takes it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.wording.dates import lasting, when
from market.disputes import Dispute, DisputeStep
from market.policy import Policy
from market.processes import Party
from market.prospects import Prospect, prospects

_COUNTED = {1: "同事裁决", 2: "两位同事都同意裁决"}
_BOTH = "双方都 "


def rule_sheet(
    dispute: Dispute, policy: Policy, zone: ZoneInfo, *, side: Party | None = None
) -> str:
    """A line for each way that is open, with its date; none of a side's own once it accepted."""
    settled = side is not None and dispute.accepted_at(side) is not None
    return "\n".join(
        sentence(one, dispute.no, policy, zone, until=dispute.appeal_by)
        for one in prospects(dispute.process, dispute.status)
        if not settled or one.way.step is DisputeStep.EXECUTE
    )


def sentence(
    one: Prospect, no: str, policy: Policy, zone: ZoneInfo, *, until: datetime | None = None
) -> str:
    """``如果回“复议 J88 理由”，会让原裁决作废，由没判过的人重裁；只有这一次，结果是最终的。``"""
    return f"如果{_if(one, no, policy, zone, until)}，{_then(one, policy)}。"


def _if(one: Prospect, no: str, policy: Policy, zone: ZoneInfo, until: datetime | None) -> str:
    way = one.way
    if way.by == (Party.PANEL,):
        return "三位专家都投了票（取中间一票）"
    if one.people:
        return _COUNTED[one.people]
    words = way.says.removeprefix(_BOTH).replace("J…", no)
    said = f"双方都回“{words}”" if way.says.startswith(_BOTH) else f"回“{words}”"
    if not way.after:
        return said
    within = f"到 {when(until, zone)} " if until else f"{lasting(getattr(policy, way.after))}内"
    return f"{said}，或{within}没人复议"


def _then(one: Prospect, policy: Policy) -> str:
    if one.way.step is DisputeStep.ACCEPT:
        return "会放弃您这一方的复议，不能收回"
    if one.way.step is DisputeStep.APPEAL:
        more = "还能再复议" if one.appealable else "只有这一次，结果是最终的"
        return f"会让原裁决作废，由没判过的人重裁；{more}"
    if one.moves_money:
        return "会马上按裁决分钱，不能撤回" + ("" if one.appealable else "，也不能再复议")
    or_appeal = "，或复议一次" if one.appealable else ""
    return f"钱会先不动，{lasting(policy.appeal_window)}内双方可接受{or_appeal}"
