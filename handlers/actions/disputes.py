"""Disputes: opened by the buyer, decided by staff, two of them for large sums."""

from dataclasses import replace
from datetime import datetime

from handlers.actions.consortiums import pay_partners
from handlers.actions.gateways import give_back, release
from handlers.actions.orders import CLOCKS
from handlers.actions.parties import LIVE, LIVE_DEMANDS
from handlers.actions.public_money import settle_return, spent_on
from handlers.actions.receipts import issue
from handlers.desk import Desk, ask_second_key, tell, tell_staff
from handlers.wording import disputes as zh_disputes
from handlers.wording import orders as zh
from market.disputes import TWO_KEYS_ABOVE_FEN, Decision, Dispute, decide
from market.doors import Priority
from market.errors import FirstKeyMissing, NotFound, ProposalWaiting, SamePerson, StepNotAllowed
from market.orders import Order, OrderStatus, Step, advance
from market.parties import Sender
from storage.history import Entry
from storage.unit_of_work import UnitOfWork


def open_dispute(
    uow: UnitOfWork, order_id: int, buyer_id: int, reason: str, desk: Desk, now: datetime
) -> tuple[Order, Dispute]:
    """Freeze the order: no clock runs, the money stays where it is."""
    order = uow.orders.lock_for_buyer(order_id, buyer_id)
    order = replace(order, status=advance(order, Step.DISPUTE))
    uow.orders.save(order)
    dispute = uow.disputes.add(order.id, buyer_id, reason, now)
    uow.history.add(order.no, Step.DISPUTE, order.status, now, person_id=buyer_id, note=reason)
    uow.deadlines.clear(order.id, *CLOCKS)
    uow.tasks.open("dispute", dispute.no, now, note=zh.dispute_note(order, reason), urgency=1)
    tell(
        uow,
        order.provider_person_id,
        zh.dispute_for_provider(order, dispute, reason),
        key=f"{dispute.no}:opened",
        priority=Priority.DEADLINE,
        now=now,
    )
    tell_staff(
        uow,
        desk,
        f"🔴 新申诉 {dispute.no}（{order.no}）待处理，回“待办”看。",
        key=f"{dispute.no}:staff",
        priority=Priority.DEADLINE,
        now=now,
    )
    return order, dispute


EVIDENCE = "evidence"
_LOOKED_AT = 50


def dispute_of(uow: UnitOfWork, dispute_id: int, sender: Sender) -> tuple[Dispute, Order]:
    """The dispute for one of its sides, or for staff. Raises NotFound for everybody else."""
    dispute = uow.disputes.lock(dispute_id)
    order = uow.orders.find(dispute.order_id)
    side = sender.id == order.buyer_id or sender.provider_id == order.provider_id
    if not (side or sender.is_staff):
        raise NotFound(dispute.no)
    return dispute, order


def open_dispute_of(uow: UnitOfWork, sender: Sender, *, only: bool) -> Dispute | None:
    """The newest undecided dispute of this person; with `only` if nothing else is live."""
    orders = uow.orders.of_buyer(sender.id, _LOOKED_AT)
    if sender.provider_id is not None:
        orders += uow.orders.of_provider(sender.provider_id, _LOOKED_AT)
    disputed = [order for order in orders if order.status is OrderStatus.DISPUTED]
    if not disputed:
        return None
    if only:
        live = sum(order.status in LIVE for order in orders) + sum(
            demand.status in LIVE_DEMANDS for demand in uow.demands.of_buyer(sender.id, _LOOKED_AT)
        )
        if live != 1:
            return None
    return uow.disputes.undecided_of(max(disputed, key=lambda order: order.id).id)


def add_evidence(uow: UnitOfWork, dispute_id: int, person_id: int, text: str, now: datetime) -> int:
    """Keep what one side says or sends; returns which piece of the dispute's evidence it is.

    Raises:
        StepNotAllowed: it is decided.
    """
    dispute = _lock_undecided(uow, dispute_id)
    uow.history.add(dispute.no, EVIDENCE, "", now, person_id=person_id, note=text)
    return len(evidence_of(uow, dispute))


def evidence_of(uow: UnitOfWork, dispute: Dispute) -> tuple[Entry, ...]:
    return tuple(entry for entry in uow.history.after([dispute.no], 0) if entry.step == EVIDENCE)


def waits_for_answer(uow: UnitOfWork, dispute: Dispute, now: datetime) -> bool:
    """Whether the other side still has time to answer and has not used it."""
    answered = any(entry.person_id != dispute.opened_by for entry in evidence_of(uow, dispute))
    return now < dispute.answer_by and not answered


