"""The demo: the real bot in a simulated Discord, in your browser. Only this module imports the simulator."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import discord
import simcord
from discord import app_commands
from simcord.backend.cdn import CDN_BASE

from bot.app.bot import Interaction, RankingsBot, Shards
from bot.app.drawing import opening_drawer
from bot.app.gallery import Gallery
from bot.app.prefetching import prefetch_cards
from bot.autopost.plans import PlanRequest
from bot.autopost.schedule import Schedule
from bot.clock import utc_now
from bot.errors import RankingsBotError, SettingsError
from bot.market.boards import Board, BoardKind
from bot.market.service import MarketService
from bot.operations.sample import SampleMarket
from bot.presentation.palette import OF_CATEGORY
from bot.presentation.pictures.canvas import Canvas
from bot.running import open_autoposts, opening_market
from bot.settings import Settings
from bot.storage.database import open_database
from bot.supervise import Job, supervising

SAMPLE_NOTICE = (
    "This demo shows the project's **sample**: real data from OpenRouter, as of {as_of}. "
    "Its clock is set to the next day. Set `OPENROUTER_API_KEY` to see today's data."
)
LIVE_NOTICE = "This demo shows **live data** from OpenRouter."
INVITATION = """Three things to try:
1. Pick a category or a task from the menus of today's post, or press one of its buttons.
2. Type `/rankings code`, or `/rankings model` and part of a name, such as `luna`.
3. As admin, plan a post with `/autopost add`, and see it arrive with `/fast-forward`."""
GUIDE_NAME = "Demo guide"
BOT_NAME = "Rankings Bot"
AVATAR = "bars"
AVATAR_SIZE, AVATAR_BAR, AVATAR_PITCH = 128, 14, 20
AVATAR_BARS = {"general": 80, "data": 58, "agent": 40, "code": 26}
"""The length of a bar for each category, in pixels."""

DAILY_BOARD = Board(BoardKind.OVERVIEW)
SETTLE_SECONDS = 30.0
MORNING = timedelta(hours=9)
"""With the sample, the demo's clock is fixed this long after the end of the sample's newest day."""

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
    async with _opening_demo_market(settings) as market, opening_demo(market, port=port) as page:
        print(f"The demo is at {page.url}", flush=True)
        print("Press Ctrl-C to end it.", flush=True)
        await _wait_for_signal()


@asynccontextmanager
async def opening_demo(
    market: SampleMarket | MarketService, *, port: int | None = None
) -> AsyncIterator[simcord.Preview]:
    """Run the bot in a simulated Discord and serve a page of it; raise SettingsError if the port is taken."""
    sample = market.find_edition().snapshot if isinstance(market, SampleMarket) else None
    notice = SAMPLE_NOTICE.format(as_of=sample.as_of) if sample else LIVE_NOTICE
    clock = DemoClock(sample.ends_at + MORNING if sample else None)
    async with open_database("sqlite://") as database, opening_drawer() as drawer:
        with contextlib.closing(Gallery(market, drawer=drawer, clock=clock)) as gallery:
            bot = RankingsBot(gallery=gallery, shards=Shards(1))
            bot.autoposts = open_autoposts(bot, database, clock=clock)
            bot.tree.add_command(_fast_forward(clock))
            jobs: dict[str, Job] = {
                "poster": bot.autoposts.poster.run,
                "prefetcher": partial(prefetch_cards, gallery, market),
            }
            async with simcord.run(bot, check_errors=False, settle_timeout=SETTLE_SECONDS) as env:
                try:
                    room = await furnish(env, bot, notice=notice)
                    avatar = await drawer.draw(_avatar())
                    serving = _serving_page(env, room, avatar=avatar, port=port)
                    async with serving as page, supervising(jobs):
                        yield page
                finally:
                    await bot.close()


@dataclass(frozen=True)
class Room:
    """A channel in the simulated Discord, and the members as whom one can look at it."""

    channel: simcord.ChannelHandle
    viewers: Sequence[simcord.MemberActor]


async def furnish(env: simcord.Env, bot: RankingsBot, *, notice: str) -> Room:
    """Name the bot, and make a server with an admin, a guest, and a channel that has today's daily post."""
    now = bot.gallery.clock()
    await env.advance_time(max(0.0, (now - env.now()).total_seconds()))
    # Set here because simcord has no public way to give the bot an avatar.
    env.backend.bot_user.name, env.backend.bot_user.avatar = BOT_NAME, AVATAR
    guild = env.create_guild("Language model friends")
    channel = guild.create_text_channel("rankings", topic=notice.replace("*", "").replace("`", ""))
    admins = guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    admin = guild.add_member(env.create_user("admin"), roles=[admins])
    guest = guild.add_member(env.create_user("guest"))
    await _post_daily(bot, guild_id=guild.id, channel_id=channel.id, now=now)
    # Not from the bot: the page opens at the bot's last message, which is then today's post.
    await guild.create_webhook(channel, GUIDE_NAME).send(f"{INVITATION}\n\n{notice}")
    await env.settle()
    return Room(channel, (admin, guest))


async def _post_daily(bot: RankingsBot, *, guild_id: int, channel_id: int, now: datetime) -> None:
    """Plan a daily post for the full hour that began last, and post today's; without data, it comes later."""
    instant = now.replace(minute=0, second=0, microsecond=0)
    request = PlanRequest(
        guild_id=guild_id, channel_id=channel_id, board=DAILY_BOARD, schedule=Schedule(instant.time())
    )
    plan = await bot.autoposts.plans.add(request, now=instant - timedelta(hours=1))
    with contextlib.suppress(RankingsBotError):
        await bot.gallery.market.load_edition()
        await bot.autoposts.poster.post_now(plan)


@asynccontextmanager
async def _serving_page(
    env: simcord.Env, room: Room, *, avatar: bytes | None, port: int | None
) -> AsyncIterator[simcord.Preview]:
    """Serve the page of a channel on 127.0.0.1; raise SettingsError if the port is taken."""
    assets = {f"{CDN_BASE}/avatars/{env.backend.bot_user.id}/{AVATAR}.png": ("avatar.png", avatar)} if avatar else {}
    try:
        async with env.preview(room.channel, viewers=room.viewers, layout="channel", assets=assets, port=port) as page:
            yield page
    except simcord.SetupError as refused:
        raise SettingsError(f"The demo cannot use port {port} ({refused}): choose another with PORT=.") from None


def _avatar() -> str:
    """The bot's avatar as SVG: a bar in the colour of each category."""
    canvas, left = Canvas({}), (AVATAR_SIZE - max(AVATAR_BARS.values())) / 2
    top = (AVATAR_SIZE - AVATAR_PITCH * (len(AVATAR_BARS) - 1) - AVATAR_BAR) / 2
    for place, (category, length) in enumerate(AVATAR_BARS.items()):
        canvas.bar((left, top + place * AVATAR_PITCH), (length, AVATAR_BAR), OF_CATEGORY[category])
    return canvas.drawing(AVATAR_SIZE, AVATAR_SIZE).svg


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
async def _opening_demo_market(settings: Settings) -> AsyncIterator[SampleMarket | MarketService]:
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
