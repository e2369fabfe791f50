"""What staff do with a demand before it is published: approve, reject, reword, invite."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from handlers.actions.demands import approve_demand, reject_demand
from handlers.desk import Desk, tell
from handlers.wording import moderation as zh
from handlers.wording.moderation import Invited
from market.demands import Demand, Terms, advance
from market.doors import Priority
from market.errors import DoneBefore, StepNotAllowed
from market.modes import DemandStatus, DemandStep
from matching import ProviderCandidate
from storage.amendments import Amendment
from storage.unit_of_work import UnitOfWork

ANSWER_WITHIN = timedelta(hours=24)
UNANSWERED = "amendment_unanswered"


def approve(
    uow: UnitOfWork,
    demand_id: int,
    *,
    staff_id: int,
    desk: Desk,
    now: datetime,
    closes_at: datetime | None = None,
) -> Demand:
    """Publish a demand that waits for review.

    Raises:
        DoneBefore: somebody else was first.
    """
    _lock_in_review(uow, demand_id, now)
    uow.amendments.drop(demand_id)
    return approve_demand(
        uow, demand_id, person_id=staff_id, desk=desk, now=now, closes_at=closes_at
    )


def reject(uow: UnitOfWork, demand_id: int, *, staff_id: int, reason: str, now: datetime) -> Demand:
    """Send a demand back with a reason. Raises DoneBefore."""
    _lock_in_review(uow, demand_id, now)
    uow.amendments.drop(demand_id)
    return reject_demand(uow, demand_id, person_id=staff_id, reason=reason, now=now)


def invite(
    uow: UnitOfWork,
    demand_id: int,
    chosen: Sequence[ProviderCandidate],
    *,
    staff_id: int,
    desk: Desk,
    now: datetime,
    closes_at: datetime | None = None,
) -> Invited:
    """Point a demand out to chosen providers; one that waits for review is approved by it.

    Raises:
        StepNotAllowed: it takes no bids any more, or asks one provider alone.
    """
    demand = uow.demands.lock(demand_id)
    if not demand.is_public:
        raise StepNotAllowed(demand.no, status=demand.status, step="invite")
    if demand.status is DemandStatus.IN_REVIEW:
        demand = approve(uow, demand.id, staff_id=staff_id, desk=desk, now=now, closes_at=closes_at)
    if demand.status is not DemandStatus.OPEN:
        raise StepNotAllowed(demand.no, status=demand.status, step="invite")
    reasons = "；".join(f"{one.name}（{'、'.join(one.why)}）" for one in chosen)
    codes = [one.credit_code for one in chosen]
    return _invite(uow, demand, codes, reasons, staff_id=staff_id, desk=desk, now=now)


def _invite(
    uow: UnitOfWork,
    demand: Demand,
    codes: Sequence[str],
    reasons: str,
    *,
    staff_id: int,
    desk: Desk,
    now: datetime,
) -> Invited:
    ids = uow.providers.ids_by_credit_code(codes)
    names = uow.providers.names(ids.values())
    told: list[str] = []
    silent: list[str] = []
    for code in codes:
        if code not in ids:
            continue
        members = uow.parties.member_ids(ids[code])
        for person_id in members:
            tell(
                uow,
                person_id,
                zh.invitation(demand, desk.zone),
                key=f"{demand.no}:invited:{person_id}",
                priority=Priority.BID,
                now=now,
            )
        (told if members else silent).append(names[ids[code]])
    uow.history.add(
        f"{demand.no}/invitations", "invite", "", now, person_id=staff_id, note=reasons[:500]
    )
    return Invited(demand, tuple(told), tuple(silent))


def propose_amendment(
    uow: UnitOfWork,
    demand_id: int,
    *,
    version: int,
    text: str,
    details: tuple[str, ...],
    invited: tuple[str, ...],
    closes_at: datetime | None,
    staff_id: int,
    desk: Desk,
    now: datetime,
) -> Demand:
    """Ask the buyer whether these words may be published instead of theirs.

    Raises:
        DoneBefore: somebody else has dealt with the demand, or changed it, meanwhile.
    """
    demand = _lock_in_review(uow, demand_id, now)
    if demand.version != version:
        raise _done_before(uow, demand, now)
    amendment = Amendment(
        demand.id, demand.version, text, details, invited, closes_at, staff_id, now
    )
    uow.amendments.propose(amendment)
    uow.history.add(
        f"{demand.no}/amendment", "propose", "", now, person_id=staff_id, note=text[:500]
    )
    uow.tasks.close("review", demand.no, now)
    uow.deadlines.set(UNANSWERED, demand.id, now + ANSWER_WITHIN)
    tell(
        uow,
        demand.buyer_id,
        zh.amendment_for_buyer(demand, amended(demand.terms, amendment)),
        key=f"{demand.no}:amendment:{now.isoformat()}",
        priority=Priority.DEADLINE,
        now=now,
    )
    return demand


def agree_amendment(
    uow: UnitOfWork, demand_id: int, buyer_id: int, desk: Desk, now: datetime
) -> Demand | None:
    """The buyer agrees: the new words are published as staff had planned.

    None if the buyer has changed the demand since, so that staff must look again.

    Raises:
        StepNotAllowed: there is nothing to agree to.
    """
    demand, amendment = _lock_amended(uow, demand_id, buyer_id)
    _close_amendment(uow, demand, "agree", buyer_id, "", now)
    if amendment.version != demand.version:
        _look_again(uow, demand, zh.CHANGED_MEANWHILE, now)
        return None
    demand = replace(
        demand,
        terms=amended(demand.terms, amendment),
        status=advance(demand, DemandStep.EDIT),
        version=demand.version + 1,
    )
    uow.demands.save(demand)
    uow.history.add(demand.no, DemandStep.EDIT, demand.status, now, person_id=buyer_id)
    demand = approve_demand(
        uow,
        demand.id,
        person_id=amendment.staff_id,
        desk=desk,
        now=now,
        closes_at=amendment.closes_at,
        tell_buyer=False,  # who hears it as the answer to their agreement
    )
    # Who is to be asked to bid can be asked when there is something to bid on.
    codes = () if demand.status is DemandStatus.UNPAID else amendment.invited
    invited = _invite(uow, demand, codes, "", staff_id=amendment.staff_id, desk=desk, now=now)
    tell(
        uow,
        amendment.staff_id,
        zh.amendment_agreed(invited, desk.zone),
        key=f"{demand.no}:amendment-agreed",
        priority=Priority.STATUS,
        now=now,
    )
    return demand


def decline_amendment(
    uow: UnitOfWork, demand_id: int, buyer_id: int, reason: str, now: datetime
) -> Demand:
    """The buyer keeps their words: staff look again. Raises StepNotAllowed."""
    demand, amendment = _lock_amended(uow, demand_id, buyer_id)
    _close_amendment(uow, demand, "decline", buyer_id, reason, now)
    _look_again(uow, demand, zh.declined_note(reason), now)
    tell(
        uow,
        amendment.staff_id,
        zh.amendment_declined(demand, reason),
        key=f"{demand.no}:amendment-declined:{now.isoformat()}",
        priority=Priority.STATUS,
        now=now,
    )
    return demand


def amendment_unanswered(uow: UnitOfWork, demand_id: int, now: datetime) -> None:
    """The buyer said nothing for a day: staff call them. They can still agree."""
    demand = uow.demands.lock(demand_id)
    if demand.status is DemandStatus.IN_REVIEW and uow.amendments.find(demand_id) is not None:
        uow.tasks.open("call", demand.no, now, note=zh.UNANSWERED_NOTE, urgency=2)


def amended(terms: Terms, amendment: Amendment) -> Terms:
    return replace(terms, text=amendment.text, details=amendment.details)


def _lock_amended(uow: UnitOfWork, demand_id: int, buyer_id: int) -> tuple[Demand, Amendment]:
    demand = uow.demands.lock_for_buyer(demand_id, buyer_id)
    amendment = uow.amendments.find(demand.id)
    if amendment is None or demand.status is not DemandStatus.IN_REVIEW:
        raise StepNotAllowed(demand.no, status=demand.status, step="amendment")
    return demand, amendment


def _close_amendment(
    uow: UnitOfWork, demand: Demand, step: str, buyer_id: int, note: str, now: datetime
) -> None:
    uow.amendments.drop(demand.id)
    uow.deadlines.clear(demand.id, UNANSWERED)
    uow.tasks.close("call", demand.no, now)
    uow.history.add(f"{demand.no}/amendment", step, "", now, person_id=buyer_id, note=note[:200])


def _look_again(uow: UnitOfWork, demand: Demand, note: str, now: datetime) -> None:
    uow.tasks.open("review", demand.no, now, note=f"{demand.terms.title}：{note}", urgency=2)


def _lock_in_review(uow: UnitOfWork, demand_id: int, now: datetime) -> Demand:
    demand = uow.demands.lock(demand_id)
    if demand.status is not DemandStatus.IN_REVIEW:
        raise _done_before(uow, demand, now)
    return demand


def _done_before(uow: UnitOfWork, demand: Demand, now: datetime) -> DoneBefore:
    """Who dealt with it, and when, as the history says."""
    entry = uow.history.latest(
        demand.no, DemandStep.APPROVE, DemandStep.REJECT, DemandStep.WITHDRAW, DemandStep.EDIT
    )
    who = zh.CLOCK
    if entry is not None and entry.person_id == demand.buyer_id:
        who = zh.BUYER
    elif entry is not None and entry.person_id is not None:
        who = uow.parties.person(entry.person_id).name or zh.COLLEAGUE
    return DoneBefore(
        demand.no, status=demand.status, who=who, at=entry.at if entry is not None else now
    )
