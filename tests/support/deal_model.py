"""The market as a child would keep it: who may do what, and whose every fen is.

Written from the documented rules (docs/processes.md, the operator's guide) and from nothing else.
Every method says whether the market should accept, and changes the model only then.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

H = timedelta(hours=1)
REVIEWED_FROM, TWO_KEYS_ABOVE, SMALL_CLAIM = 5_000_000, 1_000_000, 200_000  # fen
FEE_BP = 600

# What changes nothing but the state: whose step it is (nobody's: staff), from where, to where.
STEPS: dict[str, tuple[str, str, str]] = {
    "reject": ("", "in_review", "rejected"),
    "withdraw": ("buyer", "in_review open opened", "withdrawn"),
    "decline": ("asked", "open", "declined"),
    "off": ("provider", "in_review listed", "withdrawn"),
    "start": ("provider", "funded", "in_progress"),
    "deliver": ("provider", "in_progress delivered", "delivered"),
    "return": ("buyer", "delivered", "in_progress"),
    "dispute": ("buyer", "in_progress delivered", "disputed"),
    "accept": ("buyer", "delivered", "completed"),
    "leave": ("buyer", "awaiting_payment", "cancelled"),
    "cancel": ("buyer", "funded", "refunded"),
}


@dataclass
class Thing:
    """A demand, a listing or an order, with what is known of it."""

    buyer: str = ""
    provider: str = ""
    asked: str = ""  # the one provider a demand asks, if it asks one
    status: str = "in_review"
    price: int = 0
    prepaid: int = 0  # how much of the price was paid in advance
    due: datetime | None = None  # when the clock does what nobody did
    letters: list[str] = field(default_factory=list)  # providers in the order of their bids
    bids: dict[str, int] = field(default_factory=dict)  # those that count
    gateway: str = ""  # by which it was paid
    first_key: str = ""  # who entered a transfer by hand
    ruling: tuple[str, int] | None = None  # by whom, basis points back
    rules: bool = False  # it has all its keys, and waits for what both sides say
    judged: set[str] = field(default_factory=set)  # who had a part in the ruling appealed against
    judges: set[str] = field(default_factory=set)  # who has a part in this one
    appealed: bool = False
    content: set[str] = field(default_factory=set)  # who has accepted it


@dataclass
class Debt:
    """What two colleagues send: a refund, or what a provider has asked for."""

    amount: int
    gateway: str
    first_key: str = ""


class Model:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.demands: dict[int, Thing] = {}
        self.listings: dict[int, Thing] = {}
        self.orders: dict[int, Thing] = {}
        self.money: Counter[tuple[str, object]] = Counter()  # (what, whose) → balance
        self.debts: dict[tuple[str, object], Debt] = {}

    def step(self, name: str, thing: Thing, who: str = "") -> bool:
        role, at, to = STEPS[name]
        if thing.status not in at.split() or (role and getattr(thing, role) != who):
            return False
        thing.status = to
        if name == "deliver":
            thing.due = self.now + 168 * H
        return True

    # --- before there is an order ----------------------------------------------------------

    def submit(self, no: int, buyer: str, asked: str, budget: int) -> None:
        self.demands[no] = Thing(buyer=buyer, asked=asked)
        if budget < REVIEWED_FROM:
            self.approve(no)

    def approve(self, no: int) -> bool:
        demand = self.demands[no]
        if demand.status != "in_review":
            return False
        closes = self.now + (24 if demand.asked else 48) * H - timedelta(minutes=5)
        demand.status, demand.due = "open", closes.replace(minute=0, second=0, microsecond=0)
        return True

    def bid(self, no: int, provider: str, price: int) -> bool:
        demand = self.demands[no]
        if demand.status != "open" or demand.asked not in ("", provider):
            return False
        demand.letters += [] if provider in demand.letters else [provider]
        demand.bids[provider] = price
        if demand.asked:
            self._open(demand)
        return True

    def take_back(self, no: int, provider: str) -> bool:
        demand = self.demands[no]
        return demand.status == "open" and demand.bids.pop(provider, None) is not None

    def open(self, no: int, buyer: str) -> bool:
        demand = self.demands[no]
        if demand.status != "open" or demand.buyer != buyer or demand.asked:
            return False
        self._open(demand)
        return True

    def _open(self, demand: Thing) -> None:
        demand.status = "opened" if demand.bids else "expired"
        demand.due = self.now + 72 * H

    def award(self, no: int, buyer: str, letter: int, order: int) -> bool:
        demand = self.demands[no]
        provider = (demand.letters[letter : letter + 1] or [""])[0]
        if demand.buyer != buyer or demand.status != "opened" or provider not in demand.bids:
            return False
        demand.status = "awarded"
        self._order(order, buyer, provider, demand.bids[provider])
        return True

    def approve_listing(self, no: int) -> bool:
        listing = self.listings[no]
        if listing.status != "in_review":
            return False
        for other in self.listings.values():  # one on sale for each provider: the newest
            if other.provider == listing.provider and other.status == "listed":
                other.status = "withdrawn"
        listing.status = "listed"
        return True

    def buy(self, no: int, buyer: str, seen: int, order: int) -> bool:
        listing = self.listings[no]
        if listing.status != "listed" or seen != listing.price:
            return False
        self._order(order, buyer, listing.provider, listing.price)
        return True

    def _order(self, no: int, buyer: str, provider: str, price: int) -> None:
        self.orders[no] = Thing(
            buyer, provider, "", "awaiting_payment", price, due=self.now + 48 * H
        )

    # --- money comes in, is divided, and goes out ------------------------------------------

    def notice(self, no: int) -> bool:
        """The gateway says it is paid; saying so again changes nothing."""
        return self.orders[no].gateway == "sandbox" or self._fund(no, "sandbox")

    def enter(self, no: int, staff: str, right: bool) -> bool:
        order = self.orders[no]
        accepted = order.status == "awaiting_payment" and right
        order.first_key = order.first_key or (staff if accepted else "")
        return accepted

    def confirm(self, no: int, staff: str) -> bool:
        return self.orders[no].first_key not in ("", staff) and self._fund(no, "offline")

    def _fund(self, no: int, gateway: str) -> bool:
        order = self.orders[no]
        if order.status != "awaiting_payment":
            return False
        order.status, order.gateway = "funded", gateway
        self._move(("cash", gateway), ("escrow", no), order.price)
        return True

    def accept(self, no: int, buyer: str) -> bool:
        return self.step("accept", self.orders[no], buyer) and self._settle(no, 0)

    def cancel(self, no: int, buyer: str) -> bool:
        order = self.orders[no]
        free = self.step("leave", order, buyer)
        return free or (self.step("cancel", order, buyer) and self._settle(no, order.price))

    def rule(self, no: int, staff: str, back_bp: int) -> bool:
        order = self.orders[no]
        if order.status != "disputed" or order.ruling or not self._is_fair(order, staff):
            return False
        order.ruling, order.judges = (staff, back_bp), {staff}
        return order.price > TWO_KEYS_ABOVE or self._rule(order, no)

    def agree(self, no: int, staff: str) -> bool:
        order = self.orders[no]
        if not self._is_proposed(order) or not self._is_fair(order, staff):
            return False
        if order.ruling is None or order.ruling[0] == staff:
            return False
        order.judges.add(staff)
        return self._rule(order, no)

    def refuse(self, no: int, staff: str) -> bool:
        order = self.orders[no]
        accepted = self._is_proposed(order) and self._is_fair(order, staff)
        order.ruling = None if accepted else order.ruling
        return accepted

    def _is_proposed(self, order: Thing) -> bool:
        return order.status == "disputed" and order.ruling is not None and not order.rules

    def _is_fair(self, order: Thing, staff: str) -> bool:
        return staff not in {order.buyer, order.provider, *order.judged}

    def _rule(self, order: Thing, no: int) -> bool:
        """All keys are turned: final on an appeal and for a small sum, else there is time."""
        if order.appealed or order.price <= SMALL_CLAIM:
            return self._carry_out(order, no)
        order.rules, order.due = True, self.now + 72 * H
        return True

    def take(self, no: int, who: str) -> bool:
        """A side accepts the ruling; saying so twice is once."""
        order = self.orders[no]
        waits = order.status == "disputed" and order.rules
        if not waits or who not in {order.buyer, order.provider}:
            return False
        order.content.add(who)
        return len(order.content) < 2 or self._carry_out(order, no)

    def appeal(self, no: int, who: str) -> bool:
        order = self.orders[no]
        waits = order.status == "disputed" and order.rules
        if not waits or who not in {order.buyer, order.provider} - order.content:
            return False
        order.judged, order.judges, order.content = order.judges, set(), set()
        order.ruling, order.rules, order.appealed = None, False, True
        return True

    def _carry_out(self, order: Thing, no: int) -> bool:
        order.status = "refunded"
        return self._settle(no, order.price * order.ruling[1] // 10_000 if order.ruling else 0)

    def _settle(self, no: int, back: int) -> bool:
        """Everything leaves escrow: back to the buyer, the fee on the rest, the provider's."""
        order = self.orders[no]
        fee = (order.price - back) * FEE_BP // 10_000
        if back:
            self.debts["owed", no] = Debt(back, order.gateway)
        self._move(("escrow", no), ("owed", no), back)
        self._move(("escrow", no), ("income", ""), fee)
        self._move(("escrow", no), ("earned", order.provider), order.price - back - fee)
        if order.status == "completed":
            self._move(("issued", ""), ("points", order.buyer), order.price // 100)
        return True

    def ask_payout(self, provider: str) -> bool:
        key, earned = ("earned", provider), self.money["earned", provider]
        if key not in self.debts and earned:
            self.debts[key] = Debt(earned, "offline")
        return True

    def enter_debt(self, key: tuple[str, object], staff: str, right: bool) -> bool:
        debt = self.debts.get(key)
        if debt is None or not right:
            return False
        debt.first_key = debt.first_key or staff
        return True

    def pay_debt(self, key: tuple[str, object], staff: str) -> bool:
        debt = self.debts.get(key)
        if debt is None or debt.first_key in ("", staff):
            return False
        self._move(key, ("cash", debt.gateway), self.debts.pop(key).amount)
        return True

    def _move(self, source: tuple[str, object], target: tuple[str, object], fen: int) -> None:
        self.money[source] -= fen
        self.money[target] += fen

    # --- time ------------------------------------------------------------------------------

    def tick(self, now: datetime) -> None:
        """What nobody did in time happens; everybody who had to be warned has been."""
        self.now = now
        for demand in self.demands.values():
            if demand.due and demand.due <= now and demand.status == "open":
                self._open(demand)
            elif demand.due and demand.due <= now and demand.status == "opened":
                demand.status = "expired"
        for no, order in self.orders.items():
            if order.due and order.due <= now and order.status == "awaiting_payment":
                order.status = "expired"
            elif order.due and order.due <= now and order.status == "disputed" and order.rules:
                self._carry_out(order, no)
            elif order.due and order.due <= now and order.status == "delivered":
                order.status = "completed"
                self._settle(no, 0)
