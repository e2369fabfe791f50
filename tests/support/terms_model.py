"""A child's picture of what is agreed: joint bids, haggling, changed demands, contracts, invoices.

Written from the documented rules only; every method says whether the market should accept, and
changes the model only then.
"""

from dataclasses import dataclass, field

ROUNDS, VERSIONS_MOST, FEE_BP = 3, 9, 600


@dataclass
class Bid:
    price: int
    status: str = "placed"
    partners: dict[str, list[object]] = field(default_factory=dict)  # firm → [share, said yes]
    rounds: int = 0
    talk: str = ""  # asked, answered, agreed, refused, dropped
    asked: int = 0
    answered: int = 0

    @property
    def is_live(self) -> bool:
        return self.status in ("placed", "suspended")

    def leave(self, status: str) -> None:
        self.status, self.partners = status, {}


@dataclass
class Demand:
    status: str = "open"
    letters: list[str] = field(default_factory=list)
    bids: dict[str, Bid] = field(default_factory=dict)

    def asking(self, firm: str) -> list[Bid]:
        return [bid for bid in self.bids.values() if firm in bid.partners]


@dataclass
class Deal:
    lead: str
    partners: dict[str, int]
    price: int
    shares: list[int]
    status: str = "awaiting_payment"
    stands: int = 1  # the version it stands under
    newest: int = 1
    proposed: tuple[str, list[int]] | None = None  # by whom, and waits for the other
    at: int = 0  # how many instalments are accepted
    fees: int = 0
    back: int = 0
    invoice: str = ""
    special: bool = False


