"""Public money: budgets, what was granted, set aside and spent, and what stands behind it."""

from collections.abc import Iterator

from sqlalchemy import select

from market.orders import OrderStatus
from market.programmes import ProgrammeKind
from market.public_parts import PartStatus, PublicPart
from market.vouchers import VoucherStatus
from storage.audit.findings import Finding, differing
from storage.audit.look import Look
from storage.ledger_tables import ledger_holds, ledger_transfers
from storage.orders import orders
from storage.programmes import appropriations, programmes
from storage.public_parts import public_parts
from storage.vouchers import vouchers

_OVER = {OrderStatus.CANCELLED, OrderStatus.EXPIRED}


def public_money(look: Look) -> Iterator[Finding]:
    """Every sum of public money has what it comes from, and what an order has of it is there."""
    yield from _budgets(look)
    yield from _moved(
        look,
        "appropriated",
        {
            f"{row.programme}/{row.id}:appropriated": row.amount_fen
            for row in look.rows(select(appropriations))
            if row.confirmed_by is not None
        },
    )
    granted = {VoucherStatus.GRANTED, VoucherStatus.LAPSED}
    yield from _moved(
        look,
        "granted",
        {
            f"Q{row.id}:granted": row.amount_fen
            for row in look.rows(select(vouchers))
            if row.status in granted
        },
    )
    yield from _parts(look)


def _budgets(look: Look) -> Iterator[Finding]:
    changes = ledger_transfers.c.code == "budget"
    up: dict[str, int] = {}
    for row in look.rows(select(ledger_transfers).where(changes)):
        sign = 1 if row.debit.startswith("promise:") else -1
        code = (row.debit if sign > 0 else row.credit).partition(":")[2]
        up[code] = up.get(code, 0) + sign * row.amount
    for row in look.rows(select(programmes).order_by(programmes.c.code)):
        expected = 0 if row.kind == ProgrammeKind.SUBSIDY else row.budget_fen
        yield from differing(row.code, "budget", expected, up.get(row.code, 0))


def _moved(look: Look, code: str, wanted: dict[str, int]) -> Iterator[Finding]:
    """Each of these has its transfer of this code, and there is no other."""
    for row in look.rows(select(ledger_transfers).where(ledger_transfers.c.code == code)):
        yield from differing(row.key, "amount", wanted.pop(row.key, 0), row.amount)
    for key, amount in sorted(wanted.items()):
        yield Finding(key, "transfer", amount, "nothing")


def _parts(look: Look) -> Iterator[Finding]:
    """What an order has of public money: one part, set aside while unpaid, spent once paid."""
    resolved = ledger_holds.alias()
    held = {
        row.key: row.amount
        for row in look.rows(
            select(ledger_holds.c.key, ledger_holds.c.amount)
            .outerjoin(resolved, resolved.c.resolves == ledger_holds.c.key)
            .where(ledger_holds.c.key.is_not(None), resolved.c.id.is_(None))
        )
    }
    parts = {
        row.order_id: PublicPart(**{**row._mapping, "status": PartStatus(row.status)})
        for row in look.rows(select(public_parts))
        if row.status != PartStatus.RELEASED
    }
    spent: dict[str, int] = {}
    for row in look.rows(select(orders).where(orders.c.bid_id.is_not(None)).order_by(orders.c.id)):
        no, part = f"O{row.id}", parts.pop(row.id, None)
        yield from differing(no, "public part", row.public_fen, part.amount_fen if part else 0)
        if part is None:
            continue
        if row.status in _OVER:
            yield Finding(no, f"public part when {row.status}", "released", part.status)
        paid = row.funded_at is not None
        if paid:
            spent[f"{no}:public"] = part.amount_fen
        status = PartStatus.SPENT if paid else PartStatus.HELD
        yield from differing(no, "public part", status, part.status)
        for key in part.hold_keys:
            yield from differing(key, "set aside", 0 if paid else part.amount_fen, held.get(key, 0))
    for order_id in sorted(parts):
        yield Finding(f"O{order_id}", "order of a public part", "there", "missing")
    yield from _moved(look, "public", spent)
