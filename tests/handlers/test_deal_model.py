"""Deals of every mode by random steps, legal and not, against a small model, on both databases.

The steps are the actions that turns call, not the words of a chat, so that a second has hundreds of
them. Each example is one transaction that is undone at its end. `KEBAO_STEPS=100000` takes as
many steps, other ones each time; without it they are the same 20,000 everywhere.
"""

import os
from collections import Counter
from random import Random
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from handlers.actions import (
    appeals,
    awards,
    bids,
    demands,
    disputes,
    judging,
    listings,
    moderation,
    orders,
    payments,
    payouts,
)
from handlers.actions.openings import open_demand_bids
from market.bids import Offer, letter_of
from market.demands import Terms
from market.listings import Listing, ListingStatus
from market.payouts import PayoutKind
from storage.unit_of_work import UnitOfWork
from tests.support.databases import Database
from tests.support.deal_market import BUYERS, PROVIDERS, STAFF, Act, Expect, Market
from tests.support.deal_model import REVIEWED_FROM, Thing

WANTED = int(os.environ.get("KEBAO_STEPS", "0"))
PER_EXAMPLE = 250
EXAMPLES = {"sqlite": 56, "postgresql": 24}  # times 250: 20,000 steps
ANYBODY = (*BUYERS, *PROVIDERS, *STAFF)
PLACES = (0, 0, 0, 1, 1, 2, 4)  # the newest rather
PRICES = (1, 99, 333_333, 1_000_000, 1_000_001, 1_000_001, 3_200_000, 3_200_000)
HOURS = (1, 1, 2, 5, 5, 25, 49, 170)
ASKED = ("", "", *PROVIDERS)
BACK = (0, 3_333, 10_000)  # basis points

# Whose step it is: what people try is theirs three times of four.
BY: dict[str, str | tuple[str, ...]] = {
    "approve": STAFF, "reject": STAFF, "bid": "provider", "take_back": "provider",
    "decline": "asked", "open": "buyer", "award": "buyer", "withdraw": "buyer",
    "show": STAFF, "turn_down": STAFF, "take_off": "provider", "buy": BUYERS,
    "begin": "buyer", "notice": "buyer", "enter": STAFF, "confirm": STAFF,
    "start": "provider", "deliver": "provider", "accept": "buyer", "return": "buyer",
    "cancel": "buyer", "dispute": "buyer", "rule": STAFF, "agree": STAFF, "refuse": STAFF,
    "take": "buyer", "take_too": "provider", "appeal": "buyer", "appeal_too": "provider",
    "enter_refund": STAFF, "pay_refund": STAFF, "send": STAFF, "sent": STAFF,
}  # fmt: skip
# What is worth a try where something stands: three times of four it is one of these.
WAYS = {
    "in_review": "approve approve reject withdraw show show turn_down take_off",
    "open": "bid bid bid bid take_back decline open withdraw",
    "opened": "award award award withdraw",
    "listed": "buy buy take_off",
    "awaiting_payment": "begin notice notice enter confirm cancel",
    "funded": "start start cancel",
    "in_progress": "deliver deliver deliver dispute dispute",
    "delivered": "accept return dispute dispute deliver",
    "disputed": "rule rule agree agree agree refuse take take_too take_too appeal appeal_too",
    "refunded": "enter_refund pay_refund",
}
ON_DEMANDS = ("approve", "reject", "bid", "take_back", "decline", "open", "award", "withdraw")
ON_LISTINGS = ("show", "turn_down", "take_off", "buy")
ON_ORDERS = (
    "begin", "notice", "enter", "confirm", "start", "deliver", "accept", "return", "cancel",
    "dispute", "rule", "agree", "refuse", "take", "take_too", "appeal", "appeal_too",
    "enter_refund", "pay_refund",
)  # fmt: skip
JUDGING = ("rule", "agree", "refuse")
ON_EARNINGS = ("ask", "send", "sent")
_PAID = "bid open award begin notice"
_DELIVERED = f"{_PAID} start deliver"
BEGUN = (
    f"{_DELIVERED} dispute rule", f"{_DELIVERED} dispute rule agree", f"{_DELIVERED} dispute",
    f"{_DELIVERED} accept", f"{_DELIVERED} return", f"{_PAID} cancel", _DELIVERED, _PAID,
    "bid open award", "bid", "",
)  # fmt: skip
NEVER_REFUSED = {"submit", "list", "wait", "ask"}
DONE = NEVER_REFUSED | BY.keys()
KINDS = (
    *["order"] * 14, *["demand"] * 8, *["listing"] * 2, *["earnings"] * 2, *["submit"] * 2,
    "list", "wait", "again", "crash",
)  # fmt: skip


