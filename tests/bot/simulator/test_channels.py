"""The bot's own channels at the other end: two writings of the same protocols that must agree."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from bot.channels import Delivery
from bot.channels.errors import (
    ChannelError,
    OutcomeUnknown,
    PermanentlyRefused,
    Unavailable,
    WindowClosed,
)
from bot.channels.onebot import Connections, OneBotAccount, OneBotChannel, onebot_routes
from bot.channels.wechat.account import WeChatAccount
from bot.channels.wechat.channel import WeChatChannel
from bot.channels.wechat.client import WeChatApi
from bot.channels.wechat.web import wechat_routes
from bot.secrets import Secret
from bot.simulator.cast import BOT_ACCOUNT, CHENGONG, PROVIDER_GROUP, XIAOLIN
from bot.simulator.people import sample_picture
from handlers.message import Choice, Inbound, Kind, Media, Message, Reply
from tests.support.simulated import ACCOUNT, ONEBOT_TOKEN, Demo, FakeBot, HandClock, demo

LIN = XIAOLIN.account
CHEN = CHENGONG.account
GROUP_CHAT = f"group:{PROVIDER_GROUP.id}"
ASK = Message("发布吗？", choices=(Choice("发布", "确认 D1024"), Choice("改", "改 D1024")))


@dataclass
class OwnBot(FakeBot):
    """A bot of the project's own channels around a turn that only answers."""

    clock: HandClock = field(default_factory=HandClock)
    reply: Message | None = None
    turns: list[Inbound] = field(default_factory=list)
    connections: Connections = field(default_factory=Connections)

    async def take_turn(self, inbound: Inbound) -> Reply:
        async with self._news:
            self.turns.append(inbound)
            self._news.notify_all()
        return Reply(self.reply, inbound.sent_at)

    async def turn(self) -> Inbound:
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: bool(self.turns))
        return self.turns[-1]

    def routes(self) -> list[web.RouteDef]:
        onebot = OneBotAccount(Secret(ONEBOT_TOKEN))
        return [
            *wechat_routes(account(), self.take_turn, self.clock.now),
            *onebot_routes(onebot, self.take_turn, self.connections),
        ]


def account(api_base_url: str = "http://127.0.0.1:9") -> WeChatAccount:
    return WeChatAccount(
        app_id=ACCOUNT.app_id,
        app_secret=Secret(ACCOUNT.app_secret),
        token=Secret(ACCOUNT.token),
        encoding_aes_key=Secret(ACCOUNT.encoding_aes_key),
        api_base_url=api_base_url,
    )


@dataclass
class House:
    demo: Demo
    bot: OwnBot
    wechat: WeChatChannel
    onebot: OneBotChannel

    async def refused(self, sending: Awaitable[object]) -> type[ChannelError]:
        with pytest.raises(ChannelError) as caught:
            await sending
        return caught.type


async def _picture(_: Media) -> bytes:
    return sample_picture()


@pytest.fixture(name="house")
async def own_house() -> AsyncIterator[House]:
    bot = OwnBot()
    async with demo(bot) as running, aiohttp.ClientSession() as http:
        api = WeChatApi(account(f"{running.url}/sim/wechat-api"), http, now=running.clock.now)
        wechat = WeChatChannel(api, _picture)
        await running.until(lambda: running.simulator.world.connected)
        yield House(running, bot, wechat, OneBotChannel(bot.connections))
        await bot.connections.close()


async def test_a_passive_reply_is_read_with_its_choices(house: House) -> None:
    house.bot.reply = ASK

    said = await house.demo.say(LIN, "我们想搞个高新 ]]> <b>")

    assert (await house.bot.turn()).text == "我们想搞个高新 ]]> <b>"
    assert said["reply"] == "发布吗？\n1 发布　2 改"
    options = house.demo.simulator.world.transcript(LIN)[-1].options
    assert [(option.label, option.say) for option in options] == [("发布", "1"), ("改", "2")]


async def test_a_tap_on_a_menu_says_what_its_choice_says(house: House) -> None:
    await house.demo.say(LIN, "在吗")
    await house.wechat.send(Delivery("k", ASK, account=LIN))
    option = house.demo.simulator.world.transcript(LIN)[-1].options[1]

    await house.demo.say(LIN, option.say, menu_id=option.menu_id)

    assert option.label == "改"
    assert (await house.bot.turn()).text == "改 D1024"


