"""What a child adds to its market when rewards and deposits are paid in advance.

Beside `deal_model`, and like it written from the documented rules only.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.support.deal_model import REVIEWED_FROM, Debt, H, Model, Thing

KEPT_BP = 3_000  # of a pot, for those who took part in vain
WINDOWS = {"bounty": 168, "piece": 168, "question": 24, "deposit": 48}  # hours


@dataclass
class Promise(Thing):
    """A demand behind a pot, the pot itself (`demand` is its demand), or an order out of it."""

    kind: str = ""
    prizes: tuple[int, ...] = ()
    deposit: int = 0
    pot: int = 0
    demand: int = 0
    given: list[str] = field(default_factory=list)
    paid_at: datetime | None = None


class PotModel(Model):
    number_of_pot: Callable[[int], int]  # which number the market gave the pot of a demand

    def promise(
        self, no: int, buyer: str, kind: str, prizes: tuple[int, ...], deposit: int, budget: int
    ) -> None:
        self.demands[no] = Promise(buyer=buyer, kind=kind, prizes=prizes, deposit=deposit)
        if (sum(prizes) or budget) < REVIEWED_FROM:
            self.approve(no)

    def approve(self, no: int) -> bool:
        demand = self._demand(no)
        if demand.status != "in_review":
            return False
        demand.status, demand.pot = "unpaid", self.number_of_pot(no)
        price = sum(demand.prizes) or demand.deposit
        self.orders[demand.pot] = Promise(
            demand.buyer, "", "", "awaiting_payment", price, due=self.now + 48 * H,
            letters=demand.letters, demand=no,
        )  # fmt: skip
        return True

    def has_prizes(self, no: int) -> bool:
        return bool(self._demand(no).prizes)

    def _demand(self, no: int) -> Promise:
        demand = self.demands[no]
        assert isinstance(demand, Promise)
        return demand

    def _order_of(self, no: int) -> Promise:
        order = self.orders[no]
        assert isinstance(order, Promise)
        return order

    def step(self, name: str, thing: Thing, who: str = "") -> bool:
        waits = name == "withdraw" and thing.status == "unpaid" and thing.buyer == who
        if not waits and not super().step(name, thing, who):
            return False
        if name == "withdraw" and isinstance(thing, Promise):
            thing.status = "withdrawn"
            self._end(thing, self._in_vain(thing))
        return True

    def _in_vain(self, demand: Promise) -> list[str]:
        """Who sent something that still counts, if nobody has won anything."""
        return [] if demand.given else [one for one in demand.letters if one in demand.bids]

    def _end(self, demand: Promise, consoled: list[str]) -> None:
        pot = self.orders.get(demand.pot)
        if pot is None or pot.status not in {"awaiting_payment", "funded"}:
            return
        if pot.status == "awaiting_payment":
            pot.status = "cancelled"
            return
        left, held = self.money["escrow", demand.pot], ("escrow", demand.pot)
        shared = left * KEPT_BP // 10_000 if consoled else 0
        for place, provider in enumerate(consoled):
            part = shared // len(consoled) + (place < shared % len(consoled))
            self._move(held, ("earned", provider), part)
        pot.status = "refunded"
        self._owe(demand.pot, left - shared, pot.gateway)

    def _owe(self, no: int, fen: int, gateway: str) -> None:
        self._move(("escrow", no), ("owed", no), fen)
        if fen:
            self.debts["owed", no] = Debt(fen, gateway)

    def _open(self, demand: Thing) -> None:
        super()._open(demand)
        if demand.status == "expired" and isinstance(demand, Promise):
            self._end(demand, [])

    def send(self, no: int, provider: str) -> bool:
        demand = self._demand(no)
        again = demand.kind == "piece" or provider not in demand.given
        if demand.status != "open" or not again:
            return False
        return super().bid(no, provider, 0)

    def choose(self, no: int, buyer: str, letter: int, order: int) -> bool:
        demand = self._demand(no)
        provider = (demand.letters[letter : letter + 1] or [""])[0]
        if demand.buyer != buyer or demand.status not in {"open", "opened"}:
            return False
        if provider not in demand.bids:
            return False
        del demand.bids[provider]
        prize, pot = demand.prizes[len(demand.given)], self.orders[demand.pot]
        demand.given.append(provider)
        self._draw(order, demand, provider, prize, prize)
        if len(demand.given) == len(demand.prizes):
            demand.status, pot.status = "awarded", "completed"
        if demand.kind != "bounty":
            self.orders[order].status = "completed"
            self._settle(order, 0)
        return True

    def award(self, no: int, buyer: str, letter: int, order: int) -> bool:
        demand = self._demand(no)
        if not super().award(no, buyer, letter, order):
            return False
        thing = self.orders[order]
        prepaid = min(demand.deposit, thing.price)
        self._draw(order, demand, thing.provider, thing.price, prepaid)
        demand.given.append(thing.provider)
        if prepaid == thing.price:
            self._end(demand, [])
        return True

    def _draw(self, no: int, demand: Promise, provider: str, price: int, prepaid: int) -> None:
        self.orders[no] = Promise(
            demand.buyer, provider, "", "awaiting_payment", price, prepaid,
            due=self.now + 48 * H, pot=demand.pot,
        )  # fmt: skip
        if prepaid == price:
            self._fund(no, self.orders[demand.pot].gateway)

    def _fund(self, no: int, gateway: str) -> bool:
        order = self._order_of(no)
        if order.status != "awaiting_payment":
            return False
        order.status, order.gateway, order.paid_at = "funded", gateway, self.now
        self._move(("cash", gateway), ("escrow", no), order.price - order.prepaid)
        if order.prepaid:
            self._move(("escrow", order.pot), ("escrow", no), order.prepaid)
            if not self.money["escrow", order.pot]:
                self.orders[order.pot].status = "completed"
        if order.demand:
            demand = self._demand(order.demand)
            closes = self.now + WINDOWS[demand.kind] * H - timedelta(minutes=5)
            demand.status, demand.due = "open", closes.replace(minute=0, second=0, microsecond=0)
        return True

    def cancel(self, no: int, buyer: str) -> bool:
        order = self._order_of(no)
        if order.demand:
            return False
        paid = order.status == "funded"
        if not (self.step("leave", order, buyer) or self.step("cancel", order, buyer)):
            return False
        if not paid:
            self._lose(order)
            return True
        in_time = order.paid_at is not None and self.now <= order.paid_at + 24 * H
        kept = order.prepaid * KEPT_BP // 10_000 if in_time else 0
        self._move(("escrow", no), ("earned", order.provider), kept)
        self._owe(no, order.price - kept, order.gateway)
        return True

    def _lose(self, order: Promise) -> None:
        """The rest of a price is not paid: the chosen one keeps a part of the deposit."""
        self._end(self._demand(self._order_of(order.pot).demand), [order.provider])

    def tick(self, now: datetime) -> None:
        chosen = [d for d in self.demands.values() if d.status == "opened"]
        unpaid = [o for o in self.orders.values() if o.status == "awaiting_payment"]
        super().tick(now)
        for demand in chosen:
            if demand.status == "expired" and isinstance(demand, Promise):
                self._end(demand, self._in_vain(demand))
        for order in unpaid:
            if order.status != "expired" or not isinstance(order, Promise):
                continue
            if order.demand:
                self.demands[order.demand].status = "expired"
            else:
                self._lose(order)
