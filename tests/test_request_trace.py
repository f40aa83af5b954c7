"""Every answer of Discord's is seen, also those that discord.py deals with by itself."""

from collections.abc import AsyncIterator

import discord
import pytest

from bot.doubt import RequestTrace
from tests.wire.faults import Fault
from tests.wire.plain import Scene, open_scene


@pytest.fixture
def trace() -> RequestTrace:
    return RequestTrace()


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch, trace: RequestTrace) -> AsyncIterator[Scene]:
    async with open_scene(monkeypatch, http_trace=trace.config()) as opened:
        yield opened


async def test_refusals_of_each_request_are_heard(scene: Scene, trace: RequestTrace) -> None:
    """Of posting, of publishing, of looking; and of what discord.py repeats without a word."""
    heard: list[int] = []
    trace.note_status = heard.append
    scene.server.arm("POST", "/channels/*/messages", Fault.rate_limited(0.01))
    message = await scene.target.send("hello")
    scene.server.arm("POST", "/channels/*/messages/*/crosspost", Fault.before_accept(403, 50013))
    scene.server.arm("GET", "/channels/*", Fault.before_accept(403, 50001))
    with pytest.raises(discord.Forbidden):
        await message.publish()
    with pytest.raises(discord.Forbidden):
        await scene.client.fetch_channel(scene.channel.id)

    assert [429, 200, 403, 403] == heard


async def test_limit_that_others_share_is_not_the_bots_fault(scene: Scene, trace: RequestTrace) -> None:
    """Discord does not count it either."""
    heard: list[int] = []
    trace.note_status = heard.append
    headers = {"Retry-After": "0.01", "Via": "1.1 google", "X-RateLimit-Scope": "shared"}
    scene.server.arm("POST", "/channels/*/messages", Fault.before_accept(429, 0, headers))
    await scene.target.send("hello")

    assert [200] == heard
