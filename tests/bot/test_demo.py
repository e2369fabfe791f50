from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.demo import until_daylight

CHINA = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("started", "opens"),
    [
        ("2026-11-24T09:00", "2026-11-24T09:00"),
        ("2026-11-24T19:59", "2026-11-24T19:59"),
        ("2026-11-24T20:00", "2026-11-25T09:00"),
        ("2026-11-24T23:30", "2026-11-25T09:00"),
        ("2026-11-24T03:00", "2026-11-24T09:00"),
        ("2026-11-24T08:59", "2026-11-24T09:00"),
    ],
)
def test_a_demo_opens_by_day(started: str, opens: str) -> None:
    now = datetime.fromisoformat(started).replace(tzinfo=CHINA)

    assert now + until_daylight(now, CHINA) == datetime.fromisoformat(opens).replace(tzinfo=CHINA)


def test_the_zone_is_the_operators() -> None:
    evening_in_utc = datetime.fromisoformat("2026-11-24T14:44+00:00")

    assert until_daylight(evening_in_utc, CHINA) == timedelta(hours=10, minutes=16)
