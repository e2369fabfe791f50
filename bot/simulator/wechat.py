"""Plays the Official Account platform towards the bot: pushes, retries, passive replies."""

import asyncio
import hashlib
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

import aiohttp

from bot.simulator.bubbles import Bubble, numbered_options, rich_text
from bot.simulator.wechat_crypto import BadEnvelope, Envelope, sign
from bot.simulator.windows import Scene
from bot.simulator.world import BOT, Blob, Seat, World

log = logging.getLogger(__name__)

APOLOGY = "该服务号暂时无法提供服务，请稍后再试"
_TRIES = 3

Fields = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class WeChatAccount:
    """What the operator would copy from the platform's console."""

    app_id: str
    app_secret: str
    token: str
    encoding_aes_key: str
    original_id: str = "gh_5e6f0a1b2c3d"
    mode: str = "safe"  # safe, compat, plain
    format: str = "xml"  # xml, json


class BadReply(ValueError):
    """The bot answered a push with something the platform cannot show."""


class WeChatPlatform:
    def __init__(
        self,
        *,
        callback_url: str,
        base_url: str,
        account: WeChatAccount,
        world: World,
        answer_within: float = 5.0,
    ) -> None:
        self.account = account
        self._callback_url = callback_url
        self._base_url = base_url
        self._world = world
        self._answer_within = answer_within
        self._envelope = Envelope(
            token=account.token,
            encoding_aes_key=account.encoding_aes_key,
            app_id=account.app_id,
        )
        self._session: aiohttp.ClientSession | None = None
        self._late: set[asyncio.Task[str | None]] = set()
        self._shown: dict[str, str] = {}  # message id → the reply people saw for it
        # Ids must not repeat when the demo is started again on the same database.
        self._next_id = secrets.randbits(61) | 1 << 61

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()

    async def stop(self) -> None:
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)
        if self._session:
            await self._session.close()
            self._session = None

    def new_id(self) -> str:
        self._next_id += 1
        return str(self._next_id)

    # -- what followers do -----------------------------------------------------------------

    async def say(
        self, seat: Seat, text: str, *, message_id: str, menu_id: str | None = None
    ) -> str | None:
        """Push a typed text, or the tap on an option of a menu message; returns the reply."""
        fields: Fields = {"MsgType": "text", "Content": text}
        if menu_id is not None:
            fields["bizmsgmenuid"] = menu_id
        # A tapped option counts as a menu, not as a message: it opens the short window only.
        scene = Scene.MESSAGE if menu_id is None else Scene.TAP
        return await self._message(seat, fields, message_id, scene)

    async def send_blob(
        self, seat: Seat, blob: Blob, *, message_id: str, heard: str | None = None
    ) -> str | None:
        """Push a picture, a recording or a file; `heard` is what speech recognition made of it."""
        fields: Fields
        match blob.kind:
            case "image":
                url = self._base_url + blob.path
                fields = {"MsgType": "image", "PicUrl": url, "MediaId": blob.id}
            case "voice":
                fields = {"MsgType": "voice", "MediaId": blob.id, "Format": "amr"}
                if heard is not None:
                    fields["Recognition"] = heard
            case "video":
                fields = {"MsgType": "video", "MediaId": blob.id, "ThumbMediaId": blob.id}
            case _:
                # Official Accounts are told of a file but given no way to fetch it.
                fields = {
                    "MsgType": "file",
                    "Title": blob.name,
                    "Description": "",
                    "FileKey": blob.id,
                    "FileMd5": hashlib.md5(blob.content, usedforsecurity=False).hexdigest(),
                    "FileTotalLen": len(blob.content),
                }
        return await self._message(seat, fields, message_id, Scene.MESSAGE)

    async def send_location(
        self, seat: Seat, *, latitude: float, longitude: float, label: str, message_id: str
    ) -> str | None:
        fields: Fields = {
            "MsgType": "location",
            "Location_X": f"{latitude:.6f}",
            "Location_Y": f"{longitude:.6f}",
            "Scale": 16,
            "Label": label,
        }
        return await self._message(seat, fields, message_id, Scene.MESSAGE)

    async def subscribe(self, seat: Seat, scene: str = "") -> str | None:
        self._world.following.add(seat.actor.account)
        fields: Fields = {"Event": "subscribe"}
        if scene:
            fields |= {"EventKey": f"qrscene_{scene}", "Ticket": f"gQ{self.new_id()}"}
        return await self._event(seat, fields, Scene.TAP)

    async def unsubscribe(self, seat: Seat) -> None:
        self._world.following.discard(seat.actor.account)
        self._world.windows[seat.actor.account].close()
        await self._event(seat, {"Event": "unsubscribe"}, None)

    async def scan(self, seat: Seat, scene: str) -> str | None:
        if seat.actor.account not in self._world.following:
            return await self.subscribe(seat, scene)
        ticket = f"gQ{self.new_id()}"
        fields: Fields = {"Event": "SCAN", "EventKey": scene, "Ticket": ticket}
        return await self._event(seat, fields, Scene.TAP)

    async def click(self, seat: Seat, key: str) -> str | None:
        return await self._event(seat, {"Event": "CLICK", "EventKey": key}, Scene.TAP)

    async def _message(
        self, seat: Seat, fields: Fields, message_id: str, scene: Scene
    ) -> str | None:
        return await self._hand_over(
            seat, fields | {"MsgId": int(message_id)}, scene, key=message_id
        )

    async def _event(self, seat: Seat, fields: Fields, scene: Scene | None) -> str | None:
        event: Fields = {"MsgType": "event"}
        return await self._hand_over(seat, event | fields, scene, key=f"event-{self.new_id()}")

    # -- delivering ------------------------------------------------------------------------

    async def _hand_over(
        self, seat: Seat, fields: Fields, scene: Scene | None, *, key: str
    ) -> str | None:
        """Deliver as today's troubles have it; the reply is None when it comes later."""
        now = self._world.clock.now()
        if scene:
            self._world.windows[seat.actor.account].grant(scene, now)
            self._world.tell_state()
        push: Fields = {
            "ToUserName": self.account.original_id,
            "FromUserName": seat.actor.account,
            "CreateTime": int(now.timestamp()),
        }
        push |= fields
        late_s = self._world.troubles.late_s
        if not late_s:
            return await self._deliver(seat, push, key)
        task = asyncio.create_task(self._deliver_late(seat, push, key, late_s))
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return None

    async def _deliver_late(self, seat: Seat, push: Fields, key: str, late_s: float) -> str | None:
        await asyncio.sleep(late_s)
        return await self._deliver(seat, push, key)

    async def _deliver(self, seat: Seat, push: Fields, key: str) -> str | None:
        copies = 2 if self._world.troubles.twice else 1
        answers = await asyncio.gather(
            *(self._push_and_read(push) for _ in range(copies)), return_exceptions=True
        )
        replies: list[str] = []
        for answer in answers:
            if isinstance(answer, BadReply | aiohttp.ClientError | TimeoutError):
                log.warning("the bot did not answer a push properly: %s", answer)
                self._world.note(seat.chat, APOLOGY)
            elif isinstance(answer, BaseException):
                raise answer
            elif answer is not None:
                self._show(seat, answer, key)
                replies.append(answer.text)
        return replies[0] if replies else None

    async def _push_and_read(self, push: Fields) -> "PassiveReply | None":
        return self.read_reply(await self._push(push), to=str(push["FromUserName"]))

    async def _push(self, push: Fields) -> str:
        """Post until an answer comes in time, three tries in all, each signed anew."""
        assert self._session is not None, "start() comes first"
        failure: Exception = TimeoutError("never tried")
        for _ in range(_TRIES):
            query, body = self.envelop(push)
            try:
                async with (
                    asyncio.timeout(self._answer_within),
                    self._session.post(
                        self._callback_url,
                        params=query,
                        data=body.encode(),
                        headers={"Content-Type": self._content_type},
                    ) as response,
                ):
                    response.raise_for_status()
                    return await response.text()
            except (aiohttp.ClientError, TimeoutError) as error:
                failure = error
        raise failure

    @property
    def _content_type(self) -> str:
        return "application/json" if self.account.format == "json" else "text/xml"

    def envelop(self, push: Fields) -> tuple[dict[str, str], str]:
        """Return query and body of a push in the account's mode and format."""
        timestamp, nonce = str(int(self._world.clock.now().timestamp())), secrets.token_hex(5)
        query = {
            "signature": sign(self.account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "openid": str(push["FromUserName"]),
        }
        if self.account.mode == "plain":
            return query, self._render(push)
        sealed = self._envelope.seal(self._render(push))
        query |= {
            "encrypt_type": "aes",
            "msg_signature": self._envelope.sign(timestamp=timestamp, nonce=nonce, sealed=sealed),
        }
        outside: Fields = {"ToUserName": push["ToUserName"], "Encrypt": sealed}
        return query, self._render(push | outside if self.account.mode == "compat" else outside)

    def _render(self, fields: Mapping[str, str | int]) -> str:
        if self.account.format == "json":
            return json.dumps(fields, ensure_ascii=False)
        return to_xml(fields)

    async def verify_url(self) -> bool:
        """Ask for the echo as the console does when an operator saves the callback URL."""
        assert self._session is not None, "start() comes first"
        timestamp, nonce = str(int(self._world.clock.now().timestamp())), secrets.token_hex(5)
        echo = str(secrets.randbits(62))
        query = {
            "signature": sign(self.account.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "echostr": echo,
        }
        async with self._session.get(self._callback_url, params=query) as response:
            return response.status == 200 and await response.text() == echo

    # -- passive replies -------------------------------------------------------------------

    def read_reply(self, body: str, *, to: str) -> "PassiveReply | None":
        """Return what the bot answered, None for "success" and silence; raises BadReply."""
        if body.strip() in ("", "success"):
            return None
        fields = self._open_reply(body)
        if fields.get("ToUserName") != to or fields.get("FromUserName") != self.account.original_id:
            raise BadReply("sender and receiver are not those of the push, turned round")
        match fields.get("MsgType"):
            case "text" if fields.get("Content"):
                return PassiveReply("text", fields["Content"])
            case "image" if self._world.blob(fields.get("MediaId", "")):
                return PassiveReply("image", "", fields["MediaId"])
            case "news":
                title, link = fields.get("Title", ""), fields.get("Url", "")
                return PassiveReply("news", "\n".join(filter(None, (title, link))))
            case "transfer_customer_service":
                return None
        raise BadReply(f"cannot show a passive {fields.get('MsgType')!r}")

    def _open_reply(self, body: str) -> dict[str, str]:
        fields = parse(body)
        if self.account.mode == "plain":
            return fields
        sealed = fields.get("Encrypt", "")
        if not self._envelope.signature_is_good(
            fields.get("MsgSignature", ""),
            timestamp=fields.get("TimeStamp", ""),
            nonce=fields.get("Nonce", ""),
            sealed=sealed,
        ):
            raise BadReply("MsgSignature does not fit")
        try:
            return parse(self._envelope.open(sealed))
        except BadEnvelope as error:
            raise BadReply(str(error)) from error

    def _show(self, seat: Seat, reply: "PassiveReply", key: str) -> None:
        """Show a reply once per message; a second, different one is shown: people would see it."""
        if self._shown.get(key) == reply.fingerprint:
            return
        self._shown[key] = reply.fingerprint
        bubble = rich_text(reply.text) if reply.kind == "text" else Bubble(reply.text)
        blob = self._world.blob(reply.media_id)
        self._world.add(
            seat.chat,
            BOT,
            bubble.text,
            kind=reply.kind,
            options=bubble.options or numbered_options(bubble.text),
            media=(blob,) if blob else (),
            platform_id=f"reply-{key}",
        )


@dataclass(frozen=True, slots=True)
class PassiveReply:
    kind: str
    text: str
    media_id: str = ""

    @property
    def fingerprint(self) -> str:
        return f"{self.kind}:{self.text}{self.media_id}"


def to_xml(fields: Mapping[str, str | int]) -> str:
    """Render a flat push the way the platform writes it: CDATA for texts, bare numbers."""
    rows = "".join(
        f"<{name}>{value}</{name}>\n"
        if isinstance(value, int)
        else f"<{name}><![CDATA[{_cdata(value)}]]></{name}>\n"
        for name, value in fields.items()
    )
    return f"<xml>{rows}</xml>"


def _cdata(text: str) -> str:
    # XML 1.0 has no way to write most control characters; the platform drops them.
    legal = "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
    return legal.replace("]]>", "]]]]><![CDATA[>")


def parse(body: str) -> dict[str, str]:
    """Read an XML or JSON reply into flat fields, the inner ones of a picture or link included."""
    try:
        if body.lstrip().startswith("{"):
            return {name: str(value) for name, value in json.loads(body).items()}
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError) as error:
        raise BadReply(f"neither XML nor JSON: {error}") from error
    return {node.tag: node.text or "" for node in root.iter() if len(node) == 0}
