"""kill -9 at any moment: what was answered stays, nothing is half done, nothing is lost."""

import asyncio
import os
import random
from collections.abc import AsyncIterator

import pytest

from bot.failpoints import POINTS, VARIABLE, Point
from tests.support.crashing import Crashing, History, check, crowd, pairs_of
from tests.support.installation import Installation
from tests.support.stage import Stage, open_stage

KILLS = int(os.environ.get("KEBAO_CRASHES", "6"))


@pytest.fixture
def configuration() -> str:
    return "[market]\nauto_review_below_fen = 100000000\n"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage(*crowd()) as stage:
        yield stage


async def test_killed_at_any_moment_nothing_is_lost_and_nothing_happens_twice(
    installation: Installation, stage: Stage
) -> None:
    crashing, history = Crashing(installation, stage), History()
    await crashing.start()
    pairs = await pairs_of(crashing, history, 4)
    over = asyncio.Event()
    moments = random.Random(20261122)  # the moments differ anyhow: what is checked must hold always

    async def trade(index: int) -> None:
        while not over.is_set() or not pairs[index].deals:
            await pairs[index].deal()

    async with asyncio.TaskGroup() as everybody:
        for index in range(len(pairs)):
            everybody.create_task(trade(index))
        for _ in range(KILLS):
            await asyncio.sleep(moments.uniform(0.05, 1.0))
            await crashing.kill()
            await crashing.start()
        over.set()

    assert crashing.kills == KILLS
    await check(crashing, history, pairs)


async def test_killed_at_each_point_of_the_way_the_deals_go_on(
    installation: Installation, stage: Stage
) -> None:
    crashing, history = Crashing(installation, stage), History()
    await crashing.start(_dying(POINTS[0]))
    (pair,) = await pairs_of(crashing, history, 1)
    dying = asyncio.create_task(_die_at_each(crashing))

    while not dying.done():
        await pair.deal()

    await dying
    assert crashing.kills == len(POINTS)
    await check(crashing, history, [pair])


async def _die_at_each(crashing: Crashing) -> None:
    for following in (*POINTS[1:], None):
        await crashing.died()
        await crashing.start(_dying(following))


def _dying(point: Point | None) -> dict[str, str]:
    """Late enough that a deal is under way."""
    return {VARIABLE: f"{point}:5"} if point else {}
