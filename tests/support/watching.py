"""Who is told by each step of a process, and what money moves, as the database has it."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from market import invoices, listings, modes, orders, pots, vouchers
from market.processes import Party, Process
from storage.bids import bids
from storage.demands import demands as demand_rows
from storage.history import history
from storage.ledger_tables import ledger_transfers
from storage.orders import orders as order_rows
from storage.outbox import outbox
from storage.unit_of_work import UnitOfWork
from tests.support.chat import PROVIDER_ROOM, Chat

Seen = dict["Taken", tuple[set[Party], set[str]]]
Taken = tuple[str, str, str]  # the process, the state it was in, the step


@dataclass
class Watch:
    """What every unit of work decided to tell and posted, by the step it took."""

    told: dict[Taken, set[Party]] = field(default_factory=lambda: defaultdict(set))
    money: dict[Taken, set[str]] = field(default_factory=lambda: defaultdict(set))
    _at: dict[str, str] = field(default_factory=dict)
    _seen: dict[str, int] = field(default_factory=dict)

    def look(self, uow: UnitOfWork) -> None:
        steps = self._news(uow, history)
        rows, moves = self._news(uow, outbox), self._news(uow, ledger_transfers)
        last = {step.subject: step.id for step in steps}
        for step in steps:
            before = self._at.get(step.subject)
            if "/" in step.subject or step.subject[0] not in "DFJLOQ" or not step.status:
                continue
            process = _process(uow, step.subject)
            self._at[step.subject] = step.status
            # Too small to be looked at by anybody: submitted and approved in one turn.
            at = before or process.first
            way = next(
                (
                    w
                    for w in process.ways
                    if (w.at, w.to) == (at, step.status)
                    and (w.step == step.step or w.to == "expired")
                ),
                None,
            )
            if way is None or step.id != last[step.subject]:
                continue  # of several steps in one turn the last is what people see
            taken = (process.name, str(way.at), str(way.step))
            self.told[taken] |= {
                _party(uow, step.subject, row) for row in rows if self._is_about(uow, step, row)
            }
            self.money[taken] |= {move.code for move in moves if _moved_by(uow, step, move)}

    def seen(self) -> Seen:
        return {taken: (self.told[taken], self.money[taken]) for taken in self.told}

    def _is_about(self, uow: UnitOfWork, step: Any, row: Any) -> bool:
        key: str = row.key
        if step.subject[0] == "O" and step.step in {orders.Step.SETTLE, orders.Step.DISPUTE}:
            is_pot = _process(uow, step.subject) is pots.POT
            return key.startswith(f"{step.subject}:" if is_pot else "J")
        if step.step in {modes.DemandStep.AWARD, modes.DemandStep.GIVE}:
            return key.startswith(("D", "O"))
        pot = uow.orders.find_pot(int(step.subject[1:])) if step.subject[0] == "D" else None
        return key.startswith((f"{step.subject}:", f"{pot.no}:" if pot else "-"))

    def _news(self, uow: UnitOfWork, table: Any) -> list[Any]:
        after = self._seen.get(table.name, 0)
        rows = uow.conn.execute(select(table).where(table.c.id > after).order_by(table.c.id)).all()
        self._seen[table.name] = uow.conn.execute(select(func.max(table.c.id))).scalar() or 0
        return list(rows)


def promised(processes: tuple[Process[Any, Any], ...]) -> Seen:
    """What their tables say."""
    return {
        (process.name, str(way.at), str(way.step)): (set(way.tells), set(way.money))
        for process in processes
        for way in process.ways
    }


def _moved_by(uow: UnitOfWork, step: Any, move: Any) -> bool:
    """Whether a transfer belongs to this step of this thing, when others were taken with it."""
    if step.subject[0] == "J":
        if move.code in {"public-back", "promise-renewed"}:
            return False  # the order's table names them: few disputes are about public money
        order_no = f"O{uow.disputes.lock(int(step.subject[1:])).order_id}"
        return str(move.key).startswith(f"{order_no}:")
    if step.subject[0] != "O":
        return True
    if _process(uow, step.subject) is pots.POT:
        return f"escrow:{step.subject}" in {move.debit, move.credit}
    if move.code == "allotted" and step.step != orders.Step.FUND:
        return False  # it was funded in the same turn
    return str(move.key).startswith(f"{step.subject}:")


def _process(uow: UnitOfWork, subject: str) -> Process[Any, Any]:
    if subject[0] == "O":
        return uow.orders.find_payable(int(subject[1:])).process
    if subject[0] == "J":
        return uow.disputes.lock(int(subject[1:])).process
    others: dict[str, Process[Any, Any]] = {
        "F": invoices.INVOICE,
        "L": listings.LISTING,
        "Q": vouchers.VOUCHER,
    }
    if subject[0] in others:
        return others[subject[0]]
    return uow.demands.find(int(subject[1:])).process


def _party(uow: UnitOfWork, subject: str, row: Any) -> Party:
    if row.room is not None:
        return Party.GROUPS if row.room == PROVIDER_ROOM else Party.STAFF
    number = int(subject[1:])
    if subject[0] == "O":
        if ":consoled:" in row.key:
            return Party.BIDDERS
        order = uow.conn.execute(select(order_rows).where(order_rows.c.id == number)).one()
        parties = {order.buyer_id: Party.BUYER, order.provider_person_id: Party.PROVIDER}
        return parties.get(row.person_id, Party.STAFF)
    if subject[0] == "L":
        return Party.PROVIDER
    if subject[0] == "Q":
        holder = uow.vouchers.lock(number).person_id
        return Party.BUYER if row.person_id == holder else Party.STAFF
    if subject[0] == "J":
        dispute = uow.disputes.lock(number)
        deal = uow.orders.find(dispute.order_id)
        sides = {deal.buyer_id: Party.BUYER, deal.provider_person_id: Party.PROVIDER}
        seats = uow.panels.seats(number, dispute.instance)
        seated = {seat.person_id: Party.PANEL for seat in seats}
        return (sides | seated).get(row.person_id, Party.STAFF)
    if subject[0] == "F":
        invoice = uow.invoices.lock(number)
        return Party.BUYER if row.person_id == invoice.buyer_id else Party.PROVIDER
    demand = uow.conn.execute(select(demand_rows).where(demand_rows.c.id == number)).one()
    if row.person_id == demand.buyer_id:
        return Party.BUYER
    if demand.named_id is not None:
        members = uow.parties.member_ids(demand.named_id)
        return Party.PROVIDER if row.person_id in members else Party.STAFF
    bidders = uow.conn.execute(select(bids.c.person_id).where(bids.c.demand_id == number)).scalars()
    if ":asked:" in row.key:
        return Party.PROVIDER
    if row.person_id not in set(bidders):
        return Party.STAFF
    is_winner = row.key.startswith("O") and ":consoled:" not in row.key
    return Party.PROVIDER if is_winner else Party.BIDDERS


def watched(chat: Chat) -> Watch:
    """Sees each unit of work from inside, before it is committed."""
    watch, run = Watch(), chat.runner.run

    async def run_watched(work: Callable[[UnitOfWork], Any]) -> Any:
        def observed(uow: UnitOfWork) -> Any:
            result = work(uow)
            watch.look(uow)
            return result

        return await run(observed)

    chat.runner.run = run_watched  # type: ignore[method-assign]
    return watch
