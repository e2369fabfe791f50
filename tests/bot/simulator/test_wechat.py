"""The WeChat side: pushes as the platform sends them, replies as it shows them."""

import asyncio
import json
from dataclasses import replace

import pytest
import wechatpy
from aiohttp import web
from wechatpy.crypto import WeChatCrypto

from bot.simulator.bubbles import numbered_options, rich_text
from bot.simulator.cast import XIAOLIN
from bot.simulator.wechat import APOLOGY, WeChatPlatform, to_xml
from bot.simulator.wechat_crypto import BadEnvelope, Envelope
from tests.support.simulated import ACCOUNT, Demo, FakeBot, demo

LIN = XIAOLIN.account


async def test_a_typed_text_is_pushed_encrypted_and_the_passive_reply_is_shown(
    demo: Demo,
) -> None:
    said = await demo.say(LIN, "我们想搞个高新 <b>&")

    assert demo.bot.pushes[0]["Content"] == "我们想搞个高新 <b>&"
    assert demo.bot.pushes[0]["MsgId"] == said["message_id"]
    assert said["reply"] == "收到：我们想搞个高新 <b>&"
    assert demo.texts(LIN) == [
        (LIN, "我们想搞个高新 <b>&"),
        ("bot", "收到：我们想搞个高新 <b>&"),
    ]


async def test_the_url_is_verified_with_an_echo(demo: Demo) -> None:
    assert await demo.simulator.wechat.verify_url()


async def test_success_means_that_nothing_is_shown(demo: Demo) -> None:
    demo.bot.answer = lambda _: None

    assert (await demo.say(LIN, "在吗"))["reply"] is None
    assert demo.texts(LIN) == [(LIN, "在吗")]


async def test_a_bot_that_fails_twice_is_asked_a_third_time(demo: Demo) -> None:
    answers = iter([500, 502, 200])
    demo.bot.raw_answer = lambda: web.Response(status=next(answers), text="success")

    await demo.say(LIN, "在吗")

    assert [push["MsgId"] for push in demo.bot.pushes] == [demo.bot.pushes[0]["MsgId"]] * 3
    assert demo.texts(LIN) == [(LIN, "在吗")]


