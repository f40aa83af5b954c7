"""The sample snapshot: one real answer of OpenRouter, for the demo and for who has no key yet."""

from datetime import UTC, datetime
from pathlib import Path

from bot.market.editions import Edition
from bot.market.models import Snapshot

PATH = Path(__file__).with_name("classifications-task-2026-08-31.json")
FETCHED_AT = datetime(2026, 9, 1, tzinfo=UTC)
"""The day on which it was fetched."""


class SampleMarket:
    """A market whose one edition is the sample snapshot."""

    def __init__(self) -> None:
        """Read the sample."""
        self._edition = Edition(Snapshot.parse(PATH.read_bytes(), fetched_at=FETCHED_AT))

    def find_edition(self) -> Edition:
        """Give the sample."""
        return self._edition

    async def load_edition(self) -> Edition:
        """Give the sample."""
        return self._edition
