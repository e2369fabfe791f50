"""The API the bot calls: tokens, quotas, error codes and media as the platform has them."""

from datetime import timedelta

import aiohttp
import pytest

from bot.simulator.cast import WEIJIE, XIAOLIN
from tests.support.simulated import ACCOUNT, Demo

LIN = XIAOLIN.account
PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)


async def _meet(demo: Demo) -> None:
    demo.bot.answer = lambda _: None
    await demo.say(LIN, "在吗")


async def test_a_message_opens_five_sends_for_two_days(demo: Demo) -> None:
    assert await demo.send(LIN, "早") == 45015
    await _meet(demo)

    codes = [await demo.send(LIN, f"第 {n} 条") for n in range(6)]

    assert codes == [0, 0, 0, 0, 0, 45047]
    demo.clock.advance(timedelta(hours=48))
    assert await demo.send(LIN, "还在吗") == 45015


async def test_writing_again_fills_the_window_again(demo: Demo) -> None:
    await _meet(demo)
    for _ in range(5):
        await demo.send(LIN, "第一轮")

    await demo.say(LIN, "我又来了")

    assert await demo.send(LIN, "第二轮") == 0


async def test_a_click_opens_three_sends_for_a_minute(demo: Demo) -> None:
    demo.bot.answer = lambda _: None
    await demo.post("event", account=LIN, event="click", key="MENU")

    assert [await demo.send(LIN, "好") for _ in range(4)] == [0, 0, 0, 45047]
    demo.clock.advance(timedelta(minutes=1))
    assert await demo.send(LIN, "好") == 45015


async def test_the_window_that_ends_first_is_spent_first(demo: Demo) -> None:
    await _meet(demo)
    await demo.post("event", account=LIN, event="click", key="MENU")
    for _ in range(3):
        await demo.send(LIN, "好")

    scenes = {
        w.scene: w.remaining for w in demo.simulator.world.windows[LIN].current(demo.clock.now())
    }

    assert scenes == {"message": 5, "tap": 0}


async def test_windows_of_two_followers_are_their_own(demo: Demo) -> None:
    await _meet(demo)

    assert await demo.send(WEIJIE.account, "早") == 45015


async def test_whoever_left_cannot_be_written_to(demo: Demo) -> None:
    await _meet(demo)
    await demo.post("event", account=LIN, event="unsubscribe")

    assert await demo.send(LIN, "早") == 43004


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"touser": "oNobody", "msgtype": "text", "text": {"content": "x"}}, 40003),
        ({"touser": LIN, "msgtype": "text", "text": {"content": " "}}, 44004),
        ({"touser": LIN, "msgtype": "text", "text": {"content": "字" * 683}}, 45002),
        ({"touser": LIN, "msgtype": "wxcard", "wxcard": {}}, 40008),
        ({"touser": LIN, "msgtype": "image", "image": {"media_id": "no"}}, 40007),
        ({"touser": LIN, "msgtype": "msgmenu", "msgmenu": {"list": []}}, 47001),
        ([], 47001),
    ],
)
async def test_what_cannot_be_sent_has_its_code_and_costs_nothing(
    demo: Demo, body: object, code: int
) -> None:
    await _meet(demo)

    answer = await demo.api(f"message/custom/send?access_token={await demo.token()}", body)

    assert answer["errcode"] == code
    assert "rid:" in str(answer["errmsg"])
    assert demo.simulator.world.windows[LIN].current(demo.clock.now())[0].remaining == 5


async def test_a_menu_message_shows_options_to_tap(demo: Demo) -> None:
    await _meet(demo)
    menu = {
        "head_content": "D1024 发布吗？",
        "list": [{"id": "c:1", "content": "确认"}, {"id": "c:2", "content": "改一改"}],
        "tail_content": "也可以直接说。",
    }

    await demo.api(
        f"message/custom/send?access_token={await demo.token()}",
        {"touser": LIN, "msgtype": "msgmenu", "msgmenu": menu},
    )

    shown = demo.simulator.world.transcript(LIN)[-1]
    assert shown.text == "D1024 发布吗？\n也可以直接说。"
    assert [(o.label, o.menu_id) for o in shown.options] == [("确认", "c:1"), ("改一改", "c:2")]


async def test_escaped_characters_are_shown_as_escapes(demo: Demo) -> None:
    await _meet(demo)
    url = f"{demo.url}/sim/wechat-api/cgi-bin/message/custom/send"
    body = rf'{{"touser":"{LIN}","msgtype":"text","text":{{"content":"\u4f60好\n\\u"}}}}'

    async with demo.http.post(url, params={"access_token": await demo.token()}, data=body):
        pass

    assert demo.texts(LIN)[-1] == ("bot", "\\u4f60好\n\\u")


async def test_a_stable_token_stays_the_same_until_it_nears_its_end(demo: Demo) -> None:
    first = await demo.token()
    assert await demo.token() == first

    demo.clock.advance(timedelta(minutes=116))
    second = await demo.token()
    assert second != first

    demo.clock.advance(timedelta(minutes=4))
    body = {"touser": LIN}
    assert (await demo.api(f"message/custom/typing?access_token={first}", body))["errcode"] == 42001
    assert (await demo.api(f"message/custom/typing?access_token={second}", body))["errcode"] == 0


