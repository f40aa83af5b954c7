"""The gateway's side of the bot: connections that come back by themselves, and whether one is alive."""

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
"""Seconds; discord.py waits 60 s for a hello, and 30 s for the answer to its goodbye."""

LONG_LIVED = 60.0
"""Seconds; a connection that was lost sooner is opened anew after a pause."""

SHORTEST_BACKOFF = 0.25
"""Seconds; the longest is 1024 times that."""

REPLACED = 4000
"""The close code with which a session may be left."""

log = logging.getLogger(__name__)


class GatewayBot(commands.AutoShardedBot):
    """A bot that nothing but a fatal close code keeps from coming back to the gateway."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - they are discord.py's own
        """Take what discord.py takes."""
        super().__init__(*args, **kwargs)
        self._alive: set[int] = set()
        parsers = self._connection.parsers
        parsers.update({event: _skip_unreadable(event, parse) for event, parse in parsers.items()})

    @property
    def has_session(self) -> bool:
        """Whether any shard of this process has a session whose connection is open; `is_ready()` stays true for ever."""
        shards = self.shards
        return any(number in shards and not shards[number].is_closed() for number in self._alive)

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Open a shard's connection, however often it takes; raise discord.ConnectionClosed at a fatal close code.

        discord.py's own tries again by calling itself, which ends when the stack is full.
        """
        socket = await self._open(gateway, shard_id, initial=initial)
        # discord.py keeps both to itself.
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
                log.warning("Shard %s cannot connect (%s): it tries again in %.0f s", shard_id, error, seconds)
            await asyncio.sleep(seconds)
        raise AssertionError("unreachable: the pauses have no end")

    async def on_shard_connect(self, shard_id: int) -> None:
        """A session has begun."""
        self._alive.add(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """A session goes on."""
        self._alive.add(shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """A connection is lost, and its session with it until it is resumed."""
        self._alive.discard(shard_id)


class _Shard(Shard):
    """A shard whose connection is opened anew whatever ended it, and after a pause if it did not live long."""

    def __init__(self, ws: DiscordWebSocket, client: GatewayBot, queue_put: Callable[[EventItem], None]) -> None:
        super().__init__(ws, client, self._put_delayed)
        # What is not among these ends the process; a frame that cannot be read is among what did.
        self._handled_exceptions = (Exception,)
        self._backoff = ExponentialBackoff(SHORTEST_BACKOFF)  # type: ignore[arg-type]  # any number does
        self._put = queue_put
        self._opened_at = 0.0
        self._pauses = backoff_delays()

    def launch(self) -> None:
        """Listen to the connection that has just been opened."""
        self._opened_at = time.monotonic()
        super().launch()

    async def _handle_disconnect(self, e: Exception) -> None:
        """Let go of a connection that is of no use but still open, and prepare the next."""
        if self.ws.open:
            with suppress(*FAILURES):
                await self.ws.close(code=REPLACED)
        await asyncio.sleep(retry_after(e, now=utc_now()))
        await super()._handle_disconnect(e)

    def _put_delayed(self, item: EventItem) -> None:
        """Have discord.py do what comes next; to come back at once, again and again, would wear out the sessions."""
        if item.type not in {EventType.resume, EventType.identify}:
            self._put(item)
            return
        pause = next(self._pauses)
        if time.monotonic() - self._opened_at > LONG_LIVED:
            self._pauses, pause = backoff_delays(), 0.0
        asyncio.get_running_loop().call_later(pause, self._put, item)


def _skip_unreadable(event: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    """Read an event as discord.py does, but survive one that it cannot read."""

    def parse_or_pass_over(data: Any) -> None:  # noqa: ANN401 - it is what Discord sent
        with skip_unreadable(f"The event {event}"):
            parse(data)

    return parse_or_pass_over
