"""The cost of a warm `/rankings code` in the process, compared with a handler that only answers with a constant."""

import asyncio
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from statistics import median
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.webhook.async_ import AsyncWebhookAdapter, async_context
from pytest_benchmark.fixture import BenchmarkFixture

from bot.app.bot import RankingsBot, Shards
from bot.app.drawing import DrawingProcess
from bot.app.gallery import Gallery
from bot.app.messages import PreparedCard
from bot.market.boards import Board, BoardKind
from bot.market.editions import Edition
from bot.market.freshness import Freshness
from bot.market.service import MarketService
from tests.cogs.scene import NOON
from tests.fakes.source import FakeSource
from tests.fakes.stores import FakeArchive, FakeLedger
from tests.wire.discord import DiscordStandIn
from tests.wire.rendering import user_json

MOST_TIMES_A_BARE_HANDLER = 1.5
ROUNDS = 2000
CODE = Board(BoardKind.CATEGORY, "code")


class CountingAdapter(AsyncWebhookAdapter):
    """Accepts every answer to an interaction at once, and notes its number of parts."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # discord.py leaves it untyped
        self.answers: list[int] = []

    async def request(self, route: Any, session: Any, **request: Any) -> Any:
        self.answers.append(len(request.get("multipart") or ()))
        return {"interaction": {"id": "1", "type": 2}}


class Runner:
    """Sends a client the same command again and again, as the gateway would."""

    def __init__(self, client: discord.Client, adapter: CountingAdapter, payload: Mapping[str, Any]) -> None:
        self._client = client
        self._adapter = adapter
        self._payload = payload
        self._done = asyncio.Event()
        client.on_app_command_completion = self._note  # type: ignore[attr-defined]  # how discord.py takes an event

    async def command(self) -> float:
        """Run the command once; return the seconds from the gateway's event to its end. It must make one request."""
        self._done.clear()
        began = time.perf_counter()
        self._client._connection.parse_interaction_create(self._payload)  # type: ignore[arg-type]  # as it arrives
        await self._done.wait()
        seconds = time.perf_counter() - began
        assert [2] == self._adapter.answers
        self._adapter.answers.clear()
        return seconds

    async def _note(self, *_: object) -> None:
        self._done.set()


def bare_client(prepared: PreparedCard) -> discord.Client:
    """Make a client with one command that answers with a constant embed and file of the card's size."""
    picture, png, embed = prepared.card.picture, prepared.png, prepared.card.embed
    assert picture is not None
    assert png is not None

    @app_commands.command(description="A constant")
    async def code(interaction: discord.Interaction) -> None:
        file = discord.File(BytesIO(png), filename=picture.filename, description=picture.alt_text)
        await interaction.response.send_message(embed=embed, file=file)

    client = discord.Client(intents=discord.Intents.none())
    group = app_commands.Group(name="rankings", description="A constant")
    group.add_command(code)
    app_commands.CommandTree(client).add_command(group)
    return client


@dataclass(frozen=True)
class Pair:
    """The bot and the bare client, both ready for the same command."""

    loop: asyncio.Runner
    bot: Runner
    bare: Runner

    def run(self, one: Runner) -> float:
        """Run one command on one of them; return its seconds."""
        return self.loop.run(one.command())


def noon() -> datetime:
    """A clock that always says noon."""
    return NOON


@pytest.fixture
def pair(sample: Edition) -> Iterator[Pair]:
    """Both clients in one event loop, with the card already made."""
    adapter = CountingAdapter()
    before = async_context.set(adapter)
    discord_of_tests = DiscordStandIn()
    known_as: Any = user_json(discord_of_tests.world.bot)
    guild = discord_of_tests.world.add_guild()
    payload = discord_of_tests.slash_command(
        "rankings",
        "code",
        user=discord_of_tests.world.add_member(guild),
        channel=discord_of_tests.world.add_channel(guild),
    )
    market = MarketService(
        FakeSource(noon, lambda _: sample.snapshot),
        archive=FakeArchive(),
        ledger=FakeLedger(),
        freshness=Freshness(),
        clock=noon,
    )
    drawer = DrawingProcess()
    with asyncio.Runner() as loop, closing(Gallery(market, drawer=drawer, clock=noon)) as gallery:
        card = loop.run(gallery.load_card(CODE))
        loop.run(drawer.close())
        bot = RankingsBot(gallery=gallery, shards=Shards(1))
        bare = bare_client(card)
        for client in (bot, bare):
            loop.run(client._async_setup_hook())
            client._connection.user = discord.ClientUser(state=client._connection, data=known_as)
        loop.run(bot.load_extension("cogs.rankings"))
        yield Pair(loop, Runner(bot, adapter, payload), Runner(bare, adapter, payload))
        loop.run(market.close())
        loop.run(bot.close())
        loop.run(bare.close())
    async_context.reset(before)


def test_warm_command_costs_little_more_than_a_bare_handler(
    benchmark: BenchmarkFixture, pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    """The median of `/rankings code` is at most 1.5 times that of a constant embed and file of the same size."""
    bare: list[float] = []
    warm: list[float] = []
    rounds = ROUNDS if benchmark.enabled else 1
    benchmark.pedantic(  # type: ignore[no-untyped-call]  # pytest-benchmark leaves it untyped
        lambda: warm.append(pair.run(pair.bot)),
        setup=lambda: bare.append(pair.run(pair.bare)),
        rounds=rounds,
        warmup_rounds=rounds // 10,
    )
    ratio = median(warm) / median(bare)
    benchmark.extra_info["times a bare handler"] = round(ratio, 2)
    if benchmark.enabled:
        with capsys.disabled():
            sys.stdout.write(
                f"\nwarm {median(warm) * 1e6:.0f} µs, bare {median(bare) * 1e6:.0f} µs, {ratio:.2f} times\n"
            )
        assert ratio <= MOST_TIMES_A_BARE_HANDLER
