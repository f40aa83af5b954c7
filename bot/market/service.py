"""The market service: keeps the newest edition in memory, from the archive or from OpenRouter.

Commands only read. At most one task at a time sends requests to OpenRouter, when the ledger allows it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from cachetools import LRUCache, TLRUCache

from bot.clock import Clock, utc_now
from bot.errors import (
    APIStatusError,
    NoSuchDayError,
    OpenRouterError,
    QuotaSpentError,
    RankingsBotError,
    UnauthorizedError,
)
from bot.market.boards import Board
from bot.market.editions import Edition
from bot.market.freshness import Freshness
from bot.market.models import Snapshot, Window
from bot.market.past import DAYS_COMPARED, WINDOW, Past
from bot.market.protocols import Archive, Catalog, Ledger, Source
from bot.market.quota import DAY, Outcome, next_snapshot_due_at

MAX_SLEEP = timedelta(minutes=10)
"""The refresher checks the clock at least this often, because the machine may sleep or its clock may be set."""

RECENT_DAYS = 4
"""How many days a post can choose from. A post that is 22 hours late needs the data of two days ago or the last before.
At most three days are newer than that: yesterday, today, and tomorrow if the clocks differ."""

log = logging.getLogger(__name__)


class MarketService:
    """Provides the editions that cards are made from, and keeps the newest one fresh."""

    def __init__(
        self,
        source: Source,
        *,
        archive: Archive,
        ledger: Ledger,
        freshness: Freshness,
        clock: Clock = utc_now,
    ) -> None:
        """Request snapshots from `source` when `ledger` allows it, and save them in `archive`."""
        self._source = source
        self._archive = archive
        self._past = Past(archive)
        self._ledger = ledger
        self._freshness = freshness
        self._clock = clock
        self._edition: Edition | None = None
        self._served_until: TLRUCache[Window, datetime] = TLRUCache(
            1, ttu=lambda _, until, __: until.timestamp(), timer=lambda: clock().timestamp()
        )
        """Until when (aware UTC) no request is made; the entry expires at that time."""
        self._days: Sequence[date] = ()  # the newest archived days, oldest first
        self._unreadable: set[date] = set()
        self._archived: LRUCache[date, Edition] = LRUCache(RECENT_DAYS)
        """Editions of older days; cleared whenever a new edition is published."""
        self._catalog: Catalog | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self._loading, self._looking = asyncio.Lock(), asyncio.Lock()
        self._published = asyncio.Event()
        """Set when an edition is published, and then replaced."""

    def find_edition(self) -> Edition | None:
        """The newest edition in memory, however old; None if there is none. Start a refresh if a newer one is due."""
        if self._edition is not None and WINDOW not in self._served_until:
            self._start_refreshing()
        return self._edition

    async def wait_for_edition(self, *, other_than: Edition | None) -> Edition:
        """Wait until the newest edition is another than the given one, and return it."""
        while self._edition is None or self._edition is other_than:
            await self._published.wait()
        return self._edition

    def recent_days(self) -> Sequence[date]:
        """The newest archived days, at most RECENT_DAYS, oldest first."""
        return [day for day in self._days if day not in self._unreadable][-RECENT_DAYS:]

    async def load_edition(self, as_of: date | None = None) -> Edition:
        """Load the newest edition or a day's; raise RankingsBotError, NoSuchDayError if the day is not archived.

        This waits for OpenRouter only if there is no edition at all yet.
        """
        if as_of is None:
            return await self._load_newest()
        newest = self.find_edition()
        if newest is not None and newest.snapshot.as_of == as_of:
            return newest
        return await self._load_archived(as_of)

    async def load_past(self, board: Board, edition: Edition) -> Edition:
        """Add to an edition what a board needs from further back than a week."""
        return await self._past.load_for(board, edition)

    async def keep_fresh(self, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Request each day's data soon after it is published, so that no user waits for it; runs until cancelled."""
        await self._look_in_archive()
        while True:
            now, served_until = self._clock(), self._served_until.get(WINDOW)
            if served_until is not None:
                await sleep(min(served_until - now, MAX_SLEEP).total_seconds())
                if self._clock() < now:  # the clock was set back, so `served_until` is wrong
                    self._served_until.clear()
                elif await self._load_days() != self._days:  # another process has added some
                    await self._look_in_archive()
                continue
            try:
                await asyncio.shield(self._start_refreshing())
            except (OpenRouterError, QuotaSpentError) as error:
                again_at = self._served_until.get(WINDOW, self._clock())
                log.warning("No newer snapshot: %s Next request at %s.", error.operator_sentence, again_at)

    async def close(self) -> None:
        """Cancel a request that is in progress; in the ledger it stays pending."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)

    async def fetch_snapshot(self) -> Snapshot:
        """Fetch a snapshot, however fresh the archive is, and save it; raise QuotaSpentError or OpenRouterError."""
        attempt = await self._ledger.claim(self._clock())
        try:
            snapshot = await self._source.get_task_classifications(WINDOW)
        except OpenRouterError as error:
            retry_after = error.retry_after if isinstance(error, APIStatusError) else None
            not_before = None if retry_after is None else self._clock() + retry_after
            outcome = Outcome.REFUSED if isinstance(error, UnauthorizedError) else Outcome.FAILED
            await self._ledger.settle(attempt, outcome, not_before=not_before)
            raise
        await self._archive.save_snapshot(snapshot, WINDOW)
        due = next_snapshot_due_at(snapshot, settles_after=self._freshness.settles_after)
        await self._ledger.settle(attempt, Outcome.CURRENT if self._clock() < due else Outcome.STALE)
        return snapshot

    async def _load_newest(self) -> Edition:
        """Load the newest edition, from memory or the archive; if there is none yet, wait for the first."""
        async with self._loading:  # one query for all callers; a refresh does its own
            if self._edition is None and (self._refreshing is None or self._refreshing.done()):
                await self._look_in_archive()
        if self._edition is None:
            served_until = self._served_until.get(WINDOW)
            if served_until is not None:
                raise QuotaSpentError(served_until)
            await asyncio.shield(self._start_refreshing())
        edition = self.find_edition()
        if edition is None:
            raise AssertionError("unreachable: a refresh without an error publishes an edition")
        return edition

    async def _load_archived(self, as_of: date) -> Edition:
        """Load a day's edition from the archive, once for all callers; raise NoSuchDayError."""
        async with self._loading:
            edition = self._archived.get(as_of)
            if edition is not None:
                return edition
            published = self._published
            snapshots = await self._archive.load_range(as_of, as_of, window=WINDOW)
            if not snapshots:
                self._unreadable.add(as_of)
                raise NoSuchDayError(as_of)
            edition = await self._load_edition_of(snapshots[-1])
            if self._published is published:
                self._archived[as_of] = edition
            return edition

    async def _load_edition_of(self, snapshot: Snapshot) -> Edition:
        """Make a snapshot's edition with what the archive has beside it."""
        self._catalog = self._catalog or await self._archive.load_catalog()
        return await self._past.load_edition_of(snapshot, names=self._catalog.names if self._catalog else {})

    def _start_refreshing(self) -> asyncio.Task[None]:
        """Start a refresh, or return the one in progress: never two requests at once."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._refresh(), name="refresh the snapshot")
            self._refreshing.add_done_callback(_note_failure)
        return self._refreshing

    async def _refresh(self) -> None:
        # Another process on the same database may have fetched it already.
        if await self._look_in_archive():
            return
        try:
            await self.fetch_snapshot()
            await self._look_in_archive()
        finally:
            next_allowed = await self._ledger.load_next_allowed(self._clock())
            self._served_until[WINDOW] = max(self._served_until.get(WINDOW, next_allowed), next_allowed)
        await self._refresh_catalog()

    async def _look_in_archive(self) -> bool:
        """Publish the newest snapshot in the archive and load its recent days; return whether it is fresh."""
        async with self._looking:  # a slower look must not publish an older edition over a newer one
            held = await self._archive.load_latest(WINDOW)
            if held is None:
                return False
            edition = await self._load_edition_of(held.snapshot)
            self._days = await self._load_days()
            self._publish(edition)
            self._served_until[WINDOW] = self._freshness.until(held)
            return WINDOW in self._served_until

    async def _load_days(self) -> Sequence[date]:
        return await self._archive.load_newest_days(WINDOW, count=DAYS_COMPARED)

    def _publish(self, edition: Edition) -> None:
        """Serve an edition from now on; if it equals the present one, keep that object with its cached values."""
        self._archived.clear()
        if edition != self._edition:
            self._edition = edition
            self._published.set()
            self._published = asyncio.Event()

    async def _refresh_catalog(self) -> None:
        """Fetch the names of models, at most once a day; without a name, a readable form of the id is shown."""
        now = self._clock()
        if self._catalog is not None and abs(now - self._catalog.asked_at) < DAY:
            return
        names = self._catalog.names if self._catalog else {}
        await self._archive.save_catalog(Catalog(names, asked_at=now))
        try:
            # A model that is no longer listed may still be ranked, so keep its name.
            names = {**names, **await self._source.get_models()}
        except OpenRouterError as error:
            log.warning("The names of models could not be fetched: %s", error.operator_sentence)
        self._catalog = Catalog(names, asked_at=now)
        await self._archive.save_catalog(self._catalog)
        if self._edition is not None:
            self._publish(replace(self._edition, names=names))


def _note_failure(refreshing: asyncio.Task[None]) -> None:
    """Log how a refresh failed, because no caller may be waiting for it."""
    error = None if refreshing.cancelled() else refreshing.exception()
    if isinstance(error, RankingsBotError):
        log.info("The snapshot was not refreshed: %s", error.operator_sentence)
    elif error is not None:
        log.error("The refresh of the snapshot failed unexpectedly", exc_info=error)
