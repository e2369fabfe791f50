"""Deliveries become calls, and answers become receipts or errors that say what to do next."""

import asyncio
import base64
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels import Channel, Delivery, Receipt
from bot.channels.errors import (
    ChannelError,
    ContentRefused,
    Misconfigured,
    OutcomeUnknown,
    PermanentlyRefused,
    Throttled,
    Unavailable,
)
from bot.channels.onebot import Connections, OneBotChannel
from handlers.message import Choice, Media, Message
from tests.support.onebot import (
    BOT,
    OTHER_BOT,
    PERSON,
    ROOM,
    Dial,
    Implementation,
    Turns,
    event,
    eventually,
    group,
    heartbeat,
    private,
    segment,
)


@pytest.fixture
def channel(connections: Connections) -> OneBotChannel:
    return OneBotChannel(connections)


@pytest.fixture
async def phone(dial: Dial, connections: Connections) -> Implementation:
    dialled = await dial()
    await eventually(lambda: connections.bots() == (BOT,))
    return dialled


def to_person(message: Message | str, *, via: str = "") -> Delivery:
    said = Message(message) if isinstance(message, str) else message
    return Delivery(key="k", message=said, account=PERSON, via=via)


def to_room(message: Message | str, *, via: str = "", room: str = ROOM) -> Delivery:
    said = Message(message) if isinstance(message, str) else message
    return Delivery(key="k", message=said, room=room, via=via)


def only_call(phone: Implementation) -> Mapping[str, object]:
    (call,) = phone.calls
    return {"action": call["action"], "params": call["params"]}


def sent(phone: Implementation) -> object:
    (call,) = phone.calls
    params = call["params"]
    assert isinstance(params, dict)
    return params["message"]


async def test_a_person_is_sent_a_private_message(
    channel: OneBotChannel, phone: Implementation
) -> None:
    receipt = await channel.send(to_person("已发布 D1024"))

    assert only_call(phone) == {
        "action": "send_private_msg",
        "params": {"user_id": int(PERSON), "message": [segment("text", text="已发布 D1024")]},
    }
    assert receipt == Receipt(f"{BOT}:901")


async def test_a_room_is_sent_a_group_message_with_a_mention(
    channel: OneBotChannel, phone: Implementation
) -> None:
    await channel.send(to_room(Message("收到", mention=PERSON)))

    assert only_call(phone) == {
        "action": "send_group_msg",
        "params": {
            "group_id": int(ROOM),
            "message": [segment("at", qq=PERSON), segment("text", text=" 收到")],
        },
    }


async def test_text_is_never_a_code(channel: OneBotChannel, phone: Implementation) -> None:
    await channel.send(to_room(Message("[CQ:at,qq=all] &#91;\ud800", mention="all")))

    assert sent(phone) == [segment("text", text="[CQ:at,qq=all] &#91;\ufffd")]


async def test_choices_stand_in_one_line_with_numbers(
    channel: OneBotChannel, phone: Implementation
) -> None:
    choices = (Choice("确认", "确认"), Choice("再改\n改", "改"))

    await channel.send(to_person(Message("发布吗？", choices=choices)))

    assert sent(phone) == [segment("text", text="发布吗？\n1 确认　2 再改 改")]


async def test_pictures_of_ours_travel_in_the_message(
    connections: Connections, phone: Implementation, tmp_path: Path
) -> None:
    (tmp_path / "chart.png").write_bytes(b"\x89PNG")
    channel = OneBotChannel(connections, pictures=tmp_path)

    await channel.send(to_person(Message("比价", media=(Media("image", "chart.png"),))))

    content = base64.b64encode(b"\x89PNG").decode()
    assert sent(phone) == [
        segment("text", text="比价"),
        segment("image", file=f"base64://{content}"),
    ]


@pytest.mark.parametrize("ref", ["https://pic.example.cn/1.png", "base64://aGk=", "{A1-B2}.jpg"])
async def test_pictures_known_elsewhere_are_named(
    channel: OneBotChannel, phone: Implementation, ref: str
) -> None:
    await channel.send(to_person(Message("", media=(Media("image", ref),))))

    assert sent(phone) == [segment("image", file=ref)]


