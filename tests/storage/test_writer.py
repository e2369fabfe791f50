"""What the one writer of an embedded database promises to those who hand it work."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, get_ident
from typing import Any

import pytest
from sqlalchemy import event, select

from market.doors import Priority
from market.errors import NotFound
from storage.outbox import shard_of
from storage.parties import people
from storage.unit_of_work import UnitOfWork
from storage.writer import BATCH, GroupCommitWriter
from tests.support.databases import Database

NOW = datetime(2026, 5, 6, 1, 30, tzinfo=UTC)
PATIENCE_S = 30


@dataclass
class Counted:
    """How often the engine did what costs time."""

    commits: int = 0
    savepoints: int = 0


@dataclass
class Desk:
    """A writer, what it cost, and what it announced."""

    database: Database
    counted: Counted = field(default_factory=Counted)
    announced: list[set[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.writer = GroupCommitWriter(self.database.engine, self.announced.append)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Keep the writer occupied, so that what the block submits becomes one batch."""
        begun, finish = Event(), Event()

        def occupy(_uow: UnitOfWork) -> None:
            begun.set()
            assert finish.wait(PATIENCE_S)

        occupied = self.writer.submit(occupy)
        assert begun.wait(PATIENCE_S)
        try:
            yield
        finally:
            finish.set()
        occupied.result(PATIENCE_S)

    def add(self, name: str) -> "Future[Any]":
        return self.writer.submit(adding(name))

    def names(self) -> list[str]:
        with self.database.engine.connect() as conn:
            return list(conn.execute(select(people.c.name).order_by(people.c.id)).scalars())


@pytest.fixture
def desk(sqlite: Database) -> Iterator[Desk]:
    desk = Desk(sqlite)
    engine = sqlite.engine

    def count(what: str) -> Callable[..., None]:
        def counting(*_args: object) -> None:
            setattr(desk.counted, what, getattr(desk.counted, what) + 1)

        return counting

    event.listen(engine, "commit", count("commits"))
    event.listen(engine, "savepoint", count("savepoints"))
    yield desk
    desk.writer.close()


def adding(name: str) -> Callable[[UnitOfWork], int]:
    return lambda uow: uow.parties.add_person(name, NOW)


def failing(uow: UnitOfWork) -> None:
    uow.parties.add_person("不该留下", NOW)
    raise ZeroDivisionError("a bug")


def results(futures: "list[Future[Any]]") -> list[Any]:
    return [future.result(PATIENCE_S) for future in futures]


def test_work_is_on_disk_when_its_future_is_done(desk: Desk) -> None:
    person = desk.add("小林").result(PATIENCE_S)

    assert desk.names() == ["小林"]
    assert isinstance(person, int)


def test_work_that_waits_together_is_committed_together_and_in_order(desk: Desk) -> None:
    with desk.busy():
        waiting = [desk.add(f"第{n}位") for n in range(BATCH)]
    people_ids = results(waiting)

    assert desk.names() == [f"第{n}位" for n in range(BATCH)]
    assert people_ids == sorted(people_ids)
    # The one that kept it busy was a batch of its own.
    assert desk.counted == Counted(commits=2)


def test_a_batch_has_a_limit(desk: Desk) -> None:
    with desk.busy():
        waiting = [desk.add(f"第{n}位") for n in range(BATCH + 1)]
    results(waiting)

    assert desk.counted == Counted(commits=3)


def test_all_work_is_done_in_one_thread(desk: Desk) -> None:
    threads = {desk.writer.submit(lambda _uow: get_ident()).result(PATIENCE_S) for _ in range(3)}

    assert len(threads) == 1
    assert get_ident() not in threads


def test_a_bug_harms_nobody_else_in_its_batch(desk: Desk) -> None:
    with desk.busy():
        before, bug, after = desk.add("小林"), desk.writer.submit(failing), desk.add("王师傅")
    results([before, after])

    with pytest.raises(ZeroDivisionError, match="a bug"):
        bug.result(PATIENCE_S)
    assert desk.names() == ["小林", "王师傅"]


def test_the_writer_goes_on_after_a_bug(desk: Desk) -> None:
    with pytest.raises(ZeroDivisionError):
        desk.writer.submit(failing).result(PATIENCE_S)

    desk.add("小林").result(PATIENCE_S)

    assert desk.names() == ["小林"]


def refused_after_writing(uow: UnitOfWork) -> str:
    """As a turn does: what it wrote before stays, what the handler wrote goes, and it says why."""
    uow.parties.add_person("说话的人", NOW)
    try:
        with uow.undoable():
            uow.parties.add_person("不该留下", NOW)
            raise NotFound("O9999")
    except NotFound as refusal:
        return f"没有 {refusal.no}"


def test_a_refusal_after_a_write_is_played_again_and_undoes_only_its_own(desk: Desk) -> None:
    with desk.busy():
        before = desk.add("小林")
        refused = desk.writer.submit(refused_after_writing)
        after = desk.add("王师傅")

    results([before, after])
    assert refused.result(PATIENCE_S) == "没有 O9999"
    assert desk.names() == ["小林", "说话的人", "王师傅"]
    assert desk.counted.savepoints == 1


def test_a_refusal_before_any_write_costs_nothing(desk: Desk) -> None:
    def refused(uow: UnitOfWork) -> str:
        uow.parties.add_person("说话的人", NOW)
        try:
            with uow.undoable():
                raise NotFound("O9999")
        except NotFound as refusal:
            return f"没有 {refusal.no}"

    with desk.busy():
        before, asked, after = desk.add("小林"), desk.writer.submit(refused), desk.add("王师傅")

    results([before, after])
    assert asked.result(PATIENCE_S) == "没有 O9999"
    assert desk.names() == ["小林", "说话的人", "王师傅"]
    assert desk.counted == Counted(commits=2)


def test_only_what_is_committed_is_announced_and_once(desk: Desk) -> None:
    def telling(name: str) -> Callable[[UnitOfWork], int]:
        def tell(uow: UnitOfWork) -> int:
            person: int = uow.parties.add_person(name, NOW)
            uow.outbox.push(person, "您好", key=name, priority=Priority.STATUS, now=NOW)
            return person

        return tell

    def telling_and_failing(uow: UnitOfWork) -> None:
        telling("不该留下")(uow)
        raise ZeroDivisionError

    with desk.busy():
        told = [desk.writer.submit(telling(name)) for name in ("小林", "王师傅")]
        silent = desk.add("小陈")
    lin, wang, _ = results([*told, silent])
    assert desk.announced == [{shard_of(f"p{lin}"), shard_of(f"p{wang}")}]

    desk.announced.clear()
    with desk.busy():
        bug = desk.writer.submit(telling_and_failing)
        chen = desk.writer.submit(telling("小陈"))
    with pytest.raises(ZeroDivisionError):
        bug.result(PATIENCE_S)
    assert desk.announced == [{shard_of(f"p{chen.result(PATIENCE_S)}")}]


def test_closing_finishes_what_is_queued(desk: Desk) -> None:
    with desk.busy():
        waiting = [desk.add(f"第{n}位") for n in range(3)]
    desk.writer.close()

    assert [future.done() for future in waiting] == [True] * 3
    assert len(desk.names()) == 3


def test_a_closed_writer_takes_no_more_work(desk: Desk) -> None:
    desk.writer.close()

    with pytest.raises(RuntimeError, match="closed"):
        desk.add("小林")
    assert desk.names() == []
