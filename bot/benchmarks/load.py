"""Load over HTTP from a process of its own, so that asking does not cost the one who answers.

A bare protocol on kept-alive connections: it must ask several times as fast as anybody answers,
else the benchmark would measure it.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from bot import loops

CONNECTIONS = 32
_TICK_S = 0.001


@dataclass(frozen=True, slots=True)
class Burst:
    """POST requests to one address, the texts taken in turn, `{n}` in them a number of its own.

    `per_s` is how many are begun each second; 0 is one after another on every connection. An
    answer counts if it is a 200 that contains `expect`.
    """

    port: int
    path: str
    texts: tuple[str, ...]
    first: int
    count: int
    expect: str = ""
    per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    wall_s: float
    latencies_s: tuple[float, ...]  # of a paced burst: from when the request was due
    failures: int
    busy: float  # share of one core that asking took
    example: str  # an answer that did not count


class Loader:
    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def fire(self, burst: Burst) -> Outcome:
        """Send the burst over many connections; waits for all answers."""
        self._pipe.send(burst)
        outcome = self._pipe.recv()
        assert isinstance(outcome, Outcome)
        return outcome


@contextmanager
def load_process() -> Iterator[Loader]:
    ours, theirs = multiprocessing.Pipe()
    # Spawned: a fork would inherit our threads' locks.
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,))
    process.start()
    try:
        yield Loader(ours)
    finally:
        ours.send(None)
        process.join(10)
        ours.close()
        theirs.close()


def _serve(pipe: Connection) -> None:
    while (burst := pipe.recv()) is not None:
        pipe.send(loops.run(_fire(burst)))


async def _fire(burst: Burst) -> Outcome:
    loop = asyncio.get_running_loop()
    fleet = _Fleet(burst, loop.create_future())
    for _ in range(min(CONNECTIONS, burst.count)):
        transport, connection = await loop.create_connection(
            lambda: _Connection(fleet), "127.0.0.1", burst.port
        )
        connection.transport = transport
        fleet.connections.append(connection)
    begun, worked = time.perf_counter(), time.process_time()
    await fleet.run()
    wall_s = time.perf_counter() - begun
    busy = (time.process_time() - worked) / wall_s
    for connection in fleet.connections:
        connection.transport.close()
    return Outcome(wall_s, tuple(fleet.latencies), fleet.failures, busy, fleet.example)


class _Fleet:
    """The connections of a burst, and what is still to be asked on them."""

    def __init__(self, burst: Burst, over: "asyncio.Future[None]") -> None:
        self.burst = burst
        self.connections: list[_Connection] = []
        self.latencies: list[float] = []
        self.failures = 0
        self.example = ""
        self._over = over
        self._next = 0
        self._idle: list[_Connection] = []
        self._begun = 0.0
        self._head = f"POST {burst.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n"

    async def run(self) -> None:
        self._begun = time.perf_counter()
        self._idle = list(self.connections)
        self._hand_out()
        while not self._over.done():
            if not self.burst.per_s:
                await self._over
                return
            await asyncio.sleep(_TICK_S)
            self._hand_out()

    def answered(self, connection: "_Connection", due: float, answer: bytes) -> None:
        self.latencies.append(time.perf_counter() - due)
        if not answer.startswith(b"HTTP/1.1 200") or self.burst.expect.encode() not in answer:
            self.failures += 1
            self.example = answer.decode(errors="replace")
        self._idle.append(connection)
        if len(self.latencies) == self.burst.count:
            self._over.set_result(None)
        else:
            self._hand_out()

    def broken(self, error: Exception | None) -> None:
        if not self._over.done():
            self._over.set_exception(error or ConnectionError("the server hung up"))

    def _hand_out(self) -> None:
        burst, now = self.burst, time.perf_counter()
        while self._idle and self._next < burst.count:
            # A request that finds no free connection is late, and its lateness counts.
            due = self._begun + self._next / burst.per_s if burst.per_s else now
            if due > now:
                return
            number, self._next = burst.first + self._next, self._next + 1
            body = burst.texts[number % len(burst.texts)].replace("{n}", str(number)).encode()
            head = f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode()
            self._idle.pop().ask(head + body, due)


class _Connection(asyncio.Protocol):
    def __init__(self, fleet: _Fleet) -> None:
        self._fleet = fleet
        self._answer = b""
        self._due = 0.0
        self.transport: asyncio.WriteTransport

    def connection_lost(self, exc: Exception | None) -> None:
        self._fleet.broken(exc)

    def ask(self, request: bytes, due: float) -> None:
        self._answer, self._due = b"", due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if _is_whole(self._answer):
            self._fleet.answered(self, self._due, self._answer)


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    return len(body) >= int(length or b"0")
