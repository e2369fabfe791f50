"""A child's picture of public money: what was promised, what was paid in, and who has what of it.

Written from the documented rules only; whole fen, no SQL, nothing of the market's.
"""

from dataclasses import dataclass, field

SHARE_BP, PER_FIRM, OWN_LEAST = 5_000, 1_500_000, 100


@dataclass
class Deal:
    price: int
    status: str = "awaiting_payment"
    voucher: int | None = None  # None and public > 0: the authority buys
    public: int = 0
    agreed: set[str] = field(default_factory=set)


@dataclass
class Public:
    """One voucher programme, one purchase programme with a budget and what is paid in."""

    budget: dict[str, int]
    funds: dict[str, int]
    vouchers: dict[int, int] = field(default_factory=dict)  # what is left, set aside or not
    lapsed: set[int] = field(default_factory=set)
    deals: dict[int, Deal] = field(default_factory=dict)
    owed: dict[int, int] = field(default_factory=dict)  # to the buyer, in money

    def held(self, *, voucher: int | None = None, code: str = "") -> int:
        waiting = [d for d in self.deals.values() if d.status == "awaiting_payment" and d.public]
        if code:
            return sum(d.public for d in waiting if self._code(d) == code)
        return sum(d.public for d in waiting if d.voucher == voucher and voucher is not None)

    def _code(self, deal: Deal) -> str:
        return "CXQ" if deal.voucher is not None else "ZF"

    def pay_in(self, code: str, fen: int) -> bool:
        self.funds[code] += fen
        return True

    def use(self, no: int, voucher: int) -> bool:
        deal = self.deals[no]
        if deal.status != "awaiting_payment" or deal.public or voucher in self.lapsed:
            return False
        fen = min(
            deal.price * SHARE_BP // 10_000,
            PER_FIRM,
            self.vouchers[voucher] - self.held(voucher=voucher),
            self.funds["CXQ"] - self.held(code="CXQ"),
            deal.price - OWN_LEAST,
        )
        if fen <= 0:
            return False
        deal.voucher, deal.public = voucher, fen
        return True

    def buy(self, no: int) -> bool:
        deal = self.deals[no]
        free = self.funds["ZF"] - self.held(code="ZF")
        if deal.status != "awaiting_payment" or deal.public or deal.price > free:
            return False
        deal.voucher, deal.public, deal.agreed = None, deal.price, set()
        return True

    def agree(self, no: int, who: str) -> bool:
        deal = self.deals[no]
        if deal.status != "awaiting_payment" or not deal.public or deal.voucher is not None:
            return False
        if who in deal.agreed:
            return False
        deal.agreed.add(who)
        if deal.agreed == {"authority", "provider"}:
            self._fund(deal)
        return True

    def leave(self, no: int) -> bool:
        deal = self.deals[no]
        if deal.status != "awaiting_payment" or not deal.public:
            return False
        self._free(deal)
        return True

    def _free(self, deal: Deal) -> None:
        if deal.voucher in self.lapsed:  # nobody can use it any more
            self.vouchers[deal.voucher] -= deal.public
            self.budget["CXQ"] += deal.public
        deal.voucher, deal.public, deal.agreed = None, 0, set()

    def pay(self, no: int) -> bool:
        deal = self.deals[no]
        if deal.status != "awaiting_payment" or deal.public == deal.price:
            return False
        self._fund(deal)
        return True

    def _fund(self, deal: Deal) -> None:
        deal.status = "funded"
        if deal.public:
            code = self._code(deal)
            self.funds[code] -= deal.public
            if deal.voucher is None:
                self.budget[code] -= deal.public
            else:
                self.vouchers[deal.voucher] -= deal.public

    def cancel(self, no: int) -> bool:
        deal = self.deals[no]
        if deal.status == "awaiting_payment":
            self._free(deal)
            deal.status = "cancelled"
            return True
        if deal.status != "funded":
            return False
        deal.status = "refunded"
        self._give_back(no, deal, deal.price)
        return True

    def expire(self, no: int) -> bool:
        deal = self.deals[no]
        if deal.status == "awaiting_payment":
            self._free(deal)
            deal.status = "expired"
        return True

    def finish(self, no: int) -> bool:
        deal = self.deals[no]
        if deal.status != "funded":
            return False
        deal.status = "completed"
        return True

    def rule(self, no: int, refund_bp: int) -> bool:
        deal = self.deals[no]
        if deal.status != "funded":
            return False
        deal.status = "refunded"
        self._give_back(no, deal, deal.price * refund_bp // 10_000)
        return True

    def _give_back(self, no: int, deal: Deal, fen: int) -> None:
        public = fen * deal.public // deal.price
        self.owed[no] = fen - public
        if not public:
            return
        code = self._code(deal)
        self.funds[code] += public
        if deal.voucher is None or deal.voucher in self.lapsed:
            self.budget[code] += public
        else:
            self.vouchers[deal.voucher] += public

    def lapse(self, voucher: int) -> bool:
        if voucher not in self.lapsed:
            free = self.vouchers[voucher] - self.held(voucher=voucher)
            self.vouchers[voucher] -= free
            self.budget["CXQ"] += free
            self.lapsed.add(voucher)
        return True
