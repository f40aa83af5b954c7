"""The composition root: opens all resources, passes them to the parts that need them, and closes them in order."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
from discord.http import Route

from bot import shutdown
from bot.app.bot import RankingsBot, Shards
from bot.app.channels import DiscordMessenger
from bot.app.connection import stay_connected
from bot.app.drawing import opening_drawer
from bot.app.gallery import Gallery
from bot.app.prefetching import prefetch_cards
from bot.autopost.autoposts import Autoposts
from bot.autopost.delivery import Delivery
from bot.autopost.pace import Pace
from bot.autopost.poster import Poster
from bot.clock import Clock, utc_now
from bot.garbage import ignore_present_objects
from bot.market.client import OpenRouterClient
from bot.market.freshness import Freshness
from bot.market.service import MarketService
from bot.network import find_proxy, make_tls_context
from bot.presentation.code_texts import problem_sentence
from bot.settings import Settings
from bot.storage.archive import SnapshotArchive
from bot.storage.board_keys import BoardKeyStore
from bot.storage.database import Database, open_database
from bot.storage.ledger import QuotaLedger
from bot.storage.outbox import OutboxStore
from bot.storage.plan_store import PlanStore
from bot.supervise import Job, supervising

APP_TITLE = "Rankings Bot"
POSTER_TIMEOUT = timedelta(minutes=5)
"""The poster looks for due posts every minute; after this long without a look it counts as stalled."""

ServingHealth = Callable[..., AbstractAsyncContextManager[None]]
"""Serves `GET /health` on a port with what `find_trouble` returns; without a port it serves nothing."""

log = logging.getLogger(__name__)


@asynccontextmanager
async def opening_client(settings: Settings) -> AsyncIterator[OpenRouterClient]:
    """Open the OpenRouter client; raise SettingsError if the environment's proxy or certificates cannot be used."""
    proxy = find_proxy(str(settings.openrouter_base_url))
    # find_proxy() has read the environment, as for Discord; httpx reads it differently and fails on some values.
    async with httpx.AsyncClient(proxy=proxy, verify=make_tls_context(), trust_env=False) as http:
        yield OpenRouterClient(
            http,
            api_key=settings.openrouter_api_key,
            server_url=str(settings.openrouter_base_url),
            app_title=APP_TITLE,
        )


@asynccontextmanager
async def opening_market(settings: Settings, database: Database) -> AsyncIterator[MarketService]:
    """Open the market service on the archive and the ledger in `database`."""
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


async def run(settings: Settings, *, serving_health: ServingHealth) -> None:
    """Run the bot until SIGTERM or SIGINT; raise RankingsBotError if it cannot start."""
    token = settings.require_discord_token()
    settings.require_openrouter_api_key()
    await _run_until_signal(_serve(settings, token, serving_health=serving_health))


async def _serve(settings: Settings, token: str, *, serving_health: ServingHealth) -> None:
    """Open everything that the bot needs, and run it with its background jobs."""
    async with (
        open_database(settings.database_url.get_secret_value()) as database,
        opening_market(settings, database) as market,
        opening_drawer() as drawer,
    ):
        # The bot must write a post to the database before it sends it: fail at the start, not at every post.
        await database.try_to_write()
        gallery = Gallery(market, drawer=drawer, board_keys=BoardKeyStore(database))
        bot = RankingsBot(
            gallery=gallery,
            shards=Shards(settings.shard_count, list(settings.shard_ids) if settings.shard_ids else None),
            privacy_url=str(settings.privacy_url) if settings.privacy_url else None,
            figures_url=str(settings.figures_url) if settings.figures_url else None,
            proxy=find_proxy(Route.BASE),
        )
        bot.autoposts = open_autoposts(bot, database)
        jobs: dict[str, Job] = {
            "refresher": market.keep_fresh,
            "prefetcher": partial(prefetch_cards, gallery, market),
            "poster": partial(_post, bot),
            "waker": partial(_wake_poster, bot, market),
            "registrar": bot.registrar.run,
        }
        ignore_present_objects()
        with contextlib.closing(gallery):
            async with serving_health(settings.health_port, find_trouble=partial(find_trouble, bot)), supervising(jobs):
                await stay_connected(bot, token)


async def _post(bot: RankingsBot) -> None:
    """Run the poster after the login; it does not need the gateway."""
    await bot.logged_in.wait()
    await bot.autoposts.poster.run()


async def _wake_poster(bot: RankingsBot, market: MarketService) -> None:
    """Let the poster look as soon as there is new data, also when the archive has been read after its first look."""
    edition = None
    while True:
        edition = await market.wait_for_edition(other_than=edition)
        bot.autoposts.poster.wake()


def find_trouble(bot: RankingsBot, *, clock: Clock = utc_now) -> str | None:
    """Say why the process cannot work, or return None; late data from OpenRouter does not count."""
    if not bot.has_session:
        return "no session with Discord's gateway"
    poster = bot.autoposts.poster
    if clock() - poster.looked_at > POSTER_TIMEOUT:
        return f"the poster has not run since {poster.looked_at:%H:%M:%S} UTC: see the log"
    return problem_sentence(poster.stopped_by) if poster.stopped_by else None


def open_autoposts(bot: RankingsBot, database: Database, *, clock: Clock = utc_now) -> Autoposts:
    """Open the plans in `database`, and make the poster that sends posts as `bot`."""
    plans, outbox, pace = PlanStore(database), OutboxStore(database), Pace()
    messenger = DiscordMessenger(bot, pace=pace, upgraded_at=database.upgraded_at, clock=clock)
    delivery = Delivery(messenger, pace=pace, plans=plans, outbox=outbox, clock=clock)
    bot.requests.note_status = lambda status: delivery.invalid_answers.note(status, now=clock())
    available = bot.gallery.market.recent_days
    return Autoposts(plans, Poster(delivery, plans=plans, outbox=outbox, available=available, clock=clock))


async def _run_until_signal(work: Coroutine[Any, Any, None]) -> None:
    """Run the work until it ends or a signal arrives; raise the work's own error."""
    signalled, loop = asyncio.Event(), asyncio.get_running_loop()
    shutdown.call_on_signal(partial(loop.call_soon_threadsafe, signalled.set))
    working, waiting = asyncio.create_task(work, name="bot"), asyncio.create_task(signalled.wait(), name="signals")
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            return
        log.info("Shutting down")
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    finally:
        waiting.cancel()
        # The loop is about to close, so a signal can no longer be passed to it.
        shutdown.exit_on_signal()
