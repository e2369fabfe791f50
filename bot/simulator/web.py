"""The simulator as one part: the platforms' endpoints, the page that shows the phones, its API."""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import NoReturn, TypeGuard
from urllib.parse import quote

from aiohttp import web

from bot.simulator.cast import CAST, GROUPS, Actor, Group
from bot.simulator.onebot import NotConnected, OneBotPlatform
from bot.simulator.people import NotPossible, People
from bot.simulator.uploads import TooLarge, read_form
from bot.simulator.wechat import WeChatAccount, WeChatPlatform
from bot.simulator.wechat_api import WeChatApi
from bot.simulator.world import Clock, Seat, Troubles, UnknownSeat, World

WECHAT_API_PREFIX = "/sim/wechat-api"

_STATIC = Path(__file__).parent / "static"
_STATIC_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_LARGEST_UPLOAD_BYTES = 10 << 20
_LONGEST_TEXT = 4_000
_STEP = timedelta(minutes=5)
_FURTHEST_ADVANCE_S = 366 * 86_400
_LATEST_S = 600
_STREAM_PULSE_S = 20.0
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
_SAFE_IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp"}

Json = dict[str, object]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def _nothing() -> None: ...


class Simulator:
    """Both platforms, the people on them and the page that shows their phones.

    `base_url` is where this very process listens. Mount `routes()`, call `start()` once the
    loop runs (the OneBot line is dialled until somebody answers) and `stop()` on shutdown,
    before connections are waited for: it ends the page's event streams. When the clock is put
    forward, `on_step` is awaited after every few minutes.
    """

    def __init__(
        self,
        base_url: str,
        clock: Clock,
        wechat: WeChatAccount,
        onebot_token: str,
        cast: Iterable[Actor] = CAST,
        groups: Iterable[Group] = GROUPS,
        *,
        answer_within: float = 5.0,
        on_step: Callable[[], Awaitable[None]] = _nothing,
    ) -> None:
        self._on_step = on_step
        self._stepping = asyncio.Lock()
        base_url = base_url.rstrip("/")
        self.world = World(clock, cast, groups)
        self.wechat = WeChatPlatform(
            callback_url=f"{base_url}/wechat",
            base_url=base_url,
            account=wechat,
            world=self.world,
            answer_within=answer_within,
        )
        self.wechat_api = WeChatApi(wechat, self.world, base_url)
        self.onebot = OneBotPlatform(
            url=f"{base_url.replace('http', 'ws', 1)}/onebot/v11/ws",
            base_url=base_url,
            access_token=onebot_token,
            world=self.world,
        )
        self.people = People(self.world, self.wechat, self.onebot)

    def routes(self) -> list[web.RouteDef]:
        api = {
            ("GET", "/sim/api/accounts"): self._accounts,
            ("GET", "/sim/api/state"): self._state,
            ("GET", "/sim/api/transcript"): self._transcript,
            ("GET", "/sim/api/events"): self._events,
            ("POST", "/sim/api/say"): self._say,
            ("POST", "/sim/api/file"): self._file,
            ("POST", "/sim/api/event"): self._event,
            ("POST", "/sim/api/clock"): self._clock,
            ("POST", "/sim/api/trouble"): self._trouble,
        }
        return [
            web.get("/sim", self._page),
            web.get("/sim/static/{name}", self._static),
            web.get("/sim/files/{id}", self._blob),
            *(
                web.route(method, path, _guarded(handler))
                for (method, path), handler in api.items()
            ),
            *self.wechat_api.routes(WECHAT_API_PREFIX),
        ]

    async def start(self) -> None:
        await self.wechat.start()
        await self.onebot.start()

    async def stop(self) -> None:
        self.world.dismiss()
        await self.onebot.stop()
        await self.wechat.stop()

    # -- the page --------------------------------------------------------------------------

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(_STATIC / "index.html", headers=_PAGE_HEADERS)

    async def _static(self, request: web.Request) -> web.StreamResponse:
        path = _STATIC / request.match_info["name"]
        if path.parent != _STATIC or path.suffix not in _STATIC_TYPES or not path.is_file():
            raise web.HTTPNotFound(text="")
        kind = f"{_STATIC_TYPES[path.suffix]}; charset=utf-8"
        return web.FileResponse(path, headers=_PAGE_HEADERS | {"Content-Type": kind})

    async def _blob(self, request: web.Request) -> web.StreamResponse:
        blob = self.world.blob(request.match_info["id"])
        if blob is None:
            raise web.HTTPNotFound(text="")
        # Only plain pictures are shown in place; anything else people sent is a download.
        safe = blob.content_type in _SAFE_IMAGES
        response = web.Response(
            body=blob.content,
            content_type=blob.content_type if safe else "application/octet-stream",
            headers={"X-Content-Type-Options": "nosniff"},
        )
        if not safe:
            response.headers["Content-Disposition"] = (
                f"attachment; filename*=UTF-8''{quote(blob.name, safe='')}"
            )
        return response

    # -- the API: looking ------------------------------------------------------------------

    async def _accounts(self, _: web.Request) -> web.StreamResponse:
        return _json([_seat_json(seat) for seat in self.world.seats.values()])

    async def _state(self, _: web.Request) -> web.StreamResponse:
        return _json(self.world.state())

    async def _transcript(self, request: web.Request) -> web.StreamResponse:
        seat = self._seat(request.query.get("account"), request.query.get("room"))
        after = request.query.get("after") or "0"
        if not after.isdecimal():
            _refuse("after is the id of the last entry seen")
        entries = self.world.transcript(seat.chat, after=int(after))
        last = entries[-1].id if entries else int(after)
        return _json({"entries": [entry.to_json() for entry in entries], "last": last})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Stream entries and state as they change; the state comes first."""
        stream = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await stream.prepare(request)
        queue = self.world.watch()
        queue.put_nowait(("state", self.world.state()))
        try:
            while True:
                try:
                    news = await asyncio.wait_for(queue.get(), _STREAM_PULSE_S)
                except TimeoutError:
                    await stream.write(b": still here\n\n")
                    continue
                if news is None:
                    return stream
                event, data = news
                line = f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
                await stream.write(line.encode())
        except ConnectionError:
            return stream
        finally:
            self.world.unwatch(queue)

    # -- the API: doing --------------------------------------------------------------------

    async def _say(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        seat = self._seat(body.get("account"), body.get("room"))
        text = body.get("text")
        if not isinstance(text, str) or not text.strip():
            _refuse("text is what the person types")
        if len(text) > _LONGEST_TEXT:
            _refuse(f"text is longer than {_LONGEST_TEXT} characters")
        menu_id = body.get("menu_id")
        said = await self.people.say(
            seat,
            text,
            message_id=str(body.get("message_id") or ""),
            menu_id=None if menu_id is None else str(menu_id),
            quote=body.get("quote"),
        )
        return _json(said.to_json())

    async def _file(self, request: web.Request) -> web.StreamResponse:
        form = await read_form(request, field="file", limit=_LARGEST_UPLOAD_BYTES)
        seat = self._seat(form.fields.get("account"), form.fields.get("room"))
        if form.upload is None:
            _refuse("a multipart form with a part called file")
        return _json((await self.people.send_file(seat, form.upload)).to_json())

    async def _event(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        seat = self._seat(body.get("account"), body.get("room"))
        return _json((await self.people.do(seat, str(body.get("event")), body)).to_json())

    async def _clock(self, request: web.Request) -> web.StreamResponse:
        seconds = (await _body(request)).get("advance_s")
        if not _is_number(seconds) or not 0 < seconds <= _FURTHEST_ADVANCE_S:
            _refuse("advance_s is a number of seconds, at most a year")
        async with self._stepping:
            await self._step(timedelta(seconds=seconds))
        return _json({"now": self.world.clock.now().isoformat()})

    async def _step(self, left: timedelta) -> None:
        """A few minutes at a time, so that what falls due on the way happens at its own time."""
        while left > timedelta():
            step = min(left, _STEP)
            self.world.advance(step)
            await self._on_step()
            left -= step

    async def _trouble(self, request: web.Request) -> web.StreamResponse:
        """Change the named troubles; "revoke_tokens" and "hang_up" happen once."""
        body = await _body(request)
        if body.pop("revoke_tokens", False):
            self.wechat_api.revoke_tokens()
        hang_up = bool(body.pop("hang_up", False))
        self.world.trouble(_changed(self.world.troubles, body))
        if hang_up or self.world.troubles.unreachable:
            await self.onebot.hang_up()
        return _json(self.world.state())

    def _seat(self, account: object, room: object) -> Seat:
        return self.world.seat(str(account or ""), str(room) if room else None)


def _guarded(handler: Handler) -> Handler:
    """Keep other sites out, and say what was wrong with a call in one JSON shape."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return _json({"error": "not from another site"}, status=403)
        try:
            return await handler(request)
        except UnknownSeat as error:
            return _json({"error": f"nobody sits at {error}"}, status=404)
        except TooLarge as error:
            return _json({"error": str(error)}, status=413)
        except NotPossible as error:
            return _json({"error": str(error)}, status=400)
        except NotConnected as error:
            return _json({"error": str(error)}, status=503)

    return guarded


