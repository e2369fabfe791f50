"""Purchases by an authority (政府购买): it pays the whole price once all three have agreed."""

from dataclasses import replace
from datetime import datetime

from handlers.actions.payments import fund_without_payment
from handlers.actions.public_money import help_for, part_of, release_public, set_aside
from handlers.desk import Desk, tell
from handlers.wording import purchases as zh
from market.bids import Bid, BidStatus
from market.doors import Priority
from market.errors import NotFound, StepNotAllowed, VoucherUnusable
from market.objections import Objection, check_open, check_over
from market.orders import Order, OrderStatus
from market.parties import Sender
from market.programmes import Programme, ProgrammeKind
from market.public_parts import PartStatus, PublicPart, with_public
from storage.unit_of_work import UnitOfWork


def purchase_for(uow: UnitOfWork, order: Order, code: str, desk: Desk, now: datetime) -> Programme:
    """The programme that would pay for the whole order; without a code the first that would.

    Raises:
        StepNotAllowed: nothing is to be paid, or public money is in the price already.
        VoucherUnusable: none fits, or none has so much.
    """
    with_public(order, 1)
    helps = [
        one
        for one in help_for(uow, order, desk, now)
        if one.programme.kind is ProgrammeKind.PURCHASE and code in ("", one.programme.code)
    ]
    if not helps:
        raise VoucherUnusable(order.no, why="no_purchase")
    if not helps[0].amount_fen:
        raise VoucherUnusable(order.no, why="not_paid_in")
    return helps[0].programme


def ask_purchase(
    uow: UnitOfWork, order_id: int, buyer_id: int, code: str, desk: Desk, now: datetime
) -> tuple[Order, Programme]:
    """The beneficiary's yes: the price is set aside, the authority and the provider are asked.

    Raises as `purchase_for` does.
    """
    order = uow.orders.lock_for_buyer(order_id, buyer_id)
    programme = purchase_for(uow, order, code, desk, now)
    rivals = _rivals(uow, order)
    still_until = now + desk.policy.standstill if rivals else now
    order, _ = set_aside(
        uow,
        order,
        programme,
        order.price_fen,
        None,
        buyer_id,
        now,
        stands_still_until=still_until,
    )
    order = replace(order, pay_by=max(order.pay_by, now + desk.policy.purchase_within))
    uow.orders.save(order)
    uow.deadlines.clear(order.id, "payment_reminder")
    uow.deadlines.set("payment_expires", order.id, order.pay_by)
    note = zh.purchase_note(order, programme)
    uow.tasks.open("purchase", order.no, now, note=note, urgency=1)
    tell(
        uow,
        order.provider_person_id,
        zh.purchase_asked(order, programme, desk.zone),
        key=f"{order.no}:purchase:{order.pay_by:%Y%m%d%H%M}",
        priority=Priority.DEADLINE,
        now=now,
    )
    for bid in rivals:
        tell(
            uow,
            bid.person_id,
            zh.published(
                order, programme, uow.providers.name(order.provider_id), still_until, desk.zone
            ),
            key=f"{order.no}:standstill:{bid.letter}:{still_until:%Y%m%d%H%M}",
            priority=Priority.DEADLINE,
            now=now,
        )
    return order, programme


def _rivals(uow: UnitOfWork, order: Order) -> list[Bid]:
    """Whose bids were not chosen, one each: they may object."""
    lost = [
        bid
        for bid in uow.bids.of_demand(order.demand_id)
        if bid.status is BidStatus.LOST and bid.provider_id != order.provider_id
    ]
    return list({bid.provider_id: bid for bid in lost}.values())


def object_to(
    uow: UnitOfWork, order_id: int, sender: Sender, reason: str, now: datetime
) -> tuple[Order, bool]:
    """A bidder who was not chosen objects; False if they have before.

    Raises:
        NotFound: no such order, or they did not bid for it.
        StepNotAllowed: no purchase waits, or the time for it is over.
    """
    order = uow.orders.lock(order_id)
    if sender.provider_id not in {bid.provider_id for bid in _rivals(uow, order)}:
        raise NotFound(order.no)
    assert sender.provider_id is not None, "it is among theirs"
    part = _held(uow, order)
    assert part.stands_still_until is not None, "a purchase stands still for a while"
    check_open(order.no, part.stands_still_until, now)
    fresh = uow.objections.add(Objection(0, order.id, sender.provider_id, sender.id, reason, now))
    if fresh:
        uow.history.add(
            f"{order.no}/public", "objection", "", now, person_id=sender.id, note=reason
        )
        name = uow.providers.name(sender.provider_id)
        uow.tasks.open("objection", order.no, now, note=zh.objection_note(name, reason), urgency=0)
    return order, fresh


