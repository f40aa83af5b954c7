"""The sample: two real answers from OpenRouter, a week apart, for the demo and for use without a key.

A history needs more days, so these are made up and say so. They are never an edition, and never enter an archive.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from bot.errors import NoSuchDayError
from bot.market.boards import Board
from bot.market.editions import Edition, earlier_day
from bot.market.models import Snapshot, Window
from bot.market.past import Past
from bot.operations.sample.synthetic import synthetic_bodies

T = TypeVar("T")

PATH = Path(__file__).with_name("classifications-task-2026-08-31.json")
NEWER_PATH = Path(__file__).with_name("classifications-task-2026-09-07.json")
FETCHED_AT = datetime(2026, 9, 1, 14, 48, tzinfo=UTC)
NEWER_FETCHED_AT = datetime(2026, 9, 8, 0, 39, tzinfo=UTC)


def load_snapshots() -> Sequence[Snapshot]:
    """Read both answers, the older one first."""
    answers = ((PATH, FETCHED_AT), (NEWER_PATH, NEWER_FETCHED_AT))
    return [Snapshot.parse(path.read_bytes(), fetched_at=fetched_at) for path, fetched_at in answers]


def synthetic_days() -> Mapping[date, bytes]:
    """Make the bodies of the synthetic days, oldest first: two months before the real days, and those between them."""
    older, newer = load_snapshots()
    return synthetic_bodies(older.data, newer.data)


class SampleDays:
    """The days of the sample, as an archive gives them. Only histories have the synthetic days."""

    def __init__(self, snapshots: Sequence[Snapshot]) -> None:
        """Take the real days, oldest first."""
        self._snapshots = snapshots

    async def load_range(self, since: date, until: date, *, window: Window = "7d") -> Sequence[Snapshot]:  # noqa: ARG002 - there is one window
        """The real days from `since` to `until`, oldest first."""
        return [each for each in self._snapshots if since <= each.as_of <= until]

    async def load_series(
        self,
        since: date,
        until: date,
        read: Callable[[bytes], T],
        *,
        window: Window = "7d",  # noqa: ARG002 - there is one window
    ) -> Sequence[tuple[date, T]]:
        """Read the body of each day from `since` to `until`, both included, oldest first; most of them are synthetic."""
        return await asyncio.to_thread(self._read_series, since, until, read)

    async def load_newest_days(self, window: Window, *, count: int) -> Sequence[date]:  # noqa: ARG002 - there is one window
        """The latest real days, oldest first."""
        return [each.as_of for each in self._snapshots][-count:]

    async def load_revisions(self, as_of: date, *, window: Window = "7d") -> Sequence[Snapshot]:
        """The one answer of a real day."""
        return await self.load_range(as_of, as_of, window=window)

    def _read_series(self, since: date, until: date, read: Callable[[bytes], T]) -> Sequence[tuple[date, T]]:
        bodies = {**self._synthetic_days, **{each.as_of: each.body for each in self._snapshots}}
        return [(day, read(bodies[day])) for day in sorted(bodies) if since <= day <= until]

    @cached_property
    def _synthetic_days(self) -> Mapping[date, bytes]:
        return synthetic_days()


class SampleMarket:
    """A market with the two days of the sample; the newer one is compared with the older one."""

    def __init__(self) -> None:
        """Read the sample."""
        self._snapshots: Mapping[date, Snapshot] = {each.as_of: each for each in load_snapshots()}
        self._past = Past(SampleDays(list(self._snapshots.values())))
        self._editions = {as_of: self._edition_of(snapshot) for as_of, snapshot in self._snapshots.items()}

    def find_edition(self) -> Edition:
        """The edition of the newer day."""
        return self._editions[max(self._editions)]

    async def wait_for_edition(self, *, other_than: Edition | None) -> Edition:
        """The edition of the newer day; wait until cancelled if that is the given one, because no other follows."""
        edition = self.find_edition()
        if edition is other_than:
            await asyncio.Event().wait()
        return edition

    def recent_days(self) -> Sequence[date]:
        """The two days, the older one first."""
        return sorted(self._editions)

    async def load_edition(self, as_of: date | None = None) -> Edition:
        """The edition of the newer day or of a day; raise NoSuchDayError for any day but the two."""
        if as_of is None:
            return self.find_edition()
        if as_of not in self._editions:
            raise NoSuchDayError(as_of)
        return self._editions[as_of]

    async def load_past(self, board: Board, edition: Edition) -> Edition:
        """Add what a board needs from further back than a week."""
        return await self._past.load_for(board, edition)

    def _edition_of(self, snapshot: Snapshot) -> Edition:
        day = earlier_day(snapshot.as_of, self._snapshots, window_days=snapshot.data.window_days)
        return Edition(snapshot, None if day is None else self._snapshots[day])
