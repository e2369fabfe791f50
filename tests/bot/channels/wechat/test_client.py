"""The platform's API as it behaves: tokens that die, quotas, silence and nonsense."""

import asyncio
import logging
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.channels.errors import (
    ChannelError,
    ContentRefused,
    Misconfigured,
    OutcomeUnknown,
    PermanentlyRefused,
    Throttled,
    Unavailable,
    WindowClosed,
)
from bot.channels.wechat.client import WeChatApi
from bot.channels.wechat.failures import failure
from tests.support.wechat import APP_SECRET, NOW, OPENID, SAFE, FakeApi, pointed_at


def say(api: WeChatApi, text: str = "你好") -> Any:
    return api.message.send_text(OPENID, text)


# The catalogue


async def test_a_text_is_sent_unescaped(api: WeChatApi, platform: FakeApi) -> None:
    answer = await say(api, "专利 <急>")

    assert answer["errcode"] == 0
    assert platform.sent() == [
        {"touser": OPENID, "msgtype": "text", "text": {"content": "专利 <急>"}}
    ]


async def test_other_groups_of_the_catalogue_reach_their_paths(
    api: WeChatApi, platform: FakeApi
) -> None:
    platform.always = {"errcode": 0, "tag": {"id": 1}, "template_list": [], "kf_list": []}

    await api.menu.create({"button": []})
    await api.qrcode.create({"action_name": "QR_STR_SCENE"})
    await api.user.get(OPENID)
    await api.tag.create("供应商")
    await api.template.get_all_private_template()
    await api.customservice.get_accounts()
    await api.customservice.add_account("a@b", "小科", "x")

    assert [path for path, _ in platform.calls] == [
        "/cgi-bin/menu/create",
        "/cgi-bin/qrcode/create",
        "/cgi-bin/user/info",
        "/cgi-bin/tags/create",
        "/cgi-bin/template/get_all_private_template",
        "/cgi-bin/customservice/getkflist",
        "/customservice/kfaccount/add",  # absolute in wechatpy; sent to our base all the same
    ]


async def test_a_result_processor_of_the_catalogue_applies(
    api: WeChatApi, platform: FakeApi
) -> None:
    platform.always = {"url": "https://mmbiz.example/1"}

    url = await api.media.upload_image(("a.png", b"png"))

    assert url == "https://mmbiz.example/1"
    assert platform.uploads == [("a.png", b"png")]


async def test_large_pictures_are_streamed(api: WeChatApi, platform: FakeApi) -> None:
    await api.media.upload("image", ("a.png", bytes(1_100_000)))

    assert len(platform.uploads[0][1]) == 1_100_000


async def test_an_answer_without_what_the_catalogue_picks_is_unavailable(
    api: WeChatApi, platform: FakeApi
) -> None:
    platform.always = {"errcode": 0}

    with pytest.raises(Unavailable, match="tags/create"):
        await api.tag.create("供应商")


def test_the_token_goes_nowhere_else(api: WeChatApi) -> None:
    for url in ("https://mp.weixin.qq.com/x", "https://api.weixin.qq.com.evil.example/x"):
        with pytest.raises(ValueError, match="must not go there"):
            api.get(url)


async def test_a_redirect_is_not_followed(api: WeChatApi, platform: FakeApi) -> None:
    platform.always = web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})

    with pytest.raises(Unavailable, match="302"):
        await say(api)
    assert len(platform.calls) == 1


# Error codes


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-1, Unavailable),
        (40003, PermanentlyRefused),
        (43004, PermanentlyRefused),
        (43019, PermanentlyRefused),
        (48002, PermanentlyRefused),
        (44004, ContentRefused),
        (45002, ContentRefused),
        (87014, ContentRefused),
        (45009, Throttled),
        (45011, Throttled),
        (45015, WindowClosed),
        (45047, WindowClosed),
        (45028, WindowClosed),
        (48001, Misconfigured),
        (48004, Misconfigured),
        (50002, Misconfigured),
        (99999, ContentRefused),
    ],
)
async def test_each_code_says_what_to_do_next(
    api: WeChatApi, platform: FakeApi, code: int, kind: type[ChannelError]
) -> None:
    platform.always = {"errcode": code, "errmsg": "no rid: 1-2-3"}

    with pytest.raises(kind) as error:
        await say(api)

    assert type(error.value) is kind
    assert str(code) in error.value.reason
    assert len(platform.calls) == 1


async def test_a_repeated_mass_message_is_a_success(api: WeChatApi, platform: FakeApi) -> None:
    platform.always = {"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": 7}

    answer = await api.post("message/mass/sendall", data={"clientmsgid": "c1"})

    assert answer["msg_id"] == 7


