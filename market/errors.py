"""Refusals: what the market does not allow, with the facts needed to explain it kindly."""

from datetime import datetime


class MarketError(Exception):
    """An expected refusal. The turn undoes what it wrote and says why instead."""


class NotFound(MarketError):
    """There is no such thing, or it is somebody else's: deliberately indistinguishable."""

    def __init__(self, no: str) -> None:
        super().__init__(no)
        self.no = no


class StepNotAllowed(MarketError):
    """The demand, bid or order is not at a point where this step is possible."""

    def __init__(self, no: str, *, status: str, step: str) -> None:
        super().__init__(no, status, step)
        self.no, self.status, self.step = no, status, step


class DoneBefore(MarketError):
    """Somebody else was first; `who` and `at` say who and when, as far as it is known."""

    def __init__(self, no: str, *, status: str, who: str, at: datetime) -> None:
        super().__init__(no, status, who, at)
        self.no, self.status, self.who, self.at = no, status, who, at


class ProposalWaiting(MarketError):
    """A decision waits for its second key and is not replaced under the eyes of who reads it."""

    def __init__(self, no: str) -> None:
        super().__init__(no)
        self.no = no


class FirstKeyMissing(MarketError):
    """There is nothing yet that a second person could confirm; `of` says which kind of thing."""

    def __init__(self, no: str, *, of: str = "payment") -> None:
        super().__init__(no, of)
        self.no, self.of = no, of


class TakenOver(MarketError):
    """A colleague is already talking to this person."""

    def __init__(self, name: str, *, by: str) -> None:
        super().__init__(name, by)
        self.name, self.by = name, by


class NotYourRole(MarketError):
    """Only bound staff or providers may do this; what a text claims does not count."""

    def __init__(self, needed: str) -> None:
        super().__init__(needed)
        self.needed = needed


class NotUnderstood(MarketError):
    """The words looked like a step, but hold nothing that could be done."""


class BiddingClosed(MarketError):
    """The demand takes no more bids; `reopened` and `closed_at` say what to tell."""

    def __init__(self, demand_no: str) -> None:
        super().__init__(demand_no)
        self.demand_no = demand_no


class BidCapReached(MarketError):
    """The demand already has as many bids as it may have."""

    def __init__(self, demand_no: str, cap: int) -> None:
        super().__init__(demand_no, cap)
        self.demand_no, self.cap = demand_no, cap


class WantsWork(MarketError):
    """A demand with a reward takes works or answers, no offers of a price."""

    def __init__(self, demand_no: str) -> None:
        super().__init__(demand_no)
        self.demand_no = demand_no


class OwnDemand(MarketError):
    """A provider may not bid on a demand of its own people."""

    def __init__(self, demand_no: str) -> None:
        super().__init__(demand_no)
        self.demand_no = demand_no


class OptionNotOffered(MarketError):
    """A listing is sold without that option."""

    def __init__(self, listing_no: str, option: str) -> None:
        super().__init__(listing_no, option)
        self.listing_no, self.option = listing_no, option


class PriceChanged(MarketError):
    """A listing costs another sum than the buyer was shown."""

    def __init__(self, listing_no: str, price_fen: int) -> None:
        super().__init__(listing_no, price_fen)
        self.listing_no, self.price_fen = listing_no, price_fen


class HeadingRefused(MarketError):
    """An invoice cannot be made out so; `fields` are missing or wrong."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(fields)
        self.fields = fields


class NothingToInvoice(MarketError):
    """Nothing was accepted yet, or everything went back (`over`)."""

    def __init__(self, order_no: str, *, over: bool) -> None:
        super().__init__(order_no, over)
        self.order_no, self.over = order_no, over


class InvoicedBefore(MarketError):
    """The order has an invoice that counts."""

    def __init__(self, order_no: str, invoice_no: str) -> None:
        super().__init__(order_no, invoice_no)
        self.order_no, self.invoice_no = order_no, invoice_no


class PartnersRefused(MarketError):
    """A bid cannot be joint so; `why` is count, twice, shares, rival or nobody."""

    def __init__(self, demand_no: str, *, why: str) -> None:
        super().__init__(demand_no, why)
        self.demand_no, self.why = demand_no, why


class BidsSealed(MarketError):
    """Nobody sees prices before the bids are opened."""

    def __init__(self, demand_no: str, count: int) -> None:
        super().__init__(demand_no, count)
        self.demand_no, self.count = demand_no, count


class OfferChanged(MarketError):
    """The bid was revised after the buyer saw the price they confirm."""

    def __init__(self, demand_no: str, letter: str, *, price_fen: int) -> None:
        super().__init__(demand_no, letter, price_fen)
        self.demand_no, self.letter, self.price_fen = demand_no, letter, price_fen


class MoveNotAllowed(MarketError):
    """It is not this side's move in the negotiation, or it is over."""

    def __init__(self, demand_no: str, letter: str, *, status: str, side: str, move: str) -> None:
        super().__init__(demand_no, letter, status, side, move)
        self.demand_no, self.letter = demand_no, letter
        self.status, self.side, self.move = status, side, move


