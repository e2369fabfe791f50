"""A moment and a matcher for the tests of matching."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from matching import Matcher
from tests.support.catalogue import PROVIDERS, SERVICES


@pytest.fixture(scope="session")
def now() -> datetime:
    """A Sunday morning in Liuzhou."""
    return datetime(2026, 11, 22, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="session")
def matcher() -> Matcher:
    return Matcher(SERVICES, PROVIDERS)
