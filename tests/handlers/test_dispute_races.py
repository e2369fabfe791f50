"""Eight at once on one ruling: it is carried out once, or falls once, and the money agrees."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import combinations_with_replacement, pairwise

import pytest
from sqlalchemy import select

from handlers.actions.appeals import accept_ruling, appeal_ruling
from handlers.actions.panels import name_members, recuse, vote
from handlers.actions.rulings import RULING_DUE
from handlers.jobs.deadlines import act_on
from market.disputes import DisputeStatus, DisputeStep
from market.errors import MarketError
from storage.audit import audit
from storage.deadlines import Deadline
from storage.ledger_tables import ledger_transfers
from storage.unit_of_work import UnitOfWork
from tests.handlers.test_races import ROUNDS
from tests.support.chat import Chat
from tests.support.crowds import CROWD
from tests.support.quarrels import Quarrel, decide, everything_arrives, quarrel

PRICE = 900_001
LARGE = 6_000_001
Step = Callable[[UnitOfWork, Quarrel], object]


def buyer_accepts(uow: UnitOfWork, of: Quarrel) -> object:
    return accept_ruling(uow, of.dispute_id, of.buyer, of.desk, of.now)


def provider_accepts(uow: UnitOfWork, of: Quarrel) -> object:
    return accept_ruling(uow, of.dispute_id, of.provider, of.desk, of.now)


def buyer_appeals(uow: UnitOfWork, of: Quarrel) -> object:
    return appeal_ruling(uow, of.dispute_id, of.buyer, "不服", of.desk, of.now)


def provider_appeals(uow: UnitOfWork, of: Quarrel) -> object:
    return appeal_ruling(uow, of.dispute_id, of.provider, "不服", of.desk, of.now)


def time_is_up(uow: UnitOfWork, of: Quarrel) -> object:
    return act_on(uow, Deadline(RULING_DUE, of.dispute_id, of.now), of.desk, of.now)


STEPS: tuple[Step, ...] = (
    buyer_accepts, provider_accepts, buyer_appeals, provider_appeals, time_is_up,
)  # fmt: skip
APPEALS = {buyer_appeals, provider_appeals}


def _ruled(uow: UnitOfWork, chat: Chat, *, warned: bool) -> Quarrel:
    found = quarrel(uow, chat.desk, chat.clock.now(), price_fen=PRICE)
    decide(uow, found)
    if warned:
        everything_arrives(uow, found.now)
    return found


@pytest.mark.parametrize(
    "moment", ["within the time", "at its end, warned", "at its end, unwarned"]
)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(one, other, id=f"{one.__name__}-{other.__name__}")
        for one, other in combinations_with_replacement(STEPS, 2)
    ],
)
async def test_whoever_comes_first_a_ruling_has_one_end(
    chat: Chat, one: Step, other: Step, moment: str
) -> None:
    length = timedelta(hours=1) if moment.startswith("within") else chat.desk.policy.appeal_window
    for _ in range(ROUNDS):
        work = partial(_ruled, chat=chat, warned="unwarned" not in moment)
        started = await chat.runner.run(work)
        of = started.at(started.now + length)
        crowd = [partial(_take, step, of) for step in (one, other) * (CROWD // 2)]

        ends = await asyncio.gather(*map(chat.runner.run, crowd), return_exceptions=True)

        refused = [end for end in ends if isinstance(end, BaseException)]
        assert all(isinstance(end, MarketError) for end in refused), refused
        too_late = moment == "at its end, warned" and {one, other} <= APPEALS
        assert (len(refused) < CROWD) is not too_late
        await chat.runner.read(partial(_has_one_end, of=of))
    assert await chat.runner.read(lambda uow: list(audit(uow.conn))) == []
    chat.everybody_has_read()


def _take(step: Step, of: Quarrel, uow: UnitOfWork) -> object:
    return step(uow, of)


def _has_one_end(uow: UnitOfWork, of: Quarrel) -> None:
    """Only ways of its table, and the money divided exactly if it was carried out."""
    dispute, order = uow.disputes.lock(of.dispute_id), uow.orders.find(of.order_id)
    entries = [entry for entry in uow.history.after([dispute.no], 0) if entry.status]
    for before, entry in pairwise(entries):
        at = DisputeStatus(before.status)
        assert dispute.process.steps[at, DisputeStep(entry.step)] == entry.status
    steps = [entry.step for entry in entries]
    assert max(steps.count("appeal"), steps.count("execute"), steps.count("rule")) == 1
    assert entries[-1].status == dispute.status
    moved = uow.conn.execute(
        select(ledger_transfers.c.code, ledger_transfers.c.amount).where(
            ledger_transfers.c.debit == f"escrow:{order.no}"
        )
    ).all()
    executed = dispute.status is DisputeStatus.EXECUTED
    assert sum(row.amount for row in moved) == (PRICE if executed else 0)
    assert len({row.code for row in moved}) == len(moved)


def _vote(uow: UnitOfWork, of: Quarrel, who: int) -> object:
    return vote(
        uow, of.dispute_id, person_id=of.staff[who], refund_bp=1_000 * who, reason="看过材料",
        desk=of.desk, now=of.now,
    )  # fmt: skip


def _name(uow: UnitOfWork, of: Quarrel, *panel: int) -> object:
    people = tuple(of.staff[who] for who in panel)
    return name_members(uow, of.dispute_id, people, staff_id=of.staff[7], desk=of.desk, now=of.now)


def _leave(uow: UnitOfWork, of: Quarrel, who: int) -> object:
    return recuse(uow, of.dispute_id, of.staff[who], of.now)


async def test_a_panel_that_votes_leaves_and_is_renamed_at_once_makes_one_ruling(
    chat: Chat,
) -> None:
    for _ in range(ROUNDS):
        of = await chat.runner.run(
            lambda uow: quarrel(uow, chat.desk, chat.clock.now(), price_fen=LARGE)
        )
        await chat.runner.run(partial(_seat, of=of))
        crowd = [
            *(partial(_vote, of=of, who=who) for who in (0, 1, 2, 3) * 2),
            partial(_named_anew, of=of),
            partial(_leave, of=of, who=2),
        ]

        ends = await asyncio.gather(*map(chat.runner.run, crowd), return_exceptions=True)
        again = [partial(_vote, of=of, who=who) for who in (0, 1, 2, 3)]
        ends += await asyncio.gather(*map(chat.runner.run, again), return_exceptions=True)

        refused = [end for end in ends if isinstance(end, BaseException)]
        assert all(isinstance(end, MarketError) for end in refused), refused
        votes, rulings, status = await chat.runner.read(partial(_count, of=of))
        assert votes in {2, 3}, "without a third when they left before somebody was named"
        assert (votes == 3) == (rulings == 1) == (status is DisputeStatus.RULED)
    assert await chat.runner.read(lambda uow: list(audit(uow.conn))) == []
    chat.everybody_has_read()


def _seat(uow: UnitOfWork, of: Quarrel) -> object:
    return _name(uow, of, 0, 1, 2)


def _named_anew(uow: UnitOfWork, of: Quarrel) -> object:
    return _name(uow, of, 0, 1, 3)


def _count(uow: UnitOfWork, of: Quarrel) -> tuple[int, int, DisputeStatus]:
    votes = [seat for seat in uow.panels.seats(of.dispute_id, 1) if seat.has_voted]
    rulings = uow.disputes.rulings_of(of.dispute_id)
    return len(votes), len(rulings), uow.disputes.lock(of.dispute_id).status
