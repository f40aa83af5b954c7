"""The composition root: opens the resources, hands each to who needs it, and closes them in turn."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from functools import partial

import httpx
from discord.http import Route

from bot.app import RankingsBot, Shards, translating_login
from bot.autopost.delivery import Delivery
from bot.autopost.desk import Desk
from bot.autopost.pace import Pace
from bot.autopost.poster import Poster
from bot.channels import DiscordMessenger
from bot.clock import Clock, utc_now
from bot.gallery import Gallery
from bot.health import serving_health
from bot.market.client import AppIdentity, OpenRouterClient
from bot.market.service import Freshness, MarketService
from bot.network import find_proxy, make_tls_context
from bot.settings import Settings
from bot.storage.archive import SnapshotArchive
from bot.storage.database import Database, open_database
from bot.storage.ledger import QuotaLedger
from bot.storage.outbox import Outbox
from bot.storage.plans import PlanStore
from bot.storage.registrations import Registrations
from bot.supervise import Job, supervising

IDENTITY = AppIdentity(title="Rankings Bot")

log = logging.getLogger(__name__)


@asynccontextmanager
async def opening_client(settings: Settings) -> AsyncIterator[OpenRouterClient]:
    """Open the OpenRouter client of the settings; raise SettingsError if the environment's proxy cannot be used."""
    proxy = find_proxy(str(settings.openrouter_base_url))
    # What the environment says is read above, alike for all: httpx reads it its own way, and fails on some of it.
    async with httpx.AsyncClient(proxy=proxy, verify=make_tls_context(), trust_env=False) as http:
        yield OpenRouterClient(
            http,
            api_key=settings.openrouter_api_key,
            server_url=str(settings.openrouter_base_url),
            identity=IDENTITY,
        )


@asynccontextmanager
async def opening_market(settings: Settings, database: Database) -> AsyncIterator[MarketService]:
    """Open the market service over the archive and the ledger in `database`."""
    async with opening_client(settings) as client:
        market = MarketService(
            client,
            archive=SnapshotArchive(database),
            ledger=QuotaLedger(database, key_fingerprint=settings.openrouter_key_fingerprint),
            freshness=Freshness(cache_ttl=timedelta(seconds=settings.cache_ttl)),
        )
        try:
            yield market
        finally:
            await market.close()


async def run(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT; raise RankingsBotError if it cannot start."""
    token = settings.require_discord_token()
    settings.require_openrouter_api_key()
    async with (
        open_database(settings.database_url.get_secret_value()) as database,
        opening_market(settings, database) as market,
    ):
        gallery = Gallery(market)
        bot = RankingsBot(
            gallery=gallery,
            registrations=Registrations(database),
            shards=Shards(settings.shard_count, list(settings.shard_ids) if settings.shard_ids else None),
            privacy_url=str(settings.privacy_url) if settings.privacy_url else None,
            proxy=find_proxy(Route.BASE),
        )
        bot.desk = open_desk(bot, database)
        jobs: dict[str, Job] = {"refresher": market.keep_fresh, "poster": partial(_post, bot)}
        with contextlib.closing(gallery):
            async with serving_health(settings.health_port, is_ready=bot.is_ready), supervising(jobs):
                await _run_until_told(bot, token)


async def _post(bot: RankingsBot) -> None:
    """Post what is due, once the bot can."""
    await bot.logged_in.wait()
    await bot.desk.poster.run()


def open_desk(bot: RankingsBot, database: Database, *, clock: Clock = utc_now) -> Desk:
    """Open the plans, and make the poster that posts through a bot."""
    plans, outbox, pace = PlanStore(database), Outbox(database), Pace()
    delivery = Delivery(DiscordMessenger(bot, pace=pace), pace=pace, plans=plans, outbox=outbox, clock=clock)
    bot.requests.note_status = lambda status: delivery.invalid_answers.note(status, now=clock())

    def newest() -> date | None:
        edition = bot.gallery.market.glance()
        return edition.snapshot.as_of if edition else None

    return Desk(plans, Poster(delivery, plans=plans, outbox=outbox, newest=newest, clock=clock))


async def _run_until_told(bot: RankingsBot, token: str) -> None:
    """Keep the bot connected until a signal asks for its end."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ended.set)
    async with bot:
        running = asyncio.create_task(bot.start(token), name="discord")
        waiting = asyncio.create_task(ended.wait(), name="signals")
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if running.done():
            with translating_login():
                running.result()
        log.info("Asked to end")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
