"""The dispatcher as a loop: it ends when told to, finishes what it began, and starves nobody."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels import Delivery, Receipt
from bot.channels.errors import ContentRefused, Misconfigured, WindowClosed
from bot.dispatch import LEASE, Dispatcher
from handlers.message import Message
from market.doors import Priority
from market.policy import Policy
from storage.outbox import shard_of
from storage.unit_of_work import UnitOfWork
from tests.support.chat import PROVIDER_ROOM, STAFF_ROOM, Chat, open_chat
from tests.support.databases import Database
from tests.support.onebot import eventually


class SlowPlatform:
    """A channel that holds each message back until it is let through."""

    name = "onebot"

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.sent: list[str] = []
        self.let_through = asyncio.Event()
        self.is_open = True

    async def send(self, delivery: Delivery) -> Receipt:
        self.begun.append(delivery.key)
        await self.let_through.wait()
        self.sent.append(delivery.key)
        return Receipt()


@pytest.fixture
async def chat(database: Database, tmp_path: Path) -> AsyncIterator[Chat]:
    async with open_chat(database.url, tmp_path, Policy()) as chat:
        yield chat


@pytest.fixture
def platform() -> SlowPlatform:
    return SlowPlatform()


@pytest.fixture
def dispatcher(chat: Chat, platform: SlowPlatform) -> Dispatcher:
    return Dispatcher(chat.runner, {"onebot": platform}, lambda: chat.desk, chat.clock)


async def _push(chat: Chat, key: str, *, room: str = PROVIDER_ROOM, in_s: float = 0) -> None:
    def work(uow: UnitOfWork) -> None:
        uow.outbox.push_to_room(
            "onebot",
            room,
            Message("一行").to_json(),
            key=key,
            priority=Priority.STATUS,
            now=chat.clock.now() + timedelta(seconds=in_s),
        )

    await chat.runner.run(work)


async def _tell(chat: Chat, person_id: int, words: str, priority: Priority) -> None:
    body, now = Message(words).to_json(), chat.clock.now()
    await chat.runner.run(
        lambda uow: uow.outbox.push(person_id, body, key=words, priority=priority, now=now)
    )


async def test_it_ends_however_news_and_the_end_coincide(dispatcher: Dispatcher) -> None:
    for between in range(8):
        loop = asyncio.create_task(dispatcher.run(alone=True))
        await asyncio.sleep(0.02)
        dispatcher.wake(set())
        for _ in range(between):
            await asyncio.sleep(0)

        loop.cancel()

        done, _ = await asyncio.wait((loop,), timeout=5)
        assert done, f"it goes on, {between} steps after news"
        assert loop.cancelled()


async def test_what_is_being_sent_at_the_end_is_finished_and_the_rest_stays(
    chat: Chat, dispatcher: Dispatcher, platform: SlowPlatform
) -> None:
    await _push(chat, "begun")
    await _push(chat, "waiting", room=STAFF_ROOM)
    loop = asyncio.create_task(dispatcher.run(alone=True))
    await eventually(lambda: len(platform.begun) == 1)

    loop.cancel()
    await asyncio.sleep(0)
    platform.let_through.set()
    with suppress(asyncio.CancelledError):
        await loop

    assert platform.begun == platform.sent
    assert len(platform.sent) == 1
    counts = await chat.runner.read(lambda uow: uow.outbox.counts())
    assert counts == {"queued": 1}
    await Dispatcher(
        chat.runner, {"onebot": platform}, lambda: chat.desk, chat.clock
    ).drain_all()  # at once: nothing is kept from the next process
    assert sorted(platform.sent) == ["begun", "waiting"]


async def test_what_is_due_later_is_found_while_news_keep_coming(
    chat: Chat, dispatcher: Dispatcher, platform: SlowPlatform
) -> None:
    platform.let_through.set()
    loop = asyncio.create_task(dispatcher.run(alone=True))
    await asyncio.sleep(0)
    await _push(chat, "later", in_s=60)
    chat.clock.advance(timedelta(seconds=61))

    for _ in range(500):  # five seconds of a busy day; a look is due every second
        if platform.sent:
            break
        dispatcher.wake(set())
        await asyncio.sleep(0.01)

    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop
    assert platform.sent == ["later"]


async def test_what_another_process_can_send_is_left_to_it(
    chat: Chat, dispatcher: Dispatcher, platform: SlowPlatform
) -> None:
    provider = await chat.provider("陈工")
    person_id = await chat.person_id(provider)
    connected = SlowPlatform()
    connected.let_through.set()
    elsewhere = Dispatcher(chat.runner, {"onebot": connected}, lambda: chat.desk, chat.clock)
    platform.is_open = False
    await _push(chat, "to the group")
    body = Message("给您").to_json()
    await chat.runner.run(
        lambda uow: uow.outbox.push(
            person_id, body, key="to a person", priority=Priority.STATUS, now=chat.clock.now()
        )
    )

    for _ in range(20):  # however often this one looks first
        await dispatcher.drain_all()
        chat.clock.advance(timedelta(seconds=1))
    await elsewhere.drain_all()

    assert platform.begun == []
    assert sorted(connected.sent) == ["to a person", "to the group"]


async def test_who_keeps_to_one_channel_leaves_the_others_alone(chat: Chat) -> None:
    buyer, provider = chat.buyer("小林"), await chat.provider("陈工")
    await buyer.says("帮助")
    buyer.ignores_the_rest()
    await _tell(chat, await chat.person_id(buyer), "给客户", Priority.MONEY)
    await _tell(chat, await chat.person_id(provider), "给服务商", Priority.MONEY)
    channels = {"wechat": chat.wechat, "onebot": chat.onebot}
    keeping = Dispatcher(chat.runner, channels, lambda: chat.desk, chat.clock)
    keeping.keep_to({"onebot"})

    await keeping.drain_all()

    provider.sees("给服务商")
    buyer.sees_nothing()
    await chat.dispatcher.drain_all()  # at once: nothing was kept from the other process
    buyer.sees("给客户")


async def test_a_misconfigured_channel_is_one_task_however_much_waits_for_it(chat: Chat) -> None:
    provider = await chat.provider("陈工")
    chat.onebot.trouble = Misconfigured("wrong token")
    for number in range(900_001, 900_004):
        await _push(chat, f"line {number}", room=str(number))
    await _tell(chat, await chat.person_id(provider), "四", Priority.MONEY)

    await chat.dispatcher.drain_all()

    (task,) = await chat.runner.read(lambda uow: uow.tasks.waiting(chat.clock.now(), 9))
    assert (task.kind, task.subject, task.note) == ("push", "onebot", "wrong token")


async def test_what_two_crashes_left_unknown_is_shown_and_not_sent_again(
    chat: Chat, platform: SlowPlatform, dispatcher: Dispatcher
) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("帮助")
    buyer.ignores_the_rest()
    person_id = await chat.person_id(buyer)
    body = Message("O2048 已开工").to_json()
    now = chat.clock.now()
    await chat.runner.run(
        lambda uow: uow.outbox.push(
            person_id, body, key="started", priority=Priority.STATUS, now=now
        )
    )
    await _push(chat, "line")
    await chat.runner.run(_begin_everything(chat))  # and killed
    await chat.runner.run(lambda uow: uow.outbox.recover(now, everything=True))
    await chat.runner.run(_begin_everything(chat))  # and killed again

    loop = asyncio.create_task(dispatcher.run(alone=True))
    await asyncio.sleep(0.05)
    loop.cancel()
    with suppress(asyncio.CancelledError):
        await loop

    await buyer.says("帮助")

    buyer.sees("O2048 已开工")
    assert platform.begun == []
    tasks = await chat.runner.read(lambda uow: uow.tasks.waiting(now, 9))
    assert [(task.kind, task.subject) for task in tasks] == [("push", "line")]


class BrokenPlatform(SlowPlatform):
    """A channel with a bug that the first message meets."""

    async def send(self, delivery: Delivery) -> Receipt:
        if not self.begun:
            self.begun.append(delivery.key)
            raise FileNotFoundError(delivery.key)
        return await super().send(delivery)


async def test_a_bug_of_a_channel_stops_neither_the_others_nor_hides_what_it_met(
    chat: Chat,
) -> None:
    platform = BrokenPlatform()
    platform.let_through.set()
    dispatcher = Dispatcher(chat.runner, {"onebot": platform}, lambda: chat.desk, chat.clock)
    await _push(chat, "first")
    await _push(chat, "second")

    await dispatcher.drain_all()

    assert platform.sent == ["second"]
    tasks = await chat.runner.read(lambda uow: uow.tasks.waiting(chat.clock.now(), 9))
    assert [(task.kind, task.subject) for task in tasks] == [("push", "first")]


async def test_what_waited_too_long_for_its_turn_is_not_sent_twice(
    chat: Chat, dispatcher: Dispatcher, platform: SlowPlatform
) -> None:
    shard = shard_of(f"ronebot:{PROVIDER_ROOM}")
    rooms = (str(number) for number in itertools.count(900_000))
    neighbour = next(room for room in rooms if shard_of(f"ronebot:{room}") == shard)
    await _push(chat, "slow")
    await _push(chat, "behind it", room=neighbour)
    faster = SlowPlatform()
    faster.let_through.set()
    elsewhere = Dispatcher(chat.runner, {"onebot": faster}, lambda: chat.desk, chat.clock)
    draining = asyncio.create_task(dispatcher.drain(shard))
    await eventually(lambda: bool(platform.begun))

    chat.clock.advance(LEASE + timedelta(seconds=1))
    await elsewhere.drain(shard)
    platform.let_through.set()
    await draining

    assert sorted(platform.sent + faster.sent) == ["behind it", "slow"]


async def test_an_answer_at_night_does_not_wait_for_what_was_put_off(chat: Chat) -> None:
    buyer = chat.buyer("小林")
    await buyer.says("帮助")
    buyer.ignores_the_rest()
    person_id = await chat.person_id(buyer)
    chat.clock.advance(timedelta(hours=13))  # eleven at night

    for key, priority in (("O2048 已开工", Priority.STATUS), ("同事的话", Priority.REPLY)):
        await _tell(chat, person_id, key, priority)
        await chat.settle()

    buyer.sees("同事的话")
    buyer.sees_nothing()


async def test_a_door_that_turns_out_to_be_closed_is_not_knocked_at_again(chat: Chat) -> None:
    provider = await chat.provider("陈工")
    person_id = await chat.person_id(provider)
    chat.onebot.trouble = WindowClosed("45015")
    await _tell(chat, person_id, "O2048 已付款", Priority.MONEY)

    async with asyncio.timeout(10):
        await chat.dispatcher.drain_all()

    assert await chat.runner.read(lambda uow: uow.outbox.counts()) == {"held": 1}


async def test_staff_do_not_read_a_sealed_price_in_what_could_not_be_sent(chat: Chat) -> None:
    provider = await chat.provider("陈工")
    chat.onebot.trouble = ContentRefused("risky")

    await _tell(chat, await chat.person_id(provider), "核对一下：D1024　¥29,500", Priority.REPLY)
    await chat.dispatcher.drain_all()

    (task,) = await chat.runner.read(lambda uow: uow.tasks.waiting(chat.clock.now(), 9))
    assert (task.kind, task.note) == ("push", "risky")


def _begin_everything(chat: Chat) -> Callable[[UnitOfWork], None]:
    now = chat.clock.now()

    def work(uow: UnitOfWork) -> None:
        for shard in uow.outbox.busy_shards(now):
            for row in uow.outbox.claim(shard, now, lease=timedelta(minutes=1), limit=9):
                uow.outbox.begin_sending(row, now, lease=timedelta(minutes=1))

    return work
