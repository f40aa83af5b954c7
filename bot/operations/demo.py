"""The demo: the real bot in a simulated Discord, in your browser. Only this module imports the simulator."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import discord
import simcord
from discord import app_commands

from bot.app.bot import Interaction, RankingsBot, Shards
from bot.app.drawing import opening_drawer
from bot.app.gallery import Gallery, Market
from bot.autopost.autoposts import Autoposts
from bot.clock import utc_now
from bot.errors import SettingsError
from bot.operations.sample import FETCHED_AT, SampleMarket
from bot.running import open_autoposts, opening_market
from bot.settings import Settings
from bot.storage.database import open_database
from bot.supervise import supervising

SAMPLE_NOTICE = (
    "This demo shows the project's **sample snapshot**: a real answer from OpenRouter, as of 2026-08-31. "
    "The demo's clock is set to the next day. Set `OPENROUTER_API_KEY` to see today's data."
)
LIVE_NOTICE = "This demo shows **live data** from OpenRouter."
INVITATION = (
    "Type `/` and pick a command, such as `/rankings code`. "
    "As admin, add a daily post with `/autopost add` and make it arrive with `/fast-forward`."
)
SETTLE_SECONDS = 30.0
SAMPLE_DAY = FETCHED_AT + timedelta(hours=12)
MAX_ADVANCE_HOURS = 48


class DemoClock:
    """A clock that is fixed or runs, and can be moved forward."""

    def __init__(self, fixed_at: datetime | None) -> None:
        """Fix the clock at an instant (aware UTC); with None it runs."""
        self._fixed_at = fixed_at
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        """The demo's current time, aware UTC."""
        return (self._fixed_at or utc_now()) + self._ahead

    def advance(self, hours: int) -> None:
        """Move forward by some hours."""
        self._ahead += timedelta(hours=hours)


async def run_demo(settings: Settings, *, port: int | None) -> None:
    """Serve the demo on 127.0.0.1 until Ctrl-C; raise SettingsError if the port is taken."""
    async with (
        open_database("sqlite://") as database,
        _opening_demo_market(settings) as market,
        opening_drawer() as drawer,
    ):
        is_sample = isinstance(market, SampleMarket)
        clock = DemoClock(SAMPLE_DAY if is_sample else None)
        gallery = Gallery(market, drawer=drawer, clock=clock)
        bot = RankingsBot(gallery=gallery, shards=Shards(1))
        bot.autoposts = open_autoposts(bot, database, clock=clock)
        bot.tree.add_command(_fast_forward(clock))
        with contextlib.closing(gallery):
            async with simcord.run(bot, check_errors=False, settle_timeout=SETTLE_SECONDS) as env:
                try:
                    await _serve(env, bot.autoposts, notice=SAMPLE_NOTICE if is_sample else LIVE_NOTICE, port=port)
                finally:
                    await bot.close()


async def _serve(env: simcord.Env, autoposts: Autoposts, *, notice: str, port: int | None) -> None:
    """Make a server with a channel, an admin and a guest, and show it until Ctrl-C."""
    guild = env.create_guild("Language model friends")
    channel = guild.create_text_channel("rankings", topic=notice.replace("*", "").replace("`", ""))
    admins = guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    admin = guild.add_member(env.create_user("admin"), roles=[admins])
    guest = guild.add_member(env.create_user("guest"))
    await env.bot.get_partial_messageable(channel.id).send(f"{notice}\n{INVITATION}")
    await env.settle()
    try:
        async with (
            supervising({"poster": autoposts.poster.run}),
            env.preview(channel, viewers=[admin, guest], layout="channel", port=port) as page,
        ):
            print(f"The demo is at {page.url}", flush=True)
            print("Press Ctrl-C to end it.", flush=True)
            await _wait_for_signal()
    except simcord.SetupError as refused:
        raise SettingsError(f"The demo cannot use port {port} ({refused}): choose another with PORT=.") from None


def _fast_forward(clock: DemoClock) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="fast-forward", description="Demo only: move the clock, and see the daily posts arrive")
    @app_commands.describe(hours="How far")
    async def fast_forward(interaction: Interaction, hours: app_commands.Range[int, 1, MAX_ADVANCE_HOURS] = 24) -> None:
        clock.advance(hours)
        interaction.client.autoposts.poster.wake()
        now = discord.utils.format_dt(clock(), "F")
        await interaction.response.send_message(f"It is now {now}. Due posts arrive in a moment.")

    return fast_forward


async def _wait_for_signal() -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    await ended.wait()


@asynccontextmanager
async def _opening_demo_market(settings: Settings) -> AsyncIterator[Market]:
    """Open the live market if there is an OpenRouter key, otherwise the sample."""
    if settings.openrouter_api_key is None:
        yield SampleMarket()
        return
    async with (
        open_database(settings.database_url.get_secret_value()) as database,
        opening_market(settings, database) as market,
        supervising({"refresher": market.keep_fresh}),
    ):
        yield market
