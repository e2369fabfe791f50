"""Load over HTTP from a process of its own, so that asking does not cost the one who answers."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Burst:
    """POST requests to one address; `{n}` in the body becomes a number of its own each time."""

    port: int
    path: str
    body: str
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Outcome:
    wall_s: float
    latencies_s: tuple[float, ...]
    failures: int  # answers other than 200


@contextmanager
def load_process() -> Iterator["Loader"]:
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


class Loader:
    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def fire(self, burst: Burst) -> Outcome:
        """Send the burst over many connections; waits for all answers."""
        self._pipe.send(burst)
        outcome = self._pipe.recv()
        assert isinstance(outcome, Outcome)
        return outcome


def _serve(pipe: Connection) -> None:
    while (burst := pipe.recv()) is not None:
        pipe.send(asyncio.run(_fire(burst)))


async def _fire(burst: Burst) -> Outcome:
    numbers = iter(range(burst.first, burst.first + burst.count))
    latencies: list[float] = []
    failures = 0

    async def connection() -> None:
        nonlocal failures
        reader, writer = await asyncio.open_connection("127.0.0.1", burst.port)
        for number in numbers:
            body = burst.body.replace("{n}", str(number)).encode()
            head = (
                f"POST {burst.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            begun = time.perf_counter()
            writer.write(head.encode() + body)
            failures += not await _answered_200(reader)
            latencies.append(time.perf_counter() - begun)
        writer.close()
        await writer.wait_closed()

    begun = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return Outcome(time.perf_counter() - begun, tuple(latencies), failures)


async def _answered_200(reader: asyncio.StreamReader) -> bool:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line[15:])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    await reader.readexactly(length)
    return head.startswith(b"HTTP/1.1 200")
