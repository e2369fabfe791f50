"""The ledger against a small model, against itself on the other database, and against a crowd."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from market.errors import IdempotencyMismatch, InsufficientFunds, MarketError, StepNotAllowed
from market.ledger import Account, Currency, Transfer, cash_at, escrow, provider_payable
from storage.audit import audit_ledger
from storage.ledger import LedgerRepository
from storage.ledger_tables import HoldStatus, ledger_accounts, ledger_holds, ledger_transfers
from tests.support.databases import Database

NOW = datetime(2026, 5, 6, tzinfo=UTC)
BANK = cash_at("sandbox")
FEN = [BANK, escrow("O1"), escrow("O2"), provider_payable(1)]
POINTS = [
    Account("points:issued", Currency.POINTS, may_owe=True),
    Account("points:1", Currency.POINTS),
]
OUTCOMES = {"capture": HoldStatus.POSTED, "void": HoldStatus.VOIDED, "expire": HoldStatus.EXPIRED}


@dataclass
class Model:
    """The ledger as a child would keep it."""

    balances: dict[Account, int] = field(default_factory=dict)
    posted: dict[str, Transfer] = field(default_factory=dict)
    held: dict[str, tuple[Account, int]] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)

    def free(self, account: Account) -> int:
        held = sum(
            amount
            for key, (owner, amount) in self.held.items()
            if owner == account and key not in self.ended
        )
        return self.balances.get(account, 0) - held

    def post(self, moves: list[Transfer]) -> type[MarketError] | None:
        """What the ledger should answer; the model changes only if it accepts."""
        before = dict(self.balances), dict(self.posted)
        refusal = self._post(moves)
        if refusal is not None:
            self.balances, self.posted = before
        return refusal

    def _post(self, moves: list[Transfer]) -> type[MarketError] | None:
        wanted: dict[str, Transfer] = {}
        for move in moves:
            if wanted.setdefault(move.key, move) != move:
                return IdempotencyMismatch
        if any(self.posted.get(key, move) != move for key, move in wanted.items()):
            return IdempotencyMismatch
        for move in wanted.values():
            if move.key in self.posted:
                continue
            if not move.debit.may_owe and self.free(move.debit) < move.amount:
                return InsufficientFunds
            self.posted[move.key] = move
            self.balances[move.debit] = self.balances.get(move.debit, 0) - move.amount
            self.balances[move.credit] = self.balances.get(move.credit, 0) + move.amount
        return None

    def hold(self, key: str, account: Account, amount: int) -> type[MarketError] | None:
        if key in self.held:
            return None if self.held[key] == (account, amount) else IdempotencyMismatch
        if not account.may_owe and self.free(account) < amount:
            return InsufficientFunds
        self.held[key] = account, amount
        return None

    def end(self, key: str, how: str, move: Transfer | None) -> type[MarketError] | None:
        before = self.ended.get(key)
        if before is None:
            self.ended[key] = how
            refusal = self.post([move]) if move else None
            if refusal is not None:
                del self.ended[key]
            return refusal
        if (before == "capture") != (how == "capture"):
            return StepNotAllowed
        if move is not None and self.posted.get(move.key) != move:
            return IdempotencyMismatch
        return None


def _pair(accounts: list[Account]) -> st.SearchStrategy[list[Account]]:
    return st.lists(st.sampled_from(accounts), min_size=2, max_size=2, unique=True)


pairs = st.one_of(_pair(FEN), _pair(POINTS))
amounts = st.integers(1, 40)
moves = st.builds(
    lambda key, pair, amount: Transfer(f"t{key}", "test", pair[0], pair[1], amount),
    st.integers(0, 60),
    pairs,
    amounts,
)


def _machine(database: Database) -> type[RuleBasedStateMachine]:
    class LedgerMachine(RuleBasedStateMachine):
        """Each example is one transaction that is undone at its end."""

        def __init__(self) -> None:
            super().__init__()
            self.conn = database.engine.connect()
            self.transaction = self.conn.begin()
            self.ledger = LedgerRepository(self.conn)
            self.model = Model()

        def teardown(self) -> None:
            self.transaction.rollback()
            self.conn.close()

        @rule(amount=amounts, account=st.sampled_from(FEN[1:]), key=st.integers(0, 99))
        def fund(self, amount: int, account: Account, key: int) -> None:
            self.post([Transfer(f"f{key}", "fund", BANK, account, amount)])

        @rule(batch=st.lists(moves, min_size=1, max_size=4))
        def post(self, batch: list[Transfer]) -> None:
            self.agree(self.model.post(batch), lambda: self.ledger.post(batch, NOW))

        @rule(data=st.data())
        def repeat(self, data: st.DataObject) -> None:
            if self.model.posted:
                key = data.draw(st.sampled_from(sorted(self.model.posted)))
                self.post([self.model.posted[key]])

        @rule(key=st.integers(0, 9), account=st.sampled_from(FEN), amount=amounts)
        def hold(self, key: int, account: Account, amount: int) -> None:
            self.agree(
                self.model.hold(f"h{key}", account, amount),
                lambda: self.ledger.hold(f"h{key}", account, amount, NOW),
            )

        @rule(data=st.data(), how=st.sampled_from(sorted(OUTCOMES)))
        def end(self, data: st.DataObject, how: str) -> None:
            if not self.model.held:
                return
            key = data.draw(st.sampled_from(sorted(self.model.held)))
            account, held = self.model.held[key]
            if how != "capture":
                act = self.ledger.void if how == "void" else self.ledger.expire
                self.agree(self.model.end(key, how, None), lambda: act(key, NOW))
                return
            other = data.draw(st.sampled_from([each for each in FEN if each != account]))
            amount = data.draw(st.integers(1, held))
            move = Transfer(f"{key}:capture", "capture", account, other, amount)
            self.agree(self.model.end(key, how, move), lambda: self.ledger.capture(key, move, NOW))

        @invariant()
        def the_balances_agree(self) -> None:
            for account in (*FEN, *POINTS):
                assert self.ledger.balance(account) == self.model.balances.get(account, 0)
                assert self.ledger.available(account) == self.model.free(account)
            for key in self.model.held:
                hold = self.ledger.find_hold(key)
                how = self.model.ended.get(key)
                assert hold is not None
                assert hold.status is (OUTCOMES[how] if how else HoldStatus.RESERVED)
            assert list(audit_ledger(self.conn)) == []

        def agree(self, refusal: type[MarketError] | None, act: Callable[[], None]) -> None:
            if refusal is None:
                with self.conn.begin_nested():
                    act()
                return
            with pytest.raises(refusal), self.conn.begin_nested():
                act()

    return LedgerMachine


def test_the_ledger_behaves_as_its_model(database: Database) -> None:
    run_state_machine_as_test(
        _machine(database),
        settings=settings(max_examples=25, stateful_step_count=30, deadline=None),
    )


def _attempts(seed: int, count: int) -> Iterator[tuple[Any, dict[str, object]]]:
    """Raw rows as no repository would write them: what SQL itself accepts is what counts."""
    chance = random.Random(seed)
    names = [account.name for account in (*FEN, *POINTS)] + ["nobody"]
    for index in range(count):
        common = {
            "currency": chance.choice(["fen"] * 9 + ["points", "yuan"]),
            "amount": chance.choice([chance.randint(1, 500), chance.randint(-3, 3), 10**15]),
            "at": NOW,
        }
        if chance.random() < 0.7:
            yield (
                ledger_transfers,
                {
                    "key": f"k{chance.randint(0, index + 20)}",
                    "code": "random",
                    "debit": chance.choice(names),
                    "credit": chance.choice(names),
                    **common,
                },
            )
            continue
        reserve = chance.random() < 0.5
        key = f"h{chance.randint(0, 40)}"
        yield (
            ledger_holds,
            {
                "key": key if reserve else None,
                "resolves": None if reserve else key,
                "status": chance.choice(["reserved"] * 3 if reserve else ["posted", "voided", "x"]),
                "account": chance.choice(names),
                **common,
                "amount": chance.choice([1, 2]),
            },
        )


def _accepted(database: Database, seed: int, count: int) -> tuple[list[int], dict[str, object]]:
    accepted: list[int] = []
    with database.engine.begin() as conn:
        LedgerRepository(conn).post(
            [
                Transfer(f"open:{account.name}", "open", issuer, account, 3_000)
                for issuer, *others in (FEN, POINTS)
                for account in others
            ],
            NOW,
        )
        for index, (table, row) in enumerate(_attempts(seed, count)):
            try:
                with conn.begin_nested():
                    conn.execute(insert(table).values(row))
            except IntegrityError:
                continue
            accepted.append(index)
        assert list(audit_ledger(conn)) == []
        rows = conn.execute(select(ledger_accounts).order_by(ledger_accounts.c.name))
        return accepted, {row.name: tuple(row) for row in rows}


@pytest.mark.postgres
def test_both_databases_accept_exactly_the_same_of_4000_attempts(
    sqlite: Database, postgres: Database
) -> None:
    on_sqlite = _accepted(sqlite, seed=2048, count=4_000)
    on_postgres = _accepted(postgres, seed=2048, count=4_000)

    assert on_sqlite == on_postgres
    assert 300 < len(on_sqlite[0]) < 3_700  # neither all nor nothing, or it would prove little


CROWD = 8


@contextmanager
def _ledger(database: Database) -> Iterator[LedgerRepository]:
    with database.engine.begin() as conn:
        yield LedgerRepository(conn)


def _at_once(act: Callable[[int], bool]) -> list[bool]:
    """Let eight threads start together; returns what each said."""
    barrier = Barrier(CROWD, timeout=30)

    def run(index: int) -> bool:
        barrier.wait()
        return act(index)

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(run, range(CROWD)))


def test_eight_at_once_cannot_spend_more_than_there_is(database: Database) -> None:
    with _ledger(database) as ledger:
        ledger.post([Transfer("fund", "fund", BANK, FEN[1], 1_000)], NOW)

    def spend(index: int) -> bool:
        try:
            with _ledger(database) as ledger:
                move = Transfer(f"spend{index}", "spend", FEN[1], provider_payable(index), 300)
                ledger.post([move], NOW)
        except InsufficientFunds:
            return False
        return True

    assert sum(_at_once(spend)) == 3
    with _ledger(database) as ledger:
        assert ledger.balance(FEN[1]) == 100


def test_eight_at_once_with_one_key_move_money_once(database: Database) -> None:
    def fund(index: int) -> bool:
        with _ledger(database) as ledger:
            ledger.post([Transfer("fund", "fund", BANK, FEN[1], 1_000)], NOW)
        return True

    _at_once(fund)

    with _ledger(database) as ledger:
        assert ledger.balance(FEN[1]) == 1_000


def test_eight_at_once_with_one_key_for_different_things_let_one_stand(
    database: Database,
) -> None:
    def fund(index: int) -> bool:
        try:
            with _ledger(database) as ledger:
                move = Transfer("fund", "fund", cash_at(f"g{index}"), escrow(f"O{index}"), 1_000)
                ledger.post([move], NOW)
        except IdempotencyMismatch:
            return False
        return True

    assert sum(_at_once(fund)) == 1
    with database.engine.begin() as conn:
        assert conn.scalar(select(func.count()).select_from(ledger_transfers)) == 1


def test_eight_at_once_end_a_hold_once(database: Database) -> None:
    with _ledger(database) as ledger:
        ledger.post([Transfer("fund", "fund", BANK, FEN[1], 1_000)], NOW)
        ledger.hold("h", FEN[1], 600, NOW)

    def end(index: int) -> bool:
        try:
            with _ledger(database) as ledger:
                if index % 2:
                    ledger.void("h", NOW)
                else:
                    move = Transfer("h:capture", "capture", FEN[1], FEN[2], 600)
                    ledger.capture("h", move, NOW)
        except StepNotAllowed:
            return False
        return True

    assert sum(_at_once(end)) == CROWD // 2
    with database.engine.begin() as conn:
        ledger = LedgerRepository(conn)
        assert ledger.available(FEN[1]) == ledger.balance(FEN[1]) in {1_000, 400}
        assert list(audit_ledger(conn)) == []


def test_eight_at_once_in_a_ring_do_not_lock_each_other_out(database: Database) -> None:
    ring = [provider_payable(index) for index in range(CROWD)]
    with _ledger(database) as ledger:
        ledger.post([Transfer(f"f{each.name}", "fund", BANK, each, 100) for each in ring], NOW)

    def pass_on(index: int) -> bool:
        for lap in range(10):
            # New and old accounts, written in an order that is different for everybody.
            with _ledger(database) as ledger:
                chain = [*ring[index:], *ring[:index], escrow(f"O{lap}")]
                ledger.post(
                    [
                        Transfer(f"{index}:{lap}:{step}", "pass", debit, credit, 1)
                        for step, (debit, credit) in enumerate(pairwise(chain))
                    ],
                    NOW,
                )
        return True

    assert all(_at_once(pass_on))
    with database.engine.begin() as conn:
        assert list(audit_ledger(conn)) == []
