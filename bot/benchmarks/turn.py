"""Turns over real HTTP: from a signed push to its reply, everything on disk before it.

All subjects answer on aiohttp in this process, one after another, round by round; the peer in a
process of its own. The dispatcher does not run meanwhile: what turns decide to tell stays in the
outbox, and is counted at the end.
"""

import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import insert

from bot import loops
from bot.app import open_service, prepare_database, web_application
from bot.benchmarks import crowd
from bot.benchmarks.databases import scratch_database, server_of
from bot.benchmarks.environments import PeerMissing
from bot.benchmarks.load import Burst, Loader, Outcome, load_process
from bot.benchmarks.servers import served
from bot.benchmarks.stopwatch import Meter, Options, Row, against, row_of
from bot.benchmarks.werobot import werobot
from bot.channels.wechat.account import Mode, WeChatAccount
from bot.channels.wechat.codec import Codec, signature_of
from bot.channels.wechat.inbound import read_inbound
from bot.channels.wechat.replies import passive_reply
from bot.clock import SystemClock
from bot.runner import open_runner
from bot.secrets import Secret
from bot.settings import Database, Settings
from storage.engine import open_engine
from storage.inbox import inbox
from storage.unit_of_work import UnitOfWork

_TOKEN = "kebaoBenchToken"
_ACCOUNT = WeChatAccount("wxBench", Secret(""), Secret(_TOKEN), mode=Mode.PLAIN)
_PUSH = (
    "<xml><ToUserName><![CDATA[gh_bench]]></ToUserName>"
    "<FromUserName><![CDATA[{account}{{n}}]]></FromUserName>"
    "<CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[{words}]]></Content><MsgId>{kind}{{n}}</MsgId></xml>"
)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

PEER: Callable[[str], AbstractContextManager[int]] | None = werobot
ROUNDS = 4
BURST = 1_000
LONG_S = 60
_LATER = 500_000
_MOST_LATE_S = 4.0  # the platform hangs up a second later


@dataclass(slots=True)
class _Subject:
    """Something under load, and what was measured of it."""

    name: str
    port: int
    words: tuple[str, ...]
    kind: int  # makes its message ids its own
    account: str = "oBuyer"
    path: str = "/wechat"
    expect: str = ""
    paced: bool = True
    burst: int = 0
    next: int = crowd.FIRST
    items: int = 0
    wall_s: float = 0.0
    spent: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.burst = self.burst or BURST

    def fire(self, loader: Loader, count: int, per_s: float = 0.0) -> Outcome:
        at = str(int(SystemClock().now().timestamp()))
        query = {"timestamp": at, "nonce": "bench", "signature": signature_of(_TOKEN, at, "bench")}
        texts = tuple(
            _PUSH.format(account=self.account, at=at, words=words, kind=self.kind)
            for words in self.words
        )
        path, first = f"{self.path}?{urlencode(query)}", self.next
        self.next += count
        burst = Burst(self.port, path, texts, first, count, self.expect, per_s)
        outcome = loader.fire(burst)
        if outcome.failures:
            raise AssertionError(
                f"{self.name}: {outcome.failures} of {count} failed: {outcome.example}"
            )
        return outcome

    def count(self, outcome: Outcome) -> None:
        self.items += len(outcome.latencies_s)
        self.wall_s += outcome.wall_s
        self.spent += outcome.latencies_s

    def row(self) -> Row:
        return row_of(self.name, items=self.items, wall_s=self.wall_s, spent=self.spent)


def turn(meter: Meter, options: Options) -> Iterable[Row]:
    """Turns on SQLite, and on PostgreSQL if one is named, beside what they cannot go without."""
    with ExitStack() as stack:
        loader = stack.enter_context(load_process())
        echo = _Subject("turn: aiohttp echo", stack.enter_context(served(_echo)), ("",), 1)
        echo.burst *= 4
        codec = _Subject(
            "turn: echo, signature, parsing", stack.enter_context(served(_codec)), ("好",), 1
        )
        references = [echo, codec]
        if PEER is not None:
            try:
                port = stack.enter_context(PEER(_TOKEN))
            except PeerMissing as missing:
                yield Row(f"turn: WeRoBot ({missing})", 0, 0, 0)
            else:
                references.append(
                    _Subject("turn: WeRoBot", port, (crowd.REVIEW,), 1, path="/", expect="感谢")
                )
        yield from _on_sqlite(stack, loader, references, meter, options)
        url = server_of(options)
        if url:
            yield from _on_postgresql(url, loader, echo, meter, options)


def _on_sqlite(
    stack: ExitStack,
    loader: Loader,
    references: list[_Subject],
    meter: Meter,
    options: Options,
) -> Iterator[Row]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kebao-bench-")))
    url = f"sqlite:///{folder / 'bench.db'}"
    _seed(url, meter)
    turns = _turns("turn", stack.enter_context(served(partial(_kebao, url, folder))))
    _measure(loader, [*references, *turns], meter)
    echo, *others = references
    peer = next((other.row() for other in others if other.path == "/"), None)
    peers = {} if peer is None else {"of_peer": peer}
    yield echo.row()
    for subject in others:
        yield against(subject.row(), of_echo=echo.row())
    for subject in turns:
        yield against(subject.row(), of_echo=echo.row(), **peers)
    if options.long:
        yield _at_peak_for_long(url, loader, turns[0], meter)
    _check_effects(url, turns)


