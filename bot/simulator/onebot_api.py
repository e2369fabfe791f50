"""Answers the bot's OneBot v11 API calls: sending, taking back, and asking who is who."""

import asyncio
import base64
import binascii
import json
import mimetypes
import re
import secrets
from collections.abc import Awaitable, Callable
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiohttp

from bot.simulator.bubbles import numbered_options
from bot.simulator.cast import BOT_NAME, Actor, Group
from bot.simulator.world import BOT, Blob, Entry, World

_LARGEST_MEDIA_BYTES = 20 << 20
_MEDIA_KINDS = {"image": "image", "record": "voice", "video": "video", "file": "file"}
_CQ = re.compile(r"\[CQ:([A-Za-z0-9._-]+)((?:,[^,\[\]]+?=[^,\[\]]*)*)\]")

Json = dict[str, object]


class Failed(Exception):
    """An action that did not work, with the code the implementation answers."""

    def __init__(self, retcode: int, wording: str) -> None:
        super().__init__(wording)
        self.retcode = retcode
        self.wording = wording


class OneBotApi:
    def __init__(self, world: World, *, self_id: str, base_url: str) -> None:
        self._world = world
        self._self_id = self_id
        self._base_url = base_url
        self._session: aiohttp.ClientSession | None = None
        self._notices: list[Json] = []
        self._actions: dict[str, Callable[[Json], Awaitable[object]]] = {
            "send_private_msg": self._send_private_msg,
            "send_group_msg": self._send_group_msg,
            "send_msg": self._send_msg,
            "delete_msg": self._delete_msg,
            "get_msg": self._get_msg,
            "get_login_info": self._get_login_info,
            "get_status": self._get_status,
            "get_version_info": self._get_version_info,
            "get_friend_list": self._get_friend_list,
            "get_group_list": self._get_group_list,
            "get_group_info": self._get_group_info,
            "get_group_member_list": self._get_group_member_list,
            "get_group_member_info": self._get_group_member_info,
            "get_file": self._get_file,
            "get_image": self._get_file,
        }

    async def close(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def answer(self, data: str) -> tuple[Json, list[Json]]:
        """Run one call; returns its answer and the notices that follow from it."""
        try:
            call = json.loads(data)
            action, params = str(call["action"]), dict(call.get("params") or {})
        except (ValueError, KeyError, TypeError, AttributeError):
            return _failed(1400, "请求格式不对", None), []
        echo = call.get("echo")
        try:
            if self._world.troubles.busy:
                raise Failed(1200, "网络繁忙，请稍后再试")
            # Implementations take the variants that do not wait or go slowly under the same name.
            handler = self._actions.get(action.removesuffix("_async"))
            if handler is None:
                raise Failed(1404, f"不支持的 API：{action}")
            result = await handler(params)
        except Failed as failure:
            return _failed(failure.retcode, failure.wording, echo), []
        notices, self._notices = self._notices, []
        answer: Json = {"status": "ok", "retcode": 0, "data": result, "message": "", "wording": ""}
        return answer | {"echo": echo}, notices

    # -- sending ---------------------------------------------------------------------------

    async def _send_private_msg(self, params: Json) -> Json:
        account = _id(params, "user_id")
        if account not in self._world.cast or account in self._world.windows:
            raise Failed(1200, "对方不是好友")
        return await self._post(account, params)

    async def _send_group_msg(self, params: Json) -> Json:
        return await self._post(f"group:{self._group(params).id}", params)

    async def _send_msg(self, params: Json) -> Json:
        if params.get("message_type") == "group" or "group_id" in params:
            return await self._send_group_msg(params)
        return await self._send_private_msg(params)

    async def _post(self, chat: str, params: Json) -> Json:
        segments = _segments(params.get("message"), plain=params.get("auto_escape") is True)
        text, quote, media = "", "", []
        for kind, data in segments:
            match kind:
                case "text":
                    text += str(data.get("text", ""))
                case "at":
                    who = str(data.get("qq", ""))
                    text += f"@{'全体成员' if who == 'all' else self._world.name_of(who)}"
                case "reply":
                    quoted = self._world.find(str(data.get("id", "")), chat)
                    quote = quoted.text if quoted else ""
                case _ if kind in _MEDIA_KINDS:
                    media.append(await self._fetch(_MEDIA_KINDS[kind], data))
                case _:
                    raise Failed(1400, f"不支持的消息段：{kind}")
        if not text.strip() and not media:
            raise Failed(1200, "消息体无法解析，请检查是否发送了不支持的消息类型")
        message_id = str(secrets.randbelow(2**31 - 1) + 1)
        self._world.add(
            chat,
            BOT,
            text,
            kind="text" if text else media[0].kind,
            options=numbered_options(text),
            media=tuple(media),
            platform_id=message_id,
            quote=quote,
        )
        return {"message_id": int(message_id)}

    async def _fetch(self, kind: str, data: Json) -> Blob:
        """Take over a picture or file given as base64, file: or http: URL, or one we know."""
        source = str(data.get("file", ""))
        scheme = source.partition("://")[0]
        name = str(data.get("name") or Path(urlsplit(source).path).name or kind)
        try:
            if scheme == "base64":
                name = str(data.get("name") or kind)
                content = base64.b64decode(source.removeprefix("base64://"), validate=True)
            elif scheme == "file":
                path = Path(unquote(urlsplit(source).path))
                content = await asyncio.to_thread(path.read_bytes)
            elif scheme in ("http", "https"):
                content = await self._download(source)
            elif known := self._world.blob(source):
                return known
            else:
                raise Failed(1200, f"识别不了的文件：{source[:40]}")
        except (OSError, binascii.Error, aiohttp.ClientError) as error:
            raise Failed(1200, f"取不到文件：{error}") from error
        if len(content) > _LARGEST_MEDIA_BYTES:
            raise Failed(1200, "文件太大")
        return self._world.keep(kind, name, _content_type(name, content), content)

    async def _download(self, url: str) -> bytes:
        self._session = self._session or aiohttp.ClientSession()
        timeout = aiohttp.ClientTimeout(total=10)
        async with self._session.get(url, timeout=timeout) as response:
            response.raise_for_status()
            return await response.content.read(_LARGEST_MEDIA_BYTES + 1)

    async def _delete_msg(self, params: Json) -> None:
        entry = self._entry(params)
        if entry.kind == "recalled":
            raise Failed(1200, "消息已经撤回")
        # The bot is an administrator of its groups; in private it may take back only its own.
        if entry.sender != BOT and not entry.chat.startswith("group:"):
            raise Failed(1200, "没有权限撤回")
        gone = self._world.recall(entry)
        if gone.chat.startswith("group:") and gone.sender in self._world.cast:
            self._notices.append(
                {
                    "post_type": "notice",
                    "notice_type": "group_recall",
                    "group_id": int(gone.chat.removeprefix("group:")),
                    "user_id": int(gone.sender),
                    "operator_id": int(self._self_id),
                    "message_id": int(gone.platform_id),
                }
            )

    # -- asking ----------------------------------------------------------------------------

    async def _get_msg(self, params: Json) -> Json:
        entry = self._entry(params)
        sender = self._self_id if entry.sender == BOT else entry.sender
        return {
            "time": int(entry.at.timestamp()),
            "message_type": "group" if entry.chat.startswith("group:") else "private",
            "message_id": int(entry.platform_id),
            "real_id": entry.id,
            "sender": {"user_id": int(sender), "nickname": entry.name},
            "message": [{"type": "text", "data": {"text": entry.text}}],
        }

    async def _get_login_info(self, _: Json) -> Json:
        return {"user_id": int(self._self_id), "nickname": BOT_NAME}

    async def _get_status(self, _: Json) -> Json:
        return {"online": True, "good": True}

    async def _get_version_info(self, _: Json) -> Json:
        version = {"app_name": "kebao-simulator", "app_version": "1", "protocol_version": "v11"}
        return dict(version)

    async def _get_friend_list(self, _: Json) -> list[Json]:
        return [
            {"user_id": int(actor.account), "nickname": actor.name, "remark": ""}
            for actor in self._world.cast.values()
            if actor.account not in self._world.windows
        ]

    async def _get_group_list(self, _: Json) -> list[Json]:
        return [_group_info(group) for group in self._world.groups.values()]

    async def _get_group_info(self, params: Json) -> Json:
        return _group_info(self._group(params))

    async def _get_group_member_list(self, params: Json) -> list[Json]:
        group = self._group(params)
        people = [_member(group, self._world.cast[account]) for account in group.members]
        return [self._self_member(group), *people]

    async def _get_group_member_info(self, params: Json) -> Json:
        group, account = self._group(params), _id(params, "user_id")
        if account == self._self_id:
            return self._self_member(group)
        if account not in group.members:
            raise Failed(1200, "群成员不存在")
        return _member(group, self._world.cast[account])

    def _self_member(self, group: Group) -> Json:
        return {
            "group_id": int(group.id),
            "user_id": int(self._self_id),
            "nickname": BOT_NAME,
            "card": BOT_NAME,
            "role": "admin",
        }

    async def _get_file(self, params: Json) -> Json:
        blob = self._world.blob(str(params.get("file_id") or params.get("file") or ""))
        if blob is None:
            raise Failed(1200, "文件不存在或已过期")
        return {
            "file": blob.name,
            "file_name": blob.name,
            "file_size": str(len(blob.content)),
            "url": self._base_url + blob.path,
        }

    def _group(self, params: Json) -> Group:
        try:
            return self._world.groups[_id(params, "group_id")]
        except KeyError:
            raise Failed(1200, "群不存在，或已不在群里") from None

    def _entry(self, params: Json) -> Entry:
        entry = self._world.find(_id(params, "message_id"))
        if entry is None or entry.chat in self._world.windows:
            raise Failed(1200, "消息不存在")
        return entry


def _group_info(group: Group) -> Json:
    return {
        "group_id": int(group.id),
        "group_name": group.name,
        "member_count": len(group.members) + 1,
        "max_member_count": 200,
    }


def _member(group: Group, actor: Actor) -> Json:
    return {
        "group_id": int(group.id),
        "user_id": int(actor.account),
        "nickname": actor.name,
        "card": actor.card,
        "role": "member",
    }


def _id(params: Json, name: str) -> str:
    """Ids may come as number or string; everybody sends what they like."""
    value = params.get(name)
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdigit():
        raise Failed(1400, f"参数 {name} 不对")
    return str(int(value))


def _segments(message: object, *, plain: bool) -> list[tuple[str, Json]]:
    """Read a message given as segments, as one segment, or as a CQ-code string."""
    if isinstance(message, str):
        return [("text", {"text": message})] if plain else _read_cq(message)
    items = [message] if isinstance(message, dict) else message
    if not isinstance(items, list):
        raise Failed(1400, "参数 message 不对")
    segments: list[tuple[str, Json]] = []
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("data"), dict):
            raise Failed(1400, "消息段不对")
        segments.append((str(item.get("type")), item["data"]))
    return segments


def _read_cq(message: str) -> list[tuple[str, Json]]:
    segments: list[tuple[str, Json]] = []
    end = 0
    for match in _CQ.finditer(message):
        if match.start() > end:
            segments.append(("text", {"text": unescape(message[end : match.start()])}))
        pairs = (pair.partition("=") for pair in match[2].split(",")[1:])
        segments.append((match[1], {name: unescape(value) for name, _, value in pairs}))
        end = match.end()
    if end < len(message):
        segments.append(("text", {"text": unescape(message[end:])}))
    return segments


def _content_type(name: str, content: bytes) -> str:
    if content.startswith(b"\x89PNG"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _failed(retcode: int, wording: str, echo: object) -> Json:
    return {
        "status": "failed",
        "retcode": retcode,
        "data": None,
        "message": wording,
        "wording": wording,
        "echo": echo,
    }
