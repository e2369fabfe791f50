"""Words about reviewing demands: doubts, better words, invitations, the buyer's consent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.wording import pots, rewards
from handlers.wording.dates import when
from handlers.wording.demands import brief_state, budget, card, facts
from handlers.wording.tasks import SEEN_PRIVATELY
from market.demands import Demand, Terms
from market.moderation import Doubt, completeness, doubts
from market.modes import DemandStatus
from matching import ProviderCandidate


@dataclass(frozen=True, slots=True)
class Invited:
    """A demand that was pointed out to providers: who was told, and who has no account."""

    demand: Demand
    told: tuple[str, ...]
    silent: tuple[str, ...]


BY_NAME = "点名"
BUYER, COLLEAGUE, CLOCK = "客户", "同事", "系统"
CHANGED_MEANWHILE = "客户自己又改过，请再看一遍"
UNANSWERED_NOTE = "修改发给客户一天没有回，请致电"
TOO_EARLY = "截标时间已经过了或没听懂，请再说一次，例如“截标周四”“截标 11月26日 18点”。"


def demand_for_review(demand: Demand, found: Sequence[ProviderCandidate]) -> str:
    terms = demand.terms
    # Of a reward there is nothing that providers would have to ask about.
    known = "" if terms.reward is not None else f" · 完整度 {completeness(terms)}%"
    lines = [f"{demand.no}「{terms.title}」{facts(terms)}{known} · {brief_state(demand)}"]
    if terms.text:
        lines.append(f"原话：{terms.text[:100]}".replace("\n", " / "))
    lines.append(doubt_line(doubts(terms)))
    if found:
        named = "　".join(
            f"{index} {one.name} {one.score:.2f}（{one.why[0] if one.why else '服务对口'}）"
            for index, one in enumerate(found, start=1)
        )
        lines.append(f"推荐：{named}")
    lines.append(_next_step(demand, bool(found)))
    return "\n".join(lines)


def doubt_line(found: Sequence[Doubt]) -> str:
    if not found:
        return "疑点：没有发现禁用承诺。"
    said = "；".join(f"“{one.words}”（平台禁用承诺）建议改成“{one.instead}”" for one in found[:3])
    return f"疑点：{said}。"


def _next_step(demand: Demand, ranked: bool) -> str:
    if demand.status is not DemandStatus.IN_REVIEW:
        if not demand.is_public:
            return "客户只问了这一家，不能再邀别家。回“待办”看下一件。"
        return f"回“邀 {demand.no} 1 2”点名，或回“待办”看下一件。"
    picks = "，邀 1 2，截标周四" if ranked else "，截标周四"
    if not demand.is_public:
        return f"客户只问了这一家。回“审 {demand.no} 通过”“审 {demand.no} 驳回 理由”。"
    reasons = "；理由回“为什么1”" if ranked else ""
    return f"回“审 {demand.no} 通过”“审 {demand.no} 驳回 理由”，或一次说完“改{picks}”{reasons}。"


def review_line(demand: Demand) -> str:
    return f"{demand.no} 待审，{SEEN_PRIVATELY}"


def reasons(pick: int, one: ProviderCandidate, demand: Demand) -> str:
    facts_ = " · ".join(one.why) or "服务范围对口"
    return (
        f"{pick} {one.name}：{facts_}；匹配分 {one.score:.2f}。\n"
        f"按服务、案例、地区、评分、准时和手上单数排，不收推荐费。回“邀 {demand.no} {pick}”邀请。"
    )


def no_such_pick(demand: Demand, many: int) -> str:
    if not many:
        return f"{demand.no} 还没有可推荐的服务商。回“审 {demand.no} 通过”发到群里。"
    return f"推荐的只有 1–{many}。回“邀 {demand.no} 1”这样点名。"


def which_provider(name: str, found: Sequence[ProviderCandidate]) -> str:
    listed = "　".join(
        f"{index} {one.name}（{'、'.join(one.why[:2]) or '没有案例'}）"
        for index, one in enumerate(found, start=1)
    )
    return f"“{name[:20]}”可能是：{listed}\n回数字选一家；都不是就把名称说全一点。"


def approved(demand: Demand, zone: ZoneInfo) -> str:
    if demand.status is DemandStatus.UNPAID:
        return (
            f"{demand.no} 审核通过，等客户付{pots.what(demand.terms)}，付了自动发布，客户已通知。"
            "回“待办”看下一件。"
        )
    assert demand.closes_at is not None, "a published demand closes some time"
    if not demand.is_public:
        return (
            f"{demand.no} 已发给{demand.terms.named}，只有它看得到，"
            f"{when(demand.closes_at, zone)} 前等它答复，客户已通知。回“待办”看下一件。"
        )
    return (
        f"{demand.no} 已发布到服务商群（{budget(demand.terms)}），"
        f"{when(demand.closes_at, zone)} 截标，客户已通知。\n要点名回“邀 {demand.no} 1 2”。"
    )


def approved_line(demand: Demand) -> str:
    then = "等客户付款" if demand.status is DemandStatus.UNPAID else "已发布"
    return f"{demand.no} 审核通过，{then}。"


def rejected(demand: Demand) -> str:
    return f"{demand.no} 已驳回，理由已转告客户。回“待办”看下一件。"


def which_review(waiting: Sequence[str]) -> str:
    if not waiting:
        return "现在没有等审的需求。回“待办”看别的。"
    listed = "、".join(waiting[:5]) + ("…" if len(waiting) > 5 else "")
    return f"等审的有 {listed}。说哪一个，例如“审 {waiting[0]}”先看，“审 {waiting[0]} 通过”直接过。"


def reason_wanted(demand_id: int) -> str:
    return f"驳回要给客户一句理由，例如“审 D{demand_id} 驳回 请补充检测项目”。"


def invitation(demand: Demand, zone: ZoneInfo) -> str:
    assert demand.closes_at is not None, "a published demand closes some time"
    return (
        f"服务中心邀您{'报价' if demand.terms.reward is None else '参加'}："
        f"{demand.no} {card(demand.terms)[:150]}\n"
        f"{when(demand.closes_at, zone)} 截止，回“{rewards.how_to_answer(demand)}”。"
    )


def invited(done: Invited, zone: ZoneInfo) -> str:
    closes_at = done.demand.closes_at
    if closes_at is None:
        return approved(done.demand, zone)
    lines = [f"{done.demand.no} 邀了 {len(done.told)} 家，{when(closes_at, zone)} 截标。"]
    if done.told:
        lines.append("已通知：" + "、".join(done.told))
    if done.silent:
        lines.append("没有绑定账号、要打电话的：" + "、".join(done.silent))
    lines.append("回“待办”看下一件。")
    return "\n".join(lines)


def invited_line(done: Invited) -> str:
    return f"{done.demand.no} 已发邀请，{len(done.told)} 家收到。"


def nothing_to_reword(demand: Demand) -> str:
    return f"{demand.no} 没有要改的禁用词。要改别的写“审 {demand.no} 改 新的文字”。"


def still_forbidden(demand: Demand, found: Sequence[Doubt]) -> str:
    return f"{demand.no} 还没改：新文字里{doubt_line(found).removeprefix('疑点：')}请换个说法再发。"


def amend_question(
    demand: Demand,
    terms: Terms,
    names: Sequence[str],
    closes_at: datetime | None,
    zone: ZoneInfo,
) -> str:
    plan = [f"邀 {len(names)} 家（{'、'.join(names)}）"] if names else []
    if closes_at is not None:
        plan.append(f"{when(closes_at, zone)} 截标")
    planned = f"客户同意后马上发布，{'，'.join(plan)}。" if plan else "客户同意后马上发布。"
    return (
        f"{demand.no} 改为：{words(terms)}\n"
        f"客户会先看到修改并确认，不同意就不发。{planned}发给客户？"
    )


def words(terms: Terms) -> str:
    return " · ".join([terms.text[:160].replace("\n", " / "), *terms.details])


def amend_line(demand: Demand) -> str:
    return f"{demand.no} 的修改私聊发您核对了，没问题回“确认”。"


def amendment_sent(demand: Demand) -> str:
    return f"{demand.no} 的修改已发给客户确认，同意后按您定的发布。回“待办”看下一件。"


def amendment_for_buyer(demand: Demand, terms: Terms) -> str:
    changed = "；".join(f"“{one.words}”→“{one.instead}”" for one in doubts(demand.terms)[:3])
    why = f"\n原因：{changed}，结果由主管部门定，谁也不能承诺。" if changed else ""
    return (
        f"{demand.no} 发布前，服务中心建议把文字改成：\n{words(terms)}{why}\n"
        f"您同意才会发布：回“同意修改 {demand.no}”或“不同意 {demand.no}”，可以带上理由。"
    )


def amendment_agreed(done: Invited, zone: ZoneInfo) -> str:
    return f"客户同意了 {done.demand.no} 的修改，已发布。\n{invited(done, zone)}"


def declined_note(reason: str) -> str:
    return f"客户不同意修改{f'：{reason[:80]}' if reason else ''}"


def amendment_declined(demand: Demand, reason: str) -> str:
    return f"{demand.no} {declined_note(reason)}，没有发布。回“审 {demand.no}”再看。"


def kept_own_words(demand: Demand) -> str:
    return (
        f"好，{demand.no} 不按那样改，也还没有发布，同事会再看一遍。\n"
        f"您也可以自己改：回“改 {demand.no} …”。"
    )


def amendment_stale(demand_no: str) -> str:
    return (
        f"{demand_no} 您后来又改过，那份修改不算数了，同事会再看一遍。回“进度 {demand_no}”看进展。"
    )
