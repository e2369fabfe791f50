"""Public money in a price: set aside at checkout, spent when the order is funded, given back.

Locked after the order: the voucher, then accounts of the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from handlers.actions.gateways import close_code
from handlers.actions.receipts import issue
from handlers.desk import Desk
from market.errors import NotFound, StepNotAllowed, VoucherUnusable
from market.ledger import Transfer
from market.orders import Order, OrderStatus
from market.payments import PaymentStatus
from market.programmes import Programme, ProgrammeKind, PublicDeal, fitting, funds
from market.public_parts import PartStatus, PublicPart, usable_fen, with_public
from market.receipts import Kind, Receipt
from market.vouchers import Voucher, VoucherStatus, lapse_again
from storage.unit_of_work import UnitOfWork

VOUCHERS_READ = 20


@dataclass(frozen=True, slots=True)
class Help:
    """What one programme could do for an order; `amount_fen` is what it pays, 0 if nothing now."""

    programme: Programme
    amount_fen: int
    voucher: Voucher | None = None
    left_fen: int = 0  # of the voucher


def today_of(desk: Desk, now: datetime) -> date:
    return now.astimezone(desk.zone).date()


def deal_of(uow: UnitOfWork, order: Order) -> PublicDeal:
    terms = uow.demands.find(order.demand_id).terms
    return PublicDeal(order.price_fen, terms.service_code or "", terms.region)


def help_for(uow: UnitOfWork, order: Order, desk: Desk, now: datetime) -> tuple[Help, ...]:
    """Every programme that fits, vouchers that can be used first, each with what it would pay."""
    found = fitting(uow.programmes.all(), deal_of(uow, order), today_of(desk, now))
    own: dict[str, list[Voucher]] = {}
    for voucher in uow.vouchers.granted_to(order.buyer_id, VOUCHERS_READ):
        own.setdefault(voucher.programme, []).append(voucher)
    helps: list[Help] = []
    for programme in found:
        if programme.kind is ProgrammeKind.SUBSIDY:
            helps.append(Help(programme, programme.share_of(order.due_fen)))
            continue
        if programme.kind is ProgrammeKind.PURCHASE:
            helps.append(Help(programme, _whole(uow, order, programme)))
            continue
        helps += [
            _by_voucher(uow, order, programme, voucher) for voucher in own.get(programme.code, [])
        ] or [Help(programme, 0)]
    return tuple(sorted(helps, key=lambda one: (one.voucher is None, -one.amount_fen)))


def best_voucher_fen(uow: UnitOfWork, order: Order, desk: Desk, now: datetime) -> int:
    """What a voucher of the buyer's could pay of an order now; 0 if they have none that fits."""
    if not uow.vouchers.granted_to(order.buyer_id, 1):
        return 0
    helps = help_for(uow, order, desk, now)
    return max((one.amount_fen for one in helps if one.voucher is not None), default=0)


def _by_voucher(uow: UnitOfWork, order: Order, programme: Programme, voucher: Voucher) -> Help:
    left_fen = uow.ledger.available(voucher.account)
    paid_in_fen = uow.ledger.available(funds(programme.code))
    amount = usable_fen(order, programme, left_fen=left_fen, paid_in_fen=paid_in_fen)
    return Help(programme, amount, voucher, left_fen)


def _whole(uow: UnitOfWork, order: Order, programme: Programme) -> int:
    """The whole price, if the programme may pay so much and has it; else nothing."""
    has = uow.ledger.available(funds(programme.code))
    enough = programme.share_of(order.price_fen) == order.price_fen == order.due_fen <= has
    return order.price_fen if enough else 0


def use_voucher(
    uow: UnitOfWork, order_id: int, buyer_id: int, voucher_id: int | None, desk: Desk, now: datetime
) -> tuple[Order, PublicPart]:
    """Set a voucher's part of the price aside; without a number that which pays most.

    Raises:
        NotFound: no such order or voucher of this buyer.
        StepNotAllowed: nothing is to be paid, or public money is in the price already.
        VoucherUnusable: with the reason.
    """
    order = uow.orders.lock_for_buyer(order_id, buyer_id)
    with_public(order, 1)  # is refused before anything else is looked at
    helps = [one for one in help_for(uow, order, desk, now) if one.voucher is not None]
    if voucher_id is not None:
        helps = [one for one in helps if one.voucher and one.voucher.id == voucher_id]
    if not helps:
        _explain(uow, order, buyer_id, voucher_id)
    best = helps[0]
    assert best.voucher is not None
    voucher = uow.vouchers.lock(best.voucher.id)
    best = _by_voucher(uow, order, best.programme, voucher)
    if voucher.status is not VoucherStatus.GRANTED:
        raise VoucherUnusable(order.no, why="over")
    if best.amount_fen == 0:
        empty = best.left_fen == 0
        raise VoucherUnusable(order.no, why="empty" if empty else "not_paid_in")
    return set_aside(uow, order, best.programme, best.amount_fen, voucher.id, buyer_id, now)


