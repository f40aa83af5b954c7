"""A minimal discord.py client for the stand-in: it logs in, answers and posts."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.wire.discord import DiscordStandIn
from tests.wire.values import Channel, User

PICTURE = b"\x89PNG\r\n" + bytes(range(256))


@dataclass
class Clock:
    """A clock that the test moves."""

    moved: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime(2026, 9, 1, 12, tzinfo=UTC) + self.moved


class PlainClient(discord.Client):
    """A minimal client that answers slash commands, buttons and autocomplete."""

    def __init__(self, http_trace: aiohttp.TraceConfig | None = None) -> None:
        trace = http_trace or aiohttp.TraceConfig()
        super().__init__(intents=discord.Intents.none(), guild_ready_timeout=0, http_trace=trace)
        self.tree = app_commands.CommandTree(self)
        group = app_commands.Group(name="wire", description="Tests")
        group.add_command(card)
        group.add_command(late)
        group.add_command(near)
        self.tree.add_command(group)

    async def setup_hook(self) -> None:
        self.add_view(Switch())
        await self.tree.sync()


class Switch(discord.ui.View):
    """One button that edits its message in place."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Switch", custom_id="switch")
    async def switch(self, interaction: discord.Interaction, _: discord.ui.Button["Switch"]) -> None:
        await interaction.response.edit_message(content="switched")


def make_card() -> tuple[discord.Embed, discord.File]:
    """An embed that shows a file."""
    embed = discord.Embed(title="Code").set_image(url="attachment://card.png")
    return embed, discord.File(io.BytesIO(PICTURE), "card.png", description="bars")


@app_commands.command(description="An embed and a file at once")
async def card(interaction: discord.Interaction) -> None:
    embed, file = make_card()
    await interaction.response.send_message(embed=embed, file=file, view=Switch())


@app_commands.command(description="Defers, edits, and follows up")
async def late(interaction: discord.Interaction, channel: app_commands.AppCommandChannel) -> None:
    await interaction.response.defer(ephemeral=True)
    await interaction.edit_original_response(content=f"seen {channel.id}")
    await interaction.followup.send("more", ephemeral=True)


@app_commands.command(description="Completes a word")
async def near(interaction: discord.Interaction, word: str) -> None:
    await interaction.response.send_message(word)


@near.autocomplete("word")
async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{typed}ging", value="debugging")]


@dataclass(frozen=True)
class Scene:
    """A guild with a channel and a guest, and a logged-in client."""

    server: DiscordStandIn
    client: PlainClient
    clock: Clock
    channel: Channel
    guest: User

    @property
    def target(self) -> discord.PartialMessageable:
        """The channel, as the client sees it."""
        return self.client.get_partial_messageable(self.channel.id)


@asynccontextmanager
async def open_scene(
    monkeypatch: pytest.MonkeyPatch, *, http_trace: aiohttp.TraceConfig | None = None
) -> AsyncIterator[Scene]:
    """A scene, while discord.py's addresses point to the stand-in."""
    clock = Clock()
    async with DiscordStandIn(now=clock) as server:
        monkeypatch.setattr(Route, "BASE", server.base_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway_url))
        guild = server.world.add_guild()
        channel, guest = server.world.add_channel(guild), server.world.add_member(guild)
        async with PlainClient(http_trace) as client:
            running = asyncio.create_task(client.start(server.token))
            await server.wait_connected()
            yield Scene(server, client, clock, channel, guest)
            await client.close()
            await running
