"""An HTTP server on loopback that records its requests and can be made to fail."""

import asyncio
import socket
import struct
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.wire.bell import PATIENCE, Bell
from tests.wire.exchange import Cut, Received, Reply, read_request
from tests.wire.faults import Armed, Fault, Faults

LARGEST_BODY = 64 * 1024 * 1024
IMMEDIATE_RESET = struct.pack("ii", 1, 0)


def utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


class LoopbackServer(ABC):
    """Listens on 127.0.0.1 while it is entered."""

    prefix = ""

    def __init__(self, *, now: Callable[[], datetime] = utc_now) -> None:
        self.now = now
        self.port = 0
        self.requests: list[Received] = []
        self.unknown_requests: list[Received] = []
        self.peak_in_flight: Counter[str] = Counter()
        self.bell = Bell()
        self.faults = Faults()
        self.application = web.Application(client_max_size=LARGEST_BODY)
        self.closing = asyncio.Event()
        self._in_flight: Counter[str] = Counter()
        self._broken: list[Exception] = []
        self._runner = web.AppRunner(self.application, shutdown_timeout=1.0, access_log=None)

    @abstractmethod
    def answer(self, received: Received) -> Reply:
        """Carry out a request, and return the answer."""

    async def __aenter__(self) -> Self:
        self.application.router.add_route("*", "/{path:.*}", self._serve)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        await self.hang_up()
        await self._runner.cleanup()
        if error is None and self._broken:
            raise ExceptionGroup("the stand-in itself failed", self._broken)

    async def hang_up(self) -> None:  # noqa: B027 (only a gateway has something to end)
        """End what outlives a request."""

    def arm(self, method: str, path: str, fault: Fault, *, count: int | None = 1, after: int = 0) -> Armed:
        """Arm a fault for `count` matching requests (None: no limit), after the first `after`."""
        return self.faults.arm(Armed(method, path, fault, count, after))

    def find_requests(self, method: str, path: str) -> list[Received]:
        """The matching requests so far, in order."""
        return [received for received in self.requests if received.matches(method, path)]

    async def wait_for_request(self, method: str, path: str, *, total: int = 1, within: float = PATIENCE) -> Received:
        """The matching request with the number `total`, once it has arrived."""

        def look() -> Received | None:
            found = self.find_requests(method, path)
            return found[total - 1] if len(found) >= total else None

        return await self.bell.until(look, within=within, what=f"{method} {path} x {total}")

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """Handle one request."""
        with ExitStack() as stack:
            try:
                received = await read_request(request, prefix=self.prefix, at=self.now())
            except ConnectionError:  # the client is gone before the whole answer was sent
                return web.Response(status=400)
            stack.push(self._note_failure)
            stack.callback(self._leave, received.path)
            self._enter(received)
            reply = await self._reply(received)
            if isinstance(reply, Cut):
                return _cut(request, reply)
            return web.Response(status=reply.status, body=reply.body or None, headers=reply.headers)

    async def _reply(self, received: Received) -> Reply | Cut:
        """The answer, with the faults that match the request."""
        faults = self.faults.take(received)
        for fault in faults:
            if (early := await fault.before(received, self.closing)) is not None:
                return early
        reply: Reply | Cut = self.answer(received)
        self.bell.ring()
        for fault in faults:
            reply = await fault.after(received, self.closing) or reply
        return reply

    def _enter(self, received: Received) -> None:
        """Record a request, and how many run at once on its path."""
        self.requests.append(received)
        self._in_flight[received.path] += 1
        peak = max(self.peak_in_flight[received.path], self._in_flight[received.path])
        self.peak_in_flight[received.path] = peak
        self.bell.ring()

    def _leave(self, path: str) -> None:
        """Note the end of a request."""
        self._in_flight[path] -= 1

    def _note_failure(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep an error of the stand-in itself, to raise it at the end."""
        if isinstance(error, Exception):
            self._broken.append(error)


def _cut(request: web.Request, cut: Cut) -> web.Response:
    """Close the connection of a request; the returned answer is never sent."""
    if request.transport is not None:
        if cut is Cut.RESET:
            connection = request.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, IMMEDIATE_RESET)
            request.transport.abort()
        else:
            request.transport.close()
    return web.Response(status=500)
