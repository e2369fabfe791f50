"""Fetching the gateway's bills: each day's once, by whichever process is there first."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Protocol

from bot.bills import BadBill, read_trade_bill
from bot.clock import Clock
from bot.gateways import GatewayError
from bot.runner import Runner
from handlers.actions import reconciliation as actions
from market.errands import BY_CODE
from market.reconciliation import Line
from storage.bills import Bill
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than a file is waited for
AT_ONCE = 3  # of one claim; days that were missed follow each other
PROBLEMS_NAMED = 3


class BillSource(Protocol):
    """The part of the gateway that has bills."""

    async def trade_bill(self, day: date) -> bytes | None: ...


class BillRunner:
    """Gets what is due. Two of them share the work: rows are leased, and a bill read twice
    changes nothing."""

    def __init__(self, runner: Runner, gateway: BillSource, clock: Clock, *, mch_id: str) -> None:
        self._runner = runner
        self._gateway = gateway
        self._clock = clock
        self._mch_id = mch_id
        self._running = asyncio.Lock()

    async def tick(self) -> None:
        """For the clockwork: the same, and nothing rises."""
        try:
            await self.run_due()
        except Exception:  # edge of a loop: leases run out, the rows come back
            logger.exception("fetching bills failed")

    async def run_due(self) -> int:
        """Fetch and compare every bill that is due; returns how many were read."""
        async with self._running:
            await self._runner.run(lambda uow: actions.want_bills(uow, BY_CODE, self._clock.now()))
            read = 0
            while due := await self._runner.run(
                lambda uow: uow.bills.claim(self._clock.now(), lease=LEASE, limit=AT_ONCE)
            ):
                for bill in due:
                    read += await self._read(bill)
            return read

    async def _read(self, bill: Bill) -> bool:
        try:
            lines = await self._fetch(bill.day)
        except (GatewayError, BadBill) as error:
            await self._failed(bill, _reason(error))
            return False
        except Exception as error:  # edge of a bill: one that breaks us must not stop the others
            logger.exception("the bill of %s broke us", bill.day)
            with contextlib.suppress(Exception):
                await self._failed(bill, type(error).__name__)
            return False
        work: Callable[[UnitOfWork], object] = partial(
            actions.take_bill,
            gateway=bill.gateway,
            day=bill.day,
            lines=lines,
            now=self._clock.now(),
        )
        await self._runner.run(work)
        logger.info("read the bill of %s: %d lines", bill.day, len(lines))
        return True

    async def _fetch(self, day: date) -> tuple[Line, ...]:
        raw = await self._gateway.trade_bill(day)
        if raw is None:
            return ()
        return await asyncio.to_thread(read_trade_bill, raw, mch_id=self._mch_id, day=day)

    async def _failed(self, bill: Bill, reason: str) -> None:
        logger.warning("the bill of %s: %s", bill.day, reason)
        work = partial(actions.bill_failed, bill=bill, error=reason, now=self._clock.now())
        await self._runner.run(work)


def _reason(error: GatewayError | BadBill) -> str:
    if isinstance(error, GatewayError):
        return error.reason
    return "；".join(map(str, error.problems[:PROBLEMS_NAMED]))
