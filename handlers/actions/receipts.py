"""Receipts: issued where money moved, verified on request, their chain published every day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.desk import Desk, announce, tell_staff
from handlers.wording import receipts as zh
from market.doors import Priority
from market.ledger import Transfer
from market.orders import Order
from market.payments import funding_key
from market.pots import Payable
from market.receipts import (
    GENESIS,
    Head,
    Kind,
    Parties,
    Receipt,
    holds,
    is_unaltered,
    movements,
)
from storage.receipts import Root
from storage.unit_of_work import UnitOfWork

ROOT_DUE = "receipt_root"  # the deadline by which the end of the chain is published
LINKS_WALKED = 500  # how much of the chain one verification recomputes


def issue(
    uow: UnitOfWork,
    transfers: Iterable[Transfer],
    *,
    order: Payable | None = None,
    provider_id: int | None = None,
    gateway: str = "",
    desk: Desk,
    now: datetime,
) -> dict[Kind, Receipt]:
    """Give the transfers of one business fact their receipts, and see that they are published.

    All money in the town waits for this lock: post before, and do little after.
    """
    if isinstance(order, Order) and provider_id is None:
        provider_id = order.provider_id
    parties = (
        Parties(provider_id=provider_id)
        if order is None
        else Parties(order.id, order.buyer_id, provider_id)
    )
    issued = uow.receipts.issue(movements(transfers, parties, gateway=gateway, at=now))
    if issued:
        uow.deadlines.set_if_absent(ROOT_DUE, 0, next_midnight(now, desk.zone))
    return {receipt.movement.kind: receipt for receipt in issued}


def receipts_of(uow: UnitOfWork, transfers: Iterable[Transfer]) -> tuple[Receipt, ...]:
    """The receipts that were issued for these transfers."""
    return uow.receipts.for_causes(move.key for move in transfers)


def funding_of(uow: UnitOfWork, order: Payable) -> Receipt | None:
    """The receipt of the money that the order's escrow was funded with."""
    causes = [funding_key(order), f"{order.no}:allotted"]
    return next(iter(uow.receipts.for_causes(causes)), None)


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of recomputing: `linked_to` is the last number that hangs together with it."""

    receipt: Receipt
    unaltered: bool
    linked: bool  # to the one before, and to all that follow as far as we looked
    linked_to: int
    root: Root | None  # the published end that proves it, if there is one and we got there

    @property
    def holds(self) -> bool:
        return self.unaltered and self.linked


def verify(uow: UnitOfWork, receipt: Receipt) -> Verification:
    """Recompute a receipt, the link before it and the chain behind it, to a published end.

    Behind a receipt of today there is none yet: then to the end of the chain.
    """
    root = uow.receipts.root_over(receipt.number)
    end = uow.receipts.head() if root is None else root.head
    last = min(end.number, receipt.number + LINKS_WALKED)
    before, chain = _chain(uow, receipt.number, last)
    linked = before is not None and holds(chain, before)
    reached = last == end.number
    if linked and reached:
        linked = bool(chain) and chain[-1].head == end
    return Verification(
        receipt=receipt,
        unaltered=is_unaltered(receipt),
        linked=linked,
        linked_to=last,
        root=root if reached else None,
    )


def _chain(uow: UnitOfWork, number: int, last: int) -> tuple[Head | None, tuple[Receipt, ...]]:
    """What the receipt follows (None if that is not there), and the receipts from it on."""
    chain = uow.receipts.between(number - 1, last)
    if number - 1 == GENESIS.number:
        return GENESIS, chain
    if not chain or chain[0].number != number - 1:
        return None, chain
    return chain[0].head, chain[1:]


def doubt(uow: UnitOfWork, receipt: Receipt, now: datetime) -> None:
    """A receipt that does not hold is for people to look at."""
    uow.tasks.open("risk", receipt.no, now, note=zh.DOUBTED, urgency=0)


def publish_root(uow: UnitOfWork, desk: Desk, now: datetime) -> None:
    """Tell staff, and the groups that want it, where the chain ends; nothing new, nothing said.

    Who keeps one such line can prove that no receipt up to it was altered since, by us either.
    """
    head = uow.receipts.lock_head()
    newest = uow.receipts.newest_root()
    proved = GENESIS.number if newest is None else newest.head.number
    if head.number <= proved:
        return
    uow.receipts.publish(head, now)
    text = zh.root(head, count=head.number - proved, at=now, zone=desk.zone)
    # It is due at midnight and worth reading in the morning; groups have no quiet hours.
    aloud = desk.quiet.until(now, desk.zone) or now
    key = f"root:R{head.number}"
    tell_staff(uow, desk, text, key=key, priority=Priority.STATUS, now=aloud)
    rooms = tuple(room for room in desk.rooms.roots if room not in desk.rooms.staff)
    announce(uow, rooms, text, key=key, priority=Priority.STATUS, now=aloud)


def next_midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """When the operator's day ends."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=zone).astimezone(now.tzinfo)
