"""Money that leaves by hand: refunds after a cancellation or a ruling, providers' earnings."""

import re
from dataclasses import dataclass
from datetime import datetime

from handlers.actions.gateways import refund_runs
from handlers.actions.receipts import issue
from handlers.desk import Desk, ask_second_key, tell
from handlers.wording import payouts as zh
from handlers.wording.payouts import Split
from market.doors import Priority
from market.errors import StepNotAllowed
from market.ledger import escrow, provider_payable, refund_payable
from market.orders import Order
from market.parties import Sender
from market.payouts import Payout, PayoutKind, confirm, enter
from market.pots import Payable
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Request:
    """A provider's request; `fresh` if it was made now. None: there is nothing to pay."""

    payout: Payout
    fresh: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A payout with its first key, turned by the staff member `by`."""

    payout: Payout
    by: int


def split_of(uow: UnitOfWork, order: Payable) -> Split:
    """How an order's escrow was divided, and what of the refund is still to be paid."""
    payment = uow.payments.settled_for(order.id)
    # What accepted instalments brought before has keys with their numbers, and is not part of it.
    parts = {
        f"{order.no}:refund": "refund",
        f"{order.no}:payout": "payout",
        f"{order.no}:public-back": "public",
    }
    shares: dict[str, int] = {}
    for entry in uow.ledger.statement(escrow(order.no)):
        what = parts.get(entry.key)
        if re.fullmatch(rf"{order.no}/V\d+:payout", entry.key):  # a partner's of a joint bid
            what = "payout"
        if what is not None:
            shares[what] = shares.get(what, 0) - entry.change
    return Split(
        refund_fen=shares.get("refund", 0),
        payout_fen=shares.get("payout", 0),
        owed_fen=uow.ledger.balance(refund_payable(order.no)),
        by_gateway=payment is not None and refund_runs(uow, payment),
        public_fen=shares.get("public", 0),
    )


def request_payout(uow: UnitOfWork, sender: Sender, now: datetime) -> Request | None:
    """Set aside all that the provider may have and ask staff to send it; one request at a time."""
    if sender.provider_id is None:
        return None
    running = uow.payouts.lock_waiting(PayoutKind.EARNINGS, sender.provider_id)
    if running is not None:
        return Request(running, fresh=False)
    available = uow.ledger.available(provider_payable(sender.provider_id))
    if available <= 0:
        return None
    payout = uow.payouts.add(
        Payout(
            id=0,
            kind=PayoutKind.EARNINGS,
            subject_id=sender.provider_id,
            # Earnings are sent from the operator's own account, whatever gateway they came by.
            gateway="offline",
            amount_fen=available,
            asked_at=now,
            asked_by=sender.id,
        )
    )
    if payout is None:  # a colleague of theirs asked in the same moment
        running = uow.payouts.lock_waiting(PayoutKind.EARNINGS, sender.provider_id)
        return None if running is None else Request(running, fresh=False)
    uow.ledger.hold(payout.key, payout.account, payout.amount_fen, now)
    uow.history.add(payout.subject, "ask_payout", "", now, person_id=sender.id)
    uow.tasks.open(
        PayoutKind.EARNINGS,
        payout.subject,
        now,
        note=zh.payout_note(payout, uow.providers.name(payout.subject_id)),
        urgency=2,
    )
    return Request(payout, fresh=True)


def enter_payout(
    uow: UnitOfWork,
    kind: PayoutKind,
    subject_id: int,
    *,
    staff_id: int,
    amount_fen: int,
    desk: Desk,
    now: datetime,
) -> Entry:
    """The first key: a colleague has sent the money. Nothing is booked yet.

    Raises:
        StepNotAllowed: there is nothing to pay, or it was paid.
        PayoutMismatch: not exactly what is owed.
    """
    payout = _lock(uow, kind, subject_id, now)
    fresh = payout.entered_by is None
    payout = enter(payout, staff_id=staff_id, amount_fen=amount_fen)
    assert payout.entered_by is not None
    if not fresh:
        return Entry(payout, by=payout.entered_by)
    uow.payouts.save(payout)
    uow.history.add(
        f"{payout.subject}/{kind}",
        "enter",
        "",
        now,
        person_id=staff_id,
        note=f"{amount_fen} fen",
    )
    note = zh.to_confirm(payout, uow.parties.person(staff_id).name)
    uow.tasks.open(kind, payout.subject, now, note=note, urgency=0)
    ask_second_key(
        uow,
        desk,
        zh.second_key_wanted(payout),
        first=staff_id,
        key=f"{payout.key}:second-key",
        now=now,
    )
    return Entry(payout, by=staff_id)


def confirm_payout(
    uow: UnitOfWork,
    kind: PayoutKind,
    subject_id: int,
    *,
    staff_id: int,
    desk: Desk,
    now: datetime,
) -> Payout:
    """The second key, somebody else's: the debt is paid, and whom it was owed to hears it.

    Raises:
        StepNotAllowed: there is nothing to pay, or it was paid.
        FirstKeyMissing: nobody has entered it.
        SamePerson: the one who entered it cannot confirm it.
    """
    done = confirm(_lock(uow, kind, subject_id, now), staff_id=staff_id, now=now)
    payout = done.payout
    if kind is PayoutKind.EARNINGS:
        uow.ledger.capture(payout.key, done.transfer, now)
    else:
        uow.ledger.post([done.transfer], now)
    uow.payouts.save(payout)
    uow.history.add(f"{payout.subject}/{kind}", "confirm", "", now, person_id=staff_id)
    uow.tasks.close(kind, payout.subject, now)
    order = uow.orders.find_payable(subject_id) if kind is PayoutKind.REFUND else None
    receipts = issue(
        uow,
        [done.transfer],
        order=order,
        provider_id=subject_id if order is None else None,
        gateway=payout.gateway,
        desk=desk,
        now=now,
    ).values()
    if order is not None:
        person_id, text = order.buyer_id, zh.refunded(payout, receipts)
    else:
        assert payout.asked_by is not None, "somebody asked for it"
        person_id, text = payout.asked_by, zh.paid_out(payout, receipts)
    tell(uow, person_id, text, key=f"{payout.key}:paid", priority=Priority.MONEY, now=now)
    return payout


def _lock(uow: UnitOfWork, kind: PayoutKind, subject_id: int, now: datetime) -> Payout:
    """What is to be paid, locked; a refund has its row from the first time somebody looks."""
    order = uow.orders.lock_payable(subject_id) if kind is PayoutKind.REFUND else None
    waiting = uow.payouts.lock_waiting(kind, subject_id)
    if waiting is not None:
        return waiting
    subject = f"{'V' if order is None else 'O'}{subject_id}"
    paid = uow.payouts.latest_paid(kind, subject_id)
    owed = 0 if order is None else uow.ledger.balance(refund_payable(order.no))
    if order is None or owed == 0:
        status = "nothing_owed" if paid is None else f"{kind}_paid"
        raise StepNotAllowed(subject, status=status, step=kind)
    payment = uow.payments.settled_for(order.id)
    if payment is None and isinstance(order, Order) and order.pot_id is not None:
        payment = uow.payments.settled_for(order.pot_id)
    assert payment is not None, "what is given back was paid"
    if refund_runs(uow, payment):
        raise StepNotAllowed(order.no, status="refund_running", step=kind)
    fresh = uow.payouts.add(
        Payout(
            id=0,
            kind=kind,
            subject_id=order.id,
            gateway=payment.gateway,
            amount_fen=owed,
            asked_at=now,
        )
    )
    assert fresh is not None, "the order's lock lets one colleague in at a time"
    return fresh