class Deals(Market):
    """The steps, and who tries which."""

    ways: ClassVar[dict[str, str]] = WAYS

    def whoever(self, step: str, who: str, at: int, thing: Thing | None = None) -> str:
        """The one whose step it is, or anybody."""
        whose = BY[step]
        if step in JUDGING and thing is not None and who not in {thing.buyer, thing.provider}:
            # Who else of the market deals with one of the sides, the model does not know.
            return who if who in STAFF else STAFF[at % len(STAFF)]
        if isinstance(whose, tuple):
            return who if at == 0 else whose[at % len(whose)]
        if at == 0 or thing is None:
            return who
        if step == "take_back" and thing.bids:
            return [*thing.bids][at % len(thing.bids)]
        own = {"buyer": thing.buyer, "provider": thing.provider, "asked": thing.asked}[whose]
        return own or thing.asked or PROVIDERS[at % len(PROVIDERS)]

    def pick(
        self, things: dict[int, Thing], steps: tuple[str, ...], chance: Random, at: int
    ) -> Any:
        """One of the newest, rather one that is not over, and a step; None while there is none."""
        if not things:
            return None
        known = sorted(things, key=lambda no: (things[no].status in self.ways, no), reverse=True)
        no = known[chance.choice(PLACES) % len(known)]
        fitting = [step for step in self.ways.get(things[no].status, "").split() if step in steps]
        if not at or not fitting:
            return no, chance.choice(steps)
        chance.shuffle(fitting)
        rarest = min(fitting, key=lambda step: self.tried[step])
        self.tried[rarest] += 1
        return no, rarest

    # --- steps -----------------------------------------------------------------------------

    @initialize(seed=st.integers(0, 2**48))
    def begin_somewhere(self, seed: int) -> None:
        """Not from nothing every time: so much of one deal is done already."""
        if not WANTED:
            seed = self.example
        way, fen = BEGUN[seed % len(BEGUN)], PRICES[seed // len(BEGUN) % len(PRICES)]
        self.submit(BUYERS[0], "", True)
        self.list_work(PROVIDERS[1], 333_333)
        self.on_listing(max(self.model.listings), "show", STAFF[0], 1, True)
        for step in way.split():
            if step in ON_DEMANDS:
                self.on_demand(max(self.model.demands), step, "", 1, fen, 0)
            else:
                self.on_order(max(self.model.orders), step, "", 1, True, 3_333)

    # One rule, for of several some are left out of every example; and one number, for numbers
    # near 0 come too often to say which step, whose and where.
    @rule(seed=st.integers(0, 2**48))
    def act(self, seed: int) -> None:
        if not WANTED:
            # What Hypothesis draws depends on which modules the other tests have imported.
            seed = self.example
        chance = Random(f"{seed}, step {self.steps}")  # the same number comes twice, too
        at, right = chance.randrange(4), chance.randrange(4) > 0
        who, provider, fen = chance.choice(ANYBODY), chance.choice(PROVIDERS), chance.choice(PRICES)
        bp = chance.choice(BACK)
        letter = chance.randrange(3) if at == 0 else 0
        match chance.choice(KINDS):
            case "demand" if picked := self.pick(self.model.demands, ON_DEMANDS, chance, at):
                self.on_demand(picked[0], picked[1], who, at, fen, letter)
            case "order" if picked := self.pick(self.model.orders, ON_ORDERS, chance, at):
                self.on_order(picked[0], picked[1], who, at, right, bp)
            case "listing" if picked := self.pick(self.model.listings, ON_LISTINGS, chance, at):
                self.on_listing(picked[0], picked[1], who, at, right)
            case "earnings":
                earned = self.model.money
                rich = max(PROVIDERS, key=lambda firm: earned["earned", firm])
                firm = rich if at else provider
                self.on_earnings(chance.choice(ON_EARNINGS), firm, who, at, right)
            case "submit":
                self.submit(chance.choice(BUYERS), chance.choice(ASKED), right)
            case "list":
                self.list_work(provider, fen)
            case "again" if self.last is not None and self.last[0] not in {"submit", "list"}:
                self.agree(*self.last)  # a repeated notice, a second press of a key
            case "crash" if self.last is not None:
                self.crash(self.last[1])
            case _:
                self.wait(chance.choice(HOURS))

    def submit(self, who: str, asked: str, small: bool) -> None:
        budget = REVIEWED_FROM - 1 if small else REVIEWED_FROM
        terms = Terms(
            "高新认定", "想做", budget_max_fen=budget, named_id=self.firms.get(asked), named=asked
        )

        def expect(demand: Any) -> bool:
            self.model.submit(demand.id, who, asked, budget)
            return True

        self.agree(
            "submit",
            lambda uow: demands.submit_demand(uow, self.ids[who], terms, self.desk, self.now),
            expect,
        )

    def on_demand(self, no: int, step: str, who: str, at: int, fen: int, letter: int) -> None:
        model, desk, now, demand = self.model, self.desk, self.now, self.model.demands[no]
        who = self.whoever(step, who, at, demand)
        me, sender = self.ids[who], self.sender(who)
        steps: dict[str, tuple[Act, Expect]] = {
            "approve": (
                lambda uow: moderation.approve(uow, no, staff_id=me, desk=desk, now=now),
                lambda _: model.approve(no),
            ),
            "reject": (
                lambda uow: moderation.reject(uow, no, staff_id=me, reason="x", now=now),
                lambda _: model.step("reject", demand),
            ),
            "bid": (
                lambda uow: bids.place_bid(uow, no, sender, Offer(fen, days=9), desk, now),
                lambda _: who in PROVIDERS and model.bid(no, who, fen),
            ),
            "take_back": (
                lambda uow: bids.withdraw_bid(uow, no, sender, now),
                lambda _: model.take_back(no, who),
            ),
            "decline": (
                lambda uow: demands.decline_demand(uow, no, sender, "x", now),
                lambda _: who in PROVIDERS and model.step("decline", demand, who),
            ),
            "open": (
                lambda uow: open_demand_bids(uow, no, buyer_id=me, desk=desk, now=now),
                lambda _: model.open(no, who),
            ),
            "award": (
                lambda uow: awards.award_bid(uow, no, me, letter_of(letter), desk, now),
                lambda order: model.award(no, who, letter, order.id if order else 0),
            ),
            "withdraw": (
                lambda uow: demands.withdraw_demand(uow, no, me, desk, now),
                lambda _: model.step("withdraw", demand, who),
            ),
        }
        self.agree(step, *steps[step])

    def list_work(self, who: str, fen: int) -> None:
        draft = Listing(
            0, self.firms[who], self.ids[who], "08.01.01", "查新", Offer(fen), None, None,
            ListingStatus.IN_REVIEW, self.now,
        )  # fmt: skip

        def expect(listing: Any) -> bool:
            self.model.listings[listing.id] = Thing(provider=who, price=fen)
            return True

        act: Act = lambda uow: listings.submit_listing(uow, draft, self.desk, self.now)  # noqa: E731
        self.agree("list", act, expect)

    def on_listing(self, no: int, step: str, who: str, at: int, right: bool) -> None:
        model, desk, now, listing = self.model, self.desk, self.now, self.model.listings[no]
        who = self.whoever(step, who, at, listing)
        me = self.ids[who]
        seen = listing.price + (not right)
        own = who == listing.provider
        steps: dict[str, tuple[Act, Expect]] = {
            "show": (
                lambda uow: listings.approve_listing(uow, no, me, now),
                lambda _: model.approve_listing(no),
            ),
            "turn_down": (
                lambda uow: listings.reject_listing(uow, no, me, "x", now),
                lambda _: model.step("reject", listing),
            ),
            "take_off": (
                lambda uow: listings.withdraw_listing(uow, no, self.sender(who), now),
                lambda _: model.step("off", listing, who),
            ),
            "buy": (
                lambda uow: listings.buy_listing(
                    uow, no, me, desk, now, express=False, on_site=False, seen_fen=seen
                ),
                lambda order: not own and model.buy(no, who, seen, order.id if order else 0),
            ),
        }
        self.agree(step, *steps[step])

    def on_order(self, no: int, step: str, who: str, at: int, right: bool, bp: int) -> None:
        model, desk, now, order = self.model, self.desk, self.now, self.model.orders[no]
        who = self.whoever(step, who, at, order)
        me, firm = self.ids[who], self.firms.get(who)
        dispute, debt = self.disputes.get(no, 0), ("owed", no)
        refund = model.debts[debt].amount if debt in model.debts else 1
        due = order.price - order.prepaid

        def begin(uow: UnitOfWork) -> None:
            found = payments.lock_payable(uow, no)
            self.tokens[no] = payments.begin_payment(uow, found, "sandbox", desk, now).token

        def quarrel(uow: UnitOfWork) -> None:
            self.disputes[no] = disputes.open_dispute(uow, no, me, "x", desk, now)[1].id

        def accept(uow: UnitOfWork) -> None:
            appeals.accept_ruling(uow, dispute, self.sender(who), desk, now)

        def protest(uow: UnitOfWork) -> None:
            appeals.appeal_ruling(uow, dispute, self.sender(who), "x", desk, now)

        steps: dict[str, tuple[Act, Expect]] = {
            "begin": (begin, lambda _: order.status == "awaiting_payment"),
            "notice": (
                lambda uow: payments.settle_payment(uow, self.tokens.get(no, "?"), desk, now),
                lambda _: no in self.tokens and model.notice(no),
            ),
            "enter": (
                lambda uow: payments.enter_payment(
                    uow, no, staff_id=me, amount_fen=due + (not right), desk=desk, now=now
                ),
                lambda _: model.enter(no, who, right),
            ),
            "confirm": (
                lambda uow: payments.confirm_payment(uow, no, staff_id=me, desk=desk, now=now),
                lambda _: model.confirm(no, who),
            ),
            "start": (
                lambda uow: orders.start_order(uow, no, firm, me, desk, now),
                lambda _: model.step("start", order, who),
            ),
            "deliver": (
                lambda uow: orders.deliver_order(
                    uow, no, firm, person_id=me, text="x", files=(), desk=desk, now=now
                ),
                lambda _: model.step("deliver", order, who),
            ),
            "accept": (
                lambda uow: orders.accept_delivery(uow, no, buyer_id=me, desk=desk, now=now),
                lambda _: model.accept(no, who),
            ),
            "return": (
                lambda uow: orders.return_delivery(uow, no, me, "x", desk, now),
                lambda _: model.step("return", order, who),
            ),
            "cancel": (
                lambda uow: orders.cancel_order(uow, no, me, desk, now),
                lambda _: model.cancel(no, who),
            ),
            "dispute": (quarrel, lambda _: model.step("dispute", order, who)),
            "rule": (
                lambda uow: judging.propose_decision(
                    uow, dispute, staff_id=me, refund_bp=bp, reason="x", desk=desk, now=now
                ),
                lambda _: model.rule(no, who, bp),
            ),
            "agree": (
                lambda uow: judging.agree_decision(
                    uow, dispute, staff_id=me, desk=desk, now=now
                ),
                lambda _: model.agree(no, who),
            ),
            "refuse": (
                lambda uow: judging.refuse_decision(
                    uow, dispute, staff_id=me, reason="x", now=now
                ),
                lambda _: model.refuse(no, who),
            ),
            "take": (accept, lambda _: model.take(no, who)),
            "take_too": (accept, lambda _: model.take(no, who)),
            "appeal": (protest, lambda _: model.appeal(no, who)),
            "appeal_too": (protest, lambda _: model.appeal(no, who)),
            "enter_refund": (
                lambda uow: payouts.enter_payout(
                    uow, PayoutKind.REFUND, no, staff_id=me, amount_fen=refund + (not right),
                    desk=desk, now=now,
                ),
                lambda _: model.enter_debt(debt, who, right),
            ),
            "pay_refund": (
                lambda uow: payouts.confirm_payout(
                    uow, PayoutKind.REFUND, no, staff_id=me, desk=desk, now=now
                ),
                lambda _: model.pay_debt(debt, who),
            ),
        }  # fmt: skip
        self.agree(step, *steps[step])

    def on_earnings(self, step: str, firm: str, who: str, at: int, right: bool) -> None:
        model, desk, now = self.model, self.desk, self.now
        me, debt = self.ids[who], ("earned", firm)
        due = model.debts[debt].amount if debt in model.debts else 1
        kind, of = PayoutKind.EARNINGS, self.firms[firm]
        steps: dict[str, tuple[Act, Expect]] = {
            "ask": (
                lambda uow: payouts.request_payout(uow, self.sender(firm), now),
                lambda _: model.ask_payout(firm),
            ),
            "send": (
                lambda uow: payouts.enter_payout(
                    uow, kind, of, staff_id=me, amount_fen=due + (not right), desk=desk, now=now
                ),
                lambda _: model.enter_debt(debt, who, right),
            ),
            "sent": (
                lambda uow: payouts.confirm_payout(
                    uow, kind, of, staff_id=me, desk=desk, now=now
                ),
                lambda _: model.pay_debt(debt, who),
            ),
        }  # fmt: skip
        self.agree(step, *steps[step])


def test_deals_go_as_the_model_says(database: Database) -> None:
    examples = WANTED // (2 * PER_EXAMPLE) or EXAMPLES[database.kind]
    taken = played(Deals, database, examples)

    if database.kind == "sqlite":  # where there are enough of them to have tried everything
        accepted = {name for name, accepted in taken if accepted}
        refused = {name for name, accepted in taken if not accepted}
        assert accepted >= DONE
        assert refused >= DONE - NEVER_REFUSED


def played(deals: type[Deals], database: Database, examples: int) -> Counter[tuple[str, bool]]:
    """How often which step was accepted and refused, as the model had it too."""
    taken: Counter[tuple[str, bool]] = Counter()

    class OnThisDatabase(deals):  # type: ignore[valid-type, misc]
        def __init__(self) -> None:
            super().__init__(database, taken)

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=examples,
            stateful_step_count=PER_EXAMPLE,
            deadline=None,
            derandomize=not WANTED,
            suppress_health_check=list(HealthCheck),
            # The shortest way to a failure takes minutes: for whoever looks for it.
            phases=[Phase.generate, *([Phase.shrink] if WANTED else [])],
        ),
    )

    del taken["example", True]
    assert sum(taken.values()) >= 0.9 * examples * PER_EXAMPLE
    return taken