class CounterLimitReached(MarketError):
    """The buyer has named a price for this bid as often as allowed."""

    def __init__(self, demand_no: str, letter: str, limit: int) -> None:
        super().__init__(demand_no, letter, limit)
        self.demand_no, self.letter, self.limit = demand_no, letter, limit


class CounterPriceRefused(MarketError):
    """A price outside what can be meant: `least_fen` to `most_fen`."""

    def __init__(self, demand_no: str, *, price_fen: int, least_fen: int, most_fen: int) -> None:
        super().__init__(demand_no, price_fen, least_fen, most_fen)
        self.demand_no, self.price_fen = demand_no, price_fen
        self.least_fen, self.most_fen = least_fen, most_fen


class InstalmentsRefused(MarketError):
    """A price cannot be divided so: too many parts, one of nothing, or they miss the whole.

    `sum_bp` is what the rates came to, where rates were named.
    """

    def __init__(self, order_no: str, *, count: int, sum_bp: int | None = None) -> None:
        super().__init__(order_no, count, sum_bp)
        self.order_no, self.count, self.sum_bp = order_no, count, sum_bp


class ContractChanged(MarketError):
    """The contract is not the version any more that somebody read; `version` is the newest."""

    def __init__(self, order_no: str, *, version: int) -> None:
        super().__init__(order_no, version)
        self.order_no, self.version = order_no, version


class ProposalLimitReached(MarketError):
    """So many contracts were proposed for this order that people should talk."""

    def __init__(self, order_no: str, limit: int) -> None:
        super().__init__(order_no, limit)
        self.order_no, self.limit = order_no, limit


class NothingToConfirm(MarketError):
    """No version of the contract waits for this side's word."""

    def __init__(self, order_no: str) -> None:
        super().__init__(order_no)
        self.order_no = order_no


class OverBudget(MarketError):
    """A voucher may be worth less than that: `most_fen` is what is left for this firm."""

    def __init__(self, voucher_no: str, *, most_fen: int) -> None:
        super().__init__(voucher_no, most_fen)
        self.voucher_no, self.most_fen = voucher_no, most_fen


class ClaimRefused(MarketError):
    """No subsidy can be claimed for this order; `why`: not_accepted, nothing_paid, no_programme."""

    def __init__(self, order_no: str, *, why: str) -> None:
        super().__init__(order_no, why)
        self.order_no, self.why = order_no, why


class StandStill(MarketError):
    """Public money is not agreed to yet: bidders may object `until` then, or have objected."""

    def __init__(self, order_no: str, *, until: datetime, objections: int) -> None:
        super().__init__(order_no, until, objections)
        self.order_no, self.until, self.objections = order_no, until, objections


class VoucherUnusable(MarketError):
    """A voucher cannot pay for this order; `why` is service, over, empty or not_paid_in."""

    def __init__(self, order_no: str, *, why: str) -> None:
        super().__init__(order_no, why)
        self.order_no, self.why = order_no, why


class AmountMismatch(MarketError):
    """A payment must be exactly what is due."""

    def __init__(self, order_no: str, *, due_fen: int, got_fen: int) -> None:
        super().__init__(order_no, due_fen, got_fen)
        self.order_no, self.due_fen, self.got_fen = order_no, due_fen, got_fen


class PayoutMismatch(AmountMismatch):
    """What was sent must be exactly what is owed."""


class SamePerson(MarketError):
    """The second key must be turned by somebody else."""

    def __init__(self, no: str) -> None:
        super().__init__(no)
        self.no = no


class AppealRefused(MarketError):
    """This ruling cannot be appealed against (any more) by this side; `why` says why."""

    def __init__(self, no: str, *, why: str) -> None:
        super().__init__(no, why)
        self.no, self.why = no, why


class PanelNeeded(MarketError):
    """So large a sum is decided by a panel."""

    def __init__(self, no: str) -> None:
        super().__init__(no)
        self.no = no


class PanelRefused(MarketError):
    """These people cannot be the panel; `why`: their number, or a vote would be lost."""

    def __init__(self, no: str, *, why: str) -> None:
        super().__init__(no, why)
        self.no, self.why = no, why


class NotImpartial(MarketError):
    """Somebody has an interest in the dispute, or decided it before; `why` says which."""

    def __init__(self, no: str, *, name: str, why: str) -> None:
        super().__init__(no, name, why)
        self.no, self.name, self.why = no, name, why


class VotedBefore(MarketError):
    """A vote is given once."""

    def __init__(self, no: str) -> None:
        super().__init__(no)
        self.no = no


class InsufficientFunds(MarketError):
    """The account would go below what it may hold."""

    def __init__(self, account: str, *, needed: int) -> None:
        super().__init__(account, needed)
        self.account, self.needed = account, needed


class IdempotencyMismatch(MarketError):
    """The key was used before with other parameters; the first result stands."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class CodeRefused(MarketError):
    """A binding code that is unknown, used or past its day."""
