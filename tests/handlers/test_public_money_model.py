"""Public money by random steps, legal and not, against a small model, on both databases.

Each example is one transaction that is undone at its end. `KEBAO_STEPS=100000` takes as many.
"""

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from handlers.actions.awards import award_bid
from handlers.actions.bids import place_bid
from handlers.actions.demands import submit_demand
from handlers.actions.disputes import open_dispute
from handlers.actions.judging import propose_decision
from handlers.actions.openings import open_demand_bids
from handlers.actions.orders import (
    accept_delivery,
    cancel_order,
    deliver_order,
    expire_payment,
    start_order,
)
from handlers.actions.payments import begin_payment, lock_payable, settle_payment
from handlers.actions.public_money import take_off, use_voucher
from handlers.actions.purchases import agree, ask_purchase
from handlers.actions.vouchers import (
    ask_for_voucher,
    confirm_appropriation,
    enter_appropriation,
    grant_voucher,
    lapse_voucher,
    propose_voucher,
    put_programme,
)
from handlers.desk import Desk, Rooms
from market.bids import Offer
from market.demands import Terms
from market.errors import MarketError
from market.ledger import refund_payable
from market.parties import Sender, StaffRole
from market.policy import Policy
from market.programmes import budget, funds, voucher_account
from market.services import ProviderProfile
from matching import Matcher
from storage.audit import audit
from storage.orders import orders as order_rows
from storage.unit_of_work import UnitOfWork
from tests.support.chat import CountingRandomness
from tests.support.databases import Database
from tests.support.programmes import PURCHASE, VOUCHERS
from tests.support.public_model import PER_FIRM, Deal, Public

START = datetime(2026, 11, 18, 2, tzinfo=UTC)
STEPS = 60
EXAMPLES = int(os.environ.get("KEBAO_STEPS", "0")) // (2 * STEPS) or 14
PRICES = (101, 199, 99_999, 180_001, 333_333, 1_000_001, 3_200_000)
BACK = (0, 3_333, 5_000, 10_000)
KINDS = (
    *["order"] * 3, *["use"] * 5, *["leave"] * 3, *["pay"] * 4, "cancel", "expire", *["finish"] * 2,
    *["rule"] * 2, *["buy"] * 2, *["agree"] * 4, "pay_in", "lapse",
)  # fmt: skip


