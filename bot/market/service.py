"""The market service: one snapshot for everybody, from memory, then the archive, then OpenRouter.

Commands only ever read; what asks OpenRouter is one task at a time, and the ledger says when it may.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from cachetools import TLRUCache

from bot.clock import Clock, utc_now
from bot.errors import APIStatusError, OpenRouterError, QuotaSpentError, RankingsBotError, UnauthorizedError
from bot.market.editions import Edition
from bot.market.models import Snapshot, Window
from bot.market.quota import DAY, Outcome, newer_due_at, settling_time

WINDOW: Window = "7d"
LONGEST_NAP = timedelta(minutes=10)
"""The refresher looks at the clock this often, as a machine may sleep or its clock be set."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredSnapshot:
    """A snapshot, and when OpenRouter last gave it (aware UTC)."""

    snapshot: Snapshot
    checked_at: datetime


@dataclass(frozen=True)
class Catalog:
    """The display names of models by `canonical_slug`, and when they were last asked for (aware UTC)."""

    names: Mapping[str, str]
    asked_at: datetime


class Source(Protocol):
    """Who gives snapshots and names: the OpenRouter client."""

    async def get_task_classifications(self, window: Window = "7d") -> Snapshot:
        """Fetch a snapshot; raise OpenRouterError."""

    async def get_models(self) -> Mapping[str, str]:
        """Fetch the display names; raise OpenRouterError."""


class Archive(Protocol):
    """Who keeps every snapshot that was received, and the display names."""

    async def load_latest(self, window: Window) -> StoredSnapshot | None:
        """Load the snapshot with the latest `as_of`, and of that the one received last."""

    async def save_snapshot(self, snapshot: Snapshot, window: Window) -> None:
        """Save a snapshot as received; one that is there already is marked as checked."""

    async def load_catalog(self) -> Catalog | None:
        """Load the display names."""

    async def save_catalog(self, catalog: Catalog) -> None:
        """Save the display names in place of the earlier ones."""


