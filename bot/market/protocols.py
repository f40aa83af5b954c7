"""The interfaces of the market service (source, archive, ledger) and the values that they exchange."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

from bot.market.models import Snapshot, Window
from bot.market.quota import Outcome

T = TypeVar("T")


@dataclass(frozen=True)
class StoredSnapshot:
    """A snapshot, and when OpenRouter last gave it (aware UTC)."""

    snapshot: Snapshot
    checked_at: datetime


@dataclass(frozen=True)
class Catalog:
    """The display names of models by `canonical_slug`, and when they were last requested (aware UTC)."""

    names: Mapping[str, str]
    asked_at: datetime


class Source(Protocol):
    """The source of snapshots and names: the OpenRouter client."""

    async def get_task_classifications(self, window: Window = "7d") -> Snapshot:
        """Fetch a snapshot; raise OpenRouterError."""

    async def get_models(self) -> Mapping[str, str]:
        """Fetch the display names; raise OpenRouterError."""


class Archive(Protocol):
    """Keeps every snapshot that was received, and the display names.

    If the source revised a day, the last revision received counts.
    """

    async def load_latest(self, window: Window) -> StoredSnapshot | None:
        """Load the newest snapshot that can be read: the last revision of the latest day. None if there is none."""

    async def load_range(self, since: date, until: date, *, window: Window = "7d") -> Sequence[Snapshot]:
        """Load the snapshots of the days `since` to `until`, both included: one per day, oldest first.

        Unreadable ones are left out.
        """

    async def load_series(
        self, since: date, until: date, read: Callable[[bytes], T], *, window: Window = "7d"
    ) -> Sequence[tuple[date, T]]:
        """Load what `read` returns for the body of each day from `since` to `until`, both included, oldest first.

        `read` runs in a thread and must not use what other threads use. It may raise InvalidResponseError or
        ValueError; the body then counts as unreadable.
        """

    async def load_days(self, window: Window) -> Sequence[date]:
        """Load every archived `as_of`, oldest first."""

    async def load_revisions(self, as_of: date, *, window: Window = "7d") -> Sequence[Snapshot]:
        """Load every readable answer that was received for a day, the last one first."""

    async def load_newest_days(self, window: Window, *, count: int) -> Sequence[date]:
        """Load the latest `count` values of `as_of`, oldest first."""

    async def save_snapshot(self, snapshot: Snapshot, window: Window) -> None:
        """Save a snapshot as received; if it is archived already, update when it was last checked."""

    async def load_catalog(self) -> Catalog | None:
        """Load the display names; None if there are none yet."""

    async def save_catalog(self, catalog: Catalog) -> None:
        """Save the display names, replacing the earlier ones."""


class Ledger(Protocol):
    """Counts and limits the requests to OpenRouter, across restarts and processes."""

    async def claim(self, now: datetime) -> int:
        """Record a request before it is made and return its number; raise QuotaSpentError if none is allowed now."""

    async def settle(self, attempt: int, outcome: Outcome, *, not_before: datetime | None = None) -> None:
        """Record the outcome of a request; `not_before` (aware UTC) is what `Retry-After` asked for."""

    async def load_next_allowed(self, now: datetime) -> datetime:
        """Load the instant (aware UTC) from which the next request is allowed."""