@pytest.mark.parametrize(
    "ref",
    [
        "../secret.txt",
        "/etc/hostname",
        "file:///etc/hostname",
        "{outside}",
        "x" * 5_000 + "/y",
        "没有",
        "link",
        "Zx_9-wechat-media-id",
    ],
)
async def test_no_other_file_is_ever_read_or_named(
    connections: Connections, phone: Implementation, tmp_path: Path, ref: str
) -> None:
    secret, pictures = tmp_path / "secret.txt", tmp_path / "pictures"
    secret.write_text("秘密")
    pictures.mkdir()
    (pictures / "link").symlink_to(secret)
    channel = OneBotChannel(connections, pictures=pictures)
    media = Media("image", ref.format(outside=secret) if "{" in ref else ref, "图.png")

    await channel.send(to_person(Message("看", media=(media,))))

    assert sent(phone) == [segment("text", text="看\n📎 图.png")]


async def test_a_file_becomes_a_line(channel: OneBotChannel, phone: Implementation) -> None:
    media = (
        Media("file", "https://file.example.cn/1", "合同.pdf"),
        Media("file", "/id-7", "草稿.docx"),
    )

    await channel.send(to_person(Message("交付物", media=media)))

    assert sent(phone) == [
        segment("text", text="交付物\n📎 合同.pdf https://file.example.cn/1\n📎 草稿.docx")
    ]


async def test_what_is_sent_is_known_when_it_is_quoted(
    channel: OneBotChannel, phone: Implementation, dial: Dial, turns: Turns
) -> None:
    receipt = await channel.send(to_room("新需求 D1024"))

    await phone.sends(group([segment("reply", id=901), segment("text", text="8k")]))

    taken = turns.taken
    await eventually(lambda: len(taken) == 1)
    assert taken[0].quoted_id == receipt.platform_id


REMOVED = 'EventChecker Failed: NTEvent EventRet:\n{\n  "result": 110,\n  "errMsg": "…"\n}'
MUTED = 'EventChecker Failed: NTEvent EventRet:\n{\n  "result": 120,\n  "errMsg": "…"\n}'


@pytest.mark.parametrize(
    ("retcode", "words", "error"),
    [
        (1400, "", ContentRefused),
        (1401, "", Misconfigured),
        (1403, "", Misconfigured),
        (1404, "不支持的Api", Misconfigured),
        (100, "SEND_MSG_API_ERROR", Unavailable),
        (100, "GROUP_NOT_FOUND", PermanentlyRefused),
        (100, "EMPTY_MSG_ERROR", ContentRefused),
        (102, "", Unavailable),
        (104, "", Misconfigured),
        (200, REMOVED, PermanentlyRefused),
        (1200, MUTED, Unavailable),
        (200, "result: 299", Throttled),
        (200, "消息发送失败", Unavailable),
        (200, "发送失败，你已被移出该群", PermanentlyRefused),
        (200, "对方不是你的好友", PermanentlyRefused),
        (200, "你已被禁言", Unavailable),
        (200, "发言过于频繁", Throttled),
        (200, "消息过长", ContentRefused),
        (200, "Timeout: NTEvent sendMsg", OutcomeUnknown),
        (31_337, "", Unavailable),
    ],
)
@pytest.mark.parametrize("field", ["message", "msg", "wording"])
async def test_a_failure_says_what_to_do_next(
    channel: OneBotChannel,
    phone: Implementation,
    retcode: int,
    words: str,
    field: str,
    error: type[ChannelError],
) -> None:
    answer = {"status": "failed", "retcode": retcode, "data": None, field: words}
    phone.answers["send_private_msg"] = answer

    with pytest.raises(ChannelError) as failed:
        await channel.send(to_person("在吗"))

    assert type(failed.value) is error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": "failed"}, Unavailable),
        ({"retcode": 1404}, Misconfigured),
        ({"status": 7, "retcode": 0}, OutcomeUnknown),
        ({"retcode": "?"}, OutcomeUnknown),
        ({}, OutcomeUnknown),
    ],
)
async def test_a_poor_answer_is_no_success(
    channel: OneBotChannel,
    phone: Implementation,
    answer: dict[str, object],
    error: type[ChannelError],
) -> None:
    phone.answers["send_private_msg"] = answer

    with pytest.raises(ChannelError) as failed:
        await channel.send(to_person("在吗"))

    assert type(failed.value) is error


