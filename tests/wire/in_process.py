"""The bot in the tests' own process with the stand-in, for tests that need no process."""

import asyncio
import gc
import threading
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import yarl
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import Route

from bot.app.bot import RankingsBot
from bot.app.connection import stay_connected
from bot.app.gallery import Gallery
from tests.wire.discord import DiscordStandIn


class Pauses:
    """Records the pauses instead of waiting."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def until(condition: Callable[[], bool], *, within: float = 10) -> None:
    """Wait for a condition in this process by polling, because no event signals it."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - nothing in the bot tells a test of it
            await asyncio.sleep(0.01)


@asynccontextmanager
async def open_bot(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[RankingsBot, DiscordStandIn]]:
    """A bot that is not logged in yet, while discord.py's addresses point to the stand-in."""
    async with DiscordStandIn() as server:
        monkeypatch.setattr(Route, "BASE", server.base_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
        async with RankingsBot(gallery=gallery) as bot:
            yield bot, server
        _end_heartbeats()
        _collect_connections()
        assert [] == server.unknown_requests


def _collect_connections() -> None:
    """Collect the connections that discord.py leaves open when it fails before the first heartbeat."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _end_heartbeats() -> None:
    """End discord.py's heartbeat threads with the loop; that of a half-open connection runs for a minute."""
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler):
            thread.stop()
            thread.join(5)


@asynccontextmanager
async def staying(client: RankingsBot, server: DiscordStandIn) -> AsyncIterator[None]:
    """The bot, logged in and connected or connecting."""
    task = asyncio.create_task(stay_connected(client, server.token))
    yield
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})
