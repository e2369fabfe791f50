"""Replies that came too late: taken again if their turn failed, sent once, finished at the end."""

import asyncio
from datetime import UTC, datetime

from bot.late import LateReplies
from handlers.message import Inbound, Kind, Message, Reply

AT = datetime(2026, 5, 6, tzinfo=UTC)
SAID = Inbound("wechat", "1", "oLin", Kind.TEXT, AT, text="帮助")
REPLY = Reply(Message("好的"), AT)


class Turns:
    """Turns that fail so many times, and what was sent of them."""

    def __init__(self, *, failing: int) -> None:
        self.failing = failing
        self.taken = 0
        self.sent: list[Reply] = []

    async def take(self, _: Inbound) -> Reply:
        self.taken += 1
        if self.taken <= self.failing:
            raise ConnectionError("the database is away")
        return REPLY

    async def send(self, _: Inbound, reply: Reply) -> None:
        self.sent.append(reply)

    async def come_late(self) -> None:
        late = LateReplies(self.take, self.send, before_again_s=(0, 0))
        late.missed(SAID, asyncio.ensure_future(self.take(SAID)))
        await late.finish()


async def test_a_late_reply_is_sent_before_the_process_ends() -> None:
    turns = Turns(failing=0)
    await turns.come_late()
    assert (turns.taken, turns.sent) == (1, [REPLY])


async def test_a_late_turn_that_failed_is_taken_again_for_the_platform_will_not() -> None:
    turns = Turns(failing=2)
    await turns.come_late()
    assert (turns.taken, turns.sent) == (3, [REPLY])


async def test_the_third_failure_is_the_last() -> None:
    turns = Turns(failing=3)
    await turns.come_late()
    assert (turns.taken, turns.sent) == (3, [])
