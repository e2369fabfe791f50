"""The platform's send windows, as a table."""

from datetime import date, timedelta

import pytest

from bot.channels.wechat.inbound import read_inbound
from bot.channels.wechat.limits import WINDOWS, Scene, window_on, window_opened_by
from tests.support.wechat import fields_of

HOURS, MINUTE = timedelta(hours=48), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("scene", "day", "count", "period"),
    [
        (Scene.MESSAGE, date(2023, 6, 11), 20, HOURS),
        (Scene.MESSAGE, date(2023, 6, 12), 5, HOURS),
        (Scene.MESSAGE, date(2026, 11, 22), 5, HOURS),
        (Scene.CLICK, date(2026, 11, 22), 3, MINUTE),
        (Scene.SUBSCRIBE, date(2026, 11, 22), 3, MINUTE),
        (Scene.SCAN, date(2026, 11, 22), 3, MINUTE),
    ],
)
def test_what_each_scene_allows(scene: Scene, day: date, count: int, period: timedelta) -> None:
    window = window_on(scene, day)

    assert window is not None
    assert (window.count, window.period) == (count, period)


def test_before_its_first_row_a_scene_allows_nothing() -> None:
    assert window_on(Scene.MESSAGE, date(2012, 12, 31)) is None


def test_no_two_rows_begin_on_one_day_and_each_names_its_source() -> None:
    keys = [(row.scene, row.since) for row in WINDOWS]

    assert len(keys) == len(set(keys))
    assert all(row.source for row in WINDOWS)


@pytest.mark.parametrize(
    ("fields", "scene"),
    [
        (fields_of("text", Content="你好"), Scene.MESSAGE),
        (fields_of("text", Content="满意", bizmsgmenuid="101"), Scene.CLICK),
        (fields_of("voice", MediaId="m", Recognition="你好"), Scene.MESSAGE),
        (fields_of("voice", MediaId="m"), Scene.MESSAGE),
        (fields_of("image", MediaId="m"), Scene.MESSAGE),
        (fields_of("location", Location_X="1", Location_Y="2"), Scene.MESSAGE),
        (fields_of("event", Event="CLICK", EventKey="帮助"), Scene.CLICK),
        (fields_of("event", Event="CLICK"), Scene.CLICK),
        (fields_of("event", Event="scancode_waitmsg", EventKey="6"), Scene.CLICK),
        (fields_of("event", Event="subscribe", EventKey="qrscene_1"), Scene.SUBSCRIBE),
        (fields_of("event", Event="SCAN", EventKey="1"), Scene.SCAN),
        (fields_of("event", Event="VIEW", EventKey="https://example.org"), None),
        (fields_of("event", Event="LOCATION", Latitude="1"), None),
        (fields_of("event", Event="unsubscribe"), None),
        (fields_of("event", Event="TEMPLATESENDJOBFINISH", MsgID="1"), None),
    ],
)
def test_what_opens_a_window(fields: dict[str, object], scene: Scene | None) -> None:
    assert window_opened_by(read_inbound(fields)) is scene