@pytest.mark.parametrize(
    ("now", "wait"),
    [
        (datetime(2026, 11, 22, 15, 59, tzinfo=UTC), timedelta(minutes=1)),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), timedelta(hours=24)),
    ],
)
def test_the_days_quota_comes_back_at_midnight_in_beijing(now: datetime, wait: timedelta) -> None:
    error = failure(45009, "reach max api daily quota limit", now)

    assert isinstance(error, Throttled)
    assert error.retry_after == wait


async def test_the_request_id_is_logged_and_secrets_are_not(
    api: WeChatApi, platform: FakeApi, caplog: pytest.LogCaptureFixture
) -> None:
    platform.always = {"errcode": 45015, "errmsg": "response out of time limit rid: 66ab-12-cd"}

    with caplog.at_level(logging.DEBUG), pytest.raises(WindowClosed):
        await say(api, "封标价 88888")

    assert "rid=66ab-12-cd" in caplog.text
    for secret in (APP_SECRET, platform.token, "88888"):
        assert secret not in caplog.text


# Broken lines


async def wait_for_ever(_: web.Request) -> web.Response:
    await asyncio.sleep(30)
    return web.Response()


async def hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def stop_halfway(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"errcode"')
    assert request.transport is not None
    request.transport.close()
    return response


@pytest.mark.parametrize("fault", [wait_for_ever, hang_up, stop_halfway])
async def test_silence_after_sending_is_an_unknown_outcome(
    platform: FakeApi, http: aiohttp.ClientSession, fault: object
) -> None:
    api = WeChatApi(
        pointed_at(SAFE, platform.url),
        http,
        now=lambda: NOW,
        connect_within=timedelta(seconds=1),
        answer_within=timedelta(seconds=0.2),
    )
    platform.always = fault

    with pytest.raises(OutcomeUnknown) as error:
        await say(api)

    assert len(platform.calls) == 1
    assert "TOKEN" not in repr(error.value)
    assert error.value.__cause__ is None  # which would quote the address


async def test_silence_after_asking_changes_nothing(api: WeChatApi, platform: FakeApi) -> None:
    platform.always = hang_up

    with pytest.raises(Unavailable):
        await api.user.get(OPENID)


async def test_a_closed_port_is_unavailable(http: aiohttp.ClientSession) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        api = WeChatApi(pointed_at(SAFE, url), http, now=lambda: NOW)

        with pytest.raises(Unavailable, match="not reached"):
            await say(api)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "text": "oops"},
        {"status": 502, "text": '{"errcode": 0}'},
        {"status": 404, "text": ""},
        {"status": 200, "text": "<html>maintenance</html>"},
        {"status": 200, "text": ""},
        {"status": 200, "text": "[1]"},
        {"status": 200, "text": "{"},
        {"status": 200, "text": '{"errcode": "many"}'},
        {"status": 200, "text": '{"a":' * 50_000},
    ],
)
async def test_nonsense_is_unavailable(
    api: WeChatApi, platform: FakeApi, answer: dict[str, Any]
) -> None:
    platform.always = lambda _: reply_with(answer)

    with pytest.raises(Unavailable):
        await say(api)


async def reply_with(answer: dict[str, Any]) -> web.Response:
    return web.Response(**answer)


async def test_http_429_asks_for_patience(api: WeChatApi, platform: FakeApi) -> None:
    platform.always = web.Response(status=429)

    with pytest.raises(Throttled):
        await say(api)


async def test_raw_control_characters_in_an_answer_do_no_harm(
    api: WeChatApi, platform: FakeApi
) -> None:
    platform.always = web.Response(body=b'{"errcode": "0", "errmsg": "o\x0bk\n\xff"}')

    assert (await say(api))["errmsg"].startswith("o")


# Media


async def test_media_are_fetched_by_id(api: WeChatApi, platform: FakeApi) -> None:
    platform.media["m1"] = b'{"not": "an answer"}'  # a picture may begin like JSON

    assert await api.fetch_media("m1") == b'{"not": "an answer"}'


async def test_media_beyond_the_limit_are_refused(api: WeChatApi, platform: FakeApi) -> None:
    platform.media["m1"] = bytes(1001)

    with pytest.raises(ContentRefused, match="1000"):
        await api.fetch_media("m1", max_bytes=1000)


async def test_media_past_their_days_are_refused(api: WeChatApi) -> None:
    with pytest.raises(ContentRefused, match="40007"):
        await api.fetch_media("gone")


async def test_the_address_of_a_video_is_not_followed(api: WeChatApi, platform: FakeApi) -> None:
    platform.always = {"video_url": "http://169.254.169.254/latest"}

    with pytest.raises(ContentRefused):
        await api.fetch_media("v1")
    assert len(platform.calls) == 1
