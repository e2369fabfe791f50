"""Health for whoever runs the service: alive, ready, and numbers without anybody's secrets."""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot import schema
from bot.runner import Runner


class Metrics:
    """Counts and times; never a text, a price or a name."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter(
            "kebao_turns", "Turns taken", ["channel", "outcome"], registry=self.registry
        )
        self.turn_seconds = Histogram(
            "kebao_turn_seconds",
            "From message to commit",
            registry=self.registry,
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4),
        )
        self.opinions = Counter(
            "kebao_opinions",
            "Second opinions of the language model: asked, cached, skipped, then what came of it",
            ["about", "outcome", "reason"],
            registry=self.registry,
        )
        self.notices = Counter(
            "kebao_payment_notices",
            "Notices of the payment gateway: taken, or why not",
            ["outcome"],
            registry=self.registry,
        )
        self.errands = Gauge(
            "kebao_errands_due",
            "What waits to be done at the payment gateway",
            registry=self.registry,
        )
        self.outbox = Gauge(
            "kebao_outbox_rows",
            "Rows that are not settled well",
            ["status"],
            registry=self.registry,
        )


def health_routes(
    runner: Runner,
    metrics: Metrics,
    ended: Callable[[], list[str]],
    now: Callable[[], datetime],
) -> list[web.RouteDef]:
    """`ended` names the loops of this process that have ended."""

    async def alive(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def ready(_: web.Request) -> web.Response:
        missing = ended()
        try:
            state = await runner.read(lambda uow: schema.state_seen(uow.conn))
        except Exception as error:  # whatever it is, we are not ready
            missing.append(f"database: {type(error).__name__}")
        else:
            if state != "current":
                missing.append(f"migrations: the database is {state}; see kebao db current")
        if missing:
            return web.Response(text="\n".join(missing) + "\n", status=503)
        return web.Response(text="ready\n")

    async def numbers(_: web.Request) -> web.Response:
        metrics.errands.set(await runner.read(lambda uow: uow.errands.count_due(now())))
        counts = await runner.read(lambda uow: uow.outbox.counts())
        for status in ("queued", "sending", "held", "unknown", "failed"):
            metrics.outbox.labels(status).set(counts.get(status, 0))
        return web.Response(body=generate_latest(metrics.registry), content_type="text/plain")

    return [web.get("/healthz", alive), web.get("/readyz", ready), web.get("/metrics", numbers)]