def propose_decision(
    uow: UnitOfWork,
    dispute_id: int,
    *,
    staff_id: int,
    refund_bp: int,
    reason: str,
    desk: Desk,
    now: datetime,
) -> Decision | None:
    """Decide a dispute; None if the sum is large and a second person must agree first.

    Raises:
        ProposalWaiting: a proposal waits for its second key, which must find what it has read.
    """
    dispute = _lock_undecided(uow, dispute_id)
    if dispute.proposed_by is not None:
        raise ProposalWaiting(dispute.no)
    dispute = replace(dispute, refund_bp=refund_bp, decision=reason, proposed_by=staff_id)
    uow.disputes.save(dispute)
    uow.history.add(dispute.no, "propose", "", now, person_id=staff_id, note=reason)
    order = uow.orders.find(dispute.order_id)
    if order.unreleased_fen <= TWO_KEYS_ABOVE_FEN:
        return _carry_out(uow, dispute, desk, now)
    public = spent_on(uow, order)
    would = decide(order, refund_bp=refund_bp, policy=desk.policy, now=now, public=public)
    proposer = uow.parties.person(staff_id).name
    note = zh_disputes.second_note(dispute, would, proposer)
    uow.tasks.close("dispute", dispute.no, now)
    uow.tasks.open("agree", dispute.no, now, note=note, urgency=0)
    ask_second_key(
        uow,
        desk,
        zh_disputes.second_wanted(dispute, order),
        first=staff_id,
        key=f"{dispute.no}:second-key:{now.isoformat()}",
        now=now,
    )
    return None


def agree_decision(
    uow: UnitOfWork,
    dispute_id: int,
    *,
    staff_id: int,
    reason: str = "",
    desk: Desk,
    now: datetime,
) -> Decision:
    """The second key.

    Raises:
        FirstKeyMissing: nobody has proposed anything.
        SamePerson: whoever proposed it cannot agree to it.
    """
    dispute = _lock_undecided(uow, dispute_id)
    if dispute.proposed_by is None:
        raise FirstKeyMissing(dispute.no)
    if dispute.proposed_by == staff_id:
        raise SamePerson(dispute.no)
    uow.history.add(dispute.no, "agree", "", now, person_id=staff_id, note=reason)
    return _carry_out(uow, dispute, desk, now)


def refuse_decision(
    uow: UnitOfWork, dispute_id: int, *, staff_id: int, reason: str, now: datetime
) -> Dispute:
    """The second person says no, or the first takes it back: it waits to be decided anew.

    Raises:
        FirstKeyMissing: nobody has proposed anything.
    """
    dispute = _lock_undecided(uow, dispute_id)
    proposer = dispute.proposed_by
    if proposer is None:
        raise FirstKeyMissing(dispute.no)
    dispute = replace(dispute, refund_bp=None, decision="", proposed_by=None)
    uow.disputes.save(dispute)
    uow.history.add(dispute.no, "refuse", "", now, person_id=staff_id, note=reason)
    order = uow.orders.find(dispute.order_id)
    uow.tasks.close("agree", dispute.no, now)
    uow.tasks.open(
        "dispute", dispute.no, now, note=zh.dispute_note(order, dispute.reason), urgency=1
    )
    if proposer != staff_id:
        by = uow.parties.person(staff_id).name
        tell(
            uow,
            proposer,
            zh_disputes.refused_for_proposer(dispute, by, reason),
            key=f"{dispute.no}:refused:{now.isoformat()}",
            priority=Priority.MONEY,
            now=now,
        )
    return dispute


def _lock_undecided(uow: UnitOfWork, dispute_id: int) -> Dispute:
    dispute = uow.disputes.lock(dispute_id)
    if dispute.decided_at is not None:
        raise StepNotAllowed(dispute.no, status="decided", step=Step.SETTLE)
    return dispute


def _carry_out(uow: UnitOfWork, dispute: Dispute, desk: Desk, now: datetime) -> Decision:
    assert dispute.refund_bp is not None
    order = uow.orders.lock(dispute.order_id)
    public = spent_on(uow, order)
    done = decide(
        order,
        refund_bp=dispute.refund_bp,
        policy=desk.policy,
        now=now,
        public=public,
        partners=uow.consortiums.of_order(order.id),
    )
    dispute = replace(dispute, decided_at=now)
    uow.orders.save(done.order)
    uow.disputes.save(dispute)
    uow.ledger.post(done.transfers, at=now)
    settle_return(uow, order, done.transfers, now)
    uow.history.add(order.no, Step.SETTLE, done.order.status, now, person_id=dispute.proposed_by)
    uow.tasks.close("dispute", dispute.no, now)
    uow.tasks.close("agree", dispute.no, now)
    if done.money_back_fen:
        note = zh_disputes.refund_note(dispute, done)
        give_back(uow, order, done.money_back_fen, note=note, now=now)
    else:
        release(uow, order, now)
    partners = {one.transfer.key for one in done.division.portions}
    own = [move for move in done.transfers if move.key not in partners]
    receipts = issue(uow, own, order=order, desk=desk, now=now).values()
    pay_partners(uow, order, done.division, desk, now)
    for person_id, provider_id, who in (
        (order.buyer_id, None, "buyer"),
        (order.provider_person_id, order.provider_id, "provider"),
    ):
        theirs = [
            receipt
            for receipt in receipts
            if receipt.movement.concerns(person_id=person_id, provider_id=provider_id)
        ]
        tell(
            uow,
            person_id,
            zh.decision(done.order, dispute, done.refund_fen, done.payout_fen, theirs),
            key=f"{dispute.no}:decided:{who}",
            priority=Priority.MONEY,
            now=now,
        )
    return done