@pytest.mark.parametrize(
    ("answer", "platform_id"),
    [
        ({"status": "ok", "retcode": 0, "data": {"message_id": -7}}, f"{BOT}:-7"),
        ({"status": "ok", "retcode": 0, "data": {"message_id": "a7"}}, f"{BOT}:a7"),
        ({"status": "ok", "retcode": 0, "data": None}, ""),
        ({"status": "async", "retcode": 1, "data": None}, ""),
        ({"status": "ok", "data": {"message_id": 5}}, f"{BOT}:5"),
        ({"retcode": 0, "data": {"message_id": 5}}, f"{BOT}:5"),
    ],
)
async def test_what_is_done_has_a_receipt(
    channel: OneBotChannel,
    phone: Implementation,
    answer: dict[str, object],
    platform_id: str,
) -> None:
    phone.answers["send_private_msg"] = answer

    assert await channel.send(to_person("在吗")) == Receipt(platform_id)


async def test_nobody_connected_means_not_delivered(channel: OneBotChannel) -> None:
    with pytest.raises(Unavailable):
        await channel.send(to_person("在吗"))


async def test_no_answer_in_time_means_perhaps_delivered(
    connections: Connections, phone: Implementation
) -> None:
    phone.is_mute = True

    with pytest.raises(OutcomeUnknown):
        await connections.call("send_private_msg", {}, timeout=timedelta(milliseconds=20))

    await phone.sends({"status": "ok", "retcode": 0, "data": {}, "echo": "1"})  # too late
    phone.is_mute = False
    assert (await connections.call("get_status", {})).is_done


async def test_a_socket_lost_while_waiting_means_perhaps_delivered(
    channel: OneBotChannel, phone: Implementation, connections: Connections
) -> None:
    phone.is_mute = True
    sending = asyncio.create_task(channel.send(to_person("在吗")))
    await eventually(lambda: len(phone.calls) == 1)

    await phone.hangs_up()

    with pytest.raises(OutcomeUnknown):
        await sending
    await eventually(lambda: connections.bots() == ())


async def test_a_replaced_socket_means_perhaps_delivered(
    channel: OneBotChannel, phone: Implementation, dial: Dial
) -> None:
    phone.is_mute = True
    sending = asyncio.create_task(channel.send(to_person("在吗")))
    await eventually(lambda: len(phone.calls) == 1)

    await dial()

    with pytest.raises(OutcomeUnknown):
        await sending


async def test_answers_find_their_calls_in_any_order(
    connections: Connections, phone: Implementation
) -> None:
    phone.is_mute = True
    calls = [asyncio.create_task(connections.call("get_msg", {"n": n})) for n in range(8)]
    await eventually(lambda: len(phone.calls) == 8)

    for call in reversed(phone.calls):
        assert isinstance(call["echo"], str)
        answer = {"status": "ok", "retcode": 0, "data": call["params"], "echo": call["echo"]}
        await phone.sends(answer)
        await phone.sends(answer)  # once more: nobody waits for it

    answers = await asyncio.gather(*calls)
    assert [answer.data for answer in answers] == [{"n": n} for n in range(8)]


async def test_a_bot_that_qq_logged_out_cannot_send(
    channel: OneBotChannel, phone: Implementation, connections: Connections
) -> None:
    await phone.sends(heartbeat(60_000, online=False))

    await eventually(lambda: connections.speaking() == ())
    with pytest.raises(Unavailable):
        await channel.send(to_person("在吗"))
    await phone.sends(heartbeat(60_000, online=True))
    await eventually(lambda: connections.speaking() == (BOT,))
    await channel.send(to_person("在吗"))


