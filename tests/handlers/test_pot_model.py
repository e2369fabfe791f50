"""What is paid in advance, by random steps, legal and not, against its own small model."""

from random import Random
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from handlers.actions import bids, demands
from handlers.actions.rewards import choose_work, send_work
from market.bids import Offer, letter_of
from market.demands import Terms
from market.rewards import Reward, RewardKind
from tests.handlers.test_deal_model import (
    ON_DEMANDS,
    PER_EXAMPLE,
    PRICES,
    WANTED,
    WAYS,
    Deals,
    played,
)
from tests.support.databases import Database
from tests.support.deal_market import BUYERS, Act, Expect
from tests.support.deal_model import REVIEWED_FROM
from tests.support.pot_model import PotModel

EXAMPLES = {"sqlite": 16, "postgresql": 6}  # times 250: 5,500 steps
PRIZES = {"bounty": (333_333, 333_333, 1), "piece": (1_001,) * 3, "question": (9_999,)}
BUDGETS = (REVIEWED_FROM - 1, 20_000_000)
KINDS = (*PRIZES, "deposit", "bounty", "deposit")
_SENT = "begin notice bid"
_DELIVERED = f"{_SENT} open award begin notice start deliver"
BEGUN = (
    _DELIVERED, _DELIVERED, _DELIVERED, f"{_SENT} open award begin notice",
    f"{_SENT} open award", f"{_SENT} open", _SENT, "begin notice", "begin", "",
)  # fmt: skip
DONE = {
    "submit", "approve", "reject", "bid", "take_back", "open", "award", "withdraw", "begin",
    "notice", "enter", "confirm", "start", "deliver", "accept", "cancel", "enter_refund",
    "pay_refund", "wait", "ask", "send", "sent",
}  # fmt: skip


class PotDeals(Deals):
    MODEL = PotModel
    ways: ClassVar[dict[str, str]] = {
        **WAYS,
        "unpaid": "withdraw",
        "open": "bid bid bid bid take_back open withdraw award award",
        "opened": "award award award withdraw",
    }
    model: PotModel

    @initialize(seed=st.integers(0, 2**48))
    def begin_somewhere(self, seed: int) -> None:
        if not WANTED:
            seed = self.example
        chance = Random(seed)
        kind, way, fen = chance.choice(KINDS), BEGUN[seed % len(BEGUN)], chance.choice(PRICES)
        self.model.number_of_pot = self.number_of_pot
        self.promise(BUYERS[0], kind, True)
        for step in way.split():
            if step in ON_DEMANDS:
                self.on_demand(max(self.model.demands), step, "", 1, fen, 0)
            elif self.model.orders:
                self.on_order(max(self.model.orders), step, "", 1, True, 0)

    def submit(self, who: str, asked: str, small: bool) -> None:
        self.promise(who, Random(f"{self.steps} {who}").choice(KINDS), small)

    def list_work(self, who: str, fen: int) -> None:
        self.wait(1)  # nothing is listed here

    def promise(self, who: str, kind: str, small: bool) -> None:
        prizes = PRIZES.get(kind, ())
        budget = BUDGETS[not small]
        if prizes and not small:
            prizes = (REVIEWED_FROM, *prizes[1:])
        deposit = 0 if prizes else budget * 3 // 10
        terms = Terms(
            "高新认定", "想做", budget_max_fen=None if prizes else budget, deposit_fen=deposit,
            reward=Reward(RewardKind(kind), prizes) if prizes else None,
        )  # fmt: skip

        def expect(demand: Any) -> bool:
            self.model.promise(demand.id, who, kind, prizes, deposit, budget)
            return True

        self.agree(
            "submit",
            lambda uow: demands.submit_demand(uow, self.ids[who], terms, self.desk, self.now),
            expect,
        )

    def number_of_pot(self, no: int) -> int:
        with self.work() as uow:
            pot = uow.orders.find_pot(no)
        assert pot is not None, "an approved demand has its pot"
        return pot.id

    def on_demand(self, no: int, step: str, who: str, at: int, fen: int, letter: int) -> None:
        model, desk, now, demand = self.model, self.desk, self.now, self.model.demands[no]
        if step not in {"bid", "award"} or not model.has_prizes(no):
            super().on_demand(no, step, who, at, fen, letter)
            return
        who = self.whoever(step, who, at, demand)
        me, sender = self.ids[who], self.sender(who)
        steps: dict[str, tuple[Act, Expect]] = {
            "bid": (
                lambda uow: send_work(uow, no, sender, "一份", desk, now),
                lambda _: sender.provider_id is not None and model.send(no, who),
            ),
            "award": (
                lambda uow: choose_work(uow, no, me, letter_of(letter), desk, now),
                lambda order: model.choose(no, who, letter, order.id if order else 0),
            ),
        }
        if step == "bid" and fen == PRICES[0]:  # a price where a work is wanted
            self.agree(
                step,
                lambda uow: bids.place_bid(uow, no, sender, Offer(fen), desk, now),
                lambda _: False,
            )
            return
        self.agree(step, *steps[step])


def test_what_is_paid_in_advance_goes_as_the_model_says(database: Database) -> None:
    examples = WANTED // (8 * PER_EXAMPLE) or EXAMPLES[database.kind]
    taken = played(PotDeals, database, examples)

    if database.kind == "sqlite" and not WANTED:
        assert {name for name, accepted in taken if accepted} >= DONE
