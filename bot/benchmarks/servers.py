"""Servers to put load on: each in a thread with a loop of its own, or in a process."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass

from aiohttp import web

from bot import loops

Prepare = Callable[[], AbstractAsyncContextManager[web.Application]]


@dataclass(frozen=True, slots=True)
class _Started:
    port: int
    loop: asyncio.AbstractEventLoop
    over: asyncio.Event


@contextmanager
def served(prepare: Prepare) -> Iterator[int]:
    """Serve in a thread with a loop of its own; yields the port."""
    started: Future[_Started] = Future()

    async def serve() -> None:
        async with prepare() as app:
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            over = asyncio.Event()
            started.set_result(_Started(runner.addresses[0][1], asyncio.get_running_loop(), over))
            await over.wait()
            await runner.cleanup()

    def run() -> None:
        try:
            loops.run(serve())
        except BaseException as error:  # not ours to judge: handed to whoever waits
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=run, name="bench-server")
    thread.start()
    server = started.result(60)
    try:
        yield server.port
    finally:
        server.loop.call_soon_threadsafe(server.over.set)
        thread.join(30)
