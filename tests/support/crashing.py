"""People who deal on while the process is killed under them, and what is checked afterwards.

Every request is an operation of a recorded history: invoked, then ok with its answer, or unknown
if the process died in between. An unknown one may have had its effect or not; whoever asked asks
again, as the platform (the same message) or as a person (a new one) would.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import aiohttp
from sqlalchemy import Engine, func, select, update

from bot.simulator.cast import CHENGONG, XIAOLIN, Actor, Role
from bot.simulator.wechat import Fields
from bot.simulator.world import BOT, Entry
from handlers.message import Message
from market.orders import OrderStatus
from market.payments import PaymentStatus
from storage.bids import bids
from storage.conversations import conversations
from storage.demands import demands
from storage.engine import open_engine
from storage.orders import orders
from storage.outbox import OutboxStatus, outbox
from storage.payments import payments
from tests.support.installation import Installation, Process
from tests.support.stage import Person, Stage

GIVE_UP_S = 90.0
SETTLED = {OutboxStatus.SENT, OutboxStatus.SHOWN, OutboxStatus.HELD}
ANSWERED_WITHIN_S = 5.0  # by a process that lives
BROUGHT_WITHIN_S = 1.0  # by the next one; then the person asks again


@dataclass
class Operation:
    who: str
    said: str
    outcome: Literal["invoked", "ok", "unknown"] = "invoked"
    answer: str = ""


@dataclass
class History:
    """What was asked, and what became of it, in the order of asking."""

    operations: list[Operation] = field(default_factory=list)
    letters: list[tuple[Fields, str]] = field(default_factory=list)  # with the bytes answered

    def invoke(self, who: str, said: str) -> Operation:
        operation = Operation(who, said)
        self.operations.append(operation)
        return operation

    def answered(self, pattern: str) -> list[str]:
        """What the pattern's group matched in answers people got."""
        found = (re.search(pattern, one.answer) for one in self.operations if one.outcome == "ok")
        return [match[1] for match in found if match]

    def __str__(self) -> str:
        return "\n".join(f"{o.who}: {o.said} → {o.outcome} {o.answer!r}" for o in self.operations)


class Crashing:
    """A process that is killed and started again, on the same database."""

    def __init__(self, installation: Installation, stage: Stage) -> None:
        self.installation = installation
        self.stage = stage
        self.kills = 0
        self.up = asyncio.Event()
        self.process: Process | None = None

    async def start(self, environment: Mapping[str, str] | None = None) -> Process:
        process = await self.installation.start(environment=environment)
        await self.stage.connect(process)
        self.process = process
        self.up.set()
        return process

    async def kill(self) -> None:
        assert self.process is not None
        self.up.clear()
        await self.process.kill()
        self._bury()

    async def died(self) -> None:
        """Wait until it dies by itself, at its failpoint."""
        assert self.process is not None
        code = await self.process.ended(GIVE_UP_S)
        assert code == -9, self.process.log
        self.up.clear()
        self._bury()

    def _bury(self) -> None:
        """On a server the dead one's leases have to run out: that time passes here."""
        self.kills += 1
        if self.installation.database_url.startswith("sqlite"):
            return
        engine = open_engine(self.installation.database_url)
        with engine.begin() as conn:
            ended = outbox.c.created_at
            conn.execute(
                update(outbox).where(outbox.c.lease_until.is_not(None)).values(lease_until=ended)
            )
        engine.dispose()


