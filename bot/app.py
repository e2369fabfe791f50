"""The composition root: the only place that knows all parts and puts them together."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy.exc import DatabaseError

from bot import loops, schema, semantic
from bot.channels import Channel, TakeTurn
from bot.channels.onebot import Connections, OneBotChannel, onebot_routes
from bot.channels.onebot.inbound import CHANNEL as ONEBOT
from bot.channels.wechat import windows
from bot.channels.wechat.channel import WeChatChannel
from bot.channels.wechat.client import WeChatApi
from bot.channels.wechat.inbound import CHANNEL as WECHAT
from bot.channels.wechat.web import wechat_routes
from bot.clock import Clock, SystemClock
from bot.desks import desk_of, public_url_of
from bot.dispatch import Dispatcher
from bot.files import read_catalog
from bot.gateways.bills import BillRunner
from bot.gateways.errands import ErrandRunner
from bot.gateways.wechat import WeChatPay, wechat_pay
from bot.ingest import Ingest
from bot.knowledge import Knowledge, keep_fresh, refreshed
from bot.late import LateReplies
from bot.lockfile import lock_database
from bot.media import Fetch, MediaStore, fetch_url
from bot.opinions.account import ModelAccount
from bot.opinions.endpoint import Endpoint, SdkMissing
from bot.opinions.second import SecondOpinions
from bot.runner import Runner, open_runner
from bot.schedule import Clockwork
from bot.semantic import Learning, Model, SentenceModel
from bot.settings import Settings
from bot.web.health import Metrics, health_routes
from bot.web.months import month_routes
from bot.web.pages import file_routes, sandbox_routes
from bot.web.papers import paper_routes
from bot.web.payments import Books, payment_routes
from handlers.desk import Desk
from handlers.message import Inbound, Media, Reply
from matching import Matcher, Meaning
from storage.engine import open_engine
from storage.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from bot.simulator.web import Simulator

logger = logging.getLogger(__name__)

ALL_ROLES = frozenset({"web", "dispatch", "schedule"})
DATA = Path(__file__).parent / "data"
MAX_BODY_BYTES = 1 << 20
BILLS_EVERY = timedelta(minutes=1)


class NotReady(OSError):
    """The database cannot be used as it is; the message says which command mends it."""


@dataclass(slots=True)
class Service:
    """A running kebao: what tests and the demo reach into."""

    settings: Settings
    runner: Runner
    knowledge: Knowledge
    desk: Desk
    ingest: Ingest
    dispatcher: Dispatcher
    clockwork: Clockwork
    connections: Connections
    media: MediaStore
    metrics: Metrics
    clock: Clock
    http: aiohttp.ClientSession
    vectors: Path  # the file of what the catalogue means
    wechat_api: WeChatApi | None = None
    channels: dict[str, Channel] = field(default_factory=dict)
    loops: dict[str, Callable[[], bool]] = field(default_factory=dict)  # whether each still runs
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    learning: Learning | None = None
    gateway: WeChatPay | None = None
    errands: ErrandRunner | None = None
    bills: BillRunner | None = None

    async def reload(self) -> bool:
        """Take up what commands and other processes changed; False if there was nothing new.

        Turns that run keep what they began with.
        """
        known = await refreshed(self.runner, self.knowledge)
        if known is self.knowledge:
            return False
        self.knowledge = known
        self.desk = desk_of(self.settings, known)
        if self.learning is not None and not known.matcher.hears_meaning:
            self.learning.begin(known.matcher, known.services)
        return True

    def hear_meaning(self, model: Model, cache: Path) -> Learning:
        """Learn in the background what the catalogue means; until then the words answer."""

        def adopt(matcher: Matcher, meaning: Meaning) -> None:
            if self.desk.matcher.has_catalogue_of(matcher):
                wiser = self.desk.matcher.with_meaning(meaning)
                self.knowledge = replace(self.knowledge, matcher=wiser)
                self.desk = replace(self.desk, matcher=wiser)

        self.learning = Learning(model, cache, adopt)
        self.learning.begin(self.desk.matcher, self.knowledge.services)
        return self.learning

    def ended_loops(self) -> list[str]:
        """Which of the loops that this process began have ended, for an operator to read."""
        return [f"{name}: ended, restart kebao" for name, runs in self.loops.items() if not runs()]

    async def catch_up(self) -> None:
        """Do what has fallen due by now, and send it: for a clock that jumps."""
        acted = await self.clockwork.sweep()
        if self.errands is not None:
            acted += await self.errands.run_due()
        if self.bills is not None:
            acted += await self.bills.run_due()
        if acted:
            await self.dispatcher.settled()


def prepare_database(settings: Settings) -> None:
    """Make an empty database usable; refuse one that needs the operator.

    Raises:
        NotReady: an older or newer schema, or a database that cannot be reached or read.
    """
    engine = open_engine(settings.database.url)
    try:
        match schema.state(engine):
            case "empty":
                logger.info("the database is new: making its tables")
                schema.upgrade(engine)
            case "behind":
                raise NotReady("the database is older than this kebao; run: kebao db upgrade")
            case "ahead":
                raise NotReady(
                    "the database was made by a newer kebao; install that version, "
                    "or restore a backup of this one"
                )
        with engine.begin() as conn:
            uow = UnitOfWork(conn)
            if not uow.services.all():
                logger.info("the catalogue is empty: importing the one that comes with kebao")
                uow.services.add_missing(read_catalog(DATA / "catalog.tsv"))
    except DatabaseError as error:
        if not schema.is_unusable(error):
            raise
        raise NotReady(schema.why_unusable(engine, error)) from error
    finally:
        engine.dispose()


@contextlib.asynccontextmanager
async def open_service(
    settings: Settings, clock: Clock, *, data: Path, trusted_host: str = ""
) -> AsyncIterator[Service]:
    """Everything but the web server: database, channels, dispatcher, clockwork.

    `trusted_host`: files may be fetched from addresses that begin so, for the demo's platforms.
    """
    prepare_database(settings)
    waking: list[Dispatcher] = []
    runner = open_runner(settings.database.url, lambda shards: waking[0].wake(shards))
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(runner.close)
        http = await stack.enter_async_context(aiohttp.ClientSession())
        connections = Connections()
        channels: dict[str, Channel] = {}
        fetchers: dict[str, Fetch] = {}
        media = MediaStore(data / "files", fetchers)
        api = None
        if settings.wechat is not None:
            api = WeChatApi(settings.wechat, http, now=clock.now)
            wechat = WeChatChannel(api, media.read)
            channels[wechat.name] = wechat
            fetchers[wechat.name] = _fetch_from(wechat)
        if settings.onebot is not None:
            onebot = OneBotChannel(connections, pictures=media.folder)
            channels[onebot.name] = onebot
            fetchers[onebot.name] = fetch_url(http, _platform_hosts(trusted_host))
        service: Service

        def desk() -> Desk:
            return service.desk

        knowledge = await refreshed(runner, None)
        dispatcher = Dispatcher(runner, channels, desk, clock)
        waking.append(dispatcher)
        metrics = Metrics()
        opinions = await _opinions(settings.llm, metrics, stack)
        gateway = await stack.enter_async_context(
            wechat_pay(settings.pay.wechat, public_url_of(settings))
        )
        service = Service(
            settings=settings,
            runner=runner,
            knowledge=knowledge,
            desk=desk_of(settings, knowledge),
            ingest=Ingest(runner, desk, clock, media, opinions),
            dispatcher=dispatcher,
            clockwork=Clockwork(runner, desk, clock),
            connections=connections,
            media=media,
            metrics=metrics,
            clock=clock,
            http=http,
            vectors=data / semantic.FILE,
            wechat_api=api,
            channels=channels,
            gateway=gateway,
            errands=ErrandRunner(runner, gateway, media, desk, clock) if gateway else None,
        )
        if gateway is not None and settings.pay.wechat is not None:
            mch_id = settings.pay.wechat.mch_id
            service.bills = BillRunner(runner, gateway, clock, mch_id=mch_id)
            service.clockwork.every(BILLS_EVERY, service.bills.tick)
        yield service


async def _opinions(
    account: ModelAccount | None, metrics: Metrics, stack: contextlib.AsyncExitStack
) -> SecondOpinions | None:
    """Second opinions, if a model is configured; without its SDK the rules go on alone."""
    if account is None:
        return None
    endpoint = Endpoint(account)
    try:
        await endpoint.open()
    except SdkMissing as missing:
        logger.error("[llm] has no effect: %s; run: make llm", missing.detail)
        return None
    opinions = SecondOpinions(account, endpoint, metrics)
    stack.push_async_callback(endpoint.close)
    stack.push_async_callback(opinions.close)
    return opinions


def web_application(service: Service) -> web.Application:
    """The HTTP side; each channel is there only if it is configured."""
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_quiet_errors])
    settings = service.settings
    app.add_routes(
        health_routes(service.runner, service.metrics, service.ended_loops, service.clock.now)
    )
    app.add_routes(file_routes(service.runner, service.media))
    app.add_routes(month_routes(service.runner, service.clock))
    app.add_routes(paper_routes(service.runner, service.media, lambda: service.desk))
    if settings.pay.gateway == "sandbox":
        app.add_routes(sandbox_routes(service.runner, lambda: service.desk, service.clock))
    if service.gateway is not None and settings.pay.wechat is not None:
        books = Books(service.runner, lambda: service.desk, service.clock)
        counted = service.metrics.notices
        app.add_routes(payment_routes(settings.pay.wechat, service.gateway, books, counted))
    if settings.wechat is not None:
        _add_wechat(app, service)
    if settings.onebot is not None:
        turn = _measured(service, ONEBOT)
        app.add_routes(onebot_routes(settings.onebot, turn, service.connections))

    async def close_connections(_: web.Application) -> None:
        await service.connections.close()

    app.on_shutdown.append(close_connections)
    return app


async def serve(settings: Settings, roles: frozenset[str] = ALL_ROLES) -> None:
    """`kebao run`: until a signal says stop."""
    path = settings.database.embedded_path
    with contextlib.ExitStack() as held:
        if path is not None:
            held.enter_context(lock_database(path))
        data = path.parent if path is not None else Path("kebao-data")
        async with open_service(settings, SystemClock(), data=data) as service:
            await run_service(service, roles)


async def run_service(
    service: Service, roles: frozenset[str], simulator: "Simulator | None" = None
) -> None:
    """Listen, dispatch and tick, as far as `roles` says, until a signal says stop."""
    async with contextlib.AsyncExitStack() as stack:
        if "web" in roles:
            app = web_application(service)
            if simulator is not None:
                app.add_routes(simulator.routes())
            await stack.enter_async_context(_listening(app, service.settings))
        connected = {ONEBOT} if "web" in roles else set()
        if "dispatch" in roles or connected & service.channels.keys():
            if "dispatch" not in roles:
                # Whoever dialled in is connected to this process: no other can send to them.
                service.dispatcher.keep_to(connected)
            alone = service.settings.database.embedded_path is not None
            await loops.keep(
                stack, service.loops, "dispatcher", service.dispatcher.run(alone=alone)
            )
        await loops.keep(stack, service.loops, "knowledge", keep_fresh(service.reload))
        if "schedule" in roles:
            service.clockwork.start()
            service.loops["clockwork"] = lambda: service.clockwork.runs
            stack.callback(service.clockwork.stop)
            if service.errands is not None:
                await loops.keep(stack, service.loops, "errands", service.errands.run())
        if simulator is not None:
            await simulator.start()
            stack.push_async_callback(simulator.stop)
        loops.settle()
        logger.info("kebao is ready on %s", service.desk.public_url)
        if "web" in roles and service.settings.matching.hears_meaning:
            learning = service.hear_meaning(SentenceModel(), service.vectors)
            stack.callback(learning.stop)
        loops.stop_on_signals(service.stopped)
        await service.stopped.wait()
        logger.info("kebao stops")


@contextlib.asynccontextmanager
async def _listening(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    # An access log would print addresses, whose queries can be replayed: there is none.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=3)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.server.host, settings.server.port).start()
        yield
    finally:
        await runner.cleanup()


def _add_wechat(app: web.Application, service: Service) -> None:
    account = service.settings.wechat
    assert account is not None
    turn = _measured(service, WECHAT)

    async def take(inbound: Inbound) -> Reply:
        window = windows.opened_by(inbound, service.clock.now())
        return await turn(replace(inbound, passive=True, window=window))

    late = LateReplies(take, service.ingest.send_missed_reply)

    async def finish(_: web.Application) -> None:
        await late.finish()

    app.on_cleanup.append(finish)
    app.add_routes(wechat_routes(account, take, service.clock.now, reply_missed=late.missed))


def _measured(service: Service, channel: str) -> TakeTurn:
    metrics = service.metrics
    done, failed = (metrics.turns.labels(channel, outcome) for outcome in ("done", "failed"))

    async def take(inbound: Inbound) -> Reply:
        started = time.perf_counter()
        try:
            reply = await service.ingest.take_turn(inbound)
        except Exception:
            failed.inc()
            raise
        done.inc()
        metrics.turn_seconds.observe(time.perf_counter() - started)
        return reply

    return take


def _fetch_from(wechat: WeChatChannel) -> Fetch:
    async def fetch(media: Media) -> bytes:
        return await wechat.fetch_media(media.ref)

    return fetch


def _platform_hosts(trusted_host: str) -> Callable[[str], bool]:
    """Addresses of QQ's own file hosts, and of the demo's platform when there is one."""

    def allowed(url: str) -> bool:
        if trusted_host and url.startswith(trusted_host):
            return True
        host = url.removeprefix("https://").split("/", 1)[0]
        return url.startswith("https://") and host.endswith((".qq.com", ".qq.com.cn", ".qpic.cn"))

    return allowed


@web.middleware
async def _quiet_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nothing in an error helps a scanner: what is not there has no body."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status in {404, 405}:
            text = error.text if request.path.startswith("/files/") else ""
            return web.Response(status=404, text=text)
        raise