def _explain(uow: UnitOfWork, order: Order, buyer_id: int, voucher_id: int | None) -> None:
    """Why no voucher fits this order: it is nobody's, it is over, or it is for other things."""
    mine = uow.vouchers.of_person(buyer_id, VOUCHERS_READ)
    if voucher_id is not None:
        mine = tuple(one for one in mine if one.id == voucher_id)
        if not mine:
            raise NotFound(f"Q{voucher_id}")
    granted = [one for one in mine if one.status is VoucherStatus.GRANTED]
    raise VoucherUnusable(order.no, why="service" if granted else "none")


def set_aside(
    uow: UnitOfWork,
    order: Order,
    programme: Programme,
    amount_fen: int,
    voucher_id: int | None,
    buyer_id: int,
    now: datetime,
    *,
    stands_still_until: datetime | None = None,
) -> tuple[Order, PublicPart]:
    """Public money in the price of an order that the caller holds: nobody else can spend it."""
    _begin_anew(uow, order, now)
    order = with_public(order, amount_fen)
    part = uow.public_parts.add(
        order.id,
        programme.code,
        amount_fen,
        voucher_id=voucher_id,
        stands_still_until=stands_still_until,
    )
    for key, account in zip(part.hold_keys, (part.source, funds(part.programme)), strict=True):
        uow.ledger.hold(key, account, amount_fen, now)
    uow.orders.save(order)
    note = f"{programme.code} {amount_fen} fen"
    uow.history.add(f"{order.no}/public", "set_aside", "", now, person_id=buyer_id, note=note)
    return order, part


def _begin_anew(uow: UnitOfWork, order: Order, now: datetime) -> None:
    """Another sum is due now: whatever was begun to be paid is void.

    Raises:
        StepNotAllowed: a colleague has seen the transfer arrive.
    """
    close_code(uow, order, now)
    for gateway in ("offline", "sandbox"):
        waiting = uow.payments.waiting(order.id, gateway)
        if waiting is None:
            continue
        if waiting.entered_by is not None:
            raise StepNotAllowed(order.no, status="payment_entered", step="public")
        uow.payments.save(replace(waiting, status=PaymentStatus.VOID))
    uow.tasks.close("payment", order.no, now)


def take_off(uow: UnitOfWork, order_id: int, buyer_id: int, now: datetime) -> Order:
    """The buyer pays in money alone after all.

    Raises:
        StepNotAllowed: it is paid, or there is no public money in it.
    """
    order = uow.orders.lock_for_buyer(order_id, buyer_id)
    if order.status is not OrderStatus.AWAITING_PAYMENT or not order.public_fen:
        raise StepNotAllowed(order.no, status=order.status, step="public")
    _begin_anew(uow, order, now)
    return release_public(uow, order, now, person_id=buyer_id)


def release_public(
    uow: UnitOfWork, order: Order, now: datetime, *, person_id: int | None = None
) -> Order:
    """The order will not be paid this way: what was set aside is free. Nothing if nothing was."""
    if not order.public_fen:
        return order
    part = part_of(uow, order)
    for key in part.hold_keys:
        uow.ledger.void(key, now)
    uow.public_parts.save(replace(part, status=PartStatus.RELEASED))
    _lapse_again(uow, part, part.amount_fen, now)
    order = replace(order, public_fen=0)
    uow.orders.save(order)
    uow.history.add(f"{order.no}/public", "released", "", now, person_id=person_id)
    return order


def part_of(uow: UnitOfWork, order: Order) -> PublicPart:
    """The public money in a price that has some."""
    part = uow.public_parts.of_order(order.id)
    assert part is not None, f"{order.no} has public money in its price"
    return part


def spent_on(uow: UnitOfWork, order: Order) -> PublicPart | None:
    """What public money has paid of an order, for giving it back."""
    return part_of(uow, order) if order.public_fen else None


def spend(uow: UnitOfWork, order: Order, desk: Desk, now: datetime) -> Receipt:
    """The order is funded: its public money joins the escrow."""
    part = part_of(uow, order)
    for key, transfer in zip(part.hold_keys, part.spending, strict=True):
        uow.ledger.capture(key, transfer, now)
    uow.public_parts.save(replace(part, status=PartStatus.SPENT))
    return issue(uow, part.spending, order=order, desk=desk, now=now)[Kind.PUBLIC]


def settle_return(
    uow: UnitOfWork, order: Order, transfers: Sequence[Transfer], now: datetime
) -> None:
    """What came back to a voucher whose time is over is for others."""
    back_fen = sum(move.amount for move in transfers if move.code == "promise-renewed")
    if back_fen:
        _lapse_again(uow, part_of(uow, order), back_fen, now)


def _lapse_again(uow: UnitOfWork, part: PublicPart, fen: int, now: datetime) -> None:
    """A voucher whose day is over got something back: that goes where its rest went."""
    if part.voucher_id is None:
        return
    voucher = uow.vouchers.lock(part.voucher_id)
    if voucher.status is VoucherStatus.LAPSED:
        uow.ledger.post(lapse_again(voucher, part.order_no, fen), at=now)