@dataclass
class Terms:
    demands: dict[int, Demand] = field(default_factory=dict)
    deals: dict[int, Deal] = field(default_factory=dict)
    earned: dict[str, int] = field(default_factory=dict)

    # --- until the bids are opened ---------------------------------------------------------

    def place(self, no: int, firm: str, price: int) -> bool:
        demand = self.demands[no]
        joined = any(bid.partners[firm][1] for bid in demand.asking(firm))
        if demand.status != "open" or joined:
            return False
        demand.letters += [] if firm in demand.letters else [firm]
        bid = demand.bids.setdefault(firm, Bid(price))
        for partner in bid.partners.values():
            partner[1] = partner[1] and bid.price == price
        bid.price, bid.status = price, "placed"
        return True

    def change(self, no: int) -> bool:
        demand = self.demands[no]
        for bid in demand.bids.values() if demand.status == "open" else ():
            bid.status = "suspended" if bid.is_live else bid.status
        return demand.status == "open"

    def keep(self, no: int, firm: str) -> bool:
        """照旧; of a bid that stands already it changes nothing, whatever became of the demand."""
        bid = self.demands[no].bids.get(firm)
        if bid is None or not bid.is_live:
            return False
        bid.status = "placed"
        return True

    def take_back(self, no: int, firm: str) -> bool:
        demand, bid = self.demands[no], self.demands[no].bids.get(firm)
        if demand.status != "open" or bid is None or not bid.is_live:
            return False
        bid.leave("lapsed" if bid.status == "suspended" else "withdrawn")
        return True

    def late(self, no: int) -> bool:
        for bid in self.demands[no].bids.values():
            if bid.status == "suspended":
                bid.leave("lapsed")
        return True

    def join(self, no: int, firm: str, partners: list[tuple[str, int]]) -> bool:
        demand, bid = self.demands[no], self.demands[no].bids.get(firm)
        if demand.status != "open" or bid is None or not bid.is_live:
            return False
        names = [name for name, _ in partners]
        if firm in names or len(set(names)) < len(names) or not partners:
            return False
        if min(bp for _, bp in partners) < 100 or sum(bp for _, bp in partners) > 9_000:
            return False
        for name in names:
            own = demand.bids.get(name)
            if (own and own.is_live) or any(other is not bid for other in demand.asking(name)):
                return False
        bid.partners = {name: [bp, False] for name, bp in partners}
        return True

    def alone(self, no: int, firm: str) -> bool:
        demand, bid = self.demands[no], self.demands[no].bids.get(firm)
        if demand.status != "open" or bid is None or not bid.is_live:
            return False
        bid.partners = {}
        return True

    def answer_join(self, no: int, firm: str, yes: bool) -> bool:
        demand = self.demands[no]
        asking = demand.asking(firm)
        own = demand.bids.get(firm)
        if not asking or demand.status != "open" or (yes and own and own.is_live):
            return False
        if yes:
            asking[0].partners[firm][1] = True
        else:
            del asking[0].partners[firm]
        return True

    def open(self, no: int) -> bool:
        demand = self.demands[no]
        if demand.status != "open":
            return False
        self.late(no)
        for bid in demand.bids.values():
            bid.partners = {name: said for name, said in bid.partners.items() if said[1]}
        demand.status = "opened" if any(b.is_live for b in demand.bids.values()) else "expired"
        return True

    # --- haggling, and the choice ----------------------------------------------------------

    def _opened(self, no: int, firm: str) -> Bid | None:
        bid = self.demands[no].bids.get(firm)
        return bid if self.demands[no].status == "opened" and bid and bid.is_live else None

    def ask(self, no: int, firm: str, fen: int) -> bool:
        bid = self._opened(no, firm)
        if bid is None or bid.talk in ("asked", "agreed") or bid.rounds >= ROUNDS:
            return False
        if not max(bid.price // 10, 1) <= fen < bid.price:
            return False
        bid.rounds, bid.talk, bid.asked = bid.rounds + 1, "asked", fen
        return True

    def say(self, no: int, firm: str, what: str, fen: int) -> bool:
        """The provider agrees, refuses, or names another price."""
        bid = self._opened(no, firm)
        if bid is None or bid.talk != "asked":
            return False
        if what == "answered" and not bid.asked <= fen <= bid.price:
            return False
        bid.talk, bid.answered = what, fen
        bid.price = bid.asked if what == "agreed" else bid.price
        return True

    def take(self, no: int, firm: str) -> bool:
        bid = self._opened(no, firm)
        if bid is None or bid.talk not in ("answered", "agreed"):
            return False
        bid.price = bid.answered if bid.talk == "answered" else bid.price
        bid.talk = "agreed"
        return True

    def drop(self, no: int, firm: str) -> bool:
        bid = self._opened(no, firm)
        if bid is not None and bid.talk in ("asked", "answered"):
            bid.talk = "dropped"
        return bid is not None

    def award(self, no: int, firm: str, order: int) -> bool:
        bid = self._opened(no, firm)
        if bid is None:
            return False
        self.demands[no].status = "awarded"
        for other in self.demands[no].bids.values():
            other.status = "over"
        partners = {name: int(str(said[0])) for name, said in bid.partners.items()}
        self.deals[order] = Deal(firm, partners, bid.price, [bid.price])
        return True

    # --- the contract, the work, the invoice -----------------------------------------------

    def propose(self, no: int, who: str, weights: list[int], seen: int) -> bool:
        deal = self.deals[no]
        first = [deal.price * weight // sum(weights) for weight in weights[:-1]]
        shares = [*first, deal.price - sum(first)]
        if deal.status != "awaiting_payment" or who not in ("buyer", deal.lead):
            return False
        if deal.newest >= VERSIONS_MOST or min(shares) <= 0 or seen != deal.newest + 1:
            return False
        deal.newest, deal.proposed = deal.newest + 1, (who, shares)
        return True

    def answer(self, no: int, who: str, version: int, yes: bool) -> bool:
        deal = self.deals[no]
        if deal.status != "awaiting_payment" or who not in ("buyer", deal.lead):
            return False
        if deal.proposed is None or deal.proposed[0] == who or version != deal.newest:
            return False
        if yes:
            deal.stands, deal.shares = version, deal.proposed[1]
        deal.proposed = None
        return True

    def go(self, no: int, who: str, role: str, at: str, to: str) -> bool:
        deal = self.deals[no]
        right = who == ("buyer" if role == "buyer" else deal.lead)
        if not right or deal.status not in at.split():
            return False
        deal.status = to
        return True

    def cancel(self, no: int, who: str) -> bool:
        deal = self.deals[no]
        if self.go(no, who, "buyer", "awaiting_payment", "cancelled"):
            return True
        if not self.go(no, who, "buyer", "funded", "refunded"):
            return False
        deal.back = deal.price
        return True

    def accept(self, no: int, who: str) -> bool:
        deal = self.deals[no]
        if not self.go(no, who, "buyer", "delivered", "in_progress"):
            return False
        deal.at += 1
        due = deal.price * FEE_BP // 10_000
        upto = due * sum(deal.shares[: deal.at]) // deal.price
        self._pay(deal, deal.shares[deal.at - 1], upto - deal.fees)
        deal.status = "completed" if deal.at == len(deal.shares) else "in_progress"
        return True

    def rule(self, no: int, back_bp: int) -> bool:
        deal = self.deals[no]
        if deal.status not in ("in_progress", "delivered"):
            return False
        released = sum(deal.shares[: deal.at])
        deal.back = (deal.price - released) * back_bp // 10_000
        kept = deal.price - released - deal.back
        fee = max((released + kept) * FEE_BP // 10_000 - deal.fees, 0)
        self._pay(deal, kept, min(fee, kept))
        deal.status = "refunded"
        return True

    def _pay(self, deal: Deal, fen: int, fee: int) -> None:
        """The lead and its partners; what rounding leaves goes by the largest remainders."""
        deal.fees += fee
        ordered = sorted(deal.partners.items(), key=lambda one: -one[1])
        parts = [(deal.lead, 10_000 - sum(deal.partners.values())), *ordered]
        cut = [(fen - fee) * bp // 10_000 for _, bp in parts]
        lucky = sorted(range(len(parts)), key=lambda at: -((fen - fee) * parts[at][1] % 10_000))
        for at in lucky[: fen - fee - sum(cut)]:
            cut[at] += 1
        for (firm, _), part in zip(parts, cut, strict=True):
            self.earned[firm] = self.earned.get(firm, 0) + part

    def bill(self, no: int, who: str, step: str, special: bool) -> bool:
        deal = self.deals[no]
        by, at, to = {
            "request": ("buyer", " reversed dropped", "requested"),
            "issue": ("provider", "requested", "issued"),
            "leave": ("buyer", "requested", "dropped"),
            "reverse": ("provider", "issued", "reversing" if deal.special else "reversed"),
            "agree": ("buyer", "reversing", "reversed"),
        }[step]
        right = who == ("buyer" if by == "buyer" else deal.lead)
        if not right or deal.invoice not in at.split(" "):
            return False
        if step == "request":
            if deal.status not in ("completed", "refunded") or deal.price == deal.back:
                return False
            deal.special = special
        deal.invoice = to
        return True
