"""One access token for all who send, however it dies."""

import asyncio
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from bot.channels.errors import ChannelError, Misconfigured, Throttled, Unavailable
from bot.channels.wechat.client import WeChatApi
from bot.secrets import Secret
from tests.support.wechat import NOW, OPENID, SAFE, FakeApi, pointed_at

BAD = {"errcode": 40001, "errmsg": "invalid credential, access_token is not latest rid: 5f3a-9-1"}


def say(api: WeChatApi, text: str = "你好") -> Any:
    return api.message.send_text(OPENID, text)


async def test_twenty_at_once_fetch_one_token(api: WeChatApi, platform: FakeApi) -> None:
    await asyncio.gather(*(say(api, str(n)) for n in range(20)))

    assert platform.token_asks == [False]
    assert len(platform.sent()) == 20


async def test_twenty_at_once_renew_a_dead_token_once(api: WeChatApi, platform: FakeApi) -> None:
    await say(api)
    platform.revoke()

    await asyncio.gather(*(say(api, str(n)) for n in range(20)))

    assert platform.token_asks == [False, False, True]
    assert len(platform.calls) == 1 + 20 + 20


async def test_a_token_renewed_elsewhere_is_taken_over_without_force(
    api: WeChatApi, platform: FakeApi
) -> None:
    await say(api)
    platform.token_no += 1  # another process

    await say(api)

    assert platform.token_asks == [False, False]
    assert platform.tokens_seen == ["TOKEN-1", "TOKEN-1", "TOKEN-2"]


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_endless_refusal_of_the_token_ends(
    api: WeChatApi, platform: FakeApi, code: int
) -> None:
    platform.always = {"errcode": code, "errmsg": "bad token"}

    with pytest.raises(Misconfigured):
        await say(api)

    assert len(platform.calls) == 2
    assert platform.token_asks == [False, False, True]


async def test_forced_renewals_are_rationed(api: WeChatApi, platform: FakeApi) -> None:
    platform.always = BAD

    failures = [await outcome(say(api)) for _ in range(5)]

    assert failures[0] is Misconfigured
    assert set(failures[1:]) == {Unavailable}
    assert platform.token_asks.count(True) == 1


async def outcome(call: Any) -> type[ChannelError] | None:
    try:
        await call
    except ChannelError as error:
        return type(error)
    return None


async def test_a_wrong_secret_is_the_operators_to_mend(
    platform: FakeApi, http: aiohttp.ClientSession
) -> None:
    account = replace(pointed_at(SAFE, platform.url), app_secret=Secret("wrong-secret"))
    api = WeChatApi(account, http, now=lambda: NOW)

    results = await asyncio.gather(*(outcome(say(api)) for _ in range(5)))

    assert set(results) == {Misconfigured}
    assert platform.token_asks == [False]
    assert platform.calls == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"errcode": -1, "errmsg": "system error"}, Unavailable),
        ({"errcode": 45009, "errmsg": "reach max api daily quota limit"}, Throttled),
        ({"errcode": 40164, "errmsg": "invalid ip 127.0.0.1"}, Misconfigured),
        ({"errcode": 89503, "errmsg": "needs an administrator"}, Misconfigured),
        ({"access_token": "", "expires_in": 7200}, Unavailable),
        ({"access_token": 7}, Unavailable),
        ({"access_token": "T", "expires_in": "soon"}, Unavailable),
    ],
)
async def test_no_token_means_nothing_was_sent(
    api: WeChatApi, platform: FakeApi, answer: dict[str, object], kind: type[ChannelError]
) -> None:
    platform.token_answer = answer

    with pytest.raises(kind):
        await say(api)
    assert platform.calls == []


async def test_a_token_at_its_end_is_asked_for_anew(api: WeChatApi, platform: FakeApi) -> None:
    platform.token_answer = {"access_token": platform.token, "expires_in": 0}

    await say(api)
    await say(api)

    assert platform.token_asks == [False, False]


async def test_one_who_gives_up_does_not_take_the_token_from_others(
    api: WeChatApi, platform: FakeApi
) -> None:
    impatient = asyncio.create_task(say(api, "一"))
    patient = asyncio.create_task(say(api, "二"))
    await asyncio.sleep(0.005)
    impatient.cancel()

    await patient

    assert platform.token_asks == [False]
    assert [body["text"]["content"] for body in platform.sent()] == ["二"]