@dataclass
class Customer:
    """A follower on WeChat. The platform repeats a message until it is answered."""

    person: Person
    crashing: Crashing
    history: History

    async def says(self, text: str, expected: str) -> str:
        """Say it once, however often it takes; what was answered must match."""
        stage, actor = self.person.stage, self.person.actor
        letter = stage.letter(actor, {"MsgType": "text", "Content": text}, said=text)
        async with asyncio.timeout(GIVE_UP_S):
            while (answer := await self._try(letter, text)) is None:
                await asyncio.sleep(0.05)
                await self.crashing.up.wait()
        found = re.search(expected, answer)
        assert found, stage.story(f"{actor.name} said {text!r} and expected {expected!r}")
        return found[found.lastindex or 0]

    async def _try(self, letter: Fields, text: str) -> str | None:
        stage, actor = self.person.stage, self.person.actor
        operation = self.history.invoke(actor.name, text)
        try:
            body = await stage.post(letter)
        except aiohttp.ClientResponseError:
            raise  # it lives and says no
        except (aiohttp.ClientError, TimeoutError):
            operation.outcome = "unknown"
            return None
        operation.outcome = "ok"
        operation.answer = stage.show(actor, body) or ""
        self.history.letters.append((letter, body))
        return operation.answer

    async def pays(self, link: str) -> None:
        """Press the button of the payment page until it says that it is done."""
        async with asyncio.timeout(GIVE_UP_S):
            while not await self._pay(link):
                await asyncio.sleep(0.05)
                await self.crashing.up.wait()

    async def _pay(self, link: str) -> bool:
        operation = self.history.invoke(self.person.actor.name, "付款")
        path = link[link.index("/sandbox/") :]
        process = self.crashing.process
        assert process is not None
        try:
            async with self.person.stage.http.post(f"{process.url}{path}") as response:
                assert response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            operation.outcome = "unknown"
            return False
        operation.outcome = "ok"
        return True


@dataclass
class Bidder:
    """A provider on QQ. Nobody repeats a message there but the person."""

    person: Person
    crashing: Crashing
    history: History

    async def says(self, text: str, *expected: str) -> str:
        until = time.monotonic() + GIVE_UP_S
        while (answer := await self._try(text, expected)) is None:
            assert time.monotonic() < until, self.person.stage.story(f"{text!r} is never answered")
        return answer

    async def _try(self, text: str, expected: tuple[str, ...]) -> str | None:
        await self.crashing.up.wait()
        operation = self.history.invoke(self.person.actor.name, text)
        kills = self.crashing.kills
        answer = None
        with suppress(ConnectionError):
            await self.person.says(text)
            until = time.monotonic() + ANSWERED_WITHIN_S
            while answer is None and time.monotonic() < until and self.crashing.kills == kills:
                answer = await self.person.hears(*expected, within_s=0.2)
        if answer is None:
            # Perhaps it was taken before the end: then the next process brings the answer.
            await self.crashing.up.wait()
            answer = await self.person.hears(*expected, within_s=BROUGHT_WITHIN_S)
        operation.outcome = "unknown" if answer is None else "ok"
        operation.answer = answer or ""
        return answer


@dataclass
class Pair:
    """A customer and a provider of their own, who make deals with each other."""

    customer: Customer
    bidder: Bidder
    deals: int = 0

    async def deal(self) -> None:
        """From the need to the payout; whatever happens to the process in between."""
        buyer, provider = self.customer, self.bidder
        price = 3_000 + self.deals
        await buyer.says("我们要注册商标，在柳州，预算5000元", "1 发布")
        number = await buyer.says("确认", r"^(D\d+) 已发布")
        await provider.says(f"报价 {number} {price} 10天", "核对一下", number)
        await provider.says("1", f"已投 {number}")
        await buyer.says(f"现在开标 {number}", "如果现在开标")
        await buyer.says("确认", "1 份报价")
        await buyer.says(f"选A {number}", "如果选 A")
        order = await buyer.says("确认", r"^定了：(O\d+)")
        await buyer.says(f"付款 {order}", "怎么付")
        await buyer.pays(await buyer.says("1", r"http\S+/sandbox/pay/\S+"))
        await provider.says(f"开工 {order}", order, "已开工")
        await provider.says(f"交付 {order} 受理书在此", order, "已交客户")
        await buyer.says(f"验收 {order}", "如果验收")
        await buyer.says("确认", f"{order} 已完成")
        self.deals += 1


FIRMS = (
    "桂知源知识产权代理有限公司",
    "信达科技咨询有限公司",
    "柳创项目服务有限公司",
    "邕企科服咨询有限公司",
)


def crowd() -> tuple[Actor, ...]:
    """Four customers and four providers."""
    customers = [
        _actor(XIAOLIN, f"buyer{n}", f"客户{n}", f"oKebCrash{n:03d}BuyerOfTheTests", "")
        for n in range(len(FIRMS))
    ]
    bidders = [
        _actor(CHENGONG, f"bidder{n}", f"报价人{n}", f"91000003{n:02d}", firm)
        for n, firm in enumerate(FIRMS)
    ]
    return (*customers, *bidders)


def _actor(like: Actor, key: str, name: str, account: str, firm: str) -> Actor:
    return Actor(key, name, like.channel, account, like.role, company=firm, provider=firm)


