"""The OneBot side: what the bot hears, and what its calls do."""

import base64
import json
from typing import Any

import pytest

from bot.simulator.cast import BOT_ACCOUNT, CHENGONG, PROVIDER_GROUP, QINJIE, STAFF_GROUP, XIAOLIN
from bot.simulator.onebot import raw_message
from tests.support.simulated import Demo, FakeBot, demo

CHEN = CHENGONG.account
IN_GROUP = f"{CHEN}@{PROVIDER_GROUP.id}"
GROUP_CHAT = f"group:{PROVIDER_GROUP.id}"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)


class Caller:
    """A bot that makes API calls over the line it was dialled on."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo

    async def __call__(self, action: str, **params: object) -> dict[str, Any]:
        await self._demo.until(lambda: self._demo.simulator.world.connected)
        line, events = self._demo.bot.line, self._demo.bot.events
        assert line is not None
        echo = {"seq": len(events)}
        await line.send_str(json.dumps({"action": action, "params": params, "echo": echo}))
        return await self._demo.bot.heard(lambda frame: frame.get("echo") == echo)


@pytest.fixture(name="call")
def caller(demo: Demo) -> Caller:
    return Caller(demo)


async def test_the_line_opens_with_a_lifecycle_event(demo: Demo) -> None:
    first = await demo.bot.heard(lambda _: True)

    assert first["meta_event_type"] == "lifecycle"
    assert first["self_id"] == int(BOT_ACCOUNT)
    assert first["time"] == int(demo.clock.now().timestamp())


async def test_a_private_message_is_told_as_segments(demo: Demo) -> None:
    said = await demo.say(CHEN, "1024 三万二, [官费]包了&")

    event = await demo.bot.heard(_is_message)
    assert event["message_type"] == "private"
    assert event["user_id"] == int(CHEN)
    assert str(event["message_id"]) == said["message_id"]
    assert event["message"] == [{"type": "text", "data": {"text": "1024 三万二, [官费]包了&"}}]
    assert event["raw_message"] == "1024 三万二, &#91;官费&#93;包了&amp;"


async def test_a_group_message_names_group_card_and_mentions(demo: Demo) -> None:
    await demo.say(IN_GROUP, "@小科 帮助 @覃姐")

    event = await demo.bot.heard(_is_message)
    assert (event["group_id"], event["user_id"]) == (int(PROVIDER_GROUP.id), int(CHEN))
    assert event["sender"]["card"] == "陈工-桂知源知"
    assert event["message"] == [
        {"type": "at", "data": {"qq": BOT_ACCOUNT}},
        {"type": "text", "data": {"text": " 帮助 "}},
        {"type": "at", "data": {"qq": QINJIE.account}},
    ]


async def test_the_room_may_stand_beside_the_account(demo: Demo) -> None:
    await demo.say(CHEN, "987 还要吗", room=PROVIDER_GROUP.id)

    assert demo.texts(GROUP_CHAT) == [(CHEN, "987 还要吗")]


async def test_quoting_a_bubble_of_the_bot_names_its_message(demo: Demo, call: Caller) -> None:
    sent = await call("send_group_msg", group_id=PROVIDER_GROUP.id, message="📣 D1024 高企认定")
    entry = demo.simulator.world.transcript(GROUP_CHAT)[-1]

    await demo.say(IN_GROUP, "我们做", quote=entry.id)

    event = await demo.bot.heard(_is_message)
    assert event["message"][0] == {"type": "reply", "data": {"id": str(sent["data"]["message_id"])}}


async def test_files_are_told_with_an_address_to_fetch_them(demo: Demo) -> None:
    await demo.post("event", account=CHEN, event="image")

    event = await demo.bot.heard(_is_message)
    (segment,) = event["message"]
    assert segment["type"] == "image"
    async with demo.http.get(segment["data"]["url"]) as response:
        assert response.content_type == "image/png"


async def test_the_bot_writes_to_a_person_and_to_a_group(demo: Demo, call: Caller) -> None:
    private = await call("send_private_msg", user_id=int(CHEN), message="核对一下\n1 提交　2 改")
    group = await call(
        "send_group_msg",
        group_id=int(PROVIDER_GROUP.id),
        message=[
            {"type": "at", "data": {"qq": CHEN}},
            {"type": "text", "data": {"text": " ✔ 收到"}},
        ],
    )

    assert private["status"] == group["status"] == "ok"
    assert demo.texts(CHEN) == [("bot", "核对一下\n1 提交　2 改")]
    assert [o.say for o in demo.simulator.world.transcript(CHEN)[0].options] == ["1", "2"]
    assert demo.texts(GROUP_CHAT) == [("bot", "@陈工 ✔ 收到")]


async def test_the_bot_sends_a_picture(demo: Demo, call: Caller) -> None:
    file = "base64://" + base64.b64encode(PNG).decode()

    await call(
        "send_private_msg", user_id=CHEN, message=[{"type": "image", "data": {"file": file}}]
    )

    (blob,) = demo.simulator.world.transcript(CHEN)[0].media
    assert (blob.kind, blob.content, blob.content_type) == ("image", PNG, "image/png")


async def test_the_bot_takes_back_a_group_message_and_everybody_is_told(
    demo: Demo, call: Caller
) -> None:
    said = await demo.say(IN_GROUP, "我们3万2")

    assert (await call("delete_msg", message_id=said["message_id"]))["status"] == "ok"

    assert demo.texts(GROUP_CHAT) == [(CHEN, "陈工撤回了一条消息")]
    notice = await demo.bot.heard(lambda f: f.get("notice_type") == "group_recall")
    assert notice["operator_id"] == int(BOT_ACCOUNT)
    assert (await call("delete_msg", message_id=said["message_id"]))["status"] == "failed"


async def test_people_take_back_their_own_messages_only(demo: Demo) -> None:
    await demo.say(IN_GROUP, "手滑了")
    entry = demo.simulator.world.transcript(GROUP_CHAT)[0]

    other = f"{QINJIE.account}@{PROVIDER_GROUP.id}"
    assert await demo.refused("event", account=other, event="recall", entry=entry.id) == 400
    await demo.post("event", account=IN_GROUP, event="recall", entry=entry.id)

    notice = await demo.bot.heard(lambda f: f.get("notice_type") == "group_recall")
    assert notice["operator_id"] == notice["user_id"] == int(CHEN)


@pytest.mark.parametrize(
    ("action", "params", "retcode"),
    [
        ("send_like", {}, 1404),
        ("send_private_msg", {"message": "x"}, 1400),
        ("send_private_msg", {"user_id": "12x", "message": "x"}, 1400),
        ("send_private_msg", {"user_id": 5, "message": "x"}, 1200),
        ("send_private_msg", {"user_id": CHEN, "message": []}, 1200),
        ("send_private_msg", {"user_id": CHEN, "message": 7}, 1400),
        ("send_group_msg", {"group_id": 5, "message": "x"}, 1200),
        ("delete_msg", {"message_id": 5}, 1200),
    ],
)
async def test_calls_that_cannot_work_fail_with_a_code(
    call: Caller, action: str, params: dict[str, object], retcode: int
) -> None:
    answer = await call(action, **params)

    assert (answer["status"], answer["retcode"]) == ("failed", retcode)


@pytest.mark.parametrize("frame", ["oops", "[]", "7", '{"action":"x","params":[1]}'])
async def test_a_broken_call_is_answered_and_the_line_holds(
    demo: Demo, call: Caller, frame: str
) -> None:
    await demo.until(lambda: demo.simulator.world.connected)
    assert demo.bot.line is not None

    await demo.bot.line.send_str(frame)

    assert (await demo.bot.heard(lambda f: f.get("retcode") == 1400))["status"] == "failed"
    assert (await call("get_status"))["status"] == "ok"


async def test_the_bot_asks_who_and_where_it_is(call: Caller) -> None:
    assert (await call("get_login_info"))["data"]["nickname"] == "小科"
    assert (await call("get_status"))["data"] == {"online": True, "good": True}
    groups = (await call("get_group_list"))["data"]
    assert {str(g["group_id"]) for g in groups} == {PROVIDER_GROUP.id, STAFF_GROUP.id}
    members = (await call("get_group_member_list", group_id=PROVIDER_GROUP.id))["data"]
    assert {m["card"] for m in members} >= {"小科", "陈工-桂知源知"}
    one = await call("get_group_member_info", group_id=PROVIDER_GROUP.id, user_id=CHEN)
    assert one["data"]["role"] == "member"


async def test_a_busy_platform_fails_every_call(demo: Demo, call: Caller) -> None:
    await demo.post("trouble", busy=True)

    assert (await call("get_status"))["status"] == "failed"


async def test_a_dropped_line_is_dialled_again(demo: Demo) -> None:
    await demo.until(lambda: demo.simulator.world.connected)
    first = demo.bot.line

    await demo.post("trouble", hang_up=True)
    await demo.say(CHEN, "还在吗")

    assert demo.bot.line is not first
    assert (await demo.bot.heard(_is_message))["raw_message"] == "还在吗"


async def test_an_unreachable_platform_has_no_line(demo: Demo) -> None:
    await demo.until(lambda: demo.simulator.world.connected)

    await demo.post("trouble", unreachable=True)
    await demo.until(lambda: not demo.simulator.world.connected)
    await demo.post("trouble", unreachable=False)

    await demo.until(lambda: demo.simulator.world.connected)


async def test_people_learn_that_the_bot_is_away() -> None:
    async with demo(FakeBot(), with_bot=False) as running:
        running.simulator.onebot.wait_for_line_s = 0.05

        assert await running.refused("say", account=CHEN, text="在吗") == 503
        assert running.texts(CHEN)[-1] == ("system", "机器人不在线，这条没有送到")


async def test_only_friends_can_be_written_to(call: Caller) -> None:
    answer = await call("send_private_msg", user_id=1, message=XIAOLIN.name)

    assert answer["wording"] == "对方不是好友"


def test_parameters_of_codes_escape_commas_too() -> None:
    segments: list[dict[str, object]] = [{"type": "image", "data": {"file": "a,b[1].png"}}]

    assert raw_message(segments) == "[CQ:image,file=a&#44;b&#91;1&#93;.png]"


def _is_message(frame: dict[str, Any]) -> bool:
    return frame.get("post_type") == "message"