def _on_postgresql(
    server: str, loader: Loader, echo: _Subject, meter: Meter, options: Options
) -> Iterator[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kebao-bench-")))
        url = stack.enter_context(scratch_database(server))
        _seed(url, meter)
        port = stack.enter_context(served(partial(_one_row, url)))
        one_row = _Subject("turn: PostgreSQL, one row", port, (crowd.REVIEW,), 9)
        port = stack.enter_context(served(partial(_kebao, url, folder)))
        turns = _turns("turn: PostgreSQL", port)
        _measure(loader, [one_row, *turns], meter)
        yield against(one_row.row(), of_echo=echo.row())
        for subject in turns:
            yield against(subject.row(), of_raw=one_row.row(), of_echo=echo.row())
        if options.long:
            yield _at_peak_for_long(url, loader, turns[0], meter)
        _check_effects(url, turns)


def _turns(name: str, port: int) -> list[_Subject]:
    return [
        _Subject(f"{name}, review", port, (crowd.REVIEW,), 2, expect="积分"),
        _Subject(f"{name}, bid", port, (crowd.CONFIRMATION,), 3, "oBidder", expect="已"),
        _Subject(f"{name}, sentence", port, crowd.NEEDS, 4, "oSpeaker", burst=BURST // 2),
    ]


def _measure(loader: Loader, subjects: list[_Subject], meter: Meter) -> None:
    """Throughput at full load, then latencies at half of it."""
    for done in range(ROUNDS + 1):
        for subject in subjects:
            outcome = subject.fire(loader, subject.burst)
            if done:  # the first round fills caches
                subject.count(outcome)
        meter(done, ROUNDS + 1)
    for subject in subjects:
        half = subject.items / subject.wall_s / 2
        outcome = subject.fire(loader, min(2 * subject.burst, round(half * 2)), half)
        subject.spent = list(outcome.latencies_s)


def _at_peak_for_long(url: str, loader: Loader, subject: _Subject, meter: Meter) -> Row:
    """As much as it takes, for a minute; nobody may wait as long as the platform does."""
    per_s = subject.items / subject.wall_s
    count = round(per_s * LONG_S)
    engine = open_engine(url)
    # Far from the numbers that bids placed meanwhile were given.
    subject.next = crowd.FIRST + _LATER
    crowd.seed(engine, subject.next, count, SystemClock().now(), meter)
    engine.dispose()
    outcome = subject.fire(loader, count)
    late = sum(spent > _MOST_LATE_S for spent in outcome.latencies_s)
    name = f"{subject.name}, {outcome.wall_s:.0f} s at peak ({late} over {_MOST_LATE_S:.0f} s)"
    return row_of(name, items=count, wall_s=outcome.wall_s, spent=outcome.latencies_s)


def _everybody() -> int:
    """As many as all rounds need, and the bursts that are paced."""
    return (ROUNDS + 3) * BURST


def _seed(url: str, meter: Meter) -> None:
    prepare_database(Settings(database=Database(url), wechat=_ACCOUNT))
    engine = open_engine(url)
    try:
        crowd.seed(engine, crowd.FIRST, _everybody(), SystemClock().now(), meter)
    finally:
        engine.dispose()


def _check_effects(url: str, turns: list[_Subject]) -> None:
    """What was answered was also done."""
    _, bid, _ = turns
    engine = open_engine(url)
    with engine.begin() as conn:
        done = crowd.reviews_written(conn), crowd.bids_placed(conn)
        pushes = crowd.pushes_decided(conn)
    engine.dispose()
    assert done[1] == bid.next - crowd.FIRST, done
    assert pushes > done[0], "each review is told, and the first bid of a demand"


@asynccontextmanager
async def _echo() -> AsyncIterator[web.Application]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    yield _application(answer)


@asynccontextmanager
async def _codec() -> AsyncIterator[web.Application]:
    """All that the channel does, around a turn that only thanks."""
    codec, clock = Codec(_ACCOUNT), SystemClock()

    async def answer(request: web.Request) -> web.Response:
        now = clock.now()
        push = codec.open(request.query, await request.read(), now)
        inbound = read_inbound(push.fields)
        document = passive_reply(
            inbound.text, to=inbound.account, sender=inbound.via, at=now, wire=push.wire
        )
        body = codec.seal(push, document, message_id=inbound.message_id, at=now)
        return web.Response(body=body, content_type="application/xml", charset="utf-8")

    yield _application(answer)


@asynccontextmanager
async def _one_row(url: str) -> AsyncIterator[web.Application]:
    """The floor of a turn on PostgreSQL: one row, committed, by our own runner."""
    runner, clock = open_runner(url, lambda shards: None), SystemClock()

    async def answer(request: web.Request) -> web.Response:
        text = await request.text()
        row = {"channel": "bench", "message_id": secrets.token_hex(8), "taken_at": clock.now()}

        def write(uow: UnitOfWork) -> None:
            uow.conn.execute(insert(inbox), {**row, "reply": text})

        await runner.run(write)
        return web.Response(text=text)

    yield _application(answer)
    await runner.close()


@asynccontextmanager
async def _kebao(url: str, folder: Path) -> AsyncIterator[web.Application]:
    settings = Settings(database=Database(url), wechat=_ACCOUNT)
    async with open_service(settings, SystemClock(), data=folder) as service:
        loops.settle()
        yield web_application(service)


def _application(answer: Answer) -> web.Application:
    app = web.Application()
    app.add_routes([web.post("/wechat", answer)])
    return app