def _refuse(reason: str) -> NoReturn:
    raise NotPossible(reason)


def _seat_json(seat: Seat) -> Json:
    actor, room = seat.actor, seat.room
    return {
        "account": seat.account,
        "key": actor.key,
        "name": actor.name,
        "role": actor.role,
        "channel": actor.channel,
        "room": room.id if room else None,
        "room_name": room.name if room else None,
        "company": actor.company,
        "chat": seat.chat,
    }


def _changed(troubles: Troubles, wanted: Json) -> Troubles:
    """Return the troubles with the named ones set; raises NotPossible for unknown ones."""
    known = {field.name: getattr(troubles, field.name) for field in fields(Troubles)}
    for name, value in wanted.items():
        if name not in known:
            _refuse(f"unknown trouble {name}; there are {', '.join(known)}")
        if name == "late_s":
            if not _is_number(value) or not 0 <= value <= _LATEST_S:
                _refuse(f"late_s is a number of seconds, at most {_LATEST_S}")
        elif not isinstance(value, bool):
            _refuse(f"{name} is true or false")
    return replace(troubles, **wanted)  # type: ignore[arg-type]  # checked just above


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


async def _body(request: web.Request) -> Json:
    if request.content_type != "application/json":
        _refuse("the body is JSON")
    try:
        body = await request.json()
    except ValueError:
        _refuse("the body is not valid JSON")
    if not isinstance(body, dict):
        _refuse("the body is a JSON object")
    return body


def _json(body: object, *, status: int = 200) -> web.Response:
    return web.json_response(
        body, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False)
    )
