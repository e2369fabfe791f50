"""What happens when a deadline falls due: one entry per kind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from handlers.actions.appeals import ruling_due
from handlers.actions.bids import tell_of_bids
from handlers.actions.claims import miss_claim, remind_of_claim
from handlers.actions.demands import expire_choice
from handlers.actions.errands import frozen_ends
from handlers.actions.moderation import amendment_unanswered
from handlers.actions.negotiations import lapse_counter
from handlers.actions.openings import open_demand_bids
from handlers.actions.orders import accept_delivery, expire_payment
from handlers.actions.panels import PANEL_SILENT, panel_silent
from handlers.actions.payments import lock_payable
from handlers.actions.receipts import ROOT_DUE, publish_root
from handlers.actions.reconciliation import RECHECK, recheck
from handlers.actions.rulings import RULING_DUE
from handlers.actions.suspensions import lapse_bids
from handlers.actions.takeovers import client_waits, still_nobody
from handlers.actions.vouchers import lapse_voucher, remind_of_voucher
from handlers.desk import Desk, tell
from handlers.wording import demands as zh_demands
from handlers.wording import orders as zh
from handlers.wording import payments as zh_payments
from market.doors import Priority
from market.errands import BY_CODE
from market.modes import DemandStatus
from market.orders import OrderStatus
from storage.deadlines import Deadline
from storage.unit_of_work import UnitOfWork

STAFF_CALL_GRACE = timedelta(days=1)  # how long staff have to reach somebody by telephone

Action = Callable[[UnitOfWork, Deadline, Desk, datetime], None]


def act_on(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> bool:
    """Take a due deadline and act; False if another process has it, or it was moved."""
    kind = deadline.kind.rstrip("0123456789").rstrip("_")
    # What it is about is locked first, as in every turn that sets or clears a deadline.
    LOCKS[kind](uow, deadline.subject_id)
    if not uow.deadlines.take(deadline, now):
        return False
    ACTIONS[kind](uow, deadline, desk, now)
    return True


def _lock_demand(uow: UnitOfWork, demand_id: int) -> None:
    uow.demands.lock(demand_id)


def _lock_order(uow: UnitOfWork, order_id: int) -> None:
    uow.orders.lock(order_id)


def _lock_payable(uow: UnitOfWork, order_id: int) -> None:
    lock_payable(uow, order_id)


def _lock_dispute(uow: UnitOfWork, dispute_id: int) -> None:
    uow.disputes.lock(dispute_id)


def _lock_negotiation(uow: UnitOfWork, negotiation_id: int) -> None:
    bid = uow.bids.find(uow.negotiations.find(negotiation_id).bid_id)
    uow.demands.lock(bid.demand_id)


def _lock_talks(uow: UnitOfWork, person_id: int) -> None:
    for line in uow.conversations.lines_of(person_id):
        uow.conversations.lock_for_turn(line.channel, line.account)


def _lock_receipts(uow: UnitOfWork, _subject_id: int) -> None:
    uow.receipts.lock_head()


def _lock_bill(uow: UnitOfWork, day: int) -> None:
    uow.bills.lock(BY_CODE, [date.fromordinal(day)])


def _lock_voucher(uow: UnitOfWork, voucher_id: int) -> None:
    uow.vouchers.lock(voucher_id)


def _demand_closes(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    demand = uow.demands.lock(deadline.subject_id)
    if demand.status is DemandStatus.OPEN:
        open_demand_bids(uow, demand.id, buyer_id=None, desk=desk, now=now)


def _bids_digest(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    demand = uow.demands.find(deadline.subject_id)
    if demand.status is not DemandStatus.OPEN:
        return
    count = uow.bids.count_placed(demand.id)
    tell_of_bids(uow, demand, desk, key=f"{demand.no}:bids:{count}", now=now)


def _bids_unconfirmed(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    lapse_bids(uow, deadline.subject_id, desk, now)


def _counter_expires(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    lapse_counter(uow, deadline.subject_id, desk, now)


def _choice_reminder(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    demand = uow.demands.find(deadline.subject_id)
    if demand.status is not DemandStatus.OPENED or demand.choose_by is None:
        return
    tell(
        uow,
        demand.buyer_id,
        zh_demands.choice_reminder(demand, uow.bids.count_placed(demand.id), desk.zone),
        key=f"{demand.no}:choice-reminder:{deadline.kind}:{demand.choose_by:%Y%m%d%H}",
        priority=Priority.DEADLINE,
        now=now,
        useless_after=demand.choose_by,
    )


def _choice_expires(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    """Nobody loses a choice unwarned: without a delivered reminder a human calls first."""
    demand = uow.demands.lock(deadline.subject_id)
    if demand.status is not DemandStatus.OPENED:
        return
    warned = uow.outbox.was_delivered(f"{demand.no}:choice-reminder:") or _was_reached(
        uow, demand.no
    )
    if not warned and not _grace_is_over(demand.choose_by, now):
        _ask_staff_to_call(uow, demand.no, zh_demands.call_about_choice(demand), now)
        uow.deadlines.set("choice_expires", demand.id, now + STAFF_CALL_GRACE)
        return
    expire_choice(uow, demand.id, desk, now)


def _payment_expires(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    expire_payment(uow, deadline.subject_id, desk, now)


def _payment_reminder(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    order = uow.orders.find_payable(deadline.subject_id)
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        return
    tell(
        uow,
        order.buyer_id,
        zh_payments.payment_reminder(order, desk.zone),
        key=f"{order.no}:payment-reminder",
        priority=Priority.DEADLINE,
        now=now,
        useless_after=order.pay_by,
    )


def _start_reminder(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    order = uow.orders.find(deadline.subject_id)
    if order.status is OrderStatus.FUNDED:
        _remind_provider(uow, order.provider_person_id, zh.start_reminder(order), deadline, now)
        uow.tasks.open("call", order.no, now, note=f"{order.title} 付款后还没开工", urgency=3)


def _delivery_reminder(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    order = uow.orders.find(deadline.subject_id)
    if order.status is OrderStatus.IN_PROGRESS and order.deliver_by is not None:
        text = zh.delivery_reminder(order, desk.zone)
        _remind_provider(uow, order.provider_person_id, text, deadline, now)


def _delivery_late(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    order = uow.orders.find(deadline.subject_id)
    if order.status is not OrderStatus.IN_PROGRESS:
        return
    _remind_provider(uow, order.provider_person_id, zh.delivery_late(order), deadline, now)
    tell(
        uow,
        order.buyer_id,
        zh.delivery_late_buyer(order),
        key=f"{order.no}:late:{deadline.due_at:%Y%m%d}",
        priority=Priority.DEADLINE,
        now=now,
    )
    uow.tasks.open("call", order.no, now, note=f"{order.title} 逾期未交付", urgency=2)


def _acceptance_reminder(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    order = uow.orders.find(deadline.subject_id)
    if order.status is not OrderStatus.DELIVERED or order.accept_by is None:
        return
    tell(
        uow,
        order.buyer_id,
        zh.acceptance_reminder(order, desk.zone),
        key=f"{_acceptance_key(order.no, order.accept_by)}:{deadline.kind}",
        priority=Priority.DEADLINE,
        now=now,
        useless_after=order.accept_by,
    )


def _acceptance_due(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    """Accept for the buyer only if a reminder has reached them; otherwise a human calls."""
    order = uow.orders.lock(deadline.subject_id)
    if order.status is not OrderStatus.DELIVERED or order.accept_by is None:
        return
    reminded = uow.outbox.was_delivered(_acceptance_key(order.no, order.accept_by))
    if not reminded and not _was_reached(uow, order.no, since=order.delivered_at):
        _ask_staff_to_call(uow, order.no, zh.call_about_acceptance(order), now)
        # The date moves with the reminder: nobody is told of a date that has passed.
        later = now + STAFF_CALL_GRACE
        order = replace(order, accept_by=later)
        uow.orders.save(order)
        tell(
            uow,
            order.buyer_id,
            zh.acceptance_reminder(order, desk.zone),
            key=f"{_acceptance_key(order.no, later)}:again",
            priority=Priority.DEADLINE,
            now=now,
            useless_after=later,
        )
        uow.deadlines.set("acceptance_due", order.id, later)
        return
    uow.orders.save(replace(order, reminded_at=now))
    accept_delivery(uow, order.id, buyer_id=None, desk=desk, now=now)


def _client_waits(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    client_waits(uow, deadline.subject_id, now)


def _still_nobody(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    still_nobody(uow, deadline.subject_id, now)


def _amendment_unanswered(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    amendment_unanswered(uow, deadline.subject_id, now)


def _receipt_root(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    publish_root(uow, desk, now)


def _frozen_ends(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    frozen_ends(uow, deadline.subject_id, desk, now)


def _bill_recheck(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    recheck(uow, date.fromordinal(deadline.subject_id), now)


def _voucher_lapses(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    lapse_voucher(uow, deadline.subject_id, now)


def _voucher_reminder(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    remind_of_voucher(uow, deadline.subject_id, now)


def _claim_reminder(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    remind_of_claim(uow, deadline.subject_id, desk, now)


def _claim_missed(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    miss_claim(uow, deadline.subject_id, now)


def _ruling_due(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    ruling_due(uow, deadline.subject_id, desk, now)


def _panel_silent(uow: UnitOfWork, deadline: Deadline, desk: Desk, now: datetime) -> None:
    panel_silent(uow, deadline.subject_id, desk, now)


def _acceptance_key(order_no: str, accept_by: datetime) -> str:
    return f"{order_no}:accept-reminder:{accept_by:%Y%m%d%H%M}"


def _remind_provider(
    uow: UnitOfWork, person_id: int, text: str, deadline: Deadline, now: datetime
) -> None:
    key = f"O{deadline.subject_id}:{deadline.kind}:{deadline.due_at:%Y%m%d%H}"
    tell(uow, person_id, text, key=key, priority=Priority.DEADLINE, now=now)


def _ask_staff_to_call(uow: UnitOfWork, subject: str, note: str, now: datetime) -> None:
    uow.tasks.open("call", subject, now, note=note, urgency=0)


def _was_reached(uow: UnitOfWork, subject: str, *, since: datetime | None = None) -> bool:
    """Whether a colleague has spoken with them by telephone."""
    call = uow.history.latest(f"{subject}/call", "reached")
    return call is not None and (since is None or call.at >= since)


def _grace_is_over(due: datetime | None, now: datetime) -> bool:
    """Staff had their time to call: three days after the date itself."""
    return due is not None and now >= due + 3 * STAFF_CALL_GRACE


ACTIONS: dict[str, Action] = {
    "demand_closes": _demand_closes,
    "bids_digest": _bids_digest,
    "bids_unconfirmed": _bids_unconfirmed,
    "choice_reminder": _choice_reminder,
    "choice_expires": _choice_expires,
    "counter_expires": _counter_expires,
    "payment_expires": _payment_expires,
    "payment_reminder": _payment_reminder,
    "start_reminder": _start_reminder,
    "delivery_reminder": _delivery_reminder,
    "delivery_late": _delivery_late,
    "acceptance_reminder": _acceptance_reminder,
    "acceptance_due": _acceptance_due,
    "client_waits": _client_waits,
    "still_nobody": _still_nobody,
    "amendment_unanswered": _amendment_unanswered,
    ROOT_DUE: _receipt_root,
    "frozen_ends": _frozen_ends,
    RECHECK: _bill_recheck,
    "voucher_lapses": _voucher_lapses,
    "voucher_reminder": _voucher_reminder,
    "claim_reminder": _claim_reminder,
    "claim_missed": _claim_missed,
    RULING_DUE: _ruling_due,
    PANEL_SILENT: _panel_silent,
}

LOCKS: dict[str, Callable[[UnitOfWork, int], None]] = {
    "demand_closes": _lock_demand,
    "bids_digest": _lock_demand,
    "bids_unconfirmed": _lock_demand,
    "choice_reminder": _lock_demand,
    "choice_expires": _lock_demand,
    "counter_expires": _lock_negotiation,
    "payment_expires": _lock_payable,
    "payment_reminder": _lock_payable,
    "start_reminder": _lock_order,
    "delivery_reminder": _lock_order,
    "delivery_late": _lock_order,
    "acceptance_reminder": _lock_order,
    "acceptance_due": _lock_order,
    "client_waits": _lock_talks,
    "still_nobody": _lock_talks,
    "amendment_unanswered": _lock_demand,
    ROOT_DUE: _lock_receipts,
    "frozen_ends": _lock_payable,
    RECHECK: _lock_bill,
    "voucher_lapses": _lock_voucher,
    "voucher_reminder": _lock_voucher,
    "claim_reminder": _lock_order,
    "claim_missed": _lock_order,
    RULING_DUE: _lock_dispute,
    PANEL_SILENT: _lock_dispute,
}