def answer_objections(
    uow: UnitOfWork,
    order_id: int,
    sender: Sender,
    answer: str,
    desk: Desk,
    now: datetime,
    *,
    upheld: bool,
) -> tuple[Order, int]:
    """A colleague answers all that is open; if it is upheld, the authority does not buy.

    Raises:
        StepNotAllowed: no purchase waits, or nobody has objected.
    """
    order = uow.orders.lock(order_id)
    part = _held(uow, order)
    answered = uow.objections.answer_all(order.id, answer, now, upheld=upheld)
    if not answered:
        raise StepNotAllowed(order.no, status="no_objection", step="answer")
    step = "upheld" if upheld else "dismissed"
    uow.history.add(f"{order.no}/public", step, "", now, person_id=sender.id, note=answer)
    uow.tasks.close("objection", order.no, now)
    for one in answered:
        tell(
            uow,
            one.person_id,
            zh.objection_answered(order, answer, upheld=upheld),
            key=f"{order.no}:objection:{one.id}",
            priority=Priority.DEADLINE,
            now=now,
        )
    if upheld:
        order = _call_off(uow, order, part, sender, answer, desk, now)
    return order, len(answered)


def agree(
    uow: UnitOfWork, order_id: int, sender: Sender, desk: Desk, now: datetime
) -> tuple[Order, PublicPart]:
    """The authority's yes, entered by a colleague, or the provider's; the last one funds the order.

    Raises:
        NotFound: no such order, or nothing of theirs.
        StepNotAllowed: no purchase waits, or they have agreed before.
    """
    order, part = _waiting(uow, order_id, sender)
    if sender.is_staff:
        if part.payer_id is not None:
            raise StepNotAllowed(order.no, status="purchase_agreed", step="agree")
        assert part.stands_still_until is not None, "a purchase stands still for a while"
        check_over(order.no, part.stands_still_until, uow.objections.count_open(order.id), now)
        part = replace(part, payer_id=sender.id)
        uow.tasks.close("purchase", order.no, now)
    else:
        if part.provider_id is not None:
            raise StepNotAllowed(order.no, status="purchase_agreed", step="agree")
        part = replace(part, provider_id=sender.id)
    uow.public_parts.save(part)
    uow.history.add(f"{order.no}/public", "agreed", "", now, person_id=sender.id)
    if not part.is_agreed:
        return order, part
    order = fund_without_payment(uow, order, desk, now)
    programme = uow.programmes.find(part.programme)
    tell(
        uow,
        order.buyer_id,
        zh.purchased(order, programme),
        key=f"{order.no}:receipt",
        priority=Priority.MONEY,
        now=now,
    )
    return order, part


def decline(
    uow: UnitOfWork, order_id: int, sender: Sender, reason: str, desk: Desk, now: datetime
) -> Order:
    """One of them says no: the order is to be paid in another way, or not at all.

    Raises as `agree` does.
    """
    order, part = _waiting(uow, order_id, sender)
    return _call_off(uow, order, part, sender, reason, desk, now)


def _call_off(
    uow: UnitOfWork,
    order: Order,
    part: PublicPart,
    sender: Sender,
    reason: str,
    desk: Desk,
    now: datetime,
) -> Order:
    programme = uow.programmes.find(part.programme)
    order = release_public(uow, order, now, person_id=sender.id)
    uow.tasks.close("purchase", order.no, now)
    tell(
        uow,
        order.buyer_id,
        zh.purchase_declined(order, programme, reason, desk.zone, by_authority=sender.is_staff),
        key=f"{order.no}:declined:{part.id}",
        priority=Priority.DEADLINE,
        now=now,
    )
    return order


def _waiting(uow: UnitOfWork, order_id: int, sender: Sender) -> tuple[Order, PublicPart]:
    order = uow.orders.lock(order_id)
    if not sender.is_staff and order.provider_id != sender.provider_id:
        raise NotFound(order.no)
    return order, _held(uow, order)


def _held(uow: UnitOfWork, order: Order) -> PublicPart:
    """The purchase that waits for somebody's yes. Raises StepNotAllowed where none does."""
    part = part_of(uow, order) if order.public_fen else None
    waits = order.status is OrderStatus.AWAITING_PAYMENT
    if part is None or not waits or not part.is_purchase or part.status is not PartStatus.HELD:
        raise StepNotAllowed(order.no, status=order.status, step="agree")
    return part