async def test_a_bot_that_does_not_answer_in_time_is_given_up_after_three_tries() -> None:
    async def stall(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    class Stalled(FakeBot):
        def routes(self) -> list[web.RouteDef]:
            return [web.post("/wechat", stall)]

    async with demo(Stalled(), answer_within=0.05) as running:
        await running.say(LIN, "在吗")

        assert running.texts(LIN)[-1] == ("system", APOLOGY)


@pytest.mark.parametrize("body", ["oops", "<xml><MsgType>text</MsgType></xml>", "{}"])
async def test_an_answer_that_is_not_encrypted_is_an_apology(demo: Demo, body: str) -> None:
    demo.bot.raw_answer = lambda: web.Response(text=body)

    await demo.say(LIN, "在吗")

    assert demo.texts(LIN)[-1] == ("system", APOLOGY)


async def test_the_same_message_id_is_one_bubble_and_one_reply(demo: Demo) -> None:
    for _ in range(3):
        await demo.say(LIN, "确认", message_id="confirm-1")

    assert len({push["MsgId"] for push in demo.bot.pushes}) == 1
    assert len(demo.bot.pushes) == 3
    assert demo.texts(LIN) == [(LIN, "确认"), ("bot", "收到：确认")]


async def test_a_second_and_different_reply_would_be_seen(demo: Demo) -> None:
    count = iter(range(9))
    demo.bot.answer = lambda _: f"第 {next(count)} 次"

    await demo.say(LIN, "确认", message_id="7")
    await demo.say(LIN, "确认", message_id="7")

    assert [text for _, text in demo.texts(LIN)] == ["确认", "第 0 次", "第 1 次"]


async def test_trouble_delivers_twice_at_the_same_moment(demo: Demo) -> None:
    await demo.post("trouble", twice=True)

    await demo.say(LIN, "确认")

    assert len(demo.bot.pushes) == 2
    assert demo.texts(LIN) == [(LIN, "确认"), ("bot", "收到：确认")]


async def test_trouble_delivers_late_and_out_of_order(demo: Demo) -> None:
    await demo.post("trouble", late_s=0.05)
    assert (await demo.say(LIN, "先说的"))["reply"] is None
    await demo.post("trouble", late_s=0)
    await demo.say(LIN, "后说的")

    await demo.until(lambda: len(demo.texts(LIN)) == 4)

    assert [push["Content"] for push in demo.bot.pushes] == ["后说的", "先说的"]


@pytest.mark.parametrize(
    ("event", "details", "seen"),
    [
        ("subscribe", {}, {"MsgType": "event", "Event": "subscribe"}),
        ("subscribe", {"scene": "lead7"}, {"EventKey": "qrscene_lead7"}),
        ("scan", {"scene": "lead7"}, {"Event": "SCAN", "EventKey": "lead7"}),
        ("click", {"key": "MY_DEMANDS"}, {"Event": "CLICK", "EventKey": "MY_DEMANDS"}),
        ("unsubscribe", {}, {"Event": "unsubscribe"}),
        ("location", {"label": "柳东新区"}, {"MsgType": "location", "Label": "柳东新区"}),
        ("voice", {}, {"MsgType": "voice", "Format": "amr"}),
        ("voice", {"text": "三万来块"}, {"Recognition": "三万来块"}),
        ("image", {}, {"MsgType": "image"}),
    ],
)
async def test_events_are_pushed_as_the_platform_words_them(
    demo: Demo, event: str, details: dict[str, object], seen: dict[str, str]
) -> None:
    demo.bot.answer = lambda _: None

    await demo.post("event", account=LIN, event=event, **details)

    assert demo.bot.pushes[0] | seen == demo.bot.pushes[0]


async def test_a_tap_on_a_menu_message_is_a_text_that_names_its_option(demo: Demo) -> None:
    await demo.say(LIN, "确认", menu_id="confirm:D1024")

    assert demo.bot.pushes[0]["bizmsgmenuid"] == "confirm:D1024"


async def test_whoever_left_cannot_write(demo: Demo) -> None:
    demo.bot.answer = lambda _: None
    await demo.post("event", account=LIN, event="unsubscribe")

    assert await demo.refused("say", account=LIN, text="在吗") == 400


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
@pytest.mark.parametrize("form", ["xml", "json"])
async def test_every_mode_and_format_is_signed_and_readable(
    demo: Demo, mode: str, form: str
) -> None:
    account = replace(ACCOUNT, mode=mode, format=form)
    platform = WeChatPlatform(
        callback_url="", base_url="", account=account, world=demo.simulator.world
    )

    query, body = platform.envelop({"FromUserName": LIN, "ToUserName": "gh", "Content": "你好"})

    assert ("你好" in body) is (mode != "safe")
    if mode != "plain":
        crypto = WeChatCrypto(ACCOUNT.token, ACCOUNT.encoding_aes_key, ACCOUNT.app_id)
        sealed = json.loads(body) if form == "json" else body
        inside = crypto.decrypt_message(
            sealed, query["msg_signature"], query["timestamp"], query["nonce"]
        )
        assert "你好" in inside


def test_xml_survives_what_people_type() -> None:
    message = wechatpy.parse_message(to_xml({"MsgType": "text", "Content": "a]]>b\x0b<c>&"}))

    assert message.content == "a]]>b<c>&"


def test_a_text_sealed_for_another_account_is_not_opened() -> None:
    ours = Envelope(token="t", encoding_aes_key=ACCOUNT.encoding_aes_key, app_id="wx1")
    theirs = Envelope(token="t", encoding_aes_key=ACCOUNT.encoding_aes_key, app_id="wx2")

    assert ours.open(ours.seal("三万二" * 50)) == "三万二" * 50
    with pytest.raises(BadEnvelope):
        ours.open(theirs.seal("三万二"))
    with pytest.raises(BadEnvelope):
        ours.open("not base64")


def test_tappable_answers_in_a_text_become_options() -> None:
    bubble = rich_text(
        '发布吗？<a href="weixin://bizmsgmenu?msgmenucontent=%E7%A1%AE%E8%AE%A4&amp;msgmenuid=c1">'
        '确认</a> 或看<a href="https://example.org/d/1">详情</a>'
    )

    assert bubble.text == "发布吗？确认 或看详情 https://example.org/d/1"
    assert [(o.label, o.say, o.menu_id) for o in bubble.options] == [("确认", "确认", "c1")]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("预算写 3 万，对吗？1 发布 2 改", [("发布", "1"), ("改", "2")]),
        (
            "好：\n1. 认定申报（今年报）\n2. 先进培育库",
            [("认定申报（今年报）", "1"), ("先进培育库", "2")],
        ),
        ("1 提交　2 改价　3 手滑了", [("提交", "1"), ("改价", "2"), ("手滑了", "3")]),
        ("还剩 1 天，先处理哪件？", []),
        ("D1024 ¥32,000 15 个工作日", []),
        ("名次 2/2，收到 2 份报价", []),
        ("收到 1 份报价。1 看 2 等", [("看", "1"), ("等", "2")]),
        ("收到 1 份报价，还有 2 天截标。", []),
        ("1 好，发布　2 改", [("好", "1"), ("改", "2")]),
        ("1 天内回话，2 天后截标", []),
        (
            "早。2 件：\n1 对账差 ¥0.30（昨晚 3 笔）\n2 D1019 还剩 4 小时\n回数字处理。",
            [("对账差 ¥0.30（昨晚 3 笔）", "1"), ("D1019 还剩 4 小时", "2")],
        ),
        ("１）发布 ２）改", [("发布", "1"), ("改", "2")]),
    ],
)
def test_numbered_choices_in_a_text_can_be_tapped(
    text: str, options: list[tuple[str, str]]
) -> None:
    assert [(o.label, o.say) for o in numbered_options(text)] == options