async def pairs_of(crashing: Crashing, history: History, count: int) -> list[Pair]:
    """Bind the providers, while nothing crashes yet."""
    stage = crashing.stage
    cast = crowd()
    buyers = [one for one in cast if one.role is Role.BUYER]
    bidders = [one for one in cast if one.role is Role.PROVIDER]
    pairs = []
    for buyer, bidder in list(zip(buyers, bidders, strict=True))[:count]:
        await stage.bind(stage.person(bidder), crashing.installation)
        pairs.append(
            Pair(
                Customer(stage.person(buyer), crashing, history),
                Bidder(stage.person(bidder), crashing, history),
            )
        )
    return pairs


async def check(crashing: Crashing, history: History, pairs: list[Pair]) -> None:
    """Whether the world, the database and the history tell the same story."""
    stage = crashing.stage
    await stage.settled()
    assert all(one.outcome != "invoked" for one in history.operations), str(history)
    for letter, body in history.letters:
        assert await stage.post(letter) == body, f"answered otherwise before: {letter}"
    engine = open_engine(crashing.installation.database_url)
    try:
        _check_deals(engine, history, sum(pair.deals for pair in pairs))
        _check_pushes(engine, stage, crashing.kills)
    finally:
        engine.dispose()
    assert crashing.process is not None
    await crashing.process.stop()
    await crashing.installation.audit()


def _check_deals(engine: Engine, history: History, deals: int) -> None:
    """What was answered is there once; what was unknown is there once or not at all."""
    with engine.connect() as conn:
        made = {f"D{number}" for number in conn.execute(select(demands.c.id)).scalars()}
        ordered = {f"O{number}" for number in conn.execute(select(orders.c.id)).scalars()}
        finished = conn.execute(
            select(func.count()).select_from(orders).where(orders.c.status == OrderStatus.COMPLETED)
        ).scalar_one()
        placed = conn.execute(select(func.count()).select_from(bids)).scalar_one()
        paid = conn.execute(
            select(func.count())
            .select_from(payments)
            .where(payments.c.status == PaymentStatus.SETTLED)
        ).scalar_one()
    told, won = history.answered(r"^(D\d+) 已发布"), history.answered(r"^定了：(O\d+)")
    assert sorted(made) == sorted(told), str(history)
    assert sorted(ordered) == sorted(won), str(history)
    assert len(made) == len(ordered) == placed == paid == finished == deals, str(history)


def _check_pushes(engine: Engine, stage: Stage, kills: int) -> None:
    """Every push arrived; on each platform at most one per kill arrived twice.

    Neither WeChat's customer-service messages nor OneBot knows an idempotency key, and each
    platform is sent one message at a time.
    """
    with engine.connect() as conn:
        accounts = {
            row.person_id: row.account
            for row in conn.execute(select(conversations.c.person_id, conversations.c.account))
        }
        rows = conn.execute(select(outbox).order_by(outbox.c.id)).all()
    sent: Counter[tuple[str, str]] = Counter()
    unsure: Counter[tuple[str, str]] = Counter()  # twice killed while sending it: never again
    for row in rows:
        chat = f"group:{row.room}" if row.room else row.account or accounts[row.person_id]
        settled = unsure if row.status == OutboxStatus.UNKNOWN else sent
        assert row.status in {*SETTLED, OutboxStatus.UNKNOWN}, row
        if row.status not in {OutboxStatus.HELD, OutboxStatus.SHOWN}:
            settled[chat, Message.from_json(row.body).text] += 1
    arrived = Counter(
        (chat, text)
        for chat, text in sent | unsure
        for entry in stage.world.transcript(chat)
        if _carries(entry, text)
    )
    assert not sent - arrived, f"lost: {sent - arrived}"
    repeated = arrived - sent - unsure
    on_wechat = sum(n for (chat, _), n in repeated.items() if chat in stage.world.windows)
    on_qq = sum(repeated.values()) - on_wechat
    assert max(on_wechat, on_qq) <= kills, f"said again: {repeated}"


def _carries(entry: Entry, text: str) -> bool:
    """Whether a push said this; passive replies have no id of the platform's."""
    if entry.sender != BOT or not entry.platform_id:
        return False
    said = re.sub(r"^@\S+ ", "", entry.text)
    return said == text or said.startswith(f"{text}\n")
