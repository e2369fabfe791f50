"""Staff decide a dispute: one of them, or one proposes and another agrees."""

from dataclasses import replace
from datetime import datetime

from handlers.actions.disputes import lock_undecided
from handlers.actions.impartiality import check_impartial
from handlers.actions.rulings import Outcome, complete, would
from handlers.desk import Desk, ask_second_key, tell
from handlers.wording import judging as zh
from handlers.wording.disputes import note
from market.disputes import Dispute, DisputeStep, Track, propose, refuse
from market.doors import Priority
from market.errors import FirstKeyMissing, PanelNeeded, ProposalWaiting, SamePerson
from storage.unit_of_work import UnitOfWork


def check_judge(uow: UnitOfWork, dispute: Dispute, staff_id: int, now: datetime) -> None:
    """Whether one person may decide this now.

    Raises:
        PanelNeeded: the sum takes a panel.
        ProposalWaiting: a proposal waits for its second key, which must find what it has read.
        NotImpartial: they have an interest in it, or decided it before the appeal.
    """
    if dispute.track is Track.PANEL:
        raise PanelNeeded(dispute.no)
    if dispute.may(DisputeStep.REFUSE):
        raise ProposalWaiting(dispute.no)
    check_impartial(uow, dispute, uow.orders.find(dispute.order_id), staff_id, now)


def propose_decision(
    uow: UnitOfWork,
    dispute_id: int,
    *,
    staff_id: int,
    refund_bp: int,
    reason: str,
    desk: Desk,
    now: datetime,
) -> Outcome:
    """Decide a dispute; if the sum is large, a second person must agree first.

    Raises:
        StepNotAllowed: it is decided.
        PanelNeeded, ProposalWaiting, NotImpartial: see `check_judge`.
    """
    dispute = lock_undecided(uow, dispute_id)
    check_judge(uow, dispute, staff_id, now)
    if not dispute.may(DisputeStep.PROPOSE):
        dispute = replace(dispute, refund_bp=refund_bp, decision=reason, proposed_by=staff_id)
        return complete(uow, dispute, second=None, by=staff_id, desk=desk, now=now)
    dispute = propose(dispute, refund_bp=refund_bp, reason=reason, by=staff_id)
    uow.disputes.save(dispute)
    uow.history.add(
        dispute.no, DisputeStep.PROPOSE, dispute.status, now, person_id=staff_id, note=reason
    )
    order = uow.orders.find(dispute.order_id)
    division = would(uow, dispute, order, desk, now)
    wanted = zh.second_note(dispute, division, uow.parties.person(staff_id).name)
    uow.tasks.close("dispute", dispute.no, now)
    uow.tasks.open("agree", dispute.no, now, note=wanted, urgency=0)
    ask_second_key(
        uow,
        desk,
        zh.second_wanted(dispute, order),
        first=staff_id,
        key=f"{dispute.no}:second-key:{dispute.instance}:{now.isoformat()}",
        now=now,
    )
    return Outcome(dispute, division)


def agree_decision(
    uow: UnitOfWork,
    dispute_id: int,
    *,
    staff_id: int,
    reason: str = "",
    desk: Desk,
    now: datetime,
) -> Outcome:
    """The second key.

    Raises:
        FirstKeyMissing: nobody has proposed anything.
        SamePerson: whoever proposed it cannot agree to it.
        NotImpartial: they have an interest in it, or decided it before the appeal.
    """
    dispute = _lock_proposed(uow, dispute_id)
    if dispute.proposed_by == staff_id:
        raise SamePerson(dispute.no)
    check_impartial(uow, dispute, uow.orders.find(dispute.order_id), staff_id, now)
    uow.history.add(dispute.no, "agree", "", now, person_id=staff_id, note=reason)
    return complete(uow, dispute, second=staff_id, by=staff_id, desk=desk, now=now)


def refuse_decision(
    uow: UnitOfWork, dispute_id: int, *, staff_id: int, reason: str, now: datetime
) -> Dispute:
    """The second person says no, or the first takes it back: it waits to be decided anew.

    Raises:
        FirstKeyMissing: nobody has proposed anything.
        NotImpartial: they have an interest in it, or decided it before the appeal.
    """
    dispute = _lock_proposed(uow, dispute_id)
    proposer = dispute.proposed_by
    assert proposer is not None, "somebody has proposed it"
    order = uow.orders.find(dispute.order_id)
    check_impartial(uow, dispute, order, staff_id, now)
    dispute = refuse(dispute)
    uow.disputes.save(dispute)
    uow.history.add(
        dispute.no, DisputeStep.REFUSE, dispute.status, now, person_id=staff_id, note=reason
    )
    uow.tasks.close("agree", dispute.no, now)
    uow.tasks.open("dispute", dispute.no, now, note=note(order, dispute), urgency=1)
    if proposer != staff_id:
        by = uow.parties.person(staff_id).name
        tell(
            uow,
            proposer,
            zh.refused_for_proposer(dispute, by, reason),
            key=f"{dispute.no}:refused:{dispute.instance}:{now.isoformat()}",
            priority=Priority.MONEY,
            now=now,
        )
    return dispute


def _lock_proposed(uow: UnitOfWork, dispute_id: int) -> Dispute:
    dispute = lock_undecided(uow, dispute_id)
    if not dispute.may(DisputeStep.REFUSE):
        raise FirstKeyMissing(dispute.no)
    return dispute