async def test_pictures_go_out_and_come_in(house: House) -> None:
    await house.demo.post("event", account=LIN, event="image")
    sent = (await house.bot.turn()).media[0]
    assert await house.wechat.fetch_media(sent.ref) == sample_picture()

    picture = Message("比一比", media=(Media("image", "x.png", name="x.png"),))
    await house.wechat.send(Delivery("k", picture, account=LIN))

    *_, text, image = house.demo.simulator.world.transcript(LIN)
    assert text.text == "比一比"
    assert image.media[0].content == sample_picture()


@pytest.mark.parametrize(
    ("event", "details", "kind", "text"),
    [
        ("subscribe", {"scene": "lead7"}, Kind.SUBSCRIBE, ""),
        ("unsubscribe", {}, Kind.UNSUBSCRIBE, ""),
        ("click", {"key": "我的需求"}, Kind.TEXT, "我的需求"),
        ("location", {"label": "柳东新区"}, Kind.LOCATION, "柳东新区"),
        ("voice", {}, Kind.VOICE, ""),
        ("voice", {"text": "三万来块"}, Kind.TEXT, "三万来块"),
    ],
)
async def test_events_are_understood(
    house: House, event: str, details: dict[str, object], kind: Kind, text: str
) -> None:
    await house.demo.post("event", account=LIN, event=event, **details)

    inbound = await house.bot.turn()
    assert (inbound.kind, inbound.text) == (kind, text)


async def test_every_refusal_of_the_platform_is_told_apart(house: House) -> None:
    async def send() -> object:
        return await house.wechat.send(Delivery("k", Message("早"), account=LIN))

    trouble = house.demo.post
    assert await house.refused(send()) is WindowClosed
    await house.demo.say(LIN, "在吗")
    await trouble("trouble", busy=True)
    assert await house.refused(send()) is Unavailable
    await trouble("trouble", busy=False, unreachable=True)
    assert await house.refused(send()) in (OutcomeUnknown, Unavailable)
    await trouble("trouble", unreachable=False, revoke_tokens=True)
    await send()
    await house.demo.post("event", account=LIN, event="unsubscribe")
    assert await house.refused(send()) is PermanentlyRefused


async def test_a_group_is_heard_and_answered(house: House) -> None:
    await house.demo.say(f"{CHEN}@{PROVIDER_GROUP.id}", "@小科 1024 三万二, [官费]包了")

    inbound = await house.bot.turn()
    assert (inbound.account, inbound.room) == (CHEN, PROVIDER_GROUP.id)
    assert (inbound.text, inbound.addressed) == ("1024 三万二, [官费]包了", True)
    assert (inbound.nickname, inbound.via) == ("陈工-桂知源知", BOT_ACCOUNT)
    await house.onebot.send(
        Delivery("k", Message("✔ 收到，私信核对。", mention=CHEN), room=PROVIDER_GROUP.id)
    )
    assert house.demo.texts(GROUP_CHAT)[-1] == ("bot", "@陈工 ✔ 收到，私信核对。")


async def test_quoting_what_the_bot_said_names_its_receipt(house: House) -> None:
    receipt = await house.onebot.send(
        Delivery("k", Message("📣 D1024 高企认定"), room=PROVIDER_GROUP.id)
    )
    card = house.demo.simulator.world.transcript(GROUP_CHAT)[-1]

    await house.demo.say(f"{CHEN}@{PROVIDER_GROUP.id}", "我们做", quote=card.id)

    assert (await house.bot.turn()).quoted_id == receipt.platform_id


async def test_a_private_chat_and_its_file_are_heard(house: House) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("account", CHEN)
    form.add_field("file", b"%PDF-1.7", filename="申报书.pdf", content_type="application/pdf")
    async with house.demo.http.post(f"{house.demo.url}/sim/api/file", data=form) as response:
        assert response.status == 200

    inbound = await house.bot.turn()
    (file,) = inbound.media
    assert (inbound.kind, file.kind, file.name) == (Kind.FILE, "file", "申报书.pdf")
    async with house.demo.http.get(file.ref) as response:
        assert await response.read() == b"%PDF-1.7"


async def test_a_busy_or_absent_platform_does_not_take_messages(house: House) -> None:
    async def send() -> object:
        return await house.onebot.send(Delivery("k", Message("早"), account=CHEN))

    await house.demo.post("trouble", busy=True)
    assert issubclass(await house.refused(send()), ChannelError)
    await house.demo.post("trouble", busy=False, unreachable=True)
    await house.demo.until(lambda: not house.demo.simulator.world.connected)
    assert await house.refused(send()) is Unavailable
    assert house.demo.texts(CHEN) == []
