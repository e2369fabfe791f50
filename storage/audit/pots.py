"""Rewards and deposits: what was put up before there was a provider, and where it went."""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, select

from market.modes import DemandStatus
from market.orders import OrderStatus
from storage.audit.findings import Finding, differing
from storage.audit.look import Look
from storage.demands import demands
from storage.ledger_tables import ledger_transfers
from storage.orders import orders

IS_POT = orders.c.bid_id.is_(None)
_PAID_FOR = {DemandStatus.OPEN, DemandStatus.OPENED}
_NEVER_ASKED = {DemandStatus.IN_REVIEW, DemandStatus.REJECTED}


def drawn(look: Look) -> dict[int, int]:
    """Pot → fen that funded orders have taken out of it."""
    sums: dict[int, int] = defaultdict(int)
    taken = select(orders.c.pot_id, orders.c.prepaid_fen).where(
        orders.c.pot_id.is_not(None), orders.c.funded_at.is_not(None)
    )
    for row in look.rows(taken):
        sums[row.pot_id] += row.prepaid_fen
    return sums


def pots(look: Look) -> Iterator[Finding]:
    """Each demand that needs a pot has one of its sum, in step; prizes are those promised."""
    pot_of = {row.demand_id: row for row in look.rows(select(orders).where(IS_POT))}
    prizes = defaultdict(list)
    for row in look.rows(select(orders).where(orders.c.pot_id.is_not(None)).order_by(orders.c.id)):
        prizes[row.demand_id].append(row)
    for demand in look.rows(select(demands).order_by(demands.c.id)):
        pot = pot_of.pop(demand.id, None)
        yield from _pot(demand, pot)
        promised = json.loads(demand.prizes_fen)
        for number, order in enumerate(prizes.pop(demand.id, [])):
            no = f"O{order.id}"
            yield from differing(no, "pot", pot.id if pot else 0, order.pot_id)
            if promised:
                prize = promised[number] if number < len(promised) else 0
                yield from differing(no, f"prize {number + 1}", prize, order.price_fen)
                yield from differing(no, "prepaid", order.price_fen, order.prepaid_fen)
            else:
                least = min(demand.deposit_fen, order.price_fen)
                yield from differing(no, "prepaid", least, order.prepaid_fen)
    for demand_id in sorted({*pot_of, *prizes}):
        yield Finding(f"D{demand_id}", "demand of a pot", "there", "missing")
    yield from _allotted(look)


def _pot(demand: Row[Any], pot: Row[Any] | None) -> Iterator[Finding]:
    no = f"D{demand.id}"
    wanted = sum(json.loads(demand.prizes_fen)) or demand.deposit_fen
    if not wanted or demand.status in _NEVER_ASKED:
        if pot is not None:
            yield Finding(no, f"pot when {demand.status}", "none", f"O{pot.id}")
        return
    if pot is None:
        if demand.status != DemandStatus.WITHDRAWN:  # while it was looked at
            yield Finding(no, f"pot when {demand.status}", "one", "nothing")
        return
    yield from differing(f"O{pot.id}", "sum of the pot", wanted, pot.price_fen)
    if demand.status == DemandStatus.UNPAID:
        yield from differing(
            f"O{pot.id}", "status beside its demand", OrderStatus.AWAITING_PAYMENT, pot.status
        )
    if demand.status in _PAID_FOR:
        yield from differing(
            f"O{pot.id}", "status beside its demand", OrderStatus.FUNDED, pot.status
        )


def _allotted(look: Look) -> Iterator[Finding]:
    """Every funded order has what it prepaid, by one transfer from its pot; none stands alone."""
    taken = select(orders).where(orders.c.prepaid_fen > 0, orders.c.funded_at.is_not(None))
    wanted = {f"O{row.id}:allotted": row for row in look.rows(taken)}
    moved = select(ledger_transfers).where(ledger_transfers.c.code == "allotted")
    for move in look.rows(moved):
        order = wanted.pop(move.key, None)
        yield from differing(move.key, "amount", order.prepaid_fen if order else 0, move.amount)
        if order is not None:
            yield from differing(move.key, "pot", f"escrow:O{order.pot_id}", move.debit)
    for key in sorted(wanted):
        yield Finding(key, "transfer", "one", "nothing")
