"""Rulings: complete when the last key is turned, told to both sides, and carried out in the end.

The money stays in escrow until both sides have accepted, the time for an appeal is over, or the
ruling is final: on an appeal, and on a small claim. Whoever locks takes the dispute first, then
its order.
"""

from dataclasses import dataclass
from datetime import datetime

from handlers.actions.consortiums import own_part, pay_partners
from handlers.actions.gateways import give_back, release
from handlers.actions.public_money import settle_return, spent_on
from handlers.actions.receipts import issue
from handlers.desk import Desk, tell
from handlers.wording import disputes as zh
from market.disputes import (
    LEAST_NOTICE,
    SIDES,
    Decision,
    Dispute,
    DisputeStatus,
    DisputeStep,
    Ruling,
    decide,
    execute,
    rule,
)
from market.doors import Priority
from market.orders import Order, Step
from market.processes import Party
from storage.unit_of_work import UnitOfWork

RULING_DUE = "ruling_due"  # a deadline of the dispute


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a dispute stands, and how its ruling divides the money, or would."""

    dispute: Dispute
    division: Decision

    @property
    def is_executed(self) -> bool:
        return self.dispute.status is DisputeStatus.EXECUTED

    @property
    def waits_for_second(self) -> bool:
        return self.dispute.status in {DisputeStatus.PROPOSED, DisputeStatus.APPEAL_PROPOSED}


def would(uow: UnitOfWork, dispute: Dispute, order: Order, desk: Desk, now: datetime) -> Decision:
    """How the ruling in it divides the money."""
    assert dispute.refund_bp is not None, "there is a ruling, or a proposal"
    return decide(
        order,
        refund_bp=dispute.refund_bp,
        policy=desk.policy,
        now=now,
        public=spent_on(uow, order),
        partners=uow.consortiums.of_order(order.id),
        recipients=uow.consortiums.splits_of(order.id),
    )


def complete(
    uow: UnitOfWork, dispute: Dispute, *, second: int | None, by: int, desk: Desk, now: datetime
) -> Outcome:
    """All keys are turned: the ruling is carried out, or waits for what both sides say.

    `by` turned the last one. Raises StepNotAllowed.
    """
    assert dispute.refund_bp is not None, "what is decided has its rate"
    uow.disputes.add_ruling(
        Ruling(
            dispute.id, dispute.instance, dispute.refund_bp, dispute.decision,
            dispute.proposed_by, second, now,
        )
    )  # fmt: skip
    for kind in ("dispute", "agree", "panel"):
        uow.tasks.close(kind, dispute.no, now)
    order = uow.orders.lock(dispute.order_id)
    if not dispute.may(DisputeStep.RULE):
        return carry_out(uow, dispute, order, by=by, desk=desk, now=now)
    dispute = rule(dispute, policy=desk.policy, now=now)
    uow.disputes.save(dispute)
    uow.history.add(dispute.no, DisputeStep.RULE, dispute.status, now, person_id=by)
    announce(uow, dispute, order, desk, now)
    return Outcome(dispute, would(uow, dispute, order, desk, now))


def announce(uow: UnitOfWork, dispute: Dispute, order: Order, desk: Desk, now: datetime) -> None:
    """Both read what was decided and what their silence means, until when; the clock is set."""
    assert dispute.appeal_by is not None, "it can be appealed against"
    division = would(uow, dispute, order, desk, now)
    for side, person_id in zip(SIDES, (order.buyer_id, order.provider_person_id), strict=True):
        tell(
            uow,
            person_id,
            zh.ruling(dispute, division, side, desk.policy, desk.zone),
            key=f"{_notice(dispute, side)}:{dispute.appeal_by:%Y%m%d%H%M}",
            priority=Priority.MONEY,
            now=now,
            useless_after=dispute.appeal_by,
        )
    uow.deadlines.set(RULING_DUE, dispute.id, dispute.appeal_by)


def _notice(dispute: Dispute, side: Party) -> str:
    return f"{dispute.no}:ruled:{side}"


def was_warned(uow: UnitOfWork, dispute: Dispute, side: Party, desk: Desk, now: datetime) -> bool:
    """Whether this side's silence counts: it has read of the ruling, or spoken, in good time."""
    if dispute.accepted_at(side) is not None:
        return True
    call = uow.history.latest(f"{dispute.no}/call", "reached")
    if call is not None and dispute.decided_at is not None and call.at >= dispute.decided_at:
        return True
    read_at = uow.outbox.delivered_at(_notice(dispute, side))
    return read_at is not None and now - read_at >= min(LEAST_NOTICE, desk.policy.appeal_window)


def carry_out(
    uow: UnitOfWork,
    dispute: Dispute,
    order: Order,
    *,
    by: int | None,
    desk: Desk,
    now: datetime,
) -> Outcome:
    """Divide the money; `by` None is the clock. Whoever says the last word has the reply."""
    done = would(uow, dispute, order, desk, now)
    dispute = execute(dispute, now)
    uow.orders.save(done.order)
    uow.disputes.save(dispute)
    uow.ledger.post(done.transfers, at=now)
    settle_return(uow, order, done.transfers, now)
    uow.history.add(dispute.no, DisputeStep.EXECUTE, dispute.status, now, person_id=by)
    uow.history.add(order.no, Step.SETTLE, done.order.status, now, person_id=by)
    uow.deadlines.clear(dispute.id, RULING_DUE)
    uow.tasks.close("call", dispute.no, now)
    if done.money_back_fen:
        note = zh.refund_note(dispute, done)
        give_back(uow, order, done.money_back_fen, note=note, now=now)
    else:
        release(uow, order, now)
    receipts = issue(uow, own_part(done.transfers), order=order, desk=desk, now=now).values()
    pay_partners(uow, order, done.division, done.transfers, desk, now)
    for person_id, provider_id, side in (
        (order.buyer_id, None, Party.BUYER),
        (order.provider_person_id, order.provider_id, Party.PROVIDER),
    ):
        if person_id == by:
            continue
        theirs = [
            receipt
            for receipt in receipts
            if receipt.movement.concerns(person_id=person_id, provider_id=provider_id)
        ]
        tell(
            uow,
            person_id,
            zh.executed(dispute, done, theirs),
            key=f"{dispute.no}:executed:{side}",
            priority=Priority.MONEY,
            now=now,
        )
    return Outcome(dispute, done)
