"""The trace sees every answer from Discord, including those that discord.py handles by itself."""

from collections.abc import AsyncIterator

import discord
import pytest

from bot.app.gallery import Gallery
from bot.app.http_trace import HTTPTrace
from bot.autopost.plans import PlanRequest
from bot.autopost.schedule import Schedule
from bot.market.boards import Board
from bot.operations.sample import SampleMarket
from bot.running import open_autoposts
from bot.storage.database import open_database
from tests.wire.faults import Fault
from tests.wire.in_process import open_bot
from tests.wire.plain import Scene, open_scene


@pytest.fixture
def trace() -> HTTPTrace:
    return HTTPTrace()


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch, trace: HTTPTrace) -> AsyncIterator[Scene]:
    async with open_scene(monkeypatch, http_trace=trace.config()) as opened:
        yield opened


async def test_refusals_of_every_kind_of_request_are_noted(scene: Scene, trace: HTTPTrace) -> None:
    """Posts, publications and reads, and those that discord.py silently retries."""
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


async def test_shared_rate_limit_does_not_count(scene: Scene, trace: HTTPTrace) -> None:
    """Discord does not count it either."""
    heard: list[int] = []
    trace.note_status = heard.append
    headers = {"Retry-After": "0.01", "Via": "1.1 google", "X-RateLimit-Scope": "shared"}
    scene.server.arm("POST", "/channels/*/messages", Fault.before_accept(429, 0, headers))
    await scene.target.send("hello")

    assert [200] == heard


@pytest.mark.parametrize(("refusals", "is_posted"), [(2, True), (3, False)])
async def test_refused_publications_count_towards_the_limit(
    monkeypatch: pytest.MonkeyPatch, *, refusals: int, is_posted: bool
) -> None:
    """After one more than the limit allows, the bot pauses posting."""
    monkeypatch.setattr("bot.autopost.invalid_answers.LIMIT", 2)
    gallery = Gallery(SampleMarket())
    async with open_database("sqlite://") as database, open_bot(gallery, monkeypatch) as (bot, server):
        bot.autoposts = open_autoposts(bot, database)
        await bot.login(server.token)
        guild = server.world.add_guild()
        channel = server.world.add_channel(guild)
        request = PlanRequest(
            guild_id=guild.id, channel_id=channel.id, board=Board.parse("overview"), schedule=Schedule(None)
        )
        plan = await bot.autoposts.plans.add(request, now=gallery.clock())
        server.arm("POST", "/channels/*/messages/*/crosspost", Fault.before_accept(403, 50013), count=refusals)
        for message_id in range(1, refusals + 1):
            with pytest.raises(discord.Forbidden):
                await bot.get_partial_messageable(channel.id).get_partial_message(message_id).publish()

        assert is_posted is await bot.autoposts.poster.post_now(plan)
        assert is_posted is bool(server.find_requests("POST", "/channels/*/messages"))
    gallery.close()
