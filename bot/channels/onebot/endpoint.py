"""The address implementations dial: reverse WebSocket, its handshake and its frames."""

import logging
from functools import partial

from aiohttp import WSCloseCode, WSMsgType, web

from bot.channels import TakeTurn
from bot.channels.onebot.accounts import OneBotAccount
from bot.channels.onebot.connections import HEARTBEATS_MISSED, Connection, Connections, Role
from bot.channels.onebot.frames import (
    MAX_FRAME_BYTES,
    BrokenFrame,
    Fields,
    is_qq_number,
    read_frame,
)
from bot.channels.onebot.inbound import read_event
from bot.channels.onebot.lanes import Lanes

log = logging.getLogger(__name__)

PATH = "/onebot/v11/ws"
_PING_EVERY_S = 30.0


def onebot_routes(
    account: OneBotAccount, take_turn: TakeTurn, connections: Connections
) -> list[web.RouteDef]:
    """The endpoint. Call `connections.close()` when the application shuts down."""
    patience = connections.patience
    lanes = Lanes(take_turn, before_retry=patience.before_retry)
    connections.at_close.append(partial(lanes.close, patience.to_finish))
    endpoint = _Endpoint(account, connections, lanes)
    return [web.get(PATH, endpoint.serve, allow_head=False)]


class _Endpoint:
    def __init__(self, account: OneBotAccount, connections: Connections, lanes: Lanes) -> None:
        self._account = account
        self._connections = connections
        self._lanes = lanes

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        self_id, role = self._admit(request)
        # aiohttp closes the connection over a frame larger than this; up to here we only skip
        # it. Pings find a dead peer whose heartbeat is off, as it is by default.
        socket = web.WebSocketResponse(
            heartbeat=_PING_EVERY_S, max_msg_size=8 * MAX_FRAME_BYTES, timeout=2.0
        )
        await socket.prepare(request)
        connection = Connection(self_id, role, socket)
        self._connections.join(connection)
        log.info("onebot %s connected (%s)", self_id, role)
        try:
            await self._listen(connection, socket)
        finally:
            self._connections.leave(connection)
            log.info("onebot %s disconnected (%s)", self_id, role)
        return socket

    def _admit(self, request: web.Request) -> tuple[str, Role]:
        token = _shown_token(request)
        if token is None:
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        if not self._account.accepts(token):
            log.warning("onebot: wrong token from %s", request.remote)
            raise web.HTTPForbidden
        self_id = request.headers.get("X-Self-ID", "")
        role = request.headers.get("X-Client-Role", Role.UNIVERSAL).lower()
        if not is_qq_number(self_id) or role not in list(Role):
            raise web.HTTPBadRequest
        return self_id, Role(role)

    async def _listen(self, connection: Connection, socket: web.WebSocketResponse) -> None:
        while True:
            try:
                message = await socket.receive(self._silence_allowed(connection))
            except TimeoutError:
                log.warning("onebot %s has fallen silent", connection.self_id)
                await connection.close(WSCloseCode.GOING_AWAY, "no heartbeat")
                return
            if message.type is WSMsgType.TEXT:
                self._take(connection, message.data)
            elif message.type is WSMsgType.BINARY:
                log.warning("onebot %s: ignored a binary frame", connection.self_id)
            else:
                return

    def _silence_allowed(self, connection: Connection) -> float | None:
        """Seconds without any frame after which the connection is dead; None: pings decide."""
        if connection.heartbeat is None:
            return None
        expected = max(connection.heartbeat, self._connections.patience.shortest_heartbeat)
        return (expected * HEARTBEATS_MISSED).total_seconds()

    def _take(self, connection: Connection, text: str) -> None:
        """Deal with one frame; a broken one is skipped, for the next may be well."""
        try:
            frame = read_frame(text)
            if frame.has("post_type"):
                self._take_event(connection, frame)
            else:
                connection.settle(frame)
        except BrokenFrame as broken:
            # The field's name only: a frame holds what people wrote.
            log.warning("onebot %s: ignored a frame, %s", connection.self_id, broken)

    def _take_event(self, connection: Connection, event: Fields) -> None:
        if event.qq_number("self_id") != connection.self_id:
            raise BrokenFrame("self_id", "the X-Self-ID of the connection")
        if event.text("post_type") == "meta_event":
            connection.note(event)
            return
        inbound = read_event(event, ours=self._connections.bots())
        self._learn_room(connection.self_id, event)
        if inbound is not None:
            self._lanes.put(inbound)

    def _learn_room(self, self_id: str, event: Fields) -> None:
        if not event.has("group_id"):
            return
        room = event.qq_number("group_id")
        if event.text("sub_type", "") == "kick_me":
            self._connections.forget_room(self_id, room)
        elif event.text("post_type") == "message":
            self._connections.learn_room(self_id, room)


def _shown_token(request: web.Request) -> str | None:
    """The token of the handshake; None if there is none, "" if it is in no form we know."""
    header = request.headers.get("Authorization")
    if header is None:
        return request.query.get("access_token")
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "token") else ""
