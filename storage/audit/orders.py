"""Orders and their money: moments, escrow, payments, points, payouts, refunds."""

import json
from collections.abc import Iterator

from sqlalchemy import func, select

from market.errands import ErrandKind
from market.ledger import escrow, points
from market.orders import OrderStatus
from market.payments import PaymentStatus
from market.payouts import Payout, PayoutKind
from storage.audit.findings import Finding, differing, member
from storage.audit.look import Look
from storage.audit.pots import drawn
from storage.errands import errands
from storage.ledger_tables import ledger_holds, ledger_transfers
from storage.orders import orders
from storage.payments import payments
from storage.payouts import payouts
from storage.reviews import reviews

# Which moments an order must have been through, and which it cannot have seen yet.
_LIVED: dict[OrderStatus, tuple[tuple[str, ...], tuple[str, ...]]] = {
    OrderStatus.AWAITING_PAYMENT: ((), ("funded_at", "started_at", "completed_at")),
    OrderStatus.FUNDED: (("funded_at",), ("started_at", "completed_at")),
    OrderStatus.IN_PROGRESS: (("funded_at", "started_at"), ("completed_at",)),
    OrderStatus.DELIVERED: (
        ("funded_at", "started_at", "delivered_at", "accept_by"),
        ("completed_at",),
    ),
    OrderStatus.COMPLETED: (("funded_at", "started_at", "delivered_at", "completed_at"), ()),
    OrderStatus.DISPUTED: (("funded_at", "started_at"), ("completed_at",)),
    OrderStatus.CANCELLED: (("completed_at",), ("funded_at", "started_at")),
    OrderStatus.REFUNDED: (("funded_at", "completed_at"), ()),
    OrderStatus.EXPIRED: (("completed_at",), ("funded_at", "started_at")),
}
# A pot has nobody who works: it is used up when it is completed.
_POTS_LIVED = {
    **_LIVED,
    OrderStatus.COMPLETED: (("funded_at", "completed_at"), ("started_at", "delivered_at")),
}
_IN_ESCROW = {
    OrderStatus.FUNDED,
    OrderStatus.IN_PROGRESS,
    OrderStatus.DELIVERED,
    OrderStatus.DISPUTED,
}


def moments(look: Look) -> Iterator[Finding]:
    """Each order's status against its moments, and its escrow against both."""
    amount = ledger_transfers.c.amount
    came = look.sums(ledger_transfers.c.credit, amount)
    went = look.sums(ledger_transfers.c.debit, amount)
    taken = drawn(look)
    for row in look.rows(select(orders).order_by(orders.c.id)):
        no = f"O{row.id}"
        status = member(OrderStatus, row.status)
        if status is None:
            yield Finding(no, "status", "one of the market's", row.status)
            continue
        must, must_not = (_LIVED if row.bid_id is not None else _POTS_LIVED)[status]
        for name in must:
            if row._mapping[name] is None:
                yield Finding(no, f"{name} when {status}", "a moment", "nothing")
        for name in must_not:
            if row._mapping[name] is not None:
                yield Finding(no, f"{name} when {status}", "nothing", str(row._mapping[name]))
        account = escrow(no).name
        paid = row.price_fen if "funded_at" in must else 0
        yield from differing(no, "paid into escrow", paid, came.get(account, 0))
        released = sum(json.loads(row.shares_fen)[: row.milestone - 1]) + taken.get(row.id, 0)
        left = row.price_fen - released if status in _IN_ESCROW else 0
        yield from differing(
            no, "left in escrow", left, came.get(account, 0) - went.get(account, 0)
        )


def points_of_orders(look: Look) -> Iterator[Finding]:
    """Points for an order: only when completed, only to its buyer, the same for every yuan."""
    earned = {
        row.key: row
        for row in look.rows(select(ledger_transfers).where(ledger_transfers.c.code == "points"))
    }
    for row in look.rows(select(orders).order_by(orders.c.id)):
        no = f"O{row.id}"
        given = earned.pop(f"{no}:points", None)
        if given is None:
            continue
        if row.status != OrderStatus.COMPLETED:
            yield Finding(no, f"points when {row.status}", 0, given.amount)
        yield from differing(no, "points given to", points(row.buyer_id).name, given.credit)
        whole_yuan = row.price_fen // 100
        # The rate of that day is not known any more, but it was a whole number per yuan.
        if whole_yuan == 0 or given.amount % whole_yuan:
            yield Finding(no, "points", f"a multiple of {whole_yuan}", given.amount)
    for key, given in sorted(earned.items()):
        yield Finding(key, "points of an order that is not there", 0, given.amount)


