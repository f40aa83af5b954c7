"""What came before a snapshot, from the archive: the snapshot to compare it with, its revisions, a history."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol, TypeVar

from bot.market.boards import PERIODS, Board, BoardKind
from bot.market.editions import TOLERANCE, WEEK, Edition, comparable_days, comparable_from, earlier_day
from bot.market.histories import History, first_day, point_reader
from bot.market.models import Snapshot, Window

WINDOW: Window = "7d"

DAYS_COMPARED = max(PERIODS) + TOLERANCE + 1
"""How many days reach back as far as a snapshot can be compared, the snapshot's own day included."""

T = TypeVar("T")


class Days(Protocol):
    """The days that can be read: the part of an archive that the past needs."""

    async def load_range(self, since: date, until: date, *, window: Window = "7d") -> Sequence[Snapshot]:
        """Load one snapshot per day, oldest first."""

    async def load_series(
        self, since: date, until: date, read: Callable[[bytes], T], *, window: Window = "7d"
    ) -> Sequence[tuple[date, T]]:
        """Load what `read` makes of the body of each day, oldest first."""

    async def load_newest_days(self, window: Window, *, count: int) -> Sequence[date]:
        """Load the latest `count` days, oldest first."""

    async def load_revisions(self, as_of: date, *, window: Window = "7d") -> Sequence[Snapshot]:
        """Load every readable answer that was received for a day."""


class Past:
    """Loads what editions need beside their snapshot."""

    def __init__(self, archive: Days) -> None:
        """Read from an archive."""
        self._archive = archive

    async def load_edition_of(self, snapshot: Snapshot, *, names: Mapping[str, str]) -> Edition:
        """Make a snapshot's edition: load the snapshot of about a week before, or find from when on there will be one."""
        earlier = await self._load_earlier(snapshot, period=WEEK)
        edition = Edition(snapshot, earlier, names, is_revised=await self._is_revised(snapshot))
        return edition if earlier else replace(edition, compared_from=await self._load_start(snapshot, period=WEEK))

    async def load_for(self, board: Board, edition: Edition) -> Edition:
        """Add to an edition what a board needs from further back than a week: an earlier snapshot, or a history.

        For movers over a longer period than the archive covers, it keeps the snapshot of a shorter one, and says from
        when on the longer one will be there.
        """
        if board.kind is BoardKind.HISTORY:
            return replace(edition, history=await self._load_history(board, until=edition.snapshot.as_of))
        period = board.days or WEEK
        if board.kind is not BoardKind.MOVERS or period == WEEK:
            return edition
        edition = replace(edition, earlier=await self._load_earlier(edition.snapshot, period=period))
        if edition.reaches_back(period):
            return edition
        return replace(edition, compared_from=await self._load_start(edition.snapshot, period=period))

    async def _load_earlier(self, snapshot: Snapshot, *, period: int) -> Snapshot | None:
        as_of, window_days = snapshot.as_of, snapshot.data.window_days
        days = comparable_days(as_of, window_days=window_days, period=period)
        archived = await self._archive.load_range(min(days), max(days), window=WINDOW) if days else ()
        by_day = {each.as_of: each for each in archived}
        day = earlier_day(as_of, by_day, window_days=window_days, period=period)
        return None if day is None else by_day[day]

    async def _load_start(self, snapshot: Snapshot, *, period: int) -> date | None:
        days = await self._archive.load_newest_days(WINDOW, count=2 * period)
        return comparable_from(snapshot.as_of, days, window_days=snapshot.data.window_days, period=period)

    async def _load_history(self, board: Board, *, until: date) -> History:
        since = first_day(board, until)
        points = await self._archive.load_series(since, until, point_reader(board), window=WINDOW)
        return History(since, until, points)

    async def _is_revised(self, snapshot: Snapshot) -> bool:
        revisions = await self._archive.load_revisions(snapshot.as_of, window=WINDOW)
        return any(each.data != snapshot.data for each in revisions)
