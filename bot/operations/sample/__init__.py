"""The sample snapshot: one real answer from OpenRouter, for the demo and for use without a key."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from bot.errors import NoSuchDayError
from bot.market.editions import Edition
from bot.market.models import Snapshot

PATH = Path(__file__).with_name("classifications-task-2026-08-31.json")
FETCHED_AT = datetime(2026, 9, 1, tzinfo=UTC)
"""The start of the UTC day on which it was fetched."""


class SampleMarket:
    """A market whose one edition is the sample snapshot."""

    def __init__(self) -> None:
        """Read the sample."""
        self._edition = Edition(Snapshot.parse(PATH.read_bytes(), fetched_at=FETCHED_AT))

    def find_edition(self) -> Edition:
        """The sample's edition."""
        return self._edition

    def recent_days(self) -> Sequence[date]:
        """The sample's day."""
        return (self._edition.snapshot.as_of,)

    async def load_edition(self, as_of: date | None = None) -> Edition:
        """The sample's edition; raise NoSuchDayError for any day but its own."""
        if as_of not in (None, self._edition.snapshot.as_of):
            raise NoSuchDayError(as_of)
        return self._edition
