"""A running simulator with a small bot at the other end."""

from collections.abc import AsyncIterator

import pytest

from tests.support.simulated import Demo, demo


@pytest.fixture(name="demo")
async def running_demo() -> AsyncIterator[Demo]:
    async with demo() as running:
        yield running
