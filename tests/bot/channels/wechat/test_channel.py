"""Deliveries as the people who follow the account receive them."""

from typing import Any

import pytest
from aiohttp import web

from bot.channels import Channel, Delivery, Receipt
from bot.channels.errors import (
    ContentRefused,
    OutcomeUnknown,
    PermanentlyRefused,
    Unavailable,
    WindowClosed,
)
from bot.channels.wechat.channel import WeChatChannel, messages_needed
from bot.channels.wechat.client import WeChatApi
from bot.channels.wechat.inbound import read_inbound
from handlers.message import Choice, Media, Message
from tests.support.wechat import OPENID, FakeApi, fields_of

PICTURE = Media("image", "2026/11/poster", "海报.png")
REPORT = Media("file", "https://example.org/r/1", "报告.pdf")


async def read_media(media: Media) -> bytes:
    return f"content of {media.ref}".encode()


@pytest.fixture
def channel(api: WeChatApi) -> WeChatChannel:
    return WeChatChannel(api, read_media)


def to(message: Message) -> Delivery:
    return Delivery(key="O2048:payout", message=message, account=OPENID)


async def test_words(channel: WeChatChannel, platform: FakeApi) -> None:
    receipt = await channel.send(to(Message("入账 ¥110.40", media=(REPORT,))))

    assert receipt == Receipt()
    assert platform.sent() == [
        {
            "touser": OPENID,
            "msgtype": "text",
            "text": {"content": "入账 ¥110.40\n报告.pdf https://example.org/r/1"},
        }
    ]


async def test_a_tap_comes_back_as_what_the_choice_says(
    channel: WeChatChannel, platform: FakeApi
) -> None:
    choices = (Choice("验收", "验收 O2048"), Choice("退回", "退回 O2048 " + "长" * 60))

    await channel.send(to(Message("交付了。", choices)))

    (sent,) = platform.sent()
    assert sent["msgtype"] == "msgmenu"
    assert sent["msgmenu"]["head_content"] == "交付了。"
    first, second = sent["msgmenu"]["list"]
    assert (first["content"], second["content"]) == ("验收", "退回")
    assert tapped(first) == "验收 O2048"
    assert tapped(second) == "退回"  # too long for an id: its label must do


def tapped(item: dict[str, Any]) -> str:
    fields = fields_of("text", Content=item["content"], bizmsgmenuid=item["id"])
    return read_inbound(fields).text


async def test_pictures_follow_the_words(channel: WeChatChannel, platform: FakeApi) -> None:
    await channel.send(to(Message("新活动", media=(PICTURE,))))

    assert platform.uploads == [("picture.png", b"content of 2026/11/poster")]
    assert [body["msgtype"] for body in platform.sent()] == ["text", "image"]
    assert platform.sent()[1]["image"] == {"media_id": "MEDIA-1"}


async def test_a_picture_alone(channel: WeChatChannel, platform: FakeApi) -> None:
    await channel.send(to(Message("", media=(PICTURE,))))

    assert [body["msgtype"] for body in platform.sent()] == ["image"]


@pytest.mark.parametrize(
    ("message", "count"),
    [
        (Message("好"), 1),
        (Message("好", (Choice("发布", "确认"),)), 1),
        (Message("好", media=(REPORT,)), 1),
        (Message("好", media=(PICTURE, PICTURE)), 3),
        (Message("", media=(PICTURE,)), 1),
        (Message("", media=(REPORT,)), 1),
    ],
)
async def test_what_a_message_costs_is_what_is_sent(
    channel: WeChatChannel, platform: FakeApi, message: Message, count: int
) -> None:
    await channel.send(to(message))

    assert messages_needed(message) == len(platform.sent()) == count


async def hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def test_a_failed_upload_leaves_everything_unsaid(
    channel: WeChatChannel, platform: FakeApi
) -> None:
    platform.answers.append(hang_up)

    with pytest.raises(Unavailable):
        await channel.send(to(Message("新活动", media=(PICTURE,))))
    assert platform.sent() == []


async def test_half_a_delivery_must_not_be_repeated(
    channel: WeChatChannel, platform: FakeApi
) -> None:
    uploaded, said = {"media_id": "M"}, {"errcode": 0}
    platform.answers.extend([uploaded, said, {"errcode": 45047, "errmsg": "out of limit"}])

    with pytest.raises(OutcomeUnknown, match="1 of 2"):
        await channel.send(to(Message("新活动", media=(PICTURE,))))


async def test_a_closed_window_is_told(channel: WeChatChannel, platform: FakeApi) -> None:
    platform.always = {"errcode": 45015, "errmsg": "response out of time limit"}

    with pytest.raises(WindowClosed):
        await channel.send(to(Message("好")))


async def test_there_are_no_rooms(channel: WeChatChannel) -> None:
    with pytest.raises(PermanentlyRefused):
        await channel.send(Delivery(key="k", message=Message("好"), room="1"))


async def test_nothing_is_not_sent(channel: WeChatChannel, platform: FakeApi) -> None:
    with pytest.raises(ContentRefused):
        await channel.send(to(Message("\x00")))
    assert platform.calls == []


async def test_what_people_send_is_fetched(channel: WeChatChannel, platform: FakeApi) -> None:
    platform.media["m1"] = b"jpeg"

    assert await channel.fetch_media("m1") == b"jpeg"


def test_it_is_a_channel(channel: WeChatChannel) -> None:
    as_channel: Channel = channel

    assert as_channel.name == "wechat"
