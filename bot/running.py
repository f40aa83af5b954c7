"""The composition root: opens the resources, hands each to who needs it, and closes them in turn."""

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
from bot.autopost.autoposts import Autoposts
from bot.autopost.delivery import Delivery
from bot.autopost.pace import Pace
from bot.autopost.poster import Poster
from bot.clock import Clock, utc_now
from bot.market.client import AppIdentity, OpenRouterClient
from bot.market.service import Freshness, MarketService
from bot.network import find_proxy, make_tls_context
from bot.presentation.remark_texts import problem_sentence
from bot.settings import Settings
from bot.storage.archive import SnapshotArchive
from bot.storage.database import Database, open_database
from bot.storage.ledger import QuotaLedger
from bot.storage.outbox import OutboxStore
from bot.storage.plan_store import PlanStore
from bot.supervise import Job, supervising

IDENTITY = AppIdentity(title="Rankings Bot")
LONGEST_SILENCE = timedelta(minutes=5)
"""The poster looks every minute at what is due; if it could not for so long, it stands still."""

ServingHealth = Callable[..., AbstractAsyncContextManager[None]]
"""Answers `GET /health` on a port, or nowhere without one, with what `find_trouble` says."""

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


async def run(settings: Settings, *, serving_health: ServingHealth) -> None:
    """Run the bot until SIGTERM or SIGINT; raise RankingsBotError if it cannot start."""
    token = settings.require_discord_token()
    settings.require_openrouter_api_key()
    await _until_told(_serve(settings, token, serving_health=serving_health))


async def _serve(settings: Settings, token: str, *, serving_health: ServingHealth) -> None:
    """Open all that the bot needs, and run it and its background jobs."""
    async with (
        open_database(settings.database_url.get_secret_value()) as database,
        opening_market(settings, database) as market,
        opening_drawer() as drawer,
    ):
        # Who cannot enter a post may not send it: better said now than in every post.
        await database.try_to_write()
        gallery = Gallery(market, drawer=drawer)
        bot = RankingsBot(
            gallery=gallery,
            shards=Shards(settings.shard_count, list(settings.shard_ids) if settings.shard_ids else None),
            privacy_url=str(settings.privacy_url) if settings.privacy_url else None,
            proxy=find_proxy(Route.BASE),
        )
        bot.autoposts = open_autoposts(bot, database)
        jobs: dict[str, Job] = {
            "refresher": market.keep_fresh,
            "poster": partial(_post, bot),
            "registrar": bot.registrar.run,
        }
        with contextlib.closing(gallery):
            async with serving_health(settings.health_port, find_trouble=partial(find_trouble, bot)), supervising(jobs):
                await stay_connected(bot, token)


async def _post(bot: RankingsBot) -> None:
    """Post what is due, once the bot knows who it is; the gateway is not needed for that."""
    await bot.logged_in.wait()
    await bot.autoposts.poster.run()


def find_trouble(bot: RankingsBot, *, clock: Clock = utc_now) -> str | None:
    """Say what keeps the process from its work; data that is late is not its fault."""
    if not bot.has_session:
        return "there is no session with Discord's gateway"
    poster = bot.autoposts.poster
    if clock() - poster.looked_at > LONGEST_SILENCE:
        return f"nobody has looked at what is to be posted since {poster.looked_at:%H:%M:%S} UTC: see the log"
    return problem_sentence(poster.standstill) if poster.standstill else None


def open_autoposts(bot: RankingsBot, database: Database, *, clock: Clock = utc_now) -> Autoposts:
    """Open the plans, and make the poster that posts through a bot."""
    plans, outbox, pace = PlanStore(database), OutboxStore(database), Pace()
    messenger = DiscordMessenger(bot, pace=pace, upgraded_at=database.upgraded_at)
    delivery = Delivery(messenger, pace=pace, plans=plans, outbox=outbox, clock=clock)
    bot.requests.note_status = lambda status: delivery.invalid_answers.note(status, now=clock())
    available = bot.gallery.market.recent_days
    return Autoposts(plans, Poster(delivery, plans=plans, outbox=outbox, available=available, clock=clock))


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    """Do the work until it ends, or until a signal asks for its end; raise what it raises before that."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    shutdown.call_at_a_signal(partial(loop.call_soon_threadsafe, told.set))
    working, waiting = asyncio.create_task(work, name="bot"), asyncio.create_task(told.wait(), name="signals")
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            return
        log.info("Asked to end")
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    finally:
        waiting.cancel()
        # The loop is about to be closed, and can be told nothing any more.
        shutdown.exit_at_a_signal()