class Ledger(Protocol):
    """Who counts the requests to OpenRouter, across restarts and processes."""

    async def claim(self, now: datetime) -> int:
        """Enter one request before it is made and return its number; raise QuotaSpentError if none is left."""

    async def settle(self, attempt: int, outcome: Outcome, *, not_before: datetime | None = None) -> None:
        """Enter what came of a request."""

    async def load_next_allowed(self, now: datetime) -> datetime:
        """Tell from when (aware UTC) the next request is allowed."""


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How long a snapshot is served without asking for a newer one."""

    cache_ttl: timedelta = timedelta(hours=12)
    settles_after: timedelta = field(default_factory=settling_time)

    def until(self, held: StoredSnapshot) -> datetime:
        """The end of it (aware UTC)."""
        due = newer_due_at(held.snapshot, settles_after=self.settles_after)
        return min(held.checked_at + self.cache_ttl, due)


class MarketService:
    """Gives the edition that cards are made from, and keeps it fresh."""

    def __init__(
        self,
        source: Source,
        *,
        archive: Archive,
        ledger: Ledger,
        freshness: Freshness,
        clock: Clock = utc_now,
    ) -> None:
        """Ask `source`, at the pace of `ledger`; remember in `archive`."""
        self._source = source
        self._archive = archive
        self._ledger = ledger
        self._freshness = freshness
        self._clock = clock
        self._cache: TLRUCache[Window, Edition] = TLRUCache(
            1, ttu=lambda *_: self._ask_again_at.timestamp(), timer=lambda: clock().timestamp()
        )
        self._ask_again_at: datetime = clock()
        self._edition: Edition | None = None
        self._catalog: Catalog | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self._looking = asyncio.Lock()

    def find_edition(self) -> Edition | None:
        """Give the edition in memory at once, however old; if a newer one is due, it is asked for meanwhile."""
        if self._edition is not None and WINDOW not in self._cache:
            self._start_refreshing()
        return self._edition

    async def load_edition(self) -> Edition:
        """Give the edition at once if there is any, else wait for the first; raise RankingsBotError."""
        async with self._looking:  # one look for all who ask; a refresh looks for itself
            if self._edition is None and (self._refreshing is None or self._refreshing.done()):
                await self._look_in_archive()
        if self._edition is None and self._clock() < self._ask_again_at:
            raise QuotaSpentError(self._ask_again_at)
        if self._edition is None:
            await asyncio.shield(self._start_refreshing())
        edition = self.find_edition()
        if edition is None:
            raise AssertionError("unreachable: a refresh that ends without an error has an edition")
        return edition

    async def keep_fresh(self, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Ask for each day's data soon after it is there, for ever, so that nobody waits for it."""
        await self._look_in_archive()
        while True:
            now = self._clock()
            if now < self._ask_again_at:
                await sleep(min(self._ask_again_at - now, LONGEST_NAP).total_seconds())
                if self._clock() < now:  # it was set back: what was reckoned by it does not hold
                    self._serve_until(self._clock())
                continue
            try:
                await asyncio.shield(self._start_refreshing())
            except (OpenRouterError, QuotaSpentError) as error:
                log.warning("No newer snapshot: %s Next request %s.", error.operator_sentence, self._ask_again_at)

    async def close(self) -> None:
        """Give up a request that is under way; the ledger keeps it as pending."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)

    def _start_refreshing(self) -> asyncio.Task[None]:
        """Start a refresh, or join the one under way: never two requests at once."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._refresh(), name="refresh the snapshot")
            self._refreshing.add_done_callback(_note_failure)
        return self._refreshing

    async def _refresh(self) -> None:
        # Another process on the same database may have asked already.
        if await self._look_in_archive():
            return
        try:
            await self.fetch_snapshot()
            await self._look_in_archive()
        finally:
            next_allowed = await self._ledger.load_next_allowed(self._clock())
            self._serve_until(max(self._ask_again_at, next_allowed))
        await self._refresh_catalog()

    async def fetch_snapshot(self) -> Snapshot:
        """Ask OpenRouter, however fresh the archive is, and keep the answer; raise QuotaSpentError or OpenRouterError."""
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
        due = newer_due_at(snapshot, settles_after=self._freshness.settles_after)
        await self._ledger.settle(attempt, Outcome.CURRENT if self._clock() < due else Outcome.STALE)
        return snapshot

    async def _look_in_archive(self) -> bool:
        """Take over the latest snapshot of the archive; tell whether it is fresh."""
        self._catalog = self._catalog or await self._archive.load_catalog()
        held = await self._archive.load_latest(WINDOW)
        if held is None:
            return False
        self._publish(held.snapshot)
        self._serve_until(self._freshness.until(held))
        return self._clock() < self._ask_again_at

    def _publish(self, snapshot: Snapshot) -> None:
        edition = Edition(snapshot, self._catalog.names if self._catalog else {})
        if edition != self._edition:
            self._edition = edition

    def _serve_until(self, instant: datetime) -> None:
        """Serve what there is until then without asking."""
        self._ask_again_at = instant
        if self._edition is not None:
            self._cache[WINDOW] = self._edition

    async def _refresh_catalog(self) -> None:
        """Ask for the names of models, at most once a day; without them the ids are tidied."""
        now = self._clock()
        if self._catalog is not None and abs(now - self._catalog.asked_at) < DAY:
            return
        names = self._catalog.names if self._catalog else {}
        await self._archive.save_catalog(Catalog(names, asked_at=now))
        try:
            # A model that is listed no longer may still be ranked: its name is kept.
            names = {**names, **await self._source.get_models()}
        except OpenRouterError as error:
            log.warning("No names of models: %s", error.operator_sentence)
        self._catalog = Catalog(names, asked_at=now)
        await self._archive.save_catalog(self._catalog)
        if self._edition is not None:
            self._publish(self._edition.snapshot)
            self._serve_until(self._ask_again_at)


def _note_failure(refreshing: asyncio.Task[None]) -> None:
    """Look at how a refresh ended, as nobody may be waiting for it."""
    error = None if refreshing.cancelled() else refreshing.exception()
    if isinstance(error, RankingsBotError):
        log.info("The snapshot stays as it is: %s", error.operator_sentence)
    elif error is not None:
        log.error("The refresh of the snapshot broke", exc_info=error)
