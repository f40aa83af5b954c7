"""A market service with the test's source, clock and stores."""

import asyncio
import contextlib
from datetime import timedelta

from bot.market.freshness import Freshness
from bot.market.protocols import Archive, Ledger, Source
from bot.market.service import MarketService
from bot.storage.archive import SnapshotArchive
from bot.storage.database import Database
from bot.storage.ledger import QuotaLedger
from tests.fakes.clock import EndOfTimeError, FakeClock

SETTLES_AFTER = timedelta(minutes=20)
"""How long after midnight the tests' markets first ask: the earliest possible time."""


def market_in(
    database: Database,
    source: Source,
    *,
    clock: FakeClock,
    cache_ttl: timedelta = timedelta(hours=12),
    settles_after: timedelta = SETTLES_AFTER,
) -> MarketService:
    """A market on the real archive and ledger."""
    freshness = Freshness(cache_ttl=cache_ttl, settles_after=settles_after)
    return market_over(SnapshotArchive(database), QuotaLedger(database), source, clock=clock, freshness=freshness)


def market_over(
    archive: Archive, ledger: Ledger, source: Source, *, clock: FakeClock, freshness: Freshness | None = None
) -> MarketService:
    """A market on these stores."""
    freshness = freshness or Freshness(settles_after=SETTLES_AFTER)
    return MarketService(source, archive=archive, ledger=ledger, freshness=freshness, clock=clock)


async def live(market: MarketService, clock: FakeClock, *, asks_each_nap: int = 0) -> None:
    """Keep the market fresh until the clock's end, with so many callers at each wake-up."""

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        for _ in range(asks_each_nap):
            await market.load_edition()

    with contextlib.suppress(EndOfTimeError):
        await market.keep_fresh(sleep=sleep)
    await market.close()


async def until_idle() -> None:
    """Wait until the refresh in progress, if any, has ended."""
    refreshes = [task for task in asyncio.all_tasks() if task.get_name() == "refresh the snapshot"]
    await asyncio.gather(*refreshes, return_exceptions=True)
