"""Whatever comes in over the wire: a clear answer, and the next conversation works as ever."""

import asyncio
import io
import json
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.simulator.cast import BOT_ACCOUNT, CHENGONG, PROVIDER_GROUP, XIAOLIN
from bot.simulator.wechat import Fields, to_xml
from bot.simulator.wechat_crypto import Envelope, sign
from tests.support.installation import ACCOUNT, ONEBOT_TOKEN, Process, installed
from tests.support.onebot import group, private, segment
from tests.support.stage import Stage

MIB = 1 << 20
LAUGHS = (
    '<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">'
    "]><xml><MsgType>text</MsgType><Content>&c;</Content></xml>"
)
THIEF = (
    '<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    "<xml><MsgType>text</MsgType><Content>&f;</Content></xml>"
)
WRONG: tuple[object, ...] = (None, True, -1, 2**70, 1.5, "", "x", "９", [], {}, [[]], {"a": 1})


@dataclass
class Attacked:
    """One process, and a way to see that it still serves people."""

    process: Process
    stage: Stage
    asked: int = 0

    async def still_serves(self, after: object) -> None:
        self.asked += 1
        buyer, provider = self.stage.person(XIAOLIN), self.stage.person(CHENGONG)
        assert await buyer.says("帮助"), f"no help on WeChat after {after!r}"
        provider.ignores_the_rest()
        await provider.says("帮助")
        assert await provider.sees("回"), f"no help on QQ after {after!r}"
        assert self.process.is_alive


@pytest.fixture
async def attacked(tmp_path: Path, stage: Stage) -> AsyncIterator[Attacked]:
    async with installed(tmp_path, f"sqlite:///{tmp_path / 'kebao.db'}", stage.url) as installation:
        process = await installation.start()
        await stage.connect(process)
        yield Attacked(process, stage)
        await process.stop()  # without one error in its log: nothing of this was unforeseen


def hello(**fields: str | int) -> Fields:
    return {
        "ToUserName": ACCOUNT.original_id,
        "FromUserName": "oKebSomebodyHostile001",
        "CreateTime": int(datetime.now(UTC).timestamp()),
        "MsgType": "text",
        "Content": "你好",
        "MsgId": secrets.randbits(60),
        **fields,
    }


@dataclass
class Letter:
    """A POST to the callback: sealed and signed like the platform's, unless changed."""

    query: dict[str, str]
    body: bytes

    def without(self, *names: str) -> "Letter":
        return Letter({k: v for k, v in self.query.items() if k not in names}, self.body)

    def with_query(self, **changes: str) -> "Letter":
        return Letter({**self.query, **changes}, self.body)

    def with_body(self, body: bytes) -> "Letter":
        return Letter(self.query, body)


