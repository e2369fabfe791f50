"""One market and a few people on a database, and the model that is told of all they try."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import select, update

from handlers.desk import Desk, Rooms
from handlers.jobs.deadlines import act_on
from market.errors import MarketError
from market.ledger import (
    COMMISSION_INCOME,
    POINTS_ISSUED,
    Account,
    cash_at,
    escrow,
    points,
    provider_payable,
    refund_payable,
)
from market.parties import Sender, StaffRole
from market.policy import Policy
from market.services import ProviderProfile
from matching import Matcher
from storage.audit import audit
from storage.demands import demands as demand_rows
from storage.history import history
from storage.ledger_tables import ledger_accounts
from storage.listings import listings as listing_rows
from storage.orders import orders as order_rows
from storage.outbox import OutboxStatus, outbox
from storage.unit_of_work import UnitOfWork
from tests.support.chat import CountingRandomness
from tests.support.databases import Database
from tests.support.deal_model import REVIEWED_FROM, H, Model

AUDITED_EVERY = 10  # steps
START = datetime(2026, 11, 18, 2, 10, tzinfo=UTC)
BUYERS, PROVIDERS, STAFF = (
    ("小林", "韦姐"),
    ("陈工", "周经理", "黄总"),
    ("小黄", "小韦", "小覃", "老莫"),
)
STRANGER = "过路人"  # of whom nothing is ever asked, and who must never hear of anything
POLICY = Policy(auto_review_below_fen=REVIEWED_FROM)

Act = Callable[[UnitOfWork], Any]
Expect = Callable[[Any], bool]  # of the model, told what came of it


class Market(RuleBasedStateMachine):
    """Lives in one transaction, which is undone at the end."""

    MODEL: type[Model] = Model

    def __init__(self, database: Database, taken: Counter[tuple[str, bool]]) -> None:
        super().__init__()
        self.taken = taken
        taken["example", True] += 1
        self.example = taken["example", True]
        self.conn = database.engine.connect()
        self.transaction = self.conn.begin()
        self.now, self.model, self.steps = START, self.MODEL(START), 0
        self.desk = Desk(POLICY, Matcher(()), {}, Rooms(), CountingRandomness())
        self.tokens: dict[int, str] = {}  # order → its payment page
        self.disputes: dict[int, int] = {}  # order → its newest dispute
        self.tried: Counter[str] = Counter()  # of this example: what is rare comes first
        self.last: tuple[str, Act, Expect] | None = None
        with self.work() as uow:
            everybody = (*BUYERS, *PROVIDERS, *STAFF, STRANGER)
            self.ids = {name: uow.parties.add_person(name, START) for name in everybody}
            uow.providers.import_all(
                ProviderProfile(name, f"91450000MA5KE{place:05d}", "x")
                for place, name in enumerate(PROVIDERS)
            )
            self.firms = {name: uow.providers.find(name) for name in PROVIDERS}
            for name in PROVIDERS:
                uow.parties.join_provider(self.ids[name], self.firms[name], START)
            for name in STAFF:
                uow.parties.join_staff(self.ids[name], StaffRole.SERVICE_CENTER, START)

    @contextmanager
    def work(self) -> Iterator[UnitOfWork]:
        with self.conn.begin_nested():
            uow = UnitOfWork(self.conn)
            yield uow
            uow.outbox.flush()

    def sender(self, name: str) -> Sender:
        return Sender(self.ids[name], name, provider_id=self.firms.get(name))

    def agree(self, name: str, act: Act, expect: Expect) -> None:
        """The market does as the model: it accepts, or it refuses and changes nothing."""
        result = refusal = None
        try:
            with self.work() as uow:
                result = act(uow)
        except MarketError as error:
            refusal = error
        accepted = expect(result)
        assert accepted == (refusal is None), (name, refusal, result)
        self.taken[name, accepted] += 1
        self.last = name, act, expect
        self.look()

    def crash(self, act: Act) -> None:
        """It is begun and lost before its commit: nothing of it stays."""
        kept = dict(self.tokens), dict(self.disputes)
        with self.conn.begin_nested() as lost:
            uow = UnitOfWork(self.conn)
            with suppress(MarketError):
                act(uow)
                uow.outbox.flush()
            lost.rollback()
        self.tokens, self.disputes = kept
        self.taken["crash", True] += 1
        self.look()

    def wait(self, hours: int) -> None:
        """Hour by hour; whatever was to be told is told, so that nobody is late unwarned."""
        for _ in range(hours):
            self.now += H
            with self.work() as uow:
                while due := uow.deadlines.due(self.now, 100):
                    for deadline in due:
                        act_on(uow, deadline, self.desk, self.now)
                uow.outbox.flush()
                self.conn.execute(
                    update(outbox)
                    .where(outbox.c.status == OutboxStatus.QUEUED)
                    .values(status=OutboxStatus.SENT, settled_at=self.now)
                )
            self.model.tick(self.now)
        self.taken["wait", True] += 1
        self.look()

    # --- what holds after each -------------------------------------------------------------

    def look(self) -> None:
        model = self.model
        for table, things in (
            (demand_rows, model.demands),
            (listing_rows, model.listings),
            (order_rows, model.orders),
        ):
            rows = self.conn.execute(select(table.c.id, table.c.status)).all()
            known = {row.id: str(row.status) for row in rows}
            if table is demand_rows:  # those of purchases are as good as their orders
                known = {no: status for no, status in known.items() if no in things}
            assert known == {no: thing.status for no, thing in things.items()}
        self.count_the_money()
        self.steps += 1
        if self.steps % AUDITED_EVERY == 0:
            assert list(audit(self.conn)) == []

    def count_the_money(self) -> None:
        accounts = ledger_accounts.c
        balance = accounts.credits - accounts.debits
        rows = self.conn.execute(select(accounts.name, balance.label("balance"))).all()
        found = {row.name: row.balance for row in rows if row.balance}
        assert found == {
            self.account(what, whose).name: fen
            for (what, whose), fen in self.model.money.items()
            if fen
        }
        for no, order in self.model.orders.items():
            if order.status in {"completed", "refunded", "cancelled", "expired"}:
                assert escrow(f"O{no}").name not in found

    def account(self, what: str, whose: Any) -> Account:
        match what:
            case "cash":
                return cash_at(whose)
            case "escrow":
                return escrow(f"O{whose}")
            case "owed":
                return refund_payable(f"O{whose}")
            case "earned":
                return provider_payable(self.firms[whose])
            case "points":
                return points(self.ids[whose])
        return COMMISSION_INCOME if what == "income" else POINTS_ISSUED

    def teardown(self) -> None:
        try:
            assert list(audit(self.conn)) == []
            self.every_push_has_a_cause()
        finally:
            self.transaction.rollback()
            self.conn.close()

    def every_push_has_a_cause(self) -> None:
        """It tells of something that happened, and only to whom it concerns."""
        happened = {
            subject.partition("/")[0] for subject in self.conn.scalars(select(history.c.subject))
        }
        happened |= {f"J{number}" for number in self.disputes.values()}
        names = {number: name for name, number in self.ids.items()}
        for key, person_id in self.conn.execute(select(outbox.c.key, outbox.c.person_id)):
            subject = key.partition(":")[0]
            assert subject in happened or subject == "root", key  # of the receipts, every night
            name = names[person_id]
            assert name != STRANGER
            if subject[0] == "D" and name in PROVIDERS:
                demand = self.model.demands[int(subject[1:])]
                assert demand.asked in ("", name), key
            if subject[0] == "O" and name not in STAFF:
                order = self.model.orders[int(subject[1:])]
                # Who took part in vain hears of their share.
                assert name in (order.buyer, order.provider, *order.letters), key
