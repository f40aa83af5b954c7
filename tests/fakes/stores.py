"""An archive and a ledger in memory, for simulations of days; contract tests compare them with the real ones."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import TypeVar

from bot.errors import InvalidResponseError, QuotaSpentError
from bot.market.models import Snapshot, Window
from bot.market.protocols import Catalog, StoredSnapshot
from bot.market.quota import REQUESTS_A_DAY, Attempt, Outcome, next_allowed

T = TypeVar("T")


class FakeArchive:
    """Snapshots and names in memory."""

    def __init__(self) -> None:
        """Start empty."""
        self._held: dict[tuple[Window, str, str], StoredSnapshot] = {}
        self._catalog: Catalog | None = None

    async def load_latest(self, window: Window) -> StoredSnapshot | None:
        """The snapshot with the latest `as_of`, in its last revision."""
        return max(self._oldest_first(window), key=_age, default=None)

    async def load_range(self, since: date, until: date, *, window: Window = "7d") -> Sequence[Snapshot]:
        """The snapshots of these days, oldest first, each in its last revision."""
        by_day = {held.snapshot.as_of: held.snapshot for held in self._oldest_first(window)}
        return [snapshot for day, snapshot in by_day.items() if since <= day <= until]

    async def load_revisions(self, as_of: date, *, window: Window = "7d") -> Sequence[Snapshot]:
        """All answers of a day, the last one first."""
        held = [each.snapshot for each in self._oldest_first(window) if each.snapshot.as_of == as_of]
        return held[::-1]

    async def load_series(
        self, since: date, until: date, read: Callable[[bytes], T], *, window: Window = "7d"
    ) -> Sequence[tuple[date, T]]:
        """What `read` makes of the last readable revision of these days, oldest first."""
        found: dict[date, T] = {}
        for held in self._oldest_first(window):
            if since <= held.snapshot.as_of <= until:
                with suppress(InvalidResponseError, ValueError):
                    found[held.snapshot.as_of] = read(held.snapshot.body)
        return list(found.items())

    async def load_days(self, window: Window) -> Sequence[date]:
        """All days, oldest first."""
        return sorted({held.snapshot.as_of for held in self._oldest_first(window)})

    async def load_newest_days(self, window: Window, *, count: int) -> Sequence[date]:
        """The latest days, oldest first."""
        return sorted({held.snapshot.as_of for held in self._oldest_first(window)})[-count:]

    def _oldest_first(self, window: Window) -> list[StoredSnapshot]:
        return sorted((held for (kept, _, _), held in self._held.items() if str(kept) == window), key=_age)

    async def save_snapshot(self, snapshot: Snapshot, window: Window) -> None:
        """Save a snapshot; if it is there already, update when it was checked."""
        key = (window, str(snapshot.as_of), snapshot.sha256)
        first = self._held.get(key)
        self._held[key] = StoredSnapshot(first.snapshot if first else snapshot, checked_at=snapshot.fetched_at)

    async def load_catalog(self) -> Catalog | None:
        """The names."""
        return self._catalog

    async def save_catalog(self, catalog: Catalog) -> None:
        """Save the names."""
        self._catalog = catalog


def _age(held: StoredSnapshot) -> tuple[date, datetime]:
    return held.snapshot.as_of, held.checked_at


class FakeLedger:
    """Requests in memory."""

    def __init__(self) -> None:
        """Start without requests."""
        self._attempts: list[Attempt] = []

    async def claim(self, now: datetime) -> int:
        """Record a request and return its number; raise QuotaSpentError if none is allowed now."""
        allowed_at = await self.load_next_allowed(now)
        if allowed_at > now:
            raise QuotaSpentError(allowed_at)
        self._attempts.append(Attempt(now))
        return len(self._attempts) - 1

    async def settle(self, attempt: int, outcome: Outcome, *, not_before: datetime | None = None) -> None:
        """Record the outcome of a request."""
        self._attempts[attempt] = replace(self._attempts[attempt], outcome=outcome, not_before=not_before)

    async def load_next_allowed(self, now: datetime) -> datetime:
        """The instant from which the next request is allowed."""
        return next_allowed(self._attempts[-2 * REQUESTS_A_DAY :], now)
