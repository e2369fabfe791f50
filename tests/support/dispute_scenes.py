"""Disputes of every track from their ruling to their end, for the test of who is told of what."""

from collections.abc import Callable
from typing import Any

from tests.support.chat import Chat, Person
from tests.support.deals import disputed, judge

Pair = tuple[Person, Person]


# Each track: the price, and how a ruling is come to, by `judges` nobody of whom has judged before.
async def _by_one(dispute: str, judges: list[Person]) -> None:
    await judge(judges[:1], dispute, "退60% 缺一半")


async def _by_two(dispute: str, judges: list[Person]) -> None:
    await judge(judges[:1], dispute, "退90% 缺一半")
    await judges[1].says(f"驳回 {dispute} 太多了")
    await judge(judges[:2], dispute, "退60% 缺一半")


async def _by_three(dispute: str, judges: list[Person]) -> None:
    first, second, third, named, huang = judges
    await huang.says(f"专家组 {dispute} {first.name} {second.name} {named.name}")
    await huang.says(f"专家组 {dispute} {first.name} {second.name} {third.name}")
    for expert in (first, second, third):
        await expert.says(f"投票 {dispute} 退60% 缺一半")
        await expert.says("确认")


RULINGS: tuple[tuple[int, Callable[[str, list[Person]], Any]], ...] = (
    (8_000, _by_one),
    (30_000, _by_two),
    (60_000, _by_three),
)


async def ruled_and_accepted(chat: Chat, buyer: Person, providers: Pair, staff: Pair) -> None:
    """Each track, the buyer or the provider being the second to accept."""
    judges = [*(await _experts(chat, 4)), staff[0]]
    for price, come_to_a_ruling in RULINGS:
        for order in ((buyer, providers[0]), (providers[0], buyer)):
            dispute = await disputed(chat, buyer, providers[0], price)
            await come_to_a_ruling(dispute, judges)
            for person in order:
                await person.says(f"接受 {dispute}")
            chat.everybody_has_read()


async def appealed(chat: Chat, buyer: Person, providers: Pair, staff: Pair) -> None:
    """Each track, an appeal of either side, decided by others."""
    first, others = [*(await _experts(chat, 4, "乙")), staff[0]], await _experts(chat, 4, "丙")
    for price, come_to_a_ruling in RULINGS:
        for person in (buyer, providers[0]):
            dispute = await disputed(chat, buyer, providers[0], price)
            await come_to_a_ruling(dispute, first)
            await person.says(f"复议 {dispute} 还缺一张表")
            await come_to_a_ruling(dispute, [*others, staff[1]])
            chat.everybody_has_read()


async def _experts(chat: Chat, many: int, mark: str = "甲") -> list[Person]:
    return [await chat.staff(f"{mark}专家{at}") for at in range(many)]
