"""Claims for subsidies: begun by the buyer, with the papers that prove the work and the payment."""

from datetime import datetime, time, timedelta

from handlers.actions.payouts import split_of
from handlers.actions.public_money import deal_of, today_of
from handlers.desk import Desk, tell
from handlers.wording import claims as zh
from handlers.wording.papers import Papers
from market.claims import Claim, ClaimStatus, ClaimStep, advance, claimable_fen
from market.doors import Priority
from market.errors import ClaimRefused, NotFound
from market.ledger import escrow
from market.orders import Order
from market.programmes import Programme, ProgrammeKind, fitting
from storage.unit_of_work import UnitOfWork

REMIND_BEFORE = timedelta(days=14)


def begin_claim(
    uow: UnitOfWork, order_id: int, buyer_id: int, desk: Desk, now: datetime
) -> tuple[Claim, Programme]:
    """The claim of an order for the subsidy that pays most; asked again it is the same one.

    Raises:
        NotFound: no such order of this buyer.
        ClaimRefused: with the reason.
    """
    order = uow.orders.lock_for_buyer(order_id, buyer_id)
    before = uow.claims.of_order(order.id)
    if before is not None:
        return before, uow.programmes.find(before.programme)
    programme = _programme_for(uow, order, desk, now)
    split = split_of(uow, order)
    claim = uow.claims.add(
        Claim(
            id=0,
            order_id=order.id,
            person_id=buyer_id,
            programme=programme.code,
            amount_fen=claimable_fen(order, programme, split.refund_fen),
            due_on=programme.ends_on,
            token=desk.randomness.token(),
            status=ClaimStatus.READY,
            begun_at=now,
        )
    )
    uow.history.add(f"{order.no}/claim", "begin", claim.status, now, person_id=buyer_id)
    over = datetime.combine(claim.due_on + timedelta(days=1), time(), desk.zone)
    uow.deadlines.set("claim_missed", order.id, over.astimezone(now.tzinfo))
    if (reminder := over.astimezone(now.tzinfo) - REMIND_BEFORE) > now:
        uow.deadlines.set("claim_reminder", order.id, reminder)
    return claim, programme


def hint_for(
    uow: UnitOfWork, order: Order, desk: Desk, now: datetime
) -> tuple[Programme, int] | None:
    """What could be claimed for an order that was accepted, for telling of it; None if nothing."""
    try:
        programme = _programme_for(uow, order, desk, now)
        return programme, claimable_fen(order, programme, split_of(uow, order).refund_fen)
    except ClaimRefused:
        return None


def _programme_for(uow: UnitOfWork, order: Order, desk: Desk, now: datetime) -> Programme:
    found = fitting(uow.programmes.all(), deal_of(uow, order), today_of(desk, now))
    subsidies = [one for one in found if one.kind is ProgrammeKind.SUBSIDY]
    if not subsidies:
        raise ClaimRefused(order.no, why="no_programme")
    return subsidies[0]


def move_claim(
    uow: UnitOfWork,
    order_id: int,
    buyer_id: int,
    step: ClaimStep,
    now: datetime,
    *,
    paid_fen: int = 0,
    reason: str = "",
) -> Claim:
    """The buyer says how far it is.

    Raises:
        NotFound: no such order of this buyer, or no claim for it.
        StepNotAllowed: it is further, or not so far.
    """
    order = uow.orders.lock_for_buyer(order_id, buyer_id)
    claim = uow.claims.of_order(order.id)
    if claim is None:
        raise NotFound(f"{order.no} 的补助申请")
    claim = advance(claim, step, paid_fen=paid_fen, reason=reason)
    uow.claims.save(claim)
    note = reason or (f"{paid_fen} fen" if paid_fen else "")
    uow.history.add(f"{order.no}/claim", step, claim.status, now, person_id=buyer_id, note=note)
    uow.deadlines.clear(order.id, "claim_reminder", "claim_missed")
    return claim


def miss_claim(uow: UnitOfWork, order_id: int, now: datetime) -> None:
    """Its last day is over and nothing was handed in, as far as we know."""
    claim = uow.claims.of_order(uow.orders.lock(order_id).id)
    if claim is None or claim.status is not ClaimStatus.READY:
        return
    claim = advance(claim, ClaimStep.MISS)
    uow.claims.save(claim)
    uow.history.add(f"{claim.order_no}/claim", ClaimStep.MISS, claim.status, now)
    _tell(uow, claim, zh.missed(claim), "missed", now)


def remind_of_claim(uow: UnitOfWork, order_id: int, desk: Desk, now: datetime) -> None:
    claim = uow.claims.of_order(uow.orders.lock(order_id).id)
    if claim is not None and claim.status is ClaimStatus.READY:
        _tell(uow, claim, zh.reminder(claim, desk.public_url), "reminder", now)


def _tell(uow: UnitOfWork, claim: Claim, text: str, what: str, now: datetime) -> None:
    key = f"{claim.order_no}:claim-{what}"
    tell(uow, claim.person_id, text, key=key, priority=Priority.DEADLINE, now=now)


def papers_by_token(uow: UnitOfWork, token: str) -> Papers | None:
    """The papers behind an unguessable address; None if it is none."""
    claim = uow.claims.by_token(token)
    if claim is None:
        return None
    order = uow.orders.find(claim.order_id)
    standing = uow.contracts.standing(order)
    moved = uow.ledger.statement(escrow(order.no))
    return Papers(
        claim=claim,
        programme=uow.programmes.find(claim.programme),
        order=order,
        provider=uow.providers.name(order.provider_id),
        contract=standing.contract if standing is not None else None,
        deliveries=uow.deliveries.of_order(order.id),
        steps=uow.history.steps(order.no),
        receipts=tuple(
            receipt
            for receipt in uow.receipts.for_causes(entry.key for entry in moved)
            if receipt.movement.concerns(person_id=order.buyer_id, provider_id=None)
        ),
        invoice=uow.invoices.alive_of(order.id),
    )