async def test_two_sockets_share_the_work(
    channel: OneBotChannel, dial: Dial, connections: Connections, turns: Turns
) -> None:
    events, api = await dial(role="Event"), await dial(role="API")
    await eventually(lambda: connections.speaking() == (BOT,))

    await events.sends(private("在吗"))
    await channel.send(to_person("在"))

    await eventually(lambda: len(turns.taken) == 1)
    assert (len(events.calls), len(api.calls)) == (0, 1)


class Bots:
    """Two bots that are connected, the first of them first."""

    def __init__(self, one: Implementation, two: Implementation) -> None:
        self.one, self.two = one, two

    def sends(self) -> tuple[int, int]:
        """How many messages each was asked to send."""
        first, second = (
            sum(str(call["action"]).startswith("send_") for call in bot.calls)
            for bot in (self.one, self.two)
        )
        return first, second


@pytest.fixture
async def bots(dial: Dial, connections: Connections, phone: Implementation) -> Bots:
    two = await dial(bot=OTHER_BOT)
    await eventually(lambda: connections.bots() == (BOT, OTHER_BOT))
    return Bots(phone, two)


async def test_via_chooses_the_bot(channel: OneBotChannel, bots: Bots) -> None:
    await channel.send(to_person("一", via=OTHER_BOT))
    await channel.send(to_room("二", via=OTHER_BOT))

    assert bots.sends() == (0, 2)


async def test_in_private_nobody_stands_in_for_a_bot(channel: OneBotChannel, bots: Bots) -> None:
    with pytest.raises(Unavailable):
        await channel.send(to_person("一", via="10003"))

    assert bots.sends() == (0, 0)


async def test_in_a_room_a_bot_that_is_there_stands_in(channel: OneBotChannel, bots: Bots) -> None:
    bots.one.answers["get_group_list"] = {"status": "ok", "retcode": 0, "data": []}
    listed = [{"group_id": int(ROOM), "group_name": "服务商"}]
    bots.two.answers["get_group_list"] = {"status": "ok", "retcode": 0, "data": listed}

    await channel.send(to_room("一", via="10003"))
    await channel.send(to_room("二"))

    assert bots.sends() == (0, 2)
    assert len(bots.one.calls) == 1  # asked once for its groups


async def test_a_bot_that_spoke_of_a_room_is_there_until_it_is_removed(
    channel: OneBotChannel, bots: Bots, turns: Turns
) -> None:
    heard = group("好") | {"self_id": int(OTHER_BOT)}
    kicked = event(
        "notice",
        notice_type="group_decrease",
        sub_type="kick_me",
        group_id=int(ROOM),
        user_id=int(OTHER_BOT),
        self_id=int(OTHER_BOT),
    )
    for answers in (bots.one.answers, bots.two.answers):
        answers["get_group_list"] = {"status": "failed", "retcode": 1404}

    await bots.two.sends(heard)
    await eventually(lambda: len(turns.taken) == 1)
    await channel.send(to_room("一"))
    await bots.two.sends(kicked)
    await eventually(lambda: len(turns.taken) == 2)
    await channel.send(to_room("二"))

    assert bots.sends() == (1, 1)


@pytest.mark.parametrize("number", ["all", "0", "小林", "-1"])
async def test_what_is_no_number_is_nobody(
    channel: OneBotChannel, phone: Implementation, number: str
) -> None:
    with pytest.raises(PermanentlyRefused):
        await channel.send(to_room("在吗", room=number))

    assert phone.calls == []


async def test_nothing_to_say_is_not_sent(channel: OneBotChannel, phone: Implementation) -> None:
    with pytest.raises(ContentRefused):
        await channel.send(to_person(""))

    assert phone.calls == []


def test_it_is_a_channel(channel: OneBotChannel) -> None:
    as_channel: Channel = channel

    assert as_channel.name == "onebot"
