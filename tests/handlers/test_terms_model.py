"""What people agree on, by random steps, legal and not, against a small model, on both databases.

Joint bids, demands that change, haggling, contracts in instalments, rulings between them, invoices.
Each example is one transaction that is undone at its end. `KEBAO_STEPS=100000` takes as many.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from sqlalchemy import select

from handlers.actions import (
    awards,
    bids,
    consortiums,
    contracts,
    demands,
    disputes,
    invoices,
    judging,
    negotiations,
    orders,
    payments,
    suspensions,
)
from handlers.actions.openings import open_demand_bids
from handlers.desk import Desk, Rooms
from market.bids import Offer, letter_of
from market.demands import Terms as Asked
from market.disputes import TWO_KEYS_ABOVE_FEN
from market.errors import MarketError
from market.invoices import Heading, Kind, Reason, check_character
from market.ledger import COMMISSION_INCOME, escrow, provider_payable, refund_payable
from market.parties import Sender, StaffRole
from market.policy import Policy
from market.services import ProviderProfile
from matching import Matcher
from storage.audit import audit
from storage.invoices import invoices as invoice_rows
from storage.orders import orders as order_rows
from storage.unit_of_work import UnitOfWork
from tests.support.chat import CountingRandomness
from tests.support.databases import Database
from tests.support.terms_model import Demand, Terms

NOW = datetime(2026, 11, 18, 2, tzinfo=UTC)
STEPS = 300
WANTED = int(os.environ.get("KEBAO_STEPS", "0"))
EXAMPLES = {"sqlite": 10, "postgresql": 3}
FIRMS = ("陈工", "周经理", "黄总", "韦工")
PRICES = (1, 3, 101, 99_999, 333_333, 900_000, 1_000_000, 1_000_001, 3_200_000)
SHARES = (100, 99, 3_333, 3_000, 4_500, 9_000)
WEIGHTS = ((1,), (1, 1), (1, 2), (3, 3, 4), (1, 1, 1, 1, 1, 1), (10_000, 1), (1,) * 7)
BACK = (0, 3_333, 5_000, 10_000)
SPECIAL = Heading(
    Kind.SPECIAL,
    "柳州华成",
    "91450200MA5N00000" + check_character("91450200MA5N00000"),
    "柳州 0772-1",
    "工行 62",
)
ORDINARY = Heading(Kind.ORDINARY, "柳州华成")
# What can be tried, and how often; the further a deal is, the rarer, so the later the more.
BEFORE = (
    *["place"] * 6, *["change"] * 2, *["keep"] * 3, "take_back", "late", *["join"] * 3, "alone",
    *["answer_join"] * 4, *["open"] * 2,
)  # fmt: skip
OPENED = (*["ask"] * 6, *["say"] * 6, *["take"] * 5, "drop", *["award"] * 2)
AGREED = (*["propose"] * 4, *["answer"] * 5, *["pay"] * 4, "cancel")
WORK = (*["start"] * 5, *["deliver"] * 6, *["accept"] * 6, *["return"] * 2, "rule", "cancel")
OVER = ("request", "issue", "issue", "leave", "reverse", "reverse", "agree", "agree")
ENDED = ("completed", "refunded", "cancelled")
KINDS = {*BEFORE, *OPENED, *AGREED, *WORK, *OVER}
NEVER_REFUSED = {"late"}

Try = tuple[Callable[[], bool], Callable[[UnitOfWork], object]]


class Town:
    """A buyer and four providers; and the model of all they say to each other."""

    def __init__(self, conn: Any, chance: Random) -> None:
        self.conn, self.chance, self.taken = conn, chance, Counter[tuple[str, bool]]()
        # Up to here whoever rules does so at once: two keys and appeals are another test's.
        policy = replace(
            Policy(), auto_review_below_fen=10**9, small_claim_most_fen=TWO_KEYS_ABOVE_FEN,
        )  # fmt: skip
        self.desk = Desk(policy, Matcher(()), {}, Rooms(), CountingRandomness())
        self.model, self.made = Terms(), 0
        with conn.begin_nested():
            uow = UnitOfWork(conn)
            names = ("小林", *FIRMS, "小黄", "王主任")
            self.ids = {name: uow.parties.add_person(name, NOW) for name in names}
            uow.providers.import_all(
                ProviderProfile(name, f"91450000MA5KE{at:05d}", "x")
                for at, name in enumerate(FIRMS)
            )
            self.firms = {name: uow.providers.find(name) for name in FIRMS}
            for name in FIRMS:
                uow.parties.join_provider(self.ids[name], self.firms[name], NOW)
            for name in names[-2:]:
                uow.parties.join_staff(self.ids[name], StaffRole.SERVICE_CENTER, NOW)

    def sender(self, who: str) -> Sender:
        if who == "buyer":
            return Sender(self.ids["小林"], "小林")
        return Sender(self.ids[who], who, provider_id=self.firms[who])

    # --- a step ----------------------------------------------------------------------------

    def step(self) -> None:
        """The market does as the model: it accepts, or it refuses and changes nothing."""
        live = [no for no, one in self.model.demands.items() if one.status in ("open", "opened")]
        if len(live) < 2:
            self.demand()
            return
        deals = [*self.model.deals]
        unfinished = [no for no in deals if self.model.deals[no].status not in ENDED]
        if self.chance.randrange(3) and deals:
            few = unfinished if unfinished and self.chance.randrange(3) else deals[-3:]
            kind, (expect, act) = self.on_deal(self.chance.choice(few))
        else:
            kind, (expect, act) = self.on_demand(self.chance.choice(live))
        refusal = None
        try:
            with self.conn.begin_nested():
                uow = UnitOfWork(self.conn)
                act(uow)
                uow.outbox.flush()
        except MarketError as error:
            refusal = error
        expected = expect()
        assert expected == (refusal is None), (kind, refusal, self.model)
        self.taken[kind, expected] += 1

    def demand(self) -> None:
        with self.conn.begin_nested():
            uow = UnitOfWork(self.conn)
            asked = Asked(title="高新认定", text="想做高新认定", budget_max_fen=5_000_000)
            made = demands.submit_demand(uow, self.ids["小林"], asked, self.desk, NOW)
            uow.outbox.flush()
        self.model.demands[made.id] = Demand()

    def _whose(self, kind: str, demand: Demand) -> str:
        """Rather somebody who can."""
        live = {name: bid for name, bid in demand.bids.items() if bid.is_live}
        fitting = {
            "place": [name for name in FIRMS if name not in live],
            "answer_join": [name for name in FIRMS if demand.asking(name)],
            "ask": [name for name, bid in live.items() if bid.talk not in ("asked", "agreed")],
            "say": [name for name, bid in live.items() if bid.talk == "asked"],
            "take": [name for name, bid in live.items() if bid.talk == "answered"],
        }.get(kind, [*live])
        return self.chance.choice(fitting if fitting and self.chance.randrange(5) else FIRMS)

    def on_demand(self, no: int) -> tuple[str, Try]:
        chance, model, desk, buyer = self.chance, self.model, self.desk, self.ids["小林"]
        demand = model.demands[no]
        opened = demand.status == "opened"
        kind = chance.choice(OPENED if opened == (chance.randrange(10) > 0) else BEFORE)
        firm = self._whose(kind, demand)
        me, own = self.sender(firm), demand.bids.get(firm)
        # A letter nobody has belongs to nobody's bid.
        letter = letter_of(demand.letters.index(firm) if firm in demand.letters else 9)
        fen, yes = chance.choice(PRICES), chance.randrange(3) > 0
        if own is not None and (kind in ("ask", "say") or chance.randrange(2)):
            fen = max(own.price - chance.choice((0, 1, own.price // 4)), 1)
        free = [name for name in FIRMS if name not in demand.bids]
        asked_names = chance.sample(free or FIRMS, 1) if chance.randrange(2) else FIRMS[1:3]
        partners = [(name, chance.choice(SHARES)) for name in asked_names]
        said = chance.choice(("agreed", "answered", "answered", "refused"))
        match kind:
            case "place":
                return kind, (
                    lambda: model.place(no, firm, fen),
                    lambda uow: bids.place_bid(uow, no, me, Offer(fen, days=9), desk, NOW),
                )
            case "change":
                self.made += 1
                asked = Asked(
                    title="高新认定", text="想做高新认定", budget_max_fen=5_000_000 - self.made
                )
                return kind, (
                    lambda: model.change(no),
                    lambda uow: demands.edit_demand(uow, no, buyer, asked, desk, NOW),
                )
            case "keep":
                return kind, (
                    lambda: model.keep(no, firm),
                    lambda uow: suspensions.confirm_bid(uow, no, me, NOW),
                )
            case "take_back":
                return kind, (
                    lambda: model.take_back(no, firm),
                    lambda uow: bids.withdraw_bid(uow, no, me, NOW),
                )
            case "late":
                return kind, (
                    lambda: model.late(no),
                    lambda uow: suspensions.lapse_bids(uow, no, desk, NOW),
                )
            case "join":
                named = [(self.firms[name], bp) for name, bp in partners]
                return kind, (
                    lambda: model.join(no, firm, partners),
                    lambda uow: consortiums.ask_partners(uow, no, me, named, desk, NOW),
                )
            case "alone":
                return kind, (
                    lambda: model.alone(no, firm),
                    lambda uow: consortiums.leave_partners(uow, no, me, NOW),
                )
            case "answer_join":
                return kind, (
                    lambda: model.answer_join(no, firm, yes),
                    lambda uow: consortiums.answer_joint(uow, no, me, desk, NOW, agrees=yes),
                )
            case "open":
                return kind, (
                    lambda: model.open(no),
                    lambda uow: open_demand_bids(uow, no, buyer_id=buyer, desk=desk, now=NOW),
                )
            case "ask":
                return kind, (
                    lambda: model.ask(no, firm, fen),
                    lambda uow: negotiations.ask_price(uow, no, buyer, letter, fen, desk, NOW),
                )
            case "say":
                return kind, (
                    lambda: model.say(no, firm, said, fen),
                    lambda uow: self._answer(uow, no, me, said, fen),
                )
            case "take":
                return kind, (
                    lambda: model.take(no, firm),
                    lambda uow: negotiations.accept_counter(uow, no, buyer, letter, desk, NOW),
                )
            case "drop":
                return kind, (
                    lambda: model.drop(no, firm),
                    lambda uow: negotiations.drop_counter(uow, no, buyer, letter, NOW),
                )
        order: list[int] = []
        return kind, (
            lambda: model.award(no, firm, order[0] if order else 0),
            lambda uow: order.append(awards.award_bid(uow, no, buyer, letter, desk, NOW).id),
        )

    def _answer(self, uow: UnitOfWork, no: int, me: Sender, said: str, fen: int) -> None:
        if said == "agreed":
            negotiations.agree_to_price(uow, no, me, self.desk, NOW)
        elif said == "refused":
            negotiations.refuse_price(uow, no, me, self.desk, NOW)
        else:
            negotiations.counter_price(uow, no, me, price_fen=fen, note="", desk=self.desk, now=NOW)

    def on_deal(self, no: int) -> tuple[str, Try]:
        chance, model, desk, buyer = self.chance, self.model, self.desk, self.ids["小林"]
        deal = model.deals[no]
        fitting = {"awaiting_payment": AGREED, "completed": OVER, "refunded": OVER}
        kinds = fitting.get(deal.status, WORK)
        kind = chance.choice(kinds if chance.randrange(10) else (*AGREED, *WORK, *OVER))
        if kind == "rule" and deal.price > TWO_KEYS_ABOVE_FEN:
            kind = "return"
        who = chance.choice(("buyer", deal.lead, *FIRMS)) if chance.randrange(4) == 0 else ""
        who = who or (deal.lead if kind in ("start", "deliver", "issue", "reverse") else "buyer")
        if kind in ("propose", "answer") and chance.randrange(4):
            first = deal.proposed[0] if deal.proposed else chance.choice(("buyer", deal.lead))
            who = deal.lead if first == "buyer" else "buyer"
        me, firm = self.sender(who), self.firms.get(who)
        by = me.id
        weights, back = chance.choice(WEIGHTS), chance.choice(BACK)
        seen = deal.newest + chance.choice((1, 1, 1, 1, 2))
        version, yes = deal.newest - chance.choice((0, 0, 0, 0, 1)), chance.randrange(4) > 0
        match kind:
            case "propose":
                return kind, (
                    lambda: len(weights) <= 6 and model.propose(no, who, list(weights), seen),
                    lambda uow: contracts.propose_instalments(
                        uow, no, me, weights, seen_version=seen, now=NOW
                    ),
                )
            case "answer":
                return kind, (
                    lambda: model.answer(no, who, version, yes),
                    lambda uow: contracts.answer_proposal(
                        uow, no, me, version=version, agrees=yes, now=NOW
                    ),
                )
            case "pay":
                return kind, (
                    lambda: model.go(no, "buyer", "buyer", "awaiting_payment", "funded"),
                    lambda uow: self._pay(uow, no),
                )
            case "cancel":
                return kind, (
                    lambda: model.cancel(no, who),
                    lambda uow: orders.cancel_order(uow, no, by, desk, NOW),
                )
            case "start":
                return kind, (
                    lambda: model.go(no, who, "lead", "funded", "in_progress"),
                    lambda uow: orders.start_order(uow, no, firm, by, desk, NOW),
                )
            case "deliver":
                return kind, (
                    lambda: model.go(no, who, "lead", "in_progress delivered", "delivered"),
                    lambda uow: orders.deliver_order(
                        uow, no, firm, person_id=by, text="好了", files=(), desk=desk, now=NOW
                    ),
                )
            case "accept":
                return kind, (
                    lambda: model.accept(no, who),
                    lambda uow: orders.accept_delivery(uow, no, buyer_id=by, desk=desk, now=NOW),
                )
            case "return":
                return kind, (
                    lambda: model.go(no, who, "buyer", "delivered", "in_progress"),
                    lambda uow: orders.return_delivery(uow, no, by, "缺附件", desk, NOW),
                )
            case "rule":
                return kind, (
                    lambda: model.rule(no, back),
                    lambda uow: self._rule(uow, no, buyer, back),
                )
        special = chance.randrange(2) == 0
        return kind, (
            lambda: model.bill(no, who, kind, special),
            lambda uow: self._bill(uow, no, kind, me, special),
        )

    def _pay(self, uow: UnitOfWork, no: int) -> None:
        payment = payments.begin_payment(
            uow, payments.lock_payable(uow, no), "sandbox", self.desk, NOW
        )
        payments.settle_payment(uow, payment.token, self.desk, NOW)

    def _rule(self, uow: UnitOfWork, no: int, buyer: int, back_bp: int) -> None:
        _, dispute = disputes.open_dispute(uow, no, buyer, "不对", self.desk, NOW)
        judging.propose_decision(
            uow, dispute.id, staff_id=self.ids["小黄"], refund_bp=back_bp, reason="各半",
            desk=self.desk, now=NOW,
        )  # fmt: skip

    def _bill(self, uow: UnitOfWork, no: int, kind: str, me: Sender, special: bool) -> None:
        if kind == "request":
            invoices.request_invoice(uow, no, me.id, SPECIAL if special else ORDINARY, NOW)
            return
        newest = self.conn.scalar(
            select(invoice_rows.c.id)
            .where(invoice_rows.c.order_id == no)
            .order_by(invoice_rows.c.id.desc())
        )
        about = newest or 0
        match kind:
            case "issue":
                invoices.issue_invoice(uow, about, me, f"{about:08d}", NOW)
            case "leave":
                invoices.drop_invoice(uow, about, me.id, NOW)
            case "reverse":
                invoices.reverse_invoice(uow, about, me, Reason.ENDED, "", NOW)
            case "agree":
                invoices.agree_to_reversal(uow, about, me.id, NOW)

    # --- what holds after each -------------------------------------------------------------

    def compare(self) -> None:
        model, uow = self.model, UnitOfWork(self.conn)
        for no, demand in model.demands.items():
            found = {bid.provider_id: bid for bid in uow.bids.of_demand(no)}
            for firm, bid in demand.bids.items():
                row = found[self.firms[firm]]
                assert row.offer.price_fen == bid.price
                if demand.status in ("open", "opened"):
                    assert row.status == bid.status, (firm, demand)
                    partners = {p.provider_id: p.share_bp for p in uow.consortiums.of_bid(row.id)}
                    expected = {self.firms[name]: said[0] for name, said in bid.partners.items()}
                    assert partners == expected, (firm, demand)
        rows = self.conn.execute(
            select(order_rows.c.id, order_rows.c.status, order_rows.c.contract_version)
        )
        for order in rows:
            deal = model.deals[order.id]
            assert (order.status, order.contract_version) == (deal.status, deal.stands), deal
            held = deal.price - sum(deal.shares[: deal.at])
            alive = deal.status in ("funded", "in_progress", "delivered")
            assert uow.ledger.balance(escrow(f"O{order.id}")) == (held if alive else 0)
            assert uow.ledger.balance(refund_payable(f"O{order.id}")) == deal.back
        for name, number in self.firms.items():
            assert uow.ledger.balance(provider_payable(number)) == model.earned.get(name, 0)
        fees = sum(deal.fees for deal in model.deals.values())
        assert uow.ledger.balance(COMMISSION_INCOME) == fees


def test_terms_go_as_the_model_says(database: Database) -> None:
    taken = Counter[tuple[str, bool]]()
    for example in range(WANTED // (2 * STEPS) or EXAMPLES[database.kind]):
        chance = Random(f"{example}")
        with database.engine.connect() as conn:
            transaction = conn.begin()
            town = Town(conn, chance)
            for _ in range(STEPS):
                town.step()
                town.compare()
            assert list(audit(conn)) == []
            taken += town.taken
            transaction.rollback()
    if database.kind != "sqlite":
        return  # there are enough of them to have tried everything on the other one
    assert {kind for kind, accepted in taken if accepted} >= KINDS
    assert {kind for kind, accepted in taken if not accepted} >= KINDS - NEVER_REFUSED