async def test_a_forced_token_leaves_the_old_one_five_minutes(demo: Demo) -> None:
    old = await demo.token()
    ask = {
        "grant_type": "client_credential",
        "appid": ACCOUNT.app_id,
        "secret": ACCOUNT.app_secret,
        "force_refresh": True,
    }

    assert (await demo.api("stable_token", ask))["access_token"] != old
    assert (await demo.api("stable_token", ask))["errcode"] == 45011
    typing = f"message/custom/typing?access_token={old}"
    assert (await demo.api(typing, {"touser": LIN}))["errcode"] == 0
    demo.clock.advance(timedelta(minutes=5))
    assert (await demo.api(typing, {"touser": LIN}))["errcode"] == 42001


async def test_wrong_credentials_and_tokens_are_refused(demo: Demo) -> None:
    ask = {"grant_type": "client_credential", "appid": ACCOUNT.app_id, "secret": "wrong"}

    assert (await demo.api("stable_token", ask))["errcode"] == 40125
    assert (await demo.api("stable_token", ask | {"appid": "wx"}))["errcode"] == 40013
    assert (await demo.api("message/custom/send?access_token=x", {}))["errcode"] == 40001
    assert (await demo.api("message/custom/send", {}))["errcode"] == 41001


async def test_the_old_token_call_hands_out_a_new_one_each_time(demo: Demo) -> None:
    url = f"{demo.url}/sim/wechat-api/cgi-bin/token"
    query = {
        "grant_type": "client_credential",
        "appid": ACCOUNT.app_id,
        "secret": ACCOUNT.app_secret,
    }
    async with demo.http.get(url, params=query) as one, demo.http.get(url, params=query) as two:
        assert (await one.json())["access_token"] != (await two.json())["access_token"]


async def test_revoked_tokens_are_refused_until_a_new_one_is_fetched(demo: Demo) -> None:
    await _meet(demo)
    old = await demo.token()

    await demo.post("trouble", revoke_tokens=True)

    typing = {"touser": LIN}
    assert (await demo.api(f"message/custom/typing?access_token={old}", typing))["errcode"] == 40001
    assert await demo.send(LIN, "早") == 0


async def test_troubles_of_the_platform(demo: Demo) -> None:
    await _meet(demo)
    token = await demo.token()
    path = f"message/custom/send?access_token={token}"
    body = {"touser": LIN, "msgtype": "text", "text": {"content": "早"}}

    await demo.post("trouble", window_closed=True)
    assert (await demo.api(path, body))["errcode"] == 45015
    await demo.post("trouble", window_closed=False, busy=True)
    assert (await demo.api(path, body))["errcode"] == -1
    await demo.post("trouble", busy=False, unreachable=True)
    with pytest.raises(aiohttp.ClientError):
        await demo.api(path, body)
    await demo.post("trouble", unreachable=False)
    assert (await demo.api(path, body))["errcode"] == 0


async def test_a_picture_is_uploaded_sent_shown_and_fetched_for_three_days(demo: Demo) -> None:
    await _meet(demo)
    token = await demo.token()
    form = aiohttp.FormData()
    form.add_field("media", PNG, filename="比一比.png", content_type="image/png")
    upload = f"{demo.url}/sim/wechat-api/cgi-bin/media/upload"
    async with demo.http.post(
        upload, params={"access_token": token, "type": "image"}, data=form
    ) as response:
        media_id = (await response.json())["media_id"]

    image = {"touser": LIN, "msgtype": "image", "image": {"media_id": media_id}}
    await demo.api(f"message/custom/send?access_token={token}", image)

    (blob,) = demo.simulator.world.transcript(LIN)[-1].media
    async with demo.http.get(demo.url + blob.path) as response:
        assert await response.read() == PNG
    demo.clock.advance(timedelta(days=3, seconds=1))
    get = f"{demo.url}/sim/wechat-api/cgi-bin/media/get"
    query = {"access_token": await demo.token(), "media_id": media_id}
    async with demo.http.get(get, params=query) as response:
        assert (await response.json())["errcode"] == 40007


async def test_the_bot_can_fetch_what_a_follower_sent(demo: Demo) -> None:
    demo.bot.answer = lambda _: None
    await demo.post("event", account=LIN, event="image")
    push = demo.bot.pushes[0]

    get = f"{demo.url}/sim/wechat-api/cgi-bin/media/get"
    query = {"access_token": await demo.token(), "media_id": push["MediaId"]}
    async with demo.http.get(get, params=query) as one, demo.http.get(push["PicUrl"]) as two:
        assert one.content_type == "image/png"
        assert await one.read() == await two.read() != b""


async def test_a_picture_beyond_the_limit_is_refused(demo: Demo) -> None:
    form = aiohttp.FormData()
    form.add_field("media", bytes(65 << 10), filename="x.jpg", content_type="image/jpeg")
    query = {"access_token": await demo.token(), "type": "thumb"}

    url = f"{demo.url}/sim/wechat-api/cgi-bin/media/upload"
    async with demo.http.post(url, params=query, data=form) as response:
        assert (await response.json())["errcode"] == 40006
