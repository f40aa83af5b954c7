"""The sample: two real answers from OpenRouter, a week apart, for the demo and for use without a key."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from bot.errors import NoSuchDayError
from bot.market.editions import Edition, earlier_day
from bot.market.models import Snapshot

PATH = Path(__file__).with_name("classifications-task-2026-08-31.json")
NEWER_PATH = Path(__file__).with_name("classifications-task-2026-09-07.json")
FETCHED_AT = datetime(2026, 9, 1, 14, 48, tzinfo=UTC)
NEWER_FETCHED_AT = datetime(2026, 9, 8, 0, 39, tzinfo=UTC)


def load_snapshots() -> Sequence[Snapshot]:
    """Read both answers, the older one first."""
    answers = ((PATH, FETCHED_AT), (NEWER_PATH, NEWER_FETCHED_AT))
    return [Snapshot.parse(path.read_bytes(), fetched_at=fetched_at) for path, fetched_at in answers]


class SampleMarket:
    """A market with the two days of the sample; the newer one is compared with the older one."""

    def __init__(self) -> None:
        """Read the sample."""
        self._snapshots: Mapping[date, Snapshot] = {each.as_of: each for each in load_snapshots()}
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

    def _edition_of(self, snapshot: Snapshot) -> Edition:
        day = earlier_day(snapshot.as_of, self._snapshots, window_days=snapshot.data.window_days)
        return Edition(snapshot, None if day is None else self._snapshots[day])