def letter(
    inside: str,
    *,
    ago: timedelta = timedelta(0),
    token: str = ACCOUNT.token,
    key: str = ACCOUNT.encoding_aes_key,
    damage: Callable[[str], str] = lambda sealed: sealed,
) -> Letter:
    """Seal a document; `damage` changes what is sealed before it is signed."""
    envelope = Envelope(token=token, encoding_aes_key=key, app_id=ACCOUNT.app_id)
    timestamp = str(int((datetime.now(UTC) - ago).timestamp()))
    nonce = secrets.token_hex(5)
    sealed = damage(envelope.seal(inside))
    query = {
        "signature": sign(token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "encrypt_type": "aes",
        "msg_signature": envelope.sign(timestamp=timestamp, nonce=nonce, sealed=sealed),
    }
    return Letter(query, to_xml({"ToUserName": "gh_kebao", "Encrypt": sealed}).encode())


def refused_letters() -> dict[str, tuple[Letter, int]]:
    xml = to_xml(hello())
    good = letter(xml)
    other_key = "SomebodyElsesKeySomebodyElsesKeySomebodyEls"
    return {
        "unsigned": (good.without("signature", "msg_signature"), 403),
        "plain half of a safe account": (
            good.without("msg_signature").with_body(xml.encode()),
            403,
        ),
        "wrongly signed": (good.with_query(msg_signature="0" * 40), 403),
        "signed with a strange token": (letter(xml, token="strange"), 403),
        "signature beyond ASCII": (good.with_query(msg_signature="签" * 40), 403),
        "stale": (letter(xml, ago=timedelta(minutes=6)), 403),
        "from the future": (letter(xml, ago=-timedelta(minutes=6)), 403),
        "timestamp of words": (good.with_query(timestamp="soon"), 403),
        "another account's key": (letter(xml, key=other_key), 400),
        "body cut in half": (good.with_body(good.body[: len(good.body) // 2]), 400),
        "sealed text cut": (letter(xml, damage=lambda sealed: sealed[: len(sealed) // 2]), 400),
        "sealed text no base64": (letter(xml, damage=lambda _: "§" * 64), 400),
        "empty": (good.with_body(b""), 400),
        "garbage": (good.with_body(bytes(range(256)) * 8), 400),
        "oversized": (good.with_body(b"<xml>" + b"x" * MIB), 413),
        "entities outside": (good.with_body(LAUGHS.encode()), 400),
        "entities inside": (letter(LAUGHS), 400),
        "a file inside": (letter(THIEF), 400),
        "no XML inside": (letter("报价 1024"), 400),
        "nothing inside": (letter("<xml/>"), 400),
        "nobody inside": (letter(to_xml(hello(FromUserName=""))), 400),
        "deep": (letter("<a>" * 10_000 + "</a>" * 10_000), 400),
    }


async def test_what_the_platform_never_sent_is_refused(attacked: Attacked) -> None:
    for name, (attack, status) in refused_letters().items():
        async with attacked.stage.http.post(
            f"{attacked.process.url}/wechat", params=attack.query, data=io.BytesIO(attack.body)
        ) as response:
            assert (name, response.status, await response.read()) == (name, status, b"")
    await attacked.still_serves("all letters")


async def test_strange_pushes_of_the_platform_itself_are_survived(attacked: Attacked) -> None:
    strange = [hello(**{name: value}) for name in hello() for value in ("", "x", "９", "-1", 2**70)]
    strange += [{k: v for k, v in hello().items() if k != name} for name in hello()]
    strange += [hello(MsgType=kind) for kind in ("hologram", "event", "image", "voice", "location")]
    strange += [
        hello(MsgType="event", Event=name, EventKey=key)
        for name in ("", "TEMPLATESENDJOBFINISH", "SCAN", "CLICK", "VIEW", "made_up")
        for key in ("", "x" * 5_000)
    ]
    strange += [hello(MsgType="location", Location_X=x, Location_Y="109") for x in ("x", "1e999")]
    for push in strange:
        attack = letter(to_xml(push))
        async with attacked.stage.http.post(
            f"{attacked.process.url}/wechat", params=attack.query, data=io.BytesIO(attack.body)
        ) as response:
            assert response.status in {200, 400}, f"{response.status} for {push}"
    nested = "<xml><MsgType><a>text</a></MsgType><FromUserName><b/></FromUserName></xml>"
    for inside in (nested, json.dumps(hello()), "[]", "null", '{"MsgType": ["text"]}'):
        attack = letter(inside)
        async with attacked.stage.http.post(
            f"{attacked.process.url}/wechat", params=attack.query, data=io.BytesIO(attack.body)
        ) as response:
            assert response.status in {200, 400}, f"{response.status} for {inside}"
    await attacked.still_serves("strange pushes")


ODD_WORDS = (
    "　", "😀😀😀", "\u200b\u200b", "\u202e报价\u202c", "?", "…", "0", "-1", "D", "D0",
    "O99999999999", "D-1024", "选Z", "报价 D1024", "付款 O1", "验收 O2048", "确认", "取消",
    "审 D1024 通过", "邀 1 2 3", "]]><MsgType>x</MsgType>", "<a href='weixin://bizmsgmenu'>点</a>",
    "[CQ:at,qq=all]", "'; DROP TABLE", "{{7*7}} ${env}", "绑定 " + "A" * 500,
    "预算" + "9" * 400 + "万", "哈" * 100_000, "1" * 100_000, "报价 1024 " + "三" * 50_000,
    "（" * 30_000, "https://127.0.0.1/" * 200, "a" * 99_999 + "确认",
)  # fmt: skip


async def test_odd_words_get_a_short_answer_in_time(attacked: Attacked) -> None:
    buyer, provider = attacked.stage.person(XIAOLIN), attacked.stage.person(CHENGONG)
    for words in ODD_WORDS:
        async with asyncio.timeout(5):
            reply = await buyer.says(words)
        assert reply, f"silence after {words[:40]!r}"
        assert len(reply.splitlines()) <= 6, f"{reply!r} after {words[:40]!r}"
        provider.ignores_the_rest()
        await provider.says(words)
        if len(words.encode()) * 2 < MIB // 4:
            answer = await provider.sees("", within_s=5)
            assert len(answer.splitlines()) <= 6, f"{answer!r} after {words[:40]!r}"
    for empty in ("", " "):
        await attacked.stage.push(XIAOLIN, {"MsgType": "text", "Content": empty}, said=empty)
        await provider.says(empty)
    await attacked.still_serves("odd words")


async def test_broken_frames_and_odd_fields_leave_the_line_up(attacked: Attacked) -> None:
    broken = [
        "", "{", "[]", "null", "7", "9" * 5_000, "[" * 100_000, '{"post_type": 7}',
        '{"post_type": "message"}', '{"post_type": "wonder"}', '{"echo": "404"}',
        '{"echo": {"seq": 1}, "status": "ok"}', '{"status": "ok", "retcode": 0, "data": null}',
    ]  # fmt: skip
    valid: list[dict[str, object]] = [
        private([segment("text", text="你好")], self_id=int(BOT_ACCOUNT)),
        group(
            [segment("text", text="1024 八千")],
            self_id=int(BOT_ACCOUNT),
            group_id=int(PROVIDER_GROUP.id),
        ),
        {"time": 1, "self_id": int(BOT_ACCOUNT), "post_type": "notice", "user_id": 1,
         "notice_type": "friend_add"},
        {"time": 1, "self_id": int(BOT_ACCOUNT), "post_type": "meta_event",
         "meta_event_type": "lifecycle", "sub_type": "connect"},
    ]  # fmt: skip
    line = attacked.stage.line
    for frame in broken:
        await line.send(frame)
    for event in valid:
        for name in event:
            for value in WRONG:
                await line.send({**event, name: value})
            await line.send({key: one for key, one in event.items() if key != name})
    for kind in ("text", "at", "reply", "image", "file", "location", "json", "wonder"):
        for data in WRONG:
            message = [{"type": kind, "data": data}]
            await line.send(private(message, self_id=int(BOT_ACCOUNT), message_id=hash(str(data))))
    await attacked.still_serves("strange frames")
    assert line.is_open
    assert "ignored a frame" in attacked.process.log


async def test_strangers_at_the_door_learn_nothing(attacked: Attacked) -> None:
    url, http = attacked.process.url, attacked.stage.http
    for method, path in (
        ("GET", "/"), ("GET", "/.env"), ("GET", "/admin"), ("GET", "/sim"), ("POST", "/healthz"),
        ("PUT", "/wechat"), ("DELETE", "/metrics"), ("GET", "/files/%2e%2e%2fkebao.db"),
        ("GET", "/sandbox/pay/" + "x" * 4_000), ("POST", "/sandbox/pay/none"), ("GET", "/qq"),
    ):  # fmt: skip
        async with http.request(method, url + path) as response:
            body = await response.text()
            assert (path, response.status) == (path, 404)
            assert not any(word in body for word in ("aiohttp", "Python", "Traceback", "kebao.db"))
    async with http.post(url + "/sandbox/pay/none", data=io.BytesIO(b"x" * (MIB + 1))) as response:
        assert response.status in {404, 413}

    right = {"Authorization": f"Bearer {ONEBOT_TOKEN}", "X-Self-ID": "10001"}
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Bearer"}, 403),
        ({"Authorization": "Bearer wrong", "X-Self-ID": "10001"}, 403),
        ({**right, "X-Self-ID": "ten"}, 400),
        ({**right, "X-Client-Role": "Emperor"}, 400),
    ):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await http.ws_connect(f"{url}/onebot/v11/ws", headers=headers)
        assert refusal.value.status == status
    assert await _raw(attacked.process, b"\x16\x03\x01 no HTTP at all\r\n\r\n") in {b"400", b""}
    assert await _raw(attacked.process, b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n") == b"400"
    await attacked.still_serves("strangers")


async def _raw(process: Process, request: bytes) -> bytes:
    """The status a raw request gets; nothing if the connection is closed without a word."""
    reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
    writer.write(request)
    async with asyncio.timeout(5):
        first = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return first.split(b" ")[1] if b" " in first else b""