class Town:
    """A buyer, a provider, two colleagues, three vouchers; and the model of all of it."""

    def __init__(self, conn: Any, chance: Random) -> None:
        self.conn, self.chance, self.taken = conn, chance, Counter[tuple[str, bool]]()
        self.desk = Desk(
            replace(Policy(), auto_review_below_fen=10**9), Matcher(()), {}, Rooms(),
            CountingRandomness(),
        )  # fmt: skip
        with conn.begin_nested():
            uow = UnitOfWork(conn)
            ids = [
                uow.parties.add_person(name, START) for name in ("小林", "陈工", "小黄", "王主任")
            ]
            uow.providers.import_all([ProviderProfile("陈氏", "91450000MA5KE00001", "x")])
            firm = uow.providers.find("陈氏")
            uow.parties.join_provider(ids[1], firm, START)
            self.buyer, self.provider = Sender(ids[0], ""), Sender(ids[1], "", provider_id=firm)
            self.staff = [Sender(one, "", staff_role=StaffRole.OFFICE) for one in ids[2:]]
            for programme, code in ((VOUCHERS, "CXQ"), (PURCHASE, "ZF")):
                opened = replace(programme, code=code, services=(), regions=())
                put_programme(uow, opened, START)
            self.model = Public(
                budget={"CXQ": VOUCHERS.budget_fen, "ZF": PURCHASE.budget_fen},
                funds={"CXQ": 0, "ZF": 0},
            )
            for number in range(3):
                self._voucher(uow, number, chance.choice((1, 70_001, PER_FIRM)))
            uow.outbox.flush()

    def _voucher(self, uow: UnitOfWork, number: int, fen: int) -> None:
        made, _ = ask_for_voucher(uow, "CXQ", "华成", f"firm{number}", self.buyer, self.desk, START)
        propose_voucher(uow, made.id, fen, self.staff[0], self.desk, START)
        grant_voucher(uow, made.id, self.staff[1], self.desk, START)
        self.model.vouchers[made.id] = fen
        self.model.budget["CXQ"] -= fen

    def order(self) -> None:
        price = self.chance.choice(PRICES)
        with self.conn.begin_nested():
            uow = UnitOfWork(self.conn)
            terms = Terms(title="高新认定", text="想做高新认定", budget_max_fen=3_000_000)
            demand = submit_demand(uow, self.buyer.id, terms, self.desk, START)
            place_bid(uow, demand.id, self.provider, Offer(price, days=10), self.desk, START)
            open_demand_bids(uow, demand.id, buyer_id=self.buyer.id, desk=self.desk, now=START)
            order = award_bid(uow, demand.id, self.buyer.id, "A", self.desk, START)
            uow.outbox.flush()
        self.model.deals[order.id] = Deal(price)

    def step(self, kind: str) -> None:
        """The market does as the model: it accepts, or it refuses and changes nothing."""
        if kind == "order" or not self.model.deals:
            self.order()
            return
        no = self.chance.choice([*self.model.deals][-4:])
        expected, act = self._meant(kind, no)
        refusal = None
        try:
            with self.conn.begin_nested():
                uow = UnitOfWork(self.conn)
                act(uow)
                uow.outbox.flush()
        except MarketError as error:
            refusal = error
        assert expected == (refusal is None), (kind, no, refusal, self.model)
        self.taken[kind, expected] += 1

    def _meant(self, kind: str, no: int) -> tuple[bool, Any]:
        model, desk, buyer = self.model, self.desk, self.buyer.id
        voucher = self.chance.choice([*model.vouchers])
        now = START + timedelta(minutes=1)
        match kind:
            case "use":
                return model.use(no, voucher), lambda uow: use_voucher(
                    uow, no, buyer, voucher, desk, now
                )
            case "buy":
                return model.buy(no), lambda uow: ask_purchase(uow, no, buyer, "ZF", desk, now)
            case "agree":
                who = self.chance.choice(("authority", "provider"))
                sender = self.staff[0] if who == "authority" else self.provider
                return model.agree(no, who), lambda uow: agree(uow, no, sender, desk, now)
            case "leave":
                return model.leave(no), lambda uow: take_off(uow, no, buyer, now)
            case "pay":
                return model.pay(no), lambda uow: self._pay(uow, no, now)
            case "cancel":
                return model.cancel(no), lambda uow: cancel_order(uow, no, buyer, desk, now)
            case "expire":
                return model.expire(no), lambda uow: expire_payment(uow, no, desk, now)
            case "finish":
                return model.finish(no), lambda uow: self._finish(uow, no, now)
            case "rule":
                back = self.chance.choice(BACK)
                # Above the sum of a small claim a ruling waits for more than one person.
                small = model.deals[no].price <= 200_000
                if not small:
                    return model.finish(no), lambda uow: self._finish(uow, no, now)
                return model.rule(no, back), lambda uow: self._rule(uow, no, back, now)
            case "lapse":
                return model.lapse(voucher), lambda uow: lapse_voucher(uow, voucher, now)
        code, fen = self.chance.choice(("CXQ", "ZF")), self.chance.choice(PRICES)
        return model.pay_in(code, fen), lambda uow: self._pay_in(uow, code, fen)

    def _pay(self, uow: UnitOfWork, no: int, now: datetime) -> None:
        payment = begin_payment(uow, lock_payable(uow, no), "sandbox", self.desk, now)
        settle_payment(uow, payment.token, self.desk, now)

    def _pay_in(self, uow: UnitOfWork, code: str, fen: int) -> None:
        enter_appropriation(uow, code, fen, self.staff[0], self.desk, START)
        confirm_appropriation(uow, code, self.staff[1], self.desk, START)

    def _begin(self, uow: UnitOfWork, no: int, now: datetime) -> None:
        start_order(uow, no, self.provider.provider_id, self.provider.id, self.desk, now)

    def _finish(self, uow: UnitOfWork, no: int, now: datetime) -> None:
        self._begin(uow, no, now)
        deliver_order(
            uow, no, self.provider.provider_id, person_id=self.provider.id, text="好了",
            files=(), desk=self.desk, now=now,
        )  # fmt: skip
        accept_delivery(uow, no, buyer_id=self.buyer.id, desk=self.desk, now=now)

    def _rule(self, uow: UnitOfWork, no: int, refund_bp: int, now: datetime) -> None:
        self._begin(uow, no, now)
        _, dispute = open_dispute(uow, no, self.buyer.id, "不对", self.desk, now)
        propose_decision(
            uow, dispute.id, staff_id=self.staff[0].id, refund_bp=refund_bp, reason="各半",
            desk=self.desk, now=now,
        )  # fmt: skip

    def compare(self) -> None:
        """Every balance and state is what the model has."""
        model, uow = self.model, UnitOfWork(self.conn)
        for code in ("CXQ", "ZF"):
            spent = model.held(code=code)
            assert uow.ledger.balance(funds(code)) == model.funds[code], (code, model)
            assert uow.ledger.available(funds(code)) == model.funds[code] - spent
            assert uow.ledger.balance(budget(code)) == model.budget[code], (code, model)
        for voucher, left in model.vouchers.items():
            assert uow.ledger.balance(voucher_account(voucher)) == left, (voucher, model)
        rows = self.conn.execute(
            select(order_rows.c.id, order_rows.c.status, order_rows.c.public_fen)
        )
        for row in rows:
            deal = model.deals[row.id]
            assert (row.status, row.public_fen) == (deal.status, deal.public), (row.id, model)
            owed = uow.ledger.balance(refund_payable(f"O{row.id}"))
            assert owed == model.owed.get(row.id, 0)


def test_public_money_goes_as_the_model_says(database: Database) -> None:
    taken = Counter[tuple[str, bool]]()
    for example in range(EXAMPLES):
        chance = Random(f"{database.kind} {example}")
        with database.engine.connect() as conn:
            transaction = conn.begin()
            town = Town(conn, chance)
            for _ in range(STEPS):
                town.step(chance.choice(KINDS))
                town.compare()
            assert list(audit(conn)) == []
            taken += town.taken
            transaction.rollback()
    never_refused = {"expire", "lapse", "pay_in"}
    kinds = {*KINDS} - {"order"}
    assert {kind for kind, accepted in taken if accepted} >= kinds
    assert {kind for kind, accepted in taken if not accepted} >= kinds - never_refused
