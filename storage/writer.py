"""The one writer of an embedded database: a thread that commits many turns at once.

A commit on SQLite with `synchronous=FULL` waits for the disk; up to `BATCH` turns share the wait.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

from storage.unit_of_work import UnitOfWork

Work = Callable[[UnitOfWork], Any]
BATCH = 64


class Done(Protocol):
    """Where a result is put: a future of threads or of the event loop."""

    def cancelled(self) -> bool: ...
    def set_result(self, result: Any, /) -> None: ...
    def set_exception(self, exception: Any, /) -> None: ...


HandOver = Callable[[Callable[[], None]], object]


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work
    done: Done


class _Stop:
    """Put in the queue after the last job."""


class GroupCommitWriter:
    """Runs units of work one after another, and commits those that wait together.

    Jobs run optimistically without savepoints. If one raises after it has written, the batch is
    rolled back and each job is replayed in a transaction of its own.
    """

    def __init__(
        self,
        engine: Engine,
        on_pushed: Callable[[set[int]], None],
        hand_over: HandOver = lambda tell: tell(),
    ) -> None:
        """`hand_over` runs what tells a batch's results, in whatever thread they are awaited.

        To wake that thread costs as much as a statement, so a batch is told in one go.
        """
        self._engine = engine
        self._on_pushed = on_pushed  # told the shards that got work, with the results
        self._hand_over = hand_over
        self._queue: queue.SimpleQueue[_Job | _Stop] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work) -> "Future[Any]":
        """Queue a unit of work; the future is done once it is safely on disk."""
        done: Future[Any] = Future()
        self.queue(work, done)
        return done

    def queue(self, work: Work, done: Done) -> None:
        """The same with a future of the caller's own, which `hand_over` must be able to set."""
        if self._closed:
            raise RuntimeError("the writer is closed")
        self._queue.put(_Job(work, done))

    def close(self) -> None:
        """Finish what is queued and end the thread."""
        self._closed = True
        self._queue.put(_Stop())
        self._thread.join()

    def _loop(self) -> None:
        with self._engine.connect() as conn:
            while True:
                batch, stop = self._next_batch()
                if batch:
                    self._run(conn, batch)
                if stop:
                    return

    def _next_batch(self) -> tuple[list[_Job], bool]:
        batch: list[_Job] = []
        item = self._queue.get()
        while True:
            if isinstance(item, _Stop):
                return batch, True
            batch.append(item)
            if len(batch) == BATCH:
                return batch, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return batch, False

    def _run(self, conn: Connection, batch: list[_Job]) -> None:
        if not self._run_together(conn, batch):
            for job in batch:
                self._run_alone(conn, job)

    def _run_together(self, conn: Connection, batch: list[_Job]) -> bool:
        """Run the batch in one transaction; False if it was rolled back and must be replayed."""
        results: list[Any] = []
        pushed: set[int] = set()
        try:
            with conn.begin():
                for job in batch:
                    uow = UnitOfWork(conn, savepoints=False)
                    results.append(job.work(uow))
                    pushed |= uow.outbox.pushed
        except Exception:  # edge of a batch: each job meets its own error alone
            return False
        self._hand_over(partial(self._tell, batch, results, pushed))
        return True

    def _run_alone(self, conn: Connection, job: _Job) -> None:
        uow = UnitOfWork(conn)
        try:
            with conn.begin():
                result = job.work(uow)
        except Exception as error:  # edge of a turn: the error belongs to whoever asked
            self._hand_over(partial(_tell_error, job, error))
            return
        self._hand_over(partial(self._tell, [job], [result], uow.outbox.pushed))

    def _tell(self, batch: list[_Job], results: list[Any], pushed: set[int]) -> None:
        if pushed:
            self._on_pushed(pushed)
        for job, result in zip(batch, results, strict=True):
            if not job.done.cancelled():
                job.done.set_result(result)


def _tell_error(job: _Job, error: Exception) -> None:
    if not job.done.cancelled():
        job.done.set_exception(error)
