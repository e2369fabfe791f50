"""Running a unit of work from the event loop: on the one SQLite writer, or on PostgreSQL."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from storage.engine import open_engine, open_reader
from storage.unit_of_work import NeedsSavepoint, UnitOfWork
from storage.writer import GroupCommitWriter

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

T = TypeVar("T")
OnPushed = Callable[[set[int]], None]
"""Told, in the event loop and after the commit, which outbox shards got work."""

# serialization_failure, deadlock_detected: the transaction lost a race and did nothing.
_LOST_A_RACE = {"40001", "40P01"}


class Runner(Protocol):
    async def run(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run one transaction to its commit; what it raises rolled it back."""
        ...

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run a transaction that only looks, without waiting for writers."""
        ...

    async def close(self) -> None: ...


class EmbeddedRunner:
    """SQLite: one writer thread with group commit, readers on connections of their own."""

    def __init__(self, url: str, on_pushed: OnPushed) -> None:
        self._loop = asyncio.get_running_loop()
        self._engine = open_engine(url)
        self._reader = open_reader(url)
        self._writer = GroupCommitWriter(self._engine, on_pushed, self._loop.call_soon_threadsafe)
        self._closed = False
        self._waiting: list[tuple[Callable[[UnitOfWork], Any], asyncio.Future[Any]]] = []

    async def run(self, work: Callable[[UnitOfWork], T]) -> T:
        if self._closed:
            raise RuntimeError("the runner is closed")
        done: asyncio.Future[T] = self._loop.create_future()
        if not self._waiting:
            self._loop.call_soon(self._pass_on)
        self._waiting.append((work, done))
        return await done

    def _pass_on(self) -> None:
        """Give the writer all that this round of the loop brought: one commit, one wake-up."""
        waiting, self._waiting = self._waiting, []
        for work, done in waiting:
            self._writer.queue(work, done)

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        return await asyncio.to_thread(_look, self._reader, work)

    async def close(self) -> None:
        self._closed = True
        self._pass_on()
        await asyncio.to_thread(self._writer.close)
        self._reader.dispose()
        self._engine.dispose()


class PostgresRunner:
    """PostgreSQL: each turn is plain code on one connection, awaited at its statements."""

    def __init__(self, url: str, on_pushed: OnPushed, *, connections: int = 16) -> None:
        # It brings the whole ORM, which nothing else here needs.
        from sqlalchemy.ext.asyncio import create_async_engine

        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,  # errors end in logs, and values may be sealed prices
        )
        self._on_pushed = on_pushed

    async def run(self, work: Callable[[UnitOfWork], T]) -> T:
        try:
            return await self._attempt(work, savepoints=False)
        except NeedsSavepoint:
            return await self._attempt(work, savepoints=True)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _LOST_A_RACE:
                raise
            return await self._attempt(work, savepoints=True)

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        async with self._engine.begin() as conn:
            return await conn.run_sync(lambda sync: work(UnitOfWork(sync)))

    async def close(self) -> None:
        await self._engine.dispose()

    async def _attempt(self, work: Callable[[UnitOfWork], T], *, savepoints: bool) -> T:
        pushed: set[int] = set()

        def step(conn: Connection) -> T:
            uow = UnitOfWork(conn, savepoints=savepoints)
            result = work(uow)
            pushed.update(uow.outbox.pushed)
            return result

        async with self._engine.begin() as conn:
            result = await conn.run_sync(step)
        if pushed:
            self._on_pushed(pushed)
        return result


def open_runner(url: str, on_pushed: OnPushed) -> EmbeddedRunner | PostgresRunner:
    """The runner that fits the database's address."""
    if url.startswith("sqlite"):
        return EmbeddedRunner(url, on_pushed)
    return PostgresRunner(url, on_pushed)


def _look(reader: Engine, work: Callable[[UnitOfWork], T]) -> T:
    with reader.begin() as conn:
        return work(UnitOfWork(conn))
