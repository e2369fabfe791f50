"""Second opinions: asked once per doubt, kept, and never waited for longer than a person would.

Between two tries of one turn and outside of any transaction. A turn that never doubts – an order,
a payment, a command – never comes here.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.opinions.account import ModelAccount
from bot.opinions.endpoint import Completions, EndpointError
from bot.opinions.guards import Allowance, Breaker
from bot.web.health import Metrics
from matching import Answer, Doubt, Reading, Unusable, read_answer
from matching.opinions.requests import messages, response_format, schema

logger = logging.getLogger(__name__)

ANSWERS_KEPT = 2048
AT_ONCE = 8  # questions under way; who comes then is answered by the rules
READY_AFTER_S = 3.0  # of the four in which a passive reply must be ready: the turn needs its share
NOT_WORTH_S = 0.2


class SecondOpinions:
    """Asks about doubts; nothing it does raises, for the rules' reading always stands."""

    def __init__(
        self,
        account: ModelAccount,
        endpoint: Completions,
        metrics: Metrics,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account = account
        self._endpoint = endpoint
        self._metrics = metrics
        self._breaker = Breaker(monotonic)
        self._allowance = Allowance(account.per_person_per_minute, monotonic)
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Answer | None]] = {}
        self._waiting: dict[str, _Wait] = {}

    async def reconsider(
        self, reading: Reading, doubt: Doubt, *, person: str, spent_s: float
    ) -> Reading:
        """The reading with an opinion about the doubt, or as it was.

        `spent_s`: how long the person has waited already.
        """
        within_s = min(self._account.timeout_s, READY_AFTER_S - spent_s)
        answer = await self._answer(doubt, person, within_s)
        if answer is None:
            return reading
        try:
            considered = reading.with_answer(answer, doubt)
        except Unusable as unusable:
            self._count(doubt, "failed", unusable.reason)
            return reading
        assert considered.opinion is not None
        _ = considered.search  # looked up here, where it holds no lock
        self._count(doubt, "agreed" if considered.opinion.agrees else "disagreed")
        return considered

    async def make_way(self, person: str) -> None:
        """Before somebody's next message: the one that still waits goes first, without an opinion.

        People are heard in the order in which they speak, and what they say next is not delayed.
        """
        while (wait := self._waiting.get(person)) is not None:
            wait.hurry.set()
            await wait.over.wait()

    @asynccontextmanager
    async def waiting(self, person: str) -> AsyncIterator[None]:
        """A message of this person is between its two tries."""
        await self.make_way(person)
        wait = self._waiting[person] = _Wait()
        try:
            yield
        finally:
            del self._waiting[person]
            wait.over.set()

    async def close(self) -> None:
        """Let nothing be under way when the endpoint closes."""
        for task in self._asking.values():
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    async def _answer(self, doubt: Doubt, person: str, within_s: float) -> Answer | None:
        key = doubt.key
        if (known := self._answers.get(key)) is not None:
            self._answers.move_to_end(key)
            self._count(doubt, "cached")
            return known
        task = self._asking.get(key)
        if task is None:
            if within_s < NOT_WORTH_S or not self._may_ask(doubt, person):
                return None
            # Not bound to this message: a twin of it, or somebody else, may want the answer too.
            task = asyncio.ensure_future(self._ask(doubt))
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return await self._first_of(task, person, within_s)

    def _may_ask(self, doubt: Doubt, person: str) -> bool:
        if len(self._asking) >= AT_ONCE:
            why = "busy"
        elif not self._allowance.take(person):
            why = "allowance"
        elif not self._breaker.allows():
            why = "breaker"
        else:
            return True
        self._count(doubt, "skipped", why)
        return False

    async def _ask(self, doubt: Doubt) -> Answer | None:
        self._count(doubt, "asked")
        shape = response_format(
            f"kebao_{doubt.about}", schema(doubt), self._account.response_format
        )
        try:
            content = await self._endpoint.complete(
                messages(doubt), shape, within_s=self._account.timeout_s
            )
            answer = read_answer(content, doubt)
        except (EndpointError, Unusable) as error:
            self._note_failure(doubt, error)
            return None
        self._breaker.succeeded()
        self._answers[doubt.key] = answer
        if len(self._answers) > ANSWERS_KEPT:
            self._answers.popitem(last=False)
        return answer

    def _note_failure(self, doubt: Doubt, error: EndpointError | Unusable) -> None:
        self._count(doubt, "failed", error.reason)
        if error.reason == "evidence":
            # It kept to the form: what it made up is the fault of this one message.
            self._breaker.succeeded()
        else:
            self._breaker.failed()
        logger.info("no second opinion about the %s: %s", doubt.about, error.reason)

    async def _first_of(
        self, task: "asyncio.Task[Answer | None]", person: str, within_s: float
    ) -> Answer | None:
        """What the task answers, if it does so before time is up and before the person goes on."""
        wait = self._waiting.get(person) or _Wait()
        hurry = asyncio.ensure_future(wait.hurry.wait())
        try:
            await asyncio.wait((task, hurry), timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hurry.cancel()
        if not task.done() or task.cancelled():
            return None
        if (error := task.exception()) is not None:  # a bug of ours is no reason to lose the turn
            logger.error("asking for a second opinion failed", exc_info=error)
            return None
        return task.result()

    def _count(self, doubt: Doubt, outcome: str, reason: str = "") -> None:
        self._metrics.opinions.labels(doubt.about.value, outcome, reason).inc()


class _Wait:
    """A message between its two tries."""

    def __init__(self) -> None:
        self.hurry = asyncio.Event()
        self.over = asyncio.Event()
