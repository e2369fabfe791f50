"""Running errands: claim what is due, ask the gateway, let what came of it be a transaction."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.gateways import Gateway, GatewayError, Misconfigured, PaymentState, Refused
from bot.gateways.codes import png
from bot.media import MediaStore
from bot.runner import Runner
from handlers.actions import errands as actions
from handlers.actions.errands import Job
from handlers.desk import Desk
from market.arrivals import Arrival
from market.errands import Errand, ErrandKind, errand_no, trade_no
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

POLL_S = 1.0
AT_ONCE = 8
LEASE = timedelta(seconds=60)  # longer than any answer is waited for
REFUSED_PAUSE = timedelta(minutes=30)  # what was refused is rarely granted sooner

Outcome = Callable[[UnitOfWork], None]


class ErrandRunner:
    """Runs errands of any process's turns. Two of them share the work: rows are leased."""

    def __init__(
        self,
        runner: Runner,
        gateway: Gateway,
        media: MediaStore,
        desk: Callable[[], Desk],
        clock: Clock,
    ) -> None:
        self._runner = runner
        self._gateway = gateway
        self._media = media
        self._desk = desk
        self._clock = clock

    async def run(self) -> None:
        """Run what falls due until cancelled."""
        while True:
            try:
                await self.run_due()
            except Exception:  # edge of a loop: leases run out, the rows come back
                logger.exception("running errands failed")
            await asyncio.sleep(POLL_S)

    async def run_due(self) -> int:
        """Run everything that is due by now; returns how many errands that were."""
        count = 0
        while errands := await self._runner.run(
            lambda uow: uow.errands.claim(self._clock.now(), lease=LEASE, limit=AT_ONCE)
        ):
            count += len(errands)
            await asyncio.gather(*(self._run_safely(errand) for errand in errands))
        return count

    async def _run_safely(self, errand: Errand) -> None:
        try:
            await self._run(errand)
        except Exception as error:  # edge of an errand: one bad row must not stop the others
            logger.exception("errand %s of R%s failed", errand.kind, errand.payment_id)
            with contextlib.suppress(Exception):  # the database itself may be what failed
                await self._runner.run(self._failed(errand, type(error).__name__, None))

    async def _run(self, errand: Errand) -> None:
        work = partial(
            actions.prepare, errand_id=errand.id, desk=self._desk(), now=self._clock.now()
        )
        job = await self._runner.run(work)
        if job is None:
            return
        try:
            outcome = await self._ask(job)
        except Refused as refused:
            outcome = self._failed(errand, refused.reason, REFUSED_PAUSE)
        except Misconfigured as wrong:
            outcome = self._failed(errand, wrong.reason, timedelta(minutes=5))
        except GatewayError as error:
            outcome = self._failed(errand, error.reason, None)
        await self._runner.run(outcome)

    def _failed(self, errand: Errand, error: str, pause: timedelta | None) -> Outcome:
        logger.warning("errand %s of R%s: %s", errand.kind, errand.payment_id, error)
        return partial(
            actions.failed, errand_id=errand.id, error=error, pause=pause, now=self._clock.now()
        )

    async def _ask(self, job: Job) -> Outcome:
        match job.errand.kind:
            case ErrandKind.OPEN:
                return await self._open(job)
            case ErrandKind.QUERY:
                return await self._query(job)
            case ErrandKind.CLOSE:
                return await self._close(job)
            case ErrandKind.REFUND:
                return await self._refund(job)
            case ErrandKind.RELEASE:
                return await self._release(job)

    async def _open(self, job: Job) -> Outcome:
        payment = job.payment
        assert payment.expires_at is not None, "a code runs out"
        code = await self._gateway.open_code(
            trade_no(payment),
            amount_fen=payment.amount_fen,
            description=f"{self._desk().operator} {job.order.no}",
            expires_at=payment.expires_at,
        )
        picture = await self._media.keep(await asyncio.to_thread(png, code))
        return partial(
            actions.code_made,
            errand_id=job.errand.id,
            code=code,
            picture=picture,
            desk=self._desk(),
            now=self._clock.now(),
        )

    async def _query(self, job: Job) -> Outcome:
        found = await self._gateway.find(trade_no(job.payment))
        about, now = job.errand.id, self._clock.now()
        if found.arrival is not None:
            return self._paid(job, now, found.arrival)
        if found.state is PaymentState.OPEN:
            return partial(actions.still_unpaid, errand_id=about, now=now)
        return partial(actions.code_gone, errand_id=about, now=now)

    async def _close(self, job: Job) -> Outcome:
        """Look first: whoever paid in the last moment gets what they paid for, or it back."""
        no = trade_no(job.payment)
        found = await self._gateway.find(no)
        if found.arrival is not None:
            return self._paid(job, self._clock.now(), found.arrival)
        if found.state is PaymentState.OPEN:
            await self._gateway.close_code(no)
        return partial(actions.code_gone, errand_id=job.errand.id, now=self._clock.now())

    def _paid(self, job: Job, now: datetime, arrival: Arrival) -> Outcome:
        return partial(
            actions.found_paid,
            errand_id=job.errand.id,
            arrival=arrival,
            desk=self._desk(),
            now=now,
        )

    async def _refund(self, job: Job) -> Outcome:
        payment = job.payment
        refunded = await self._gateway.refund(
            errand_no(payment, ErrandKind.REFUND),
            trade_no=trade_no(payment),
            amount_fen=job.errand.amount_fen,
            total_fen=payment.amount_fen,
            reason=f"{job.order.no} 退款",
        )
        return partial(
            actions.refund_is,
            errand_id=job.errand.id,
            state=refunded.state,
            amount_fen=refunded.amount_fen,
            desk=self._desk(),
            now=self._clock.now(),
        )

    async def _release(self, job: Job) -> Outcome:
        finished = await self._gateway.release(
            errand_no(job.payment, ErrandKind.RELEASE),
            transaction_id=job.payment.transaction_id,
            reason=f"{job.order.no} 验收完成",
        )
        return partial(
            actions.released, errand_id=job.errand.id, finished=finished, now=self._clock.now()
        )
