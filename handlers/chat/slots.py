"""Filling a demand's form: what a message's words change in the draft."""

import re
from dataclasses import replace
from datetime import date, datetime

from handlers.conversation import Draft, with_terms
from handlers.routing import Heard
from market.demands import Terms
from market.rewards import Reward, RewardKind
from matching import Reading, mask_contacts

TITLE_MOST = 30
TEXT_MOST = 1000
FACTS_MOST = 4

CHOICE_FIRST = re.compile(r"^\s*[1-5]\s*[吧号，,、。]+\s*")


def merge(draft: Draft, reading: Reading) -> Draft:
    """Fill the draft with every slot the message names; the last word counts."""
    slots = reading.slots
    needed_by = slots.deadline
    if isinstance(needed_by, datetime):
        needed_by = needed_by.date()
    merged = with_terms(
        draft,
        region=region_of(reading) or None,
        needed_by=needed_by if isinstance(needed_by, date) else None,
        urgent=slots.urgent or None,
    )
    low, high = slots.budget_min_fen, slots.budget_max_fen
    if low is not None or high is not None:
        note = "约" if slots.budget_approx else ""
        merged = replace(merged, budget_min_fen=low, budget_max_fen=high, budget_note=note)
    elif slots.budget_negotiable:
        merged = replace(merged, budget_min_fen=None, budget_max_fen=None, budget_note="面议")
    counted = slots.spans.get("quantity", "").strip()
    if counted and counted not in " ".join(merged.details) and len(draft.details) < FACTS_MOST:
        merged = replace(merged, details=(*merged.details, counted))
    if merged != draft or not draft.text:
        masked = mask_contacts(reading.normal).text
        merged = replace(merged, text=f"{draft.text}\n{masked}".strip()[:TEXT_MOST])
    return merged


def region_of(reading: Reading) -> str:
    """Province, town and quarter as far as they were said; a zone counts as a quarter."""
    region, zone = reading.slots.region, reading.slots.region_zone
    if not region or not zone:
        return region or zone
    parts = region.split("|")
    return "|".join([*parts[:2], parts[2] if len(parts) > 2 and parts[2] else zone])


def decline(draft: Draft, slot: str) -> Draft:
    """ "不知道" settles a slot without a value: providers will help to find it."""
    match slot:
        case "budget":
            return replace(draft, budget_note="面议")
        case "region":
            return replace(draft, region="不限")
        case _:
            return draft


def terms_of(draft: Draft) -> Terms:
    first = draft.text.splitlines()[0] if draft.text else ""
    if draft.reward:
        return Terms(
            title=first[:TITLE_MOST],
            text=draft.text,
            service_code=draft.service_code,
            details=draft.details,
            reward=Reward(RewardKind(draft.reward), draft.prizes_fen),
        )
    return Terms(
        title=draft.service_name or first[:TITLE_MOST] or "科技服务",
        text=draft.text,
        service_code=draft.service_code,
        budget_min_fen=draft.budget_min_fen,
        budget_max_fen=draft.budget_max_fen,
        budget_note=draft.budget_note,
        region="" if draft.region == "不限" else draft.region,
        needed_by=draft.needed_by,
        urgent=draft.urgent,
        details=draft.details,
        named_id=draft.named_id,
        named=draft.named,
        deposit_fen=draft.deposit_fen or 0,
    )


def draft_of(terms: Terms) -> Draft:
    """The form that these terms were filled in, to be filled in again."""
    return Draft(
        text=terms.text,
        service_code=terms.service_code,
        service_name=terms.title,
        budget_min_fen=terms.budget_min_fen,
        budget_max_fen=terms.budget_max_fen,
        budget_note=terms.budget_note or "面议",
        region=terms.region or "不限",
        needed_by=terms.needed_by,
        urgent=terms.urgent,
        details=terms.details,
        named_id=terms.named_id,
        named=terms.named,
        reward=str(terms.reward.kind) if terms.reward else "",
        prizes_fen=terms.reward.prizes_fen if terms.reward else (),
        deposit_fen=terms.deposit_fen or None,
    )


_NO_FACT = re.compile(
    r"[?？]|吗|呢$|怎么|多少|什么|啥|谁|哪|忽略|无视|规则|管理员|主任|天气|骗|傻|滚|垃圾|"
    r"告你|投诉|发票|合同|帮我问|再来一单|那先这样|哈哈|嘿|^好|^行"
)
_ABOUT_A_JOB = re.compile(
    r"\d|我们|公司|厂|企业|产品|样品|项目|专利|材料|设备|仪器|技术|工艺|标准|要求|用于|用来|"
    r"做|有|是|个|件|份|台|套|型号|行业|尺寸|报告|证书"
)


def is_fact(heard: Heard) -> bool:
    """Whether words that fill no slot tell something about the job, rather than ask or chat."""
    text = heard.reading.normal
    return len(text) >= 3 and not _NO_FACT.search(text) and bool(_ABOUT_A_JOB.search(text))


def add_fact(draft: Draft, reading: Reading) -> Draft:
    """Words without a slot are a fact about the job: kept, in the buyer's own words."""
    fact = CHOICE_FIRST.sub("", mask_contacts(reading.text).text).strip()[:60]
    if not fact or fact in draft.details or len(draft.details) >= FACTS_MOST:
        return draft
    return replace(
        draft,
        details=(*draft.details, fact),
        text=f"{draft.text}\n{fact}".strip()[:TEXT_MOST],
    )