def payments_of_orders(look: Look) -> Iterator[Finding]:
    """A funded order has one settled payment of what was due, and others have none."""
    settled = select(payments).where(payments.c.status == PaymentStatus.SETTLED).subquery()
    joined = select(
        orders.c.id,
        (orders.c.price_fen - orders.c.prepaid_fen - orders.c.public_fen).label("due_fen"),
        orders.c.funded_at,
        func.count(settled.c.id).label("many"),
        func.coalesce(func.sum(settled.c.amount_fen), 0).label("total"),
    ).outerjoin(settled, settled.c.order_id == orders.c.id)
    for row in look.rows(joined.group_by(orders.c.id).order_by(orders.c.id)):
        no, funded = f"O{row.id}", row.funded_at is not None and row.due_fen > 0
        yield from differing(no, "settled payments", int(funded), row.many)
        yield from differing(no, "settled amount", row.due_fen if funded else 0, int(row.total))


def paid_out(look: Look) -> Iterator[Finding]:
    """What was paid out by hand left once, as entered; what waits for it is set aside."""
    left = {
        row.key: row
        for row in look.rows(
            select(ledger_transfers).where(
                ledger_transfers.c.code.in_([f"{kind}-paid" for kind in PayoutKind])
            )
        )
    }
    resolved = ledger_holds.alias()
    held = {
        row.key: row.amount
        for row in look.rows(
            select(ledger_holds.c.key, ledger_holds.c.amount)
            .outerjoin(resolved, resolved.c.resolves == ledger_holds.c.key)
            .where(ledger_holds.c.key.is_not(None), resolved.c.id.is_(None))
        )
    }
    for row in look.rows(select(payouts).order_by(payouts.c.id)):
        payout = Payout(**{**row._mapping, "kind": PayoutKind(row.kind)})
        key = f"{payout.key}:{payout.kind}-paid"
        gone = left.pop(key, None)
        paid = payout.amount_fen if payout.paid_at is not None else 0
        yield from differing(key, "paid out", paid, gone.amount if gone else 0)
        if gone is not None:
            yield from differing(key, "paid from", payout.account.name, gone.debit)
        if payout.kind is PayoutKind.EARNINGS:
            waits = 0 if payout.paid_at is not None else payout.amount_fen
            yield from differing(key, "set aside", waits, held.get(payout.key, 0))
    for key, gone in sorted(left.items()):
        yield Finding(key, "paid out that nobody entered", 0, gone.amount)


def given_back(look: Look) -> Iterator[Finding]:
    """What a gateway gave back was asked of it, once and exactly; a surplus is owed."""
    booked = {
        row.key: row.amount
        for row in look.rows(
            select(ledger_transfers.c.key, ledger_transfers.c.amount).where(
                ledger_transfers.c.code.in_(["refund-returned", "surplus"])
            )
        )
    }
    asked = errands.join(payments, payments.c.id == errands.c.payment_id)
    refunds = (
        select(errands.c.amount_fen, payments.c.id, payments.c.order_id, payments.c.status)
        .select_from(asked)
        .where(
            errands.c.kind == ErrandKind.REFUND,
            errands.c.done_at.is_not(None),
            errands.c.given_up.is_(False),
        )
    )
    for row in look.rows(refunds):
        funded = row.status == PaymentStatus.SETTLED
        key = f"{f'O{row.order_id}' if funded else f'T{row.id}'}:refund-returned"
        yield from differing(key, "given back", row.amount_fen, booked.pop(key, 0))
    surplus = select(payments).where(payments.c.status == PaymentStatus.SURPLUS)
    for row in look.rows(surplus):
        key = f"T{row.id}:surplus"
        yield from differing(key, "owed to who paid", row.amount_fen, booked.pop(key, 0))
    for key, amount in sorted(booked.items()):
        yield Finding(key, "booked for a gateway that was not asked", 0, amount)


def fundings(look: Look) -> Iterator[Finding]:
    """Every settled payment has the transfer that funds its order, and none stands alone."""
    money = ledger_transfers
    settled = select(payments).where(payments.c.status == PaymentStatus.SETTLED)
    paid = {f"O{row.order_id}:funding": row for row in look.rows(settled)}
    for row in look.rows(select(money).where(money.c.code == "funding").order_by(money.c.id)):
        payment = paid.pop(row.key, None)
        if payment is None:
            yield Finding(row.key, "settled payment", "one", "nothing")
            continue
        yield from differing(row.key, "amount", payment.amount_fen, row.amount)
        yield from differing(row.key, "gateway", f"cash:{payment.gateway}", row.debit)
    for key in sorted(paid):
        yield Finding(key, "transfer", "one", "nothing")


def points_of_reviews(look: Look) -> Iterator[Finding]:
    """Points for a review: only where there is one, and to whoever wrote it."""
    given = ledger_transfers
    writer = {
        f"O{row.order_id}:review-points": row.person_id
        for row in look.rows(select(reviews.c.order_id, reviews.c.person_id))
    }
    asked = select(given).where(given.c.code == "review-points").order_by(given.c.id)
    for row in look.rows(asked):
        if row.key not in writer:
            yield Finding(row.key, "review", "one", "nothing")
        else:
            yield from differing(
                row.key, "points given to", points(writer[row.key]).name, row.credit
            )
