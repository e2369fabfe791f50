"""Implementations dial a real server: handshake, frames, silence, order, repetition."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientSession, WSCloseCode, WSServerHandshakeError, web
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.onebot import (
    PATH,
    Connections,
    OneBotAccount,
    Patience,
    onebot_routes,
    refuse_unsafe,
)
from bot.channels.onebot.frames import MAX_FRAME_BYTES
from bot.secrets import Secret
from bot.settings import SettingsError
from handlers.message import Inbound, Reply
from tests.support.onebot import (
    BOT,
    OTHER_BOT,
    TOKEN,
    Dial,
    Implementation,
    Turns,
    event,
    eventually,
    group,
    heartbeat,
    private,
)


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, "", 401),
        ({"Authorization": ""}, "", 403),
        ({"Authorization": "Bearer wrong"}, "", 403),
        ({"Authorization": "Bearer "}, "", 403),
        ({"Authorization": f"Basic {TOKEN}"}, "", 403),
        ({"Authorization": f"Bearer {TOKEN}x"}, "", 403),
        ({"Authorization": "Bearer wrong"}, f"?access_token={TOKEN}", 403),
        ({"Authorization": "Bearer 密码"}, "", 403),
        ({}, "?access_token=", 403),
        ({}, "?access_token=wrong", 403),
        ({"Authorization": f"Bearer {TOKEN}"}, "", 400),
        ({"Authorization": f"Bearer {TOKEN}", "X-Self-ID": "me"}, "", 400),
        ({"Authorization": f"Bearer {TOKEN}", "X-Self-ID": BOT, "X-Client-Role": "King"}, "", 400),
    ],
)
async def test_a_bad_handshake_is_refused(
    session: ClientSession,
    server: TestServer,
    connections: Connections,
    headers: dict[str, str],
    query: str,
    status: int,
) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await session.ws_connect(f"{server.make_url(PATH)}{query}", headers=headers)

    assert refused.value.status == status
    assert connections.bots() == ()


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"Authorization": f"Bearer {TOKEN}", "X-Client-Role": "Universal"}, ""),
        ({"Authorization": f"bearer  {TOKEN}"}, ""),
        ({"Authorization": f"Token {TOKEN}", "X-Client-Role": "API"}, ""),
        ({"X-Client-Role": "Event"}, f"?access_token={TOKEN}"),
    ],
)
async def test_a_good_handshake_connects_the_bot(
    session: ClientSession,
    server: TestServer,
    connections: Connections,
    headers: dict[str, str],
    query: str,
) -> None:
    url = f"{server.make_url(PATH)}{query}"

    async with session.ws_connect(url, headers=headers | {"X-Self-ID": BOT}):
        await eventually(lambda: connections.bots() == (BOT,))

    await eventually(lambda: connections.bots() == ())


@pytest.mark.parametrize("shown", ["", " ", "x"])
@pytest.mark.parametrize("configured", ["", "  "])
def test_an_empty_token_opens_nothing(configured: str, shown: str) -> None:
    assert not OneBotAccount(Secret(configured)).accepts(shown)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "bot.example.cn", ""])
def test_no_token_on_an_open_port_is_refused(host: str) -> None:
    refuse_unsafe(host, OneBotAccount(Secret(TOKEN)))

    with pytest.raises(SettingsError, match=r"\[onebot\] access_token"):
        refuse_unsafe(host, OneBotAccount(Secret(" ")))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_no_token_on_this_machine_only_is_no_danger(host: str) -> None:
    refuse_unsafe(host, OneBotAccount(Secret("")))


def test_an_account_does_not_print_its_token() -> None:
    assert TOKEN not in repr(OneBotAccount(Secret(TOKEN)))


async def test_a_message_becomes_a_turn(dial: Dial, turns: Turns) -> None:
    phone = await dial()

    await phone.sends(event("meta_event", meta_event_type="lifecycle", sub_type="connect"))
    await phone.sends(private("想注册商标"))

    await eventually(lambda: turns.texts == ["想注册商标"])
    assert phone.calls == []  # the reply comes from the outbox, not from here


def broken_frames() -> list[str]:
    return [
        "",
        "{",
        "[]",
        "null",
        "7",
        '"text"',
        "[" * 100_000,
        '{"post_type":' + "9" * 5_000 + "}",
        '{"post_type": 7}',
        '{"post_type": "message"}',
        '{"echo": {"seq": 1}, "status": "ok"}',
        '{"echo": "404"}',
        json.dumps(private("别人的", self_id=int(OTHER_BOT))),
        json.dumps(private("长" * MAX_FRAME_BYTES)),
    ]


@pytest.mark.parametrize("frame", broken_frames(), ids=range(len(broken_frames())))
async def test_a_broken_frame_is_skipped(dial: Dial, turns: Turns, frame: str) -> None:
    phone = await dial()

    await phone.sends(frame)
    await phone.sends(private("还在吗"))

    await eventually(lambda: turns.texts == ["还在吗"])


async def test_a_binary_frame_is_skipped(dial: Dial, turns: Turns) -> None:
    phone = await dial()

    await phone.socket.send_bytes(json.dumps(private("二进制")).encode())
    await phone.sends(private("还在吗"))

    await eventually(lambda: turns.texts == ["还在吗"])


async def test_what_people_wrote_is_not_logged(
    dial: Dial, turns: Turns, caplog: pytest.LogCaptureFixture
) -> None:
    phone = await dial()
    turns.failures_left = 1

    await phone.sends(private("电话13900001111", sender=7))
    await phone.sends(private("电话13900001111"))

    await eventually(lambda: len(turns.taken) == 1)
    assert "sender must be an object" in caplog.text
    assert "13900001111" not in caplog.text
    assert TOKEN not in caplog.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["post_type", "echo", "status", "retcode", "data", "self_id", "message", "meta_event_type"]
)
WORDS = st.sampled_from(["message", "meta_event", "heartbeat", "notice", BOT, int(BOT), "1", "ok"])
FRAMES = st.dictionaries(KEYS, WORDS | JSON, max_size=6) | JSON


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(FRAMES, min_size=1, max_size=20))
async def test_no_json_breaks_the_connection(
    dial: Dial, turns: Turns, connections: Connections, frames: list[object]
) -> None:
    phone = await dial(bot=BOT)
    turns.taken.clear()

    for frame in frames:
        await phone.sends(frame)
    await phone.sends(private("还在吗"))

    await eventually(lambda: "还在吗" in turns.texts)
    await phone.hangs_up()
    await eventually(lambda: connections.bots() == ())


async def test_silence_is_the_end(dial: Dial, connections: Connections) -> None:
    phone = await dial()

    await phone.sends(heartbeat(20))

    assert await phone.is_hung_up_on() == WSCloseCode.GOING_AWAY
    await eventually(lambda: connections.bots() == ())


async def test_any_frame_counts_as_a_heartbeat(dial: Dial, turns: Turns) -> None:
    phone = await dial()
    await phone.sends(heartbeat(100))

    for number in range(30):
        await asyncio.sleep(0.01)  # in all longer than the silence that is allowed
        await phone.sends(private(f"第{number}条"))

    await eventually(lambda: len(turns.taken) == 30)
    assert not phone.socket.closed


async def test_a_bot_that_connects_again_replaces_itself(
    dial: Dial, turns: Turns, connections: Connections
) -> None:
    old = await dial()
    await eventually(lambda: connections.bots() == (BOT,))

    new = await dial()

    assert await old.is_hung_up_on() == WSCloseCode.POLICY_VIOLATION
    await new.sends(private("换好了"))
    await eventually(lambda: turns.texts == ["换好了"])
    assert connections.bots() == (BOT,)
    assert (await connections.call("get_status", {}, via=BOT)).is_done
    assert [call["action"] for call in new.calls] == ["get_status"]


async def test_one_message_heard_by_two_bots_has_one_id(
    dial: Dial, turns: Turns, connections: Connections
) -> None:
    one, two = await dial(bot=BOT), await dial(bot=OTHER_BOT)
    await eventually(lambda: len(connections.bots()) == 2)

    await one.sends(group("报价 D1024 8k", message_id=5))
    await two.sends(group("报价 D1024 8k", message_id=77, self_id=int(OTHER_BOT)))

    await eventually(lambda: len(turns.taken) == 2)
    assert len({inbound.message_id for inbound in turns.taken}) == 1


async def test_our_bots_do_not_hear_each_other(
    dial: Dial, turns: Turns, connections: Connections
) -> None:
    await dial(bot=OTHER_BOT)
    phone = await dial(bot=BOT)
    await eventually(lambda: len(connections.bots()) == 2)

    await phone.sends(group("新需求 D1024", user_id=int(OTHER_BOT)))
    await phone.sends(group("收到"))

    await eventually(lambda: turns.texts == ["收到"])


async def test_turns_of_a_room_keep_their_order_and_others_do_not_wait(
    dial: Dial, turns: Turns
) -> None:
    phone = await dial()
    held = turns.held_texts["一"] = asyncio.Event()

    for text in ("一", "二", "三"):
        await phone.sends(group(text))
    await phone.sends(private("私聊"))
    await phone.sends(group("别的群", group_id=800800))

    await eventually(lambda: len(turns.taken) == 2)
    assert set(turns.texts) == {"私聊", "别的群"}
    held.set()
    await eventually(lambda: turns.texts[2:] == ["一", "二", "三"])


async def test_a_slow_turn_does_not_hold_back_answers(
    dial: Dial, turns: Turns, connections: Connections
) -> None:
    phone = await dial()
    held = turns.held_texts["慢"] = asyncio.Event()
    await phone.sends(private("慢"))
    await eventually(lambda: turns.tried == 1)

    answer = await connections.call("get_login_info", {})

    assert (answer.is_done, turns.taken) == (True, [])
    held.set()


async def test_a_failing_turn_is_tried_four_times(
    dial: Dial, turns: Turns, caplog: pytest.LogCaptureFixture
) -> None:
    phone = await dial()
    turns.failures_left = 3

    await phone.sends(private("一"))
    await phone.sends(private("二"))

    await eventually(lambda: turns.texts == ["一", "二"])
    assert turns.tried == 5
    assert caplog.text.count(f"turn {BOT}:311 failed") == 3


async def test_a_turn_that_never_succeeds_is_given_up(
    dial: Dial, turns: Turns, caplog: pytest.LogCaptureFixture
) -> None:
    phone = await dial()
    turns.failures_left = 4

    await phone.sends(private("一"))
    await phone.sends(private("二", message_id=312))

    await eventually(lambda: turns.texts == ["二"])
    assert f"gave up on {BOT}:311" in caplog.text


async def test_a_flood_in_one_group_stays_there(
    dial: Dial, turns: Turns, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.channels.onebot.lanes.MAX_WAITING", 3)
    phone = await dial()
    held = turns.held_texts["一"] = asyncio.Event()
    await phone.sends(group("一"))
    await eventually(lambda: turns.tried == 1)

    for text in ("二", "三", "四"):
        await phone.sends(group(text))
    await phone.sends(private("私聊"))

    await eventually(lambda: turns.texts == ["私聊"])
    held.set()
    await eventually(lambda: turns.texts == ["私聊", "一", "二", "三"])
    assert "is flooded" in caplog.text


async def test_shutting_down_finishes_what_has_begun(
    dial: Dial, turns: Turns, connections: Connections
) -> None:
    phone = await dial()
    held = turns.held_texts["一"] = asyncio.Event()
    await phone.sends(private("一"))
    await eventually(lambda: turns.tried == 1)

    closing = asyncio.create_task(connections.close())
    assert await phone.is_hung_up_on() == WSCloseCode.GOING_AWAY
    held.set()
    await closing

    assert turns.texts == ["一"]


async def test_shutting_down_does_not_wait_for_ever(
    session: ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    never = asyncio.Event()
    begun = asyncio.Event()

    async def take(inbound: Inbound) -> Reply:
        begun.set()
        await never.wait()
        return Reply(None, at=datetime.now(UTC))

    connections = Connections(Patience(to_finish=timedelta(milliseconds=20)))
    app = web.Application()
    app.add_routes(onebot_routes(OneBotAccount(Secret(TOKEN)), take, connections))
    server = TestServer(app)
    await server.start_server()
    phone = await Implementation.dial(session, server)
    await phone.sends(private("一"))
    await begun.wait()

    await asyncio.wait_for(connections.close(), 5)

    assert f"shut down before {BOT}:311 was done" in caplog.text
    await server.close()
