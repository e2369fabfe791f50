"""How many messages of WeChat a process takes, from the request to the reply, all on disk."""

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web

from bot import loops
from bot.app import open_service, web_application
from bot.benchmarks.load import Burst, Loader, load_process
from bot.benchmarks.stopwatch import Meter, Row, against, row_of
from bot.channels.wechat.account import Mode, WeChatAccount
from bot.channels.wechat.codec import signature_of
from bot.clock import SystemClock
from bot.secrets import Secret
from bot.settings import Database, Settings

_TOKEN = "kebaoBenchToken"
_BURST = 2_000
_ROUNDS = 4
_PEOPLE = 50
_ACCOUNT = WeChatAccount("wxBench", Secret(""), Secret(_TOKEN), mode=Mode.PLAIN)
_PUSH = (
    "<xml><ToUserName><![CDATA[gh_bench]]></ToUserName>"
    "<FromUserName><![CDATA[oBench{person}]]></FromUserName>"
    "<CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[帮助]]></Content><MsgId>{{n}}</MsgId></xml>"
)

Prepare = Callable[[Path], AbstractAsyncContextManager[web.Application]]


@dataclass(frozen=True, slots=True)
class _Started:
    port: int
    loop: asyncio.AbstractEventLoop
    over: asyncio.Event


def callback(meter: Meter) -> Iterable[Row]:
    """A turn for “帮助”: signature, parsing, reading, one transaction, reply.

    The floor is aiohttp that sends back what it got, under the same load.
    """
    walls: dict[str, list[float]] = {"callback": [], "callback: aiohttp echo": []}
    latencies: dict[str, list[float]] = {name: [] for name in walls}
    with (
        tempfile.TemporaryDirectory(prefix="kebao-bench-") as folder,
        _served(_kebao, Path(folder)) as ours,
        _served(_echo, Path(folder)) as echo,
        load_process() as loader,
    ):
        for done in range(_ROUNDS + 1):
            for name, port in zip(walls, (ours, echo), strict=True):
                wall_s, spent = _fire(loader, port, first=done * _BURST + 1)
                if done:  # the first round fills caches
                    walls[name].append(wall_s)
                    latencies[name] += spent
            meter(done, _ROUNDS)
    rows = [
        row_of(name, items=_BURST * _ROUNDS, wall_s=sum(walls[name]), spent=latencies[name])
        for name in walls
    ]
    return [against(rows[0], of_echo=rows[1]), rows[1]]


def _fire(loader: Loader, port: int, *, first: int) -> tuple[float, tuple[float, ...]]:
    at = str(int(SystemClock().now().timestamp()))
    query = {"timestamp": at, "nonce": "bench", "signature": signature_of(_TOKEN, at, "bench")}
    body = _PUSH.format(person=first // _BURST % _PEOPLE, at=at)
    outcome = loader.fire(Burst(port, f"/wechat?{urlencode(query)}", body, first, _BURST))
    assert outcome.failures == 0, f"{outcome.failures} of {_BURST} were not answered"
    return outcome.wall_s, outcome.latencies_s


@asynccontextmanager
async def _echo(_folder: Path) -> AsyncIterator[web.Application]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    app = web.Application()
    app.add_routes([web.post("/wechat", answer)])
    yield app


@asynccontextmanager
async def _kebao(folder: Path) -> AsyncIterator[web.Application]:
    settings = Settings(database=Database(f"sqlite:///{folder / 'bench.db'}"), wechat=_ACCOUNT)
    async with open_service(settings, SystemClock(), data=folder) as service:
        yield web_application(service)


@contextmanager
def _served(prepare: Prepare, folder: Path) -> Iterator[int]:
    """Serve in a thread with a loop of its own; yields the port."""
    started: Future[_Started] = Future()

    async def serve() -> None:
        async with prepare(folder) as app:
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
    server = started.result(30)
    try:
        yield server.port
    finally:
        server.loop.call_soon_threadsafe(server.over.set)
        thread.join(30)
