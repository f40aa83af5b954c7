"""The gateway connections: each shard reconnects by itself, and the bot knows whether any shard has a session."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import discord
import yarl
from discord.backoff import ExponentialBackoff
from discord.ext import commands
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.shard import EventItem, EventType, Shard

from bot.app.connection import FAILURES, FATAL_CLOSE_CODES, describe, retry_after
from bot.clock import utc_now
from bot.supervise import backoff_delays, skip_unreadable

OPEN_TIMEOUT = 120.0
"""Seconds; discord.py waits up to 60 s for Hello and up to 30 s for the answer to its close frame."""

LONG_LIVED = 60.0
"""Seconds; a connection that was lost sooner is reopened after a pause."""

SHORTEST_BACKOFF = 0.25
"""Seconds; discord.py's longest backoff is 1024 times that."""

REPLACED = 4000
"""A close code after which the session can be resumed."""

log = logging.getLogger(__name__)


class GatewayBot(commands.AutoShardedBot):
    """A bot that always reconnects to the gateway, except after a fatal close code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - discord.py's arguments
        """Take the arguments of discord.py's AutoShardedBot."""
        super().__init__(*args, **kwargs)
        self._alive: set[int] = set()
        parsers = self._connection.parsers
        parsers.update({event: _skip_unreadable(event, parse) for event, parse in parsers.items()})

    @property
    def has_session(self) -> bool:
        """Whether any shard of this process has an open session; discord.py's `is_ready()` never turns false again."""
        shards = self.shards
        return any(number in shards and not shards[number].is_closed() for number in self._alive)

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Open a shard's connection, with retries; raise discord.ConnectionClosed after a fatal close code.

        discord.py's own method retries by recursion, which ends in a RecursionError.
        """
        socket = await self._open(gateway, shard_id, initial=initial)
        # Both are private in discord.py.
        queue, shards = (vars(self)[f"_AutoShardedClient__{name}"] for name in ("queue", "shards"))
        shards[shard_id] = shard = _Shard(socket, self, queue.put_nowait)
        shard.launch()

    async def _open(self, gateway: yarl.URL, shard_id: int, *, initial: bool) -> DiscordWebSocket:
        for pause in backoff_delays():
            try:
                async with asyncio.timeout(OPEN_TIMEOUT):
                    return await DiscordWebSocket.from_client(self, initial=initial, gateway=gateway, shard_id=shard_id)
            except (ReconnectWebSocket, *FAILURES) as failed:
                if isinstance(failed, discord.ConnectionClosed) and failed.code in FATAL_CLOSE_CODES:
                    raise
                error = "closed" if isinstance(failed, ReconnectWebSocket) else describe(failed)
                seconds = max(pause, retry_after(failed, now=utc_now()))
                log.warning("Shard %s cannot connect (%s): retrying in %.0f s", shard_id, error, seconds)
            await asyncio.sleep(seconds)
        raise AssertionError("unreachable: the pauses have no end")

    async def on_shard_connect(self, shard_id: int) -> None:
        """Note that a session has begun."""
        self._alive.add(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Note that a session was resumed."""
        self._alive.add(shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """Note that a connection was lost; its session is gone until it is resumed."""
        self._alive.discard(shard_id)


class _Shard(Shard):
    """A shard that reconnects after any error, and after a pause if the connection was short-lived."""

    def __init__(self, ws: DiscordWebSocket, client: GatewayBot, queue_put: Callable[[EventItem], None]) -> None:
        super().__init__(ws, client, self._put_delayed)
        # discord.py lets any other error end the process; an unreadable frame raises one of those.
        self._handled_exceptions = (Exception,)
        self._backoff = ExponentialBackoff(SHORTEST_BACKOFF)  # type: ignore[arg-type]  # it also takes a float
        self._put = queue_put
        self._opened_at = 0.0
        self._pauses = backoff_delays()

    def launch(self) -> None:
        """Start to listen to the connection that was just opened."""
        self._opened_at = time.monotonic()
        super().launch()

    async def _handle_disconnect(self, e: Exception) -> None:
        """Close a connection that failed but is still open, and prepare the next one."""
        if self.ws.open:
            with suppress(*FAILURES):
                await self.ws.close(code=REPLACED)
        await asyncio.sleep(retry_after(e, now=utc_now()))
        await super()._handle_disconnect(e)

    def _put_delayed(self, item: EventItem) -> None:
        """Queue discord.py's next step, a reconnect after a pause: Discord limits the sessions per day."""
        if item.type not in {EventType.resume, EventType.identify}:
            self._put(item)
            return
        pause = next(self._pauses)
        if time.monotonic() - self._opened_at > LONG_LIVED:
            self._pauses, pause = backoff_delays(), 0.0
        asyncio.get_running_loop().call_later(pause, self._put, item)


def _skip_unreadable(event: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    """Parse an event as discord.py does, but log and skip one that it cannot read."""

    def parse_or_skip(data: Any) -> None:  # noqa: ANN401 - what Discord sent
        with skip_unreadable(f"The event {event}"):
            parse(data)

    return parse_or_skip
