"""The bot in the tests' own process, at the stand-in: for what needs no process of its own."""

import asyncio
import threading
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
    """Waits no time, and keeps for how long it would have."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def until(condition: Callable[[], bool], *, within: float = 10) -> None:
    """Return once something is so in this process, of which nobody rings a bell."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - nothing in the bot tells a test of it
            await asyncio.sleep(0.01)


@asynccontextmanager
async def open_bot(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[RankingsBot, DiscordStandIn]]:
    """A bot that is not logged in yet, with discord.py's addresses moved for as long as it is open."""
    async with DiscordStandIn() as server:
        monkeypatch.setattr(Route, "BASE", server.base_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
        async with RankingsBot(gallery=gallery) as bot:
            yield bot, server
        _end_heartbeats()
        assert [] == server.unknown_requests


def _end_heartbeats() -> None:
    """Let no thread of discord.py outlive its loop: one whose connection was never opened whole goes on for a minute."""
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler):
            thread.stop()
            thread.join(5)


@asynccontextmanager
async def staying(client: RankingsBot, server: DiscordStandIn) -> AsyncIterator[None]:
    """The bot, logged in and connected or about to be."""
    task = asyncio.create_task(stay_connected(client, server.token))
    yield
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})
