"""The gateway: websocket sessions with resume, in plain JSON or as one zstd stream."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from aiohttp import WSMsgType, web
from zstandard import COMPRESSOBJ_FLUSH_BLOCK, ZstdCompressor

from tests.wire.bell import Bell
from tests.wire.values import Json

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
HEARTBEAT_INTERVAL_MS = 41_250
WRONG_TOKEN = 4004


@dataclass(eq=False)
class Session:
    """The part of a session that survives its connection: the events so far."""

    identify: Json
    shard: tuple[int, int]
    id: str = field(default_factory=lambda: token_hex(16))
    events: list[Json] = field(default_factory=list)


class GatewaySocket(web.WebSocketResponse):
    """A websocket that sends JSON as the bot asked: as text, or compressed as one stream."""

    def __init__(self, compress: str | None) -> None:
        super().__init__(max_msg_size=0, compress=False)
        self.is_compressed = compress == "zstd-stream"
        self._stream = ZstdCompressor().compressobj()

    async def send_payload(self, payload: Json) -> None:
        """Send one payload; ignore a bot that is gone."""
        with contextlib.suppress(ConnectionError):
            if self.is_compressed:
                packed = self._stream.compress(json.dumps(payload).encode())
                await self.send_bytes(packed + self._stream.flush(COMPRESSOBJ_FLUSH_BLOCK))
            else:
                await self.send_str(json.dumps(payload))


@dataclass(eq=False)
class GatewayConnection:
    """An open websocket of a bot that has identified or resumed."""

    socket: GatewaySocket
    session: Session

    @property
    def shard(self) -> tuple[int, int]:
        """The shard's id and the number of shards."""
        return self.session.shard

    async def dispatch(self, event: str, payload: Any) -> None:
        """Send an event; a resume repeats those that were lost."""
        sequence = len(self.session.events) + 1
        frame = {"op": DISPATCH, "s": sequence, "t": event, "d": payload}
        self.session.events.append(frame)
        await self.socket.send_payload(frame)

    async def ask_reconnect(self) -> None:
        """Ask the bot to reconnect and resume."""
        await self.socket.send_payload({"op": RECONNECT, "s": None, "t": None, "d": None})

    async def close(self, code: int = 4000) -> None:
        """Close the connection from the server's side."""
        await self.socket.close(code=code)


@dataclass(frozen=True)
class GatewayFault:
    """What fails for new connections while this is set."""

    refused_with: int | None = None
    """The HTTP status instead of a websocket."""

    is_mute: bool = False
    """The connection is accepted, but HELLO is never sent."""

    closed_with: int | None = None
    """The close code before HELLO."""

    closed_at_identify_with: int | None = None
    """The close code instead of a session."""

    closed_in_session_with: int | None = None
    """The close code right after a session has started or resumed."""


class Gateway:
    """All sessions, and the open connections, oldest first."""

    def __init__(self, *, token: str, bell: Bell, ready: Callable[[Session], Json]) -> None:
        self._token = token
        self._bell = bell
        self._ready = ready
        self._sockets: set[GatewaySocket] = set()
        self.sessions: dict[str, Session] = {}
        self.connections: list[GatewayConnection] = []
        self.ready_total = 0
        self.resumed_total = 0
        self.opened_total = 0
        self.fault = GatewayFault()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Handle one connection, from HELLO to its end."""
        self.opened_total += 1
        self._bell.ring()
        if self.fault.refused_with is not None:
            return web.Response(status=self.fault.refused_with)
        socket = GatewaySocket(request.query.get("compress"))
        await socket.prepare(request)
        self._sockets.add(socket)
        if self.fault.closed_with is not None:
            await socket.close(code=self.fault.closed_with)
        elif not self.fault.is_mute:
            hello = {"heartbeat_interval": HEARTBEAT_INTERVAL_MS}
            await socket.send_payload({"op": HELLO, "s": None, "t": None, "d": hello})
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._receive(socket, json.loads(frame.data))
        finally:
            self._forget(socket)
        return socket

    def pick(self, guild_id: int | None) -> GatewayConnection:
        """The newest connection of the guild's shard."""
        for connection in reversed(self.connections):
            number, total = connection.shard
            if ((guild_id or 0) >> 22) % total == number:
                return connection
        raise ConnectionError("no bot is connected for this guild")

    async def close(self) -> None:
        """Close all connections, as a gateway that shuts down."""
        for socket in list(self._sockets):
            await socket.close(code=1001)

    async def _receive(self, socket: GatewaySocket, frame: Json) -> None:
        """Handle one frame from the bot."""
        if frame["op"] == HEARTBEAT:
            await socket.send_payload({"op": ACK, "s": None, "t": None, "d": None})
        elif frame["op"] == IDENTIFY:
            await self._identify(socket, frame["d"])
        elif frame["op"] == RESUME:
            await self._resume(socket, frame["d"])

    async def _identify(self, socket: GatewaySocket, data: Json) -> None:
        """Start a session."""
        code = WRONG_TOKEN if data["token"] != self._token else self.fault.closed_at_identify_with
        if code is not None:
            await socket.close(code=code)
            return
        number, total = data.get("shard", (0, 1))
        session = Session(data, (number, total))
        self.sessions[session.id] = session
        connection = GatewayConnection(socket, session)
        await connection.dispatch("READY", self._ready(session))
        self.ready_total += 1
        await self._remember(connection)

    async def _resume(self, socket: GatewaySocket, data: Json) -> None:
        """Resume a session, and repeat the missed events."""
        session = self.sessions.get(data["session_id"])
        if session is None or data["token"] != self._token:
            await socket.send_payload({"op": INVALID, "s": None, "t": None, "d": False})
            return
        connection = GatewayConnection(socket, session)
        for event in session.events[data["seq"] or 0 :]:
            await connection.socket.send_payload(event)
        await connection.dispatch("RESUMED", {})
        self.resumed_total += 1
        await self._remember(connection)

    async def _remember(self, connection: GatewayConnection) -> None:
        """Note a new connection."""
        self.connections.append(connection)
        self._bell.ring()
        if self.fault.closed_in_session_with is not None:
            await connection.close(self.fault.closed_in_session_with)

    def _forget(self, socket: GatewaySocket) -> None:
        """Note the end of a connection."""
        self._sockets.discard(socket)
        self.connections = [one for one in self.connections if one.socket is not socket]
        self._bell.ring()
